//! The journal: every commit a second time, in files of its own, before anything else.
//!
//! A commit is acknowledged when the journal has it on disk. sled follows behind, so that whatever
//! happens to sled's file, the journal can make it again; and whatever happens to the journal, the
//! store can. The two are compared at every opening.
//!
//! | file | what it is |
//! | --- | --- |
//! | *seq*`.segment` | records, the first of them beginning at that seq |
//! | *seq*`.segment.zst` | the same, full and packed as a whole: the archive |
//!
//! `seq` has 20 digits. The names sort as the log runs.
//!
//! Owns the folder. Knows nothing of sled.
//!
//! *Invariant: together the files hold every event from the first that is kept to the last that
//! was acknowledged, without a gap.*

mod segment;

use std::fs;
use std::path::{Path, PathBuf};

use relatum_log::{Corruption, CorruptionKind, LogError, Position, RootMismatch, Seq, TreeHash};

use crate::faults::{Point, point, scaled};
use crate::files::{self, failed};
use crate::record::Record;
pub(crate) use segment::Scan;
use segment::{Segment, read, scan};

/// A file ends when it holds so much.
const SEGMENT_BYTES: usize = 16 * 1_024 * 1_024;

/// The journal, for writing. Nothing is touched before the first record.
#[derive(Debug)]
pub(crate) struct Journal {
    folder: PathBuf,
    /// Where the last record is.
    last: Option<Last>,
    active: Option<Segment>,
    /// The seq with which the file that is written begins.
    first: Seq,
}

impl Journal {
    /// Goes on after `end`, in the file where the last record is, or in a new one.
    pub(crate) fn resume(folder: &Path, end: Seq, last: Option<Last>) -> Self {
        let last = last.filter(|last| last.end > 0 && !last.packed);
        let first = last.as_ref().map_or(end.plus(1), |last| last.first);
        Self { folder: folder.to_owned(), last, active: None, first }
    }

    /// Appends records, of which the first begins at `next`; not yet durable.
    pub(crate) fn append(&mut self, next: Seq, records: &[Record]) -> Result<(), LogError> {
        let folder = &self.folder;
        let (active, first) = match (self.active.take(), self.last.take()) {
            (Some(active), _) if active.end < scaled(SEGMENT_BYTES) as u64 => (active, self.first),
            (Some(full), _) => {
                point(Point::JournalRoll);
                full.sync()?;
                (Segment::create(&segment_path(folder, next))?, next)
            }
            (None, Some(last)) => (Segment::go_on(&last.path, last.durable, last.end)?, last.first),
            (None, None) => {
                fs::create_dir_all(folder).map_err(failed("create", folder))?;
                files::sync_entry(folder)?;
                (Segment::create(&segment_path(folder, next))?, next)
            }
        };
        self.first = first;
        let active = self.active.insert(active);
        match records {
            [one] => active.append(&one.bytes),
            _ => {
                let bytes: Vec<&[u8]> = records.iter().map(|record| &*record.bytes).collect();
                active.append(&bytes.concat())
            }
        }
    }

    /// Makes what was appended durable.
    pub(crate) fn sync(&self) -> Result<(), LogError> {
        self.active.as_ref().map_or(Ok(()), Segment::sync)
    }

    /// The seq with which the file that is written begins.
    pub(crate) const fn first_of_active(&self) -> Seq {
        self.first
    }

    #[cfg(test)]
    pub(crate) fn break_it(&mut self) {
        self.active = Some(Segment::broken());
    }
}

/// The file with the last records, and where these end in it.
#[derive(Debug)]
pub(crate) struct Last {
    path: PathBuf,
    first: Seq,
    /// Up to where it is known to be durable.
    durable: u64,
    end: u64,
    packed: bool,
}

/// A file of the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct JournalFile {
    pub(crate) first: Seq,
    pub(crate) path: PathBuf,
    pub(crate) packed: bool,
}

/// The files of a journal in order, the packed one where there are both; none without a folder.
pub(crate) fn list(folder: &Path) -> Result<Vec<JournalFile>, LogError> {
    if !folder.try_exists().unwrap_or(false) {
        return Ok(Vec::new());
    }
    let mut found: Vec<JournalFile> = Vec::new();
    for path in files::list(folder)? {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let packed = name.ends_with(".segment.zst");
        let number = name.strip_suffix(".zst").unwrap_or(name).strip_suffix(".segment");
        if let Some(first) = number.and_then(|number| number.parse().ok()).map(Seq) {
            found.push(JournalFile { first, path: path.clone(), packed });
        }
    }
    found.sort_by_key(|file| (file.first, !file.packed));
    found.dedup_by_key(|file| file.first);
    Ok(found)
}

/// Where the last of these files begins; 0 if there is none.
pub(crate) fn newest(files: &[JournalFile]) -> Seq {
    files.last().map_or(Seq::NONE, |file| file.first)
}

/// The records of one file.
pub(crate) fn scan_file(file: &JournalFile) -> Result<Scan, LogError> {
    Ok(scan(&read(&file.path)?, file.first))
}

/// Gives every record from the file on that holds `seq`, in order, and says where they end.
///
/// Stops with an error at damage that no write that was cut off explains, and at a gap.
pub(crate) fn each_from(
    folder: &Path,
    seq: Seq,
    mut take: impl FnMut(Record) -> Result<(), LogError>,
) -> Result<(Option<Seq>, Option<Last>), LogError> {
    let files = list(folder)?;
    let begin = files.partition_point(|file| file.first <= seq).saturating_sub(1);
    if let Some(file) = files.get(begin).filter(|file| file.first > seq.plus(1)) {
        return Err(damage(seq.plus(1), gap(seq.plus(1), file.first)));
    }
    let mut end: Option<Seq> = None;
    let mut last = None;
    for (at, file) in files.iter().enumerate().skip(begin) {
        if let Some(end) = end.filter(|end| end.plus(1) != file.first) {
            return Err(damage(end.plus(1), gap(end.plus(1), file.first)));
        }
        let Scan { records, end: bytes, damage: kind, rest } = scan_file(file)?;
        let is_last = at + 1 == files.len();
        let durable = segment::durable(&records);
        end = Some(Seq(file.first.0.saturating_sub(1)));
        for record in records {
            end = Some(record.head.last());
            take(record)?;
        }
        let at = end.unwrap_or_default().plus(1);
        if let Some(kind) = kind {
            return Err(damage(at, kind));
        }
        if rest && !is_last {
            return Err(damage(at, CorruptionKind::Checksum { what: "a record of commits" }));
        }
        let JournalFile { first, path, packed } = file.clone();
        last = Some(Last { path, first, durable, end: bytes, packed });
    }
    Ok((end, last))
}

/// Every whole record of a file, wherever it stands, and whether nothing was wrong.
pub(crate) fn salvage(file: &JournalFile) -> (Vec<Record>, bool) {
    let Ok(bytes) = read(&file.path) else { return (Vec::new(), false) };
    let Scan { mut records, end, damage, rest } = scan(&bytes, file.first);
    let end = usize::try_from(end).unwrap_or(usize::MAX);
    if rest {
        let found = segment::later_records(bytes.get(end..).unwrap_or_default());
        records.extend(found);
    }
    (records, damage.is_none())
}

/// Damage: the first events have another root than `what` says.
pub(crate) fn mismatch(
    what: &'static str,
    seq: Seq,
    expected: TreeHash,
    found: TreeHash,
) -> LogError {
    damage(seq, RootMismatch { what, size: seq.0, expected, found }.into())
}

/// The paths of all files, of those too of which there are two forms.
pub(crate) fn all_files(folder: &Path) -> Result<Vec<PathBuf>, LogError> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let files = files::list(folder)?.into_iter();
    Ok(files.filter(|path| path.to_string_lossy().contains(".segment")).collect())
}

const fn gap(expected: Seq, found: Seq) -> CorruptionKind {
    CorruptionKind::Gap { expected, found }
}

/// Damage of the journal at a seq.
pub(crate) fn damage(seq: Seq, kind: CorruptionKind) -> LogError {
    Corruption::at(Position { partition: 0, seq }, kind).into()
}

fn segment_path(folder: &Path, first: Seq) -> PathBuf {
    folder.join(format!("{:020}.segment", first.0))
}

/// Packs every full file that is not packed yet, and removes it unpacked; `active` is left alone.
pub(crate) fn pack(folder: &Path, active: Seq) -> Result<(), LogError> {
    for file in list(folder)?.into_iter().filter(|file| file.first < active) {
        let packed = file.path.with_extension("segment.zst");
        if !file.packed {
            let bytes = read(&file.path)?;
            let Scan { records, end, .. } = scan(&bytes, file.first);
            point(Point::ArchiveAppend);
            // What is packed already is not packed twice with effort.
            let level = if records.iter().all(Record::is_packed) { -7 } else { 1 };
            let used = usize::try_from(end).ok().and_then(|end| bytes.get(..end));
            let small = zstd::bulk::compress(used.unwrap_or_default(), level);
            let small = small.map_err(failed("pack", &file.path))?;
            files::write_whole(&packed, &small)?;
            point(Point::ArchiveSync);
            tracing::debug!(first = file.first.0, bytes = small.len(), "packed a file");
        }
        remove(&segment_path(folder, file.first))?;
    }
    Ok(())
}

/// Removes every file that holds nothing after `synced`; `active` is left alone.
pub(crate) fn recycle(folder: &Path, active: Seq, synced: Seq) -> Result<(), LogError> {
    let files = list(folder)?;
    for (file, next) in files.iter().zip(files.iter().skip(1)) {
        if file.first < active && next.first <= synced.plus(1) {
            remove(&file.path)?;
        }
    }
    Ok(())
}

fn remove(path: &Path) -> Result<(), LogError> {
    point(Point::SegmentDelete);
    match fs::remove_file(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        removed => removed.map_err(failed("remove", path)),
    }
}
