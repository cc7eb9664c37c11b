//! What a caller offers to a log.
//!
//! Owns the commit that is not yet recorded. Knows nothing of how it is stored or admitted.
//!
//! *Invariant: what the caller expects of a stream is always spelt out.*

use std::fmt;

use relatum_stream::{StreamId, Version};

use crate::canonical::CommitBytes;
use crate::data::EventData;
use crate::names::{EventType, IdempotencyKey};

/// What the caller knows of a stream when it decides to write. There is no default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExpectedVersion {
    /// The stream holds no event.
    NoStream,
    /// The last event of the stream has this version; 0 means what
    /// [`NoStream`](Self::NoStream) does.
    Exact(Version),
    /// The stream holds at least one event.
    Exists,
    /// Whatever the stream holds: for facts that need no decision.
    Any,
}

impl ExpectedVersion {
    /// Whether a stream at `actual` is what was expected.
    #[must_use]
    pub fn allows(self, actual: Version) -> bool {
        match self {
            Self::NoStream => actual == Version::NONE,
            Self::Exact(version) => actual == version,
            Self::Exists => actual > Version::NONE,
            Self::Any => true,
        }
    }
}

impl fmt::Display for ExpectedVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoStream => f.write_str("no event yet"),
            Self::Exact(version) => write!(f, "version {version}"),
            Self::Exists => f.write_str("at least one event"),
            Self::Any => f.write_str("any version"),
        }
    }
}

/// An event that is offered to a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// What kind of event it is.
    pub event_type: EventType,
    /// The schema number of the data, from 1; a newer shape of the same type has a higher one.
    pub schema: u16,
    /// What makes offering it again harmless; an event without a key is new every time.
    pub key: Option<IdempotencyKey>,
    /// What happened.
    pub data: EventData,
}

/// Events for one stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamWrite {
    /// The stream.
    pub stream: StreamId,
    /// What the caller expects of it.
    pub expected: ExpectedVersion,
    /// The events, in order; at least one.
    pub events: Vec<NewEvent>,
}

/// What a log is asked to record: all of it, or nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewCommit {
    /// New events, for one stream or for a few atomically; each stream at most once.
    Write(Vec<StreamWrite>),
    /// A commit of another log, to be stored byte for byte with the instant it carries.
    ///
    /// Refused unless the bytes are canonical, every version in them is the next of its stream
    /// here, and it was recorded later than the last commit here.
    Copy(CommitBytes),
}

/// What one commit may hold at most, in every log.
#[derive(Debug, Clone, Copy)]
pub struct Limits;

impl Limits {
    /// Events of all streams together.
    pub const EVENTS: usize = 1_024;
    /// Streams.
    pub const STREAMS: usize = 16;
    /// Bytes of the stored form.
    pub const BYTES: usize = 768 * 1_024;
}
