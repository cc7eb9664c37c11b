//! The perfect subtrees of which a range of leaves consists.
//!
//! A subtree is perfect if it has 2 to the power of its level leaves, and aligned if it begins
//! at a multiple of that. What is perfect and aligned never changes when leaves follow.
//!
//! Owns joining ranges of a tree that were hashed apart. Knows nothing of leaves.
//!
//! *Invariant: the subtrees are the largest that fit; equal ranges are equal values.*

use super::hash::TreeHash;

/// The largest aligned perfect subtrees of a range of leaves, from left to right.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subtrees {
    first: u64,
    count: u64,
    hashes: Vec<TreeHash>,
}

impl Subtrees {
    /// Those of `leaves`, of which the first is leaf number `first` of the tree, from 0.
    #[must_use]
    pub fn of(first: u64, leaves: &[TreeHash]) -> Self {
        let mut this = Self { first, ..Self::default() };
        leaves.iter().for_each(|leaf| this.add(0, *leaf));
        this
    }

    /// Those of `count` leaves from number `first` on; `None` if so many leaves have not so many
    /// subtrees.
    #[must_use]
    pub fn from_parts(first: u64, count: u64, hashes: Vec<TreeHash>) -> Option<Self> {
        let fits = places(first, first.checked_add(count)?).count() == hashes.len();
        fits.then_some(Self { first, count, hashes })
    }

    /// The number of the first leaf, from 0.
    #[must_use]
    pub const fn first(&self) -> u64 {
        self.first
    }

    /// The number of leaves.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// The number of the leaf after the last one.
    #[must_use]
    pub const fn end(&self) -> u64 {
        self.first.saturating_add(self.count)
    }

    /// The hashes of the subtrees.
    #[must_use]
    pub fn hashes(&self) -> &[TreeHash] {
        &self.hashes
    }

    /// The subtree of `level` that begins at leaf `first`, if it is one of the largest.
    #[must_use]
    pub fn node(&self, first: u64, level: u32) -> Option<TreeHash> {
        let mut nodes = places(self.first, self.end()).zip(&self.hashes);
        nodes.find(|(place, _)| *place == (first, level)).map(|(_, hash)| *hash)
    }

    /// Puts the leaves of `next` behind these; `false`, and nothing is changed, if they do not
    /// begin where these end.
    pub fn join(&mut self, next: &Self) -> bool {
        let fits = self.end() == next.first;
        if fits {
            let nodes = places(next.first, next.end()).zip(&next.hashes);
            nodes.for_each(|((_, level), hash)| self.add(level, *hash));
        }
        fits
    }

    /// Adds the aligned perfect subtree that begins where these end, and merges what is complete.
    pub(super) fn add(&mut self, mut level: u32, mut hash: TreeHash) {
        let (mut end, count) = (self.end(), self.count.saturating_add(1 << level));
        // A right sibling whose left one is here makes the subtree above it.
        while end >> level & 1 == 1 && last_level(self.first, end) == Some(level) {
            let Some(left) = self.hashes.pop() else { break };
            hash = TreeHash::node(left, hash);
            end -= 1 << level;
            level += 1;
        }
        self.hashes.push(hash);
        self.count = count;
    }
}

/// Where the largest aligned perfect subtrees of the leaves from `first` to before `end` begin,
/// and their levels.
pub(super) fn places(mut first: u64, end: u64) -> impl Iterator<Item = (u64, u32)> {
    std::iter::from_fn(move || {
        let level = first.trailing_zeros().min((end - first).checked_ilog2()?);
        let place = (first, level);
        first += 1 << level;
        Some(place)
    })
}

/// The level of the last of these subtrees.
fn last_level(first: u64, end: u64) -> Option<u32> {
    Some(end.trailing_zeros().min((end - first).checked_ilog2()?))
}
