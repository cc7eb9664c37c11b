//! Answers as files: whole, or not there.

use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::sync::Arc;

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::basic::{Compression, ZstdLevel};
use datafusion::parquet::file::properties::WriterProperties;
use tempfile::NamedTempFile;

use crate::error::SqlError;

/// Writes batches as a file of Parquet.
pub(crate) fn parquet(
    path: &Path,
    schema: SchemaRef,
    mut next: impl FnMut() -> Option<Result<RecordBatch, SqlError>>,
) -> Result<u64, SqlError> {
    let fails = |error: &dyn std::fmt::Display| SqlError::File {
        path: path.display().to_string(),
        message: error.to_string(),
        missing: false,
    };
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let file = NamedTempFile::new_in(folder).map_err(|error| fails(&error))?;
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .build();
    let mut writer =
        ArrowWriter::try_new(BufWriter::new(file), Arc::clone(&schema), Some(properties))
            .map_err(|error| fails(&error))?;
    let mut rows = 0;
    while let Some(batch) = next() {
        let batch = batch?;
        rows += batch.num_rows() as u64;
        // Under the names of the file, which are all different.
        let (_, columns, _) = batch.into_parts();
        let batch = RecordBatch::try_new(Arc::clone(&schema), columns);
        let batch = batch.map_err(|error| fails(&error))?;
        writer.write(&batch).map_err(|error| fails(&error))?;
    }
    let mut buffered = writer.into_inner().map_err(|error| fails(&error))?;
    buffered.flush().map_err(|error| fails(&error))?;
    let file = buffered.into_inner().map_err(|error| fails(error.error()))?;
    file.as_file().sync_all().map_err(|error| fails(&error))?;
    file.persist(path).map_err(|error| fails(&error.error))?;
    Ok(rows)
}
