//! Target: what strangers hand over as evidence: tree heads, keys, proofs.

use std::sync::LazyLock;

use relatum::{NoteKeyError, SignedTreeHead, SigningKey, TreeHead, VerifyingKey};
use relatum_log::{Frontier, TreeHash, verify_consistency, verify_inclusion};

use crate::edits::Input;
use crate::target::fuzz;

/// The example in the documentation of Go's `golang.org/x/mod/sumdb/note`.
pub(crate) const PRIVATE: &str =
    "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";

/// The leaves of a small tree.
static LEAVES: LazyLock<Vec<TreeHash>> =
    LazyLock::new(|| (0..7).map(|leaf| TreeHash::leaf(&[leaf])).collect());

#[test]
fn any_text_and_any_proof_is_answered() {
    fuzz("evidence", 4, answered);
}

fn answered(input: &[u8]) {
    let Some((kind, bytes)) = input.split_first() else { return };
    match (kind % 4, std::str::from_utf8(bytes)) {
        (0, Ok(text)) => note(text),
        (1, Ok(text)) => keys(text),
        _ => proofs(*kind, bytes),
    }
}

fn note(text: &str) {
    let Ok(head) = text.parse::<SignedTreeHead>() else { return };
    let shown = head.to_string();
    assert_eq!(shown.parse::<SignedTreeHead>().as_ref(), Ok(&head), "{shown:?}");
    let key = PRIVATE.parse::<SigningKey>().unwrap();
    if head.verify(&key.verifier()).is_ok() {
        assert_eq!(head.head(), signed().head(), "the key signed nothing else");
    }
}

/// A tree head with a signature.
pub(crate) fn signed() -> SignedTreeHead {
    let head = TreeHead { origin: "example.com/log".to_owned(), size: 7, root: root_of(7) };
    SignedTreeHead::new(head, &[&PRIVATE.parse().unwrap()]).unwrap()
}

fn keys(text: &str) {
    if let Ok(key) = text.parse::<VerifyingKey>() {
        assert_eq!(key.to_string().parse::<VerifyingKey>().as_ref(), Ok(&key));
    }
    match text.parse::<SigningKey>() {
        Ok(key) => assert_eq!(key.verifier().name(), key.name()),
        Err(error) => assert_eq!(error, NoteKeyError::Private),
    }
}

fn proofs(kind: u8, bytes: &[u8]) {
    let mut input = Input(bytes);
    let (old, new) = (number(&mut input), number(&mut input));
    let hashes: Vec<TreeHash> = match kind & 4 {
        // Some of the tree, by number: no fuzzer makes a hash.
        0 => input.0.iter().map(|it| NODES[usize::from(*it) % NODES.len()]).collect(),
        _ => input
            .0
            .chunks_exact(32)
            .map(|it| TreeHash::from_bytes(it.try_into().unwrap()))
            .collect(),
    };
    let root = root_of(7);
    for (at, leaf) in (0..).zip(LEAVES.iter()) {
        let holds = verify_inclusion(*leaf, old, new, &hashes, root);
        assert!(!holds || new != 7 || old == at, "leaf {at} is proved to be {old}");
    }
    for size in 0..=7 {
        let holds = verify_consistency(old, new, root_of(size), root, &hashes);
        assert!(!holds || new != 7 || old == size as u64, "the first {size} are proved as {old}");
    }
}

fn number(input: &mut Input<'_>) -> u64 {
    // Small ones, and those around every power of two.
    let byte = input.byte();
    if byte < 128 { byte.into() } else { (1_u64 << (byte & 63)).wrapping_sub(u64::from(byte & 64)) }
}

fn root_of(size: usize) -> TreeHash {
    let mut frontier = Frontier::default();
    frontier.extend(&LEAVES[..size]);
    frontier.root()
}

/// Every perfect subtree of the small tree.
static NODES: LazyLock<Vec<TreeHash>> = LazyLock::new(|| {
    let mut nodes = LEAVES.clone();
    let pair = |at: usize, nodes: &[TreeHash]| TreeHash::node(nodes[at], nodes[at + 1]);
    for at in [0, 2, 4] {
        nodes.push(pair(at, &nodes));
    }
    nodes.push(TreeHash::node(nodes[7], nodes[8]));
    nodes.push(TreeHash::node(nodes[9], nodes[6]));
    nodes
});
