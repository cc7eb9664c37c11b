//! What a reader may see: the one place where sealed fields are opened.
//!
//! *Invariant: a handle without a right gets of a guarded field what a store without its key gives:
//! the sealed form, and in its place nothing. Every figure that does not rest on a secret is the
//! same.*

use relatum_domain::{Personal, SealedBox, Secret, SubjectId};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::engine::Engine;

/// Which guarded fields a handle opens.
///
/// # Example
/// ```
/// use relatum::domain::Personal;
/// use relatum::domain::{ContactId, Derived};
/// use relatum::{Engine, Rights};
/// let engine = Engine::in_memory()?;
/// let reader = engine.with_rights(Rights::NONE);
/// let name = Personal::about(ContactId::derived("crm", "1"), "Ada Lovelace");
/// assert_eq!(engine.reveal(&name).as_deref(), Some("Ada Lovelace"));
/// assert_eq!(reader.reveal(&name), None);
/// # Ok::<(), relatum::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rights {
    /// Whether it opens personal fields: names, contacts, free text about people.
    pub personal: bool,
    /// Whether it opens secret fields: costs, discounts, terms.
    pub secret: bool,
}

impl Rights {
    /// To everything, as whoever opens a store has them.
    pub const ALL: Self = Self { personal: true, secret: true };
    /// To figures only.
    pub const NONE: Self = Self { personal: false, secret: false };

    /// What both give.
    const fn and(self, other: Self) -> Self {
        Self { personal: self.personal && other.personal, secret: self.secret && other.secret }
    }

    const fn opens(self, subject: Option<SubjectId>) -> bool {
        match subject {
            Some(_) => self.personal,
            None => self.secret,
        }
    }
}

impl Engine {
    /// A handle on the same book that opens only what `rights` and this one's own allow: no handle
    /// gives more than the one that it came from.
    ///
    /// Rights are about reading. Through such a handle facts are recorded as through any other, and
    /// told apart from those that were there before: whoever guesses a text can find out whether
    /// it was the one. [`log`](Self::log) gives stored bytes, in which guarded fields are sealed
    /// unless another program wrote them otherwise.
    #[must_use]
    pub fn with_rights(&self, rights: Rights) -> Self {
        Self(self.0.clone(), self.1.and(rights))
    }

    /// What this handle opens.
    #[must_use]
    pub const fn rights(&self) -> Rights {
        self.1
    }

    /// The text of a personal field, if its key is there and this handle may open it.
    #[must_use]
    pub fn reveal(&self, field: &Personal) -> Option<String> {
        match field {
            Personal::Clear { text, .. } => self.1.personal.then(|| text.clone()),
            Personal::Sealed(sealed) => self.open_box(sealed),
        }
    }

    /// The value of a secret field, if the tenant's key is there and this handle may open it.
    #[must_use]
    pub fn secret<T: Clone + DeserializeOwned>(&self, field: &Secret<T>) -> Option<T> {
        match field {
            Secret::Clear { value } => self.1.secret.then(|| value.clone()),
            Secret::Sealed(sealed) => serde_json::from_str(&self.open_box(sealed)?).ok(),
        }
    }

    /// Opens a box; none if its key is gone or does not fit, or this handle may not.
    pub(crate) fn open_box(&self, sealed: &SealedBox) -> Option<String> {
        self.1.opens(sealed.subject).then(|| self.0.keys.open_box(sealed)).flatten()
    }
}

/// Puts an empty box in the place of every field that stands in the clear and may not be seen: no
/// key opens it. This program stores none in the clear; another one may have.
pub(crate) fn withhold(json: &mut Value, rights: Rights) {
    match json {
        Value::Object(fields) => {
            let clear = (fields.len() == 1).then(|| fields.get("clear")).flatten();
            if let Some(told) = clear.map(|clear| clear.get("subject")) {
                let may = if told.is_some() { rights.personal } else { rights.secret };
                if !may {
                    let subject = told.and_then(Value::as_str).and_then(|id| id.parse().ok());
                    let sealed = SealedBox { subject, nonce: String::new(), text: String::new() };
                    *json = serde_json::json!({ "sealed": sealed });
                }
                return;
            }
            fields.values_mut().for_each(|field| withhold(field, rights));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| withhold(item, rights)),
        _ => {}
    }
}
