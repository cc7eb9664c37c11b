//! How a store is opened.
//!
//! Owns the choices and their defaults. Knows no file.
//!
//! *Invariant: with the defaults nothing is created and nothing acknowledged is lost.*

use std::fmt;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use relatum_log::{ByteSize, Clock};

/// When a commit is acknowledged, and so what a power cut may take.
///
/// Whatever is chosen, the end of the process alone takes nothing that was acknowledged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Durability {
    /// When the journal has it on disk. A power cut takes nothing that was acknowledged.
    #[default]
    Immediate,
    /// When the operating system has it; the journal is synced once in each window. A power cut
    /// takes at most what was acknowledged within the last window and the sync after it.
    Batched(Duration),
    /// When sled has it on disk, without a journal: a power cut takes nothing, but there is no
    /// second copy to repair the store from, and each sync writes a block anew.
    SledOnly,
}

/// The choices for [`SledLog::open`](crate::SledLog::open).
pub struct SledOptions {
    pub(crate) create: bool,
    pub(crate) clock: Box<dyn Clock>,
    pub(crate) cache: ByteSize,
    pub(crate) remembered_keys: Option<usize>,
    pub(crate) durability: Durability,
    pub(crate) journal: Option<PathBuf>,
    pub(crate) archive: bool,
}

impl SledOptions {
    /// An existing store, the system's clock, 64 MiB of cache, a journal in the store's folder that
    /// is kept for good, and answers when that is on disk.
    #[must_use]
    pub fn new() -> Self {
        Self {
            create: false,
            clock: Box::new(|| DateTime::<Utc>::from(SystemTime::now())),
            cache: ByteSize::mib(64),
            remembered_keys: None,
            durability: Durability::Immediate,
            journal: None,
            archive: true,
        }
    }

    /// Whether to make a store where there is none.
    #[must_use]
    pub const fn create(mut self, create: bool) -> Self {
        self.create = create;
        self
    }

    /// When commits are acknowledged.
    #[must_use]
    pub const fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// Where the journal of a new store lies: another disk is another chance. A store knows its
    /// journal's folder; for one that exists, naming another is an error.
    #[must_use]
    pub fn journal(mut self, folder: impl Into<PathBuf>) -> Self {
        self.journal = Some(folder.into());
        self
    }

    /// Whether full files of the journal are packed and kept, as they are unless said otherwise,
    /// or removed once sled holds what is in them. Without them nothing old can be repaired.
    #[must_use]
    pub const fn archive(mut self, archive: bool) -> Self {
        self.archive = archive;
        self
    }

    /// Where recorded times come from.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Box::new(clock);
        self
    }

    /// How much sled keeps in memory; more than 64 MiB is taken as 64 MiB.
    #[must_use]
    pub fn cache(mut self, cache: ByteSize) -> Self {
        self.cache = cache.min(ByteSize::mib(64));
        self
    }

    /// How many idempotency keys the writer keeps in memory; others it reads again when needed.
    ///
    /// Units: keys, and four more for each stream; 4,000,000 unless said otherwise, which is some
    /// hundreds of megabytes when they are used.
    #[must_use]
    pub const fn remembered_keys(mut self, keys: usize) -> Self {
        self.remembered_keys = Some(keys);
        self
    }
}

impl Default for SledOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for SledOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { create, cache, remembered_keys, durability, journal, archive, .. } = self;
        f.debug_struct("SledOptions")
            .field("create", create)
            .field("cache", cache)
            .field("remembered_keys", remembered_keys)
            .field("durability", durability)
            .field("journal", journal)
            .field("archive", archive)
            .finish_non_exhaustive()
    }
}
