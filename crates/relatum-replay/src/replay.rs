//! The folder of runs: opening, appending, merging, deleting.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use relatum_domain::{Event, Gist, Recorded};
use relatum_log::{Envelope, Seq};
use relatum_projections::Bucket;

use crate::block::{Block, Codec};
use crate::error::ReplayError;
use crate::fingerprint::{Digest, fingerprint};
use crate::merge::{due, merge};
use crate::run::{Foot, Run, Writer};

/// How far a cache reaches, and over which log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Covered {
    /// Its last event.
    pub upto: Seq,
    /// What stood for the log up to there when the cache was made.
    pub source: Digest,
}

/// The gists of all events of one partition of a log up to some seq, in runs in a folder.
#[derive(Debug)]
pub struct Replay {
    folder: PathBuf,
    /// Each follows the one before; the first begins with the log.
    runs: Vec<Run>,
}

impl Replay {
    /// The cache in `folder`, as far as `trusts` says that the log is the one it was made of.
    ///
    /// Runs that are damaged, of another vocabulary, or follow nothing are deleted. What is left
    /// may be empty, and is always a beginning of the log.
    pub fn open(folder: impl Into<PathBuf>, trusts: impl Fn(Covered) -> bool) -> Self {
        let folder = folder.into();
        let mut found = runs_in(&folder);
        // The longest first: after a crash what was merged may still stand beside its parts.
        found.sort_by_key(|run| (run.foot.after, std::cmp::Reverse(run.foot.upto)));
        let mut runs: Vec<Run> = Vec::new();
        let mut useless = Vec::new();
        for run in found {
            let end = runs.last().map_or(0, |last| last.foot.upto);
            if run.foot.after == end { runs.push(run) } else { useless.push(run) }
        }
        // A digest of the last speaks for all before it.
        while let Some(last) = runs.pop_if(|last| !trusts(covered(last))) {
            useless.push(last);
        }
        useless.iter().for_each(|run| delete(&run.path));
        Self { folder, runs }
    }

    /// How far it reaches; none if it is empty.
    #[must_use]
    pub fn covered(&self) -> Option<Covered> {
        self.runs.last().map(covered)
    }

    /// Its last event.
    #[must_use]
    pub fn upto(&self) -> Seq {
        self.covered().map_or(Seq::NONE, |covered| covered.upto)
    }

    /// Bytes of its files.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        let lengths = self.runs.iter().filter_map(|run| run.path.metadata().ok());
        lengths.map(|it| it.len()).fold(0, u64::saturating_add)
    }

    pub(crate) fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// Adds the events that follow, in the order of the log, as a run; `source` stands for the log
    /// up to the last of them.
    ///
    /// # Errors
    /// In check order: [`Gap`](ReplayError::Gap) if they do not follow what is there,
    /// [`Io`](ReplayError::Io).
    pub fn append(
        &mut self,
        events: &[Envelope<Event>],
        source: Digest,
    ) -> Result<(), ReplayError> {
        let (Some(first), Some(last)) = (events.first(), events.last()) else {
            return Ok(());
        };
        let (has, upto) = (self.upto().0, last.position.seq.0);
        let given = first.position.seq.0.saturating_sub(1);
        let length = u64::try_from(events.len()).unwrap_or(u64::MAX);
        if given != has || upto.saturating_sub(has) != length {
            return Err(ReplayError::Gap { has, given });
        }
        std::fs::create_dir_all(&self.folder)
            .map_err(ReplayError::io(format!("create {}", self.folder.display())))?;
        let mut order: Vec<_> = events.iter().map(|it| (Bucket::of(it.event.stream), it)).collect();
        order.sort_by_key(|(bucket, it)| (*bucket, it.event));
        let mut writer = Writer::create(self.path_of(has, upto))?;
        let mut codec = Codec::default();
        for chunk in order.chunk_by(|left, right| left.0 == right.0) {
            let mut block = Block::default();
            for (_, it) in chunk {
                let recorded = Recorded::from(it.recorded_at);
                block.push(it.event.stream, Gist::of(it.event, recorded, &it.data));
            }
            let events = block.len();
            let (bytes, unpacked) = codec.encode(block);
            let bucket = chunk.first().map_or(Bucket(0), |(bucket, _)| *bucket);
            writer.add(bucket, &bytes, unpacked, events)?;
        }
        let fingerprint = fingerprint();
        let foot = Foot { fingerprint, after: has, upto, source, places: Vec::new() };
        self.runs.push(writer.finish(foot)?);
        Ok(())
    }

    /// Merges the last runs where there are enough of them. Gives whether there was work: call it
    /// until there is none.
    ///
    /// # Errors
    /// [`Io`](ReplayError::Io), [`Damaged`](ReplayError::Damaged). What is there stays.
    pub fn merge(&mut self) -> Result<bool, ReplayError> {
        let events: Vec<u64> = self.runs.iter().map(|run| run.foot.events()).collect();
        self.merge_last(due(&events))
    }

    /// Merges all runs into one.
    ///
    /// # Errors
    /// As [`merge`](Self::merge).
    pub fn compact(&mut self) -> Result<bool, ReplayError> {
        self.merge_last(self.runs.len())
    }

    fn merge_last(&mut self, count: usize) -> Result<bool, ReplayError> {
        let from = self.runs.len().saturating_sub(count);
        let Some((first, last)) = self
            .runs
            .get(from..)
            .and_then(|last| (last.len() > 1).then_some(last.first().zip(last.last())).flatten())
        else {
            return Ok(false);
        };
        let path = self.path_of(first.foot.after, last.foot.upto);
        let merged = merge(self.runs.get(from..).unwrap_or_default(), path)?;
        for run in self.runs.drain(from..) {
            delete(&run.path);
        }
        self.runs.push(merged);
        Ok(true)
    }

    /// Deletes all of it.
    pub fn clear(&mut self) {
        for run in self.runs.drain(..) {
            delete(&run.path);
        }
    }

    fn path_of(&self, after: u64, upto: u64) -> PathBuf {
        self.folder.join(format!("{after:020}-{upto:020}.run"))
    }
}

const fn covered(run: &Run) -> Covered {
    Covered { upto: Seq(run.foot.upto), source: run.foot.source }
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
