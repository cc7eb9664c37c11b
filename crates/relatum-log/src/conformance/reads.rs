//! Checks of reading.
//!
//! Owns what a cursor means. Knows nothing of how a log finds what it gives.
//!
//! *Invariant: whatever the cursor and the size, the commits are those of the whole log.*

use super::{Subject, add, all, clock, event, follow, head, stream, submit, write};
use crate::{ByteSize, Cursor, EventLog, ExpectedVersion, Position, Seq, StoredCommit, Version};

/// Seven commits of 1 to 3 events over streams 1 and 2, the fourth and the last over both.
fn some<S: Subject>(subject: &S) -> S::Log {
    let log = subject.empty(clock());
    for round in 0..7_u64 {
        let events: Vec<_> = (0..=round % 3).map(event).collect();
        let any = |of, events| write(of, ExpectedVersion::Any, events);
        match round {
            3 | 6 => submit(&log, [any(2, vec![event(8)]), any(1, events)]).unwrap(),
            _ => add(&log, u128::from(1 + round % 2), events),
        };
    }
    log
}

fn first_of(commit: &StoredCommit) -> u64 {
    commit.position.seq.0
}

/// Every position, also one inside a commit, gives whole commits from the one that holds it.
pub fn any_position_gives_the_commit_that_holds_it(subject: &impl Subject) {
    let log = some(subject);
    let whole = all(&log, ByteSize::mib(1));
    assert_eq!(whole.len(), 7);
    for seq in 0..=head(&log) {
        let block = log.read(Cursor::Position(Position::of(seq)), ByteSize::mib(1)).wait().unwrap();
        let from = whole.iter().rposition(|commit| first_of(commit) <= seq.max(1)).unwrap();
        assert_eq!(block.commits, whole[from..], "from seq {seq}");
        assert_eq!(block.next, Cursor::after(Seq(head(&log))));
        assert_eq!(block.head.seq(0).0, head(&log));
    }
}

/// Blocks of one byte, of a few and of all bytes give the same log, without a gap or a repeat.
pub fn blocks_of_any_size_join_without_a_gap(subject: &impl Subject) {
    let log = some(subject);
    let whole = all(&log, ByteSize::mib(1));
    for max in [0, 1, 300, 700, 1_000, u64::MAX] {
        assert_eq!(all(&log, ByteSize(max)), whole, "blocks of {max} bytes");
    }
    let block = log.read(Cursor::start(), ByteSize(0)).wait().unwrap();
    assert_eq!(block.commits.len(), 1, "at least one commit, above the maximum");
    assert_eq!(block.next, Cursor::Position(whole[1].position));
    let two = whole[..2].iter().map(|commit| commit.bytes.as_slice().len() as u64).sum();
    assert_eq!(log.read(Cursor::start(), ByteSize(two)).wait().unwrap().commits.len(), 2);
    assert_eq!(log.read(Cursor::start(), ByteSize(two - 1)).wait().unwrap().commits.len(), 1);
}

/// A stream cursor gives the whole commits that write the stream, from any version on.
pub fn a_stream_gives_the_commits_that_write_it(subject: &impl Subject) {
    let log = some(subject);
    let whole = all(&log, ByteSize::mib(1));
    for of in [1, 2] {
        let writes = |commit: &StoredCommit| {
            commit.view().unwrap().writes.into_iter().find(|write| write.stream == stream(of))
        };
        let touching: Vec<_> = whole.iter().filter(|it| writes(it).is_some()).cloned().collect();
        assert!(touching.len() < whole.len());
        let last = writes(touching.last().unwrap()).unwrap().last();
        for version in 0..=last.0 {
            let from =
                touching.iter().position(|it| writes(it).unwrap().last().0 >= version).unwrap();
            for max in [1, 600, u64::MAX] {
                let cursor = Cursor::Stream(stream(of), Version(version));
                let read = follow(&log, cursor, ByteSize(max));
                assert_eq!(read, touching[from..], "from {version}, blocks of {max}");
            }
        }
        let all_of_it = log.read(Cursor::stream(stream(of)), ByteSize::mib(1)).wait().unwrap();
        assert_eq!(all_of_it.next, Cursor::Stream(stream(of), last.plus(1)));
    }
}

/// At and past the end, in an unknown stream or partition, the block is empty and shows the head.
pub fn the_end_gives_the_head(subject: &impl Subject) {
    let empty = subject.empty(clock());
    let block = empty.read(Cursor::start(), ByteSize::mib(1)).wait().unwrap();
    assert!(block.commits.is_empty() && block.head.is_empty());
    assert_eq!(block.next, Cursor::start());
    drop(empty);

    let log = some(subject);
    let end = head(&log);
    let partition = Position { partition: 9, seq: Seq(1) };
    for cursor in [
        Cursor::after(Seq(end)),
        Cursor::after(Seq(end + 5)),
        Cursor::Position(Position::of(u64::MAX)),
        Cursor::Position(partition),
        Cursor::stream(stream(77)),
        Cursor::Stream(stream(1), Version(u64::MAX)),
    ] {
        let block = log.read(cursor, ByteSize::mib(1)).wait().unwrap();
        assert!(block.commits.is_empty(), "{cursor:?}");
        assert_eq!((block.next, block.head.events()), (cursor, end));
    }
    add(&log, 1, vec![event(1)]);
    let next = log.read(Cursor::after(Seq(end)), ByteSize::mib(1)).wait().unwrap();
    assert_eq!((next.commits.len(), next.head.events()), (1, end + 1));
}

/// Closing and opening changes neither commits nor streams nor the head.
pub fn reopening_changes_nothing_that_is_read(subject: &impl Subject) {
    let log = some(subject);
    let before = all(&log, ByteSize::mib(1));
    let of_stream = follow(&log, Cursor::stream(stream(1)), ByteSize::mib(1));
    let log = subject.reopen(log, clock());
    assert_eq!(all(&log, ByteSize::mib(1)), before);
    assert_eq!(follow(&log, Cursor::stream(stream(1)), ByteSize::mib(1)), of_stream);
    let end = head(&log);
    assert_eq!(add(&log, 1, vec![event(1)]).position, Some(Position::of(end + 1)));
}
