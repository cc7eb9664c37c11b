//! Reading a whole log to see whether it is what a log must be.
//!
//! Owns the check behind `log verify`: decoding, canonical spelling, contiguous seqs, versions per
//! stream, increasing recorded times. Knows no store, and repairs nothing.
//!
//! *Invariant: it stops at the first fault and says where that is; what it counted before is true.*

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use relatum_stream::{StreamId, Version};

use crate::corruption::{Corruption, CorruptionKind};
use crate::error::LogError;
use crate::event_log::{ByteSize, Cursor, EventLog, StoredCommit};
use crate::position::{Cut, Position, Seq};

/// How much is read at a time.
const CHUNK: ByteSize = ByteSize::mib(4);

/// What was verified, and the first fault if there is one.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Verified {
    /// Commits found good.
    pub commits: u64,
    /// Events found good.
    pub events: u64,
    /// Streams that they belong to.
    pub streams: u64,
    /// Bytes of the commits.
    pub bytes: u64,
    /// How far the log went when it was asked first.
    pub head: Cut,
    /// When the last good commit was recorded.
    pub last_recorded_at: Option<DateTime<Utc>>,
    /// The first fault; nothing after it was looked at.
    pub fault: Option<Corruption>,
}

/// Reads `log` from beginning to end and checks everything that can be checked from its bytes.
///
/// Calls `progress` about every 4 MiB with what is verified so far. Blocks.
///
/// # Errors
/// What kept it from reading on; damage is no error but the [`fault`](Verified::fault) of the
/// result.
pub fn verify(
    log: &(impl EventLog + ?Sized),
    mut progress: impl FnMut(&Verified),
) -> Result<Verified, LogError> {
    let mut found = Verified::default();
    let checked = Walk { found: &mut found, versions: BTreeMap::new() }.run(log, &mut progress);
    match checked {
        Ok(()) => {}
        Err(LogError::Corrupt(fault)) => found.fault = Some(fault),
        Err(error) => return Err(error),
    }
    Ok(found)
}

struct Walk<'a> {
    found: &'a mut Verified,
    versions: BTreeMap<StreamId, Version>,
}

impl Walk<'_> {
    fn run(
        mut self,
        log: &(impl EventLog + ?Sized),
        progress: &mut impl FnMut(&Verified),
    ) -> Result<(), LogError> {
        self.found.head = log.read(Cursor::start(), ByteSize(1)).wait()?.head;
        let ends: Vec<Position> = self.found.head.positions().collect();
        for end in ends {
            let mut next = Position { seq: Seq::FIRST, ..end };
            let mut last = None;
            while next.seq <= end.seq {
                let block = log.read(Cursor::Position(next), CHUNK).wait()?;
                if block.commits.is_empty() {
                    let (expected, found) = (end.seq, Seq(next.seq.0.saturating_sub(1)));
                    let kind = CorruptionKind::Head { expected, found };
                    return Err(Corruption::at(next, kind).into());
                }
                for commit in &block.commits {
                    let events = self.check(commit, next, &mut last)?;
                    next.seq = next.seq.plus(events);
                }
                progress(self.found);
            }
        }
        Ok(())
    }

    /// Checks the commit that must stand at `place`, and gives the number of its events.
    fn check(
        &mut self,
        commit: &StoredCommit,
        place: Position,
        last: &mut Option<DateTime<Utc>>,
    ) -> Result<u64, LogError> {
        let damage = |kind| LogError::from(Corruption::at(place, kind));
        if commit.position != place {
            let (expected, found) = (place.seq, commit.position.seq);
            return Err(damage(CorruptionKind::Gap { expected, found }));
        }
        let view = commit.bytes.canonical_view().map_err(damage)?;
        let found = view.recorded_at;
        if let Some(last) = last.filter(|last| found <= *last) {
            return Err(damage(CorruptionKind::NotLater { last, found }));
        }
        *last = Some(found);
        for write in &view.writes {
            let stream = write.stream;
            let version = self.versions.entry(stream).or_default();
            let expected = version.plus(1);
            if write.version != expected {
                let found = write.version;
                return Err(damage(CorruptionKind::Version { stream, expected, found }));
            }
            *version = write.last();
        }
        let events = view.event_count();
        self.found.commits += 1;
        self.found.events += events;
        self.found.bytes += commit.bytes.as_slice().len() as u64;
        self.found.streams = self.versions.len() as u64;
        self.found.last_recorded_at = self.found.last_recorded_at.max(Some(found));
        Ok(events)
    }
}
