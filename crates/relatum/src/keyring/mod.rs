//! The keys: one of the tenant, one of each subject, in a file of their own.
//!
//! The file lies beside the store, not in it, so that a copy of the store is not a copy of the
//! keys. Owns the keys in memory; `file.rs` is the file, `passphrase.rs` what protects it.

mod error;
mod file;
mod passphrase;

use std::collections::{BTreeMap, BTreeSet};
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

    /// Whether `subject` has a key.
    pub(crate) fn knows(&self, subject: SubjectId) -> bool {
        self.subjects().keys.contains_key(&subject)
    }

    /// Who has a key.
    pub(crate) fn subjects_with_keys(&self) -> Vec<SubjectId> {
        self.subjects().keys.keys().copied().collect()
    }

    /// The names of the keys of `subject`.
    pub(crate) fn names_of(&self, subject: SubjectId) -> Vec<String> {
        self.subjects().keys.get(&subject).into_iter().flatten().map(Key::name).collect()
    }

    /// Destroys the keys of these names, in the file first, and says how many were there.
    ///
    /// What fails leaves every key where it was.
    pub(crate) fn destroy(
        &self,
        names: &BTreeMap<SubjectId, BTreeSet<String>>,
    ) -> Result<u64, KeyError> {
        let mut known = self.subjects();
        let doomed = |subject: &SubjectId, key: &Key| {
            names.get(subject).is_some_and(|names| names.contains(&key.name()))
        };
        let keys_of = |subject| known.keys.get_key_value(subject);
        let here = names.keys().filter_map(keys_of);
        let here = here.flat_map(|(subject, keys)| keys.iter().map(move |key| (subject, key)));
        let count = here.filter(|(subject, key)| doomed(subject, key)).count();
        if count == 0 {
            return Ok(0);
        }
        let drop_doomed = |all: &mut BTreeMap<SubjectId, Vec<Key>>| {
            all.retain(|subject, keys| {
                keys.retain(|key| !doomed(subject, key));
                !keys.is_empty()
            });
        };
        match &mut known.file {
            Some(file) => {
                known.keys = file.edit(|content| drop_doomed(&mut content.subjects))?.subjects;
            }
            None => drop_doomed(&mut known.keys),
        }
        Ok(count as u64)
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
