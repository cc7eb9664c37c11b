//! The folder of runs: opening, appending, merging, deleting.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use relatum_domain::{Event, Gist};
use relatum_log::{Envelope, Seq, TreeHash};
use relatum_projections::Bucket;

use crate::block::Codec;
use crate::error::ReplayError;
use crate::faults::{Point, point};
use crate::fingerprint::fingerprint;
use crate::merge::{due, merge_in_memory, merge_into_file};
use crate::run::{Foot, Run, Writer};
use crate::shelf::{Shelf, end_of};

/// How far files of a cache reach, and over which log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Covered {
    /// Its last event.
    pub upto: Seq,
    /// The root of the tree over the events up to there when they were written.
    pub root: TreeHash,
}

/// The gists of all events of one partition of a log up to some seq: in runs in a folder, the
/// newest in memory until they are kept.
#[derive(Debug)]
pub struct Replay {
    /// None: all is in memory.
    folder: Option<PathBuf>,
    shelf: Shelf,
}

impl Replay {
    /// An empty cache that is in memory for ever.
    #[must_use]
    pub fn in_memory() -> Self {
        Self { folder: None, shelf: Shelf::default() }
    }

    /// The cache in `folder`, as far as `trusts` says that the log is the one it was made of: that
    /// it has this root over so many events.
    ///
    /// Runs that are damaged, of another vocabulary or log, or follow nothing are deleted. What is
    /// left may be empty, and is always a beginning of the log.
    pub fn open(folder: impl Into<PathBuf>, trusts: impl Fn(Covered) -> bool) -> Self {
        let folder = folder.into();
        let mut found = runs_in(&folder);
        // The longest first: after a crash what was merged may still stand beside its parts.
        found.sort_by_key(|run| (run.foot.after, std::cmp::Reverse(run.foot.upto)));
        let mut runs: Vec<Run> = Vec::new();
        for run in found {
            let follows = (run.foot.after, run.foot.before) == end_of(&runs);
            if follows { runs.push(run) } else { run.delete() }
        }
        // Each names the root at which the one before ends: that of the last speaks for all.
        while let Some(last) = runs.pop_if(|last| !trusts(covered(last))) {
            last.delete();
        }
        let runs = runs.into_iter().map(Arc::new).collect();
        Self { folder: Some(folder), shelf: Shelf::new(runs) }
    }

    /// What it holds now, to be read beside it, whatever becomes of it.
    #[must_use]
    pub fn snapshot(&self) -> Self {
        Self { folder: None, shelf: Shelf::new(self.runs()) }
    }

    /// How far the files in a folder say that they reach, without reading or deleting any; none:
    /// there are none.
    #[must_use]
    pub fn reach(folder: &Path) -> Option<Seq> {
        let entries = std::fs::read_dir(folder).ok()?;
        let upto = |path: PathBuf| {
            let name = path.file_name()?.to_str()?.strip_suffix(".run")?;
            name.split_once('-')?.1.parse().ok()
        };
        entries.filter_map(|entry| upto(entry.ok()?.path())).max().map(Seq)
    }

    /// How far its files reach; none if there are none.
    #[must_use]
    pub fn covered(&self) -> Option<Covered> {
        self.shelf.by_place().0.last().map(|last| covered(last))
    }

    /// Its last event.
    #[must_use]
    pub fn upto(&self) -> Seq {
        Seq(self.runs().last().map_or(0, |run| run.foot.upto))
    }

    /// The last event that is in its files.
    #[must_use]
    pub fn kept_upto(&self) -> Seq {
        self.covered().map_or(Seq::NONE, |covered| covered.upto)
    }

    /// Whether it is to have files.
    #[must_use]
    pub const fn has_folder(&self) -> bool {
        self.folder.is_some()
    }

    /// When the newest of its files was written.
    #[must_use]
    pub fn written_at(&self) -> Option<SystemTime> {
        self.runs().iter().rev().find_map(|run| run.written_at())
    }

    /// Bytes of its files.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.runs().iter().map(|run| run.bytes_on_disk()).fold(0, u64::saturating_add)
    }

    pub(crate) fn runs(&self) -> Vec<Arc<Run>> {
        self.shelf.runs()
    }

    /// Adds the events that follow, in the order of the log, in memory.
    ///
    /// # Errors
    /// [`Gap`](ReplayError::Gap) if they do not follow what is there.
    pub fn append<'e>(&mut self, events: &'e [Envelope<Event>]) -> Result<(), ReplayError> {
        let (Some(first), Some(last)) = (events.first(), events.last()) else {
            return Ok(());
        };
        let (has, upto) = (self.upto().0, last.position.seq.0);
        let given = first.position.seq.0.saturating_sub(1);
        let length = u64::try_from(events.len()).unwrap_or(u64::MAX);
        if given != has || upto.saturating_sub(has) != length {
            return Err(ReplayError::Gap { has, given });
        }
        let foot = Foot::new(has, upto);
        let mut order: Vec<&Envelope<Event>> = events.iter().collect();
        order.sort_by_key(|it| (foot.spread.block(Bucket::of(it.event.stream)), it.event));
        let gist = |it: &&'e Envelope<Event>| Gist::of(it.event, it.recorded_at.into(), &it.data);
        let gists: Vec<Gist<'_>> = order.iter().map(gist).collect();
        let gists: Vec<&Gist<'_>> = gists.iter().collect();
        let mut rows = Vec::new();
        let mut rest = gists.as_slice();
        for same in order.chunk_by(|left, right| left.event.stream == right.event.stream) {
            if let (Some(first), Some((own, others))) =
                (same.first(), rest.split_at_checked(same.len()))
            {
                rows.push((first.event.stream, own));
                rest = others;
            }
        }
        let mut writer = Writer::in_memory();
        writer.add(&mut Codec::default(), foot.spread, &rows)?;
        self.shelf.replace_last(0, writer.finish(foot)?);
        self.merge_in_memory()
    }

    /// Merges what is in memory where there is enough of it: of a cache with a folder that is never
    /// much.
    fn merge_in_memory(&self) -> Result<(), ReplayError> {
        loop {
            let (_, runs) = self.shelf.by_place();
            let events: Vec<u64> = runs.iter().map(|run| run.foot.events()).collect();
            let count = due(&events);
            let (_, last) = runs.split_at(runs.len().saturating_sub(count));
            match merge_in_memory(last)? {
                Some(merged) => self.shelf.replace_last(count, merged),
                None => return Ok(()),
            }
        }
    }

    /// How many files there are.
    #[must_use]
    pub fn files(&self) -> usize {
        self.shelf.by_place().0.len()
    }

    /// Puts what is in memory into a file; `root` is that of the tree over all of its events. Lets
    /// files be merged where there are enough of them, by a thread for which nobody waits. Does
    /// nothing for a cache without a folder.
    ///
    /// # Errors
    /// [`Io`](ReplayError::Io), [`Damaged`](ReplayError::Damaged): of this, or of the last merge.
    /// What is there stays.
    pub fn keep(&mut self, root: TreeHash) -> Result<(), ReplayError> {
        let Some(folder) = &self.folder else {
            return Ok(());
        };
        let (files, in_memory) = self.shelf.by_place();
        let goes_on = || {
            point(Point::Checkpoint);
            true
        };
        let (before, root) = (end_of(&files).1, *root.as_bytes());
        if let Some(kept) = merge_into_file(folder, &in_memory, [before, root], goes_on)? {
            self.shelf.replace_last(in_memory.len(), kept);
            self.shelf.merge(folder)?;
        }
        Ok(())
    }

    /// Whether files are being merged now.
    #[must_use]
    pub fn is_merging(&self) -> bool {
        self.shelf.is_merging()
    }

    /// Waits until no files are being merged.
    pub fn settle(&mut self) {
        self.shelf.settle();
    }

    /// Merges all files into one, after [`keep`](Self::keep): the shape that is read fastest.
    ///
    /// # Errors
    /// As [`keep`](Self::keep).
    pub fn compact(&mut self) -> Result<(), ReplayError> {
        self.settle();
        match (&self.folder, self.shelf.by_place()) {
            (Some(folder), (files, in_memory)) if files.len() > 1 && in_memory.is_empty() => {
                let ends = [end_of::<Run>(&[]).1, end_of(&files).1];
                if let Some(merged) = merge_into_file(folder, &files, ends, || true)? {
                    self.shelf.replace_last(files.len(), merged);
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Deletes all of it.
    pub fn clear(&mut self) {
        self.shelf.clear();
    }
}

/// Puts the cache in `next` into the place of the one in `live`, by way of `former`. Nobody may
/// have either open to write to it. Killed at any point, [`recover`] makes one whole cache of it.
///
/// # Errors
/// [`Io`](ReplayError::Io).
pub fn promote(next: &Path, live: &Path, former: &Path) -> Result<(), ReplayError> {
    recover(live, former)?;
    if live.is_dir() {
        rename(live, former)?;
    }
    point(Point::CacheAside);
    if let Err(error) = rename(next, live) {
        recover(live, former)?;
        return Err(error);
    }
    point(Point::CachePromoted);
    if let Some(parent) = live.parent() {
        let synced = std::fs::File::open(parent).and_then(|folder| folder.sync_all());
        synced.map_err(ReplayError::io(format!("sync {}", parent.display())))?;
    }
    recover(live, former)
}

/// Takes a promotion back that was cut short, or clears up after one that was not.
///
/// # Errors
/// [`Io`](ReplayError::Io).
pub fn recover(live: &Path, former: &Path) -> Result<(), ReplayError> {
    if former.is_dir() && !live.is_dir() {
        return rename(former, live);
    }
    // What cannot be deleted does no harm: nothing reads it.
    let _ = std::fs::remove_dir_all(former);
    Ok(())
}

fn rename(from: &Path, to: &Path) -> Result<(), ReplayError> {
    let said = format!("rename {} to {}", from.display(), to.display());
    std::fs::rename(from, to).map_err(ReplayError::io(said))
}

const fn covered(run: &Run) -> Covered {
    Covered { upto: Seq(run.foot.upto), root: TreeHash::from_bytes(run.foot.root) }
}

/// The runs in `folder` that can be read; the others, and what was left unfinished, are deleted.
fn runs_in(folder: &Path) -> Vec<Run> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let expected = fingerprint();
    let mut runs = Vec::new();
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        let is_run = path.extension() == Some(OsStr::new("run"));
        let run = Run::open(&path).filter(|run| is_run && run.foot.fingerprint == expected);
        match run {
            Some(run) => runs.push(run),
            None => delete(&path),
        }
    }
    runs
}

/// What cannot be deleted does no harm: it is not trusted the next time either.
fn delete(path: &Path) {
    let _ = std::fs::remove_file(path);
}
