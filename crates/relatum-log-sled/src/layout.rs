//! Keys and values in sled's default tree.
//!
//! | key | value |
//! | --- | --- |
//! | `f` | the format of the store, u32 |
//! | `c` seq part | one part of the commit whose first event has that seq |
//! | `s` kind `00` id version | the commit that gives the stream this version and some more |
//!
//! All numbers are unsigned and big-endian: seq 8 bytes, part 1 byte (from 0), version 8 bytes.
//! kind is the label of the kind of the stream in ASCII, id the 16 bytes of its UUID, version that
//! of the first event which the commit adds to the stream.
//!
//! A commit of more than 64 KiB is split, because sled puts leaves above a quarter of a segment
//! into files that it never syncs, and a leaf holds up to 16 values. The value of part 0 begins
//! with a header: number of parts (1 byte), number of events (2 bytes), number of the commit in
//! the log from 1 (8 bytes); the other parts are bytes of the commit only.
//!
//! The value of `s` is seq (8 bytes) and number of events there (2 bytes).
//!
//! Owns these bytes and nothing else. Knows no tree.
//!
//! *Invariant: keys sort as the numbers in them do, and no key is the beginning of another.*

use relatum_log::{Seq, StreamId, Version};

/// The format that this version writes, and the newest that it reads.
pub(crate) const FORMAT: u32 = 1;

/// The key of the format.
pub(crate) const FORMAT_KEY: &[u8] = b"f";

/// The most bytes of a commit in one value.
pub(crate) const PART_BYTES: usize = 64 * 1_024 - Header::BYTES;

const COMMIT: u8 = b'c';
const STREAM: u8 = b's';

pub(crate) fn commit_key(seq: Seq, part: u8) -> [u8; 10] {
    let mut key = [COMMIT; 10];
    if let Some((number, last)) = key.get_mut(1..).and_then(|rest| rest.split_first_chunk_mut()) {
        *number = seq.0.to_be_bytes();
        last.fill(part);
    }
    key
}

/// The seq and the part that a key of a commit names; `None` for any other key.
pub(crate) fn parse_commit_key(key: &[u8]) -> Option<(Seq, u8)> {
    let (number, part) = key.strip_prefix(&[COMMIT])?.split_first_chunk()?;
    let [part] = part else { return None };
    Some((Seq(u64::from_be_bytes(*number)), *part))
}

/// What every key of `stream` begins with.
pub(crate) fn stream_prefix(stream: StreamId) -> Vec<u8> {
    let mut key = Vec::with_capacity(1 + 15 + 1 + 16 + 8);
    key.push(STREAM);
    key.extend_from_slice(stream.kind.as_str().as_bytes());
    key.push(0);
    key.extend_from_slice(stream.id.as_bytes());
    key
}

pub(crate) fn stream_key(stream: StreamId, version: Version) -> Vec<u8> {
    let mut key = stream_prefix(stream);
    key.extend_from_slice(&version.0.to_be_bytes());
    key
}

/// What the value of a commit's part 0 begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) parts: u8,
    pub(crate) events: u16,
    /// The number of the commit in the log, from 1.
    pub(crate) number: u64,
}

impl Header {
    pub(crate) const BYTES: usize = 11;

    pub(crate) fn write(self, value: &mut Vec<u8>) {
        value.push(self.parts);
        value.extend_from_slice(&self.events.to_be_bytes());
        value.extend_from_slice(&self.number.to_be_bytes());
    }

    /// The header, and the bytes of the commit after it.
    pub(crate) fn parse(value: &[u8]) -> Option<(Self, &[u8])> {
        let ([parts], rest) = value.split_first_chunk()?;
        let (events, rest) = rest.split_first_chunk()?;
        let (number, bytes) = rest.split_first_chunk()?;
        let (events, number) = (u16::from_be_bytes(*events), u64::from_be_bytes(*number));
        (*parts > 0 && events > 0).then_some((Self { parts: *parts, events, number }, bytes))
    }

    /// The last seq of a commit that begins at `first`.
    pub(crate) fn last(self, first: Seq) -> Seq {
        Seq(first.0.saturating_add(u64::from(self.events)).saturating_sub(1))
    }
}

/// One commit of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The version of the first event that the commit adds to the stream.
    pub(crate) version: Version,
    /// The seq of the first event of the commit.
    pub(crate) seq: Seq,
    /// How many events the commit adds to the stream.
    pub(crate) events: u16,
}

impl Entry {
    pub(crate) fn value(self) -> Vec<u8> {
        let mut value = self.seq.0.to_be_bytes().to_vec();
        value.extend_from_slice(&self.events.to_be_bytes());
        value
    }

    /// The entry under a key that begins with `prefix`.
    pub(crate) fn parse(prefix: &[u8], key: &[u8], value: &[u8]) -> Option<Self> {
        let version = key.strip_prefix(prefix)?.try_into().ok()?;
        let (seq, events) = value.split_first_chunk()?;
        let events = u16::from_be_bytes(events.try_into().ok()?);
        let version = Version(u64::from_be_bytes(version));
        (events > 0).then_some(Self { version, seq: Seq(u64::from_be_bytes(*seq)), events })
    }

    /// The version after the last event that the commit adds to the stream.
    pub(crate) fn next(self) -> Version {
        self.version.plus(u64::from(self.events))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_sort_as_the_numbers_do() {
        let keys = [(1, 0), (1, 1), (255, 0), (256, 0), (u64::MAX, 255)];
        let bytes: Vec<_> = keys.iter().map(|(seq, part)| commit_key(Seq(*seq), *part)).collect();
        assert!(bytes.is_sorted());
        for ((seq, part), key) in keys.iter().zip(&bytes) {
            assert_eq!(parse_commit_key(key), Some((Seq(*seq), *part)));
        }
        assert_eq!(commit_key(Seq(0x0102), 3), *b"c\0\0\0\0\0\0\x01\x02\x03");
        assert_eq!(parse_commit_key(FORMAT_KEY), None);
    }

    #[test]
    fn values_are_what_the_module_says() {
        let header = Header { parts: 2, events: 0x0304, number: 5 };
        let mut value = Vec::new();
        header.write(&mut value);
        assert_eq!(value, *b"\x02\x03\x04\0\0\0\0\0\0\0\x05");
        value.extend_from_slice(b"{}");
        assert_eq!(Header::parse(&value), Some((header, &b"{}"[..])));

        let stream: StreamId = "account/67e55044-10b1-426f-9247-bb680e5fe0c8".parse().unwrap();
        let entry = Entry { version: Version(7), seq: Seq(9), events: 2 };
        let (prefix, key) = (stream_prefix(stream), stream_key(stream, Version(7)));
        assert!(key.starts_with(b"saccount\0\x67\xe5\x50\x44"));
        assert_eq!(Entry::parse(&prefix, &key, &entry.value()), Some(entry));
        assert_eq!(entry.next(), Version(9));
    }
}
