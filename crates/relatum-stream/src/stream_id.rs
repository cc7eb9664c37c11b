//! A stream's name: what kind of thing it is about, and which one.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

use crate::text::NameError;
use crate::text_form;

/// The kind of a stream: a short lower-case label such as `account`.
///
/// Shape: 1 to 15 bytes of `a-z`, kept inline, so that a [`StreamId`] is `Copy`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamKind([u8; Self::MAX_BYTES]);

impl StreamKind {
    /// Longest label, in bytes.
    pub const MAX_BYTES: usize = 15;

    /// Makes a kind from a label known at compile time.
    ///
    /// A label that is not 1 to 15 bytes of `a-z` does not compile in a `const`; elsewhere use
    /// [`FromStr`].
    #[must_use]
    #[expect(clippy::indexing_slicing, reason = "bounded by the assertion, in const code")]
    pub const fn of(label: &'static str) -> Self {
        let bytes = label.as_bytes();
        assert!(!bytes.is_empty() && bytes.len() <= Self::MAX_BYTES, "1 to 15 bytes");
        let mut out = [0; Self::MAX_BYTES];
        let mut at = 0;
        while at < bytes.len() {
            assert!(bytes[at].is_ascii_lowercase(), "a-z only");
            out[at] = bytes[at];
            at += 1;
        }
        Self(out)
    }

    /// The label.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let used = self.0.iter().position(|byte| *byte == 0).unwrap_or(Self::MAX_BYTES);
        self.0.get(..used).and_then(|label| std::str::from_utf8(label).ok()).unwrap_or_default()
    }
}

impl fmt::Debug for StreamKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for StreamKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for StreamKind {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let error = || NameError::new(text, "kind of stream", "1 to 15 letters a-z");
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_lowercase()) {
            return Err(error());
        }
        let mut label = [0; Self::MAX_BYTES];
        label.get_mut(..text.len()).ok_or_else(error)?.copy_from_slice(text.as_bytes());
        Ok(Self(label))
    }
}

/// Names one stream, printed `account/0198f0a4-…`.
///
/// # Example
/// ```
/// use relatum_stream::{StreamId, StreamKind};
/// let id: StreamId = "account/67e55044-10b1-426f-9247-bb680e5fe0c8".parse()?;
/// assert_eq!(id.kind, StreamKind::of("account"));
/// assert_eq!(id.to_string(), "account/67e55044-10b1-426f-9247-bb680e5fe0c8");
/// # Ok::<(), relatum_stream::NameError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamId {
    /// What the stream is about.
    pub kind: StreamKind,
    /// Which one of that kind.
    pub id: Uuid,
}

impl StreamId {
    /// Names the stream of `kind` with `id`.
    #[must_use]
    pub const fn new(kind: StreamKind, id: Uuid) -> Self {
        Self { kind, id }
    }
}

impl fmt::Debug for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, self.id)
    }
}

impl FromStr for StreamId {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let error = || NameError::new(text, "stream", "kind/uuid, such as account/67e55044-…");
        let (kind, id) = text.split_once('/').ok_or_else(error)?;
        let kind = kind.parse().map_err(|_| error())?;
        let name = Self { kind, id: Uuid::try_parse(id).map_err(|_| error())? };
        // Only the canonical spelling: two texts never name one stream.
        if name.to_string() == text { Ok(name) } else { Err(error()) }
    }
}

text_form!(
    StreamId,
    "StreamId",
    "^[a-z]{1,15}/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
);
text_form!(StreamKind, "StreamKind", "^[a-z]{1,15}$");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_canonical_spelling_parses() {
        for bad in ["account", "account/", "/67e55044-10b1-426f-9247-bb680e5fe0c8", "Account/x"] {
            assert!(bad.parse::<StreamId>().is_err(), "{bad}");
        }
        let upper = "account/67E55044-10b1-426f-9247-bb680e5fe0c8";
        assert_eq!(
            upper.parse::<StreamId>().unwrap_err().to_string(),
            "`account/67E55044-10b1-426f-9247-bb680e5fe0c8` is no stream; \
             write it as kind/uuid, such as account/67e55044-…"
        );
    }

    #[test]
    fn a_label_of_sixteen_letters_is_refused() {
        assert!("abcdefghijklmno".parse::<StreamKind>().is_ok());
        assert!("abcdefghijklmnop".parse::<StreamKind>().is_err());
    }
}
