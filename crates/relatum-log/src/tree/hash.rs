//! One hash of the tree.
//!
//! Owns the two ways in which RFC 6962 hashes, which no leaf and inner node share.
//! Knows nothing of what a leaf holds.
//!
//! *Invariant: the text form is 64 hexadecimal digits in lower case, and no other.*

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};

use crate::names::LabelError;

/// The hash of a leaf, of an inner node or of a whole tree: SHA-256.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TreeHash([u8; Self::BYTES]);

impl TreeHash {
    /// Length of a hash.
    pub const BYTES: usize = 32;

    /// Takes the bytes of a hash.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes)
    }

    /// The bytes of the hash.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }

    /// The root of the tree that has no leaf: SHA-256 of nothing.
    #[must_use]
    pub fn empty() -> Self {
        Self::from(Sha256::new())
    }

    /// The hash of a leaf: SHA-256 of a zero byte and the bytes of the leaf.
    #[must_use]
    pub fn leaf(bytes: &[u8]) -> Self {
        Self::from(Sha256::new().chain_update([0]).chain_update(bytes))
    }

    /// The hash of an inner node: SHA-256 of a byte 1, the left hash and the right one.
    #[must_use]
    pub fn node(left: Self, right: Self) -> Self {
        Self::from(Sha256::new().chain_update([1]).chain_update(left.0).chain_update(right.0))
    }
}

impl From<Sha256> for TreeHash {
    fn from(hasher: Sha256) -> Self {
        Self(hasher.finalize().into())
    }
}

impl fmt::Display for TreeHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for TreeHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for TreeHash {
    type Err = LabelError;

    fn from_str(text: &str) -> Result<Self, LabelError> {
        parse(text).map(Self).ok_or_else(|| LabelError {
            text: text.to_owned(),
            expected: "tree hash",
            form: "64 hexadecimal digits in lower case",
        })
    }
}

fn parse(text: &str) -> Option<[u8; TreeHash::BYTES]> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if pairs.len() != TreeHash::BYTES || !rest.is_empty() {
        return None;
    }
    let mut bytes = [0; TreeHash::BYTES];
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        *byte = digit(*high)? << 4 | digit(*low)?;
    }
    Some(bytes)
}

fn digit(letter: u8) -> Option<u8> {
    match letter {
        b'0'..=b'9' => Some(letter - b'0'),
        b'a'..=b'f' => Some(letter - b'a' + 10),
        _ => None,
    }
}

impl serde::Serialize for TreeHash {
    fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for TreeHash {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(from)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hashes_of_nothing_are_the_published_ones() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(TreeHash::empty().to_string(), empty);
        let leaf = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d";
        assert_eq!(TreeHash::leaf(b"").to_string(), leaf);
    }

    #[test]
    fn the_text_form_is_lower_case_digits_only() {
        let hash = TreeHash::leaf(b"relatum");
        assert_eq!(hash.to_string().parse::<TreeHash>().unwrap(), hash);
        let json = serde_json::to_string(&hash).unwrap();
        assert_eq!(json, format!("\"{hash}\""));
        assert_eq!(serde_json::from_str::<TreeHash>(&json).unwrap(), hash);
        let upper = TreeHash::empty().to_string().to_uppercase();
        for bad in ["", "e3", &"0".repeat(63), &"0".repeat(65), &"g".repeat(64), &upper] {
            assert!(bad.parse::<TreeHash>().is_err(), "{bad}");
        }
    }
}
