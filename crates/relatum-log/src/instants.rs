//! Between instants and cuts: how far the log went at a moment.
//!
//! Owns the way from "as it was known then" to a cut, and back. Knows no clock.
//!
//! *Invariant: a cut that is found ends where a commit ends; recorded times increase, so a
//! bisection finds it.*

use chrono::{DateTime, Utc};

use crate::error::LogError;
use crate::event_log::{ByteSize, Cursor, EventLog};
use crate::position::{Cut, Position, Seq};

/// A cut that is no state the log was ever in.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum CutError {
    /// The cut ends within a commit, which is recorded wholly or not at all.
    #[error(
        "{position} is within the commit from {first} to {last}; take {} or {last}",
        first.0.saturating_sub(1)
    )]
    InsideCommit {
        /// Where the cut ends.
        position: Position,
        /// The first seq of the commit.
        first: Seq,
        /// The last seq of the commit.
        last: Seq,
    },
    /// The cut ends after the log does.
    #[error("{position} is after the end of the log at {head}")]
    BeyondHead {
        /// Where the cut ends.
        position: Position,
        /// Where the log ends.
        head: Seq,
    },
    /// The log could not be read.
    #[error(transparent)]
    Log(#[from] LogError),
}

/// What the log held at `instant`: every commit recorded at or before it.
///
/// Reads O(log n) commits a partition, blocking.
///
/// # Errors
/// Those of reading the log.
pub fn known_at(log: &(impl EventLog + ?Sized), instant: DateTime<Utc>) -> Result<Cut, LogError> {
    let mut cut = Cut::start();
    for head in head(log)?.positions() {
        // Everything up to `known` was recorded by then, nothing from `unknown` on.
        let (mut known, mut unknown) = (Seq::NONE, head.seq.plus(1));
        while known.plus(1) < unknown {
            let seq = Seq(known.0 + (unknown.0 - known.0) / 2);
            let commit = commit_at(log, Position { seq, ..head })?;
            let Some(commit) = commit else { break };
            if commit.recorded_at <= instant {
                known = commit.last;
            } else {
                unknown = commit.first;
            }
        }
        cut.extend_to(Position { seq: known, ..head });
    }
    Ok(cut)
}

/// When the last commit of `cut` was recorded; `None` for the empty cut.
///
/// Reads one commit a partition, blocking.
///
/// # Errors
/// [`CutError`] if the log was never in the state that `cut` says.
pub fn recorded_at(
    log: &(impl EventLog + ?Sized),
    cut: &Cut,
) -> Result<Option<DateTime<Utc>>, CutError> {
    let mut latest = None;
    for position in cut.positions() {
        let Some(commit) = commit_at(log, position)? else {
            let head = head(log)?.seq(position.partition);
            return Err(CutError::BeyondHead { position, head });
        };
        if commit.last != position.seq {
            let Found { first, last, .. } = commit;
            return Err(CutError::InsideCommit { position, first, last });
        }
        latest = latest.max(Some(commit.recorded_at));
    }
    Ok(latest)
}

struct Found {
    first: Seq,
    last: Seq,
    recorded_at: DateTime<Utc>,
}

/// The commit that holds `position`.
fn commit_at(
    log: &(impl EventLog + ?Sized),
    position: Position,
) -> Result<Option<Found>, LogError> {
    let block = log.read(Cursor::Position(position), ByteSize(1)).wait()?;
    let Some(commit) = block.commits.first() else {
        return Ok(None);
    };
    let view = commit.view()?;
    let first = commit.position.seq;
    let last = Seq(first.0.saturating_add(view.event_count()).saturating_sub(1));
    Ok(Some(Found { first, last, recorded_at: view.recorded_at }))
}

fn head(log: &(impl EventLog + ?Sized)) -> Result<Cut, LogError> {
    Ok(log.read(Cursor::start(), ByteSize(1)).wait()?.head)
}
