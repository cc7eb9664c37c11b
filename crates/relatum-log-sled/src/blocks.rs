//! Sealed blocks, read from sled.
//!
//! Owns the way from a seq to whole commits. Knows nothing of young commits, and never writes.
//!
//! *Invariant: a block is given whole and with the hashes that were sealed with it, or as damage.*

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use lru::LruCache;
use relatum_log::{
    Corruption, CorruptionKind, Frontier, LogError, Position, RootMismatch, Seq, StoredCommit,
    Subtrees, TreeHash,
};
use serde::de::DeserializeOwned;

use crate::engine::{Handle, guarded};
use crate::faults::{Bug, bug};
use crate::journal;
use crate::layout::{self, BLOCK, STREAMS, SUMMARY, Streams, Summary};
use crate::record::{Payload, Record, RecordHead};

const READ: &str = "read from sled";

/// How many blocks are kept open: some megabytes.
const OPEN: NonZeroUsize = NonZeroUsize::new(32).unwrap();

/// Reads blocks.
#[derive(Debug)]
pub(crate) struct Blocks {
    tree: Handle<sled::Tree>,
    open: Mutex<LruCache<Seq, Arc<OpenBlock>>>,
}

/// A block, unpacked and found good.
#[derive(Debug)]
pub(crate) struct OpenBlock {
    pub(crate) commits: Vec<BlockCommit>,
    pub(crate) record: Record,
}

/// A commit of a block.
#[derive(Debug)]
pub(crate) struct BlockCommit {
    pub(crate) commit: StoredCommit,
    pub(crate) last: Seq,
}

impl BlockCommit {
    /// One for each event; whoever made a block has seen that they can be told apart.
    pub(crate) fn leaves(&self) -> &[TreeHash] {
        self.commit.bytes.leaves().unwrap_or_default()
    }
}

impl Blocks {
    pub(crate) fn new(tree: sled::Tree) -> Self {
        Self { tree: Handle::new(tree), open: Mutex::new(LruCache::new(OPEN)) }
    }

    /// The parts of a value together; `None` if it is not there.
    pub(crate) fn value(&self, kind: u8, seq: Seq) -> Result<Option<Vec<u8>>, LogError> {
        value_of(&self.tree, kind, seq)
    }

    /// The streams of a block.
    pub(crate) fn streams(&self, first: Seq) -> Result<Streams, LogError> {
        let what = "the streams of a block";
        let bytes = self.value(STREAMS, first)?.ok_or_else(|| missing(first, what))?;
        entry(first, what, &bytes)
    }

    /// Every block from the one that begins at `next` to the one that ends at `end`, in order: its
    /// first seq and its subtrees.
    ///
    /// sled has been seen to leave out keys after damage, so that none may be missing.
    pub(crate) fn all_between(
        &self,
        mut next: Seq,
        end: Seq,
    ) -> Result<Vec<(Seq, Subtrees)>, LogError> {
        let mut blocks = Vec::new();
        for found in self.tree.range(layout::key(SUMMARY, next)..) {
            if next > end {
                break;
            }
            let (key, value) = guarded(READ, || found)?;
            let (first, summary) = summary(&key, &value)?;
            let nodes = summary.nodes(first).filter(|_| first == next);
            let nodes = nodes.ok_or_else(|| missing(next, "the summary of a block"))?;
            next = first.plus(nodes.count());
            blocks.push((first, nodes));
        }
        if next == end.plus(1) {
            return Ok(blocks);
        }
        Err(missing(next, "the summary of a block"))
    }

    /// Reads every block that ends after `synced`, up to the one that ends at `end`, and what is
    /// said of it.
    ///
    /// After a power cut sled has been seen to open without a block that it had not synced, and
    /// with blocks behind it.
    pub(crate) fn check_after(&self, synced: Seq, end: Seq) -> Result<(), LogError> {
        if end <= synced {
            return Ok(());
        }
        for (first, _) in self.all_between(self.first_of(synced.plus(1))?, end)? {
            self.open(first)?;
            self.streams(first)?;
        }
        Ok(())
    }

    /// The first seq of the block that holds `seq`, which lies in a block.
    pub(crate) fn first_of(&self, seq: Seq) -> Result<Seq, LogError> {
        let range = layout::key(SUMMARY, Seq::NONE)..=layout::key(SUMMARY, seq);
        let found = guarded(READ, || self.tree.range(range).next_back().transpose())?;
        let found = found.map(|(key, value)| summary(&key, &value)).transpose()?;
        let held = found.filter(|(first, it)| seq < first.plus(u64::from(it.events)));
        held.map(|(first, _)| first).ok_or_else(|| missing(seq, "the block"))
    }

    /// The block whose first event has the seq `first`.
    pub(crate) fn open(&self, first: Seq) -> Result<Arc<OpenBlock>, LogError> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(block) = open.get(&first) {
            return Ok(Arc::clone(block));
        }
        drop(open);
        let block = Arc::new(self.read(first)?);
        open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.put(first, Arc::clone(&block));
        Ok(block)
    }

    fn read(&self, first: Seq) -> Result<OpenBlock, LogError> {
        let damage = |kind| LogError::from(Corruption::at(at(first), kind));
        let value = self.value(BLOCK, first)?.ok_or_else(|| missing(first, "the block"))?;
        let record = Record::read(&value).map_err(damage)?;
        let summary = guarded(READ, || self.tree.get(layout::key(SUMMARY, first)))?;
        let summary = summary.ok_or_else(|| missing(first, "the summary of a block"))?;
        let summary: Summary = entry(first, "the summary of a block", &summary)?;
        let block = OpenBlock::of(record)?;
        let leaves: Vec<TreeHash> =
            block.commits.iter().flat_map(|it| it.leaves().iter().copied()).collect();
        let found = Subtrees::of(first.0.saturating_sub(1), &leaves);
        if summary.nodes(first).as_ref() != Some(&found) && !bug(Bug::RootNotChecked) {
            let whole = |nodes: &[TreeHash]| {
                nodes.iter().copied().reduce(TreeHash::node).unwrap_or_else(TreeHash::empty)
            };
            let expected = summary.nodes(first);
            let mismatch = RootMismatch {
                what: "the summary of the block",
                size: block.record.head.last().0,
                expected: expected.map_or_else(TreeHash::empty, |it| whole(it.hashes())),
                found: whole(found.hashes()),
            };
            return Err(damage(mismatch.into()));
        }
        Ok(block)
    }

    /// The tree over the first `size` events, which lie in blocks that end with the tree `edge`.
    ///
    /// What the two trees have in common is taken from the edge; only blocks behind it are read.
    pub(crate) fn frontier_at(&self, size: u64, edge: &Frontier) -> Result<Frontier, LogError> {
        let mut frontier = edge.within(size);
        if frontier.size() == size {
            return Ok(frontier);
        }
        let from = self.first_of(Seq(frontier.size() + 1))?;
        let last = self.first_of(Seq(size))?;
        for (first, nodes) in self.all_between(from, Seq(last.0.saturating_sub(1)))? {
            if !frontier.append(&nodes) {
                self.extend(&mut frontier, first, nodes.end())?;
            }
        }
        self.extend(&mut frontier, last, size)?;
        if frontier.size() == size { Ok(frontier) } else { Err(missing(Seq(size), "the block")) }
    }

    /// Adds the leaves of the block that begins at `first`, those that come next up to `size`.
    fn extend(&self, frontier: &mut Frontier, first: Seq, size: u64) -> Result<(), LogError> {
        let block = self.open(first)?;
        let before = first.0.saturating_sub(1);
        let place = |leaf: u64| usize::try_from(leaf.saturating_sub(before)).unwrap_or(usize::MAX);
        let leaves = block.commits.iter().flat_map(|it| it.leaves().iter());
        frontier.extend(leaves.take(place(size)).skip(place(frontier.size())));
        Ok(())
    }
}

impl OpenBlock {
    /// Unpacks a record.
    pub(crate) fn of(record: Record) -> Result<Self, LogError> {
        let damage = |seq, kind| LogError::from(Corruption::at(at(seq), kind));
        let first = record.head.first;
        let mut next = first;
        let lines = record.commits().map_err(|kind| damage(first, kind))?;
        let mut commits = Vec::with_capacity(lines.len());
        for bytes in lines {
            let events = bytes.leaves().map_err(|kind| damage(next, kind))?.len();
            let commit = StoredCommit { position: at(next), bytes };
            next = next.plus(events as u64);
            commits.push(BlockCommit { commit, last: Seq(next.0 - 1) });
        }
        if next != record.head.last().plus(1) {
            let (expected, found) = (record.head.last().plus(1), next);
            return Err(damage(first, CorruptionKind::Gap { expected, found }));
        }
        Ok(Self { commits, record })
    }

    /// The commits from the one that holds `seq` on.
    pub(crate) fn since(&self, seq: Seq) -> &[BlockCommit] {
        let before = self.commits.partition_point(|it| it.last < seq);
        self.commits.get(before..).unwrap_or_default()
    }
}

/// The parts of a value together; `None` if it is not there.
pub(crate) fn value_of(tree: &sled::Tree, kind: u8, seq: Seq) -> Result<Option<Vec<u8>>, LogError> {
    let part = |part| guarded(READ, || tree.get(layout::part_key(kind, seq, part)));
    let Some(first) = part(0)? else { return Ok(None) };
    let missing = || missing(seq, "a part of a value");
    let (count, bytes) = first.split_first().ok_or_else(missing)?;
    let mut bytes = bytes.to_vec();
    for number in 1..*count {
        bytes.extend_from_slice(&part(number)?.ok_or_else(missing)?);
    }
    Ok(Some(bytes))
}

/// Takes the next record into the tree, which must give the root that the record carries; `what`
/// names where it is from.
pub(crate) fn follow(
    record: Record,
    frontier: &mut Frontier,
    what: &'static str,
) -> Result<(), LogError> {
    let root = record.head.root;
    let block = OpenBlock::of(record)?;
    frontier.extend(block.commits.iter().flat_map(BlockCommit::leaves));
    if frontier.root() == root {
        return Ok(());
    }
    Err(journal::mismatch(what, Seq(frontier.size()), root, frontier.root()))
}

/// A record of some commits that follow each other, the first of them `number` in the log; `root`
/// is that with them.
pub(crate) fn part(commits: &[BlockCommit], number: u64, root: TreeHash) -> Record {
    let events: usize = commits.iter().map(|it| it.leaves().len()).sum();
    let first = commits.first().map_or(Seq::NONE, |it| it.commit.position.seq);
    let head = RecordHead {
        // A record has some thousands of either.
        events: u32::try_from(events).unwrap_or(u32::MAX),
        commits: u32::try_from(commits.len()).unwrap_or(u32::MAX),
        first,
        number,
        durable: Seq(first.0.saturating_sub(1)),
        root,
    };
    Record::new(head, Payload::lines(commits.iter().map(|it| &it.commit.bytes)))
}

const fn at(seq: Seq) -> Position {
    Position { partition: 0, seq }
}

fn summary(key: &[u8], value: &[u8]) -> Result<(Seq, Summary), LogError> {
    let first = layout::seq_of(SUMMARY, key).unwrap_or_default();
    Ok((first, entry(first, "the summary of a block", value)?))
}

fn entry<T: DeserializeOwned>(first: Seq, what: &'static str, bytes: &[u8]) -> Result<T, LogError> {
    layout::unframed(what, bytes).map_err(|kind| Corruption::at(at(first), kind).into())
}

pub(crate) fn missing(seq: Seq, what: &'static str) -> LogError {
    Corruption::at(at(seq), CorruptionKind::Missing { what }).into()
}
