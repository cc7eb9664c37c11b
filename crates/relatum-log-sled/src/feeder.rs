//! The thread that follows the writer: it seals blocks, syncs sled and looks after the journal.
//!
//! Owns when that happens. Knows nothing of admission and of answers.
//!
//! *Invariant: it works on what is acknowledged only; whatever happens to it, the journal has
//! everything.*

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use relatum_log::{LogError, Seq};

use crate::faults::{Bug, Point, bug, point, scaled};
use crate::journal;
use crate::sealer::{BLOCK_BYTES, Sealer};
use crate::writer::Progress;

/// So much is sealed at most before it is synced.
const UNSYNCED: usize = 64 * 1_024 * 1_024;

/// Nothing to do for so long: then what is sealed is synced.
///
/// Units: milliseconds.
const IDLE: usize = 1_000;

/// More is not kept young: the writer waits.
const YOUNG: usize = 32 * 1_024 * 1_024;

/// How the writer and the feeder tell each other.
#[derive(Debug, Default)]
pub(crate) struct Signal {
    asked: Mutex<Asked>,
    changed: Condvar,
    /// Where the journal's current file begins.
    active: AtomicU64,
}

#[derive(Debug, Default)]
struct Asked {
    work: bool,
    closing: bool,
    gone: bool,
}

impl Signal {
    fn tell(&self, change: impl FnOnce(&mut Asked)) {
        change(&mut self.asked.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.notify_all();
    }

    /// There is a block to seal.
    pub(crate) fn work(&self) {
        self.tell(|asked| asked.work = true);
    }

    /// Nothing more comes.
    pub(crate) fn close(&self) {
        self.tell(|asked| asked.closing = true);
    }

    /// The journal began a file with this seq.
    pub(crate) fn began(&self, first: Seq) {
        self.active.store(first.0, Ordering::Release);
    }

    /// Waits while there is too much to seal.
    pub(crate) fn wait_for_room(&self, young: impl Fn() -> usize) {
        if young() < scaled(YOUNG) {
            return;
        }
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        while young() >= scaled(YOUNG) && !asked.gone {
            let waited = self.changed.wait_timeout(asked, Duration::from_millis(50));
            asked = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

/// What becomes of full files of the journal.
#[derive(Debug, Clone)]
pub(crate) struct Keeping {
    pub(crate) folder: PathBuf,
    /// Whether they are packed and kept, or removed once sled holds what is in them.
    pub(crate) archive: bool,
}

pub(crate) struct Feeder {
    pub(crate) sealer: Sealer,
    pub(crate) journal: Keeping,
    pub(crate) signal: Arc<Signal>,
    pub(crate) progress: Arc<Progress>,
}

impl Feeder {
    /// Works until the writer has nothing more, then leaves everything in sled.
    pub(crate) fn run(mut self) {
        let outcome = self.follow();
        if let Err(error) = outcome {
            // What is acknowledged is in the journal; it completes sled when the store is opened.
            tracing::error!(error = ?error, "the store cannot follow the journal");
            self.progress.poison();
        }
        self.signal.tell(|asked| asked.gone = true);
    }

    fn follow(&mut self) -> Result<(), LogError> {
        let mut synced = self.sealed();
        loop {
            let (idle, closing) = self.wait(synced.1 != self.sealed().1);
            while self.sealer.seal_next()? {
                // sled may write over what the new blocks replace: without an archive nothing else
                // has it, so that the new ones must be durable first.
                if !self.journal.archive {
                    self.sync()?;
                    synced = self.sealed();
                }
            }
            self.signal.changed.notify_all();
            let sealed = self.sealed();
            if closing {
                return self.close();
            }
            if sealed.0 >= synced.0 + scaled(UNSYNCED) as u64 || (idle && sealed.1 != synced.1) {
                self.sync()?;
                synced = sealed;
            }
        }
    }

    /// Bytes and events in blocks.
    fn sealed(&self) -> (u64, Seq) {
        let inside = self.sealer.live.look();
        (inside.edge.bytes, inside.edge.seq())
    }

    /// Waits for work; says whether there was none for long, and whether it is the end.
    fn wait(&self, unsynced: bool) -> (bool, bool) {
        let mut asked = self.signal.asked.lock().unwrap_or_else(PoisonError::into_inner);
        while !asked.work && !asked.closing {
            if unsynced {
                let idle = Duration::from_millis(scaled(IDLE) as u64);
                let waited = self.signal.changed.wait_timeout(asked, idle);
                let (after, late) = waited.unwrap_or_else(PoisonError::into_inner);
                asked = after;
                if late.timed_out() {
                    return (true, asked.closing);
                }
            } else {
                asked = self.signal.changed.wait(asked).unwrap_or_else(PoisonError::into_inner);
            }
        }
        asked.work = false;
        (false, asked.closing)
    }

    fn sync(&mut self) -> Result<(), LogError> {
        let active = Seq(self.signal.active.load(Ordering::Acquire));
        let sealed = self.sealed().1;
        if bug(Bug::DeleteSegmentBeforeSync) {
            journal::recycle(&self.journal.folder, active, sealed)?;
            point(Point::SegmentDelete);
        }
        self.sealer.sync()?;
        self.tidy(active, sealed)
    }

    /// Packs or removes the files of the journal that are full.
    fn tidy(&self, active: Seq, synced: Seq) -> Result<(), LogError> {
        if self.journal.archive {
            journal::pack(&self.journal.folder, active)
        } else {
            journal::recycle(&self.journal.folder, active, synced)
        }
    }

    fn close(&mut self) -> Result<(), LogError> {
        if self.sealer.is_at_rest() {
            return Ok(());
        }
        point(Point::CloseSeal);
        self.sealer.put_young()?;
        self.sync()?;
        self.sealer.write_head(true)
    }
}

/// Whether there is enough for a block.
pub(crate) fn fills_a_block(young: usize) -> bool {
    young >= scaled(BLOCK_BYTES)
}
