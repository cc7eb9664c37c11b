//! The keys: one of the tenant, one of each subject, in a file of their own.
//!
//! The file lies beside the store, not in it, so that a copy of the store is not a copy of the
//! keys. It is a line of JSON a key, appended and synced before the first event that needs the
//! key; a last line cut off by a crash belongs to no event and is dropped.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use relatum_domain::{SealedBox, SubjectId};
use serde::{Deserialize, Serialize};

use crate::seal::Key;

/// The newest form of the file that this version reads and writes.
const FORMAT: u32 = 1;

/// Why keys could not be had.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The store has events, and no key file is there.
    #[error(
        "the key file {} is missing; name it with --keys, or put it back from a backup: without \
         it personal and secret fields cannot be read or written", path.display()
    )]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The file cannot be read or written.
    #[error("could not {op} the key file {}", path.display())]
    Io {
        /// What was tried.
        op: &'static str,
        /// Which file.
        path: PathBuf,
        /// Why it failed.
        source: Arc<std::io::Error>,
    },
    /// The file is not what it should be.
    #[error("the key file {} is damaged in line {line}; put it back from a backup", path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
    },
    /// The file is of a newer version.
    #[error(
        "the key file {} has format {found}, this version knows up to {supported}; use a newer one",
        path.display()
    )]
    Format {
        /// Which file.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// The newest known here.
        supported: u32,
    },
    /// The system has no random numbers.
    #[error("the system gave no random numbers for a new key")]
    NoRandomness,
    /// A field could not be sealed.
    #[error("a field of {subject} could not be sealed")]
    NotSealed {
        /// Whose.
        subject: String,
    },
}

#[derive(Deserialize)]
struct Form {
    relatum_keys: u32,
}

#[derive(Serialize, Deserialize)]
struct Head {
    relatum_keys: u32,
    tenant: String,
}

#[derive(Serialize, Deserialize)]
struct Line {
    subject: SubjectId,
    key: String,
}

/// The keys of one store.
#[derive(Debug)]
pub(crate) struct Keyring {
    tenant: Key,
    subjects: Mutex<Subjects>,
}

#[derive(Debug)]
struct Subjects {
    /// The first one seals. There are several where two stores that shared a file each made one.
    keys: BTreeMap<SubjectId, Vec<Key>>,
    file: Option<KeyFile>,
}

#[derive(Debug)]
struct KeyFile {
    path: PathBuf,
    file: File,
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
    ///
    /// Nothing is written to a file that is not wholly understood.
    pub(crate) fn open(path: &Path, create: bool) -> Result<Self, KeyError> {
        let io = |op| {
            let path = path.to_owned();
            move |source| KeyError::Io { op, path: path.clone(), source: Arc::new(source) }
        };
        if !path.try_exists().map_err(io("find"))? {
            if !create {
                return Err(KeyError::Missing { path: path.to_owned() });
            }
            make(path).map_err(io("create"))?.map_err(|_| KeyError::NoRandomness)?;
        }
        let mut bytes = Vec::new();
        let mut options = OpenOptions::new();
        let mut file = options.read(true).append(true).open(path).map_err(io("open"))?;
        file.read_to_end(&mut bytes).map_err(io("read"))?;
        let Read { tenant, keys, end } = read(path, &bytes)?;
        match end {
            End::Whole => {}
            End::Torn(whole) => file.set_len(whole as u64).map_err(io("mend"))?,
            End::Unended => file.write_all(b"\n").map_err(io("mend"))?,
        }
        let file = Some(KeyFile { path: path.to_owned(), file });
        Ok(Self::new(tenant, Subjects { keys, file }))
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
        if let Some(KeyFile { path, file }) = &mut known.file {
            let mut text = String::new();
            for (subject, key) in &made {
                let line = Line { subject: *subject, key: key.to_text() };
                text.push_str(&serde_json::to_string(&line).unwrap_or_default());
                text.push('\n');
            }
            let (op, path) = ("write", path.clone());
            let io = |source| KeyError::Io { op, path, source: Arc::new(source) };
            let written = file.metadata().and_then(|before| {
                let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_data());
                if written.is_err() {
                    // Half a line must not stand before the next one.
                    file.set_len(before.len())?;
                }
                written
            });
            written.map_err(io)?;
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
        let whose = || subject.map_or_else(|| "the tenant".to_owned(), |id| id.to_string());
        sealed.ok_or_else(|| KeyError::NotSealed { subject: whose() })
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

/// What is in a key file.
struct Read {
    tenant: Key,
    keys: BTreeMap<SubjectId, Vec<Key>>,
    end: End,
}

/// How a key file ends.
enum End {
    /// With a whole line.
    Whole,
    /// With a whole line that lacks its end.
    Unended,
    /// With half a line, after so many bytes.
    Torn(usize),
}

fn read(path: &Path, bytes: &[u8]) -> Result<Read, KeyError> {
    let damaged = |line| KeyError::Damaged { path: path.to_owned(), line };
    let mut lines = bytes.split_inclusive(|byte| *byte == b'\n').zip(1_usize..);
    let (first, _) = lines.next().ok_or_else(|| damaged(1))?;
    let form: Form = serde_json::from_slice(first).map_err(|_| damaged(1))?;
    if form.relatum_keys > FORMAT {
        let (path, found) = (path.to_owned(), form.relatum_keys);
        return Err(KeyError::Format { path, found, supported: FORMAT });
    }
    let head: Head = serde_json::from_slice(first).map_err(|_| damaged(1))?;
    let tenant = Key::from_text(&head.tenant).ok_or_else(|| damaged(1))?;
    let mut keys: BTreeMap<SubjectId, Vec<Key>> = BTreeMap::new();
    let mut end = if first.ends_with(b"\n") { End::Whole } else { End::Unended };
    let mut before = first.len();
    for (line, at) in lines {
        let entry = serde_json::from_slice(line).ok();
        let key = entry.and_then(|it: Line| Some((it.subject, Key::from_text(&it.key)?)));
        match (key, line.ends_with(b"\n")) {
            (Some((subject, key)), ended) => {
                keys.entry(subject).or_default().push(key);
                // An editor may have dropped the end: the key is whole all the same.
                end = if ended { End::Whole } else { End::Unended };
            }
            (None, false) => end = End::Torn(before),
            (None, true) => return Err(damaged(at)),
        }
        before = before.saturating_add(line.len());
    }
    Ok(Read { tenant, keys, end })
}

/// Writes a new key file whole or not at all.
fn make(path: &Path) -> std::io::Result<Result<(), getrandom::Error>> {
    let tenant = match Key::random() {
        Ok(tenant) => tenant,
        Err(error) => return Ok(Err(error)),
    };
    let head = Head { relatum_keys: FORMAT, tenant: tenant.to_text() };
    let mut text = serde_json::to_string(&head)?;
    text.push('\n');
    crate::whole_file::write_whole(path, text.as_bytes(), true)?;
    Ok(Ok(()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(number: u128) -> SubjectId {
        uuid::Uuid::from_u128(number).into()
    }

    #[test]
    fn keys_outlive_the_process_and_a_torn_last_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("book.keys");
        let sealed = {
            let ring = Keyring::open(&path, true).unwrap();
            ring.ensure([subject(1), subject(1), subject(2)]).unwrap();
            ring.seal(Some(subject(1)), "Ada").unwrap()
        };
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, [whole.as_slice(), b"{\"subject\":\"0000"].concat()).unwrap();
        let ring = Keyring::open(&path, false).unwrap();
        assert_eq!(ring.open_box(&sealed).as_deref(), Some("Ada"));
        assert_eq!(std::fs::read(&path).unwrap(), whole, "the torn line is gone");
    }

    #[test]
    fn a_missing_a_damaged_and_a_newer_file_are_named_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("book.keys");
        let message = |path: &Path| Keyring::open(path, false).unwrap_err().to_string();
        assert!(message(&path).contains("is missing; name it with --keys"), "{}", message(&path));
        std::fs::write(&path, "{\"relatum_keys\":2,\"tenant\":\"\"}\n").unwrap();
        assert!(message(&path).contains("has format 2, this version knows up to 1"));
        std::fs::write(&path, "{\"relatum_keys\":3,\"vault\":[]}\n").unwrap();
        assert!(message(&path).contains("has format 3"), "of another shape too");
        for (bytes, line) in [
            ("nonsense\n".into(), 1),
            ("nonsense".into(), 1),
            (String::new(), 1),
            (format!("{}\nnonsense\n{{}}", head()), 2),
        ] {
            std::fs::write(&path, &bytes).unwrap();
            assert!(message(&path).contains(&format!("damaged in line {line}")), "{bytes}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), bytes, "and left as it is");
        }
        std::fs::write(&path, b"\xff\xfe\n").unwrap();
        assert!(message(&path).contains("damaged in line 1"));
    }

    fn head() -> String {
        let tenant = Key::random().unwrap().to_text();
        serde_json::to_string(&Head { relatum_keys: FORMAT, tenant }).unwrap()
    }

    #[test]
    fn a_whole_last_line_without_its_end_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("book.keys");
        std::fs::write(&path, head()).unwrap();
        let sealed = {
            let ring = Keyring::open(&path, false).unwrap();
            ring.ensure([subject(1)]).unwrap();
            ring.seal(Some(subject(1)), "Ada").unwrap()
        };
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.trim_end()).unwrap();
        for _ in 0..2 {
            let ring = Keyring::open(&path, false).unwrap();
            assert_eq!(ring.open_box(&sealed).as_deref(), Some("Ada"));
            ring.ensure([subject(2)]).unwrap();
        }
    }

    #[test]
    fn two_stores_may_share_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("book.keys");
        let (one, two) =
            (Keyring::open(&path, true).unwrap(), Keyring::open(&path, false).unwrap());
        let sealed = [&one, &two].map(|ring| {
            ring.ensure([subject(1)]).unwrap();
            ring.seal(Some(subject(1)), "Ada").unwrap()
        });
        let ring = Keyring::open(&path, false).unwrap();
        for sealed in sealed {
            assert_eq!(ring.open_box(&sealed).as_deref(), Some("Ada"));
        }
    }
}
