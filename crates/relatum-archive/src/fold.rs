//! The fold of one bucket: what a cluster does in parts, one machine does at once.
//!
//! *Invariant: the rows and digests of all buckets, put together, are those of the whole book; how
//! often a bucket is folded, and where, changes nothing.*

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_array::builder::{Int64Builder, StringBuilder};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use relatum_domain::{AccountId, Event, Gist, Identities, TenantId, View};
use relatum_log::Envelope;
use relatum_projections::{Models, RestsOn, TABLES, Table, TableCell, TablePart, Which, place_of};
use relatum_replay::{StateDigest, digests_of};
use relatum_stream::StreamId;
use serde::{Deserialize, Serialize};

use crate::archive::{Archive, Row};
use crate::as_one::{AsOne, gist};
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

/// States folded of some streams, to be seen from a point on both axes of time.
#[derive(Debug)]
pub struct Folded {
    view: View,
    part: Models,
    common: Models,
    digests: Vec<(StreamId, Vec<StateDigest>)>,
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

/// The states of what is no account's, and which accounts are one.
#[derive(Default)]
struct Others {
    models: Models,
    identities: Identities,
}

impl Others {
    /// Of an archive.
    fn of(archive: &Archive) -> Result<Self, ArchiveError> {
        let mut others = Self::default();
        read(archive, archive.manifest().common, None, |stream, events| {
            others.take(stream, &events);
        })?;
        Ok(others)
    }

    fn take(&mut self, stream: StreamId, events: &[Envelope<Event>]) {
        let gists: Vec<Gist<'_>> = events.iter().map(gist).collect();
        let gists: Vec<&Gist<'_>> = gists.iter().collect();
        self.models.fold(stream, &gists);
        if stream == StreamId::from(TenantId::own()) {
            gists.iter().for_each(|gist| self.identities.take(gist));
        }
    }
}

impl Folded {
    fn new(view: View, common: Models) -> Self {
        let (part, digests, of_common, events) = (Models::default(), Vec::new(), false, 0);
        Self { view, part, common, digests, of_common, events }
    }

    /// The states of a bucket of an archive, with those that are no account's, to be seen from
    /// `view`. Accounts that were known to be one then are folded as one, in the bucket of the one
    /// that answers: of other buckets only those are read in which one of them lies.
    ///
    /// # Errors
    /// As [`Archive::verify`], of the files that are read; [`ArchiveError::Asked`] if there is no
    /// such bucket, or more accounts are merged than can be told apart.
    pub fn of_bucket(archive: &Archive, bucket: u16, view: &View) -> Result<Self, ArchiveError> {
        let common = archive.manifest().common;
        if bucket > common {
            let problem = format!("there is no bucket {bucket}; the last one is {common}");
            return Err(ArchiveError::Asked { problem });
        }
        let is_here = |it: u16| it == bucket;
        let (mut folded, mut as_one) = if bucket == common {
            (Self { of_common: true, ..Self::new(*view, Models::default()) }, AsOne::default())
        } else {
            let Others { models, identities } = Others::of(archive)?;
            let as_one = AsOne::new(&identities, view.known_at, is_here)?;
            (Self::new(*view, models), as_one)
        };
        read(archive, bucket, None, |stream, events| {
            folded.events = folded.events.saturating_add(events.len() as u64);
            folded.take(&mut as_one, stream, events);
        })?;
        folded.gather(as_one, archive, is_here)?;
        folded.in_place();
        Ok(folded)
    }

    /// The states of the events that `batches` hold, in any order, with the columns of
    /// [`events_schema`](crate::events_schema) or those of them that make a stored event, to be
    /// seen from `view`. What is no account's comes with them, or of an archive; of that archive
    /// they are whole buckets then, and what lies elsewhere of accounts that are one is read there.
    ///
    /// # Errors
    /// [`ArchiveError::Disorder`] if events of a stream are missing or there twice,
    /// [`ArchiveError::Altered`] if a column is; [`ArchiveError::Asked`] if more accounts are
    /// merged than can be told apart; those of reading.
    pub fn of_batches(
        batches: impl Iterator<Item = Result<RecordBatch, ArchiveError>>,
        common: Option<&Archive>,
        view: &View,
    ) -> Result<Self, ArchiveError> {
        let Given { streams, buckets, rows } = Given::of(batches)?;
        let mut others = match common {
            Some(archive) => {
                whole(archive, &buckets)?;
                Others::of(archive)?
            }
            None => Others::default(),
        };
        let is_account = |stream: &StreamId| AccountId::of_stream(*stream).is_some();
        let (accounts, rest): (Vec<_>, Vec<_>) =
            streams.into_iter().partition(|(stream, _)| is_account(stream));
        // With an archive they are there already.
        for (stream, events) in rest.iter().filter(|_| common.is_none()) {
            others.take(*stream, events);
        }
        let is_here = |bucket: u16| common.is_none() || buckets.contains_key(&bucket);
        let mut as_one = AsOne::new(&others.identities, view.known_at, is_here)?;
        let mut folded = Self { events: rows, ..Self::new(*view, others.models) };
        for (stream, events) in accounts {
            folded.take(&mut as_one, stream, events);
        }
        match common {
            Some(archive) => folded.gather(as_one, archive, is_here)?,
            None => as_one.fold(&mut folded.part)?,
        }
        folded.in_place();
        Ok(folded)
    }

    /// Takes in a stream.
    fn take(&mut self, as_one: &mut AsOne, stream: StreamId, events: Vec<Envelope<Event>>) {
        let gists: Vec<Gist<'_>> = events.iter().map(gist).collect();
        let refs: Vec<&Gist<'_>> = gists.iter().collect();
        self.digests.push((stream, digests_of(Which::ALL, stream, &refs)));
        if as_one.is_alone(stream) {
            as_one.fold_alone(&mut self.part, stream, &refs);
        } else {
            as_one.gather(stream, events);
        }
    }

    /// Reads what lies elsewhere of accounts that are one and told here, and folds them.
    fn gather(
        &mut self,
        mut as_one: AsOne,
        archive: &Archive,
        is_read: impl Fn(u16) -> bool,
    ) -> Result<(), ArchiveError> {
        for (bucket, wanted) in as_one.elsewhere(is_read) {
            read(archive, bucket, Some(&wanted), |stream, events| as_one.gather(stream, events))?;
        }
        as_one.fold(&mut self.part)
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
    /// [`ArchiveError::Asked`] if they cannot be told; those of `take`.
    pub fn table(
        &self,
        table: &dyn Table,
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
        let common = if self.of_common { &self.part } else { &self.common };
        let from = TablePart { part: &self.part, common, view: &self.view, account: None };
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

/// Events that were handed over, by stream, each in its order.
struct Given {
    streams: BTreeMap<StreamId, Vec<Envelope<Event>>>,
    /// How many there are of each bucket.
    buckets: BTreeMap<u16, u64>,
    rows: u64,
}

impl Given {
    fn of(
        batches: impl Iterator<Item = Result<RecordBatch, ArchiveError>>,
    ) -> Result<Self, ArchiveError> {
        const NAME: &str = "the input";
        let mut given = Self { streams: BTreeMap::new(), buckets: BTreeMap::new(), rows: 0 };
        for batch in batches {
            let columns = RawColumns::of(&batch?, NAME)?;
            for at in 0..columns.len() {
                let event = columns.get(at, NAME)?.decoded()?;
                *given.buckets.entry(bucket_of(event.event.stream)).or_default() += 1;
                given.streams.entry(event.event.stream).or_default().push(event);
                given.rows = given.rows.saturating_add(1);
            }
        }
        let row = given.rows;
        for events in given.streams.values_mut() {
            events.sort_by_key(|it| it.event.version);
            let mut versions = (1..).zip(&*events);
            if let Some((expected, found)) = versions.find(|(at, it)| it.event.version.0 != *at) {
                let found = found.event;
                let problem = format!("{found} stands where version {expected} must");
                return Err(ArchiveError::Disorder { file: NAME.to_owned(), row, problem });
            }
        }
        Ok(given)
    }
}

/// Hands over the streams of a bucket, one after the other; with `only`, those alone.
fn read(
    archive: &Archive,
    bucket: u16,
    only: Option<&BTreeSet<StreamId>>,
    mut take: impl FnMut(StreamId, Vec<Envelope<Event>>),
) -> Result<(), ArchiveError> {
    let mut events: Vec<Envelope<Event>> = Vec::new();
    archive.each(bucket, &mut |row| {
        match row {
            Row::Event { raw, .. } => {
                let stream = raw.event()?.stream;
                if only.is_none_or(|only| only.contains(&stream)) {
                    events.push(raw.decoded()?);
                }
            }
            Row::End => {
                let events = std::mem::take(&mut events);
                if let Some(first) = events.first() {
                    take(first.event.stream, events);
                }
            }
        }
        Ok(())
    })
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
    let folded = Folded::of_bucket(archive, bucket, view)?;
    out.make()?;
    let staging = out.staging()?;
    let fold = one_fold(archive, view, out, staging.path())?;
    let mut rows = BTreeMap::new();
    for table in TABLES.iter().copied().filter(|it| folded.tells(*it)) {
        let schema = table_schema(table);
        let count = write(out, staging.path(), table.name(), bucket, &fold, schema, &mut |file| {
            folded.table(table, |batch| file(&batch))
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
