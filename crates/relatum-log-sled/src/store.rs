//! The open store: sled, its file to sync, and the head record.
//!
//! Owns opening (lock, format, head) and writing (put, sync). Knows nothing of admission and of
//! threads.
//!
//! *Invariant: after `sync` everything that was put before is on disk.*

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use relatum_log::{ByteSize, CorruptionKind, LogError, Seq};

use crate::engine::{self, damage, guarded};
use crate::files::{self, failed};
use crate::group::Group;
use crate::head::HeadFile;
use crate::layout::{FORMAT, FORMAT_KEY};
use crate::reader::{Found, Reader};

/// Everything that writing needs; there is one of it per store.
#[derive(Debug)]
pub(crate) struct Store {
    db: sled::Db,
    /// sled's file, opened a second time: sled itself does not wait for the disk.
    pub(crate) db_file: File,
    db_path: PathBuf,
    head_file: HeadFile,
    /// What is in the store.
    pub(crate) end: End,
    /// Held until the last reader is gone too.
    pub(crate) lock: Arc<File>,
}

/// The end of a store.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct End {
    pub(crate) commits: u64,
    pub(crate) seq: Seq,
    pub(crate) recorded_at: Option<DateTime<Utc>>,
}

impl Store {
    /// Opens the store in `folder`, or creates it there.
    pub(crate) fn open(folder: &Path, create: bool, cache: ByteSize) -> Result<Self, LogError> {
        let sled_folder = folder.join("sled");
        let db_path = sled_folder.join("db");
        // Nothing is created where nothing is to be created: a mistyped path stays clean.
        let exists = HeadFile::read(folder)?.is_some() || exists(&db_path)?;
        if !exists && !create {
            return Err(LogError::NotFound { path: folder.to_owned() });
        }
        if !exists {
            fs::create_dir_all(&sled_folder).map_err(failed("create", &sled_folder))?;
        }
        let lock = files::lock(folder)?;
        // Only now is the record what it will stay; another process may have written meanwhile.
        let head = HeadFile::read(folder)?;
        if let Some(expected) = head.filter(|head| *head > Seq::NONE) {
            // sled would make a new file and call it the store.
            check_head(expected, if self::exists(&db_path)? { expected } else { Seq::NONE })?;
        }
        if sled_folder.is_dir() {
            files::remove_unfinished_snapshots(&sled_folder)?;
        }
        let db = engine::open(&sled_folder, cache)?;
        let is_new = !has_format(&db)?;
        let end = end_of(&Reader::new((*db).clone()))?;
        // Before anything is written: what is left of a damaged store is not touched.
        check_head(head.unwrap_or_default(), end.seq)?;
        if head.is_none() && end.seq > Seq::NONE {
            return Err(damage(CorruptionKind::Missing { what: "the head record" }));
        }
        let db_file = File::open(&db_path).map_err(failed("open", &db_path))?;
        if is_new {
            guarded("write the format", || db.insert(FORMAT_KEY, &FORMAT.to_be_bytes()))?;
        }
        if is_new || head.is_none() {
            guarded("flush sled", || db.flush())?;
            files::sync_tree(&sled_folder)?;
        } else {
            // What a crash left unsynced is about to be given to readers.
            db_file.sync_data().map_err(failed("sync", &db_path))?;
        }
        let head_file = HeadFile::open(folder, end.seq)?;
        if head.is_none() {
            files::sync_entry(folder)?;
        }
        Ok(Self { db, db_file, db_path, head_file, end, lock: Arc::new(lock) })
    }

    pub(crate) fn reader(&self) -> Reader {
        Reader::new((*self.db).clone())
    }

    /// Puts the commits of a group in, all or none, not yet durable.
    pub(crate) fn put(&mut self, group: Group) -> Result<(), LogError> {
        let (batch, end) = group.into_batch();
        guarded("write commits to sled", || self.db.apply_batch(batch))?;
        self.end = end;
        Ok(())
    }

    /// Makes everything that was put durable, then notes how far that is.
    pub(crate) fn sync(&mut self) -> Result<(), LogError> {
        guarded("flush sled", || self.db.flush())?;
        self.db_file.sync_data().map_err(failed("sync", &self.db_path))?;
        self.head_file.write(self.end.seq)
    }

    /// Syncs the head record too, which `sync` leaves to the system.
    pub(crate) fn close(self) -> Result<(), LogError> {
        self.head_file.sync()
    }
}

fn exists(path: &Path) -> Result<bool, LogError> {
    match path.try_exists() {
        // Below a file that is no folder there is nothing, and nothing can be created.
        Err(error) if error.kind() == std::io::ErrorKind::NotADirectory => Ok(false),
        found => found.map_err(failed("look for", path)),
    }
}

/// Whether the tree names its format, which must be ours; only a new tree does not.
fn has_format(db: &sled::Db) -> Result<bool, LogError> {
    let missing = || damage(CorruptionKind::Missing { what: "the format of the store" });
    let Some(value) = guarded("read the format", || db.get(FORMAT_KEY))? else {
        let first = guarded("read the format", || db.iter().next().transpose())?;
        return if first.is_none() { Ok(false) } else { Err(missing()) };
    };
    let bytes: [u8; 4] = value.as_ref().try_into().map_err(|_| missing())?;
    match u32::from_be_bytes(bytes) {
        FORMAT => Ok(true),
        found => Err(LogError::Format { found, supported: FORMAT }),
    }
}

/// A store may hold more than was acknowledged, never less.
fn check_head(expected: Seq, found: Seq) -> Result<(), LogError> {
    if found < expected {
        return Err(damage(CorruptionKind::Head { expected, found }));
    }
    Ok(())
}

fn end_of(reader: &Reader) -> Result<End, LogError> {
    let Some(Found { header, commit }) = reader.last()? else {
        return Ok(End::default());
    };
    let recorded_at = Some(commit.view()?.recorded_at);
    Ok(End { commits: header.number, seq: header.last(commit.position.seq), recorded_at })
}
