//! Rows of tables as record batches.
//!
//! *Invariant: a cell keeps every digit; amounts and numbers are decimals with six places, and
//! what an amount is in stands in the row's column `currency`.*

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::builder::{
    BooleanBuilder, Date32Builder, Decimal128Builder, Int64Builder, StringBuilder,
    TimestampMicrosecondBuilder,
};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use relatum::{AsOf, TableFilter};
use relatum_projections::{CellKind, Table, TableCell};

use crate::error::ArchiveError;
use crate::events::{days, decimal_type, instant_type};
use crate::segment::BATCH;

/// The columns of a table. What a column says stands in its metadata, as `doc`.
#[must_use]
pub fn table_schema(table: &dyn Table) -> SchemaRef {
    let field = |name: &str, kind: CellKind, doc: &str| {
        let doc = HashMap::from([("doc".to_owned(), doc.to_owned())]);
        Field::new(name, data_type(kind), true).with_metadata(doc)
    };
    let columns = table.columns().into_iter();
    let fields: Vec<_> = columns.map(|it| field(it.name, it.kind, it.doc)).collect();
    Arc::new(Schema::new(fields))
}

fn data_type(kind: CellKind) -> DataType {
    match kind {
        CellKind::Integer => DataType::Int64,
        CellKind::Flag => DataType::Boolean,
        CellKind::Day => DataType::Date32,
        CellKind::Instant => instant_type(),
        CellKind::Amount | CellKind::Number => decimal_type(),
        // Texts, ids, names of events.
        _ => DataType::Utf8,
    }
}

/// Collects rows of a table into batches.
#[derive(Debug)]
pub struct TableRows {
    schema: SchemaRef,
    columns: Vec<Cells>,
    rows: usize,
}

/// The cells of a column.
#[derive(Debug)]
enum Cells {
    Text(StringBuilder),
    Integer(Int64Builder),
    Flag(BooleanBuilder),
    Day(Date32Builder),
    Instant(TimestampMicrosecondBuilder),
    Decimal(Decimal128Builder),
}

impl Cells {
    fn of(kind: CellKind) -> Self {
        match kind {
            CellKind::Integer => Self::Integer(Int64Builder::new()),
            CellKind::Flag => Self::Flag(BooleanBuilder::new()),
            CellKind::Day => Self::Day(Date32Builder::new()),
            CellKind::Instant => {
                let builder = TimestampMicrosecondBuilder::new();
                Self::Instant(builder.with_data_type(instant_type()))
            }
            CellKind::Amount | CellKind::Number => {
                Self::Decimal(Decimal128Builder::new().with_data_type(decimal_type()))
            }
            _ => Self::Text(StringBuilder::new()),
        }
    }

    /// Puts a cell below the others. One of another kind than the column's cannot come: a table
    /// has cells of the kinds that it says.
    fn push(&mut self, cell: &TableCell<'_>) {
        match (self, cell) {
            (Self::Text(to), TableCell::Null) => to.append_null(),
            (Self::Text(to), cell) => to.append_value(cell.to_string()),
            (Self::Integer(to), TableCell::Integer(number)) => to.append_value(*number),
            (Self::Integer(to), _) => to.append_null(),
            (Self::Flag(to), TableCell::Flag(flag)) => to.append_value(*flag),
            (Self::Flag(to), _) => to.append_null(),
            (Self::Day(to), TableCell::Day(day)) => to.append_value(days(*day)),
            (Self::Day(to), _) => to.append_null(),
            (Self::Instant(to), TableCell::Instant(at)) => to.append_value(at.timestamp_micros()),
            (Self::Instant(to), _) => to.append_null(),
            (Self::Decimal(to), TableCell::Decimal(micro)) => to.append_value(*micro),
            (Self::Decimal(to), _) => to.append_null(),
        }
    }

    fn array(&mut self) -> ArrayRef {
        match self {
            Self::Text(it) => Arc::new(it.finish()),
            Self::Integer(it) => Arc::new(it.finish()),
            Self::Flag(it) => Arc::new(it.finish()),
            Self::Day(it) => Arc::new(it.finish()),
            Self::Instant(it) => Arc::new(it.finish()),
            Self::Decimal(it) => Arc::new(it.finish()),
        }
    }
}

impl TableRows {
    /// No row yet.
    #[must_use]
    pub fn of(table: &dyn Table) -> Self {
        let columns = table.columns().iter().map(|it| Cells::of(it.kind)).collect();
        Self { schema: table_schema(table), columns, rows: 0 }
    }

    /// The columns.
    #[must_use]
    pub const fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// How many rows are in.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.rows
    }

    /// Whether no row is in.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Takes a row in.
    pub fn push(&mut self, cells: &[TableCell<'_>]) {
        self.columns.iter_mut().zip(cells).for_each(|(column, cell)| column.push(cell));
        self.rows += 1;
    }

    /// The batch of what was taken in; empties this.
    ///
    /// # Errors
    /// [`ArchiveError::Arrow`] if a row had not a cell for each column.
    pub fn batch(&mut self) -> Result<RecordBatch, ArchiveError> {
        let columns = self.columns.iter_mut().map(Cells::array).collect();
        self.rows = 0;
        Ok(RecordBatch::try_new(Arc::clone(&self.schema), columns)?)
    }
}

/// Hands over the rows of a table, seen from `book`, as record batches.
///
/// # Errors
/// As [`AsOf::rows`]; those of `take`.
///
/// # Example
/// ```
/// use relatum::{Engine, TableFilter};
/// use relatum_archive::table_batches;
/// let book = Engine::in_memory()?.as_of("2026-03-31".parse()?);
/// let table = book.table("open_items")?;
/// let mut rows = 0;
/// table_batches(&book, table, &TableFilter::default(), |batch| {
///     rows += batch.num_rows();
///     Ok(())
/// })?;
/// assert_eq!(rows, 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn table_batches(
    book: &AsOf,
    table: &dyn Table,
    filter: &TableFilter,
    mut take: impl FnMut(RecordBatch) -> Result<(), ArchiveError>,
) -> Result<(), ArchiveError> {
    let mut rows = TableRows::of(table);
    book.rows(table, filter, |cells| {
        rows.push(cells);
        if rows.len() >= BATCH { take(rows.batch()?) } else { Ok(()) }
    })?;
    if rows.is_empty() { Ok(()) } else { take(rows.batch()?) }
}
