//! The stored form of a commit: one line of JSON in one spelling.
//!
//! ```text
//! {"format":1,"recorded_at":"2026-11-23T20:48:21.000001Z",
//!  "writes":[{"stream":"account/…","version":5}],
//!  "events":[{"type":"invoice_issued","schema":1,"key":"ibm:…","data":{…}}]}
//! ```
//!
//! (without the line breaks). `version` is that of the first event of the write; an event of
//! another write than the first begins with its number, `"write":1`; an event without a key has no
//! `key`. Events stand in the order of their writes. No position is part of the bytes, so that
//! they are the same in every copy of a log.
//!
//! Owns the decoder and the check that bytes are what the encoder would have written.
//! Knows nothing of versions in other commits.
//!
//! *Invariant: decoding canonical bytes and encoding the result gives the same bytes; the data of
//! events is never serialised again.*

use std::borrow::Cow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use chrono::{DateTime, Utc};
use relatum_stream::{EventRef, StreamId, Version};
use serde_json::value::RawValue;

use crate::commit::Limits;
use crate::corruption::CorruptionKind;
use crate::data::{EventData, is_compact};
use crate::encoder::{Encoder, FORMAT};
use crate::envelope::Envelope;
use crate::names::{EventType, IdempotencyKey};
use crate::position::Position;
use crate::recorded_at;
use crate::tree::{TreeHash, leaf_hashes};

/// The stored bytes of one commit; cheap to clone.
#[derive(Clone)]
pub struct CommitBytes {
    /// Possibly many commits, read together.
    whole: Arc<Vec<u8>>,
    part: Range<usize>,
    /// The leaves, once they were asked for.
    leaves: Arc<OnceLock<Box<[TreeHash]>>>,
}

impl CommitBytes {
    /// Takes bytes as they are; they are looked at when they are used.
    #[must_use]
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        let whole = Arc::new(bytes.into());
        Self { part: 0..whole.len(), whole, leaves: Arc::default() }
    }

    /// Takes a part of bytes that hold other commits too, which stay in memory as long as this one.
    ///
    /// `None` if there is no such part.
    #[must_use]
    pub fn part_of(whole: &Arc<Vec<u8>>, part: Range<usize>) -> Option<Self> {
        whole.get(part.clone())?;
        Some(Self { whole: Arc::clone(whole), part, leaves: Arc::default() })
    }

    /// The bytes: one line of UTF-8, without a line break at the end.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        self.whole.get(self.part.clone()).unwrap_or_default()
    }

    /// The hashes of the leaves of its events, in order: [`leaf_hashes`], computed once.
    ///
    /// # Errors
    /// [`CorruptionKind::NotACommit`] if the events cannot be told apart.
    pub fn leaves(&self) -> Result<&[TreeHash], CorruptionKind> {
        if let Some(leaves) = self.leaves.get() {
            return Ok(leaves);
        }
        let leaves = leaf_hashes(self.as_slice())?.into();
        Ok(self.leaves.get_or_init(|| leaves))
    }

    /// Looks into the bytes without copying the data of events.
    ///
    /// # Errors
    /// [`CorruptionKind::Format`], [`NotACommit`](CorruptionKind::NotACommit) or
    /// [`AboveLimit`](CorruptionKind::AboveLimit). Another spelling than the canonical one is no
    /// error here.
    pub fn view(&self) -> Result<CommitView<'_>, CorruptionKind> {
        CommitView::of(self.as_slice())
    }

    /// Looks into the bytes and checks that they are spelt canonically.
    ///
    /// # Errors
    /// As [`view`](Self::view), then [`CorruptionKind::NotCanonical`].
    pub fn canonical_view(&self) -> Result<CommitView<'_>, CorruptionKind> {
        let view = self.view()?;
        let text = view.encode();
        let differs = |(at, (there, here)): (usize, (&u8, &u8))| (there != here).then_some(at);
        if text.as_bytes() != self.as_slice() {
            let byte = self.as_slice().iter().zip(text.as_bytes()).enumerate().find_map(differs);
            let byte = byte.unwrap_or_else(|| self.as_slice().len().min(text.len()));
            return Err(CorruptionKind::NotCanonical { byte });
        }
        match view.events.iter().find(|event| !is_compact(event.data)) {
            Some(event) => {
                let byte = offset(self.as_slice(), event.data);
                Err(CorruptionKind::NotCanonical { byte })
            }
            None => Ok(view),
        }
    }
}

impl fmt::Debug for CommitBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(self.as_slice()))
    }
}

impl PartialEq for CommitBytes {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl Eq for CommitBytes {}

impl Hash for CommitBytes {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_slice().hash(state);
    }
}

/// What stored bytes say, borrowed from them.
#[derive(Debug, Clone)]
pub struct CommitView<'a> {
    /// When the log learned of it.
    pub recorded_at: DateTime<Utc>,
    /// The streams that it writes; at least one, none twice.
    pub writes: Vec<WriteView>,
    /// The events, write by write; at least one of each write.
    pub events: Vec<EventView<'a>>,
}

/// One stream that a commit writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WriteView {
    /// The stream.
    pub stream: StreamId,
    /// The version of the first event that the commit adds there.
    pub version: Version,
    /// How many it adds.
    pub events: u64,
}

impl WriteView {
    /// The version of the last event that the commit adds there.
    #[must_use]
    pub const fn last(&self) -> Version {
        Version(self.version.0.saturating_add(self.events).saturating_sub(1))
    }
}

/// One event of a commit.
#[derive(Debug, Clone)]
pub struct EventView<'a> {
    /// The number of its write, from 0.
    pub write: usize,
    /// Its name.
    pub event: EventRef,
    /// Its type, valid.
    pub event_type: &'a str,
    /// The schema number of the data.
    pub schema: u16,
    /// Its idempotency key, valid.
    pub key: Option<Cow<'a, str>>,
    /// Its data, as JSON.
    pub data: &'a str,
}

impl<'a> CommitView<'a> {
    fn of(bytes: &'a [u8]) -> Result<Self, CorruptionKind> {
        if bytes.len() > Limits::BYTES {
            return Err(CorruptionKind::AboveLimit);
        }
        let text = std::str::from_utf8(bytes)
            .map_err(|error| CorruptionKind::NotACommit { byte: error.valid_up_to() })?;
        let line: Line<'_> =
            serde_json::from_str(text).map_err(|error| undecodable(text, &error))?;
        if line.format != FORMAT {
            return Err(CorruptionKind::Format { found: line.format, supported: FORMAT });
        }
        if line.writes.len() > Limits::STREAMS || line.events.len() > Limits::EVENTS {
            return Err(CorruptionKind::AboveLimit);
        }
        let at = |part: &str| CorruptionKind::NotACommit { byte: offset(bytes, part) };
        let recorded_at = recorded_at::from_text(line.recorded_at);
        let recorded_at = recorded_at.ok_or_else(|| at(line.recorded_at))?;
        let mut writes = write_views(line.writes).ok_or_else(|| at(text))?;
        let mut events = Vec::with_capacity(line.events.len());
        let mut last = 0;
        for event in line.events {
            let write = usize::from(event.write);
            let valid = EventType::is_valid(event.event_type.as_bytes())
                && event.key.as_ref().is_none_or(|key| IdempotencyKey::is_valid(&key.0))
                && (write == last || write == last + 1);
            let target = writes.get_mut(write).filter(|_| valid);
            let target = target.ok_or_else(|| at(event.event_type))?;
            let version = target.version.plus(target.events);
            target.events += 1;
            last = write;
            events.push(EventView {
                write,
                event: EventRef::new(target.stream, version),
                event_type: event.event_type,
                schema: event.schema,
                key: event.key.map(|key| key.0),
                data: event.data.get(),
            });
        }
        let whole = |write: &WriteView| {
            write.events > 0 && write.version.0.checked_add(write.events).is_some()
        };
        if writes.is_empty() || !writes.iter().all(whole) {
            return Err(at(text));
        }
        Ok(Self { recorded_at, writes, events })
    }

    /// The number of events, at least 1.
    #[must_use]
    pub fn event_count(&self) -> u64 {
        self.writes.iter().map(|write| write.events).sum()
    }

    /// The events as envelopes, the first of them at `first`.
    pub fn envelopes(&self, first: Position) -> impl Iterator<Item = Envelope<EventData>> + '_ {
        let Position { partition, seq } = first;
        let places = (0..).map(move |count| Position { partition, seq: seq.plus(count) });
        self.events.iter().zip(places).map(|(event, position)| Envelope {
            event: event.event,
            position,
            recorded_at: self.recorded_at,
            event_type: EventType::from_valid(event.event_type),
            schema: event.schema,
            key: event.key.as_deref().map(IdempotencyKey::from_valid),
            data: EventData::verbatim(event.data),
        })
    }

    fn encode(&self) -> String {
        let writes = self.writes.iter().map(|write| (write.stream, write.version));
        let room = |event: &EventView<'_>| {
            Encoder::room(event.event_type, event.key.as_deref(), event.data)
        };
        let room = self.events.iter().map(room).sum();
        let mut encoder = Encoder::new(self.recorded_at, writes, room);
        for event in &self.events {
            let EventView { write, event_type, schema, key, data, .. } = event;
            encoder.event(*write, event_type, *schema, key.as_deref(), data);
        }
        encoder.finish()
    }
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'a> {
    format: u32,
    recorded_at: &'a str,
    writes: Vec<WriteLine>,
    #[serde(borrow)]
    events: Vec<EventLine<'a>>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct WriteLine {
    stream: StreamId,
    version: Version,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct EventLine<'a> {
    #[serde(default)]
    write: u16,
    #[serde(rename = "type")]
    event_type: &'a str,
    schema: u16,
    #[serde(borrow, default)]
    key: Option<KeyLine<'a>>,
    #[serde(borrow)]
    data: &'a RawValue,
}

/// Borrows where nothing is escaped, which a plain `Option<Cow<str>>` would not do.
#[derive(serde::Deserialize)]
#[serde(transparent)]
struct KeyLine<'a>(#[serde(borrow)] Cow<'a, str>);

/// The writes, not yet with events; `None` if a stream stands twice or a version is 0.
fn write_views(lines: Vec<WriteLine>) -> Option<Vec<WriteView>> {
    let mut writes: Vec<WriteView> = Vec::with_capacity(lines.len());
    for WriteLine { stream, version } in lines {
        if version == Version::NONE || writes.iter().any(|write| write.stream == stream) {
            return None;
        }
        writes.push(WriteView { stream, version, events: 0 });
    }
    Some(writes)
}

/// A line of a newer format is told apart from one that is damaged.
fn undecodable(text: &str, error: &serde_json::Error) -> CorruptionKind {
    #[derive(serde::Deserialize)]
    struct FormatOnly {
        format: u32,
    }
    match serde_json::from_str(text) {
        Ok(FormatOnly { format }) if format != FORMAT => {
            CorruptionKind::Format { found: format, supported: FORMAT }
        }
        _ => {
            let lines_before = error.line().saturating_sub(1);
            let before: usize = text.split_inclusive('\n').take(lines_before).map(str::len).sum();
            CorruptionKind::NotACommit { byte: before + error.column().saturating_sub(1) }
        }
    }
}

/// Where `part`, a slice of `whole`, begins in it.
fn offset(whole: &[u8], part: &str) -> usize {
    (part.as_ptr() as usize).saturating_sub(whole.as_ptr() as usize)
}
