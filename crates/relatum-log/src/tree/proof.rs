//! Proofs: that an event is in a tree, and that a tree is the beginning of another.
//!
//! As RFC 6962 defines them in section 2.1 and RFC 9162 checks them in sections 2.1.3.2 and
//! 2.1.4.2. A proof holds one hash for each level of the tree, and whoever checks it needs no log.
//!
//! Owns making and checking both. Knows no store and no text form.
//!
//! *Invariant: a proof that is not exactly the one for its numbers is refused.*

use super::hash::TreeHash;
use super::nodes::{TreeNodes, root_of_range};
use crate::error::LogError;

/// Why there is no proof.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum ProofError {
    /// The tree has no such leaf.
    #[error("a tree of {size} events has no event number {index}, counted from 0")]
    NoSuchLeaf {
        /// The number of the leaf, from 0.
        index: u64,
        /// The size of the tree.
        size: u64,
    },
    /// The log has no tree of that size.
    #[error("a tree of {size} events was asked for, there are {events}")]
    NoSuchSize {
        /// The size that was asked for.
        size: u64,
        /// The size that the log has.
        events: u64,
    },
    /// The log could not answer.
    #[error(transparent)]
    Log(#[from] LogError),
}

/// The root of the tree over the first `size` leaves.
///
/// # Errors
/// [`ProofError::NoSuchSize`], [`ProofError::Log`].
pub fn root_at(nodes: &(impl TreeNodes + ?Sized), size: u64) -> Result<TreeHash, ProofError> {
    check_size(size, nodes.size())?;
    Ok(root_of_range(nodes, 0, size)?)
}

/// What shows that leaf `index` is in the tree over the first `size` leaves: the hashes beside its
/// path, from the leaf to the root.
///
/// # Errors
/// [`ProofError::NoSuchLeaf`], [`ProofError::NoSuchSize`], [`ProofError::Log`].
pub fn inclusion_proof(
    nodes: &(impl TreeNodes + ?Sized),
    index: u64,
    size: u64,
) -> Result<Vec<TreeHash>, ProofError> {
    check_size(size, nodes.size())?;
    if index >= size {
        return Err(ProofError::NoSuchLeaf { index, size });
    }
    let (mut first, mut end) = (0, size);
    let mut proof = Vec::new();
    while let Some(middle) = middle_of(first, end) {
        if index < middle {
            proof.push(root_of_range(nodes, middle, end)?);
            end = middle;
        } else {
            proof.push(root_of_range(nodes, first, middle)?);
            first = middle;
        }
    }
    proof.reverse();
    Ok(proof)
}

/// What shows that the tree over the first `old` leaves is the beginning of the one over the first
/// `new`. Empty if they are equal, or the old one is.
///
/// # Errors
/// [`ProofError::NoSuchSize`], [`ProofError::Log`].
pub fn consistency_proof(
    nodes: &(impl TreeNodes + ?Sized),
    old: u64,
    new: u64,
) -> Result<Vec<TreeHash>, ProofError> {
    check_size(new, nodes.size())?;
    check_size(old, new)?;
    if old == 0 {
        return Ok(Vec::new());
    }
    let (mut first, mut end) = (0, new);
    let mut proof = Vec::new();
    while let Some(middle) = middle_of(first, end).filter(|_| end != old) {
        if old <= middle {
            proof.push(root_of_range(nodes, middle, end)?);
            end = middle;
        } else {
            proof.push(root_of_range(nodes, first, middle)?);
            first = middle;
        }
    }
    // Whoever checks has the old root, and needs no hash that equals it.
    if first > 0 {
        proof.push(root_of_range(nodes, first, end)?);
    }
    proof.reverse();
    Ok(proof)
}

/// Whether `proof` shows that `leaf` is leaf `index` of the tree of `size` leaves with that root.
#[must_use]
pub fn verify_inclusion(
    leaf: TreeHash,
    index: u64,
    size: u64,
    proof: &[TreeHash],
    root: TreeHash,
) -> bool {
    if index >= size {
        return false;
    }
    let mut path = Path { node: index, last: size - 1 };
    let mut found = leaf;
    for hash in proof {
        match path.step() {
            Some(Side::Left) => found = TreeHash::node(*hash, found),
            Some(Side::Right) => found = TreeHash::node(found, *hash),
            None => return false,
        }
    }
    path.last == 0 && found == root
}

/// Whether `proof` shows that the tree of `old` leaves is the beginning of the one of `new`.
#[must_use]
pub fn verify_consistency(
    old: u64,
    new: u64,
    old_root: TreeHash,
    new_root: TreeHash,
    proof: &[TreeHash],
) -> bool {
    if old > new {
        return false;
    }
    if old == new {
        return proof.is_empty() && old_root == new_root;
    }
    if old == 0 {
        return proof.is_empty() && old_root == TreeHash::empty();
    }
    // A perfect old tree is itself the first hash.
    let perfect = old.is_power_of_two().then_some(old_root);
    let mut hashes = perfect.into_iter().chain(proof.iter().copied());
    let Some(first) = hashes.next() else { return false };
    let complete = (old - 1).trailing_ones();
    let shifted = |number: u64| number.checked_shr(complete).unwrap_or(0);
    let mut path = Path { node: shifted(old - 1), last: shifted(new - 1) };
    let (mut found_old, mut found_new) = (first, first);
    for hash in hashes {
        match path.step() {
            Some(Side::Left) => {
                found_old = TreeHash::node(hash, found_old);
                found_new = TreeHash::node(hash, found_new);
            }
            Some(Side::Right) => found_new = TreeHash::node(found_new, hash),
            None => return false,
        }
    }
    path.last == 0 && found_old == old_root && found_new == new_root
}

/// A way up a tree: the number of a node in its level, and of the last node there.
struct Path {
    node: u64,
    last: u64,
}

/// Where the hash of a proof stands beside the path.
enum Side {
    Left,
    Right,
}

impl Path {
    /// Goes up to the next node that has two children; `None` if there is none.
    fn step(&mut self) -> Option<Side> {
        if self.last == 0 {
            return None;
        }
        let is_right = self.node & 1 == 1;
        let side = if is_right || self.node == self.last {
            // The last node of a level is passed up until it is a right child.
            while self.node & 1 == 0 && self.node != 0 {
                self.up();
            }
            Side::Left
        } else {
            Side::Right
        };
        self.up();
        Some(side)
    }

    const fn up(&mut self) {
        self.node >>= 1;
        self.last >>= 1;
    }
}

/// Where the right part of the tree over the leaves from `first` to before `end` begins: after the
/// largest power of two that is less than their number. `None` for a leaf.
fn middle_of(first: u64, end: u64) -> Option<u64> {
    let level = (end - first).checked_sub(1)?.checked_ilog2()?;
    Some(first + (1 << level))
}

const fn check_size(size: u64, events: u64) -> Result<(), ProofError> {
    match size <= events {
        true => Ok(()),
        false => Err(ProofError::NoSuchSize { size, events }),
    }
}
