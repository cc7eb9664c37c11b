//! The keys that sign tree heads, in the text forms of signed notes.
//!
//! Owns <https://c2sp.org/signed-note> with Ed25519 and nothing else: key names, key ids, and the
//! forms in which Go's `note` package writes keys. Knows nothing of what is signed.
//!
//! *Invariant: a private key leaves this module only into a file that its owner alone can read.*

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ed25519_dalek::{SECRET_KEY_LENGTH, SIGNATURE_LENGTH, Signer as _};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::error::Error;
use crate::whole_file::write_whole;

/// The one kind of signature: Ed25519.
const ED25519: u8 = 1;
/// What a private key begins with.
const PRIVATE: &str = "PRIVATE+KEY+";

/// Why a key could not be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoteKeyError {
    /// The name is no key name.
    #[error("a key name is not empty and has no white space and no `+`, such as example.com/book")]
    Name,
    /// The text is no private key.
    #[error("the text is no private key: PRIVATE+KEY+name+id+key, all on one line")]
    Private,
    /// The text is no verifier key.
    #[error("the text is no verifier key: name+id+key, such as `log tree-head --new-key` prints")]
    Verifier,
    /// The system has no random numbers.
    #[error("the system gave no random numbers for a new key")]
    NoRandomness,
}

/// A key that signs tree heads.
#[derive(Clone)]
pub struct SigningKey {
    name: String,
    key: ed25519_dalek::SigningKey,
}

/// The public part of a [`SigningKey`]; with it everybody can check a signature.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifyingKey {
    name: String,
    key: ed25519_dalek::VerifyingKey,
}

/// The bytes of a signature, and which key they are said to be of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Signature {
    pub(crate) name: String,
    /// Key id and signature proper.
    pub(crate) bytes: Vec<u8>,
}

impl SigningKey {
    /// A new key. Its name, such as `example.com/book`, stands in every signature.
    ///
    /// # Errors
    /// [`NoteKeyError::Name`], [`NoteKeyError::NoRandomness`].
    pub fn generate(name: &str) -> Result<Self, NoteKeyError> {
        let mut seed = Zeroizing::new([0; SECRET_KEY_LENGTH]);
        getrandom::fill(&mut *seed).map_err(|_| NoteKeyError::NoRandomness)?;
        Self::of(name, &seed)
    }

    fn of(name: &str, seed: &[u8; SECRET_KEY_LENGTH]) -> Result<Self, NoteKeyError> {
        let key = ed25519_dalek::SigningKey::from_bytes(seed);
        Ok(Self { name: valid(name).ok_or(NoteKeyError::Name)?, key })
    }

    /// The key in a file.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::NoteKey`].
    pub fn read(path: &Path) -> Result<Self, Error> {
        let failed = |source| Error::io(format!("read the key file {}", path.display()), source);
        let text = Zeroizing::new(std::fs::read_to_string(path).map_err(failed)?);
        Ok(text.trim_end().parse::<Self>()?)
    }

    /// Writes the key into a new file, which only its owner can read.
    ///
    /// # Errors
    /// [`Error::Io`], also if the file is there already.
    pub fn write(&self, path: &Path) -> Result<(), Error> {
        let failed = |source| Error::io(format!("write the key file {}", path.display()), source);
        if path.try_exists().map_err(failed)? {
            return Err(failed(std::io::ErrorKind::AlreadyExists.into()));
        }
        let mut bytes = Zeroizing::new(vec![ED25519]);
        bytes.extend_from_slice(self.key.as_bytes());
        let key = Zeroizing::new(BASE64.encode(&*bytes));
        let (name, id) = (&self.name, hex(self.verifier().id()));
        let text = Zeroizing::new(format!("{PRIVATE}{name}+{id}+{}\n", *key));
        write_whole(path, text.as_bytes(), true).map_err(failed)
    }

    /// The name of the key.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The key that checks what this one signs.
    #[must_use]
    pub fn verifier(&self) -> VerifyingKey {
        VerifyingKey { name: self.name.clone(), key: self.key.verifying_key() }
    }

    pub(crate) fn sign(&self, text: &str) -> Signature {
        let id = self.verifier().id();
        let proper = self.key.sign(text.as_bytes()).to_bytes();
        Signature { name: self.name.clone(), bytes: [&id[..], &proper[..]].concat() }
    }
}

impl FromStr for SigningKey {
    type Err = NoteKeyError;

    fn from_str(text: &str) -> Result<Self, NoteKeyError> {
        let wrong = NoteKeyError::Private;
        let (name, id, seed) = text.strip_prefix(PRIVATE).and_then(parts).ok_or(wrong)?;
        let key = Self::of(name, &seed).map_err(|_| wrong)?;
        if id == hex(key.verifier().id()) { Ok(key) } else { Err(wrong) }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("name", &self.name).finish_non_exhaustive()
    }
}

impl VerifyingKey {
    /// The name of the key.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What tells keys of one name apart: the first bytes of a digest.
    fn id(&self) -> [u8; 4] {
        let digest: [u8; 32] = Sha256::new()
            .chain_update(self.name.as_bytes())
            .chain_update([b'\n', ED25519])
            .chain_update(self.key.as_bytes())
            .finalize()
            .into();
        let [a, b, c, d, ..] = digest;
        [a, b, c, d]
    }

    /// Whether the signature says that it is of this key.
    pub(crate) fn is_named_by(&self, signature: &Signature) -> bool {
        signature.name == self.name && signature.bytes.starts_with(&self.id())
    }

    /// Whether the signature is of this key and over that text.
    pub(crate) fn verifies(&self, signature: &Signature, text: &str) -> bool {
        let proper = signature.bytes.get(self.id().len()..).unwrap_or_default();
        let proper: Option<&[u8; SIGNATURE_LENGTH]> = proper.try_into().ok();
        self.is_named_by(signature)
            && proper.is_some_and(|bytes| {
                let signature = ed25519_dalek::Signature::from_bytes(bytes);
                self.key.verify_strict(text.as_bytes(), &signature).is_ok()
            })
    }
}

impl fmt::Display for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = BASE64.encode([&[ED25519][..], self.key.as_bytes()].concat());
        write!(f, "{}+{}+{key}", self.name, hex(self.id()))
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for VerifyingKey {
    type Err = NoteKeyError;

    fn from_str(text: &str) -> Result<Self, NoteKeyError> {
        let wrong = NoteKeyError::Verifier;
        let (name, id, key) = parts(text).ok_or(wrong)?;
        let name = valid(name).ok_or(wrong)?;
        let key = ed25519_dalek::VerifyingKey::from_bytes(&key).map_err(|_| wrong)?;
        let key = Self { name, key };
        if id == hex(key.id()) { Ok(key) } else { Err(wrong) }
    }
}

/// Name, key id and the 32 bytes of an Ed25519 key.
fn parts(text: &str) -> Option<(&str, &str, Zeroizing<[u8; 32]>)> {
    let (name, rest) = text.split_once('+')?;
    let (id, key) = rest.split_once('+')?;
    let bytes = Zeroizing::new(BASE64.decode(key).ok()?);
    let (kind, key) = bytes.split_first()?;
    let key = Zeroizing::new(<[u8; 32]>::try_from(key).ok()?);
    (*kind == ED25519).then_some((name, id, key))
}

/// The name, if a key may be called so.
pub(crate) fn valid(name: &str) -> Option<String> {
    let wrong = |letter: char| letter.is_whitespace() || letter.is_control() || letter == '+';
    (!name.is_empty() && !name.contains(wrong)).then(|| name.to_owned())
}

fn hex(id: [u8; 4]) -> String {
    format!("{:08x}", u32::from_be_bytes(id))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example in the documentation of Go's `golang.org/x/mod/sumdb/note`.
    const GO_PRIVATE: &str =
        "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
    const GO_VERIFIER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const GO_TEXT: &str = concat!(
        "If you think cryptography is the answer to your problem,\n",
        "then you don't know what your problem is.\n",
    );
    const GO_SIGNATURE: &str = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgK\
                                vqfqdngotpRZb6KE6RyyBwJnAM=";

    #[test]
    fn keys_and_signatures_are_those_of_the_go_package() {
        let key: SigningKey = GO_PRIVATE.parse().unwrap();
        assert_eq!(key.verifier().to_string(), GO_VERIFIER);
        let signature = key.sign(GO_TEXT);
        assert_eq!(BASE64.encode(&signature.bytes), GO_SIGNATURE);
        let verifier: VerifyingKey = GO_VERIFIER.parse().unwrap();
        assert!(verifier.verifies(&signature, GO_TEXT));
        assert!(!verifier.verifies(&signature, &GO_TEXT.replace("your", "my")));
        let other = Signature { name: "Peter".to_owned(), ..signature };
        assert!(!verifier.verifies(&other, GO_TEXT));
    }

    #[test]
    fn a_key_goes_into_a_new_file_of_its_owner_and_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let key = SigningKey::generate("example.com/book").unwrap();
        key.write(&path).unwrap();
        assert_eq!(SigningKey::read(&path).unwrap().verifier(), key.verifier());
        assert!(matches!(key.write(&path), Err(Error::Io { .. })), "it is not overwritten");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert!(!format!("{key:?}").contains(&BASE64.encode(key.key.as_bytes())));
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for name in ["", "a b", "a+b", "a\nb", "a\u{a0}b"] {
            assert_eq!(SigningKey::generate(name).unwrap_err(), NoteKeyError::Name, "{name}");
        }
        for end in 0..GO_PRIVATE.len() {
            assert!(GO_PRIVATE[..end].parse::<SigningKey>().is_err(), "{end}");
        }
        for end in 0..GO_VERIFIER.len() {
            assert!(GO_VERIFIER[..end].parse::<VerifyingKey>().is_err(), "{end}");
        }
        assert!(GO_VERIFIER.replace("c7", "c8").parse::<VerifyingKey>().is_err());
        assert!(GO_VERIFIER.replace("Peter", "peter").parse::<VerifyingKey>().is_err());
        assert!(GO_VERIFIER.replace("+AR", "+BR").parse::<VerifyingKey>().is_err());
    }
}
