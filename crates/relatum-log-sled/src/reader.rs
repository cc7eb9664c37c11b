//! Finding commits in sled.
//!
//! Owns the way from a cursor to whole commits. Knows what is durable only as a number it is given,
//! and never writes.
//!
//! *Invariant: a commit is given whole or as damage, never in part.*

use relatum_log::{
    Block, ByteSize, CommitBytes, Corruption, CorruptionKind, Cursor, Cut, LogError, Place,
    Position, Seq, StoredCommit, StoredStreams, StreamId, Version,
};

use crate::engine::guarded;
use crate::layout::{Entry, Header, commit_key, parse_commit_key, stream_key, stream_prefix};

const READ: &str = "read a commit from sled";

/// Reads the tree.
#[derive(Debug, Clone)]
pub(crate) struct Reader {
    tree: sled::Tree,
}

/// A commit with what the tree says of it.
pub(crate) struct Found {
    pub(crate) header: Header,
    pub(crate) commit: StoredCommit,
}

impl Found {
    fn next(&self) -> Seq {
        self.header.last(self.commit.position.seq).plus(1)
    }
}

impl Reader {
    pub(crate) const fn new(tree: sled::Tree) -> Self {
        Self { tree }
    }

    /// Whole commits from `from` on that lie within `head`, about `max` bytes of them.
    pub(crate) fn block(&self, from: Cursor, max: ByteSize, head: Seq) -> Result<Block, LogError> {
        let mut block = Block { commits: Vec::new(), next: from, head: Cut::single(head) };
        let mut room = Room { left: max.0, first: true };
        match from {
            Cursor::Position(position)
                if position.partition == 0 && position.seq.max(Seq::FIRST) <= head =>
            {
                let mut next = self.first_of(position.seq.max(Seq::FIRST))?;
                while next <= head {
                    let found = self.commit(next)?;
                    if !room.takes(&found.commit) {
                        break;
                    }
                    next = found.next();
                    block.commits.push(found.commit);
                }
                block.next = Cursor::Position(Position { seq: next, ..position });
            }
            Cursor::Stream(stream, version) => {
                let mut version = version;
                while let Some(entry) = self.entry(stream, version)? {
                    if entry.seq > head {
                        break;
                    }
                    let commit = self.commit(entry.seq)?.commit;
                    if !room.takes(&commit) {
                        break;
                    }
                    version = entry.next();
                    block.commits.push(commit);
                }
                block.next = Cursor::Stream(stream, version);
            }
            _ => {}
        }
        Ok(block)
    }

    /// The last commit of the tree, acknowledged or not.
    pub(crate) fn last(&self) -> Result<Option<Found>, LogError> {
        let range = commit_key(Seq::NONE, 0)..=commit_key(Seq(u64::MAX), u8::MAX);
        let last = guarded(READ, || self.tree.range(range).next_back().transpose())?;
        match last.and_then(|(key, _)| parse_commit_key(&key)) {
            Some((seq, _)) => self.commit(seq).map(Some),
            None => Ok(None),
        }
    }

    /// The first seq of the commit that holds `seq`.
    fn first_of(&self, seq: Seq) -> Result<Seq, LogError> {
        let range = commit_key(Seq::NONE, 0)..=commit_key(seq, u8::MAX);
        let found = guarded(READ, || self.tree.range(range).next_back().transpose())?;
        let first = found.and_then(|(key, _)| parse_commit_key(&key)).map(|(first, _)| first);
        first.ok_or_else(|| missing(seq, "the commit"))
    }

    /// The commit whose first event is at `seq`.
    fn commit(&self, seq: Seq) -> Result<Found, LogError> {
        let part = |part| guarded(READ, || self.tree.get(commit_key(seq, part)));
        let first = part(0)?.ok_or_else(|| missing(seq, "the commit"))?;
        let Some((header, start)) = Header::parse(&first) else {
            return Err(missing(seq, "the header of the commit"));
        };
        let bytes = if header.parts == 1 {
            CommitBytes::new(start)
        } else {
            let mut bytes = start.to_vec();
            for number in 1..header.parts {
                let part = part(number)?.ok_or_else(|| missing(seq, "a part of the commit"))?;
                bytes.extend_from_slice(&part);
            }
            CommitBytes::new(bytes)
        };
        let position = Position { partition: 0, seq };
        Ok(Found { header, commit: StoredCommit { position, bytes } })
    }

    /// The entry of the commit that holds `version` of `stream`; `None` past the end.
    fn entry(&self, stream: StreamId, version: Version) -> Result<Option<Entry>, LogError> {
        let prefix = stream_prefix(stream);
        let version = version.max(Version(1));
        let range = stream_key(stream, Version(0))..=stream_key(stream, version);
        let found = guarded(READ, || self.tree.range(range).next_back().transpose())?;
        let Some((key, value)) = found else {
            return Ok(None);
        };
        let damaged = || {
            let kind = CorruptionKind::Missing { what: "the entry of a commit of the stream" };
            Corruption { at: Place::Stream(stream, version), kind }
        };
        let entry = Entry::parse(&prefix, &key, &value).ok_or_else(damaged)?;
        Ok((version < entry.next()).then_some(entry))
    }
}

impl StoredStreams for Reader {
    fn commit_at(
        &self,
        stream: StreamId,
        version: Version,
    ) -> Result<Option<CommitBytes>, LogError> {
        match self.entry(stream, version)? {
            Some(entry) => Ok(Some(self.commit(entry.seq)?.commit.bytes)),
            None => Ok(None),
        }
    }
}

/// How much a block may still take; the first commit always fits.
struct Room {
    left: u64,
    first: bool,
}

impl Room {
    fn takes(&mut self, commit: &StoredCommit) -> bool {
        let left = self.left.checked_sub(commit.bytes.as_slice().len() as u64);
        let takes = left.is_some() || self.first;
        self.left = left.unwrap_or(0);
        self.first = false;
        takes
    }
}

fn missing(seq: Seq, what: &'static str) -> LogError {
    let position = Position { partition: 0, seq };
    Corruption::at(position, CorruptionKind::Missing { what }).into()
}
