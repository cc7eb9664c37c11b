//! Writing the stored form of a commit.
//!
//! Owns the one spelling that [`canonical`](crate::CommitBytes) describes. Knows nothing of what
//! may be written: it is given valid names, keys and data.
//!
//! *Invariant: equal input gives equal bytes, on one line.*

use std::fmt;
use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use relatum_stream::{StreamId, Version};

use crate::recorded_at;

/// The format that this version writes and reads.
pub(crate) const FORMAT: u32 = 1;

/// As much as a header takes without its writes, and a write of it, about.
const HEADER_BYTES: usize = 128;
const WRITE_BYTES: usize = 96;

/// Writes the one spelling of a commit.
pub(crate) struct Encoder {
    out: String,
    events: usize,
}

impl Encoder {
    /// Begins a commit; its events will take about `room` bytes.
    pub(crate) fn new(
        recorded_at: DateTime<Utc>,
        writes: impl ExactSizeIterator<Item = (StreamId, Version)>,
        room: usize,
    ) -> Self {
        let room = HEADER_BYTES + WRITE_BYTES * writes.len() + room;
        let mut this = Self { out: String::with_capacity(room), events: 0 };
        let instant = recorded_at::to_text(recorded_at);
        this.put(format_args!(r#"{{"format":{FORMAT},"recorded_at":"{instant}","writes":["#));
        for (at, (stream, version)) in writes.enumerate() {
            let comma = if at == 0 { "" } else { "," };
            this.put(format_args!(r#"{comma}{{"stream":"{stream}","version":{version}}}"#));
        }
        this.out.push_str(r#"],"events":["#);
        this
    }

    /// The bytes that [`event`](Self::event) will add, about.
    pub(crate) fn room(event_type: &str, key: Option<&str>, data: &str) -> usize {
        const NAMES: usize = 64;
        NAMES + event_type.len() + key.map_or(0, str::len) + data.len()
    }

    pub(crate) fn event(
        &mut self,
        write: usize,
        event_type: &str,
        schema: u16,
        key: Option<&str>,
        data: &str,
    ) {
        self.out.push_str(if self.events == 0 { "{" } else { ",{" });
        self.events += 1;
        if write > 0 {
            self.put(format_args!(r#""write":{write},"#));
        }
        self.put(format_args!(r#""type":"{event_type}","schema":{schema},"#));
        if let Some(key) = key {
            self.out.push_str(r#""key":""#);
            for letter in key.chars() {
                // Keys hold no control characters, so that nothing else needs an escape.
                if matches!(letter, '"' | '\\') {
                    self.out.push('\\');
                }
                self.out.push(letter);
            }
            self.out.push_str(r#"","#);
        }
        self.out.push_str(r#""data":"#);
        self.out.push_str(data);
        self.out.push('}');
    }

    pub(crate) fn finish(mut self) -> String {
        self.out.push_str("]}");
        self.out
    }

    fn put(&mut self, text: fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        let _ = self.out.write_fmt(text);
    }
}
