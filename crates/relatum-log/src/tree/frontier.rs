//! The right edge of a growing tree.
//!
//! Owns what must be kept of a tree to append to it and to know its root: one hash for each bit
//! that is set in its size. Knows nothing of leaves.
//!
//! *Invariant: there are as many peaks as the size has bits that are set.*

use super::hash::TreeHash;
use super::subtrees::{Subtrees, places};

/// The right edge of a tree: enough to append leaves and to know the root.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "Parts", into = "Parts")]
pub struct Frontier(Subtrees);

impl Frontier {
    /// The frontier of a tree of `size` leaves; `None` if the peaks are not as many as the size
    /// has bits that are set.
    #[must_use]
    pub fn from_parts(size: u64, peaks: Vec<TreeHash>) -> Option<Self> {
        Subtrees::from_parts(0, size, peaks).map(Self)
    }

    /// The number of leaves.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.0.count()
    }

    /// The roots of the perfect subtrees of which the tree consists, largest first.
    #[must_use]
    pub fn peaks(&self) -> &[TreeHash] {
        self.0.hashes()
    }

    /// The longest beginning of at most `size` leaves that peaks of this tree make.
    #[must_use]
    pub fn within(&self, size: u64) -> Self {
        let peaks = places(0, self.size()).zip(self.peaks());
        let mut within = Subtrees::default();
        for ((first, level), peak) in peaks {
            if first.saturating_add(1 << level) > size {
                break;
            }
            within.add(level, *peak);
        }
        Self(within)
    }

    /// The root of the tree.
    #[must_use]
    pub fn root(&self) -> TreeHash {
        let joined = self.peaks().iter().rev().copied();
        joined.reduce(|right, left| TreeHash::node(left, right)).unwrap_or_else(TreeHash::empty)
    }

    /// Appends a leaf.
    pub fn push(&mut self, leaf: TreeHash) {
        self.0.add(0, leaf);
    }

    /// Appends leaves that were hashed apart; `false`, and nothing is changed, if they do not
    /// begin at the size.
    pub fn append(&mut self, nodes: &Subtrees) -> bool {
        self.0.join(nodes)
    }
}

impl<'a> Extend<&'a TreeHash> for Frontier {
    fn extend<T: IntoIterator<Item = &'a TreeHash>>(&mut self, leaves: T) {
        leaves.into_iter().for_each(|leaf| self.push(*leaf));
    }
}

/// The shape in which a frontier is serialised.
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    size: u64,
    peaks: Vec<TreeHash>,
}

impl From<Frontier> for Parts {
    fn from(frontier: Frontier) -> Self {
        Self { size: frontier.size(), peaks: frontier.peaks().to_vec() }
    }
}

impl TryFrom<Parts> for Frontier {
    type Error = &'static str;

    fn try_from(parts: Parts) -> Result<Self, Self::Error> {
        Self::from_parts(parts.size, parts.peaks)
            .ok_or("the peaks are not as many as the size has bits that are set")
    }
}
