//! Verification finds the first fault of a log that gives wrong commits.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use relatum_log::{
    AppendError, Block, ByteSize, CommitBytes, Corruption, CorruptionKind, Cursor, Cut, EventLog,
    LogError, NewCommit, Pending, Place, Position, Receipt, Seq, StoredCommit, Verified, Version,
    verify,
};

/// A log that gives what it was told to give.
struct Given {
    commits: Vec<StoredCommit>,
    head: u64,
}

impl EventLog for Given {
    fn submit(&self, _: NewCommit) -> Pending<Receipt, AppendError> {
        Pending::ready(Err(LogError::Poisoned.into()))
    }

    fn read(&self, from: Cursor, _: ByteSize) -> Pending<Block, LogError> {
        let Cursor::Position(position) = from else { panic!("verification reads positions") };
        let rest = self.commits.iter().filter(|commit| commit.position.seq >= position.seq);
        let next = Cursor::after(Seq(self.head));
        let commits = rest.cloned().collect();
        Pending::ready(Ok(Block { commits, next, head: Cut::single(Seq(self.head)) }))
    }
}

fn commit(seq: u64, second: u32, stream: u32, version: u64) -> StoredCommit {
    let stream = format!("account/00000000-0000-0000-0000-{stream:012}");
    let line = [
        r#"{"format":1,"recorded_at":"2026-11-23T20:48:"#,
        &format!(r#"{second:02}.000000Z","writes":[{{"stream":"{stream}","version":{version}}}],"#),
        r#""events":[{"type":"call_held","schema":1,"data":1},"#,
        r#"{"type":"call_held","schema":1,"data":2}]}"#,
    ]
    .concat();
    StoredCommit { position: Position::of(seq), bytes: CommitBytes::new(line.into_bytes()) }
}

fn good() -> Vec<StoredCommit> {
    vec![commit(1, 1, 7, 1), commit(3, 2, 8, 1), commit(5, 3, 7, 3)]
}

fn found(commits: Vec<StoredCommit>) -> Verified {
    verify(&Given { commits, head: 6 }, |_| ()).unwrap()
}

/// The fault, and how many commits were good before it.
fn fault(change: impl FnOnce(&mut Vec<StoredCommit>)) -> (u64, Place, CorruptionKind) {
    let mut commits = good();
    change(&mut commits);
    let found = found(commits);
    let Corruption { at, kind } = found.fault.unwrap();
    (found.commits, at, kind)
}

#[test]
fn a_good_log_has_no_fault() {
    let found = found(good());
    assert!(found.fault.is_none(), "{:?}", found.fault);
    assert_eq!((found.commits, found.events, found.streams), (3, 6, 2));
}

#[test]
fn every_kind_of_fault_is_found_at_its_place() {
    let (good_before, at, kind) = fault(|commits| drop(commits.remove(1)));
    assert_eq!((good_before, at), (1, Place::Position(Position::of(3))));
    assert!(matches!(kind, CorruptionKind::Gap { expected: Seq(3), found: Seq(5) }), "{kind:?}");

    let (good_before, at, kind) = fault(|commits| drop(commits.pop()));
    assert_eq!((good_before, at), (2, Place::Position(Position::of(5))));
    assert!(matches!(kind, CorruptionKind::Head { expected: Seq(6), found: Seq(4) }), "{kind:?}");

    let (_, _, kind) = fault(|commits| commits[2] = commit(5, 3, 7, 4));
    assert!(
        matches!(kind, CorruptionKind::Version { expected: Version(3), found: Version(4), .. }),
        "{kind:?}"
    );

    let (_, _, kind) = fault(|commits| commits[1] = commit(3, 1, 8, 1));
    assert!(matches!(kind, CorruptionKind::NotLater { .. }), "{kind:?}");

    let (_, _, kind) = fault(|commits| {
        let mut bytes = commits[1].bytes.as_slice().to_vec();
        bytes.push(b' ');
        commits[1].bytes = CommitBytes::new(bytes);
    });
    assert!(matches!(kind, CorruptionKind::NotCanonical { .. }), "{kind:?}");

    let (good_before, at, kind) = fault(|commits| {
        let bytes = commits[1].bytes.as_slice();
        commits[1].bytes = CommitBytes::new(&bytes[..bytes.len() / 2]);
    });
    assert_eq!((good_before, at), (1, Place::Position(Position::of(3))));
    assert!(matches!(kind, CorruptionKind::NotACommit { .. }), "{kind:?}");
}
