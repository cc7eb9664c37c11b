//! One file of the journal.
//!
//! A file begins with 16 bytes: `relatum journal\n`. Records follow without a gap, then zeros: the
//! file is filled ahead, because appending to a file of full length spares the file system a
//! write of its own at every sync.
//!
//! Owns reading and writing such a file. Knows no other file.
//!
//! *Invariant: what was appended before a sync that succeeded is on disk.*

use std::fs::{self, File, OpenOptions};
use std::io::Read as _;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use relatum_log::{Corruption, CorruptionKind, LogError, Place, Position, Seq};

use crate::faults::{Bug, Point, bug, point, scaled};
use crate::files::{failed, sync_entry};
use crate::record::{Found, Record};

/// What a file begins with.
pub(crate) const MAGIC: &[u8; 16] = b"relatum journal\n";

/// No file holds more: its last group of records begins below 16 MiB. What was packed of more is
/// not unpacked.
const MOST_BYTES: usize = 64 * 1_024 * 1_024;

/// How far the file is filled ahead.
const AHEAD: usize = 512 * 1_024;

/// The file that is being written.
#[derive(Debug)]
pub(crate) struct Segment {
    file: File,
    pub(crate) path: PathBuf,
    /// Where the next record goes.
    pub(crate) end: u64,
    /// Up to where the file is filled.
    filled: u64,
}

impl Segment {
    /// Makes a new file, which is there with its head or not at all.
    pub(crate) fn create(path: &Path) -> Result<Self, LogError> {
        let new = path.with_extension("new");
        // What a crash left of an earlier attempt holds nothing.
        let file = OpenOptions::new().create(true).truncate(true).write(true).open(&new);
        let file = file.map_err(failed("create", &new))?;
        let mut this = Self { file, path: path.to_owned(), end: 0, filled: 0 };
        this.append(MAGIC)?;
        this.sync()?;
        fs::rename(&new, path).map_err(failed("create", path))?;
        if !bug(Bug::SkipFolderSync) {
            sync_entry(path.parent().unwrap_or(path))?;
        }
        Ok(this)
    }

    /// Goes on writing a file of which the records end at `end`; what lies behind is cut off.
    ///
    /// From `durable` on they are written once more: after a sync that failed, the system shows
    /// what it never wrote, and a sync that follows succeeds without writing it.
    pub(crate) fn go_on(path: &Path, durable: u64, end: u64) -> Result<Self, LogError> {
        let file = OpenOptions::new().read(true).write(true).open(path);
        let file = file.map_err(failed("open", path))?;
        file.set_len(end).map_err(failed("cut", path))?;
        let mut again = vec![0; usize::try_from(end.saturating_sub(durable)).unwrap_or_default()];
        file.read_exact_at(&mut again, durable).map_err(failed("read", path))?;
        file.write_all_at(&again, durable).map_err(failed("write to", path))?;
        file.sync_all().map_err(failed("sync", path))?;
        Ok(Self { file, path: path.to_owned(), end, filled: end })
    }

    /// Writes `bytes` behind what is there, not yet durable.
    pub(crate) fn append(&mut self, bytes: &[u8]) -> Result<(), LogError> {
        point(Point::JournalWrite);
        let write = |bytes: &[u8], at| self.file.write_all_at(bytes, at);
        write(bytes, self.end).map_err(failed("write to", &self.path))?;
        self.end += bytes.len() as u64;
        if self.end > self.filled {
            point(Point::JournalExtend);
            // Big writes pay for the file system's own by themselves.
            let ahead = scaled(AHEAD);
            let zeros = vec![0; if bytes.len() < ahead / 4 { ahead } else { 0 }];
            write(&zeros, self.end).map_err(failed("fill", &self.path))?;
            self.filled = self.end + zeros.len() as u64;
        }
        Ok(())
    }

    /// Makes what was appended durable.
    #[tracing::instrument(name = "sync journal", level = "debug", skip_all)]
    pub(crate) fn sync(&self) -> Result<(), LogError> {
        point(Point::JournalSync);
        self.file.sync_data().map_err(failed("sync", &self.path))
    }

    /// A file that takes everything and cannot be synced.
    #[cfg(test)]
    pub(crate) fn broken() -> Self {
        let path = PathBuf::from("/dev/null");
        let file = OpenOptions::new().write(true).open(&path).unwrap();
        Self { file, path, end: 0, filled: 0 }
    }
}

/// The records of one file.
#[derive(Debug)]
pub(crate) struct Scan {
    pub(crate) records: Vec<Record>,
    /// Where they end.
    pub(crate) end: u64,
    /// What is wrong behind them, if a write that was cut off does not explain it.
    pub(crate) damage: Option<CorruptionKind>,
    /// Whether something lies behind them.
    pub(crate) rest: bool,
}

/// Reads the records in the bytes of a file that begins with the event `first`.
pub(crate) fn scan(bytes: &[u8], first: Seq) -> Scan {
    let mut scan = Scan { records: Vec::new(), end: 0, damage: None, rest: false };
    let Some(mut rest) = bytes.strip_prefix(MAGIC) else {
        scan.damage = Some(CorruptionKind::Missing { what: "the head of a file of the journal" });
        return scan;
    };
    let mut next = first;
    let mut torn = true;
    loop {
        match Record::find(rest) {
            Found::Record(record) if record.head.first == next => {
                rest = rest.get(record.bytes.len()..).unwrap_or_default();
                next = record.head.last().plus(1);
                scan.records.push(record);
            }
            Found::Record(record) => {
                let found = record.head.first;
                scan.damage = Some(CorruptionKind::Gap { expected: next, found });
                break;
            }
            Found::Nothing => break,
            Found::Damaged { kind, torn: cut } => {
                torn = cut;
                scan.damage = (!cut && !bug(Bug::TornTailAccepted)).then_some(kind);
                break;
            }
        }
    }
    scan.end = (bytes.len() - rest.len()) as u64;
    scan.rest = rest.iter().any(|byte| *byte != 0);
    if scan.damage.is_none() && torn && scan.rest && !bug(Bug::TornTailAccepted) {
        // A later record knows what was durable when it was written.
        let durable = later_records(rest).map(|record| record.head.durable).max();
        if durable.is_some_and(|durable| durable >= next) {
            scan.damage = Some(CorruptionKind::Checksum { what: "a record of commits" });
        }
    }
    scan
}

/// Up to where a file with these records is known to be durable: the last one says of which.
pub(crate) fn durable(records: &[Record]) -> u64 {
    let until = records.last().map_or(Seq::NONE, |record| record.head.durable);
    let durable = records.iter().take_while(|record| record.head.last() <= until);
    let bytes: usize = durable.map(|record| record.bytes.len()).sum();
    (MAGIC.len() + bytes) as u64
}

/// Whole records anywhere in `bytes`.
pub(crate) fn later_records(bytes: &[u8]) -> impl Iterator<Item = Record> + '_ {
    let places = bytes.windows(3).enumerate().filter(|(_, text)| text == b"rlt");
    places.filter_map(|(at, _)| match Record::find(bytes.get(at..)?) {
        Found::Record(record) => Some(record),
        _ => None,
    })
}

/// Reads a file, packed or not.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, LogError> {
    let bytes = fs::read(path).map_err(failed("read", path))?;
    if path.extension().is_some_and(|extension| extension == "zst") {
        let mut unpacked = Vec::new();
        let read = zstd::Decoder::new(bytes.as_slice())
            .and_then(|packed| packed.take(MOST_BYTES as u64 + 1).read_to_end(&mut unpacked));
        return match read {
            Ok(length) if length <= MOST_BYTES => Ok(unpacked),
            _ => Err(damaged(path)),
        };
    }
    Ok(bytes)
}

/// Damage of a file as a whole.
fn damaged(path: &Path) -> LogError {
    let named = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let first = named.split('.').next().and_then(|seq| seq.parse().ok()).unwrap_or_default();
    let kind = CorruptionKind::Checksum { what: "a file of the journal's archive" };
    Corruption { at: Place::Position(Position::of(first)), kind }.into()
}
