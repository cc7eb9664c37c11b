//! The young commits: recorded, and not yet in a sealed block.
//!
//! Owns them in memory, with the way from a stream to those that write it. The journal has them on
//! disk. Knows no file.
//!
//! *Invariant: commits follow each other without a gap.*

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use relatum_log::{
    CorruptionKind, KeyMark, Seq, StoredCommit, StreamId, TreeHash, Version, WriteView,
};

use crate::record::Record;

/// A commit with everything that sealing it needs.
#[derive(Debug, Clone)]
pub(crate) struct Young {
    pub(crate) commit: StoredCommit,
    /// Its number in the log, from 1.
    pub(crate) number: u64,
    pub(crate) recorded_at: DateTime<Utc>,
    pub(crate) writes: Vec<WriteView>,
    /// One for each event.
    pub(crate) marks: Vec<KeyMark>,
    /// One for each event.
    pub(crate) leaves: Vec<TreeHash>,
}

impl Young {
    /// Reads the rest of that from the bytes of a commit.
    pub(crate) fn of(
        commit: StoredCommit,
        number: u64,
        leaves: Vec<TreeHash>,
    ) -> Result<Self, CorruptionKind> {
        let view = commit.bytes.view()?;
        let marks = view.events.iter().map(|it| KeyMark::of(it.key.as_deref())).collect();
        let (recorded_at, writes) = (view.recorded_at, view.writes);
        Ok(Self { commit, number, recorded_at, writes, marks, leaves })
    }

    pub(crate) const fn first(&self) -> Seq {
        self.commit.position.seq
    }

    /// The seq of its last event.
    pub(crate) fn last(&self) -> Seq {
        Seq(self.first().0 + self.leaves.len() as u64 - 1)
    }

    fn size(&self) -> usize {
        self.commit.bytes.as_slice().len()
    }

    /// The marks of the events of one write.
    pub(crate) fn marks_of(&self, stream: StreamId) -> &[KeyMark] {
        let mut from = 0;
        for write in &self.writes {
            let events = usize::try_from(write.events).unwrap_or(usize::MAX);
            if write.stream == stream {
                return self.marks.get(from..from + events).unwrap_or_default();
            }
            from += events;
        }
        &[]
    }
}

/// The commits of a block to seal, and the block if it is packed already.
type NextBlock = (Vec<Arc<Young>>, Option<Record>);

/// Young commits in their order.
#[derive(Debug, Default)]
pub(crate) struct Tail {
    commits: VecDeque<Arc<Young>>,
    /// Blocks that were packed for the journal already.
    ready: VecDeque<Record>,
    /// By stream: the first version and the seq of each commit that writes it.
    streams: HashMap<StreamId, VecDeque<(Version, Seq)>>,
    bytes: usize,
}

impl Tail {
    pub(crate) fn push(&mut self, young: Arc<Young>) {
        self.bytes += young.size();
        for write in &young.writes {
            let entries = self.streams.entry(write.stream).or_default();
            entries.push_back((write.version, young.first()));
        }
        self.commits.push_back(young);
    }

    /// Takes in commits that follow, some of them as blocks that are packed already.
    pub(crate) fn extend(&mut self, later: Self, ready: impl IntoIterator<Item = Record>) {
        later.commits.into_iter().for_each(|young| self.push(young));
        self.ready.extend(ready);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.commits.is_empty()
    }

    /// The bytes of the commits.
    pub(crate) const fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) fn len(&self) -> usize {
        self.commits.len()
    }

    /// All of them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<Young>> {
        self.commits.iter()
    }

    /// The commits from the one that holds `seq` on.
    pub(crate) fn since(&self, seq: Seq) -> impl Iterator<Item = &Arc<Young>> {
        let after = self.commits.partition_point(|young| young.first() <= seq);
        self.commits.range(after.saturating_sub(1)..)
    }

    /// The commits that write `stream`, from the one that holds `version` on; none if the first
    /// version here is later.
    pub(crate) fn writing(
        &self,
        stream: StreamId,
        version: Version,
    ) -> impl Iterator<Item = &Arc<Young>> {
        let entries = self.streams.get(&stream);
        let after = entries.map_or(0, |all| all.partition_point(|(first, _)| *first <= version));
        let rest = entries.map(|entries| entries.range(after.saturating_sub(1).min(after)..));
        let rest = rest.filter(|_| after > 0);
        rest.into_iter().flatten().filter_map(|(_, seq)| self.since(*seq).next())
    }

    /// The marks of all events of `stream` here.
    pub(crate) fn marks(&self, stream: StreamId) -> impl Iterator<Item = KeyMark> + '_ {
        let entries = self.streams.get(&stream).into_iter().flatten();
        let commits = entries.filter_map(|(_, seq)| self.since(*seq).next());
        commits.flat_map(move |young| young.marks_of(stream).iter().copied())
    }

    /// The next commits to seal: those of a block that is packed already, or about `bytes` of them;
    /// fewer only if a packed block follows.
    pub(crate) fn next_block(&self, bytes: usize) -> Option<NextBlock> {
        let first = self.commits.front()?.first();
        if let Some(ready) = self.ready.front().filter(|ready| ready.head.first == first) {
            let last = ready.head.last();
            let commits = self.commits.iter().take_while(|young| young.first() <= last);
            return Some((commits.cloned().collect(), Some(ready.clone())));
        }
        let stop = self.ready.front().map(|ready| ready.head.first);
        let (mut size, mut commits) = (0, Vec::new());
        for young in &self.commits {
            if size >= bytes || stop == Some(young.first()) {
                return Some((commits, None));
            }
            size += young.size();
            commits.push(young.clone());
        }
        (size >= bytes).then_some((commits, None))
    }

    /// Forgets what is sealed: everything up to `last`.
    pub(crate) fn drop_until(&mut self, last: Seq) {
        while self.ready.front().is_some_and(|ready| ready.head.first <= last) {
            self.ready.pop_front();
        }
        while self.commits.front().is_some_and(|young| young.first() <= last) {
            let Some(young) = self.commits.pop_front() else { return };
            self.bytes -= young.size();
            for write in &young.writes {
                let Some(entries) = self.streams.get_mut(&write.stream) else { continue };
                entries.pop_front();
                if entries.is_empty() {
                    self.streams.remove(&write.stream);
                }
            }
        }
    }
}
