//! The trait that every log implements, and what reading gives.
//!
//! Owns the boundary between those who use a log and those who store one. Knows no store.
//!
//! *Invariant: two operations, submit and read, and nothing else.*

use std::fmt;
use std::sync::Arc;

use relatum_stream::{StreamId, Version};

use crate::canonical::{CommitBytes, CommitView};
use crate::commit::NewCommit;
use crate::corruption::{Corruption, CorruptionKind};
use crate::data::EventData;
use crate::envelope::Envelope;
use crate::error::{AppendError, LogError};
use crate::pending::Pending;
use crate::position::{Cut, Position, Seq};
use crate::receipt::Receipt;

/// An append-only log of commits.
///
/// One trait serves blocking and asynchronous callers, local and remote logs: see [`Pending`].
pub trait EventLog: Send + Sync {
    /// Asks the log to record `commit`, wholly or not at all.
    ///
    /// The commit is under way when this returns: dropping the answer does not take it back.
    /// An `Ok` means that it survives a crash, as far as the log promises to survive one.
    /// Commits submitted by one thread are recorded in the order in which it submitted them.
    fn submit(&self, commit: NewCommit) -> Pending<Receipt, AppendError>;

    /// Reads whole commits from `from` on, about `max` bytes of them.
    ///
    /// If there is a commit, at least one is given, even one above `max`. At the end of the log
    /// the block is empty; its head tells where that is. Only what is acknowledged, or safe to
    /// acknowledge, is given.
    fn read(&self, from: Cursor, max: ByteSize) -> Pending<Block, LogError>;
}

impl<L: EventLog + ?Sized> EventLog for &L {
    fn submit(&self, commit: NewCommit) -> Pending<Receipt, AppendError> {
        (**self).submit(commit)
    }

    fn read(&self, from: Cursor, max: ByteSize) -> Pending<Block, LogError> {
        (**self).read(from, max)
    }
}

impl<L: EventLog + ?Sized> EventLog for Arc<L> {
    fn submit(&self, commit: NewCommit) -> Pending<Receipt, AppendError> {
        (**self).submit(commit)
    }

    fn read(&self, from: Cursor, max: ByteSize) -> Pending<Block, LogError> {
        (**self).read(from, max)
    }
}

impl<L: EventLog + ?Sized> EventLog for Box<L> {
    fn submit(&self, commit: NewCommit) -> Pending<Receipt, AppendError> {
        (**self).submit(commit)
    }

    fn read(&self, from: Cursor, max: ByteSize) -> Pending<Block, LogError> {
        (**self).read(from, max)
    }
}

/// Where to read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cursor {
    /// The commits of a partition, from the one that holds this position on.
    Position(Position),
    /// The commits that write this stream, from the one that holds this version on.
    Stream(StreamId, Version),
}

impl Cursor {
    /// The first commit of partition 0.
    #[must_use]
    pub const fn start() -> Self {
        Self::Position(Position { partition: 0, seq: Seq::FIRST })
    }

    /// The first commit after `seq` of partition 0.
    #[must_use]
    pub const fn after(seq: Seq) -> Self {
        Self::Position(Position { partition: 0, seq: seq.plus(1) })
    }

    /// The first commit of `stream`.
    #[must_use]
    pub const fn stream(stream: StreamId) -> Self {
        Self::Stream(stream, Version(1))
    }
}

/// A number of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ByteSize(pub u64);

impl ByteSize {
    /// `count` times 1,024 bytes.
    #[must_use]
    pub const fn kib(count: u64) -> Self {
        Self(count.saturating_mul(1_024))
    }

    /// `count` times 1,024 KiB.
    #[must_use]
    pub const fn mib(count: u64) -> Self {
        Self::kib(count.saturating_mul(1_024))
    }
}

impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.0)
    }
}

/// What one read gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Whole commits, in order; empty at the end of the log or of the stream.
    pub commits: Vec<StoredCommit>,
    /// Where to go on reading.
    pub next: Cursor,
    /// How far the log went when it was read.
    pub head: Cut,
}

/// A commit as a log holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredCommit {
    /// The place of its first event; the others follow without a gap.
    pub position: Position,
    /// Its bytes, the same in every copy of the log.
    pub bytes: CommitBytes,
}

impl StoredCommit {
    /// Looks into the bytes without copying.
    ///
    /// # Errors
    /// [`LogError::Corrupt`] if the bytes are no commit, [`LogError::Format`] if they are of a
    /// newer format.
    pub fn view(&self) -> Result<CommitView<'_>, LogError> {
        self.bytes.view().map_err(|kind| match kind {
            CorruptionKind::Format { found, supported } => LogError::Format { found, supported },
            kind => Corruption::at(self.position, kind).into(),
        })
    }

    /// The events, each with everything that the log knows of it, in order.
    ///
    /// # Errors
    /// As [`view`](Self::view).
    pub fn envelopes(&self) -> Result<Vec<Envelope<EventData>>, LogError> {
        Ok(self.view()?.envelopes(self.position).collect())
    }
}
