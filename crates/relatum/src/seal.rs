//! The cipher: XChaCha20-Poly1305 with a nonce that is a keyed digest of the content.
//!
//! The digest makes sealing a pure function: what arrives twice seals to the same bytes, so that a
//! log recognises it without reading it. What it gives away is that two fields under one key are
//! equal, and no more.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use chacha20poly1305::aead::{Aead, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac as _};
use relatum_domain::{SealedBox, SubjectId};
use sha2::Sha256;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// Bytes of a key.
pub(crate) const KEY_BYTES: usize = 32;
/// Bytes of a nonce.
const NONCE_BYTES: usize = 24;

/// A key of a subject or of the tenant.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub(crate) struct Key([u8; KEY_BYTES]);

impl Key {
    pub(crate) fn random() -> Result<Self, getrandom::Error> {
        let mut key = Self([0; KEY_BYTES]);
        getrandom::fill(&mut key.0)?;
        Ok(key)
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    pub(crate) fn from_text(text: &str) -> Option<Self> {
        Self::from_bytes(&Zeroizing::new(BASE64.decode(text).ok()?))
    }

    pub(crate) const fn as_bytes(&self) -> &[u8; KEY_BYTES] {
        &self.0
    }

    pub(crate) fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(BASE64.encode(self.0))
    }

    /// A digest of `parts` that nobody without the key can make or test a guess against.
    fn digest(&self, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else {
            return [0; 32];
        };
        mac.update(purpose.as_bytes());
        for part in parts {
            // Lengths keep ("ab", "c") and ("a", "bc") apart.
            mac.update(&(part.len() as u64).to_le_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }

    /// A digest of `text` to stand for it where the text itself is personal.
    pub(crate) fn stand_in(&self, text: &str) -> String {
        let digest = self.digest("relatum stand-in", &[text.as_bytes()]);
        hex(digest.get(..16).unwrap_or_default())
    }

    /// A name of the key that gives nothing away of it, to say which one was destroyed.
    pub(crate) fn name(&self) -> String {
        hex(&self.digest("relatum key name", &[]))
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        let key = Zeroizing::new(self.digest("relatum seal", &[]));
        XChaCha20Poly1305::new((&*key).into())
    }

    /// Seals `clear`; `subject` is bound to it.
    pub(crate) fn seal(&self, subject: Option<SubjectId>, clear: &str) -> Option<SealedBox> {
        self.encrypt(subject, clear.as_bytes())
    }

    /// Seals bytes that are no text.
    pub(crate) fn encrypt(&self, subject: Option<SubjectId>, clear: &[u8]) -> Option<SealedBox> {
        let bound = bound(subject);
        let digest = self.digest("relatum nonce", &[&bound, clear]);
        let nonce: [u8; NONCE_BYTES] = digest.get(..NONCE_BYTES)?.try_into().ok()?;
        let payload = Payload { msg: clear, aad: &bound };
        let text = self.cipher().encrypt(&XNonce::from(nonce), payload).ok()?;
        Some(SealedBox { subject, nonce: BASE64.encode(nonce), text: BASE64.encode(text) })
    }

    /// Opens a box; none if the key does not fit or a byte was changed.
    pub(crate) fn open(&self, sealed: &SealedBox) -> Option<String> {
        String::from_utf8(self.decrypt(sealed)?).ok()
    }

    /// Opens a box that holds no text.
    pub(crate) fn decrypt(&self, sealed: &SealedBox) -> Option<Vec<u8>> {
        let bound = bound(sealed.subject);
        let nonce: [u8; NONCE_BYTES] = BASE64.decode(&sealed.nonce).ok()?.try_into().ok()?;
        let text = BASE64.decode(&sealed.text).ok()?;
        let payload = Payload { msg: &text, aad: &bound };
        self.cipher().decrypt(&XNonce::from(nonce), payload).ok()
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(…)")
    }
}

/// Bytes as lower-case digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bound(subject: Option<SubjectId>) -> Vec<u8> {
    subject.map_or(Vec::new(), |subject| subject.uuid().as_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sealed_opens_with_its_key_and_its_subject_only() {
        let (key, other) = (Key([7; KEY_BYTES]), Key([8; KEY_BYTES]));
        let subject = Some(SubjectId::from(uuid::Uuid::from_u128(1)));
        let sealed = key.seal(subject, "Ada").unwrap();
        assert_eq!(key.open(&sealed).as_deref(), Some("Ada"));
        assert_eq!(other.open(&sealed), None);
        let moved = SealedBox { subject: None, ..sealed.clone() };
        assert_eq!(key.open(&moved), None);
        assert_eq!(key.seal(subject, "Ada").unwrap(), sealed, "equal content, equal bytes");
        assert_ne!(key.seal(subject, "Bob").unwrap().nonce, sealed.nonce);
        let mut changed = BASE64.decode(&sealed.text).unwrap();
        changed[0] ^= 1;
        assert_eq!(key.open(&SealedBox { text: BASE64.encode(changed), ..sealed }), None);
    }
}
