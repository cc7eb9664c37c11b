//! Where an archive lies: a directory, or an object store.
//!
//! Owns the one way in which a file becomes visible: whole, under its name, never in part.

use std::fmt;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use object_store::memory::InMemory;
use object_store::{ObjectStore, ObjectStoreExt as _, WriteMultipart};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use url::Url;

use crate::error::ArchiveError;

/// Where a directory is being prepared that is not yet seen.
const STAGING: &str = ".staging-";

/// Held while somebody writes.
const LOCK: &str = ".lock";

/// Bytes that are sent at once to an object store.
const PART: usize = 8 * 1_024 * 1_024;

/// Where an archive lies.
///
/// A handle: clones are the same place.
#[derive(Clone)]
pub struct Place(Kind);

#[derive(Clone)]
enum Kind {
    Folder(PathBuf),
    Store(Arc<Remote>),
}

struct Remote {
    name: String,
    store: Arc<dyn ObjectStore>,
    prefix: object_store::path::Path,
    runtime: Runtime,
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Folder(folder) => write!(f, "{}", folder.display()),
            Kind::Store(remote) => f.write_str(&remote.name),
        }
    }
}

#[cfg(test)]
thread_local! {
    /// After so many published bytes the disk is full, for this thread.
    pub(crate) static FULL_AFTER: std::cell::Cell<Option<u64>> =
        const { std::cell::Cell::new(None) };
}

/// Fails where a test wants the disk to be full.
#[cfg(test)]
fn room_for(staged: &Path) -> io::Result<()> {
    let length = fs::metadata(staged)?.len();
    let full = || io::Error::from(io::ErrorKind::StorageFull);
    FULL_AFTER.with(|left| match left.get() {
        Some(bytes) => {
            left.set(Some(bytes.checked_sub(length).ok_or_else(full)?));
            Ok(())
        }
        None => Ok(()),
    })
}

#[cfg(not(test))]
const fn room_for(_staged: &Path) -> io::Result<()> {
    Ok(())
}

/// Nobody else writes a place while this is there.
#[derive(Debug)]
pub(crate) struct Held(#[expect(dead_code, reason = "held, not read")] Option<File>);

impl Place {
    /// A directory, made when something is written.
    pub fn folder(path: impl Into<PathBuf>) -> Self {
        Self(Kind::Folder(path.into()))
    }

    /// A store that is gone when the last handle is: for tests.
    ///
    /// # Errors
    /// [`ArchiveError::Io`] if there is no thread to be had.
    pub fn in_memory() -> Result<Self, ArchiveError> {
        Self::remote("memory:///", Arc::new(InMemory::new()), object_store::path::Path::default())
    }

    pub(crate) fn remote(
        name: &str,
        store: Arc<dyn ObjectStore>,
        prefix: object_store::path::Path,
    ) -> Result<Self, ArchiveError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(ArchiveError::io("start the runtime of the object store"))?;
        Ok(Self(Kind::Store(Arc::new(Remote { name: name.to_owned(), store, prefix, runtime }))))
    }

    /// The place that a text names: a URL with `://`, else a directory.
    ///
    /// `file://` and `memory://` are always there, `s3://`, `gs://` and `az://` if the program was
    /// built with them; those take what they need to know from the environment, as the tools of
    /// their vendors do.
    ///
    /// # Errors
    /// [`ArchiveError::Url`].
    pub fn parse(text: &str) -> Result<Self, ArchiveError> {
        let wrong = |problem: String| ArchiveError::Url { url: text.to_owned(), problem };
        if !text.contains("://") {
            return Ok(Self::folder(text));
        }
        let url = Url::parse(text).map_err(|error| wrong(error.to_string()))?;
        if url.scheme() == "file" {
            let path = url.to_file_path();
            return path.map(Self::folder).map_err(|()| wrong("it names no path".to_owned()));
        }
        if url.scheme() == "memory" {
            return Self::in_memory();
        }
        let built = [
            ("s3", cfg!(feature = "s3")),
            ("gs", cfg!(feature = "gs")),
            ("az", cfg!(feature = "az")),
        ];
        match built.iter().find(|(scheme, _)| *scheme == url.scheme()) {
            Some((_, true)) => {}
            Some((scheme, false)) => {
                let problem = format!(
                    "this program was built without the feature `{scheme}`; in a checkout, cargo \
                     install --path crates/relatum-cli --features {scheme} builds one with it"
                );
                return Err(wrong(problem));
            }
            None => {
                let problem = "write a directory, file://, s3://, gs:// or az://".to_owned();
                return Err(wrong(problem));
            }
        }
        let known = std::env::vars().map(|(key, value)| (key.to_ascii_lowercase(), value));
        let (store, prefix) =
            object_store::parse_url_opts(&url, known).map_err(|error| wrong(error.to_string()))?;
        Self::remote(text, store.into(), prefix)
    }

    /// The name of a file for people.
    pub(crate) fn shown(&self, file: &str) -> String {
        match &self.0 {
            Kind::Folder(folder) => folder.join(file).display().to_string(),
            Kind::Store(remote) => format!("{}/{file}", remote.name.trim_end_matches('/')),
        }
    }

    /// The content of a file; none if there is none.
    pub(crate) fn read(&self, file: &str) -> Result<Option<Bytes>, ArchiveError> {
        match &self.0 {
            Kind::Folder(folder) => match fs::read(folder.join(file)) {
                Ok(bytes) => Ok(Some(bytes.into())),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                Err(error) => Err(ArchiveError::io(format!("read {}", self.shown(file)))(error)),
            },
            Kind::Store(remote) => {
                let path = remote.path(file);
                let read = remote.runtime.block_on(async {
                    match remote.store.get(&path).await {
                        Ok(found) => found.bytes().await.map(Some),
                        Err(object_store::Error::NotFound { .. }) => Ok(None),
                        Err(error) => Err(error),
                    }
                });
                read.map_err(|error| remote.refused("read", file, error))
            }
        }
    }

    /// The files that are there, without those that are not to be seen.
    pub(crate) fn files(&self) -> Result<Vec<String>, ArchiveError> {
        match &self.0 {
            Kind::Folder(folder) => {
                let mut files = Vec::new();
                below(folder, "", &mut files)
                    .map_err(ArchiveError::io(format!("read {}", folder.display())))?;
                Ok(files)
            }
            Kind::Store(remote) => {
                let list = remote.store.list(Some(&remote.prefix));
                let all = remote.runtime.block_on(list.try_collect::<Vec<_>>());
                let all = all.map_err(|error| remote.refused("list", "", error))?;
                let relative = |it: object_store::ObjectMeta| {
                    let parts: Vec<_> = it.location.prefix_match(&remote.prefix)?.collect();
                    let parts: Vec<_> = parts.iter().map(|it| it.as_ref()).collect();
                    Some(parts.join("/"))
                };
                Ok(all.into_iter().filter_map(relative).collect())
            }
        }
    }

    /// Makes the place, if it is not there.
    pub(crate) fn make(&self) -> Result<(), ArchiveError> {
        let Kind::Folder(folder) = &self.0 else { return Ok(()) };
        let made = fs::create_dir_all(folder);
        made.map_err(ArchiveError::io(format!("make {}", folder.display())))
    }

    /// Takes the place for writing, makes it if it is not there, and clears up what was left of
    /// one that was cut off.
    pub(crate) fn hold(&self) -> Result<Held, ArchiveError> {
        let Kind::Folder(folder) = &self.0 else { return Ok(Held(None)) };
        self.make()?;
        let path = folder.join(LOCK);
        let lock = File::create(&path);
        let lock = lock.map_err(ArchiveError::io(format!("make {}", path.display())))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(ArchiveError::InUse { place: self.to_string() });
            }
            Err(TryLockError::Error(error)) => {
                return Err(ArchiveError::io(format!("lock {}", path.display()))(error));
            }
        }
        let entries = fs::read_dir(folder);
        let entries = entries.map_err(ArchiveError::io(format!("read {}", folder.display())))?;
        for entry in entries.flatten() {
            if entry.file_name().to_string_lossy().starts_with(STAGING) {
                // What cannot be deleted does no harm: nobody reads it.
                let _ = fs::remove_dir_all(entry.path());
            }
        }
        Ok(Held(Some(lock)))
    }

    /// A directory in which files are prepared; it goes when it is dropped.
    pub(crate) fn staging(&self) -> Result<TempDir, ArchiveError> {
        let mut builder = tempfile::Builder::new();
        let builder = builder.prefix(STAGING);
        let made = match &self.0 {
            // In the same file system: a rename makes the file visible.
            Kind::Folder(folder) => builder.tempdir_in(folder),
            Kind::Store(_) => builder.tempdir(),
        };
        made.map_err(ArchiveError::io(format!("make a directory to prepare {self} in")))
    }

    /// Makes what was prepared at `staged` visible as `file`, at once and durably.
    pub(crate) fn publish(&self, staged: &Path, file: &str) -> Result<(), ArchiveError> {
        let op = || format!("write {}", self.shown(file));
        room_for(staged).map_err(ArchiveError::io(op()))?;
        match &self.0 {
            Kind::Folder(folder) => {
                let to = folder.join(file);
                let parent = to.parent().unwrap_or(folder);
                let published = fs::create_dir_all(parent)
                    .and_then(|()| fs::rename(staged, &to))
                    .and_then(|()| sync_folder(parent));
                published.map_err(ArchiveError::io(op()))
            }
            Kind::Store(remote) => {
                let read = File::open(staged).map_err(ArchiveError::io(op()))?;
                let sent = remote.runtime.block_on(remote.send(read, file));
                sent.map_err(|source| ArchiveError::Store { op: op(), source })
            }
        }
    }

    /// Puts bytes under a name, at once and durably.
    pub(crate) fn put(
        &self,
        bytes: Vec<u8>,
        file: &str,
        staging: &Path,
    ) -> Result<(), ArchiveError> {
        let staged = staging.join("whole");
        let written = fs::write(&staged, bytes).and_then(|()| File::open(&staged)?.sync_all());
        written.map_err(ArchiveError::io(format!("write {}", self.shown(file))))?;
        self.publish(&staged, file)?;
        if let Kind::Folder(folder) = &self.0 {
            let synced = sync_folder(folder);
            synced.map_err(ArchiveError::io(format!("sync {}", folder.display())))?;
        }
        Ok(())
    }

    /// Deletes a file.
    pub(crate) fn delete(&self, file: &str) -> Result<(), ArchiveError> {
        match &self.0 {
            Kind::Folder(folder) => fs::remove_file(folder.join(file))
                .map_err(ArchiveError::io(format!("delete {}", self.shown(file)))),
            Kind::Store(remote) => {
                let deleted = remote.runtime.block_on(remote.store.delete(&remote.path(file)));
                deleted.map_err(|error| remote.refused("delete", file, error))
            }
        }
    }
}

impl Remote {
    fn path(&self, file: &str) -> object_store::path::Path {
        file.split('/').fold(self.prefix.clone(), |path, part| path.join(part))
    }

    fn refused(&self, verb: &str, file: &str, error: object_store::Error) -> ArchiveError {
        let name = self.name.trim_end_matches('/');
        ArchiveError::Store { op: format!("{verb} {name}/{file}"), source: Box::new(error) }
    }

    /// Sends a file in parts; it is there when the last one is.
    async fn send(
        &self,
        mut read: File,
        file: &str,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        use std::io::Read as _;
        let path = self.path(file);
        let length = read.metadata()?.len();
        if length <= PART as u64 {
            let mut whole = Vec::new();
            read.read_to_end(&mut whole)?;
            self.store.put(&path, whole.into()).await?;
            return Ok(());
        }
        let mut upload =
            WriteMultipart::new_with_chunk_size(self.store.put_multipart(&path).await?, PART);
        loop {
            let mut part = Vec::with_capacity(PART);
            let taken = (&mut read).take(PART as u64).read_to_end(&mut part)?;
            if taken == 0 {
                upload.finish().await?;
                return Ok(());
            }
            upload.wait_for_capacity(2).await?;
            upload.put(part.into());
        }
    }
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// The files below a folder, by their names from its root. Hidden ones and links are passed over.
fn below(folder: &Path, name: &str, files: &mut Vec<String>) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let entry = entry?;
        let own = entry.file_name().to_string_lossy().into_owned();
        if own.starts_with('.') {
            continue;
        }
        let name = if name.is_empty() { own } else { format!("{name}/{own}") };
        if entry.file_type()?.is_dir() {
            below(&entry.path(), &name, files)?;
        } else {
            files.push(name);
        }
    }
    Ok(())
}
