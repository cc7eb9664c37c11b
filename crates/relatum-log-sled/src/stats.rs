//! What a store says of itself.
//!
//! Owns the numbers behind `log stats`. Knows nothing of how they come about.
//!
//! *Invariant: they are those of one moment, and count acknowledged commits only.*

use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use relatum_log::{ByteSize, Cut};

use crate::store::End;

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
    /// The files of the store together.
    pub bytes_on_disk: ByteSize,
}

/// The end of the store as the writer acknowledged it last.
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
