//! The answer to a query, batch by batch.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use datafusion::arrow::datatypes::Schema;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::prelude::DataFrame;
use futures_util::StreamExt as _;
use tokio::runtime::Runtime;

use crate::cell::{self, SqlCell, SqlColumn};
use crate::error::SqlError;
use crate::explained::Context;
use crate::save;

/// The answer to a query. Nothing is read before its rows are asked for.
pub struct Answer<'a> {
    runtime: &'a Runtime,
    rows: DataFrame,
    text: String,
    memory: usize,
}

impl fmt::Debug for Answer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer").field("text", &self.text).finish_non_exhaustive()
    }
}

impl<'a> Answer<'a> {
    pub(crate) const fn new(
        runtime: &'a Runtime,
        rows: DataFrame,
        text: String,
        memory: usize,
    ) -> Self {
        Self { runtime, rows, text, memory }
    }

    /// Its columns. No two have the same name: a second `due` is called `due_2`.
    #[must_use]
    pub fn columns(&self) -> Vec<SqlColumn> {
        let names = self.names();
        let kinds = self.rows.schema().fields().iter().map(|it| it.data_type());
        names.into_iter().zip(kinds).map(|(name, kind)| SqlColumn::of(name, kind)).collect()
    }

    fn names(&self) -> Vec<String> {
        let mut names = Vec::<String>::new();
        for field in self.rows.schema().fields() {
            let name = field.name();
            let mut unique = name.clone();
            let mut count = 1;
            while names.contains(&unique) {
                count += 1;
                unique = format!("{name}_{count}");
            }
            names.push(unique);
        }
        names
    }

    /// Begins to read, and hands over its rows as they come.
    ///
    /// # Errors
    /// As [`SqlRows`] does.
    pub fn rows(self) -> Result<SqlRows<'a>, SqlError> {
        let Self { runtime, rows, text, memory } = self;
        let begun = runtime.block_on(rows.execute_stream());
        let stream = begun.map_err(|error| Context { text: &text, memory }.error(error))?;
        Ok(SqlRows { runtime, stream, text, memory })
    }

    /// Writes it as a file of Parquet, under a temporary name until it is whole, and says how many
    /// rows it has.
    ///
    /// # Errors
    /// [`SqlError::File`], of a file that cannot be written; else as [`SqlRows`] does. Then there
    /// is no file, or the one that was there before.
    pub fn save_parquet(self, path: &Path) -> Result<u64, SqlError> {
        let fields = self.rows.schema().fields().iter().zip(self.names());
        let fields = fields.map(|(field, name)| field.as_ref().clone().with_name(name));
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let mut rows = self.rows()?;
        save::parquet(path, schema, || rows.batch())
    }
}

/// The rows of an answer, some at a time.
///
/// # Errors
/// [`SqlError::Failed`], [`SqlError::File`], [`SqlError::Memory`], [`SqlError::Engine`]. After an
/// error there are no more.
pub struct SqlRows<'a> {
    runtime: &'a Runtime,
    stream: SendableRecordBatchStream,
    text: String,
    memory: usize,
}

impl fmt::Debug for SqlRows<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqlRows").field("text", &self.text).finish_non_exhaustive()
    }
}

impl SqlRows<'_> {
    fn batch(&mut self) -> Option<Result<RecordBatch, SqlError>> {
        let next = self.runtime.block_on(self.stream.next())?;
        let (text, memory) = (self.text.as_str(), self.memory);
        Some(next.map_err(|error| Context { text, memory }.error(error)))
    }
}

impl Iterator for SqlRows<'_> {
    type Item = Result<Vec<Vec<SqlCell>>, SqlError>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.batch()?.and_then(|batch| cell::rows(&batch)))
    }
}
