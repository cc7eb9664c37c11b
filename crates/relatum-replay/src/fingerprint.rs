//! By what a cache is told from one that this program cannot read.

use relatum_domain::{Gist, VOCABULARY};
use relatum_projections::Bucket;
use sha2::Digest as _;

use crate::run::FORMAT;

/// Thirty-two bytes that stand for more.
pub(crate) type Digest = [u8; 32];

/// The digest of everything by which the meaning of kept bytes could change: the vocabulary, what
/// is taken from an event, how streams are spread, and the form of a run.
pub(crate) fn fingerprint() -> Digest {
    let mut hasher = sha2::Sha256::new();
    hasher.update(FORMAT.to_le_bytes());
    hasher.update(Gist::REVISION.to_le_bytes());
    hasher.update(Bucket::COUNT.to_le_bytes());
    for entry in VOCABULARY {
        hasher.update(entry.name.as_bytes());
        hasher.update([0]);
        hasher.update(entry.schema.to_le_bytes());
    }
    hasher.finalize().into()
}
