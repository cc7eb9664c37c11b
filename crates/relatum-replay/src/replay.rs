//! The folder of runs: opening, appending, merging, deleting.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use relatum_domain::{Event, Gist};
use relatum_log::{Envelope, Seq, TreeHash};
use relatum_projections::Bucket;

use crate::block::Codec;
use crate::error::ReplayError;
use crate::faults::{Point, point};
use crate::fingerprint::{Digest, fingerprint};
use crate::merge::{due, merge};
use crate::run::{Foot, Run, Writer};

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
    /// Each follows the one before; the first begins with the log. Files first.
    runs: Vec<Run>,
}

impl Replay {
    /// An empty cache that is in memory for ever.
    #[must_use]
    pub const fn in_memory() -> Self {
        Self { folder: None, runs: Vec::new() }
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
        Self { folder: Some(folder), runs }
    }

    /// How far its files reach; none if there are none.
    #[must_use]
    pub fn covered(&self) -> Option<Covered> {
        self.runs.iter().rfind(|run| !run.is_in_memory()).map(covered)
    }

    /// Its last event.
    #[must_use]
    pub fn upto(&self) -> Seq {
        Seq(self.runs.last().map_or(0, |run| run.foot.upto))
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
        self.runs.iter().rev().find_map(Run::written_at)
    }

    /// Bytes of its files.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.runs.iter().map(Run::bytes_on_disk).fold(0, u64::saturating_add)
    }

    pub(crate) fn runs(&self) -> &[Run] {
        &self.runs
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
        self.runs.push(writer.finish(foot)?);
        self.merge_those(self.files(), due)
    }

    /// How many files there are.
    #[must_use]
    pub fn files(&self) -> usize {
        self.runs.iter().filter(|run| !run.is_in_memory()).count()
    }

    /// Puts what is in memory into a file; `root` is that of the tree over all of its events.
    /// Merges files where there are enough of them. Does nothing for a cache without a folder.
    ///
    /// # Errors
    /// [`Io`](ReplayError::Io), [`Damaged`](ReplayError::Damaged). What is there stays.
    pub fn keep(&mut self, root: TreeHash) -> Result<(), ReplayError> {
        let from = self.files();
        if from == self.runs.len() || self.folder.is_none() {
            return Ok(());
        }
        self.replace(from, Some(*root.as_bytes()))?;
        self.merge_those(0, due)
    }

    /// Merges all files into one, after [`keep`](Self::keep): the shape that is read fastest.
    ///
    /// # Errors
    /// As [`keep`](Self::keep).
    pub fn compact(&mut self) -> Result<(), ReplayError> {
        match self.runs.as_slice() {
            [_, .., last] if !last.is_in_memory() => self.replace(0, Some(last.foot.root)),
            _ => Ok(()),
        }
    }

    /// Merges the last runs from `first` on as long as `due` says of how many.
    fn merge_those(
        &mut self,
        first: usize,
        due: impl Fn(&[u64]) -> usize,
    ) -> Result<(), ReplayError> {
        loop {
            let runs = self.runs.get(first..).unwrap_or_default();
            let events: Vec<u64> = runs.iter().map(|run| run.foot.events()).collect();
            let count = due(&events);
            if count < 2 {
                return Ok(());
            }
            let last = self.runs.last().filter(|last| !last.is_in_memory());
            let root = last.map(|last| last.foot.root);
            self.replace(self.runs.len().saturating_sub(count), root)?;
        }
    }

    /// Makes one of the runs from `from` on: a file if the root over its events is told.
    fn replace(&mut self, from: usize, root: Option<Digest>) -> Result<(), ReplayError> {
        let Some((before, runs)) = self.runs.split_at_checked(from) else {
            return Ok(());
        };
        let (Some(first), Some(last)) = (runs.first(), runs.last()) else {
            return Ok(());
        };
        let foot = Foot::new(first.foot.after, last.foot.upto);
        let merged = match (&self.folder, root) {
            (Some(folder), Some(root)) => {
                std::fs::create_dir_all(folder)
                    .map_err(ReplayError::io(format!("create {}", folder.display())))?;
                let name = format!("{:020}-{:020}.run", foot.after, foot.upto);
                let (_, before) = end_of(before);
                let is_new = first.is_in_memory();
                let place = if is_new { Point::Checkpoint } else { Point::CacheMerge };
                let writer = Writer::create(folder.join(name))?;
                let merged = merge(runs, writer, Foot { before, root, ..foot }, Some(place))?;
                if !is_new {
                    point(Point::CacheDelete);
                }
                merged
            }
            _ => merge(runs, Writer::in_memory(), foot, None)?,
        };
        self.runs.drain(from..).for_each(|run| run.delete());
        self.runs.push(merged);
        Ok(())
    }

    /// Deletes all of it.
    pub fn clear(&mut self) {
        self.runs.drain(..).for_each(|run| run.delete());
    }
}

const fn covered(run: &Run) -> Covered {
    Covered { upto: Seq(run.foot.upto), root: TreeHash::from_bytes(run.foot.root) }
}

/// The last event of `runs`, and the root of the tree up to there.
fn end_of(runs: &[Run]) -> (u64, Digest) {
    let end = runs.last().map(|last| (last.foot.upto, last.foot.root));
    end.unwrap_or_else(|| (0, *TreeHash::empty().as_bytes()))
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
