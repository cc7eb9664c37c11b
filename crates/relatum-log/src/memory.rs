//! A log in memory: the reference that other logs are compared with, and a store for tests.
//!
//! Owns the simplest true implementation of [`EventLog`]. Knows no file.
//!
//! *Invariant: commits are kept in order; every stream knows its commits in order.*

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard};

use relatum_stream::{StreamId, Version};

use crate::admission::{Admission, Admitted, StoredStreams};
use crate::canonical::CommitBytes;
use crate::clock::Clock;
use crate::commit::NewCommit;
use crate::error::{AppendError, LogError};
use crate::event_log::{Block, ByteSize, Cursor, EventLog, StoredCommit};
use crate::pending::Pending;
use crate::position::{Cut, Position, Seq};
use crate::receipt::Receipt;
use crate::writer_state::KeyMark;

/// A log that is gone when it is dropped.
pub struct MemoryLog(Mutex<Inner>);

struct Inner {
    admission: Admission,
    stored: Stored,
}

#[derive(Default)]
struct Stored {
    commits: Vec<StoredCommit>,
    events: Seq,
    streams: BTreeMap<StreamId, Stream>,
}

#[derive(Default)]
struct Stream {
    /// The first version and the number of each commit that writes the stream.
    commits: Vec<(Version, usize)>,
    last: Version,
    marks: Vec<KeyMark>,
}

impl MemoryLog {
    /// An empty log.
    #[must_use]
    pub fn new(clock: impl Clock + 'static) -> Self {
        let admission = Admission::resume(clock, Position::of(0), None);
        Self(Mutex::new(Inner { admission, stored: Stored::default() }))
    }

    fn inner(&self) -> Result<MutexGuard<'_, Inner>, LogError> {
        self.0.lock().map_err(|_| LogError::Poisoned)
    }

    fn record(&self, commit: NewCommit) -> Result<Receipt, AppendError> {
        let mut inner = self.inner()?;
        let Inner { admission, stored } = &mut *inner;
        let Admitted { receipt, stored: new, writes, marks } = admission.admit(commit, stored)?;
        if let Some(new) = new {
            let number = stored.commits.len();
            stored.commits.push(new);
            stored.events = admission.head();
            let mut marks = marks.into_iter();
            for write in writes {
                let stream = stored.streams.entry(write.stream).or_default();
                stream.commits.push((write.version, number));
                stream.last = write.last();
                stream.marks.extend((0..write.events).filter_map(|_| marks.next()));
            }
        }
        Ok(receipt)
    }

    fn block(&self, from: Cursor, max: ByteSize) -> Result<Block, LogError> {
        let stored = &self.inner()?.stored;
        let head = stored.events;
        let mut block = Block { commits: Vec::new(), next: from, head: Cut::single(head) };
        match from {
            Cursor::Position(position) if position.partition == 0 => {
                let commits = stored.since_seq(position.seq);
                block.commits = up_to(max, commits.iter());
                let end = block.commits.len();
                if end > 0 {
                    let seq = commits.get(end).map_or(head.plus(1), |next| next.position.seq);
                    block.next = Cursor::Position(Position { seq, ..position });
                }
            }
            Cursor::Position(_) => {}
            Cursor::Stream(stream, version) => {
                let (entries, last) = stored.since_version(stream, version);
                let commits = entries.iter().filter_map(|(_, number)| stored.commits.get(*number));
                block.commits = up_to(max, commits);
                let end = block.commits.len();
                if end > 0 {
                    let next = entries.get(end).map_or(last.plus(1), |(version, _)| *version);
                    block.next = Cursor::Stream(stream, next);
                }
            }
        }
        Ok(block)
    }
}

impl Stored {
    /// The commits from the one that holds `seq` on; none past the end.
    fn since_seq(&self, seq: Seq) -> &[StoredCommit] {
        if seq > self.events {
            return &[];
        }
        let after = self.commits.partition_point(|commit| commit.position.seq <= seq);
        self.commits.get(after.saturating_sub(1)..).unwrap_or_default()
    }

    /// The entries of `stream` from the one whose commit holds `version` on, none past the end;
    /// and the last version of the stream.
    fn since_version(&self, stream: StreamId, version: Version) -> (&[(Version, usize)], Version) {
        match self.streams.get(&stream) {
            Some(stream) if version <= stream.last => {
                let after = stream.commits.partition_point(|(first, _)| *first <= version);
                let entries = stream.commits.get(after.saturating_sub(1)..);
                (entries.unwrap_or_default(), stream.last)
            }
            _ => (&[], Version::NONE),
        }
    }
}

impl StoredStreams for Stored {
    fn marks(&self, stream: StreamId) -> Result<Vec<KeyMark>, LogError> {
        Ok(self.streams.get(&stream).map(|stream| stream.marks.clone()).unwrap_or_default())
    }

    fn commit_at(
        &self,
        stream: StreamId,
        version: Version,
    ) -> Result<Option<CommitBytes>, LogError> {
        let entry = self.since_version(stream, version).0.first();
        let commit = entry.and_then(|(_, number)| self.commits.get(*number));
        Ok(commit.map(|commit| commit.bytes.clone()))
    }
}

impl EventLog for MemoryLog {
    fn submit(&self, commit: NewCommit) -> Pending<Receipt, AppendError> {
        Pending::ready(self.record(commit))
    }

    fn read(&self, from: Cursor, max: ByteSize) -> Pending<Block, LogError> {
        Pending::ready(self.block(from, max))
    }
}

impl fmt::Debug for MemoryLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryLog").finish_non_exhaustive()
    }
}

/// The first commits of at most `max` bytes together, but at least one.
fn up_to<'a>(max: ByteSize, commits: impl Iterator<Item = &'a StoredCommit>) -> Vec<StoredCommit> {
    let mut bytes = 0_u64;
    let mut taken = Vec::new();
    for commit in commits {
        bytes = bytes.saturating_add(commit.bytes.as_slice().len() as u64);
        if bytes > max.0 && !taken.is_empty() {
            break;
        }
        taken.push(commit.clone());
    }
    taken
}
