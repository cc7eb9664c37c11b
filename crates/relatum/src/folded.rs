//! What was taken in of the log: the gists of all events, and states folded from them.
//!
//! Gists are in the replay cache, beside the store or in memory. The states of a small book are
//! kept in memory once a question needed them, and follow the log. Those of a large one are folded
//! for each question, bucket by bucket: that needs the memory of a bucket.
//!
//! *Invariant: an answer does not depend on which of the two it came from, nor on whether the cache
//! had to be thrown away.*

use std::path::Path;
use std::sync::{Mutex, OnceLock, PoisonError};

use relatum_domain::{AccountId, Event};
use relatum_log::{ByteSize, Cursor, Cut, Envelope, EventLog, Position, Seq, recorded_at};
use relatum_projections::{Models, Which};
use relatum_replay::{Digest, Replay};
use relatum_stream::StreamId;
use sha2::{Digest as _, Sha256};

use crate::error::Error;

/// So many events in memory are put into a file.
const IN_MEMORY: u64 = 65_536;

/// The cache, and what was folded from it so far.
#[derive(Debug)]
pub(crate) struct Folded {
    replay: Replay,
    /// Up to how many events the states of all streams are kept.
    live_events: u64,
    live: OnceLock<Models>,
    /// The states of what is no account.
    common: OnceLock<Models>,
}

impl Folded {
    /// What the cache in `folder` has of `log`; none: it begins empty and stays in memory.
    pub(crate) fn open(folder: Option<&Path>, log: &dyn EventLog, live_events: u64) -> Self {
        let replay = match folder {
            Some(folder) => Replay::open(folder, |covered| {
                mark(log, &Cut::single(covered.upto)).is_ok_and(|mark| mark == covered.source)
            }),
            None => Replay::in_memory(),
        };
        Self { replay, live_events, live: OnceLock::new(), common: OnceLock::new() }
    }

    /// How much of the log was taken in.
    pub(crate) fn cut(&self) -> Cut {
        Cut::single(self.replay.upto())
    }

    /// How much of it is in files.
    #[cfg(feature = "sled")]
    pub(crate) fn kept(&self) -> Cut {
        Cut::single(self.replay.kept_upto())
    }

    #[cfg(feature = "sled")]
    pub(crate) fn bytes_on_disk(&self) -> u64 {
        self.replay.bytes()
    }

    /// Takes in the next events.
    pub(crate) fn take(&mut self, events: &[Envelope<Event>]) -> Result<(), Error> {
        self.replay.append(events)?;
        if self.replay.upto().0 > self.live_events {
            self.live.take();
        }
        if let Some(live) = self.live.get_mut() {
            events.iter().for_each(|envelope| live.apply(envelope));
        }
        if events.iter().any(|it| AccountId::of_stream(it.event.stream).is_none()) {
            self.common.take();
        }
        Ok(())
    }

    /// Puts what is only in memory into a file, if it is much.
    pub(crate) fn keep_much(&mut self, log: &dyn EventLog) -> Result<(), Error> {
        let only = self.replay.upto().0.saturating_sub(self.replay.kept_upto().0);
        if only > IN_MEMORY { self.keep(log) } else { Ok(()) }
    }

    /// Puts what is only in memory into a file.
    pub(crate) fn keep(&mut self, log: &dyn EventLog) -> Result<(), Error> {
        if self.replay.kept_upto() < self.replay.upto() {
            let source = mark(log, &self.cut())?;
            self.replay.keep(source)?;
        }
        Ok(())
    }

    /// Throws all of it away.
    pub(crate) fn clear(&mut self) {
        self.replay.clear();
        self.live.take();
        self.common.take();
    }

    /// The states of managers, teams and the tenant; none: the cache is damaged.
    pub(crate) fn common(&self) -> Option<&Models> {
        match self.live()? {
            Some(live) => Some(live),
            None => once(&self.common, || self.replay.common()),
        }
    }

    /// The states of all streams, where they are kept.
    fn live(&self) -> Option<Option<&Models>> {
        if self.replay.upto().0 > self.live_events {
            return Some(None);
        }
        once(&self.live, || self.replay.fold(threads())).map(Some)
    }

    /// All states, for a question that cannot be put to parts; none: the cache is damaged.
    pub(crate) fn ask<T>(&self, question: impl FnOnce(&Models) -> T) -> Option<T> {
        match self.live()? {
            Some(live) => Some(question(live)),
            None => self.replay.fold(threads()).map(|models| question(&models)),
        }
    }

    /// What `question` says of the accounts of each part, of which `which` projections are there.
    pub(crate) fn parts<P: Send>(
        &self,
        which: Which,
        question: impl Fn(&Models) -> P + Sync,
    ) -> Option<Vec<P>> {
        if let Some(live) = self.live()? {
            return Some(vec![question(live)]);
        }
        let answers = Mutex::new(Vec::new());
        let sound = self.replay.each_part(threads(), which, |bucket, part| {
            let answer = question(&part);
            let mut answers = answers.lock().unwrap_or_else(PoisonError::into_inner);
            answers.push((bucket, answer));
        });
        let mut answers = answers.into_inner().unwrap_or_else(PoisonError::into_inner);
        answers.sort_by_key(|(bucket, _)| *bucket);
        sound.then(|| answers.into_iter().map(|(_, answer)| answer).collect())
    }

    /// What `question` says of one stream, of which `which` projections are there.
    pub(crate) fn one<T>(
        &self,
        stream: StreamId,
        which: Which,
        question: impl FnOnce(&Models) -> T,
    ) -> Option<T> {
        if let Some(live) = self.live.get() {
            return Some(question(live));
        }
        let mut models = Models::default();
        self.replay.stream(stream, |gists| models.fold_only(which, stream, gists))?;
        Some(question(&models))
    }
}

fn once(cell: &OnceLock<Models>, make: impl FnOnce() -> Option<Models>) -> Option<&Models> {
    if cell.get().is_none() {
        // Whoever comes first wins; the other's are the same.
        let _ = cell.set(make()?);
    }
    cell.get()
}

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// What tells a log that was read up to `cut` from another: its first and its last commit there.
fn mark(log: &dyn EventLog, cut: &Cut) -> Result<Digest, Error> {
    // Ends where a commit ends, and not beyond the log.
    recorded_at(log, cut)?;
    let mut hasher = Sha256::new();
    for last in cut.positions() {
        for seq in [Seq::FIRST, last.seq] {
            let at = Cursor::Position(Position { seq, ..last });
            for commit in log.read(at, ByteSize(1)).wait()?.commits.iter().take(1) {
                hasher.update(Sha256::digest(commit.bytes.as_slice()));
            }
        }
    }
    Ok(hasher.finalize().into())
}
