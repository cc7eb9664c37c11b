//! Keys and values in sled's default tree.
//!
//! | key | value |
//! | --- | --- |
//! | `f` | the format of the store, u32 |
//! | `t` | the [`Edge`]: where the sealed blocks end |
//! | `b` seq | the [`Summary`] of the block whose first event has that seq |
//! | `c` seq part | one part of that block: a packed [record](crate::record) |
//! | `i` seq part | one part of the [`Streams`] of that block |
//! | `y` seq part | one part of the young commits after the last block: a record |
//!
//! Numbers in keys are unsigned and big-endian: seq 8 bytes, part 1 byte, from 0.
//!
//! A value holds at most 64 KiB, because sled puts leaves above a quarter of a segment into files
//! that it never syncs, and a leaf holds up to 16 values. So long values are split; part 0 begins
//! with the number of parts, 1 byte.
//!
//! The values of `t`, `b` and `i` are in postcard, with a CRC-32 (4 bytes, big-endian) behind them.
//!
//! Owns these bytes and nothing else. Knows no tree.
//!
//! *Invariant: keys sort as the numbers in them do, and no key is the beginning of another.*

use relatum_log::{CorruptionKind, Frontier, Seq, StreamId, Subtrees, TreeHash, Version};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::faults::{Bug, bug};

/// The format that this version writes and reads.
pub(crate) const FORMAT: u32 = 2;

/// The key of the format.
pub(crate) const FORMAT_KEY: &[u8] = b"f";
/// The key of the edge.
pub(crate) const EDGE_KEY: &[u8] = b"t";

/// Summaries of blocks.
pub(crate) const SUMMARY: u8 = b'b';
/// Blocks.
pub(crate) const BLOCK: u8 = b'c';
/// The streams of blocks.
pub(crate) const STREAMS: u8 = b'i';
/// The young commits.
pub(crate) const YOUNG: u8 = b'y';

/// The most bytes of one value.
const VALUE_BYTES: usize = 64 * 1_024;

/// The key of a value that is never split.
pub(crate) fn key(kind: u8, seq: Seq) -> [u8; 9] {
    let mut key = [kind; 9];
    if let Some(number) = key.last_chunk_mut() {
        *number = seq.0.to_be_bytes();
    }
    key
}

/// The key of one part of a value.
pub(crate) fn part_key(kind: u8, seq: Seq, part: u8) -> [u8; 10] {
    let mut whole = [part; 10];
    whole.iter_mut().zip(key(kind, seq)).for_each(|(to, from)| *to = from);
    whole
}

/// The seq in a key of this kind.
pub(crate) fn seq_of(kind: u8, key: &[u8]) -> Option<Seq> {
    let (number, _) = key.strip_prefix(&[kind])?.split_first_chunk()?;
    Some(Seq(u64::from_be_bytes(*number)))
}

/// A value as the parts that are stored, in order.
pub(crate) fn parts(value: &[u8]) -> Result<Vec<Vec<u8>>, CorruptionKind> {
    // A seeded mistake puts everything into one value, as if sled had no limit.
    let most = if bug(Bug::BigNode) { usize::MAX } else { VALUE_BYTES };
    let (first, rest) = value.split_at_checked(most - 1).unwrap_or((value, &[]));
    let rest = rest.chunks(most);
    let count = u8::try_from(rest.len() + 1).map_err(|_| CorruptionKind::AboveLimit)?;
    let first = [&[count][..], first].concat();
    Ok([first].into_iter().chain(rest.map(<[u8]>::to_vec)).collect())
}

/// Puts a value behind its checksum's protection.
pub(crate) fn framed<T: Serialize>(value: &T) -> Result<Vec<u8>, CorruptionKind> {
    let unwritable = |_| CorruptionKind::Missing { what: "the binary form of an entry" };
    let mut bytes = postcard::to_stdvec(value).map_err(unwritable)?;
    let check = crc32fast::hash(&bytes);
    bytes.extend(check.to_be_bytes());
    Ok(bytes)
}

/// Reads what [`framed`] wrote; `what` names it.
pub(crate) fn unframed<T: DeserializeOwned>(
    what: &'static str,
    bytes: &[u8],
) -> Result<T, CorruptionKind> {
    let damaged = CorruptionKind::Checksum { what };
    let Some((value, check)) = bytes.split_last_chunk() else { return Err(damaged) };
    if crc32fast::hash(value) != u32::from_be_bytes(*check) && !bug(Bug::ChecksumNotChecked) {
        return Err(damaged);
    }
    match postcard::take_from_bytes(value) {
        Ok((value, [])) => Ok(value),
        _ => Err(CorruptionKind::Missing { what }),
    }
}

/// Where the sealed blocks end.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Edge {
    /// The commits in the blocks.
    pub(crate) commits: u64,
    /// The blocks.
    pub(crate) blocks: u64,
    /// The streams that they write.
    pub(crate) streams: u32,
    /// The bytes of the commits.
    pub(crate) bytes: u64,
    /// When the last of the commits was recorded, in microseconds of the Unix epoch.
    pub(crate) recorded_at: i64,
    size: u64,
    peaks: Vec<[u8; TreeHash::BYTES]>,
}

impl Edge {
    /// The last seq in the blocks.
    pub(crate) const fn seq(&self) -> Seq {
        Seq(self.size)
    }

    /// The tree over the events in the blocks.
    pub(crate) fn frontier(&self) -> Result<Frontier, CorruptionKind> {
        let peaks = self.peaks.iter().copied().map(TreeHash::from_bytes).collect();
        let missing = CorruptionKind::Missing { what: "the edge of the sealed blocks" };
        Frontier::from_parts(self.size, peaks).ok_or(missing)
    }

    pub(crate) fn set_frontier(&mut self, frontier: &Frontier) {
        self.size = frontier.size();
        self.peaks = frontier.peaks().iter().map(|peak| *peak.as_bytes()).collect();
    }
}

/// What is known of a block without opening it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Summary {
    pub(crate) events: u32,
    pub(crate) commits: u32,
    /// When the last of the commits was recorded, in microseconds of the Unix epoch.
    pub(crate) recorded_at: i64,
    nodes: Vec<[u8; TreeHash::BYTES]>,
}

impl Summary {
    pub(crate) fn new(events: u32, commits: u32, recorded_at: i64, nodes: &Subtrees) -> Self {
        let nodes = nodes.hashes().iter().map(|node| *node.as_bytes()).collect();
        Self { events, commits, recorded_at, nodes }
    }

    /// The subtrees of the events of the block that begins at `first`.
    pub(crate) fn nodes(&self, first: Seq) -> Option<Subtrees> {
        let nodes = self.nodes.iter().copied().map(TreeHash::from_bytes).collect();
        Subtrees::from_parts(first.0.checked_sub(1)?, u64::from(self.events), nodes)
    }
}

/// The streams that a block writes.
///
/// A stream has a number: 0 for the one that the log wrote first, and so on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Streams {
    /// Those that no block before writes, by number.
    pub(crate) new: Vec<StreamId>,
    pub(crate) writes: Vec<StreamWrites>,
}

impl Streams {
    /// How many events all of them are.
    pub(crate) fn events(&self) -> u64 {
        self.writes.iter().map(|it| it.marks.len() as u64).sum()
    }
}

/// What a block adds to one stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StreamWrites {
    pub(crate) stream: u32,
    /// The version of the first event that the block adds.
    pub(crate) version: Version,
    /// The [mark](relatum_log::KeyMark) of each event, big-endian.
    pub(crate) marks: Vec<[u8; 4]>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_sort_as_the_numbers_do() {
        let keys = [(1, 0), (1, 1), (255, 0), (256, 0), (u64::MAX, 255)];
        let bytes: Vec<_> =
            keys.iter().map(|(seq, part)| part_key(BLOCK, Seq(*seq), *part)).collect();
        assert!(bytes.is_sorted());
        for ((seq, _), key) in keys.iter().zip(&bytes) {
            assert_eq!(seq_of(BLOCK, key), Some(Seq(*seq)));
        }
        assert_eq!(part_key(BLOCK, Seq(0x0102), 3), *b"c\0\0\0\0\0\0\x01\x02\x03");
        assert_eq!(key(SUMMARY, Seq(7)), *b"b\0\0\0\0\0\0\0\x07");
        assert_eq!(seq_of(BLOCK, FORMAT_KEY), None);
    }

    #[test]
    fn long_values_are_split_below_the_limit() {
        let value: Vec<u8> = (0..=255).cycle().take(200_000).collect();
        let split = parts(&value).unwrap();
        assert!(split.iter().all(|part| part.len() <= VALUE_BYTES));
        assert_eq!(split.iter().map(Vec::len).collect::<Vec<_>>(), [65_536, 65_536, 65_536, 3_393]);
        assert_eq!(split[0][0], 4);
        assert_eq!([&split[0][1..], &split[1], &split[2], &split[3]].concat(), value);
        assert_eq!(parts(b"x").unwrap(), [b"\x01x".to_vec()]);
    }

    #[test]
    fn a_changed_entry_is_noticed() {
        let writes = StreamWrites { stream: 3, version: Version(7), marks: vec![[1, 2, 3, 4]] };
        let entry = Streams { new: Vec::new(), writes: vec![writes] };
        let bytes = framed(&entry).unwrap();
        assert_eq!(unframed::<Streams>("it", &bytes).unwrap(), entry);
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 4;
            let error = unframed::<Streams>("it", &changed).unwrap_err();
            assert_eq!(error.to_string(), "it does not match its checksum");
        }
    }
}
