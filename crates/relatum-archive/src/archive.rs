//! Reading an archive, and telling whether it is what was written.
//!
//! *Invariant: rows are handed over only in their order, each once, without a gap, out of files
//! that are what the manifest says; otherwise there is an error that names file and row.*

use bytes::Bytes;
use parquet::arrow::arrow_reader::ParquetRecordBatchReader;
use relatum_log::{Frontier, TreeHash};
use relatum_stream::StreamId;
use sha2::{Digest as _, Sha256};

use crate::error::ArchiveError;
use crate::events::{RAW, RawColumns, RawEvent};
use crate::manifest::{FILE, Increment, Manifest, Segment, bucket_of, hex};
use crate::place::Place;
use crate::segment::batches;

/// An archive that is there.
#[derive(Debug, Clone)]
pub struct Archive {
    place: Place,
    manifest: Manifest,
}

/// What was read of an archive to its end.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Verified {
    /// How many events.
    pub events: u64,
    /// How many files.
    pub files: u64,
    /// The root of the tree over the events, as it was computed.
    pub root: String,
}

impl Archive {
    /// The archive at a place.
    ///
    /// # Errors
    /// [`ArchiveError::NotFound`]; [`ArchiveError::Format`], [`ArchiveError::Manifest`];
    /// [`ArchiveError::Io`], [`ArchiveError::Store`].
    pub fn open(place: &Place) -> Result<Self, ArchiveError> {
        let found = Self::find(place)?;
        found.ok_or_else(|| ArchiveError::NotFound { place: place.to_string() })
    }

    /// The archive at a place, if there is one.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn find(place: &Place) -> Result<Option<Self>, ArchiveError> {
        let Some(bytes) = place.read(FILE)? else { return Ok(None) };
        let manifest = Manifest::read(&bytes, &place.shown(FILE))?;
        Ok(Some(Self { place: place.clone(), manifest }))
    }

    /// What it holds.
    #[must_use]
    pub const fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Whether all of its files are there, with the bytes that were written.
    ///
    /// # Errors
    /// [`ArchiveError::Missing`], [`ArchiveError::Altered`]; those of reading.
    pub fn check(&self) -> Result<(), ArchiveError> {
        self.manifest.segments().try_for_each(|it| check_segment(&self.place, it).map(|_| ()))
    }

    /// Reads every event, and computes the root of the tree over them anew: it must be the one of
    /// the manifest. Needs 32 bytes of memory an event, and those of a bucket. `progress` gets the
    /// events that were read, and how many there are.
    ///
    /// # Errors
    /// As [`check`](Self::check); [`ArchiveError::Disorder`], [`ArchiveError::Parquet`],
    /// [`ArchiveError::Row`]; [`ArchiveError::Manifest`] if the root is another one.
    pub fn verify(&self, progress: impl Fn(u64, u64)) -> Result<Verified, ArchiveError> {
        let events = self.manifest.upto();
        let mut leaves: Vec<Option<TreeHash>> = Vec::new();
        leaves.resize(usize::try_from(events).unwrap_or(usize::MAX), None);
        let mut read = 0_u64;
        let buckets = self.manifest.held_buckets().into_iter().chain([self.manifest.common]);
        for bucket in buckets {
            self.each(bucket, &mut |row| {
                let Row::Event { raw, place } = row else { return Ok(()) };
                let at = usize::try_from(raw.seq.saturating_sub(1)).unwrap_or(usize::MAX);
                let leaf = raw.leaf()?;
                match leaves.get_mut(at) {
                    Some(slot @ None) => *slot = Some(leaf),
                    _ => return Err(place.wrong(format!("event {} is there twice", raw.seq))),
                }
                read += 1;
                if read.is_multiple_of(4_096) {
                    progress(read, events);
                }
                Ok(())
            })?;
        }
        let damaged = |problem| ArchiveError::Manifest { file: self.place.shown(FILE), problem };
        let mut frontier = Frontier::default();
        for increment in &self.manifest.increments {
            let size = usize::try_from(frontier.size()).unwrap_or(usize::MAX);
            let end = usize::try_from(increment.last).unwrap_or(usize::MAX);
            for leaf in leaves.get(size..end).unwrap_or_default() {
                // As many rows as events, and none twice: every one is there.
                frontier.push(leaf.unwrap_or_else(TreeHash::empty));
            }
            let root = frontier.root().to_string();
            if root != increment.root {
                let last = increment.last;
                let stated = &increment.root;
                return Err(damaged(format!(
                    "the root of the first {last} events is {root}, not {stated}"
                )));
            }
        }
        let files = self.manifest.segments().count() as u64;
        Ok(Verified { events: read, files, root: frontier.root().to_string() })
    }

    /// Hands over the events of a bucket, stream by stream, and says where a stream ends.
    pub(crate) fn each(
        &self,
        bucket: u16,
        take: &mut dyn FnMut(Row<'_>) -> Result<(), ArchiveError>,
    ) -> Result<(), ArchiveError> {
        let files = self.manifest.of_bucket(bucket);
        let open = files.map(|(increment, segment)| Open::new(&self.place, increment, segment));
        let mut open: Vec<Open> = open.collect::<Result<_, _>>()?;
        while let Some(stream) = next_stream(&open)? {
            let mut last = (0, 0);
            for it in &mut open {
                it.drain(stream, &mut last, take)?;
            }
            take(Row::End)?;
        }
        open.iter().try_for_each(Open::ended)
    }
}

/// What is read of a bucket.
pub(crate) enum Row<'a> {
    /// The next event of the stream.
    Event { raw: &'a RawEvent<'a>, place: RowPlace<'a> },
    /// The stream has no more.
    End,
}

/// Where a row stands.
#[derive(Clone, Copy)]
pub(crate) struct RowPlace<'a> {
    pub(crate) file: &'a str,
    pub(crate) row: u64,
}

impl RowPlace<'_> {
    pub(crate) fn wrong(self, problem: impl Into<String>) -> ArchiveError {
        ArchiveError::Disorder {
            file: self.file.to_owned(),
            row: self.row,
            problem: problem.into(),
        }
    }
}

/// The bytes of a segment, which are those that were written.
pub(crate) fn check_segment(place: &Place, segment: &Segment) -> Result<Bytes, ArchiveError> {
    let file = || place.shown(&segment.file);
    let bytes = place.read(&segment.file)?.ok_or_else(|| ArchiveError::Missing { file: file() })?;
    if bytes.len() as u64 != segment.bytes {
        let problem = format!("it has {} bytes, not {}", bytes.len(), segment.bytes);
        return Err(ArchiveError::Altered { file: file(), problem });
    }
    let found = hex(&Sha256::digest(&bytes));
    if found != segment.sha256 {
        let problem = format!("its sha256 is {found}, not {}", segment.sha256);
        return Err(ArchiveError::Altered { file: file(), problem });
    }
    Ok(bytes)
}

fn next_stream(open: &[Open]) -> Result<Option<StreamId>, ArchiveError> {
    let mut least = None;
    for it in open {
        if let Some(stream) = it.stream()? {
            least = Some(least.map_or(stream, |other: StreamId| other.min(stream)));
        }
    }
    Ok(least)
}

/// A segment that is being read.
struct Open {
    name: String,
    bucket: u16,
    seqs: (u64, u64),
    rows: u64,
    reader: ParquetRecordBatchReader,
    batch: Option<RawColumns>,
    /// The next row of the batch, and how many were read in all.
    at: usize,
    read: u64,
    last: Option<StreamId>,
}

impl Open {
    fn new(place: &Place, increment: &Increment, segment: &Segment) -> Result<Self, ArchiveError> {
        let bytes = check_segment(place, segment)?;
        let name = place.shown(&segment.file);
        let reader = batches(bytes, &name, Some(RAW))?;
        let mut open = Self {
            name,
            bucket: segment.bucket,
            seqs: (increment.first, increment.last),
            rows: segment.rows,
            reader,
            batch: None,
            at: 0,
            read: 0,
            last: None,
        };
        open.fill()?;
        Ok(open)
    }

    /// Sees to it that the next row is in the batch, if there is one.
    fn fill(&mut self) -> Result<(), ArchiveError> {
        while self.batch.as_ref().is_none_or(|it| self.at >= it.len()) {
            self.at = 0;
            let Some(batch) = self.reader.next() else {
                self.batch = None;
                return Ok(());
            };
            self.batch = Some(RawColumns::of(&batch?, &self.name)?);
        }
        Ok(())
    }

    fn stream(&self) -> Result<Option<StreamId>, ArchiveError> {
        let Some(batch) = &self.batch else { return Ok(None) };
        Ok(Some(batch.get(self.at, &self.name)?.event()?.stream))
    }

    /// Hands over the rows of a stream; `last` are the version and seq that were last.
    fn drain(
        &mut self,
        stream: StreamId,
        last: &mut (u64, u64),
        take: &mut dyn FnMut(Row<'_>) -> Result<(), ArchiveError>,
    ) -> Result<(), ArchiveError> {
        loop {
            let Some(batch) = &self.batch else { return Ok(()) };
            let raw = batch.get(self.at, &self.name)?;
            if raw.event()?.stream != stream {
                return Ok(());
            }
            let place = RowPlace { file: &self.name, row: self.read.saturating_add(1) };
            if self.last.is_some_and(|before| before > stream) || bucket_of(stream) != self.bucket {
                return Err(place.wrong(format!("{stream} does not belong here")));
            }
            if raw.version != last.0.saturating_add(1) {
                let (version, before) = (raw.version, last.0);
                return Err(place.wrong(format!("{stream}@{version} follows version {before}")));
            }
            if raw.seq <= last.1 || raw.seq < self.seqs.0 || raw.seq > self.seqs.1 {
                return Err(place.wrong(format!("{} is no seq of this place", raw.seq)));
            }
            *last = (raw.version, raw.seq);
            take(Row::Event { raw: &raw, place })?;
            self.last = Some(stream);
            (self.at, self.read) = (self.at + 1, self.read + 1);
            self.fill()?;
        }
    }

    /// Whether as many rows were there as the manifest says.
    fn ended(&self) -> Result<(), ArchiveError> {
        if self.read == self.rows {
            return Ok(());
        }
        let problem = format!("it has {} rows, not {}", self.read, self.rows);
        Err(ArchiveError::Altered { file: self.name.clone(), problem })
    }
}
