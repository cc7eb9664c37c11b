//! Writing a log as an archive, and adding to one.
//!
//! *Invariant: killed at any point, an archive is what it was before, or what it was to become;
//! what lies beside it is cleared up by the next export.*

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::sync_channel;
use std::sync::{Mutex, PoisonError};

use relatum::Engine;
use relatum_log::{Block, Cursor, Cut, Seq, recorded_at};
use relatum_stream::StreamId;

use crate::archive::{Archive, check_segment};
use crate::error::ArchiveError;
use crate::events::{EventColumns, READ, RawEvent, events_schema};
use crate::manifest::{FILE, Increment, Manifest, Segment, segment_file, vocabulary};
use crate::place::Place;
use crate::segment::{BATCH, ParquetFile};
use crate::spill::{Spill, sorted};

/// Says that what lies here is an archive, from the first file on.
const MARKER: &str = "_relatum";

/// A longer stretch of the log is added in several parts, so that the space for sorting is bound.
const EVENTS: u64 = 16_777_216;

/// What an export came to.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Exported {
    /// The seq of the last event in the archive.
    pub upto: u64,
    /// How many events are new in it.
    pub events: u64,
    /// How many files are new in it.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// The root of the tree over all events in it.
    pub root: String,
}

/// Whether an archive was begun at a place.
///
/// # Errors
/// [`ArchiveError::Io`], [`ArchiveError::Store`].
pub fn is_begun(place: &Place) -> Result<bool, ArchiveError> {
    Ok(place.read(FILE)?.is_some())
}

/// Writes the log up to `cut`, or all of it, as an archive; of an archive that is there already,
/// what it lacks. `progress` gets what is done of what is to do.
///
/// # Errors
/// [`NotEmpty`](ArchiveError::NotEmpty), [`InUse`](ArchiveError::InUse);
/// [`OtherLog`](ArchiveError::OtherLog), [`Beyond`](ArchiveError::Beyond) and what
/// [`Archive::check`] finds of an archive that is there; those of the log and of writing. What was
/// there before stays as it is.
///
/// # Example
/// ```
/// use relatum::Engine;
/// use relatum_archive::{Place, export_log};
/// let place = Place::in_memory()?;
/// let exported = export_log(&Engine::in_memory()?, &place, None, |_, _| {})?;
/// assert_eq!((exported.upto, exported.files), (0, 0));
/// # Ok::<(), relatum_archive::ArchiveError>(())
/// ```
pub fn export_log(
    engine: &Engine,
    place: &Place,
    cut: Option<&Cut>,
    progress: impl Fn(u64, u64) + Sync,
) -> Result<Exported, ArchiveError> {
    let upto = match cut {
        Some(cut) => cut.seq(0),
        None => engine.head()?.seq(0),
    };
    // Not within a commit, nor beyond the end.
    if upto > Seq::NONE {
        recorded_at(engine.log(), &Cut::single(upto)).map_err(relatum::Error::from)?;
    }
    let _held = place.hold()?;
    let mut manifest = begun(engine, place, upto)?;
    sweep(place, &manifest)?;
    let staging = place.staging()?;
    if manifest.increments.is_empty() {
        place.put(format!("{}\n", manifest.log).into_bytes(), MARKER, staging.path())?;
    }
    let before = manifest.upto();
    let all = upto.0.saturating_sub(before).saturating_mul(2);
    let done = AtomicU64::new(0);
    let step = || {
        let so_far = done.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        if so_far.is_multiple_of(1_024) {
            progress(so_far, all);
        }
    };
    let grown = grow(engine, place, staging.path(), &mut manifest, upto, &step);
    let Grown { files, bytes } = grown.inspect_err(|_| take_away(place))?;
    progress(all, all);
    let root = match manifest.root() {
        Some(root) => root.to_owned(),
        None => relatum_log::TreeHash::empty().to_string(),
    };
    let events = manifest.upto().saturating_sub(before);
    Ok(Exported { upto: manifest.upto(), events, files, bytes, root })
}

/// What was added.
#[derive(Default)]
struct Grown {
    files: u64,
    bytes: u64,
}

/// Adds what an archive lacks up to `upto`; its manifest says so after each part.
fn grow(
    engine: &Engine,
    place: &Place,
    staging: &Path,
    manifest: &mut Manifest,
    upto: Seq,
    step: &(dyn Fn() + Sync),
) -> Result<Grown, ArchiveError> {
    let mut grown = Grown::default();
    if manifest.increments.is_empty() && upto == Seq::NONE {
        place.put(manifest.bytes(), FILE, staging)?;
    }
    while manifest.upto() < upto.0 {
        let increment = add(engine, place, staging, manifest.upto(), upto.0, step)?;
        grown.files += increment.segments.len() as u64;
        grown.bytes += increment.segments.iter().map(|it| it.bytes).sum::<u64>();
        manifest.increments.push(increment);
        place.put(manifest.bytes(), FILE, staging)?;
    }
    Ok(grown)
}

/// Deletes the segments of an export that failed, as far as that is possible now: whoever reads
/// files without the manifest should not see them.
fn take_away(place: &Place) {
    // What is there counts: a manifest may have arrived although that could not be told.
    let named = match Archive::find(place) {
        Ok(Some(archive)) => archive.manifest().clone(),
        Ok(None) => Manifest::new(String::new()),
        Err(_) => return,
    };
    // Whatever stays goes with the next export.
    let _ = sweep(place, &named);
}

/// The manifest of what is there, which must be of this log; an empty one if nothing is.
fn begun(engine: &Engine, place: &Place, upto: Seq) -> Result<Manifest, ArchiveError> {
    let log = engine.tree_head(None, None)?.origin;
    let Some(archive) = Archive::find(place)? else {
        let files = place.files()?;
        if !files.is_empty() && !files.iter().any(|it| it == MARKER) {
            return Err(ArchiveError::NotEmpty { place: place.to_string() });
        }
        return Ok(Manifest::new(log));
    };
    let manifest = archive.manifest();
    let has = manifest.upto();
    if has > upto.0 {
        return Err(ArchiveError::Beyond { place: place.to_string(), has, asked: upto.0 });
    }
    if let Some(root) = manifest.root() {
        let here = engine.tree_head(None, Some(&Cut::single(Seq(has))))?.root.to_string();
        if here != root {
            return Err(ArchiveError::OtherLog {
                place: place.to_string(),
                size: has,
                expected: root.to_owned(),
                found: here,
            });
        }
    }
    for segment in manifest.segments() {
        check_segment(place, segment)?;
    }
    // An archive of an empty log does not know yet which one it is of.
    Ok(Manifest { log, ..manifest.clone() })
}

/// Deletes segments that no manifest names: an export was cut off.
fn sweep(place: &Place, manifest: &Manifest) -> Result<(), ArchiveError> {
    let named: BTreeSet<&str> = manifest.segments().map(|it| it.file.as_str()).collect();
    for file in place.files()? {
        if is_segment(&file) && !named.contains(file.as_str()) {
            place.delete(&file)?;
        }
    }
    Ok(())
}

fn is_segment(file: &str) -> bool {
    let parts = || {
        let (bucket, segment) = file.strip_prefix("bucket=")?.split_once('/')?;
        let (first, last) =
            segment.strip_prefix("seg=")?.strip_suffix(".parquet")?.split_once('-')?;
        let named = segment_file(bucket.parse().ok()?, first.parse().ok()?, last.parse().ok()?);
        Some(named == file)
    };
    parts() == Some(true)
}

/// Writes the segments of what follows `before`, up to `upto` or as much as is added at once.
fn add(
    engine: &Engine,
    place: &Place,
    staging: &Path,
    before: u64,
    upto: u64,
    step: &(dyn Fn() + Sync),
) -> Result<Increment, ArchiveError> {
    let mut spill = Spill::new(staging, upto.saturating_sub(before).min(EVENTS));
    let mut last = before;
    each_block(engine, Cursor::after(Seq(before)), |block| {
        for commit in &block.commits {
            if last >= upto || last.saturating_sub(before) >= EVENTS {
                return Ok(false);
            }
            RawEvent::each(commit, |raw| {
                last = raw.seq;
                step();
                spill.take(&raw)
            })?;
        }
        Ok(true)
    })?;
    let cut = Cut::single(Seq(last));
    let increment = Increment {
        first: before.saturating_add(1),
        last,
        recorded_at: recorded(engine, &cut)?,
        root: engine.tree_head(None, Some(&cut))?.root.to_string(),
        vocabulary: vocabulary(),
        segments: Vec::new(),
    };
    let segments = encode(place, staging, &spill.end()?, &increment, step)?;
    // Only now, when nothing can fail any more but a rename, does anything become visible.
    for segment in &segments {
        place.publish(&staged(staging, segment.bucket), &segment.file)?;
    }
    Ok(Increment { segments, ..increment })
}

/// Hands over the blocks of the log from `first` on, while `take` wants more. The next one is read
/// while it works.
fn each_block(
    engine: &Engine,
    first: Cursor,
    mut take: impl FnMut(Block) -> Result<bool, ArchiveError>,
) -> Result<(), ArchiveError> {
    std::thread::scope(|scope| {
        let (read, blocks) = sync_channel(1);
        scope.spawn(move || {
            let mut next = Some(first);
            while let Some(cursor) = next {
                let block = engine.log().read(cursor, READ).wait();
                if block.as_ref().is_ok_and(|it| it.commits.is_empty()) {
                    return;
                }
                next = block.as_ref().ok().map(|it| it.next);
                // Who takes no more is gone.
                if read.send(block).is_err() {
                    return;
                }
            }
        });
        for block in blocks {
            if !take(block.map_err(relatum::Error::from)?)? {
                break;
            }
        }
        Ok(())
    })
}

fn recorded(engine: &Engine, cut: &Cut) -> Result<chrono::DateTime<chrono::Utc>, ArchiveError> {
    let at = recorded_at(engine.log(), cut).map_err(relatum::Error::from)?;
    Ok(at.unwrap_or_default())
}

fn staged(staging: &Path, bucket: u16) -> PathBuf {
    staging.join(format!("{bucket}.parquet"))
}

/// Makes segments of spilled files, by several threads: a bucket is in one file only.
fn encode(
    place: &Place,
    staging: &Path,
    spilled: &[PathBuf],
    increment: &Increment,
    step: &(dyn Fn() + Sync),
) -> Result<Vec<Segment>, ArchiveError> {
    let next = AtomicUsize::new(0);
    let made: Mutex<Vec<Segment>> = Mutex::default();
    let worker = || -> Result<(), ArchiveError> {
        while let Some(path) = spilled.get(next.fetch_add(1, Ordering::Relaxed)) {
            let segments = encode_one(place, staging, path, increment, step)?;
            made.lock().unwrap_or_else(PoisonError::into_inner).extend(segments);
            let removed = std::fs::remove_file(path);
            removed.map_err(ArchiveError::io(format!("delete {}", path.display())))?;
        }
        Ok(())
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads.min(spilled.len())).map(|_| scope.spawn(worker)).collect();
        let own = worker();
        let joined = others.into_iter().map(|it| {
            let lost = || ArchiveError::Asked { problem: "a thread was lost".to_owned() };
            it.join().unwrap_or_else(|_| Err(lost()))
        });
        joined.fold(own, |all, one| all.and(one))
    })?;
    let mut made = made.into_inner().unwrap_or_else(PoisonError::into_inner);
    made.sort_by_key(|it| it.bucket);
    Ok(made)
}

fn encode_one(
    place: &Place,
    staging: &Path,
    spilled: &Path,
    increment: &Increment,
    step: &(dyn Fn() + Sync),
) -> Result<Vec<Segment>, ArchiveError> {
    let mut made = Vec::new();
    let mut open: Option<Making> = None;
    sorted(spilled, |bucket, raw| {
        if open.as_ref().is_none_or(|it| it.bucket != bucket) {
            if let Some(done) = open.take() {
                made.push(done.end()?);
            }
            open = Some(Making::begin(place, staging, bucket, increment)?);
        }
        step();
        open.as_mut().map_or(Ok(()), |making| making.take(raw))
    })?;
    if let Some(done) = open {
        made.push(done.end()?);
    }
    Ok(made)
}

/// A segment that is being written.
struct Making {
    bucket: u16,
    file: String,
    writer: ParquetFile,
    columns: EventColumns,
    rows: u64,
    streams: u64,
    last: Option<StreamId>,
}

impl Making {
    fn begin(
        place: &Place,
        staging: &Path,
        bucket: u16,
        increment: &Increment,
    ) -> Result<Self, ArchiveError> {
        let file = segment_file(bucket, increment.first, increment.last);
        let facts = vec![
            ("relatum.format", crate::manifest::FORMAT.to_string()),
            ("relatum.bucket", bucket.to_string()),
            ("relatum.first", increment.first.to_string()),
            ("relatum.last", increment.last.to_string()),
            ("relatum.recorded_at", increment.recorded_at.to_rfc3339()),
            ("relatum.root", increment.root.clone()),
            ("relatum.vocabulary", increment.vocabulary.clone()),
        ];
        let name = place.shown(&file);
        let path = staged(staging, bucket);
        let writer = ParquetFile::begin(&path, &name, events_schema(), facts)?;
        let columns = EventColumns::new();
        Ok(Self { bucket, file, writer, columns, rows: 0, streams: 0, last: None })
    }

    fn take(&mut self, raw: &RawEvent<'_>) -> Result<(), ArchiveError> {
        let stream = raw.event()?.stream;
        if self.last.replace(stream) != Some(stream) {
            self.streams += 1;
        }
        self.rows += 1;
        self.columns.push(raw)?;
        if self.columns.len() >= BATCH { self.writer.write(&self.columns.batch()?) } else { Ok(()) }
    }

    fn end(mut self) -> Result<Segment, ArchiveError> {
        if self.columns.len() > 0 {
            self.writer.write(&self.columns.batch()?)?;
        }
        let Self { bucket, file, rows, streams, .. } = self;
        let written = self.writer.end()?;
        let (bytes, sha256) = (written.bytes, written.sha256);
        Ok(Segment { bucket, file, rows, streams, bytes, sha256 })
    }
}
