//! The work whose instructions are counted: encoding, decoding and folding some thousand events.
//!
//! Owns the three stages and what goes into them, the same at every run. The harness that counts
//! is `benches/instructions.rs`, which a feature turns on; `.ci/instructions` compares two
//! revisions by it. Knows no clock, randomness, file or thread: none of them may be counted.
#![forbid(unsafe_code)]

use std::error::Error;

use chrono::{DateTime, NaiveDate};
use relatum_demo::Options;
use relatum_domain::Event;
use relatum_log::{
    ByteSize, Cursor, Envelope, EventData, EventLog, EventType, ExpectedVersion, ManualClock,
    MemoryLog, NewCommit, NewEvent, StoredCommit, StreamWrite,
};
use relatum_projections::Models;
use relatum_stream::StreamId;

/// Whatever goes wrong ends the run.
pub type Outcome<T> = Result<T, Box<dyn Error>>;

/// Accounts of the generated book, and how many of its events are taken.
const ACCOUNTS: u32 = 10;
const EVENTS: usize = 2_000;
/// Events of a commit, at most.
const MOST: usize = 16;

/// The first events of the generated book, seed 7, as it lies open on 23 November 2026, in
/// commits of one stream.
///
/// # Errors
/// None: the day exists.
pub fn commits() -> Outcome<Vec<(StreamId, Vec<Event>)>> {
    let today = NaiveDate::from_ymd_opt(2026, 11, 23).ok_or("no such day")?;
    let mut facts = relatum_demo::book(&Options::new(7, today).accounts(ACCOUNTS));
    facts.truncate(EVENTS);
    let by_stream = facts.chunk_by(|a, b| a.stream == b.stream);
    let parts = by_stream.flat_map(|facts| facts.chunks(MOST));
    let commit = |facts: &[relatum_demo::Fact]| {
        let stream = facts.first()?.stream;
        Some((stream, facts.iter().map(|fact| fact.event.clone()).collect()))
    };
    Ok(parts.filter_map(commit).collect())
}

/// Writes events as JSON, and has a log in memory admit, encode and hash them.
///
/// # Errors
/// If an event cannot be written, or the log refuses a commit.
pub fn encode(commits: Vec<(StreamId, Vec<Event>)>) -> Outcome<MemoryLog> {
    let log = MemoryLog::new(ManualClock::at(DateTime::UNIX_EPOCH));
    for (stream, events) in commits {
        let events = events.iter().map(new_event).collect::<Outcome<Vec<NewEvent>>>()?;
        let expected = ExpectedVersion::Any;
        log.submit(NewCommit::Write(vec![StreamWrite { stream, expected, events }])).wait()?;
    }
    Ok(log)
}

fn new_event(event: &Event) -> Outcome<NewEvent> {
    let name = event.body.event_type();
    Ok(NewEvent {
        event_type: EventType::of(name),
        schema: event.body.schema(),
        key: Some(event.idempotency_key(name).parse()?),
        data: EventData::from(event.encode()?),
    })
}

/// What [`encode`] stored.
///
/// # Errors
/// As [`commits`] and [`encode`].
pub fn stored() -> Outcome<Vec<StoredCommit>> {
    let log = encode(commits()?)?;
    Ok(log.read(Cursor::start(), ByteSize(u64::MAX)).wait()?.commits)
}

/// Reads the events of commits.
///
/// # Errors
/// If the bytes are no commits, or the events no events.
pub fn decode(stored: &[StoredCommit]) -> Outcome<Vec<Envelope<Event>>> {
    let mut events = Vec::new();
    for commit in stored {
        for envelope in commit.envelopes()? {
            events.push(envelope.try_map(|it, data| {
                Event::decode(it.event_type.as_str(), it.schema, data.as_str())
            })?);
        }
    }
    Ok(events)
}

/// Folds events through every projection.
#[must_use]
pub fn fold(events: &[Envelope<Event>]) -> Models {
    let mut models = Models::default();
    events.iter().for_each(|event| models.apply(event));
    models
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_is_decoded_and_folded() {
        let given: Vec<Event> = commits().unwrap().into_iter().flat_map(|(_, it)| it).collect();
        let read = decode(&stored().unwrap()).unwrap();
        assert_eq!(given.len(), EVENTS);
        assert_eq!(read.iter().map(|it| it.data.clone()).collect::<Vec<_>>(), given);
        assert!(fold(&read).save().iter().any(|it| !it.state.is_empty()));
    }
}
