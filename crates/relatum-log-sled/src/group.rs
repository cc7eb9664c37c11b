//! The commits that one sync makes durable together.
//!
//! Owns the keys and values of a group, and what its commits add to streams before any of them is
//! in the tree. Knows no file.
//!
//! *Invariant: a group goes into the tree as one batch, because sled writes and waits once a batch:
//! a batch per commit takes about 100 µs each, however many share the sync.*

use std::collections::BTreeMap;

use relatum_log::{
    CommitBytes, CorruptionKind, LogError, StoredCommit, StoredStreams, StreamId, Version,
    WriteView,
};

use crate::engine::damage;
use crate::layout::{Entry, Header, PART_BYTES, commit_key, stream_key};
use crate::reader::Reader;
use crate::store::End;

/// Commits that are admitted but not yet written.
#[derive(Debug)]
pub(crate) struct Group {
    batch: sled::Batch,
    /// The end of the log with these commits.
    end: End,
    bytes: usize,
    /// By stream and first version: how many events, and the commit.
    added: BTreeMap<(StreamId, Version), (u64, CommitBytes)>,
}

impl Group {
    /// An empty group after `end`.
    pub(crate) fn after(end: End) -> Self {
        Self { batch: sled::Batch::default(), end, bytes: 0, added: BTreeMap::new() }
    }

    pub(crate) fn add(
        &mut self,
        commit: StoredCommit,
        writes: &[WriteView],
        recorded_at: chrono::DateTime<chrono::Utc>,
    ) -> Result<(), LogError> {
        let seq = commit.position.seq;
        let number = self.end.commits + 1;
        let events: u64 = writes.iter().map(|write| write.events).sum();
        let parts = || commit.bytes.as_slice().chunks(PART_BYTES).zip(0_u8..);
        let header = Header { parts: narrow(parts().count())?, events: narrow(events)?, number };
        for (bytes, part) in parts() {
            let mut value = Vec::with_capacity(Header::BYTES + bytes.len());
            if part == 0 {
                header.write(&mut value);
            }
            value.extend_from_slice(bytes);
            self.batch.insert(&commit_key(seq, part), value);
        }
        for WriteView { stream, version, events } in writes {
            let entry = Entry { version: *version, seq, events: narrow(*events)? };
            self.batch.insert(stream_key(*stream, *version), entry.value());
            self.added.insert((*stream, *version), (*events, commit.bytes.clone()));
        }
        self.bytes += commit.bytes.as_slice().len();
        self.end = End { commits: number, seq: header.last(seq), recorded_at: Some(recorded_at) };
        Ok(())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.added.is_empty()
    }

    pub(crate) const fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) fn into_batch(self) -> (sled::Batch, End) {
        (self.batch, self.end)
    }
}

/// Numbers that the limits of a commit keep small.
fn narrow<T: TryFrom<U>, U>(number: U) -> Result<T, LogError> {
    T::try_from(number).map_err(|_| damage(CorruptionKind::AboveLimit))
}

/// The streams as they are with the group.
pub(crate) struct WithGroup<'a> {
    pub(crate) group: &'a Group,
    pub(crate) reader: &'a Reader,
}

impl StoredStreams for WithGroup<'_> {
    fn commit_at(
        &self,
        stream: StreamId,
        version: Version,
    ) -> Result<Option<CommitBytes>, LogError> {
        let earlier = (stream, Version(0))..=(stream, version);
        match self.group.added.range(earlier).next_back() {
            Some(((_, first), (events, bytes))) => {
                Ok((version < first.plus(*events)).then(|| bytes.clone()))
            }
            None => self.reader.commit_at(stream, version),
        }
    }
}
