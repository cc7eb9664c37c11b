//! One part of a log, read and checked by one thread.
//!
//! Owns what can be said of commits without those before them. Knows nothing of other parts.
//!
//! *Invariant: a part depends on the log and its range, and on nothing else.*

use chrono::{DateTime, Utc};

use crate::canonical::WriteView;
use crate::corruption::CorruptionKind;
use crate::error::LogError;
use crate::event_log::{ByteSize, Cursor, EventLog, StoredCommit};
use crate::position::{Position, Seq};
use crate::tree::{Subtrees, TreeHash, leaf_hashes};

/// How much is read at a time.
const READ: ByteSize = ByteSize::mib(1);

/// The seqs in which the commits of a part begin.
#[derive(Debug, Clone, Copy)]
pub(super) struct Range {
    first: Position,
    last: Seq,
}

impl Range {
    /// Part `number`, from 0, of the parts of `events` seqs each up to `end`.
    pub(super) fn of(number: u64, events: u64, end: Position) -> Self {
        let before = number.saturating_mul(events);
        let first = Position { seq: Seq(before).plus(1), ..end };
        Self { first, last: Seq(before).plus(events).min(end.seq) }
    }
}

/// The commits that begin in a range, each checked by itself.
#[derive(Debug, Default)]
pub(super) struct Part {
    pub(super) commits: Vec<Checked>,
    /// The hashes of the leaves of the good commits.
    pub(super) leaves: Vec<TreeHash>,
    /// The same, as far as they are hashed together.
    pub(super) nodes: Subtrees,
    /// What kept it from being read to its end.
    pub(super) stopped: Option<LogError>,
}

/// A commit, and what was found of it.
#[derive(Debug)]
pub(super) struct Checked {
    pub(super) position: Position,
    pub(super) summary: Result<Summary, CorruptionKind>,
}

/// What the commits after it must know of a commit.
#[derive(Debug)]
pub(super) struct Summary {
    pub(super) recorded_at: DateTime<Utc>,
    pub(super) writes: Vec<WriteView>,
    pub(super) events: u64,
    pub(super) bytes: u64,
}

impl Part {
    pub(super) fn read(log: &(impl EventLog + ?Sized), range: Range) -> Self {
        let mut part = Self::default();
        part.stopped = part.fill(log, range).err();
        let first = part.commits.first().map_or(0, |first| first.position.seq.0.saturating_sub(1));
        part.nodes = Subtrees::of(first, &part.leaves);
        part
    }

    fn fill(&mut self, log: &(impl EventLog + ?Sized), range: Range) -> Result<(), LogError> {
        let mut next = range.first;
        loop {
            let block = log.read(Cursor::Position(next), READ).wait()?;
            // The commit that holds the position may begin before it, and was seen then.
            for commit in block.commits.iter().filter(|commit| commit.position >= next) {
                if commit.position.seq > range.last || !self.add(commit) {
                    return Ok(());
                }
            }
            match block.next {
                Cursor::Position(after) if after > next && after.seq <= range.last => next = after,
                _ => return Ok(()),
            }
        }
    }

    /// Adds a commit; `false` if nothing after it counts.
    fn add(&mut self, commit: &StoredCommit) -> bool {
        let summary = summary(commit).map(|(summary, leaves)| {
            self.leaves.extend(leaves);
            summary
        });
        let is_good = summary.is_ok();
        self.commits.push(Checked { position: commit.position, summary });
        is_good
    }
}

fn summary(commit: &StoredCommit) -> Result<(Summary, Vec<TreeHash>), CorruptionKind> {
    let view = commit.bytes.canonical_view()?;
    let bytes = commit.bytes.as_slice();
    let leaves = leaf_hashes(bytes)?;
    let summary = Summary {
        recorded_at: view.recorded_at,
        events: view.event_count(),
        bytes: bytes.len() as u64,
        writes: view.writes,
    };
    Ok((summary, leaves))
}
