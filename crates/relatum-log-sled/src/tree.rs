//! The Merkle tree of a store: the hashes that proofs need, without reading the whole log.
//!
//! Owns a view of the tree as it was when it was asked for. Knows nothing of proofs.
//!
//! *Invariant: a hash is that of the events; what is kept beside a block is compared with it when
//! the block is opened.*

use std::sync::Arc;

use relatum_log::{
    Corruption, CorruptionKind, LogError, Position, Seq, Subtrees, TreeHash, TreeNodes,
};

use crate::live::Live;

/// The tree over the first events of a store, at one moment.
#[derive(Debug)]
pub struct SledTree {
    live: Arc<Live>,
    /// Those of the blocks, then those of the young commits.
    parts: Vec<Subtrees>,
    young: Vec<TreeHash>,
    size: u64,
}

impl SledTree {
    pub(crate) fn new(live: Arc<Live>, head: Seq) -> Result<Self, LogError> {
        let (sealed, young) = {
            let inside = live.look();
            let young = inside.tail.iter().take_while(|it| it.last() <= head);
            let young: Vec<TreeHash> = young.flat_map(|it| it.leaves().iter().copied()).collect();
            (inside.edge.seq(), young)
        };
        let blocks = live.blocks.all_between(Seq::FIRST, sealed)?;
        let mut parts: Vec<Subtrees> = blocks.into_iter().map(|(_, nodes)| nodes).collect();
        parts.push(Subtrees::of(sealed.0, &young));
        Ok(Self { live, parts, young, size: head.0 })
    }

    fn part_of(&self, leaf: u64) -> Option<&Subtrees> {
        let after = self.parts.partition_point(|part| part.first() <= leaf);
        self.parts.get(after.checked_sub(1)?).filter(|part| leaf < part.end())
    }

    fn leaf(&self, leaf: u64) -> Result<TreeHash, LogError> {
        let part = self.part_of(leaf).ok_or_else(|| missing(leaf))?;
        let at = usize::try_from(leaf - part.first()).unwrap_or(usize::MAX);
        let is_young = self.parts.last().is_some_and(|last| last.first() == part.first());
        let found = if is_young {
            self.young.get(at).copied()
        } else {
            let block = self.live.blocks.open(Seq(part.first() + 1))?;
            block.commits.iter().flat_map(|it| it.leaves()).nth(at).copied()
        };
        found.ok_or_else(|| missing(leaf))
    }
}

impl TreeNodes for SledTree {
    fn size(&self) -> u64 {
        self.size
    }

    fn subtree(&self, first: u64, level: u32) -> Result<TreeHash, LogError> {
        if let Some(hash) = self.part_of(first).and_then(|part| part.node(first, level)) {
            return Ok(hash);
        }
        let Some(below) = level.checked_sub(1) else { return self.leaf(first) };
        let left = self.subtree(first, below)?;
        Ok(TreeHash::node(left, self.subtree(first + (1 << below), below)?))
    }
}

fn missing(leaf: u64) -> LogError {
    let position = Position { partition: 0, seq: Seq(leaf + 1) };
    Corruption::at(position, CorruptionKind::Missing { what: "a hash of the tree" }).into()
}
