//! The file that keys are in: a line of JSON a key, plain or wrapped.
//!
//! A line is appended and synced before the first event that needs its key; a last line cut off by
//! a crash belongs to no event and is dropped. Where keys are dropped or wrapped anew, a whole new
//! file takes the place of the old one, which is overwritten.
//!
//! *Invariant: nothing is written to a file that is not wholly understood, or that another process
//! has replaced.*

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use relatum_domain::{SealedBox, SubjectId};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::error::KeyError;
use super::passphrase::{Derivation, Passphrase, Wrapping};
use crate::seal::Key;
use crate::whole_file::{unfinished, write_whole};

/// The form in which keys are as they are.
const PLAIN: u32 = 1;
/// The form in which they are wrapped: the newest.
const WRAPPED: u32 = 2;
/// More bytes than a line takes.
const LINE: usize = 320;

#[derive(Deserialize)]
struct Form {
    relatum_keys: u32,
}

#[derive(Serialize, Deserialize)]
struct PlainHead {
    relatum_keys: u32,
    tenant: Zeroizing<String>,
}

#[derive(Serialize, Deserialize)]
struct WrappedHead {
    relatum_keys: u32,
    argon2id: Derivation,
    tenant: SealedBox,
}

/// The line of a key that is not wrapped. That of a wrapped one is a sealed box.
#[derive(Serialize, Deserialize)]
struct PlainLine {
    subject: SubjectId,
    key: Zeroizing<String>,
}

/// The keys in a file.
#[derive(Debug)]
pub(super) struct Content {
    pub(super) tenant: Key,
    /// The first one seals. There are several where two stores that shared a file each made one.
    pub(super) subjects: BTreeMap<SubjectId, Vec<Key>>,
}

/// The key file of a store, for looking after it: no key leaves it in the clear.
///
/// A store that is open goes on with the keys that it read; one whose file was wrapped anew in the
/// meantime makes no new keys ([`KeyError::Replaced`]) until it is opened again.
///
/// # Example
/// ```
/// use relatum::{Engine, KeyError, KeyFile, Passphrase};
/// let folder = tempfile::tempdir()?;
/// let keys = folder.path().join("book.keys");
/// drop(Engine::open(folder.path().join("book"))?);
/// let passphrase = Passphrase::new("correct horse battery staple")?;
/// KeyFile::open(&keys, None)?.rewrap(Some(&passphrase))?;
/// assert!(matches!(KeyFile::open(&keys, None), Err(KeyError::PassphraseNeeded { .. })));
/// assert!(KeyFile::open(&keys, Some(&passphrase))?.status()?.is_wrapped);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct KeyFile {
    /// As it was named.
    path: PathBuf,
    /// What that names in the end: a link stays one.
    place: PathBuf,
    file: File,
    wrapping: Option<Wrapping>,
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

/// What a key file holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct KeyStatus {
    /// Where it is.
    pub path: PathBuf,
    /// Its form: 1 where keys are plain, 2 where they are wrapped.
    pub format: u32,
    /// Whether a passphrase protects the keys.
    pub is_wrapped: bool,
    /// Of how many subjects there is a key.
    pub subjects: u64,
    /// How many keys they have together; more where two stores that shared a file each made one.
    pub keys: u64,
}

impl KeyFile {
    /// The file at `path`, which must be there.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn open(path: &Path, passphrase: Option<&Passphrase>) -> Result<Self, KeyError> {
        Self::ready(path, false, passphrase).map(|(file, _)| file)
    }

    /// What is in it by now.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn status(&self) -> Result<KeyStatus, KeyError> {
        let _held = self.hold()?;
        let (content, _) = lines(&self.path, &self.bytes()?, self.wrapping.as_ref())?;
        let is_wrapped = self.wrapping.is_some();
        let keys: usize = content.subjects.values().map(Vec::len).sum();
        Ok(KeyStatus {
            path: self.path.clone(),
            format: if is_wrapped { WRAPPED } else { PLAIN },
            is_wrapped,
            subjects: content.subjects.len() as u64,
            keys: keys as u64,
        })
    }

    /// Wraps every key anew, by a new wrapping key of `passphrase`; without one, keys are plain
    /// then. What was sealed stays as it is: the keys themselves do not change.
    ///
    /// # Errors
    /// [`KeyError`]. On any error the file is as it was.
    pub fn rewrap(&mut self, passphrase: Option<&Passphrase>) -> Result<(), KeyError> {
        let wrapping = passphrase.map(Wrapping::new).transpose()?;
        self.replace(wrapping, |_| {}).map(drop)
    }

    /// Writes a copy into a new file, whole and synced, for its owner alone. Keys are wrapped in it
    /// as they are here.
    ///
    /// # Errors
    /// [`KeyError::Io`], also if there is something at `to`.
    pub fn copy_to(&self, to: &Path) -> Result<(), KeyError> {
        let _held = self.hold()?;
        let io = KeyError::io("write", to);
        if to.try_exists().map_err(&io)? {
            return Err(io(ErrorKind::AlreadyExists.into()));
        }
        write_whole(to, &self.bytes()?, true).map_err(io)
    }

    /// The file at `path` and the keys in it; made if `create` says so and nothing is there.
    pub(super) fn ready(
        path: &Path,
        create: bool,
        passphrase: Option<&Passphrase>,
    ) -> Result<(Self, Content), KeyError> {
        let io = |op| KeyError::io(op, path);
        if !path.try_exists().map_err(io("find"))? {
            if !create {
                return Err(KeyError::Missing { path: path.to_owned() });
            }
            make(path, passphrase)?;
        }
        let place = path.canonicalize().map_err(io("find"))?;
        let mut options = OpenOptions::new();
        let file = options.read(true).append(true).open(&place).map_err(io("open"))?;
        let mut opened = Self { path: path.to_owned(), place, file, wrapping: None };
        let held = opened.hold()?;
        let bytes = opened.bytes()?;
        let (content, wrapping, end) = read(path, &bytes, passphrase)?;
        opened.wrapping = wrapping;
        match end {
            End::Whole => {}
            End::Unended => opened.file.write_all(b"\n").map_err(io("mend"))?,
            End::Torn(whole) => opened.file.set_len(whole as u64).map_err(io("mend"))?,
        }
        // Of a writer that was killed: it holds keys.
        match std::fs::remove_file(unfinished(&opened.place)) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(io("tidy up")(error)),
            _ => drop(held),
        }
        Ok((opened, content))
    }

    /// The whole of it as it is.
    fn bytes(&self) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let io = || KeyError::io("read", &self.path);
        let length = self.file.metadata().map_err(io())?.len();
        // With room for all of it: a buffer that grows leaves copies of keys behind.
        let room = usize::try_from(length).unwrap_or_default().saturating_add(LINE);
        let mut bytes = Zeroizing::new(Vec::with_capacity(room));
        (&self.file).seek(SeekFrom::Start(0)).map_err(io())?;
        (&self.file).read_to_end(&mut bytes).map_err(io())?;
        Ok(bytes)
    }

    /// Keeps other processes from writing while the answer is held.
    fn hold(&self) -> Result<Held, KeyError> {
        let io = || KeyError::io("lock", &self.path);
        let file = self.file.try_clone().map_err(io())?;
        match file.lock() {
            // Not every file system can; there a store is its only writer, as it always was.
            Err(error) if error.kind() != ErrorKind::Unsupported => return Err(io()(error)),
            _ => {}
        }
        let held = Held(file);
        if is_at(&self.file, &self.place).map_err(io())? {
            Ok(held)
        } else {
            Err(KeyError::Replaced { path: self.path.clone() })
        }
    }

    /// Adds a line for each key, synced once.
    pub(super) fn append(&mut self, made: &BTreeMap<SubjectId, Key>) -> Result<(), KeyError> {
        let _held = self.hold()?;
        let mut text = room(made.len());
        for (subject, key) in made {
            line(&mut text, self.wrapping.as_ref(), *subject, key)?;
        }
        let file = &mut self.file;
        let written = file.metadata().and_then(|before| {
            let written = file.write_all(&text).and_then(|()| file.sync_data());
            if written.is_err() {
                // Half a line must not stand before the next one.
                file.set_len(before.len())?;
            }
            written
        });
        written.map_err(KeyError::io("write", &self.path))
    }

    /// Puts a new file with what `edit` leaves of the keys in the place of this one.
    pub(super) fn edit(&mut self, edit: impl FnOnce(&mut Content)) -> Result<Content, KeyError> {
        self.replace(self.wrapping.clone(), edit)
    }

    /// Puts a new file with what `edit` leaves of the keys in the place of this one, wrapped by
    /// `wrapping`, and gives them.
    ///
    /// What is edited is what the file holds by now: another store may have added to it.
    fn replace(
        &mut self,
        wrapping: Option<Wrapping>,
        edit: impl FnOnce(&mut Content),
    ) -> Result<Content, KeyError> {
        let held = self.hold()?;
        let bytes = self.bytes()?;
        let (mut content, _) = lines(&self.path, &bytes, self.wrapping.as_ref())?;
        edit(&mut content);
        let io = |op| KeyError::io(op, &self.path);
        let old = OpenOptions::new().write(true).open(&self.place).map_err(io("open"))?;
        write_whole(&self.place, &whole(&content, wrapping.as_ref())?, true)
            .map_err(io("write"))?;
        let mut options = OpenOptions::new();
        let file = options.read(true).append(true).open(&self.place).map_err(io("open"))?;
        overwrite(&old, bytes.len());
        drop(held);
        self.file = file;
        self.wrapping = wrapping;
        Ok(content)
    }
}

/// A file that others wait for until this is gone.
struct Held(File);

impl Drop for Held {
    fn drop(&mut self) {
        // It ends with the file at the latest.
        let _ = self.0.unlock();
    }
}

/// Whether `path` still names the file that is open.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> std::io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    let (open, named) = (file.metadata()?, path.metadata()?);
    Ok((open.dev(), open.ino()) == (named.dev(), named.ino()))
}

#[cfg(not(unix))]
fn is_at(_: &File, path: &Path) -> std::io::Result<bool> {
    path.try_exists()
}

/// Overwrites a file that has no name any more, so that its bytes do not lie about on the disk.
///
/// A disk or file system that writes elsewhere keeps them all the same: no more is promised.
fn overwrite(mut file: &File, length: usize) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        if file.metadata().map_or(true, |it| it.nlink() > 0) {
            // What has another name is somebody's copy.
            return;
        }
    }
    let _ = file.write_all(&vec![0; length]).and_then(|()| file.sync_data());
}

/// Writes a new key file whole or not at all.
fn make(path: &Path, passphrase: Option<&Passphrase>) -> Result<(), KeyError> {
    let tenant = Key::random().map_err(|_| KeyError::NoRandomness)?;
    let wrapping = passphrase.map(Wrapping::new).transpose()?;
    let content = Content { tenant, subjects: BTreeMap::new() };
    let text = whole(&content, wrapping.as_ref())?;
    write_whole(path, &text, true).map_err(KeyError::io("create", path))
}

/// A buffer for so many keys, which need not grow.
fn room(keys: usize) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(Vec::with_capacity(keys.saturating_add(1).saturating_mul(LINE)))
}

fn json_line(text: &mut Vec<u8>, line: &impl Serialize) {
    // Texts and numbers, into memory: nothing of it fails.
    let _ = serde_json::to_writer(&mut *text, line);
    text.push(b'\n');
}

/// Writes the line of a key.
fn line(
    text: &mut Vec<u8>,
    wrapping: Option<&Wrapping>,
    subject: SubjectId,
    key: &Key,
) -> Result<(), KeyError> {
    match wrapping {
        None => json_line(text, &PlainLine { subject, key: key.to_text() }),
        Some(wrapping) => json_line(text, &wrapping.wrap(Some(subject), key)?),
    }
    Ok(())
}

/// A whole file.
fn whole(content: &Content, wrapping: Option<&Wrapping>) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let mut text = room(content.subjects.values().map(Vec::len).sum());
    match wrapping {
        None => {
            let tenant = content.tenant.to_text();
            json_line(&mut text, &PlainHead { relatum_keys: PLAIN, tenant });
        }
        Some(wrapping) => {
            let (argon2id, tenant) =
                (wrapping.derivation.clone(), wrapping.wrap(None, &content.tenant)?);
            json_line(&mut text, &WrappedHead { relatum_keys: WRAPPED, argon2id, tenant });
        }
    }
    for (subject, keys) in &content.subjects {
        keys.iter().try_for_each(|key| line(&mut text, wrapping, *subject, key))?;
    }
    Ok(text)
}

/// What is in a file, and how it is wrapped.
fn read(
    path: &Path,
    bytes: &[u8],
    passphrase: Option<&Passphrase>,
) -> Result<(Content, Option<Wrapping>, End), KeyError> {
    let damaged = |_| damaged_in(path, 1);
    let first = bytes.split_inclusive(|byte| *byte == b'\n').next().unwrap_or_default();
    let form: Form = serde_json::from_slice(first).map_err(damaged)?;
    let wrapping = match form.relatum_keys {
        ..=PLAIN => None,
        WRAPPED => {
            let head: WrappedHead = serde_json::from_slice(first).map_err(damaged)?;
            let needed = || KeyError::PassphraseNeeded { path: path.to_owned() };
            let passphrase = passphrase.ok_or_else(needed)?;
            let wrapping = Wrapping::derived(head.argon2id, passphrase);
            Some(wrapping.ok_or_else(|| damaged_in(path, 1))?)
        }
        found => {
            let path = path.to_owned();
            return Err(KeyError::Format { path, found, supported: WRAPPED });
        }
    };
    let (content, end) = lines(path, bytes, wrapping.as_ref())?;
    Ok((content, wrapping, end))
}

/// The keys in a file that is wrapped so.
fn lines(
    path: &Path,
    bytes: &[u8],
    wrapping: Option<&Wrapping>,
) -> Result<(Content, End), KeyError> {
    let mut lines = bytes.split_inclusive(|byte| *byte == b'\n').zip(1_usize..);
    let (first, _) = lines.next().ok_or_else(|| damaged_in(path, 1))?;
    let tenant = tenant(path, first, wrapping)?;
    let mut subjects: BTreeMap<SubjectId, Vec<Key>> = BTreeMap::new();
    let mut end = if first.ends_with(b"\n") { End::Whole } else { End::Unended };
    let mut before = first.len();
    for (line, at) in lines {
        let ended = line.ends_with(b"\n");
        match entry(line, wrapping) {
            Ok((subject, key)) => {
                subjects.entry(subject).or_default().push(key);
                // An editor may have dropped the end: the key is whole all the same.
                end = if ended { End::Whole } else { End::Unended };
            }
            Err(Unread::Cut) if !ended => end = End::Torn(before),
            Err(_) => return Err(damaged_in(path, at)),
        }
        before = before.saturating_add(line.len());
    }
    Ok((Content { tenant, subjects }, end))
}

fn tenant(path: &Path, first: &[u8], wrapping: Option<&Wrapping>) -> Result<Key, KeyError> {
    let damaged = |_| damaged_in(path, 1);
    match wrapping {
        None => {
            let head: PlainHead = serde_json::from_slice(first).map_err(damaged)?;
            Key::from_text(&head.tenant).ok_or_else(|| damaged_in(path, 1))
        }
        Some(wrapping) => {
            let head: WrappedHead = serde_json::from_slice(first).map_err(damaged)?;
            let wrong = || KeyError::WrongPassphrase { path: path.to_owned() };
            wrapping.unwrap(&head.tenant).ok_or_else(wrong)
        }
    }
}

/// Why a line is no key.
enum Unread {
    /// It is no JSON of a key, as if it had been cut off.
    Cut,
    /// It is, and the key in it is none.
    NoKey,
}

fn entry(line: &[u8], wrapping: Option<&Wrapping>) -> Result<(SubjectId, Key), Unread> {
    match wrapping {
        None => {
            let line: PlainLine = serde_json::from_slice(line).map_err(|_| Unread::Cut)?;
            let key = Key::from_text(&line.key).ok_or(Unread::NoKey)?;
            Ok((line.subject, key))
        }
        Some(wrapping) => {
            let wrapped: SealedBox = serde_json::from_slice(line).map_err(|_| Unread::Cut)?;
            let subject = wrapped.subject.ok_or(Unread::NoKey)?;
            Ok((subject, wrapping.unwrap(&wrapped).ok_or(Unread::NoKey)?))
        }
    }
}

fn damaged_in(path: &Path, line: usize) -> KeyError {
    KeyError::Damaged { path: path.to_owned(), line }
}
