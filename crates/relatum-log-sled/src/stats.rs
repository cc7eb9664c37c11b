//! What a store says of itself.
//!
//! Owns the numbers behind `log stats`. Knows nothing of how they come about.
//!
//! *Invariant: they count acknowledged commits only.*

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use relatum_log::{ByteSize, Cut, LogError, Seq};

use crate::files;
use crate::journal;
use crate::live::Live;

/// The size and the end of a store.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SledStats {
    /// Commits.
    pub commits: u64,
    /// Events.
    pub events: u64,
    /// Where the log ends.
    pub head: Cut,
    /// When the last commit was recorded.
    pub last_recorded_at: Option<DateTime<Utc>>,
    /// Sealed blocks.
    pub blocks: u64,
    /// The streams that they write.
    pub block_streams: u64,
    /// The bytes of the commits in them.
    pub block_bytes: ByteSize,
    /// Events that are in no block yet.
    pub young_events: u64,
    /// The bytes of their commits.
    pub young_bytes: ByteSize,
    /// sled's files.
    pub sled_on_disk: ByteSize,
    /// The files of the journal that are written or wait to be packed.
    pub journal_on_disk: ByteSize,
    /// The files of the journal that are full and packed.
    pub archive_on_disk: ByteSize,
    /// How many of these there are.
    pub archive_files: u64,
}

impl SledStats {
    pub(crate) fn of(folder: &Path, live: &Live, end: End) -> Result<Self, LogError> {
        let (mut journal, mut archive, mut files) = (0, 0, 0);
        for file in journal::list(&folder.join("journal"))? {
            // A file may go while we look.
            let bytes = std::fs::metadata(&file.path).map_or(0, |metadata| metadata.len());
            if file.packed {
                (archive, files) = (archive + bytes, files + 1);
            } else {
                journal += bytes;
            }
        }
        let inside = live.look();
        Ok(Self {
            commits: end.commits,
            events: end.seq.0,
            head: Cut::single(end.seq),
            last_recorded_at: end.recorded_at,
            blocks: inside.edge.blocks,
            block_streams: u64::from(inside.edge.streams),
            block_bytes: ByteSize(inside.edge.bytes),
            young_events: end.seq.0.saturating_sub(inside.edge.seq().0),
            young_bytes: ByteSize(inside.tail.bytes() as u64),
            sled_on_disk: ByteSize(files::bytes_below(&folder.join("sled"))?),
            journal_on_disk: ByteSize(journal),
            archive_on_disk: ByteSize(archive),
            archive_files: files,
        })
    }

    /// All files together.
    #[must_use]
    pub const fn bytes_on_disk(&self) -> ByteSize {
        ByteSize(self.sled_on_disk.0 + self.journal_on_disk.0 + self.archive_on_disk.0)
    }
}

/// The end of a log.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct End {
    pub(crate) commits: u64,
    pub(crate) seq: Seq,
    pub(crate) recorded_at: Option<DateTime<Utc>>,
}

/// The end of the log as the writer acknowledged it last.
#[derive(Debug, Default)]
pub(crate) struct Recorded(Mutex<End>);

impl Recorded {
    pub(crate) fn set(&self, end: End) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = end;
    }

    pub(crate) fn get(&self) -> End {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
