//! The tree is the one of RFC 6962: against its definitions, published roots, and every bit.

#![expect(clippy::indexing_slicing, reason = "a test fails by panicking")]

use proptest::prelude::*;
use proptest::sample::Index;
use relatum_log::{
    CorruptionKind, Frontier, ProofError, ScannedTree, Subtrees, TreeHash, consistency_proof,
    inclusion_proof, leaf, leaf_hashes, root_at, verify_consistency, verify_inclusion,
};

/// The definitions of RFC 6962, section 2.1, word by word.
mod definition {
    use relatum_log::TreeHash;

    fn split(leaves: &[TreeHash]) -> usize {
        let mut k = 1;
        while k * 2 < leaves.len() {
            k *= 2;
        }
        k
    }

    pub(super) fn mth(leaves: &[TreeHash]) -> TreeHash {
        match leaves {
            [] => TreeHash::empty(),
            [leaf] => *leaf,
            _ => {
                let k = split(leaves);
                TreeHash::node(mth(&leaves[..k]), mth(&leaves[k..]))
            }
        }
    }

    pub(super) fn path(m: usize, leaves: &[TreeHash]) -> Vec<TreeHash> {
        if leaves.len() == 1 {
            return Vec::new();
        }
        let k = split(leaves);
        let (mut path, beside) = match m < k {
            true => (path(m, &leaves[..k]), mth(&leaves[k..])),
            false => (path(m - k, &leaves[k..]), mth(&leaves[..k])),
        };
        path.push(beside);
        path
    }

    pub(super) fn proof(m: usize, leaves: &[TreeHash]) -> Vec<TreeHash> {
        subproof(m, leaves, true)
    }

    fn subproof(m: usize, leaves: &[TreeHash], known: bool) -> Vec<TreeHash> {
        if m == leaves.len() {
            return if known { Vec::new() } else { vec![mth(leaves)] };
        }
        let k = split(leaves);
        let (mut proof, beside) = match m <= k {
            true => (subproof(m, &leaves[..k], known), mth(&leaves[k..])),
            false => (subproof(m - k, &leaves[k..], false), mth(&leaves[..k])),
        };
        proof.push(beside);
        proof
    }
}

/// The leaves that the tests of certificate transparency use, and the roots over the first n.
const PUBLISHED: [(&[u8], &str); 8] = [
    (b"", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
    (b"\x00", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
    (b"\x10", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
    (b"\x20\x21", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
    (b"\x30\x31", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"),
    (b"\x40\x41\x42\x43", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"),
    (
        b"\x50\x51\x52\x53\x54\x55\x56\x57",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    ),
    (
        b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ),
];

fn leaves(count: u64) -> Vec<TreeHash> {
    (0..count).map(|at| TreeHash::leaf(&at.to_be_bytes())).collect()
}

fn tree(leaves: &[TreeHash]) -> ScannedTree {
    let mut tree = ScannedTree::default();
    tree.extend(leaves.iter().copied());
    tree
}

/// Every hash that differs from `hash` in one bit.
fn bits_flipped(hash: TreeHash) -> impl Iterator<Item = TreeHash> {
    (0..TreeHash::BYTES * 8).map(move |bit| {
        let mut bytes = *hash.as_bytes();
        bytes[bit / 8] ^= 1 << (bit % 8);
        TreeHash::from_bytes(bytes)
    })
}

#[test]
fn the_roots_are_the_published_ones() {
    let (mut frontier, mut leaves) = (Frontier::default(), Vec::new());
    assert_eq!(frontier.root(), TreeHash::empty());
    for (size, (leaf, root)) in (1..).zip(PUBLISHED) {
        frontier.push(TreeHash::leaf(leaf));
        leaves.push(TreeHash::leaf(leaf));
        assert_eq!(frontier.root().to_string(), root, "{size}");
        assert_eq!(root_at(&tree(&leaves), size).unwrap().to_string(), root, "{size}");
    }
}

#[test]
fn every_proof_is_the_one_of_the_definition_and_is_accepted() {
    for size in (0..=70).chain([127, 128, 129, 255, 256, 257, 300]) {
        let leaves = leaves(size);
        let tree = tree(&leaves);
        let root = root_at(&tree, size).unwrap();
        assert_eq!(root, definition::mth(&leaves));
        for index in 0..size {
            let at = usize::try_from(index).unwrap();
            let proof = inclusion_proof(&tree, index, size).unwrap();
            assert_eq!(proof, definition::path(at, &leaves), "{index} of {size}");
            assert!(verify_inclusion(leaves[at], index, size, &proof, root), "{index} of {size}");
        }
        for old in 0..=size {
            let at = usize::try_from(old).unwrap();
            let old_root = definition::mth(&leaves[..at]);
            let proof = consistency_proof(&tree, old, size).unwrap();
            if old > 0 {
                assert_eq!(proof, definition::proof(at, &leaves), "{old} of {size}");
            }
            assert!(verify_consistency(old, size, old_root, root, &proof), "{old} of {size}");
        }
    }
}

#[test]
fn what_is_not_there_has_no_proof() {
    let tree = tree(&leaves(5));
    let error = inclusion_proof(&tree, 5, 5).unwrap_err();
    assert!(matches!(error, ProofError::NoSuchLeaf { index: 5, size: 5 }));
    assert_eq!(error.to_string(), "a tree of 5 events has no event number 5, counted from 0");
    assert!(matches!(inclusion_proof(&tree, 0, 0), Err(ProofError::NoSuchLeaf { .. })));
    for error in [
        inclusion_proof(&tree, 0, 6).unwrap_err(),
        consistency_proof(&tree, 1, 6).unwrap_err(),
        root_at(&tree, 6).unwrap_err(),
    ] {
        assert_eq!(error.to_string(), "a tree of 6 events was asked for, there are 5");
    }
    assert!(matches!(
        consistency_proof(&tree, 4, 3),
        Err(ProofError::NoSuchSize { size: 4, events: 3 })
    ));
}

#[test]
fn a_flipped_bit_is_refused_wherever_it_is() {
    for (index, size) in [(0, 1), (0, 2), (6, 7), (5, 11), (12, 13)] {
        let leaves = leaves(size);
        let tree = tree(&leaves);
        let (leaf, root) = (leaves[usize::try_from(index).unwrap()], root_at(&tree, size).unwrap());
        let proof = inclusion_proof(&tree, index, size).unwrap();
        let holds = |leaf, root, proof: &[_]| verify_inclusion(leaf, index, size, proof, root);
        assert!(bits_flipped(leaf).all(|leaf| !holds(leaf, root, &proof)));
        assert!(bits_flipped(root).all(|root| !holds(leaf, root, &proof)));
        for at in 0..proof.len() {
            for hash in bits_flipped(proof[at]) {
                let mut proof = proof.clone();
                proof[at] = hash;
                assert!(!holds(leaf, root, &proof));
            }
        }
        for bit in 0..64 {
            assert!(!verify_inclusion(leaf, index ^ 1 << bit, size, &proof, root));
        }
    }
    for (old, new) in [(1, 2), (3, 7), (4, 7), (6, 13), (8, 13)] {
        let tree = tree(&leaves(new));
        let (before, root) = (root_at(&tree, old).unwrap(), root_at(&tree, new).unwrap());
        let proof = consistency_proof(&tree, old, new).unwrap();
        let holds = |before, root, proof: &[_]| verify_consistency(old, new, before, root, proof);
        assert!(bits_flipped(before).all(|before| !holds(before, root, &proof)));
        assert!(bits_flipped(root).all(|root| !holds(before, root, &proof)));
        for at in 0..proof.len() {
            for hash in bits_flipped(proof[at]) {
                let mut proof = proof.clone();
                proof[at] = hash;
                assert!(!holds(before, root, &proof));
            }
        }
    }
}

#[test]
fn a_proof_of_another_length_is_refused() {
    let leaves = leaves(11);
    let tree = tree(&leaves);
    let (before, root) = (root_at(&tree, 6).unwrap(), root_at(&tree, 11).unwrap());
    let inclusion = inclusion_proof(&tree, 5, 11).unwrap();
    let consistency = consistency_proof(&tree, 6, 11).unwrap();
    let longer = |proof: &[TreeHash]| [proof, &[root]].concat();
    assert!(!verify_inclusion(leaves[5], 5, 11, &longer(&inclusion), root));
    assert!(!verify_consistency(6, 11, before, root, &longer(&consistency)));
    for end in 0..inclusion.len() {
        assert!(!verify_inclusion(leaves[5], 5, 11, &inclusion[..end], root));
    }
    for end in 0..consistency.len() {
        assert!(!verify_consistency(6, 11, before, root, &consistency[..end]));
    }
    assert!(!verify_consistency(11, 6, root, before, &consistency), "the wrong way round");
    assert!(!verify_consistency(0, 11, root, root, &[]), "only the empty tree has no leaf");
    assert!(!verify_consistency(11, 11, before, root, &[]));
}

/// A commit of two events; the data of the first looks like what ends an event.
const COMMIT: &str = concat!(
    r#"{"format":1,"recorded_at":"2026-11-23T20:48:21.000000Z","#,
    r#""writes":[{"stream":"account/67e55044-10b1-426f-9247-bb680e5fe0c8","version":1}],"#,
    r#""events":[{"type":"call_held","schema":1,"data":{"note":"}]}\\\",{\"events\":[{"}},"#,
    r#"{"type":"call_held","schema":1,"key":"crm:\"events\":[","data":[{"a":{}}]}]}"#,
);

#[test]
fn a_leaf_is_header_number_and_event_as_they_are_stored() {
    let header = concat!(
        r#"{"format":1,"recorded_at":"2026-11-23T20:48:21.000000Z","#,
        r#""writes":[{"stream":"account/67e55044-10b1-426f-9247-bb680e5fe0c8","version":1}],"#,
        r#""events":["#,
    );
    let first = r#"{"type":"call_held","schema":1,"data":{"note":"}]}\\\",{\"events\":[{"}}"#;
    let second = r#"{"type":"call_held","schema":1,"key":"crm:\"events\":[","data":[{"a":{}}]}"#;
    let leaves = [format!("{header}\n0\n{first}"), format!("{header}\n1\n{second}")];
    for (index, expected) in leaves.iter().enumerate() {
        let leaf = leaf(COMMIT.as_bytes(), index).unwrap();
        assert_eq!(String::from_utf8(leaf).unwrap(), *expected);
    }
    assert_eq!(leaf(COMMIT.as_bytes(), 2), None);
    let hashes: Vec<TreeHash> = leaves.iter().map(|it| TreeHash::leaf(it.as_bytes())).collect();
    assert_eq!(leaf_hashes(COMMIT.as_bytes()).unwrap(), hashes);
}

#[test]
fn bytes_that_are_no_commit_are_refused_with_their_place() {
    let at = |bytes: &str| match leaf_hashes(bytes.as_bytes()).unwrap_err() {
        CorruptionKind::NotACommit { byte } => byte,
        kind => panic!("{kind:?}"),
    };
    for end in 0..COMMIT.len() {
        assert!(at(&COMMIT[..end]) <= end, "{end}");
    }
    let header = r#"{"events":["#;
    for (rest, byte) in [
        ("]}", 0),
        ("1]}", 0),
        ("{}{}]}", 2),
        ("{},1]}", 2),
        ("{},]}", 2),
        ("{}]", 2),
        ("{}]} ", 2),
        ("{\"}]}", 5),
        ("{\"\\", 3),
    ] {
        assert_eq!(at(&format!("{header}{rest}")), header.len() + byte, "{rest}");
    }
}

proptest! {
    #[test]
    fn parts_hashed_apart_join_to_the_same_tree(
        count in 0_u64..300,
        cuts in prop::collection::vec(any::<Index>(), 0..6),
    ) {
        let leaves = leaves(count);
        let places: std::collections::BTreeSet<usize> =
            cuts.iter().map(|cut| cut.index(leaves.len() + 1)).chain([0, leaves.len()]).collect();
        let places: Vec<usize> = places.into_iter().collect();
        let mut whole = Frontier::default();
        leaves.iter().for_each(|leaf| whole.push(*leaf));
        let mut parts = Frontier::default();
        let mut joined = Subtrees::of(places.first().map_or(0, |at| *at as u64), &[]);
        for ends in places.windows(2) {
            let part = Subtrees::of(ends[0] as u64, &leaves[ends[0]..ends[1]]);
            let (first, count) = (part.first(), part.count());
            let again = Subtrees::from_parts(first, count, part.hashes().to_vec());
            prop_assert_eq!(again.as_ref(), Some(&part));
            prop_assert!(Subtrees::from_parts(first, count, leaves.clone()).is_none()
                || part.hashes().len() == leaves.len());
            let elsewhere = Subtrees::of(part.end() + 1, &leaves);
            prop_assert!(!parts.append(&elsewhere) && !joined.join(&elsewhere));
            prop_assert!(parts.append(&part) && joined.join(&part));
        }
        prop_assert_eq!(&parts, &whole);
        prop_assert_eq!(joined.hashes(), whole.peaks());
        prop_assert_eq!(whole.root(), definition::mth(&leaves));
        let again = Frontier::from_parts(whole.size(), whole.peaks().to_vec());
        prop_assert_eq!(again, Some(whole.clone()));
        let json = serde_json::to_string(&whole).unwrap();
        prop_assert_eq!(serde_json::from_str::<Frontier>(&json).unwrap(), whole);
    }

    #[test]
    fn the_subtrees_of_a_range_are_the_largest_that_fit(first in 0_u64..200, count in 0_u64..100) {
        let leaves = leaves(first + count);
        let from = usize::try_from(first).unwrap();
        let part = Subtrees::of(first, &leaves[from..]);
        let mut seen = 0;
        for level in 0..9 {
            let width = 1_u64 << level;
            for begin in (0..first + count).step_by(usize::try_from(width).unwrap()) {
                let fits = |begin: u64, width| begin >= first && begin + width <= first + count;
                let above = begin / (width * 2) * width * 2;
                let is_one = fits(begin, width) && !fits(above, width * 2);
                let index = |at: u64| usize::try_from(at).unwrap();
                let range = index(begin)..index(begin + width);
                let expected = is_one.then(|| definition::mth(&leaves[range]));
                prop_assert_eq!(part.node(begin, level), expected);
                seen += usize::from(is_one);
            }
        }
        prop_assert_eq!(part.hashes().len(), seen);
    }

    #[test]
    fn any_bytes_are_answered(
        bytes in prop::collection::vec(any::<u8>(), 0..64),
        at in any::<Index>(),
    ) {
        let _ = leaf_hashes(&bytes);
        let mut damaged = COMMIT.as_bytes().to_vec();
        let at = at.index(damaged.len());
        damaged.splice(at..at, bytes);
        if let Err(CorruptionKind::NotACommit { byte }) = leaf_hashes(&damaged) {
            prop_assert!(byte <= damaged.len());
        }
    }
}

#[test]
fn a_frontier_with_too_few_peaks_is_none() {
    assert_eq!(Frontier::from_parts(3, leaves(1)), None);
    assert_eq!(Subtrees::from_parts(u64::MAX, 1, leaves(1)), None);
    let json = format!(r#"{{"size":2,"peaks":["{0}","{0}"]}}"#, TreeHash::empty());
    assert!(serde_json::from_str::<Frontier>(&json).is_err());
}

#[test]
fn a_frontier_knows_the_beginnings_that_its_peaks_make() {
    let leaves: Vec<TreeHash> = (0..70_u8).map(|it| TreeHash::leaf(&[it])).collect();
    let of = |size: usize| {
        let mut frontier = Frontier::default();
        frontier.extend(&leaves[..size]);
        frontier
    };
    for size in 0..=leaves.len() {
        let whole = of(size);
        for wanted in 0..=leaves.len() {
            let within = whole.within(wanted as u64);
            assert_eq!(within, of(within.size() as usize), "{wanted} of {size}");
            assert!(within.size() <= wanted.min(size) as u64);
        }
        assert_eq!(whole.within(size as u64), whole);
    }
    assert_eq!(of(70).within(69).size(), 68, "64 and 4 of 64, 4 and 2");
}
