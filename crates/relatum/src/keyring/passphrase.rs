//! Passphrases, and the key that is derived from one to wrap all others.
//!
//! Owns the derivation (Argon2id) and its figures, which stand in the key file. The cipher is that
//! of sealed fields: a wrapped key is a box like any other.

use std::path::Path;
use std::sync::Arc;

use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use relatum_domain::{SealedBox, SubjectId};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::error::{KeyError, whose};
use crate::seal::{KEY_BYTES, Key};

/// Bytes of a salt.
const SALT_BYTES: usize = 16;
/// RFC 9106, the second recommended option: 64 MiB, three passes, four lanes.
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;
const LANES: u32 = 4;
/// A file that asks for more memory (a gibibyte), passes or lanes was not written here.
const MOST: (u32, u32, u32) = (1 << 20, 64, 64);

/// What opens a protected key file; wiped from memory when it is dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Passphrase(Zeroizing<String>);

impl Passphrase {
    /// This passphrase, letter by letter.
    ///
    /// # Errors
    /// [`KeyError::EmptyPassphrase`].
    pub fn new(text: impl Into<String>) -> Result<Self, KeyError> {
        let text = Zeroizing::new(text.into());
        if text.is_empty() { Err(KeyError::EmptyPassphrase) } else { Ok(Self(text)) }
    }

    /// The first line of a file.
    ///
    /// # Errors
    /// [`KeyError::PassphraseUnread`], [`KeyError::EmptyPassphrase`].
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        let failed =
            |source| KeyError::PassphraseUnread { path: path.to_owned(), source: Arc::new(source) };
        let text = Zeroizing::new(std::fs::read_to_string(path).map_err(failed)?);
        Self::new(text.lines().next().unwrap_or_default())
    }
}

impl std::fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Passphrase(…)")
    }
}

/// How a wrapping key comes from a passphrase, by Argon2id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Derivation {
    /// 16 bytes, base64.
    salt: String,
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

impl Derivation {
    /// With a new salt, so that the same passphrase gives another key.
    fn new() -> Result<Self, KeyError> {
        let mut salt = [0; SALT_BYTES];
        getrandom::fill(&mut salt).map_err(|_| KeyError::NoRandomness)?;
        let salt = BASE64.encode(salt);
        Ok(Self { salt, memory_kib: MEMORY_KIB, passes: PASSES, lanes: LANES })
    }

    fn key(&self, passphrase: &Passphrase) -> Option<Key> {
        let Self { salt, memory_kib, passes, lanes } = self;
        let (most_memory, most_passes, most_lanes) = MOST;
        if *memory_kib > most_memory || *passes > most_passes || *lanes > most_lanes {
            return None;
        }
        let salt = BASE64.decode(salt).ok()?;
        let params = Params::new(*memory_kib, *passes, *lanes, Some(KEY_BYTES)).ok()?;
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        argon.hash_password_into(passphrase.0.as_bytes(), &salt, &mut *key).ok()?;
        Key::from_bytes(&*key)
    }
}

/// A key that wraps others, and how it is derived again.
#[derive(Debug, Clone)]
pub(super) struct Wrapping {
    pub(super) derivation: Derivation,
    key: Key,
}

impl Wrapping {
    /// A new one for `passphrase`.
    pub(super) fn new(passphrase: &Passphrase) -> Result<Self, KeyError> {
        // The figures are our own: they always derive.
        Self::derived(Derivation::new()?, passphrase).ok_or(KeyError::NoRandomness)
    }

    /// The one that `passphrase` gives; none: the figures are none.
    pub(super) fn derived(derivation: Derivation, passphrase: &Passphrase) -> Option<Self> {
        let key = derivation.key(passphrase)?;
        Some(Self { derivation, key })
    }

    /// Wraps the key of `subject`, or of the tenant.
    pub(super) fn wrap(
        &self,
        subject: Option<SubjectId>,
        key: &Key,
    ) -> Result<SealedBox, KeyError> {
        let not_sealed = || KeyError::NotSealed { subject: whose(subject) };
        self.key.encrypt(subject, key.as_bytes()).ok_or_else(not_sealed)
    }

    /// The key in the box; none: it was wrapped by another one, or changed.
    pub(super) fn unwrap(&self, wrapped: &SealedBox) -> Option<Key> {
        Key::from_bytes(&Zeroizing::new(self.key.decrypt(wrapped)?))
    }
}
