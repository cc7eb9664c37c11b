//! Checks of copying one log into another.
//!
//! Owns what replication may rely on. Knows nothing of how commits travel.
//!
//! *Invariant: a copy is equal byte for byte, or it is refused.*

use super::{Subject, add, all, clock, event, keyed, submit, write};
use crate::{
    AppendError, ByteSize, CommitBytes, CorruptionKind, EventLog, ExpectedVersion, NewCommit,
    Position, Receipt, StoredCommit, Version,
};

fn original<S: Subject>(subject: &S) -> S::Log {
    let log = subject.empty(clock());
    add(&log, 1, vec![keyed("a", 1), event(2)]);
    let writes = [
        write(2, ExpectedVersion::NoStream, vec![keyed("b", 3)]),
        write(1, ExpectedVersion::Exists, vec![event(4), keyed("c", 5)]),
    ];
    submit(&log, writes).unwrap();
    add(&log, 2, vec![event(6)]);
    log
}

fn copy(into: &impl EventLog, commit: &StoredCommit) -> Result<Receipt, AppendError> {
    into.submit(NewCommit::Copy(commit.bytes.clone())).wait()
}

/// Copying every commit gives the same bytes at the same positions, and the receipts say so.
pub fn a_copy_has_equal_bytes(subject: &impl Subject) {
    let from = original(subject);
    let into = subject.empty(clock());
    let commits = all(&from, ByteSize::mib(1));
    for commit in &commits {
        let receipt = copy(&into, commit).unwrap();
        let view = commit.view().unwrap();
        assert_eq!(receipt.position, Some(commit.position));
        assert_eq!(receipt.recorded_at, view.recorded_at);
        let named: Vec<_> = receipt.events.iter().map(|at| at.event).collect();
        assert_eq!(named, view.events.iter().map(|event| event.event).collect::<Vec<_>>());
    }
    assert_eq!(all(&into, ByteSize::mib(1)), commits);
    let into = subject.reopen(into, clock());
    assert_eq!(all(&into, ByteSize::mib(1)), commits);
}

/// A copy knows the keys, the versions and the last instant of the original.
pub fn a_copy_goes_on_where_the_original_would(subject: &impl Subject) {
    let from = original(subject);
    let into = subject.empty(clock());
    all(&from, ByteSize::mib(1)).iter().for_each(|commit| drop(copy(&into, commit).unwrap()));
    let next = || vec![keyed("a", 1), keyed("c", 5), keyed("d", 7)];
    let (there, here) = (add(&from, 1, next()), add(&into, 1, next()));
    assert_eq!(there, here);
    assert_eq!(here.events[2].event.version, Version(5));
    assert_eq!(all(&from, ByteSize::mib(1)), all(&into, ByteSize::mib(1)));
}

/// Bytes that are out of order, repeated, or not canonical are refused, and leave no trace.
pub fn what_is_not_the_next_commit_is_not_copied(subject: &impl Subject) {
    let from = original(subject);
    let into = subject.empty(clock());
    let commits = all(&from, ByteSize::mib(1));
    let refused = |bytes: &[u8]| match into.submit(NewCommit::Copy(CommitBytes::new(bytes))).wait()
    {
        Err(AppendError::CopyRefused { kind }) => kind,
        other => panic!("expected CopyRefused, got {other:?}"),
    };
    assert!(matches!(
        refused(commits[1].bytes.as_slice()),
        CorruptionKind::Version { expected: Version(1), found: Version(3), .. }
    ));
    copy(&into, &commits[0]).unwrap();
    assert!(matches!(refused(commits[0].bytes.as_slice()), CorruptionKind::NotLater { .. }));

    other_spellings_are_refused(&commits[1], &refused);
    assert_eq!(all(&into, ByteSize::mib(1)), commits[..1]);
    let receipt = copy(&into, &commits[1]).unwrap();
    assert_eq!(receipt.position, Some(Position::of(3)));
}

/// Changes a good commit in all ways that leave it no commit, or none of ours.
fn other_spellings_are_refused(commit: &StoredCommit, refused: &dyn Fn(&[u8]) -> CorruptionKind) {
    let second = String::from_utf8(commit.bytes.as_slice().to_vec()).unwrap();
    let spelt = |change: &dyn Fn(&str) -> String| refused(change(&second).as_bytes());
    for (change, at) in [
        ("{\"format\":1,", "{ \"format\":1,"),
        ("\"number\":3", "\"number\": 3"),
        ("\"schema\":1", "\"schema\":1 "),
        ("\"key\":\"b\"", "\"key\":\"\\u0062\""),
        ("{\"type\":\"call_held\"", "{\"write\":0,\"type\":\"call_held\""),
    ] {
        let kind = spelt(&|text| text.replacen(change, at, 1));
        assert!(matches!(kind, CorruptionKind::NotCanonical { .. }), "{at}: {kind:?}");
    }
    assert!(matches!(spelt(&|text| format!("{text}\n")), CorruptionKind::NotCanonical { .. }));
    for damaged in [
        second[..second.len() - 1].to_owned(),
        second.replacen("\"version\":1", "\"version\":0", 1),
        second.replacen("call_held", "Call held", 1),
        second.replacen("\"write\":1", "\"write\":2", 1),
        second.replacen("000002Z", "00000Z", 1),
        second.replacen("\"schema\":1", "\"schema\":1,\"extra\":2", 1),
        String::new(),
    ] {
        let kind = refused(damaged.as_bytes());
        assert!(matches!(kind, CorruptionKind::NotACommit { .. }), "{damaged}: {kind:?}");
    }
    let newer = spelt(&|text| text.replacen("\"format\":1", "\"format\":2,\"new\":0", 1));
    assert!(matches!(newer, CorruptionKind::Format { found: 2, supported: 1 }));
    let key_twice = refused(second.replacen("\"key\":\"c\"", "\"key\":\"a\"", 1).as_bytes());
    assert!(matches!(key_twice, CorruptionKind::KeyTwice { existing: Version(1), .. }));
}
