//! Fields that are sealed before they are stored: personal ones and secret ones.
//!
//! *Personal* fields (names, contacts, free text about people) are sealed with a key of their
//! subject and erased by destroying that key. *Secret* fields (costs, discounts, terms) are
//! sealed with the tenant's key. This module owns their shape only: it knows no key and no cipher.
//!
//! *Invariant: no fold reads a personal field.*

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::SubjectId;

/// A sealed field as it is stored.
///
/// The nonce is a digest of the content under the field's key: equal content of one subject seals
/// to equal bytes, which is how an event that arrives twice is recognised without its clear text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SealedBox {
    /// Whose key sealed it; none for the tenant's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<SubjectId>,
    /// 24 bytes, base64.
    pub nonce: String,
    /// XChaCha20-Poly1305 ciphertext and tag, base64.
    pub text: String,
}

/// A field about a person.
///
/// JSON: `{"clear": {"subject": …, "text": …}}` on the way in, `{"sealed": …}` in the log; a key
/// that was destroyed leaves the sealed form for ever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Personal {
    /// Readable; never stored.
    Clear {
        /// Whom it is about.
        subject: SubjectId,
        /// What it says.
        text: String,
    },
    /// As stored.
    Sealed(SealedBox),
}

impl Personal {
    /// A readable field about `subject`.
    pub fn about(subject: impl Into<SubjectId>, text: impl Into<String>) -> Self {
        Self::Clear { subject: subject.into(), text: text.into() }
    }

    /// The text, where it is readable.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Clear { text, .. } => Some(text),
            Self::Sealed(_) => None,
        }
    }
}

/// A field withheld from readers without the right to it.
///
/// JSON: `{"clear": {"value": …}}` on the way in, `{"sealed": …}` in the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Secret<T> {
    /// Readable; never stored.
    Clear {
        /// What is kept secret.
        value: T,
    },
    /// As stored.
    Sealed(SealedBox),
}

impl<T> Secret<T> {
    /// A readable field.
    pub const fn of(value: T) -> Self {
        Self::Clear { value }
    }

    /// The value, where it is readable.
    pub const fn value(&self) -> Option<&T> {
        match self {
            Self::Clear { value } => Some(value),
            Self::Sealed(_) => None,
        }
    }
}

macro_rules! subjects {
    ($($id:ty),+) => {$(
        impl From<$id> for SubjectId {
            fn from(id: $id) -> Self {
                id.uuid().into()
            }
        }
    )+};
}

// An account, a contact and a manager are subjects under their own id.
subjects!(crate::ids::AccountId, crate::ids::ContactId, crate::ids::ManagerId);
