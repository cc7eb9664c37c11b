//! The keys: one of the tenant, one of each subject, in a file of their own.
//!
//! The file lies beside the store, not in it, so that a copy of the store is not a copy of the
//! keys. Owns the keys in memory; `file.rs` is the file, `passphrase.rs` what protects it.

mod error;
mod file;
mod passphrase;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use relatum_domain::{SealedBox, SubjectId};

pub use error::KeyError;
pub use file::{KeyFile, KeyStatus};
pub use passphrase::Passphrase;

use crate::seal::Key;
use error::whose;
use file::Content;

/// The keys of one store.
#[derive(Debug)]
pub(crate) struct Keyring {
    tenant: Key,
    subjects: Mutex<Subjects>,
}

#[derive(Debug)]
struct Subjects {
    /// As in the file: the first one seals.
    keys: BTreeMap<SubjectId, Vec<Key>>,
    file: Option<KeyFile>,
}

impl Keyring {
    /// New keys that are nowhere written.
    pub(crate) fn in_memory() -> Result<Self, KeyError> {
        let tenant = Key::random().map_err(|_| KeyError::NoRandomness)?;
        Ok(Self::new(tenant, Subjects { keys: BTreeMap::new(), file: None }))
    }

    const fn new(tenant: Key, subjects: Subjects) -> Self {
        Self { tenant, subjects: Mutex::new(subjects) }
    }

    /// The keys in `path`; made there if `create` says so and nothing is there.
    pub(crate) fn open(
        path: &Path,
        create: bool,
        passphrase: Option<&Passphrase>,
    ) -> Result<Self, KeyError> {
        let (file, Content { tenant, subjects }) = KeyFile::ready(path, create, passphrase)?;
        Ok(Self::new(tenant, Subjects { keys: subjects, file: Some(file) }))
    }

    fn subjects(&self) -> MutexGuard<'_, Subjects> {
        // A thread that panicked while it held the lock left whole keys behind.
        self.subjects.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes and writes the keys that `subjects` do not have yet, synced once.
    pub(crate) fn ensure(
        &self,
        subjects: impl IntoIterator<Item = SubjectId>,
    ) -> Result<(), KeyError> {
        let mut known = self.subjects();
        let mut made = BTreeMap::new();
        for subject in subjects {
            if !known.keys.contains_key(&subject) && !made.contains_key(&subject) {
                made.insert(subject, Key::random().map_err(|_| KeyError::NoRandomness)?);
            }
        }
        if made.is_empty() {
            return Ok(());
        }
        if let Some(file) = &mut known.file {
            file.append(&made)?;
        }
        for (subject, key) in made {
            known.keys.entry(subject).or_default().push(key);
        }
        Ok(())
    }

    /// Seals `clear` for `subject`, or for the tenant. The subject's key must be there.
    pub(crate) fn seal(
        &self,
        subject: Option<SubjectId>,
        clear: &str,
    ) -> Result<SealedBox, KeyError> {
        let sealed = match subject {
            None => self.tenant.seal(None, clear),
            Some(id) => {
                let known = self.subjects();
                let key = known.keys.get(&id).and_then(|keys| keys.first());
                key.and_then(|key| key.seal(subject, clear))
            }
        };
        sealed.ok_or_else(|| KeyError::NotSealed { subject: whose(subject) })
    }

    /// Opens a box; none if its key is gone or does not fit.
    pub(crate) fn open_box(&self, sealed: &SealedBox) -> Option<String> {
        match sealed.subject {
            None => self.tenant.open(sealed),
            Some(subject) => {
                self.subjects().keys.get(&subject)?.iter().find_map(|key| key.open(sealed))
            }
        }
    }

    /// A digest of a personal text to stand for it in ids and keys.
    pub(crate) fn stand_in(&self, text: &str) -> String {
        self.tenant.stand_in(text)
    }
}

#[cfg(test)]
mod tests;
