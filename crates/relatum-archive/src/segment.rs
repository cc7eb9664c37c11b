//! One file of an archive: Parquet, written and read.
//!
//! *Invariant: the bytes depend on the rows, the facts and this program alone.*

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use bytes::Bytes;
use parquet::arrow::ArrowWriter;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::schema::types::ColumnPath;
use sha2::{Digest as _, Sha256};

use crate::error::ArchiveError;
use crate::manifest::hex;

/// Rows of a row group.
const GROUP: usize = 131_072;

/// Rows of a batch that is read or written.
pub(crate) const BATCH: usize = 8_192;

/// How hard Zstandard tries.
const LEVEL: i32 = 3;

/// Columns of which hardly two values are the same.
const UNIQUE: &[&str] = &["data", "key", "seq"];

/// What a file that was written comes to.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) bytes: u64,
    pub(crate) sha256: String,
}

/// Counts and hashes what goes by.
struct Hashing<W> {
    to: W,
    hasher: Sha256,
    bytes: u64,
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = self.to.write(bytes)?;
        self.hasher.update(bytes.get(..taken).unwrap_or_default());
        self.bytes = self.bytes.saturating_add(taken as u64);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

/// Writes one Parquet file.
pub(crate) struct ParquetFile {
    writer: ArrowWriter<Hashing<BufWriter<File>>>,
    name: String,
}

impl ParquetFile {
    /// Begins the file at `path`, which people know as `name`, with `facts` in its metadata.
    pub(crate) fn begin(
        path: &Path,
        name: &str,
        schema: SchemaRef,
        facts: Vec<(&str, String)>,
    ) -> Result<Self, ArchiveError> {
        let file = File::create(path).map_err(ArchiveError::io(format!("write {name}")))?;
        let level = ZstdLevel::try_new(LEVEL).map_err(ArchiveError::parquet(name))?;
        let facts = facts.into_iter().map(|(key, value)| KeyValue::new(key.to_owned(), value));
        let mut properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(level))
            .set_max_row_group_row_count(Some(GROUP))
            .set_key_value_metadata(Some(facts.collect()));
        for column in UNIQUE {
            properties = properties
                .set_column_dictionary_enabled(ColumnPath::from((*column).to_owned()), false);
        }
        let to = Hashing { to: BufWriter::new(file), hasher: Sha256::new(), bytes: 0 };
        let writer = ArrowWriter::try_new(to, schema, Some(properties.build()));
        let writer = writer.map_err(ArchiveError::parquet(name))?;
        Ok(Self { writer, name: name.to_owned() })
    }

    pub(crate) fn write(&mut self, batch: &RecordBatch) -> Result<(), ArchiveError> {
        self.writer.write(batch).map_err(ArchiveError::parquet(&self.name))
    }

    /// Ends the file, durably.
    pub(crate) fn end(self) -> Result<Written, ArchiveError> {
        let name = self.name;
        let hashing = self.writer.into_inner().map_err(ArchiveError::parquet(&name))?;
        let (bytes, hasher) = (hashing.bytes, hashing.hasher);
        let ended = hashing.to.into_inner().map_err(io::IntoInnerError::into_error);
        let ended = ended.and_then(|file| file.sync_all());
        ended.map_err(ArchiveError::io(format!("write {name}")))?;
        Ok(Written { bytes, sha256: hex(&hasher.finalize()) })
    }
}

/// Reads a Parquet file, only `columns` of it if some are named.
pub(crate) fn batches(
    bytes: Bytes,
    name: &str,
    columns: Option<&[&str]>,
) -> Result<ParquetRecordBatchReader, ArchiveError> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(bytes);
    let builder = builder.map_err(ArchiveError::parquet(name))?;
    let mask = match columns {
        Some(columns) => ProjectionMask::columns(builder.parquet_schema(), columns.iter().copied()),
        None => ProjectionMask::all(),
    };
    let reader = builder.with_projection(mask).with_batch_size(BATCH).build();
    reader.map_err(ArchiveError::parquet(name))
}
