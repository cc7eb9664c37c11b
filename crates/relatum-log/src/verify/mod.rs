//! Reading a whole log to see whether it is what a log must be.
//!
//! The log is read in parts by several threads, which check what can be seen in one commit and
//! hash it; the caller's thread puts the parts together in order.
//!
//! Owns the check behind `log verify`: decoding, canonical spelling, contiguous seqs, versions per
//! stream, increasing recorded times, and the tree over all events. Knows no store, and repairs
//! nothing.
//!
//! *Invariant: it stops at the first fault and says where that is; what it counted before is true,
//! and the number of threads changes nothing.*

mod part;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::{self, Scope};

use chrono::{DateTime, Utc};
use relatum_stream::{StreamId, Version};

use self::part::{Checked, Part, Range};
use crate::canonical::WriteView;
use crate::corruption::{Corruption, CorruptionKind};
use crate::error::LogError;
use crate::event_log::{ByteSize, Cursor, EventLog};
use crate::position::{Cut, Position, Seq};
use crate::tree::Frontier;

/// How many seqs a part has.
const EVENTS: u64 = 16_384;

/// How many parts a thread may be ahead.
const AHEAD: usize = 1;

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
    /// The tree over the events found good, in partition 0.
    pub tree: Frontier,
    /// The first fault; nothing after it counts.
    pub fault: Option<Corruption>,
}

/// Reads `log` from beginning to end and checks everything that can be checked from its bytes.
///
/// Uses as many threads as the machine runs at once, and memory for a few parts of the log. Calls
/// `progress` in the caller's thread after every 16,384 events with what is verified so far.
/// Blocks.
///
/// # Errors
/// What kept it from reading on; damage is no error but the [`fault`](Verified::fault) of the
/// result.
pub fn verify(
    log: &(impl EventLog + ?Sized),
    progress: impl FnMut(&Verified),
) -> Result<Verified, LogError> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    verify_in_parts(log, threads, EVENTS, progress)
}

fn verify_in_parts(
    log: &(impl EventLog + ?Sized),
    threads: usize,
    events: u64,
    mut progress: impl FnMut(&Verified),
) -> Result<Verified, LogError> {
    let mut found = Verified::default();
    let joined = join(log, threads, events, &mut found, &mut progress);
    match joined {
        Ok(()) => {}
        Err(LogError::Corrupt(fault)) => found.fault = Some(fault),
        Err(error) => return Err(error),
    }
    Ok(found)
}

fn join(
    log: &(impl EventLog + ?Sized),
    threads: usize,
    events: u64,
    found: &mut Verified,
    progress: &mut impl FnMut(&Verified),
) -> Result<(), LogError> {
    found.head = log.read(Cursor::start(), ByteSize(1)).wait()?.head;
    let ends: Vec<Position> = found.head.positions().collect();
    let mut versions = BTreeMap::new();
    for end in ends {
        thread::scope(|scope| {
            let next = Position { seq: Seq::FIRST, ..end };
            let mut walk = Walk { found, versions: &mut versions, next, last: None };
            for part in Parts::begin(scope, log, threads, events, end)? {
                walk.take(&part?)?;
                progress(walk.found);
            }
            walk.end(end)
        })?;
    }
    Ok(())
}

/// The parts of a partition in their order, from threads of which each does every so many-th.
///
/// A thread whose part nobody takes any more ends.
struct Parts {
    threads: Vec<Receiver<Part>>,
    next: usize,
    left: u64,
}

impl Parts {
    fn begin<'scope, 'env>(
        scope: &'scope Scope<'scope, 'env>,
        log: &'env (impl EventLog + ?Sized),
        threads: usize,
        events: u64,
        end: Position,
    ) -> Result<Self, LogError> {
        let left = end.seq.0.div_ceil(events);
        let threads = usize::try_from(left).map_or(threads, |left| threads.min(left)).max(1);
        let begin = |thread: usize| {
            let (sender, receiver) = sync_channel(AHEAD);
            let work = move || {
                for number in (thread as u64..left).step_by(threads) {
                    let range = Range::of(number, events, end);
                    if sender.send(Part::read(log, range)).is_err() {
                        return;
                    }
                }
            };
            let spawned = thread::Builder::new().spawn_scoped(scope, work);
            spawned.map(|_| receiver).map_err(|error| LogError::io("start a thread", error))
        };
        let threads = (0..threads).map(begin).collect::<Result<_, _>>()?;
        Ok(Self { threads, next: 0, left })
    }
}

impl Iterator for Parts {
    type Item = Result<Part, LogError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let part = self.threads.get(self.next)?.recv();
        self.next = (self.next + 1) % self.threads.len();
        Some(part.map_err(|_| LogError::Closed))
    }
}

/// What can only be checked in order.
struct Walk<'a> {
    found: &'a mut Verified,
    versions: &'a mut BTreeMap<StreamId, Version>,
    /// Where the next commit must begin.
    next: Position,
    last: Option<DateTime<Utc>>,
}

impl Walk<'_> {
    fn take(&mut self, part: &Part) -> Result<(), LogError> {
        let before = self.found.events;
        let fault = part.commits.iter().try_for_each(|commit| self.check(commit));
        if self.next.partition == 0 {
            let tree = &mut self.found.tree;
            let good = self.found.events - before;
            let is_whole = good == part.leaves.len() as u64 && tree.append(&part.nodes);
            if !is_whole {
                let good = part.leaves.iter().zip(0..good);
                good.for_each(|(leaf, _)| tree.push(*leaf));
            }
        }
        fault?;
        part.stopped.clone().map_or(Ok(()), Err)
    }

    /// Checks the commit that must stand next.
    fn check(&mut self, commit: &Checked) -> Result<(), LogError> {
        let place = self.next;
        let damage = |kind| LogError::from(Corruption::at(place, kind));
        if commit.position != place {
            let (expected, found) = (place.seq, commit.position.seq);
            return Err(damage(CorruptionKind::Gap { expected, found }));
        }
        let summary = commit.summary.as_ref().map_err(|kind| damage(kind.clone()))?;
        let found = summary.recorded_at;
        if let Some(last) = self.last.filter(|last| found <= *last) {
            return Err(damage(CorruptionKind::NotLater { last, found }));
        }
        self.last = Some(found);
        for write in &summary.writes {
            self.check_version(write).map_err(damage)?;
        }
        self.next.seq = place.seq.plus(summary.events);
        self.found.commits += 1;
        self.found.events += summary.events;
        self.found.bytes += summary.bytes;
        self.found.streams = self.versions.len() as u64;
        self.found.last_recorded_at = self.found.last_recorded_at.max(Some(found));
        Ok(())
    }

    fn check_version(&mut self, write: &WriteView) -> Result<(), CorruptionKind> {
        let stream = write.stream;
        let version = self.versions.entry(stream).or_default();
        let (expected, found) = (version.plus(1), write.version);
        if expected != found {
            return Err(CorruptionKind::Version { stream, expected, found });
        }
        *version = write.last();
        Ok(())
    }

    /// Checks that the partition went up to `end`.
    fn end(&self, end: Position) -> Result<(), LogError> {
        if self.next.seq > end.seq {
            return Ok(());
        }
        let (expected, found) = (end.seq, Seq(self.next.seq.0.saturating_sub(1)));
        Err(Corruption::at(self.next, CorruptionKind::Head { expected, found }).into())
    }
}
