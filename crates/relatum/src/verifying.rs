//! Verification: whether the log is what a log must be, and is understood.

use std::num::NonZero;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use relatum_log::{ByteSize, Cursor, Position, Verified};
#[cfg(feature = "sled")]
use relatum_log::{Corruption, LogError, RootMismatch, Seq};

use crate::codec;
use crate::engine::Engine;
use crate::error::Error;

/// How many seqs are looked at together.
const EVENTS: u64 = 16_384;
/// How much is read at a time.
const READ: ByteSize = ByteSize::mib(1);

/// The first part of a log that is not understood, and why.
type NotUnderstood = Mutex<Option<(u64, Error)>>;

impl Engine {
    /// Reads the whole log and checks all that can be checked; `progress` gets the events read
    /// and the events there are. Uses as many threads as the machine runs at once.
    ///
    /// A damaged log is no error: its first fault, and what was sound before it, is in the result.
    ///
    /// # Errors
    /// [`Error::Decode`] where an event of a sound log is not understood; [`Error::Log`].
    pub fn verify(&self, mut progress: impl FnMut(u64, u64)) -> Result<Verified, Error> {
        let head = self.head()?.events();
        let verified = relatum_log::verify(self.log(), |done| progress(done.events, head))?;
        if verified.fault.is_some() {
            return Ok(verified);
        }
        self.understand(verified.events)?;
        self.verify_store(verified, progress)
    }

    /// Checks that the store keeps the hashes that its events have, and the journal its events.
    #[cfg(feature = "sled")]
    fn verify_store(
        &self,
        mut verified: Verified,
        mut progress: impl FnMut(u64, u64),
    ) -> Result<Verified, Error> {
        let Some(sled) = &self.0.sled else { return Ok(verified) };
        let size = Seq(verified.events);
        let checked = sled.frontier_at(size).and_then(|kept| {
            if kept == verified.tree {
                return sled.verify_journal(|done| progress(done, verified.events)).map(drop);
            }
            let (what, expected, found) = ("the store", kept.root(), verified.tree.root());
            let kind = RootMismatch { what, size: size.0, expected, found }.into();
            Err(Corruption::at(Position::of(size.0), kind).into())
        });
        match checked {
            Ok(()) => {}
            Err(LogError::Corrupt(fault)) => verified.fault = Some(fault),
            Err(error) => return Err(error.into()),
        }
        Ok(verified)
    }

    #[cfg(not(feature = "sled"))]
    fn verify_store(&self, verified: Verified, _: impl FnMut(u64, u64)) -> Result<Verified, Error> {
        Ok(verified)
    }

    /// Decodes the first `events` events, and gives the first error.
    fn understand(&self, events: u64) -> Result<(), Error> {
        let parts = events.div_ceil(EVENTS);
        // Parts are taken in order, so that those before the first bad one are all looked at.
        let (next, end) = (AtomicU64::new(0), AtomicU64::new(parts));
        let first: NotUnderstood = Mutex::new(None);
        let work = || {
            loop {
                let part = next.fetch_add(1, Ordering::Relaxed);
                if part >= end.load(Ordering::Relaxed) {
                    return;
                }
                if let Err(error) = self.understand_part(part) {
                    end.fetch_min(part, Ordering::Relaxed);
                    let mut first = first.lock().unwrap_or_else(PoisonError::into_inner);
                    if first.as_ref().is_none_or(|(earlier, _)| part < *earlier) {
                        *first = Some((part, error));
                    }
                }
            }
        };
        let threads = thread::available_parallelism().map_or(1, NonZero::get);
        thread::scope(|scope| {
            for _ in 1..threads {
                // Where there is no further thread, the others do its work.
                let _ = thread::Builder::new().spawn_scoped(scope, work);
            }
            work();
        });
        let first = first.into_inner().unwrap_or_else(PoisonError::into_inner);
        first.map_or(Ok(()), |(_, error)| Err(error))
    }

    /// Decodes the commits that begin in a part.
    fn understand_part(&self, part: u64) -> Result<(), Error> {
        let mut next = Position::of(part.saturating_mul(EVENTS)).seq.plus(1);
        let last = next.plus(EVENTS - 1);
        loop {
            let from = Cursor::Position(Position { partition: 0, seq: next });
            let block = self.log().read(from, READ).wait()?;
            for commit in block.commits.iter().filter(|it| it.position.seq >= next) {
                if commit.position.seq > last {
                    return Ok(());
                }
                codec::decode_commit(commit, &self.0.upcasters, self.1)?;
            }
            match block.next {
                Cursor::Position(Position { seq, .. }) if seq > next && seq <= last => next = seq,
                _ => return Ok(()),
            }
        }
    }
}
