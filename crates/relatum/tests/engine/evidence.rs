//! Tree heads and proofs of a book: what they show, and what they refuse.

use std::sync::Arc;

use relatum::log::{
    AppendError, Block, ByteSize, CommitBytes, CorruptionKind, Cursor, Cut, EventLog, LogError,
    NewCommit, Pending, Place, ProofError, Receipt, Seq, StoredCommit, TreeHash, verify_inclusion,
};
use relatum::{
    Class, Engine, Error, EventRef, Fact, SignedTreeHead, SigningKey, TreeHead, TreeHeadError,
    Version,
};

use crate::books::{account, adjusted, append, commits, on_both, record};

/// Small facts of an account.
fn facts(who: u64, count: u64) -> Vec<Fact> {
    (0..count).map(|number| Fact::new(account(who), adjusted(0, number.to_string()))).collect()
}

fn head(engine: &Engine, at: u64) -> TreeHead {
    engine.tree_head(None, Some(&Cut::single(Seq(at)))).unwrap()
}

fn unsigned(head: TreeHead) -> SignedTreeHead {
    SignedTreeHead::new(head, &[]).unwrap()
}

#[test]
fn every_event_is_proved_against_every_later_tree_head() {
    on_both(|engine| {
        append(engine, facts(1, 4));
        append(engine, facts(2, 3));
        let events = engine.head().unwrap().events();
        let mut index = 0;
        for commit in commits(engine) {
            for envelope in commit.envelopes().unwrap() {
                for size in index + 1..=events {
                    let proof = engine.prove(envelope.event, Some(size)).unwrap();
                    assert!(proof.holds());
                    assert_eq!((proof.index, proof.size), (index, size));
                    assert_eq!(proof.root, head(engine, size).root);
                    assert!(proof.leaf.contains(envelope.data.as_str()), "{}", proof.leaf);
                    let other = TreeHash::leaf(proof.leaf.replace('1', "2").as_bytes());
                    assert!(!verify_inclusion(other, index, size, &proof.hashes, proof.root));
                }
                let error = engine.prove(envelope.event, Some(index)).unwrap_err();
                assert!(matches!(error, Error::Proof(ProofError::NoSuchLeaf { .. })), "{error}");
                index += 1;
            }
        }
        for (old, new) in (0..=events).flat_map(|new| (0..=new).map(move |old| (old, new))) {
            let proof = engine.prove_consistency(old, new).unwrap();
            assert!(proof.holds(), "{old} {new}");
            let both = (head(engine, old).root, head(engine, new).root);
            assert_eq!((proof.old_root, proof.new_root), both);
        }
        assert_eq!(engine.verify(|_, _| {}).unwrap().tree.root(), head(engine, events).root);
    });
}

#[test]
fn what_is_not_in_the_book_is_not_proved() {
    let engine = Engine::in_memory().unwrap();
    append(&engine, facts(1, 2));
    let nobody = EventRef { stream: account(9).into(), version: Version(1) };
    let error = engine.prove(nobody, None).unwrap_err();
    assert_eq!(error.to_string(), format!("there is no event `{nobody}`"));
    for error in [
        engine.prove_consistency(1, 9).unwrap_err(),
        engine.prove_consistency(2, 1).unwrap_err(),
        engine.tree_head(None, Some(&Cut::single(Seq(9)))).unwrap_err(),
    ] {
        assert_eq!(error.class(), Class::Refused, "{error}");
    }
}

#[test]
fn a_copy_has_the_same_tree_head_and_a_cut_back_or_rewritten_one_is_noticed() {
    on_both(|copy| {
        let engine = Engine::in_memory().unwrap();
        assert_eq!(engine.tree_head(None, None).unwrap().origin, "relatum.invalid/log/empty");
        for number in 0..5 {
            record(&engine, 1, adjusted(0, number.to_string())).unwrap();
        }
        let all = commits(&engine);
        let kept = engine.tree_head(None, None).unwrap();
        assert_eq!(kept.size, engine.head().unwrap().events());
        assert!(kept.origin.starts_with("relatum.invalid/log/"), "{}", kept.origin);
        let kept = unsigned(kept);
        copy.replicate_all(all[..3].iter().map(|it| it.bytes.as_slice())).unwrap();
        let error = copy.check_tree_head(&kept, None).unwrap_err();
        assert!(matches!(error, Error::TreeHead(TreeHeadError::CutBack { .. })), "{error}");
        copy.replicate_all(all[3..].iter().map(|it| it.bytes.as_slice())).unwrap();
        assert_eq!(&copy.tree_head(None, None).unwrap(), kept.head());
        copy.check_tree_head(&kept, None).unwrap();
        record(copy, 1, adjusted(0, "more")).unwrap();
        copy.check_tree_head(&kept, None).unwrap();

        let other = Engine::in_memory().unwrap();
        for number in 0..7 {
            record(&other, 1, adjusted(0, number.to_string())).unwrap();
        }
        let error = other.check_tree_head(&kept, None).unwrap_err();
        assert!(matches!(error, Error::TreeHead(TreeHeadError::Rewritten { .. })), "{error}");
        assert_eq!(error.class(), Class::Refused);
    });
}

#[test]
fn a_tree_head_must_be_signed_by_the_key_that_is_asked_for() {
    let engine = Engine::in_memory().unwrap();
    append(&engine, facts(1, 2));
    let (key, other) = ("example.com/book", "example.com/other");
    let (key, other) = (SigningKey::generate(key).unwrap(), SigningKey::generate(other).unwrap());
    let head = engine.tree_head(Some(key.name()), None).unwrap();
    let signed = SignedTreeHead::new(head, &[&key]).unwrap();
    engine.check_tree_head(&signed, Some(&key.verifier())).unwrap();
    let error = engine.check_tree_head(&signed, Some(&other.verifier())).unwrap_err();
    assert!(matches!(error, Error::TreeHead(TreeHeadError::NotSigned { .. })), "{error}");
}

/// A log that gives some commits, one at a time.
struct Given(Vec<StoredCommit>, Cut);

impl EventLog for Given {
    fn submit(&self, _: NewCommit) -> Pending<Receipt, AppendError> {
        Pending::ready(Err(LogError::Poisoned.into()))
    }

    fn read(&self, from: Cursor, _: ByteSize) -> Pending<Block, LogError> {
        let Cursor::Position(at) = from else { panic!("read by position only") };
        let commit = self.0.iter().find(|commit| commit.position >= at).cloned();
        let after = commit.as_ref().map(|commit| commit.position.seq);
        Pending::ready(Ok(Block {
            next: after.map_or(from, Cursor::after),
            commits: commit.into_iter().collect(),
            head: self.1.clone(),
        }))
    }
}

#[test]
fn damage_is_the_fault_of_the_result_with_what_was_sound_before_it() {
    let engine = Engine::in_memory().unwrap();
    for number in 0..4 {
        record(&engine, 1, adjusted(0, number.to_string())).unwrap();
    }
    let (mut all, end) = (commits(&engine), engine.head().unwrap());
    let over = |commits| Engine::builder().over(Arc::new(Given(commits, end.clone()))).unwrap();
    let kept = engine.tree_head(None, None).unwrap();
    assert_eq!(over(all.clone()).tree_head(None, None).unwrap(), kept);
    let bytes = all[2].bytes.as_slice();
    all[2].bytes = CommitBytes::new(&bytes[..bytes.len() / 2]);
    let damaged = over(all.clone());
    let found = damaged.verify(|_, _| {}).unwrap();
    let fault = found.fault.unwrap();
    assert_eq!(fault.at, Place::Position(all[2].position));
    assert!(matches!(fault.kind, CorruptionKind::NotACommit { .. }), "{fault:?}");
    assert_eq!(found.commits, 2);
    assert_eq!(found.tree.root(), head(&engine, found.events).root);
    let error = damaged.check_tree_head(&unsigned(kept), None).unwrap_err();
    assert!(matches!(error, Error::Log(LogError::Corrupt(_))), "{error}");
    assert_eq!(error.class(), Class::Corrupt);
}
