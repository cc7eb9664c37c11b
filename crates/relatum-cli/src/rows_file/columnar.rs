//! Rows as columns: Parquet, or Arrow IPC.

use std::io::Write;

use relatum::{Table, TableCell};
use relatum_archive::{ArchiveError, ArrowFile, ParquetRows, TableRows};

use super::RowsFile;
use crate::failure::Failure;

/// So many rows are written at once.
const ROWS: usize = 8_192;

/// What becomes of whatever was written to.
type End<W> = Box<dyn FnOnce(W) -> Result<(), Failure>>;

enum Kind<W: Write + Send> {
    Arrow(ArrowFile<W>),
    Parquet(ParquetRows<W>),
}

/// A file of columns.
pub(crate) struct ColumnarFile<W: Write + Send> {
    rows: TableRows,
    to: Kind<W>,
    end: End<W>,
}

impl<W: Write + Send> ColumnarFile<W> {
    /// Arrow IPC, to be read from any place.
    pub(crate) fn arrow(table: &dyn Table, to: W, end: End<W>) -> Result<Self, Failure> {
        let rows = TableRows::of(table);
        let to = Kind::Arrow(ArrowFile::file(to, rows.schema())?);
        Ok(Self { rows, to, end })
    }

    /// An Arrow IPC stream.
    pub(crate) fn arrow_stream(table: &dyn Table, to: W, end: End<W>) -> Result<Self, Failure> {
        let rows = TableRows::of(table);
        let to = Kind::Arrow(ArrowFile::stream(to, rows.schema())?);
        Ok(Self { rows, to, end })
    }

    /// Parquet that says `about` itself in its metadata.
    pub(crate) fn parquet(
        table: &dyn Table,
        about: &[(String, String)],
        to: W,
        end: End<W>,
    ) -> Result<Self, Failure> {
        let rows = TableRows::of(table);
        let about = about.iter().map(|(key, value)| (key.as_str(), value.clone())).collect();
        let to = Kind::Parquet(ParquetRows::begin(to, rows.schema().clone(), about)?);
        Ok(Self { rows, to, end })
    }

    fn flush(&mut self) -> Result<(), ArchiveError> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let batch = self.rows.batch()?;
        match &mut self.to {
            Kind::Arrow(to) => to.write(&batch),
            Kind::Parquet(to) => to.write(&batch),
        }
    }
}

impl<W: Write + Send> RowsFile for ColumnarFile<W> {
    fn row(&mut self, cells: &[TableCell<'_>]) -> Result<(), Failure> {
        self.rows.push(cells);
        if self.rows.len() >= ROWS { Ok(self.flush()?) } else { Ok(()) }
    }

    fn end(mut self: Box<Self>) -> Result<(), Failure> {
        self.flush()?;
        let Self { to, end, .. } = *self;
        end(match to {
            Kind::Arrow(to) => to.end()?,
            Kind::Parquet(to) => to.end()?,
        })
    }
}
