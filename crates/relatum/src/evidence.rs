//! Evidence: tree heads of a log, and proofs that others can check without it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use relatum_log::{
    ByteSize, Corruption, CorruptionKind, Cursor, Cut, LogError, ScannedTree, TreeHash, TreeNodes,
    consistency_proof, inclusion_proof, leaf, recorded_at, root_at, verify_consistency,
    verify_inclusion,
};
use relatum_stream::EventRef;
use serde::Serialize;

use crate::engine::Engine;
use crate::error::Error;
use crate::note_keys::VerifyingKey;
use crate::tree_head::{SignedTreeHead, TreeHead, TreeHeadError};

/// What shows that an event is in a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct InclusionProof {
    /// The event.
    pub event: EventRef,
    /// The bytes that are hashed: the header of its commit, its number there, and the event.
    pub leaf: String,
    /// The number of the event in the log, from 0.
    pub index: u64,
    /// The size of the tree.
    pub size: u64,
    /// The root of the tree.
    pub root: TreeHash,
    /// The hashes beside the path, from the leaf to the root.
    pub hashes: Vec<TreeHash>,
}

impl InclusionProof {
    /// Whether it shows what it says. That the root is one of the log is not in question here.
    #[must_use]
    pub fn holds(&self) -> bool {
        let leaf = TreeHash::leaf(self.leaf.as_bytes());
        verify_inclusion(leaf, self.index, self.size, &self.hashes, self.root)
    }

    /// The proof in the form of <https://c2sp.org/tlog-proof>, with the leaf as its extra data and
    /// `head` as what it is proved against.
    #[must_use]
    pub fn text(&self, head: &SignedTreeHead) -> String {
        let Self { leaf, index, hashes, .. } = self;
        let (leaf, hashes) = (BASE64.encode(leaf), hashes.iter().map(|it| it.as_bytes()));
        let hashes: String = hashes.map(|hash| BASE64.encode(hash) + "\n").collect();
        format!("c2sp.org/tlog-proof@v1\nextra {leaf}\nindex {index}\n{hashes}\n{head}")
    }
}

/// What shows that a log that had `old` events and one that has `new` are the same one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ConsistencyProof {
    /// The size of the earlier tree.
    pub old: u64,
    /// The size of the later tree.
    pub new: u64,
    /// The root of the earlier tree.
    pub old_root: TreeHash,
    /// The root of the later tree.
    pub new_root: TreeHash,
    /// The hashes that the two have in common, and those beside them.
    pub hashes: Vec<TreeHash>,
}

impl ConsistencyProof {
    /// Whether it shows what it says. That the roots are those of the log is not in question here.
    #[must_use]
    pub fn holds(&self) -> bool {
        verify_consistency(self.old, self.new, self.old_root, self.new_root, &self.hashes)
    }
}

impl Engine {
    /// What the log holds, up to `at` or wholly, as a tree head without a signature.
    ///
    /// Without an origin it gets one that is made of the first event, so that it is the same in
    /// every copy of a log.
    ///
    /// # Errors
    /// [`Error::Log`]; [`Error::Proof`] if `at` is beyond the end of the log.
    pub fn tree_head(&self, origin: Option<&str>, at: Option<&Cut>) -> Result<TreeHead, Error> {
        self.with_tree(|tree| {
            let size = at.map_or(tree.size(), Cut::events);
            let root = root_at(tree, size)?;
            let origin = origin.map_or_else(|| own_origin(tree, size), |it| Ok(it.to_owned()))?;
            Ok(TreeHead { origin, size, root })
        })
    }

    /// Proves that `event` is in the tree of the first `size` events, or of all.
    ///
    /// # Errors
    /// [`Error::Log`]; [`Error::NotFound`] if there is no such event; [`Error::Proof`] if it is
    /// not among the first `size`, or there are not so many.
    pub fn prove(&self, event: EventRef, size: Option<u64>) -> Result<InclusionProof, Error> {
        let (leaf, index) = self.leaf_of(event)?;
        self.with_tree(|tree| {
            let size = size.unwrap_or(tree.size());
            let hashes = inclusion_proof(tree, index, size)?;
            let root = root_at(tree, size)?;
            Ok(InclusionProof { event, leaf, index, size, root, hashes })
        })
    }

    /// Proves that the first `old` events are the beginning of the first `new`.
    ///
    /// # Errors
    /// [`Error::Log`]; [`Error::Proof`] if there are not so many events, or `old` is above `new`.
    pub fn prove_consistency(&self, old: u64, new: u64) -> Result<ConsistencyProof, Error> {
        self.with_tree(|tree| {
            let hashes = consistency_proof(tree, old, new)?;
            let (old_root, new_root) = (root_at(tree, old)?, root_at(tree, new)?);
            Ok(ConsistencyProof { old, new, old_root, new_root, hashes })
        })
    }

    /// Checks that the log still holds what `head` says, and that `key` signed it if one is given.
    ///
    /// A log that was cut back or rewritten as a whole, with everything beside it, is sound in
    /// itself; only a tree head that was kept elsewhere shows it.
    ///
    /// # Errors
    /// [`Error::TreeHead`] if it does not, or the signature is not there or not right;
    /// [`Error::Log`].
    pub fn check_tree_head(
        &self,
        head: &SignedTreeHead,
        key: Option<&VerifyingKey>,
    ) -> Result<(), Error> {
        if let Some(key) = key {
            head.verify(key)?;
        }
        let TreeHead { size, root: expected, .. } = *head.head();
        self.with_tree(|tree| {
            let events = tree.size();
            if size > events {
                return Err(TreeHeadError::CutBack { size, events }.into());
            }
            match root_at(tree, size)? {
                found if found == expected => Ok(()),
                found => Err(TreeHeadError::Rewritten { size, expected, found }.into()),
            }
        })
    }

    /// The root of the tree over the events of `cut`, which ends where a commit does.
    pub(crate) fn root_at(&self, cut: &Cut) -> Result<TreeHash, Error> {
        recorded_at(self.log(), cut)?;
        #[cfg(feature = "sled")]
        if let Some(sled) = &self.0.sled {
            return Ok(sled.frontier_at(cut.seq(0))?.root());
        }
        self.with_tree(|tree| Ok(root_at(tree, cut.events())?))
    }

    /// Asks the tree over the log.
    pub(crate) fn with_tree<T>(
        &self,
        ask: impl FnOnce(&dyn TreeNodes) -> Result<T, Error>,
    ) -> Result<T, Error> {
        #[cfg(feature = "sled")]
        if let Some(sled) = &self.0.sled {
            return ask(&sled.tree()?);
        }
        ask(&ScannedTree::of(self.log())?)
    }

    /// The leaf of an event, and its number in the log, from 0.
    fn leaf_of(&self, event: EventRef) -> Result<(String, u64), Error> {
        let from = Cursor::Stream(event.stream, event.version);
        let block = self.log().read(from, ByteSize(1)).wait()?;
        for commit in &block.commits {
            let events = commit.envelopes()?;
            let Some(at) = events.iter().position(|it| it.event == event) else { continue };
            let leaf = leaf(commit.bytes.as_slice(), at).and_then(|it| String::from_utf8(it).ok());
            let damage = || Corruption::at(commit.position, CorruptionKind::NotACommit { byte: 0 });
            let leaf = leaf.ok_or_else(|| LogError::from(damage()))?;
            return Ok((leaf, (commit.position.seq.0 + at as u64).saturating_sub(1)));
        }
        Err(Error::NotFound { what: "event", name: event.to_string() })
    }
}

/// The name of a log of which so many events are meant, and that has not been given one.
fn own_origin(tree: &dyn TreeNodes, size: u64) -> Result<String, Error> {
    if size == 0 {
        return Ok("relatum.invalid/log/empty".to_owned());
    }
    let first = tree.subtree(0, 0)?.to_string();
    Ok(format!("relatum.invalid/log/{}", first.get(..16).unwrap_or(&first)))
}
