//! What can be wrong with a stored log, and where.
//!
//! Owns the one vocabulary of damage that reading, copying and verifying share. Knows no store.
//!
//! *Invariant: damage is a type that carries its numbers, never a text.*

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, SecondsFormat, Utc};
use relatum_stream::{EventRef, StreamId, Version};

use crate::position::{Position, Seq};
use crate::tree::TreeHash;

/// A stored log that is not what was written. Stop, keep the store as it is, and verify it.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the log is damaged at {at}; stop writing, keep a copy of it and verify it")]
pub struct Corruption {
    /// Where it was noticed.
    pub at: Place,
    /// What is wrong there.
    #[source]
    pub kind: CorruptionKind,
}

/// Where damage was noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// The store as a whole.
    Store,
    /// The commit that begins at, or holds, this position.
    Position(Position),
    /// The entry by which the commits of a stream are found.
    Stream(StreamId, Version),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store => f.write_str("the store"),
            Self::Position(position) => write!(f, "position {position}"),
            Self::Stream(stream, version) => write!(f, "stream {stream}, version {version}"),
        }
    }
}

/// What is wrong with stored bytes.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum CorruptionKind {
    /// The bytes are no commit: the JSON breaks off, or lacks what a commit has.
    #[error("the bytes are no commit (from byte {byte} on)")]
    NotACommit {
        /// Offset of the first byte that cannot be, from 0.
        byte: usize,
    },
    /// The bytes say what a commit says, in another spelling than the one that is stored.
    #[error("the commit is not spelt canonically (from byte {byte} on)")]
    NotCanonical {
        /// Offset of the first byte that differs, from 0.
        byte: usize,
    },
    /// The bytes are of a format that this version cannot read.
    #[error("the commit has format {found}, this version reads up to {supported}")]
    Format {
        /// The format that the bytes name.
        found: u32,
        /// The newest format that this version reads.
        supported: u32,
    },
    /// A commit does not begin where the one before it ends.
    #[error("expected the event with seq {expected}, found {found}")]
    Gap {
        /// The seq that comes next.
        expected: Seq,
        /// The seq that was found.
        found: Seq,
    },
    /// An event does not have the next version of its stream.
    #[error("expected version {expected} of {stream}, found {found}")]
    Version {
        /// The stream.
        stream: StreamId,
        /// The version that comes next.
        expected: Version,
        /// The version that was found.
        found: Version,
    },
    /// A commit was not recorded later than the one before it.
    #[error("recorded at {}, not later than {}", micros(found), micros(last))]
    NotLater {
        /// When the commit before was recorded.
        last: DateTime<Utc>,
        /// What the commit says.
        found: DateTime<Utc>,
    },
    /// Two events of a stream carry one idempotency key.
    #[error("{found} carries the key of version {existing}")]
    KeyTwice {
        /// The version of the first event with the key.
        existing: Version,
        /// The second.
        found: EventRef,
    },
    /// A commit holds more than any commit may.
    #[error("the commit is above a limit of every log")]
    AboveLimit,
    /// The store ends elsewhere than its head record says.
    #[error("the head record says that the last seq is {expected}, the store ends at {found}")]
    Head {
        /// What was acknowledged.
        expected: Seq,
        /// What is there.
        found: Seq,
    },
    /// Stored bytes are not those that were written.
    #[error("{what} does not match its checksum")]
    Checksum {
        /// What it is.
        what: &'static str,
    },
    /// The events are not those that a root stands for.
    #[error("{0}")]
    Root(Box<RootMismatch>),
    /// Something that the store keeps beside its commits is missing or unreadable.
    #[error("{what} is missing or unreadable")]
    Missing {
        /// What it is.
        what: &'static str,
    },
    /// The storage engine below could not make sense of its own files.
    #[error("could not {op}: the storage engine failed")]
    Engine {
        /// What was tried, in words that follow "could not".
        op: &'static str,
        /// What it said.
        source: Arc<dyn Error + Send + Sync>,
    },
}

/// A root that the events do not give.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the first {size} events have the root {found}, {what} says {expected}")]
pub struct RootMismatch {
    /// What says otherwise.
    pub what: &'static str,
    /// How many events, from the first on.
    pub size: u64,
    /// What it says.
    pub expected: TreeHash,
    /// What the events give.
    pub found: TreeHash,
}

impl From<RootMismatch> for CorruptionKind {
    fn from(mismatch: RootMismatch) -> Self {
        Self::Root(Box::new(mismatch))
    }
}

impl Corruption {
    /// Damage of the commit at `position`.
    #[must_use]
    pub const fn at(position: Position, kind: CorruptionKind) -> Self {
        Self { at: Place::Position(position), kind }
    }
}

fn micros(instant: &DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::Micros, true)
}
