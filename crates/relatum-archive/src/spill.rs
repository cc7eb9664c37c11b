//! Events on their way from the order of the log into the order of an archive.
//!
//! A stretch of the log is dealt out to files, each of some neighbouring buckets, so that sorting
//! needs the memory of one of them, whatever the length of the log.

use std::fs::File;
use std::io::{BufReader, BufWriter, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use relatum_stream::EventRef;

use crate::error::ArchiveError;
use crate::events::RawEvent;
use crate::manifest::{COMMON, bucket_of};

/// About so many events a file: several files for each thread that sorts them.
const EVENTS: u64 = 16_384;

/// Never more files than that at once.
const FILES: u64 = 256;

/// A file up to this size is sorted in memory as a whole; of a larger one, only its order.
const WHOLE: u64 = 128 * 1_024 * 1_024;

/// How many buckets there are, with the one of what is no account.
const ALL: u64 = COMMON as u64 + 1;

/// The files that events are dealt out to.
pub(crate) struct Spill {
    files: Vec<Option<BufWriter<File>>>,
    folder: PathBuf,
    record: Vec<u8>,
}

impl Spill {
    /// Files in `folder` for about so many events.
    pub(crate) fn new(folder: &Path, events: u64) -> Self {
        let count = events.div_ceil(EVENTS).clamp(1, FILES);
        let files = (0..count).map(|_| None).collect();
        Self { files, folder: folder.to_owned(), record: Vec::new() }
    }

    pub(crate) fn take(&mut self, raw: &RawEvent<'_>) -> Result<(), ArchiveError> {
        let bucket = u64::from(bucket_of(raw.event()?.stream));
        let count = self.files.len() as u64;
        let at = usize::try_from(bucket * count / ALL).unwrap_or_default();
        self.record.clear();
        let encoded = postcard::to_io(raw, &mut self.record);
        encoded.map_err(|error| unreadable(&error))?;
        let length = u32::try_from(self.record.len()).unwrap_or(u32::MAX);
        let path = spilled(&self.folder, at);
        let op = || format!("write {}", path.display());
        let Some(file) = self.files.get_mut(at) else { return Ok(()) };
        let file = match file {
            Some(file) => file,
            None => {
                let made = File::create(&path).map_err(ArchiveError::io(op()))?;
                file.insert(BufWriter::with_capacity(65_536, made))
            }
        };
        let written = file.write_all(&length.to_le_bytes());
        written.and_then(|()| file.write_all(&self.record)).map_err(ArchiveError::io(op()))
    }

    /// The files, to be sorted one by one.
    pub(crate) fn end(self) -> Result<Vec<PathBuf>, ArchiveError> {
        let mut paths = Vec::new();
        for (at, file) in self.files.into_iter().enumerate() {
            let Some(file) = file else { continue };
            let path = spilled(&self.folder, at);
            let flushed = file.into_inner().map_err(std::io::IntoInnerError::into_error);
            flushed.map_err(ArchiveError::io(format!("write {}", path.display())))?;
            paths.push(path);
        }
        Ok(paths)
    }
}

fn spilled(folder: &Path, at: usize) -> PathBuf {
    folder.join(format!("{at}.spill"))
}

fn unreadable(error: &postcard::Error) -> ArchiveError {
    ArchiveError::Asked { problem: format!("an event cannot be set aside: {error}") }
}

/// Where an event of a file is, and where it belongs.
struct Slot {
    bucket: u16,
    event: EventRef,
    at: u64,
    length: u32,
}

/// Hands over the events of a file by bucket, stream and version.
pub(crate) fn sorted(
    path: &Path,
    mut take: impl FnMut(u16, &RawEvent<'_>) -> Result<(), ArchiveError>,
) -> Result<(), ArchiveError> {
    let op = || format!("read {}", path.display());
    let io = |source| ArchiveError::io(op())(source);
    let file = File::open(path).map_err(io)?;
    let size = file.metadata().map_err(io)?.len();
    let mut reader = BufReader::with_capacity(1 << 20, file);
    let mut whole = Vec::new();
    let mut slots = Vec::new();
    let (mut at, mut record) = (0_u64, Vec::new());
    while at < size {
        let mut length = [0; 4];
        reader.read_exact(&mut length).map_err(io)?;
        let length = u32::from_le_bytes(length);
        record.resize(length as usize, 0);
        reader.read_exact(&mut record).map_err(io)?;
        let raw: RawEvent<'_> = postcard::from_bytes(&record).map_err(|it| unreadable(&it))?;
        let event = raw.event()?;
        let bucket = bucket_of(event.stream);
        let begin = if size <= WHOLE { whole.len() as u64 } else { at + 4 };
        slots.push(Slot { bucket, event, at: begin, length });
        if size <= WHOLE {
            whole.extend_from_slice(&record);
        }
        at += 4 + u64::from(length);
    }
    slots.sort_unstable_by_key(|slot| (slot.bucket, slot.event));
    let mut file = reader.into_inner();
    for Slot { bucket, at, length, .. } in slots {
        let begin = usize::try_from(at).unwrap_or(usize::MAX);
        let bytes = if size <= WHOLE {
            whole.get(begin..begin.saturating_add(length as usize)).unwrap_or_default()
        } else {
            record.resize(length as usize, 0);
            file.seek(SeekFrom::Start(at))
                .and_then(|_| file.read_exact(&mut record))
                .map_err(io)?;
            &record
        };
        let raw = postcard::from_bytes(bytes).map_err(|it| unreadable(&it))?;
        take(bucket, &raw)?;
    }
    Ok(())
}
