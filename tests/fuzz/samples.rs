//! Sound things to begin with: commits, a log, events of an invented book.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use relatum_demo::{Fact, Options};
use relatum_domain::Event;
use relatum_log::{
    Envelope, EventData, EventType, ExpectedVersion, NewCommit, NewEvent, Position, StreamWrite,
};
use relatum_stream::{EventRef, StreamId, Version};

/// A small invented book.
pub(crate) fn book() -> Vec<Fact> {
    let today = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
    relatum_demo::book(&Options::new(7, today).accounts(2))
}

/// The first events of the book, as they are read from a log.
pub(crate) fn events(count: usize) -> Vec<Envelope<Event>> {
    let mut versions: BTreeMap<StreamId, u64> = BTreeMap::new();
    let envelope = |(seq, fact): (u64, Fact)| {
        let version = versions.entry(fact.stream).or_default();
        *version += 1;
        Envelope {
            event: EventRef::new(fact.stream, Version(*version)),
            position: Position::of(seq),
            recorded_at: fact.recorded_at,
            event_type: EventType::of(fact.event.body.event_type()),
            schema: fact.event.body.schema(),
            key: None,
            data: fact.event,
        }
    };
    (1..).zip(book()).take(count).map(envelope).collect()
}

/// Writes of `count` commits, of one to three streams, with keys and without; with `padding` more
/// bytes in each.
pub(crate) fn writes(count: usize, padding: usize) -> Vec<NewCommit> {
    let facts = book();
    let event = |fact: &Fact, at: usize| NewEvent {
        event_type: EventType::of(fact.event.body.event_type()),
        schema: fact.event.body.schema(),
        key: (!at.is_multiple_of(3)).then(|| format!("key \"{at}\" \\ é").parse().unwrap()),
        data: match padding {
            0 => EventData::from(fact.event.encode().unwrap()),
            _ => EventData::of(&"relatum ".repeat(padding / 8)).unwrap(),
        },
    };
    let commit = |(at, facts): (usize, &[Fact])| {
        let mut writes: BTreeMap<StreamId, Vec<NewEvent>> = BTreeMap::new();
        for (number, fact) in facts.iter().enumerate() {
            writes.entry(fact.stream).or_default().push(event(fact, at * 3 + number));
        }
        let expected = ExpectedVersion::Any;
        let write = |(stream, events)| StreamWrite { stream, expected, events };
        NewCommit::Write(writes.into_iter().map(write).collect())
    };
    facts.chunks(3).take(count).enumerate().map(commit).collect()
}
