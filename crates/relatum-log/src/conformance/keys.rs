//! Checks of idempotency keys.
//!
//! Owns what happens when something is offered again. Knows no clock.
//!
//! *Invariant: what was answered once is answered the same way ever after.*

use super::{Subject, add, all, clock, event, head, keyed, name, submit, write};
use crate::{
    AppendError, ByteSize, EventData, EventLog, EventType, ExpectedVersion, NewCommit, NewEvent,
    Receipt, Version,
};

fn already(receipt: &Receipt) -> Vec<(u64, bool)> {
    receipt.events.iter().map(|at| (at.event.version.0, at.already_recorded)).collect()
}

/// A whole commit offered again succeeds with the same names, whatever version it expects.
pub fn a_retry_is_answered_not_recorded(subject: &impl Subject) {
    let log = subject.empty(clock());
    let commit =
        || [write(1, ExpectedVersion::NoStream, vec![keyed("a", 1), keyed("b \"\\ ü", 2)])];
    let first = submit(&log, commit()).unwrap();
    add(&log, 1, vec![event(3)]);
    let again = submit(&log, commit()).unwrap();
    assert_eq!(already(&first), [(1, false), (2, false)]);
    assert_eq!(already(&again), [(1, true), (2, true)]);
    assert_eq!((again.position, again.added(), again.cut.events()), (None, 0, 3));
    assert_eq!(head(&log), 3);
}

/// Known events are answered, new ones are appended, in one commit; the answer keeps the order.
pub fn only_what_is_new_is_recorded(subject: &impl Subject) {
    let log = subject.empty(clock());
    add(&log, 1, vec![keyed("a", 1), keyed("b", 2)]);
    let mixed = vec![keyed("b", 2), keyed("c", 3), keyed("a", 1), keyed("d", 4)];
    let stale = [write(1, ExpectedVersion::Exact(Version(1)), mixed.clone())];
    assert!(matches!(submit(&log, stale), Err(AppendError::Conflict { .. })));
    let receipt = submit(&log, [write(1, ExpectedVersion::Exact(Version(2)), mixed)]).unwrap();
    assert_eq!(already(&receipt), [(2, true), (3, false), (1, true), (4, false)]);

    // A write that is recorded wholly disappears from a commit over several streams.
    let old = write(1, ExpectedVersion::NoStream, vec![keyed("a", 1)]);
    let new = write(2, ExpectedVersion::NoStream, vec![keyed("a", 1)]);
    let receipt = submit(&log, [old, new]).unwrap();
    assert_eq!(already(&receipt), [(1, true), (1, false)]);
    assert_eq!(receipt.events[1].event, name(2, 1));
    let last = all(&log, ByteSize::mib(1)).pop().unwrap();
    assert_eq!(last.view().unwrap().writes.len(), 1);
    last.bytes.canonical_view().unwrap();
}

/// A used key with another type, schema or data is a conflict that shows both contents.
pub fn other_content_under_a_used_key_is_refused(subject: &impl Subject) {
    let log = subject.empty(clock());
    add(&log, 1, vec![event(0), keyed("a", 1)]);
    let others = [
        keyed("a", 2),
        NewEvent { schema: 2, ..keyed("a", 1) },
        NewEvent { event_type: EventType::of("visit_held"), ..keyed("a", 1) },
        NewEvent { data: EventData::from_json(r#"{"number":1.0}"#).unwrap(), ..keyed("a", 1) },
    ];
    for other in others {
        let offered = other.clone();
        let commit = [write(1, ExpectedVersion::Any, vec![event(9), other])];
        let Err(error) = submit(&log, commit) else { panic!("{offered:?} must be refused") };
        let AppendError::KeyConflict { key, existing, existing_content, offered_content } = &error
        else {
            panic!("expected KeyConflict, got {error:?}");
        };
        assert_eq!((key.as_str(), *existing), ("a", name(1, 2)));
        assert_eq!(existing_content.data.as_str(), r#"{"number":1}"#);
        assert_eq!(offered_content.data, offered.data);
        let message = error.to_string();
        assert!(message.contains("the key `a` already names account/"), "{message}");
        assert!(message.contains(r#"@2, which is call_held (schema 1) {"number":1}"#), "{message}");
        assert!(message.contains(offered.data.as_str()), "{message}");
    }
    assert_eq!(head(&log), 2);
}

/// The same key in two streams names two events.
pub fn a_key_belongs_to_its_stream(subject: &impl Subject) {
    let log = subject.empty(clock());
    add(&log, 1, vec![keyed("a", 1)]);
    assert_eq!(already(&add(&log, 2, vec![keyed("a", 2)])), [(1, false)]);
    let writes = [
        write(3, ExpectedVersion::Any, vec![keyed("a", 3)]),
        write(4, ExpectedVersion::Any, vec![keyed("a", 4)]),
    ];
    assert_eq!(submit(&log, writes).unwrap().added(), 2);
}

/// A key twice in one commit is one event if the content is equal, and a conflict if not.
pub fn one_commit_may_repeat_itself(subject: &impl Subject) {
    let log = subject.empty(clock());
    let receipt = add(&log, 1, vec![keyed("a", 1), keyed("b", 2), keyed("a", 1)]);
    assert_eq!(already(&receipt), [(1, false), (2, false), (1, true)]);
    let commit = [write(1, ExpectedVersion::Any, vec![keyed("c", 3), keyed("c", 4)])];
    let Err(AppendError::KeyConflict { existing, existing_content, .. }) = submit(&log, commit)
    else {
        panic!("two contents under one key");
    };
    assert_eq!(existing, name(1, 3));
    assert_eq!(existing_content.data.as_str(), r#"{"number":3}"#);
    assert_eq!(head(&log), 2);
}

/// Keys are known after closing and opening, also those of commits over several streams.
pub fn keys_survive_reopening(subject: &impl Subject) {
    let log = subject.empty(clock());
    let writes = [
        write(1, ExpectedVersion::Any, vec![keyed("a", 1), keyed("b", 2)]),
        write(2, ExpectedVersion::Any, vec![keyed("c", 3)]),
    ];
    submit(&log, writes.clone()).unwrap();
    add(&log, 2, vec![keyed("d", 4)]);
    let log = subject.reopen(log, clock());
    let again = submit(&log, writes).unwrap();
    assert_eq!(already(&again), [(1, true), (2, true), (1, true)]);
    assert_eq!(already(&add(&log, 2, vec![keyed("d", 4), keyed("e", 5)])), [(2, true), (3, false)]);
    let other = [write(2, ExpectedVersion::Any, vec![keyed("c", 9)])];
    assert!(matches!(submit(&log, other), Err(AppendError::KeyConflict { .. })));
}

/// A stream of tens of thousands of events takes new ones, and repeats, without being read again.
pub fn a_long_stream_stays_fast(subject: &impl Subject) {
    let log = subject.empty(clock());
    let commit = |from: u64, count: u64| {
        let events = (from..from + count).map(|number| keyed(&number.to_string(), number));
        NewCommit::Write(vec![write(1, ExpectedVersion::Any, events.collect())])
    };
    // Were every commit to read the stream, these would read 400 million events.
    let answers: Vec<_> = (0..20).map(|at| log.submit(commit(at * 1_000, 1_000))).collect();
    answers.into_iter().for_each(|answer| assert_eq!(answer.wait().unwrap().added(), 1_000));
    let answers: Vec<_> = (0..20_000).map(|at| log.submit(commit(at, 1))).collect();
    answers.into_iter().for_each(|answer| assert_eq!(answer.wait().unwrap().added(), 0));
    let answers: Vec<_> = (0..2_000).map(|at| log.submit(commit(20_000 + at, 1))).collect();
    answers.into_iter().for_each(|answer| assert_eq!(answer.wait().unwrap().added(), 1));
    assert_eq!(head(&log), 22_000);
}
