//! Commits, as they lie in the journal and in blocks.
//!
//! | offset | bytes | what it is |
//! | ---: | ---: | --- |
//! | 0 | 4 | `rlt1`: lines, or `rlt2`: lines packed with zstd |
//! | 4 | 4 | length of the payload |
//! | 8 | 4 | length of the lines |
//! | 12 | 4 | number of events |
//! | 16 | 4 | number of commits |
//! | 20 | 8 | seq of the first event |
//! | 28 | 8 | number of the first commit in the log, from 1 |
//! | 36 | 8 | seq of the last event that was durable when the record was written |
//! | 44 | 32 | root of the tree of all events up to the last of the record |
//! | 76 | … | payload: every commit as a line, with a line break behind it |
//! | … | 4 | CRC-32 of all bytes before |
//! | … | 1 | a line break, so that a record does not end in a zero |
//!
//! Numbers are unsigned and big-endian.
//!
//! Owns these bytes. Knows no file and no tree.
//!
//! *Invariant: any bytes are answered; what is given as a record matches its checksum.*

use std::sync::Arc;

use relatum_log::{CommitBytes, CorruptionKind, Seq, TreeHash};

use crate::faults::{Bug, bug};

const LINES: &[u8; 4] = b"rlt1";
const PACKED: &[u8; 4] = b"rlt2";

/// The bytes before the payload.
pub(crate) const HEAD_BYTES: usize = 76;
const TAIL_BYTES: usize = 5;

/// No record holds more lines than this: a group ends at 4 MiB, and a commit has 768 KiB.
pub(crate) const MOST_BYTES: usize = 16 * 1_024 * 1_024;

/// No commit has a shorter line, so that a number of commits never asks for more memory than the
/// lines do.
const LEAST_BYTES: u32 = 8;

/// How hard zstd tries: 1 is quick, and lines of JSON are packed well anyway.
const LEVEL: i32 = 1;

/// What a record says of its commits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RecordHead {
    pub(crate) events: u32,
    pub(crate) commits: u32,
    pub(crate) first: Seq,
    /// The number of the first commit, from 1.
    pub(crate) number: u64,
    /// The last seq that was durable when the record was written.
    pub(crate) durable: Seq,
    pub(crate) root: TreeHash,
}

impl RecordHead {
    /// The seq of the last event.
    pub(crate) const fn last(&self) -> Seq {
        Seq(self.first.0.saturating_add(self.events as u64).saturating_sub(1))
    }
}

/// A whole record.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    pub(crate) head: RecordHead,
    /// The record itself.
    pub(crate) bytes: Arc<[u8]>,
}

/// Commits as a record holds them.
#[derive(Debug)]
pub(crate) struct Payload {
    form: &'static [u8; 4],
    /// Room for the head, then the lines in that form.
    bytes: Vec<u8>,
    /// How long the lines are.
    lines: usize,
}

impl Payload {
    /// Commits as lines.
    pub(crate) fn lines<'a>(commits: impl Iterator<Item = &'a CommitBytes>) -> Self {
        let mut bytes = vec![0; HEAD_BYTES];
        push_lines(&mut bytes, commits);
        let lines = bytes.len() - HEAD_BYTES;
        Self { form: LINES, bytes, lines }
    }

    /// Packed commits.
    pub(crate) fn packed<'a>(
        commits: impl Iterator<Item = &'a CommitBytes>,
    ) -> Result<Self, CorruptionKind> {
        let mut lines = Vec::new();
        push_lines(&mut lines, commits);
        let failed = |_| CorruptionKind::Missing { what: "the packed form of commits" };
        let packed = zstd::bulk::compress(&lines, LEVEL).map_err(failed)?;
        let mut bytes = Vec::with_capacity(HEAD_BYTES + packed.len() + TAIL_BYTES);
        bytes.resize(HEAD_BYTES, 0);
        bytes.extend_from_slice(&packed);
        Ok(Self { form: PACKED, bytes, lines: lines.len() })
    }
}

/// What stands at a place where a record may begin.
#[derive(Debug)]
pub(crate) enum Found {
    Record(Record),
    /// Nothing: the end of the bytes, or zeros where a record would begin.
    Nothing,
    /// Bytes that are no record; what is wrong, and whether a write that was cut off explains it.
    Damaged {
        kind: CorruptionKind,
        torn: bool,
    },
}

const WHAT: &str = "a record of commits";

impl Record {
    /// Fills in the head and adds the checksum.
    pub(crate) fn new(head: RecordHead, payload: Payload) -> Self {
        let Payload { form, mut bytes, lines } = payload;
        let payload = bytes.len() - HEAD_BYTES;
        let RecordHead { events, commits, first, number, durable, root } = head;
        let fields: [&[u8]; 9] = [
            form,
            &length(payload),
            &length(lines),
            &events.to_be_bytes(),
            &commits.to_be_bytes(),
            &first.0.to_be_bytes(),
            &number.to_be_bytes(),
            &durable.0.to_be_bytes(),
            root.as_bytes(),
        ];
        bytes.iter_mut().zip(fields.concat()).for_each(|(to, from)| *to = from);
        let check = crc32fast::hash(&bytes);
        bytes.extend(check.to_be_bytes());
        bytes.push(b'\n');
        Self { head, bytes: bytes.into() }
    }

    /// What stands at the beginning of `bytes`.
    pub(crate) fn find(bytes: &[u8]) -> Found {
        let torn = |kind, part: &[u8]| Found::Damaged { kind, torn: lacks_a_sector(part) };
        let damaged = CorruptionKind::Checksum { what: WHAT };
        let Some((form, rest)) = bytes.split_first_chunk::<4>() else {
            return match bytes {
                [] => Found::Nothing,
                _ => Found::Damaged { kind: damaged, torn: true },
            };
        };
        match form {
            [0, 0, 0, 0] => return Found::Nothing,
            // The sector before was not written, in which the first byte lies.
            [0, ..] => return Found::Damaged { kind: damaged, torn: true },
            _ => {}
        }
        let numbers = rest.split_first_chunk::<4>().zip(Fields::of(bytes));
        let Some(((payload, _), fields)) = numbers else {
            return Found::Damaged { kind: damaged, torn: true };
        };
        let end = HEAD_BYTES.saturating_add(u32::from_be_bytes(*payload) as usize);
        let whole = end.saturating_add(TAIL_BYTES);
        if fields.lines as usize > MOST_BYTES || whole > 2 * MOST_BYTES {
            return torn(damaged, bytes.get(..whole.min(bytes.len())).unwrap_or(bytes));
        }
        let record = bytes.get(..whole).and_then(<[u8]>::split_last_chunk::<TAIL_BYTES>);
        let Some((record, tail)) = record else {
            // It would go on where the file ends.
            return Found::Damaged { kind: damaged, torn: true };
        };
        let check = crc32fast::hash(record).to_be_bytes();
        let fits = tail.starts_with(&check) && tail.ends_with(b"\n");
        let known = form == LINES || form == PACKED;
        let RecordHead { events, commits, .. } = fields.head;
        let possible = known && events > 0 && commits <= fields.lines / LEAST_BYTES;
        if (!fits && !bug(Bug::ChecksumNotChecked)) || !possible {
            return torn(damaged, bytes.get(..whole).unwrap_or(bytes));
        }
        let bytes = bytes.get(..whole).unwrap_or_default().into();
        Found::Record(Self { head: fields.head, bytes })
    }

    /// The one record that `bytes` are.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, CorruptionKind> {
        match Self::find(bytes) {
            Found::Record(record) if record.bytes.len() == bytes.len() => Ok(record),
            Found::Damaged { kind, .. } => Err(kind),
            _ => Err(CorruptionKind::Checksum { what: WHAT }),
        }
    }

    /// Whether the lines are packed.
    pub(crate) fn is_packed(&self) -> bool {
        self.bytes.starts_with(PACKED)
    }

    /// The commits, all in one piece of memory.
    pub(crate) fn commits(&self) -> Result<Vec<CommitBytes>, CorruptionKind> {
        let damaged = CorruptionKind::Checksum { what: WHAT };
        let end = self.bytes.len().saturating_sub(TAIL_BYTES);
        let payload = self.bytes.get(HEAD_BYTES..end).ok_or(damaged.clone())?;
        let length = Fields::of(&self.bytes).ok_or(damaged.clone())?.lines as usize;
        let lines = Arc::new(if self.is_packed() {
            zstd::bulk::decompress(payload, length).map_err(|_| damaged.clone())?
        } else {
            payload.to_vec()
        });
        if lines.len() != length {
            return Err(damaged);
        }
        let mut commits = Vec::with_capacity(self.head.commits as usize);
        let mut begin = 0;
        while let Some(rest) = lines.get(begin..).filter(|rest| !rest.is_empty()) {
            if commits.len() == self.head.commits as usize {
                return Err(damaged);
            }
            let line = memchr::memchr(b'\n', rest).ok_or(damaged.clone())?;
            commits.extend(CommitBytes::part_of(&lines, begin..begin + line));
            begin += line + 1;
        }
        if commits.len() == self.head.commits as usize { Ok(commits) } else { Err(damaged) }
    }
}

fn length(bytes: usize) -> [u8; 4] {
    u32::try_from(bytes).unwrap_or(u32::MAX).to_be_bytes()
}

fn push_lines<'a>(out: &mut Vec<u8>, commits: impl Iterator<Item = &'a CommitBytes>) {
    for commit in commits {
        out.extend_from_slice(commit.as_slice());
        out.push(b'\n');
    }
}

/// The numbers of a head.
struct Fields {
    head: RecordHead,
    lines: u32,
}

impl Fields {
    fn of(bytes: &[u8]) -> Option<Self> {
        let word = |at| Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?));
        let long = |at| Some(u64::from_be_bytes(*bytes.get(at..)?.first_chunk()?));
        let root = TreeHash::from_bytes(*bytes.get(44..)?.first_chunk()?);
        let head = RecordHead {
            events: word(12)?,
            commits: word(16)?,
            first: Seq(long(20)?),
            number: long(28)?,
            durable: Seq(long(36)?),
            root,
        };
        Some(Self { head, lines: word(8)? })
    }
}

/// Whether a sector is still zero, as it was before the write: no whole record has so many zeros
/// in a row, and none ends in one.
fn lacks_a_sector(record: &[u8]) -> bool {
    const SECTOR: usize = 512;
    record.last() == Some(&0)
        || record.split(|byte| *byte != 0).any(|zeros| zeros.len() >= SECTOR / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head() -> RecordHead {
        RecordHead {
            events: 3,
            commits: 2,
            first: Seq(7),
            number: 5,
            durable: Seq(6),
            root: TreeHash::leaf(b"root"),
        }
    }

    fn commits() -> [CommitBytes; 2] {
        [b"{\"a\":1}", b"{\"b\":2}"].map(|line| CommitBytes::new(&line[..]))
    }

    #[test]
    fn a_record_is_what_the_module_says() {
        let record = Record::new(head(), Payload::lines(commits().iter()));
        let bytes = &record.bytes;
        assert_eq!(
            &bytes[..44],
            b"rlt1\0\0\0\x10\0\0\0\x10\0\0\0\x03\0\0\0\x02\0\0\0\0\0\0\0\x07\
            \0\0\0\0\0\0\0\x05\0\0\0\0\0\0\0\x06"
        );
        assert_eq!(&bytes[76..92], b"{\"a\":1}\n{\"b\":2}\n");
        assert_eq!(bytes.len(), 97);
        assert_eq!(record.head.last(), Seq(9));
        let packed = Record::new(head(), Payload::packed(commits().iter()).unwrap());
        for record in [record, packed] {
            let read = Record::read(&record.bytes).unwrap();
            assert_eq!(read.head, head());
            assert_eq!(read.commits().unwrap(), commits());
        }
    }

    #[test]
    fn every_flipped_bit_is_noticed_and_is_no_torn_write() {
        let record = Record::new(head(), Payload::lines(commits().iter()));
        for at in 0..record.bytes.len() {
            for bit in 0..8 {
                let mut bytes = record.bytes.to_vec();
                bytes[at] ^= 1 << bit;
                let found = Record::find(&bytes);
                // A length that grew past the end looks as if the file had been cut, and a line
                // break does not become a zero by one bit.
                let grown = (4..8).contains(&at);
                assert!(
                    matches!(found, Found::Damaged { torn, .. } if !torn || grown),
                    "byte {at}: {found:?}"
                );
            }
        }
    }

    #[test]
    fn a_number_of_commits_that_the_lines_cannot_hold_is_damage() {
        for commits in [3, u32::MAX] {
            let record = Record::new(
                RecordHead { commits, ..head() },
                Payload::lines(self::commits().iter()),
            );
            assert!(matches!(Record::find(&record.bytes), Found::Damaged { torn: false, .. }));
        }
        let fewer = Record::new(
            RecordHead { commits: 1, ..head() },
            Payload::lines(self::commits().iter()),
        );
        assert!(Record::read(&fewer.bytes).unwrap().commits().is_err());
    }

    #[test]
    fn a_write_that_was_cut_off_is_told_from_damage() {
        let long = CommitBytes::new("x".repeat(5_000).into_bytes());
        let payload = Payload::lines([long].iter());
        let record = Record::new(RecordHead { commits: 1, ..head() }, payload);
        // Wherever the record begins in a sector, any sector may be missing.
        for begin in 0..512 {
            for sector in 0..=record.bytes.len() / 512 {
                let mut bytes = vec![0; begin];
                bytes.extend_from_slice(&record.bytes);
                let end = bytes.len().min((sector + 1) * 512);
                if sector * 512 >= end {
                    continue;
                }
                bytes[sector * 512..end].fill(0);
                let found = Record::find(&bytes[begin..]);
                let torn = matches!(found, Found::Damaged { torn: true, .. } | Found::Nothing);
                assert!(torn, "from {begin}, sector {sector}: {found:?}");
            }
        }
        assert!(matches!(Record::find(&record.bytes[..700]), Found::Damaged { torn: true, .. }));
        assert!(matches!(Record::find(&[]), Found::Nothing));
        assert!(matches!(Record::find(&[0; 600]), Found::Nothing));
    }
}
