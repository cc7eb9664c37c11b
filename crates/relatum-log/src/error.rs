//! Why a log refuses a commit, and why it cannot answer.
//!
//! Owns the two error families of the [`EventLog`](crate::EventLog) trait. Knows no store.
//!
//! *Invariant: every error can be cloned, because one failed sync answers many waiting callers.*

use std::borrow::Cow;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use relatum_stream::{EventRef, StreamId, Version};

use crate::commit::ExpectedVersion;
use crate::corruption::{Corruption, CorruptionKind};
use crate::data::EventData;
use crate::names::{EventType, IdempotencyKey};

/// Why a commit was not recorded. Nothing of it is in the log then.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum AppendError {
    /// The commit holds no write.
    #[error("the commit holds nothing; a commit writes at least one event")]
    Empty,
    /// A write of the commit holds no event.
    #[error("the commit names {stream} without an event for it")]
    EmptyWrite {
        /// The stream named.
        stream: StreamId,
    },
    /// Two writes of the commit name one stream.
    #[error("the commit names {stream} twice; put all of its events into one write")]
    StreamTwice {
        /// The stream named.
        stream: StreamId,
    },
    /// The commit is above a limit that holds in every log.
    #[error("the commit has {size} {what}, the limit is {limit}; split it into several commits")]
    TooLarge {
        /// What there is too much of.
        what: Limit,
        /// How much of it.
        size: u64,
        /// How much may be.
        limit: u64,
    },
    /// The stream is not at the version that the caller decided on.
    #[error(
        "{stream} is at version {actual}, expected {expected}; read what is new and decide again"
    )]
    Conflict {
        /// The stream.
        stream: StreamId,
        /// What the caller expected.
        expected: ExpectedVersion,
        /// Where the stream is.
        actual: Version,
    },
    /// The key is used in the stream for an event of other content.
    #[error(
        "the key `{key}` already names {existing}, which is {existing_content}; \
         offered now: {offered_content}"
    )]
    KeyConflict {
        /// The key.
        key: IdempotencyKey,
        /// The event that it names in the stream.
        existing: EventRef,
        /// What that event is.
        existing_content: Box<EventContent>,
        /// What was offered under the same key.
        offered_content: Box<EventContent>,
    },
    /// The bytes to copy are not the next commit of this log.
    #[error("the commit cannot be copied into this log")]
    CopyRefused {
        /// What speaks against it.
        #[source]
        kind: CorruptionKind,
    },
    /// The log itself failed.
    #[error(transparent)]
    Log(#[from] LogError),
}

/// What a commit can have too much of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Limit {
    /// Events in one commit.
    Events,
    /// Streams in one commit.
    Streams,
    /// Bytes of the stored form of a commit.
    Bytes,
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Events => "events",
            Self::Streams => "streams",
            Self::Bytes => "bytes",
        })
    }
}

/// What makes two events under one key the same event; shown shortened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventContent {
    /// The type.
    pub event_type: EventType,
    /// The schema number of the data.
    pub schema: u16,
    /// The data.
    pub data: EventData,
}

impl fmt::Display for EventContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { event_type, schema, data } = self;
        write!(f, "{event_type} (schema {schema}) {}", shortened(data.as_str()))
    }
}

/// Why a log cannot answer. Somebody has to look at it.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum LogError {
    /// The operating system refused.
    #[error("could not {op}")]
    Io {
        /// What was tried, in words that follow "could not", with the path.
        op: Cow<'static, str>,
        /// What the system said.
        source: Arc<io::Error>,
    },
    /// Another process has the store open.
    #[error(
        "the store {} is in use by another process; close that one, or wait for it to end",
        path.display()
    )]
    Locked {
        /// The store.
        path: PathBuf,
    },
    /// There is no store, and none was to be made.
    #[error("there is no store at {}; check the path, or create one there", path.display())]
    NotFound {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// A write failed or damage was found earlier, so nobody knows what is on disk.
    /// Reading goes on.
    #[error(
        "the log takes no more commits, because writing failed or damage was found earlier; \
         find out why, then open it again"
    )]
    Poisoned,
    /// The log was closed before it answered; the commit may or may not be recorded.
    #[error("the log was closed before it answered; open it again to see what was recorded")]
    Closed,
    /// The store is of a format that this version does not know.
    #[error("the store has format {found}, this version knows up to {supported}; use a newer one")]
    Format {
        /// The format of the store.
        found: u32,
        /// The newest format that this version knows.
        supported: u32,
    },
    /// There is no instant left after the last recorded one.
    #[error("the last commit was recorded at {last}; no later instant can be written")]
    NoLaterInstant {
        /// When the last commit was recorded.
        last: DateTime<Utc>,
    },
    /// The stored log is damaged.
    #[error(transparent)]
    Corrupt(#[from] Corruption),
}

impl LogError {
    /// An error of the operating system while doing `op`.
    #[must_use]
    pub fn io(op: impl Into<Cow<'static, str>>, source: io::Error) -> Self {
        Self::Io { op: op.into(), source: Arc::new(source) }
    }
}

/// At most 200 characters of `text`, with a mark where it was cut.
pub(crate) fn shortened(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(200).and_then(|(end, _)| text.get(..end)) {
        Some(start) => Cow::Owned(format!("{start}… ({} bytes)", text.len())),
        None => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_between_characters() {
        assert_eq!(shortened("ü"), "ü");
        let long = "ü".repeat(201);
        assert_eq!(shortened(&long), format!("{}… (402 bytes)", "ü".repeat(200)));
        assert_eq!(shortened(&"ü".repeat(200)), "ü".repeat(200));
    }

    #[test]
    fn an_error_is_small_enough_to_return() {
        assert!(size_of::<AppendError>() <= 128, "{}", size_of::<AppendError>());
    }
}
