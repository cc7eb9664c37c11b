//! Where the hashes of a tree come from, and the tree of a log that was read whole.
//!
//! Owns the boundary between proofs and those who keep hashes. Knows no proof.
//!
//! *Invariant: a subtree that was complete once has the same hash for ever.*

use super::hash::TreeHash;
use super::leaf::leaf_hashes;
use super::subtrees::places;
use crate::corruption::{Corruption, CorruptionKind, Place};
use crate::error::LogError;
use crate::event_log::{ByteSize, Cursor, EventLog};
use crate::position::Seq;

/// How much is read at a time.
const READ: ByteSize = ByteSize::mib(4);

/// The perfect subtrees of the tree over a log.
pub trait TreeNodes {
    /// The number of leaves.
    fn size(&self) -> u64;

    /// The root of the subtree of 2 to the power of `level` leaves that begins at leaf `first`, a
    /// multiple of that number. All of its leaves are within the size.
    ///
    /// # Errors
    /// What kept it from being read or computed.
    fn subtree(&self, first: u64, level: u32) -> Result<TreeHash, LogError>;
}

impl<T: TreeNodes + ?Sized> TreeNodes for &T {
    fn size(&self) -> u64 {
        (**self).size()
    }

    fn subtree(&self, first: u64, level: u32) -> Result<TreeHash, LogError> {
        (**self).subtree(first, level)
    }
}

/// The root over the leaves from `first` to before `end`, which are a tree of their own: `first`
/// is a multiple of a power of two that is at least their number.
pub(super) fn root_of_range(
    nodes: &(impl TreeNodes + ?Sized),
    first: u64,
    end: u64,
) -> Result<TreeHash, LogError> {
    let hashes = places(first, end).map(|(first, level)| nodes.subtree(first, level));
    let hashes = hashes.collect::<Result<Vec<TreeHash>, LogError>>()?;
    let joined = hashes.into_iter().rev();
    Ok(joined.reduce(|right, left| TreeHash::node(left, right)).unwrap_or_else(TreeHash::empty))
}

/// The tree of a log that was read whole, with every node of it in memory: 64 bytes an event.
#[derive(Debug, Clone, Default)]
pub struct ScannedTree {
    /// The perfect subtrees of each level, from left to right; the leaves first.
    levels: Vec<Vec<TreeHash>>,
}

impl ScannedTree {
    /// The tree over the events that `log` holds. Blocks.
    ///
    /// # Errors
    /// What kept it from reading; [`LogError::Corrupt`] where the events of a commit cannot be
    /// told apart, or a commit is not where it must be.
    pub fn of(log: &(impl EventLog + ?Sized)) -> Result<Self, LogError> {
        let mut tree = Self::default();
        let mut cursor = Cursor::start();
        loop {
            let block = log.read(cursor, READ).wait()?;
            if block.commits.is_empty() {
                return Ok(tree);
            }
            for commit in &block.commits {
                let damage = |kind| Corruption::at(commit.position, kind);
                let (expected, found) = (Seq(tree.size() + 1), commit.position.seq);
                if expected != found {
                    return Err(damage(CorruptionKind::Gap { expected, found }).into());
                }
                let leaves = leaf_hashes(commit.bytes.as_slice()).map_err(damage)?;
                tree.extend(leaves);
            }
            cursor = block.next;
        }
    }

    fn push(&mut self, leaf: TreeHash) {
        let mut node = leaf;
        for level in 0.. {
            if level == self.levels.len() {
                self.levels.push(Vec::new());
            }
            let Some(nodes) = self.levels.get_mut(level) else { return };
            nodes.push(node);
            match nodes.as_slice() {
                [.., left, right] if nodes.len().is_multiple_of(2) => {
                    node = TreeHash::node(*left, *right);
                }
                _ => return,
            }
        }
    }
}

impl Extend<TreeHash> for ScannedTree {
    /// Appends leaves.
    fn extend<I: IntoIterator<Item = TreeHash>>(&mut self, leaves: I) {
        leaves.into_iter().for_each(|leaf| self.push(leaf));
    }
}

impl TreeNodes for ScannedTree {
    fn size(&self) -> u64 {
        self.levels.first().map_or(0, |leaves| leaves.len() as u64)
    }

    fn subtree(&self, first: u64, level: u32) -> Result<TreeHash, LogError> {
        let nodes = usize::try_from(level).ok().and_then(|level| self.levels.get(level));
        let number = first.checked_shr(level).and_then(|number| usize::try_from(number).ok());
        let node = number.and_then(|number| nodes?.get(number)).copied();
        let what = "a node of the tree";
        node.ok_or_else(|| {
            Corruption { at: Place::Store, kind: CorruptionKind::Missing { what } }.into()
        })
    }
}
