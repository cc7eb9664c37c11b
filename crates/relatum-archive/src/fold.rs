//! The fold of one bucket: what a cluster does in parts, one machine does at once.
//!
//! *Invariant: the rows and digests of all buckets, put together, are those of the whole book; how
//! often a bucket is folded, and where, changes nothing.*

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_array::builder::{Int64Builder, StringBuilder};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use relatum_domain::{Event, Gist, Identities, TenantId, View};
use relatum_log::Envelope;
use relatum_projections::{Models, RestsOn, TABLES, Table, TableCell, TablePart, Which, place_of};
use relatum_replay::{StateDigest, digests_of};
use relatum_stream::StreamId;
use serde::{Deserialize, Serialize};

use crate::archive::{Archive, Row};
use crate::error::ArchiveError;
use crate::events::RawColumns;
use crate::manifest::{bucket_of, hex, vocabulary};
use crate::place::Place;
use crate::segment::{BATCH, ParquetFile};
use crate::tables::{TableRows, table_schema};

/// What all buckets of one fold have in common, in the folder of its results.
const FOLD: &str = "_fold.json";

/// The name of the results that hold the digests of states.
pub const DIGESTS: &str = "digests";

/// States folded of some streams.
#[derive(Debug, Default)]
pub struct Folded {
    part: Models,
    common: Models,
    digests: Vec<(StreamId, Vec<StateDigest>)>,
    /// Which accounts are one: their streams lie in several buckets.
    identities: Identities,
    /// Whether the streams are those of no account.
    of_common: bool,
    events: u64,
}

/// What the fold of a bucket came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FoldedBucket {
    /// Which.
    pub bucket: u16,
    /// How many events were folded, without those that are no account's.
    pub events: u64,
    /// Of how many streams.
    pub streams: u64,
    /// Rows of each table, and of the digests.
    pub rows: BTreeMap<String, u64>,
}

/// What all buckets have in common.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Common {
    format: u32,
    log: String,
    upto: u64,
    root: String,
    as_of: chrono::NaiveDate,
    known_at: i64,
    vocabulary: String,
}

/// Events of one stream on their way into the states.
#[derive(Default)]
struct Stream(Vec<Envelope<Event>>);

impl Stream {
    /// Folds what came, and gives the digests of its states.
    fn fold_into(
        &mut self,
        models: &mut Models,
        identities: &mut Identities,
    ) -> Option<(StreamId, Vec<StateDigest>)> {
        let stream = self.0.first()?.event.stream;
        let gist = |it| -> Gist<'_> {
            let it: &Envelope<Event> = it;
            Gist::of(it.event, it.recorded_at.into(), &it.data)
        };
        let gists: Vec<Gist<'_>> = self.0.iter().map(gist).collect();
        let gists: Vec<&Gist<'_>> = gists.iter().collect();
        models.fold(stream, &gists);
        if stream == StreamId::from(TenantId::own()) {
            gists.iter().for_each(|gist| identities.take(gist));
        }
        let digests = digests_of(Which::ALL, stream, &gists);
        drop(gists);
        self.0.clear();
        Some((stream, digests))
    }
}

impl Folded {
    /// The states of a bucket of an archive, with those that are no account's.
    ///
    /// # Errors
    /// As [`Archive::verify`], of the files that are read; [`ArchiveError::Asked`] if there is no
    /// such bucket.
    pub fn of_bucket(archive: &Archive, bucket: u16) -> Result<Self, ArchiveError> {
        let common = archive.manifest().common;
        if bucket > common {
            let problem = format!("there is no bucket {bucket}; the last one is {common}");
            return Err(ArchiveError::Asked { problem });
        }
        let mut folded = Self { of_common: bucket == common, ..Self::default() };
        if !folded.of_common {
            folded.common = states(archive, common, &mut folded.identities)?;
        }
        let Self { part, digests, identities, events, .. } = &mut folded;
        read(archive, bucket, |stream| {
            *events = events.saturating_add(stream.0.len() as u64);
            digests.extend(stream.fold_into(part, identities));
        })?;
        folded.in_place();
        Ok(folded)
    }

    /// The states of the events that `batches` hold, in any order, with the columns of
    /// [`events_schema`](crate::events_schema) or those of them that make a stored event. What is
    /// no account's comes with them, or of an archive; of that archive they are whole buckets then.
    ///
    /// # Errors
    /// [`ArchiveError::Disorder`] if events of a stream are missing or there twice,
    /// [`ArchiveError::Altered`] if a column is; those of reading.
    pub fn of_batches(
        batches: impl Iterator<Item = Result<RecordBatch, ArchiveError>>,
        common: Option<&Archive>,
    ) -> Result<Self, ArchiveError> {
        const NAME: &str = "the input";
        let mut streams: BTreeMap<StreamId, Vec<Envelope<Event>>> = BTreeMap::new();
        let mut row = 0_u64;
        let mut given: BTreeMap<u16, u64> = BTreeMap::new();
        for batch in batches {
            let columns = RawColumns::of(&batch?, NAME)?;
            for at in 0..columns.len() {
                let event = columns.get(at, NAME)?.decoded()?;
                *given.entry(bucket_of(event.event.stream)).or_default() += 1;
                streams.entry(event.event.stream).or_default().push(event);
                row += 1;
            }
        }
        let mut folded = Self { events: row, ..Self::default() };
        if let Some(archive) = common {
            whole(archive, &given)?;
            let bucket = archive.manifest().common;
            folded.common = states(archive, bucket, &mut folded.identities)?;
        }
        for (stream, mut events) in streams {
            events.sort_by_key(|it| it.event.version);
            let mut versions = (1..).zip(&events);
            if let Some((expected, found)) = versions.find(|(at, it)| it.event.version.0 != *at) {
                let found = found.event;
                let problem = format!("{found} stands where version {expected} must");
                return Err(ArchiveError::Disorder { file: NAME.to_owned(), row, problem });
            }
            let is_account = relatum_domain::AccountId::of_stream(stream).is_some();
            let Self { part, common: others, identities, digests, .. } = &mut folded;
            match (is_account, common) {
                (true, _) => digests.extend(Stream(events).fold_into(part, identities)),
                (false, None) => {
                    Stream(events).fold_into(others, identities);
                }
                // It is there already.
                (false, Some(_)) => {}
            }
        }
        folded.in_place();
        Ok(folded)
    }

    fn in_place(&mut self) {
        self.digests.sort_by_key(|(stream, _)| place_of(*stream));
    }

    /// Whether the rows of a table can be told of these states alone.
    #[must_use]
    pub fn tells(&self, table: &dyn Table) -> bool {
        match table.rests_on() {
            RestsOn::Account => !self.of_common,
            RestsOn::Common => self.of_common,
            RestsOn::Book => false,
        }
    }

    /// Hands over the rows of a table, in the order that they have in the whole book.
    ///
    /// # Errors
    /// [`ArchiveError::Asked`] if they cannot be told, or accounts are merged: what is told of one
    /// of them lies in several buckets; those of `take`.
    pub fn table(
        &self,
        table: &dyn Table,
        view: &View,
        mut take: impl FnMut(RecordBatch) -> Result<(), ArchiveError>,
    ) -> Result<(), ArchiveError> {
        if !self.tells(table) {
            let name = table.name();
            let problem = match table.rests_on() {
                RestsOn::Book => format!("rows of `{name}` rest on the whole book: export them"),
                RestsOn::Common => format!("rows of `{name}` are those of the common bucket"),
                RestsOn::Account => format!("the common bucket has no rows of `{name}`"),
            };
            return Err(ArchiveError::Asked { problem });
        }
        let merged = self.identities.known(view.known_at).all().count();
        if merged > 0 && table.rests_on() == RestsOn::Account {
            let name = table.name();
            let problem = format!(
                "{merged} of the accounts are merged into others, whose events lie in other \
                 buckets: export `{name}` from the book, or look from before they were merged"
            );
            return Err(ArchiveError::Asked { problem });
        }
        let common = if self.of_common { &self.part } else { &self.common };
        let from = TablePart { part: &self.part, common, view, account: None };
        let mut rows: Vec<(StreamId, Vec<TableCell<'static>>)> = Vec::new();
        table.tell(&from, &mut |stream, cells| {
            let cells = cells.iter().map(|cell| cell.clone().into_owned());
            rows.push((stream, cells.collect()));
        });
        rows.sort_by_key(|(stream, _)| place_of(*stream));
        let mut batch = TableRows::of(table);
        for (_, cells) in &rows {
            batch.push(cells);
            if batch.len() >= BATCH {
                take(batch.batch()?)?;
            }
        }
        if batch.is_empty() { Ok(()) } else { take(batch.batch()?) }
    }

    /// The digests of the states, a row a stream and projection.
    ///
    /// # Errors
    /// [`ArchiveError::Arrow`].
    pub fn digests(&self) -> Result<RecordBatch, ArchiveError> {
        let (mut streams, mut names, mut revisions, mut digests) =
            (StringBuilder::new(), StringBuilder::new(), Int64Builder::new(), StringBuilder::new());
        for (stream, of) in &self.digests {
            for (projection, digest) in Models::LIST.iter().zip(of) {
                streams.append_value(stream.to_string());
                names.append_value(projection.name);
                revisions.append_value(projection.revision.into());
                digests.append_value(hex(digest));
            }
        }
        let columns: Vec<arrow_array::ArrayRef> = vec![
            Arc::new(streams.finish()),
            Arc::new(names.finish()),
            Arc::new(revisions.finish()),
            Arc::new(digests.finish()),
        ];
        Ok(RecordBatch::try_new(digests_schema(), columns)?)
    }

    /// The digests of the states by stream, one for each projection.
    pub fn state_digests(&self) -> impl Iterator<Item = (StreamId, &[StateDigest])> {
        self.digests.iter().map(|(stream, digests)| (*stream, digests.as_slice()))
    }
}

/// The columns of [`Folded::digests`].
#[must_use]
pub fn digests_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("stream", DataType::Utf8, false),
        Field::new("projection", DataType::Utf8, false),
        Field::new("revision", DataType::Int64, false),
        Field::new("digest", DataType::Utf8, false),
    ]))
}

/// Whether buckets of which so many rows were given were given wholly: the last events of a stream
/// leave no gap where they lack.
fn whole(archive: &Archive, given: &BTreeMap<u16, u64>) -> Result<(), ArchiveError> {
    let manifest = archive.manifest();
    for (bucket, given) in given.iter().filter(|(bucket, _)| **bucket != manifest.common) {
        let rows = manifest.of_bucket(*bucket).map(|(_, it)| it.rows);
        let rows = rows.fold(0, u64::saturating_add);
        if rows != *given {
            let problem =
                format!("the input has {given} rows of bucket {bucket}; the archive has {rows}");
            return Err(ArchiveError::Altered { file: "the input".to_owned(), problem });
        }
    }
    Ok(())
}

/// Hands over the streams of a bucket, one after the other.
fn read(
    archive: &Archive,
    bucket: u16,
    mut take: impl FnMut(&mut Stream),
) -> Result<(), ArchiveError> {
    let mut stream = Stream::default();
    archive.each(bucket, &mut |row| {
        match row {
            Row::Event { raw, .. } => stream.0.push(raw.decoded()?),
            Row::End => {
                take(&mut stream);
                stream.0.clear();
            }
        }
        Ok(())
    })
}

fn states(
    archive: &Archive,
    bucket: u16,
    identities: &mut Identities,
) -> Result<Models, ArchiveError> {
    let mut models = Models::default();
    read(archive, bucket, |stream| {
        stream.fold_into(&mut models, identities);
    })?;
    Ok(models)
}

/// Folds a bucket of an archive and writes what it says, seen from `view`, into `out`: of every
/// table whose rows it tells a file `TABLE/bucket=K.parquet`, and `digests/bucket=K.parquet`.
///
/// Done again, it writes the same bytes: a retry is harmless, and so is a second worker. Each file
/// is there whole or not at all; the last one, `_folded/bucket=K.json`, says that the bucket is
/// done.
///
/// # Errors
/// As [`Folded::of_bucket`]; [`ArchiveError::Asked`] if `out` holds the results of another fold;
/// those of writing.
pub fn fold_bucket(
    archive: &Archive,
    bucket: u16,
    view: &View,
    out: &Place,
) -> Result<FoldedBucket, ArchiveError> {
    let folded = Folded::of_bucket(archive, bucket)?;
    out.make()?;
    let staging = out.staging()?;
    let fold = one_fold(archive, view, out, staging.path())?;
    let mut rows = BTreeMap::new();
    for table in TABLES.iter().copied().filter(|it| folded.tells(*it)) {
        let schema = table_schema(table);
        let count = write(out, staging.path(), table.name(), bucket, &fold, schema, &mut |file| {
            folded.table(table, view, |batch| file(&batch))
        })?;
        rows.insert(table.name().to_owned(), count);
    }
    let schema = digests_schema();
    let count = write(out, staging.path(), DIGESTS, bucket, &fold, schema, &mut |file| {
        file(&folded.digests()?)
    })?;
    rows.insert(DIGESTS.to_owned(), count);
    let streams = folded.digests.len() as u64;
    let done = FoldedBucket { bucket, events: folded.events, streams, rows };
    let mut bytes = serde_json::to_vec_pretty(&done).unwrap_or_default();
    bytes.push(b'\n');
    out.put(bytes, &format!("_folded/bucket={bucket}.json"), staging.path())?;
    Ok(done)
}

/// Sees to it that all buckets in `out` are of one fold.
fn one_fold(
    archive: &Archive,
    view: &View,
    out: &Place,
    staging: &std::path::Path,
) -> Result<Common, ArchiveError> {
    let manifest = archive.manifest();
    let fold = Common {
        format: crate::manifest::FORMAT,
        log: manifest.log.clone(),
        upto: manifest.upto(),
        root: manifest.root().unwrap_or_default().to_owned(),
        as_of: view.as_of,
        known_at: view.known_at.0,
        vocabulary: vocabulary(),
    };
    if let Some(bytes) = out.read(FOLD)? {
        let there: Option<Common> = serde_json::from_slice(&bytes).ok();
        if there.as_ref() != Some(&fold) {
            let problem = format!(
                "{} is of another fold (another archive, cut, day or version of the program): \
                 name another folder, or say --as-of and --known-at as the others do",
                out.shown(FOLD)
            );
            return Err(ArchiveError::Asked { problem });
        }
        return Ok(fold);
    }
    let mut bytes = serde_json::to_vec_pretty(&fold).unwrap_or_default();
    bytes.push(b'\n');
    out.put(bytes, FOLD, staging)?;
    Ok(fold)
}

/// Takes the batches of a file.
type Batches<'a> = dyn FnMut(&RecordBatch) -> Result<(), ArchiveError> + 'a;

fn write(
    out: &Place,
    staging: &std::path::Path,
    name: &str,
    bucket: u16,
    fold: &Common,
    schema: SchemaRef,
    give: &mut dyn FnMut(&mut Batches<'_>) -> Result<(), ArchiveError>,
) -> Result<u64, ArchiveError> {
    let path = format!("{name}/bucket={bucket}.parquet");
    let facts = vec![
        ("relatum.table", name.to_owned()),
        ("relatum.bucket", bucket.to_string()),
        ("relatum.root", fold.root.clone()),
        ("relatum.as_of", fold.as_of.to_string()),
    ];
    let staged = staging.join("table");
    let mut file = ParquetFile::begin(&staged, &out.shown(&path), schema, facts)?;
    let mut rows = 0_u64;
    give(&mut |batch| {
        rows = rows.saturating_add(batch.num_rows() as u64);
        file.write(batch)
    })?;
    file.end()?;
    out.publish(&staged, &path)?;
    Ok(rows)
}

/// The batches of an Arrow IPC stream.
///
/// # Errors
/// [`ArchiveError::Arrow`] if it is none.
pub fn ipc_batches(
    from: impl std::io::Read,
) -> Result<impl Iterator<Item = Result<RecordBatch, ArchiveError>>, ArchiveError> {
    let reader = arrow_ipc::reader::StreamReader::try_new(from, None)?;
    Ok(reader.map(|batch| batch.map_err(ArchiveError::from)))
}
