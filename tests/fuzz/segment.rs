//! Files of the journal by `docs/format.md`: reading them, and putting right what a fuzzer cannot.

use relatum_log::{Frontier, TreeHash, leaf_hashes};

pub(crate) const MAGIC: &[u8; 16] = b"relatum journal\n";
const HEAD: usize = 76;
const TAIL: usize = 5;

/// What is put right in an input before it becomes a file.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Mending {
    /// Checksums, and lengths that go past the end.
    pub(crate) checksums: bool,
    /// The numbers of events and commits, seqs and roots, as the lines have them.
    pub(crate) heads: bool,
    /// Packs the lines of every record.
    pub(crate) packed: bool,
}

impl Mending {
    pub(crate) fn of(flags: u8) -> Self {
        Self { checksums: flags & 1 == 0, heads: flags & 2 != 0, packed: flags & 4 != 0 }
    }

    /// The file with records of `bytes`, which holds them behind each other.
    pub(crate) fn file(self, bytes: &[u8]) -> Vec<u8> {
        let mut file = MAGIC.to_vec();
        let (mut frontier, mut number) = (Frontier::default(), 1_u64);
        let mut rest = bytes;
        while self.checksums && rest.len() > HEAD {
            let said = word(rest, 4).min(rest.len() - HEAD);
            let (record, later) = rest.split_at(HEAD + said);
            rest = later.get(TAIL..).unwrap_or_default();
            let mut record = record.to_vec();
            if self.heads {
                Self::head(&mut record, &mut frontier, &mut number);
            }
            if self.packed && record.starts_with(b"rlt1") {
                let packed = zstd::bulk::compress(&record[HEAD..], 1).unwrap();
                record[3] = b'2';
                record.splice(HEAD.., packed);
            }
            let payload = u32::try_from(record.len() - HEAD).unwrap();
            record[4..8].copy_from_slice(&payload.to_be_bytes());
            let check = crc32fast::hash(&record);
            file.extend(record);
            file.extend(check.to_be_bytes());
            file.push(b'\n');
        }
        file.extend(rest);
        file
    }

    fn head(record: &mut [u8], frontier: &mut Frontier, number: &mut u64) {
        let first = frontier.size() + 1;
        let mut commits = 0_u32;
        for line in lines(&record[HEAD..]) {
            frontier.extend(&leaf_hashes(line).unwrap_or_default());
            commits += 1;
        }
        let events = u32::try_from(frontier.size() + 1 - first).unwrap();
        let bytes = u32::try_from(record.len() - HEAD).unwrap();
        record[8..12].copy_from_slice(&bytes.to_be_bytes());
        record[12..16].copy_from_slice(&events.to_be_bytes());
        record[16..20].copy_from_slice(&commits.to_be_bytes());
        record[20..28].copy_from_slice(&first.to_be_bytes());
        record[28..36].copy_from_slice(&number.to_be_bytes());
        record[44..76].copy_from_slice(frontier.root().as_bytes());
        *number += u64::from(commits);
    }
}

/// What a file says as far as every checksum is right: the lines of each record, and its root.
pub(crate) fn records(file: &[u8]) -> Vec<(Vec<Vec<u8>>, TreeHash)> {
    let mut records = Vec::new();
    let mut rest = file.strip_prefix(MAGIC).unwrap_or_default();
    while rest.len() >= HEAD + TAIL {
        let payload = word(rest, 4);
        let Some((record, later)) = rest.split_at_checked(HEAD + payload + TAIL) else { break };
        let (record, tail) = record.split_at(HEAD + payload);
        if tail[..4] != crc32fast::hash(record).to_be_bytes() {
            break;
        }
        let unpacked = match &record[..4] {
            b"rlt1" => Some(record[HEAD..].to_vec()),
            _ => zstd::bulk::decompress(&record[HEAD..], word(record, 8).min(1 << 24)).ok(),
        };
        let Some(unpacked) = unpacked else { break };
        let root = TreeHash::from_bytes(record[44..HEAD].try_into().unwrap());
        records.push((lines(&unpacked).into_iter().map(<[u8]>::to_vec).collect(), root));
        rest = later;
    }
    records
}

/// Where the first record of a file ends.
pub(crate) fn first_record(file: &[u8]) -> usize {
    let record = &file[MAGIC.len()..];
    let length = if record.len() < HEAD { HEAD } else { HEAD + word(record, 4) + TAIL };
    (MAGIC.len() + length).min(file.len())
}

fn lines(payload: &[u8]) -> Vec<&[u8]> {
    let payload = payload.strip_suffix(b"\n").unwrap_or(payload);
    if payload.is_empty() { Vec::new() } else { payload.split(|byte| *byte == b'\n').collect() }
}

fn word(bytes: &[u8], at: usize) -> usize {
    u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap()) as usize
}
