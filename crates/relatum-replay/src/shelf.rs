//! The runs of a cache, shared by those who read, the one who appends, and the thread that merges.
//!
//! Whoever reads takes the runs as they are at that moment and reads on in them, whatever is merged
//! meanwhile: a file that was deleted stays readable while it is open. So nobody waits for a merge.
//!
//! *Invariant: at every moment the runs hold each event once; merging changes no answer.*

use std::borrow::Borrow;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use relatum_log::TreeHash;

use crate::error::ReplayError;
use crate::faults::{Point, point};
use crate::fingerprint::Digest;
use crate::merge::{due, merge_into_file};
use crate::run::Run;

/// The runs in their order, and the thread that merges the files among them.
#[derive(Debug, Default)]
pub(crate) struct Shelf {
    shared: Arc<Shared>,
    merger: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    inside: Mutex<Inside>,
    /// Whether the merge under way is not wanted any more.
    cancelled: AtomicBool,
}

#[derive(Debug, Default)]
struct Inside {
    /// Each follows the one before; the first begins with the log. Files first.
    runs: Vec<Arc<Run>>,
    /// Whether a thread is merging.
    merging: bool,
    /// Why the last merge came to nothing.
    failed: Option<ReplayError>,
}

impl Shared {
    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Merges files as long as there are enough of them.
    fn merge(&self, folder: &Path) {
        loop {
            let (from, ends, parts) = {
                let mut inside = self.inside();
                let Some(found) = inside.due() else {
                    inside.merging = false;
                    return;
                };
                found
            };
            let began = Instant::now();
            let goes_on = || {
                point(Point::CacheMerge);
                !self.cancelled.load(Ordering::Relaxed)
            };
            let merged = merge_into_file(folder, &parts, ends, goes_on);
            let mut inside = self.inside();
            match merged {
                Ok(Some(merged)) => {
                    let events = merged.foot.events();
                    inside.runs.splice(from..from.saturating_add(parts.len()), [Arc::new(merged)]);
                    drop(inside);
                    point(Point::CacheDelete);
                    parts.iter().for_each(|part| part.delete());
                    let (parts, elapsed) = (parts.len(), began.elapsed());
                    tracing::debug!(parts, events, ?elapsed, "merged files of the replay cache");
                }
                Ok(None) => {
                    inside.merging = false;
                    return;
                }
                Err(error) => {
                    tracing::warn!(error = ?error, "files of the replay cache stay unmerged");
                    (inside.merging, inside.failed) = (false, Some(error));
                    return;
                }
            }
        }
    }
}

impl Inside {
    /// The files that are to be merged next: where they begin, between which roots, and which.
    fn due(&self) -> Option<(usize, [Digest; 2], Vec<Arc<Run>>)> {
        let files = self.runs.partition_point(|run| !run.is_in_memory());
        let (files, _) = self.runs.split_at_checked(files)?;
        let events: Vec<u64> = files.iter().map(|run| run.foot.events()).collect();
        let from = files.len().checked_sub(Some(due(&events)).filter(|count| *count > 1)?)?;
        let (before, parts) = files.split_at_checked(from)?;
        Some((from, [end_of(before).1, end_of(parts).1], parts.to_vec()))
    }
}

impl Shelf {
    pub(crate) fn new(runs: Vec<Arc<Run>>) -> Self {
        let shelf = Self::default();
        shelf.shared.inside().runs = runs;
        shelf
    }

    /// The runs as they are now.
    pub(crate) fn runs(&self) -> Vec<Arc<Run>> {
        self.shared.inside().runs.clone()
    }

    /// The same, those in memory apart.
    pub(crate) fn by_place(&self) -> (Vec<Arc<Run>>, Vec<Arc<Run>>) {
        let mut files = self.runs();
        let in_memory = files.split_off(files.partition_point(|run| !run.is_in_memory()));
        (files, in_memory)
    }

    /// Puts `run` in the place of the last `count`.
    pub(crate) fn replace_last(&self, count: usize, run: Run) {
        let mut inside = self.shared.inside();
        let rest = inside.runs.len().saturating_sub(count);
        let replaced: Vec<_> = inside.runs.drain(rest..).collect();
        inside.runs.push(Arc::new(run));
        drop(inside);
        replaced.iter().for_each(|run| run.delete());
    }

    /// Lets files be merged where there are enough of them, and does not wait for it.
    ///
    /// # Errors
    /// What the last merge met.
    pub(crate) fn merge(&mut self, folder: &Path) -> Result<(), ReplayError> {
        let mut inside = self.shared.inside();
        if let Some(failed) = inside.failed.take() {
            return Err(failed);
        }
        if inside.merging || inside.due().is_none() {
            return Ok(());
        }
        let (shared, folder) = (Arc::clone(&self.shared), folder.to_owned());
        let thread = thread::Builder::new().name("relatum-replay".to_owned());
        let merger = thread.spawn(move || shared.merge(&folder));
        self.merger = Some(merger.map_err(ReplayError::io("start a thread"))?);
        inside.merging = true;
        Ok(())
    }

    /// Whether files are being merged now.
    pub(crate) fn is_merging(&self) -> bool {
        self.shared.inside().merging
    }

    /// Waits until nothing is being merged.
    pub(crate) fn settle(&mut self) {
        // It does not panic; if it did, what it was merging would be as it was.
        let _ = self.merger.take().map(JoinHandle::join);
    }

    /// Deletes all of it.
    pub(crate) fn clear(&mut self) {
        self.shared.cancelled.store(true, Ordering::Relaxed);
        self.settle();
        self.shared.cancelled.store(false, Ordering::Relaxed);
        let Inside { runs, .. } = std::mem::take(&mut *self.shared.inside());
        runs.iter().for_each(|run| run.delete());
    }
}

/// A merge under way is finished: a program that is always short would never come to one otherwise.
impl Drop for Shelf {
    fn drop(&mut self) {
        self.settle();
    }
}

/// The last event of `runs`, and the root of the tree up to there.
pub(crate) fn end_of<R: Borrow<Run>>(runs: &[R]) -> (u64, Digest) {
    let end = runs.last().map(|last| (last.borrow().foot.upto, last.borrow().foot.root));
    end.unwrap_or_else(|| (0, *TreeHash::empty().as_bytes()))
}
