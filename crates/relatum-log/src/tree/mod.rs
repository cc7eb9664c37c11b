//! The Merkle tree over the events of a log, as RFC 6962 defines it.
//!
//! Each event is a leaf, in the order of the log. Equal logs have equal roots, and a root says
//! everything that was recorded before it: no event can be changed, taken out or put in between
//! without changing it.
//!
//! Owns the bytes of a leaf, hashing, the frontier that grows with a log, and proofs.
//! Knows no store and no signature.
//!
//! *Invariant: a hash is taken over the bytes that are stored; nothing is serialised again.*

mod frontier;
mod hash;
mod leaf;
mod nodes;
mod proof;
mod subtrees;

pub use frontier::Frontier;
pub use hash::TreeHash;
pub use leaf::{leaf, leaf_hashes};
pub use nodes::{ScannedTree, TreeNodes};
pub use proof::{
    ProofError, consistency_proof, inclusion_proof, root_at, verify_consistency, verify_inclusion,
};
pub use subtrees::Subtrees;
