//! Checks of what a log records, and what it refuses to.
//!
//! Owns versions, expected versions, atomicity, shapes and limits. Knows no keys.
//!
//! *Invariant: after every refusal the log is compared with what it was.*

use super::{Subject, add, all, clock, event, head, name, stream, submit, write};
use crate::{
    AppendError, ByteSize, EventData, EventLog, ExpectedVersion, Limit, Limits, NewCommit,
    NewEvent, Position, Version,
};

/// Versions run 1, 2, 3 … in every stream, seqs 1, 2, 3 … in the log, and receipts say so.
pub fn versions_and_seqs_run_without_gaps(subject: &impl Subject) {
    let log = subject.empty(clock());
    let first = add(&log, 1, vec![event(1), event(2)]);
    let second = add(&log, 2, vec![event(3)]);
    let third = add(&log, 1, vec![event(4)]);
    assert_eq!(first.position, Some(Position::of(1)));
    assert_eq!(third.position, Some(Position::of(4)));
    assert_eq!((first.cut.events(), second.cut.events(), third.cut.events()), (2, 3, 4));
    assert_eq!(third.added(), 1);
    let named: Vec<_> = first.events.iter().chain(&third.events).map(|at| at.event).collect();
    assert_eq!(named, [name(1, 1), name(1, 2), name(1, 3)]);

    let envelopes: Vec<_> =
        all(&log, ByteSize::mib(1)).iter().flat_map(|commit| commit.envelopes().unwrap()).collect();
    let events: Vec<_> = envelopes.iter().map(|envelope| envelope.event).collect();
    assert_eq!(events, [name(1, 1), name(1, 2), name(2, 1), name(1, 3)]);
    let seqs: Vec<_> = envelopes.iter().map(|envelope| envelope.position.seq.0).collect();
    assert_eq!(seqs, [1, 2, 3, 4]);
    assert_eq!(envelopes[2].recorded_at, second.recorded_at);
    assert_eq!(envelopes[3].data.as_str(), r#"{"number":4}"#);
    assert_eq!((envelopes[3].event_type.as_str(), envelopes[3].schema), ("call_held", 1));
}

/// Each kind of expected version is held to, before and after the stream exists.
pub fn expected_versions_are_held_to(subject: &impl Subject) {
    use ExpectedVersion::{Any, Exact, Exists, NoStream};
    let log = subject.empty(clock());
    let offer = |expected| submit(&log, [write(1, expected, vec![event(1)])]);
    let conflicts_at = |actual, expected| {
        let Err(AppendError::Conflict { stream: of, expected: said, actual: at }) = offer(expected)
        else {
            panic!("{expected:?} must conflict at {actual}");
        };
        assert_eq!((of, said, at), (stream(1), expected, Version(actual)));
    };
    conflicts_at(0, Exists);
    conflicts_at(0, Exact(Version(1)));
    offer(Exact(Version(0))).unwrap();
    conflicts_at(1, NoStream);
    conflicts_at(1, Exact(Version(0)));
    conflicts_at(1, Exact(Version(2)));
    offer(Exact(Version(1))).unwrap();
    offer(Exists).unwrap();
    offer(Any).unwrap();
    assert_eq!(head(&log), 4);
    submit(&log, [write(2, NoStream, vec![event(1)])]).unwrap();
    submit(&log, [write(3, Any, vec![event(1)])]).unwrap();
}

/// A refused commit leaves no trace: the next one gets the versions and seqs it would have had.
pub fn a_refused_commit_changes_nothing(subject: &impl Subject) {
    let log = subject.empty(clock());
    add(&log, 1, vec![event(1)]);
    let before = all(&log, ByteSize::mib(1));
    submit(&log, [write(1, ExpectedVersion::NoStream, vec![event(2)])]).unwrap_err();
    submit(&log, [write(2, ExpectedVersion::Exists, vec![event(2)])]).unwrap_err();
    assert_eq!(all(&log, ByteSize::mib(1)), before);
    let next = add(&log, 1, vec![event(2)]);
    assert_eq!(next.position, Some(Position::of(2)));
    assert_eq!(next.events[0].event, name(1, 2));
}

/// A commit over several streams is one commit; if one stream refuses, none is written.
pub fn several_streams_are_written_together_or_not_at_all(subject: &impl Subject) {
    let log = subject.empty(clock());
    add(&log, 1, vec![event(1)]);
    let both = |expected| {
        let parent = write(1, ExpectedVersion::Exists, vec![event(2), event(3)]);
        submit(&log, [parent, write(2, expected, vec![event(4)])])
    };
    let Err(AppendError::Conflict { stream: of, .. }) = both(ExpectedVersion::Exists) else {
        panic!("stream 2 does not exist");
    };
    assert_eq!((of, head(&log)), (stream(2), 1));
    let receipt = both(ExpectedVersion::NoStream).unwrap();
    let named: Vec<_> = receipt.events.iter().map(|at| at.event).collect();
    assert_eq!(named, [name(1, 2), name(1, 3), name(2, 1)]);
    let commits = all(&log, ByteSize::mib(1));
    assert_eq!(commits.len(), 2);
    let view = commits[1].view().unwrap();
    assert_eq!((view.writes.len(), view.event_count()), (2, 3));
    assert_eq!((view.writes[0].version, view.writes[1].version), (Version(2), Version(1)));
}

/// An empty commit, a write without events and a stream named twice are refused by type.
pub fn shapes_that_are_no_commit_are_refused(subject: &impl Subject) {
    let log = subject.empty(clock());
    let any = |of, events| write(of, ExpectedVersion::Any, events);
    assert!(matches!(submit(&log, []), Err(AppendError::Empty)));
    assert!(matches!(
        submit(&log, [any(1, vec![event(1)]), any(2, vec![])]),
        Err(AppendError::EmptyWrite { stream: of }) if of == stream(2)
    ));
    assert!(matches!(
        submit(&log, [any(1, vec![event(1)]), any(1, vec![event(2)])]),
        Err(AppendError::StreamTwice { stream: of }) if of == stream(1)
    ));
    assert_eq!(head(&log), 0);
}

/// The limits on streams, events and bytes of a commit, on either side of each.
pub fn limits_are_the_same_in_every_log(subject: &impl Subject) {
    let log = subject.empty(clock());
    let too_large = |writes: Vec<_>| match submit(&log, writes) {
        Err(AppendError::TooLarge { what, size, limit }) => (what, size, limit),
        other => panic!("expected TooLarge, got {other:?}"),
    };
    let streams = |count: usize| {
        let each = |of: usize| write(of as u128, ExpectedVersion::Any, vec![event(1)]);
        (1..=count).map(each).collect::<Vec<_>>()
    };
    submit(&log, streams(Limits::STREAMS)).unwrap();
    assert_eq!(too_large(streams(Limits::STREAMS + 1)), (Limit::Streams, 17, 16));

    let events =
        |count: u64| vec![write(50, ExpectedVersion::Any, (0..count).map(event).collect())];
    submit(&log, events(1_024)).unwrap();
    assert_eq!(too_large(events(1_025)), (Limit::Events, 1_025, 1_024));

    let of_bytes = |bytes: usize| {
        let data = EventData::of(&"x".repeat(bytes)).unwrap();
        vec![write(60, ExpectedVersion::Any, vec![NewEvent { data, ..event(0) }])]
    };
    submit(&log, of_bytes(1_000)).unwrap();
    let stored = all(&log, ByteSize::mib(4)).pop().unwrap().bytes.as_slice().len();
    let fits = 1_000 + Limits::BYTES - stored;
    let head_before = head(&log);
    let (what, size, limit) = too_large(of_bytes(fits + 1));
    assert_eq!((what, size, limit), (Limit::Bytes, limit + 1, Limits::BYTES as u64));
    assert_eq!(head(&log), head_before);
    submit(&log, of_bytes(fits)).unwrap();
    let largest = all(&log, ByteSize::mib(4)).pop().unwrap();
    assert_eq!(largest.bytes.as_slice().len(), Limits::BYTES);
}

/// Unknown fields, number spellings, field order and foreign scripts come back as they were given.
pub fn data_comes_back_byte_for_byte(subject: &impl Subject) {
    let log = subject.empty(clock());
    let texts = [
        r#"{"z":1.50,"a":1e400,"unknown":{"b":[null,true,-0.0]},"a":2}"#,
        r#""quotes \" and \\ and \u0000 and \/ and 漢字 and 🦀""#,
        "null",
        "123456789012345678901234567890.000",
    ];
    for text in texts {
        let data = EventData::from_json(text).unwrap();
        add(&log, 1, vec![NewEvent { data, ..event(0) }]);
    }
    let log = subject.reopen(log, clock());
    let commits = all(&log, ByteSize::mib(1));
    let read: Vec<_> = commits
        .iter()
        .flat_map(|commit| commit.envelopes().unwrap())
        .map(|envelope| envelope.data.as_str().to_owned())
        .collect();
    assert_eq!(read, texts);
    for commit in commits {
        commit.bytes.canonical_view().unwrap();
        assert!(!commit.bytes.as_slice().contains(&b'\n'));
        let copy = NewCommit::Copy(commit.bytes);
        assert!(matches!(log.submit(copy).wait(), Err(AppendError::CopyRefused { .. })));
    }
}
