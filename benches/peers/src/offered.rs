//! The events that every store is given: those of the generated book, as the domain writes them.

use std::collections::BTreeMap;

use chrono::Utc;
use relatum_domain::ACCOUNT;
use relatum_log::{
    ByteSize, Cursor, EventLog, ExpectedVersion, MemoryLog, NewCommit, NewEvent, StreamWrite,
    Version,
};
use relatum_stream::StreamId;

use crate::Outcome;
use crate::books::Book;

/// An event of a stream, and how many of that stream come before it.
#[derive(Debug, Clone)]
pub(crate) struct Offered {
    pub(crate) stream: StreamId,
    pub(crate) before: u64,
    pub(crate) event: NewEvent,
}

/// The events of the accounts of a book, one account after the other.
pub(crate) fn events(book: &Book) -> Outcome<Vec<Offered>> {
    let mut events = Vec::new();
    let mut lengths: BTreeMap<StreamId, u64> = BTreeMap::new();
    let mut cursor = Cursor::start();
    loop {
        let block = book.engine.log().read(cursor, ByteSize::mib(4)).wait()?;
        if block.commits.is_empty() {
            break;
        }
        for commit in &block.commits {
            for it in commit.envelopes()? {
                let stream = it.event.stream;
                let length = lengths.entry(stream).or_default();
                let (event_type, schema, key, data) = (it.event_type, it.schema, it.key, it.data);
                let event = NewEvent { event_type, schema, key, data };
                events.push(Offered { stream, before: *length, event });
                *length += 1;
            }
        }
        cursor = block.next;
    }
    events.retain(|it| it.stream.kind == ACCOUNT);
    events.sort_by_key(|it| it.stream);
    Ok(events)
}

impl Offered {
    /// What a caller expects who has read the stream.
    pub(crate) const fn known(&self) -> ExpectedVersion {
        ExpectedVersion::Exact(Version(self.before))
    }

    /// What a caller expects to whom the order does not matter.
    pub(crate) const fn whatever(&self) -> ExpectedVersion {
        ExpectedVersion::Any
    }
}

/// One commit of events that follow each other.
pub(crate) fn commit(
    events: &[Offered],
    expected: impl Fn(&Offered) -> ExpectedVersion,
) -> NewCommit {
    let write = |events: &[Offered]| {
        let first = events.first()?;
        Some(StreamWrite {
            stream: first.stream,
            expected: expected(first),
            events: events.iter().map(|it| it.event.clone()).collect(),
        })
    };
    NewCommit::Write(events.chunk_by(|a, b| a.stream == b.stream).filter_map(write).collect())
}

/// What relatum stores of commits of one event each: the bytes that the others are given.
pub(crate) fn stored(events: &[Offered]) -> Outcome<Vec<Vec<u8>>> {
    let log = MemoryLog::new(Utc::now);
    for event in events {
        log.submit(commit(std::slice::from_ref(event), Offered::whatever)).wait()?;
    }
    let block = log.read(Cursor::start(), ByteSize(u64::MAX)).wait()?;
    Ok(block.commits.iter().map(|commit| commit.bytes.as_slice().to_vec()).collect())
}
