//! The two labels that an event carries beside its data: its type and its idempotency key.
//!
//! Owns what such a label may look like. Knows no event type by name.
//!
//! *Invariant: a label that exists is valid, so that nothing has to be checked when it is stored.*

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

/// A text that is no event type or no idempotency key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is no {expected}; write {form}", crate::error::shortened(text))]
#[non_exhaustive]
pub struct LabelError {
    /// What was given.
    pub text: String,
    /// What was expected, in words.
    pub expected: &'static str,
    /// The form to write.
    pub form: &'static str,
}

/// The name of a kind of event, such as `invoice_issued`, for ever.
///
/// Shape: 1 to 64 bytes of `a-z`, `0-9` and `_`, beginning with a letter.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventType(Cow<'static, str>);

impl EventType {
    /// Longest name, in bytes.
    pub const MAX_BYTES: usize = 64;

    /// Makes an event type from a name known at compile time.
    ///
    /// A name that is not valid does not compile in a `const`; elsewhere use [`FromStr`].
    #[must_use]
    pub const fn of(name: &'static str) -> Self {
        assert!(Self::is_valid(name.as_bytes()), "1 to 64 of a-z, 0-9 and _, a letter first");
        Self(Cow::Borrowed(name))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn from_valid(name: &str) -> Self {
        Self(Cow::Owned(name.to_owned()))
    }

    #[expect(clippy::indexing_slicing, reason = "bounded by the loop, in const code")]
    pub(crate) const fn is_valid(name: &[u8]) -> bool {
        if name.is_empty() || name.len() > Self::MAX_BYTES || !name[0].is_ascii_lowercase() {
            return false;
        }
        let mut at = 1;
        while at < name.len() {
            if !matches!(name[at], b'a'..=b'z' | b'0'..=b'9' | b'_') {
                return false;
            }
            at += 1;
        }
        true
    }
}

impl FromStr for EventType {
    type Err = LabelError;

    fn from_str(text: &str) -> Result<Self, LabelError> {
        if Self::is_valid(text.as_bytes()) {
            Ok(Self(Cow::Owned(text.to_owned())))
        } else {
            Err(LabelError {
                text: text.to_owned(),
                expected: "event type",
                form: "1 to 64 of a-z, 0-9 and _, beginning with a letter, such as invoice_issued",
            })
        }
    }
}

/// What makes offering an event twice harmless: the name that its source gives it.
///
/// Scoped to the stream: the same key in another stream is another key.
///
/// Shape: 1 to 512 bytes of UTF-8 without control characters.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IdempotencyKey(Box<str>);

impl IdempotencyKey {
    /// Longest key, in bytes.
    pub const MAX_BYTES: usize = 512;

    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn from_valid(text: &str) -> Self {
        Self(text.into())
    }

    pub(crate) fn is_valid(text: &str) -> bool {
        (1..=Self::MAX_BYTES).contains(&text.len()) && !text.chars().any(char::is_control)
    }
}

impl FromStr for IdempotencyKey {
    type Err = LabelError;

    fn from_str(text: &str) -> Result<Self, LabelError> {
        if Self::is_valid(text) {
            Ok(Self(text.into()))
        } else {
            Err(LabelError {
                text: text.to_owned(),
                expected: "idempotency key",
                form: "1 to 512 bytes without control characters, such as crm:call:17",
            })
        }
    }
}

/// Gives a label its text form, in messages and in JSON.
macro_rules! label {
    ($type:ty) => {
        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(self.as_str(), f)
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
                out.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = <Cow<'de, str>>::deserialize(from)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
label!(EventType);
label!(IdempotencyKey);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_type_is_a_snake_case_word() {
        for good in ["a", "invoice_issued", "call2_held"] {
            assert_eq!(good.parse::<EventType>().unwrap().as_str(), good);
        }
        for bad in ["", "_a", "2a", "Invoice", "in-voice", "ä", &"a".repeat(65)] {
            assert!(bad.parse::<EventType>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_key_is_any_printable_text() {
        assert!("ibm:\"7590\" – ü".parse::<IdempotencyKey>().is_ok());
        assert_eq!(
            "a\nb".parse::<IdempotencyKey>().unwrap_err().to_string(),
            "`a\nb` is no idempotency key; write 1 to 512 bytes without control characters, such \
             as crm:call:17"
        );
        assert!("".parse::<IdempotencyKey>().is_err());
        assert!("k".repeat(513).parse::<IdempotencyKey>().is_err());
    }
}
