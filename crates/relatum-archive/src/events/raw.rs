//! One event as it is stored, taken out of its commit with enough to put it back.
//!
//! *Invariant: the leaf that is built here is, byte for byte, the one that the log hashes.*

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use relatum_domain::Event;
use relatum_log::{Envelope, EventData, Position, Seq, StoredCommit, TreeHash};
use relatum_stream::{EventRef, StreamId, Version};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::ArchiveError;

/// A stored event beside its place in log and commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RawEvent<'a> {
    pub(crate) seq: u64,
    /// The seq of the first event of its commit.
    pub(crate) commit: u64,
    /// Microseconds since 1970, UTC.
    pub(crate) recorded_at: i64,
    pub(crate) kind: &'a str,
    pub(crate) id: Uuid,
    pub(crate) version: u64,
    pub(crate) event_type: &'a str,
    pub(crate) schema: u16,
    pub(crate) key: Option<&'a str>,
    /// The writes of its commit as JSON, where there are several.
    pub(crate) writes: Option<&'a str>,
    pub(crate) data: &'a str,
}

impl<'a> RawEvent<'a> {
    /// Hands over the events of a commit, in order.
    pub(crate) fn each(
        commit: &StoredCommit,
        mut take: impl FnMut(RawEvent<'_>) -> Result<(), ArchiveError>,
    ) -> Result<(), ArchiveError> {
        let view = commit.view().map_err(relatum::Error::from)?;
        let writes = (view.writes.len() > 1).then(|| {
            let each = view.writes.iter().map(|it| write_json(it.stream, it.version));
            format!("[{}]", each.collect::<Vec<_>>().join(","))
        });
        let first = commit.position.seq.0;
        for (event, seq) in view.events.iter().zip(first..) {
            take(RawEvent {
                seq,
                commit: first,
                recorded_at: view.recorded_at.timestamp_micros(),
                kind: event.event.stream.kind.as_str(),
                id: event.event.stream.id,
                version: event.event.version.0,
                event_type: event.event_type,
                schema: event.schema,
                key: event.key.as_deref(),
                writes: writes.as_deref(),
                data: event.data,
            })?;
        }
        Ok(())
    }

    /// Where the event stands in its commit, from 0.
    pub(crate) const fn index(&self) -> u64 {
        self.seq.saturating_sub(self.commit)
    }

    /// Its name.
    pub(crate) fn event(&self) -> Result<EventRef, ArchiveError> {
        let kind = self.kind.parse().map_err(|_| self.nonsense("stream_kind", self.kind))?;
        Ok(EventRef::new(StreamId::new(kind, self.id), Version(self.version)))
    }

    /// What it says, upcast to the newest schema.
    pub(crate) fn decoded(&self) -> Result<Envelope<Event>, ArchiveError> {
        let recorded_at = DateTime::<Utc>::from_timestamp_micros(self.recorded_at);
        let key = |key: &str| key.parse().map_err(|_| self.nonsense("key", key));
        let stored = Envelope {
            event: self.event()?,
            position: Position { partition: 0, seq: Seq(self.seq) },
            recorded_at: recorded_at
                .ok_or_else(|| self.nonsense("recorded_at", &self.recorded_at.to_string()))?,
            event_type: self
                .event_type
                .parse()
                .map_err(|_| self.nonsense("event_type", self.event_type))?,
            schema: self.schema,
            key: self.key.map(key).transpose()?,
            data: EventData::from_json(self.data)
                .map_err(|error| self.nonsense("data", &error.to_string()))?,
        };
        Ok(relatum::understand(stored)?)
    }

    /// The hash of its leaf in the tree over the log.
    pub(crate) fn leaf(&self) -> Result<TreeHash, ArchiveError> {
        let event = self.event()?;
        let index = self.index();
        let recorded_at = DateTime::<Utc>::from_timestamp_micros(self.recorded_at);
        let recorded_at =
            recorded_at.ok_or_else(|| self.nonsense("recorded_at", "out of range"))?;
        let mut leaf = String::with_capacity(self.data.len().saturating_add(512));
        let instant = recorded_at.format("%Y-%m-%dT%H:%M:%S%.6fZ");
        let _ = write!(leaf, r#"{{"format":1,"recorded_at":"{instant}","writes":"#);
        let write = match self.writes {
            Some(writes) => {
                leaf.push_str(writes);
                let streams: Vec<Written> = serde_json::from_str(writes)
                    .map_err(|_| self.nonsense("commit_writes", writes))?;
                let at = streams.iter().position(|it| it.stream == event.stream);
                at.ok_or_else(|| self.nonsense("commit_writes", writes))?
            }
            None => {
                let first = Version(self.version.saturating_sub(index));
                let _ = write!(leaf, "[{}]", write_json(event.stream, first));
                0
            }
        };
        let _ = write!(leaf, ",\"events\":[\n{index}\n{{");
        if write > 0 {
            let _ = write!(leaf, r#""write":{write},"#);
        }
        let _ = write!(leaf, r#""type":"{}","schema":{},"#, self.event_type, self.schema);
        if let Some(key) = self.key {
            leaf.push_str(r#""key":""#);
            for letter in key.chars() {
                if matches!(letter, '"' | '\\') {
                    leaf.push('\\');
                }
                leaf.push(letter);
            }
            leaf.push_str(r#"","#);
        }
        let _ = write!(leaf, r#""data":{}}}"#, self.data);
        Ok(TreeHash::leaf(leaf.as_bytes()))
    }

    fn nonsense(&self, column: &'static str, value: &str) -> ArchiveError {
        let value = value.chars().take(80).collect();
        ArchiveError::Row { seq: self.seq, column, value }
    }
}

/// A write of a commit, as its header has it.
#[derive(Deserialize)]
struct Written {
    stream: StreamId,
}

fn write_json(stream: StreamId, version: Version) -> String {
    format!(r#"{{"stream":"{stream}","version":{version}}}"#)
}
