//! The tables of a book: those of the projections, and the log itself.

use std::ops::ControlFlow;
use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, BooleanBuilder, Date32Builder, Decimal128Builder, Int64Builder, RecordBatch,
    RecordBatchOptions, StringBuilder, TimestampMicrosecondBuilder,
};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use datafusion::catalog::TableProvider;
use relatum::log::Cut;
use relatum::{AsOf, Engine, Error, TableFilter};
use relatum_domain::AccountId;
use relatum_projections::{CellKind, RestsOn, TABLES, Table, TableCell, TableColumn};

use crate::error::SqlError;
use crate::events;
use crate::function::Make;
use crate::source::{BookTable, Give, Source};
use crate::view;
use crate::wanted::Wanted;

/// For more accounts than that the whole book is read once.
const FEW: usize = 64;

/// Digits of a decimal, and how many of them stand after the point.
const DECIMAL: DataType = DataType::Decimal128(38, 6);

/// A table that there is, from wherever one looks.
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    /// What a row of it is.
    pub(crate) about: String,
    pub(crate) schema: SchemaRef,
    /// Columns, and what they hold.
    pub(crate) docs: Vec<(String, String)>,
    pub(crate) make: Arc<Make>,
}

/// Every table of a book, as its log is by `head`.
pub(crate) fn kinds(engine: &Engine, head: &Cut) -> Vec<Kind> {
    let mut kinds = vec![events::kind(engine, head)];
    kinds.extend(TABLES.iter().map(|table| kind(*table, engine, head)));
    let views = view::kinds(&kinds);
    kinds.extend(views);
    kinds
}

fn kind(table: &'static dyn Table, engine: &Engine, head: &Cut) -> Kind {
    let columns: Arc<[TableColumn]> = table.columns().into();
    let schema = Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()));
    let docs = columns.iter().map(|it| (it.name.to_owned(), it.doc.to_owned())).collect();
    let (engine, head, told) = (engine.clone(), head.clone(), Arc::clone(&schema));
    let make = move |point: &crate::point::Point| {
        let book = point.of(&engine, &head)?;
        let (columns, schema) = (Arc::clone(&columns), Arc::clone(&told));
        let source = Arc::new(OfBook { table, book, columns, schema });
        Ok(Arc::new(BookTable(source)) as Arc<dyn TableProvider>)
    };
    let (name, about) = (table.name(), table.about().to_owned());
    Kind { name, about, schema, docs, make: Arc::new(make) }
}

/// The type of a column, as SQL names it.
pub(crate) fn type_name(kind: &DataType) -> String {
    match kind {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "varchar".to_owned(),
        DataType::Int64 => "bigint".to_owned(),
        DataType::Int32 => "integer".to_owned(),
        DataType::Float64 => "double".to_owned(),
        DataType::Boolean => "boolean".to_owned(),
        DataType::Date32 => "date".to_owned(),
        DataType::Timestamp(..) => "timestamp".to_owned(),
        DataType::Decimal128(digits, places) => format!("decimal({digits},{places})"),
        DataType::List(item) => format!("{}[]", type_name(item.data_type())),
        DataType::Struct(fields) => {
            let each = fields.iter();
            let each = each.map(|it| format!("{} {}", it.name(), type_name(it.data_type())));
            format!("struct({})", each.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string().to_lowercase(),
    }
}

fn instants() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

fn field(column: &TableColumn) -> Field {
    let kind = match column.kind {
        CellKind::Integer => DataType::Int64,
        CellKind::Flag => DataType::Boolean,
        CellKind::Day => DataType::Date32,
        CellKind::Instant => instants(),
        CellKind::Amount | CellKind::Number => DECIMAL,
        _ => DataType::Utf8,
    };
    Field::new(column.name, kind, true)
}

/// A table of the projections from a point.
#[derive(Debug)]
struct OfBook {
    table: &'static dyn Table,
    book: AsOf,
    columns: Arc<[TableColumn]>,
    schema: SchemaRef,
}

/// Why no more rows are read.
enum Stop {
    Enough,
    Failed(SqlError),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error.into())
    }
}

impl Source for OfBook {
    fn name(&self) -> &'static str {
        self.table.name()
    }

    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn sparing(&self) -> &'static [&'static str] {
        let of_accounts = self.columns.iter().any(|it| it.name == "account");
        if of_accounts && self.table.rests_on() != RestsOn::Common { &["account"] } else { &[] }
    }

    fn read(
        &self,
        wanted: &Wanted,
        columns: &[usize],
        most: usize,
        give: &mut Give<'_>,
    ) -> Result<(), SqlError> {
        let mut rows = Batch::of(&self.columns, &self.schema, columns)?;
        let mut accounts: Vec<AccountId> = match wanted.texts("account") {
            None => Vec::new(),
            Some(texts) => {
                // A text that is no id is no account's.
                let accounts: Vec<_> = texts.iter().filter_map(|it| account(it)).collect();
                if accounts.is_empty() {
                    return Ok(());
                }
                accounts
            }
        };
        accounts.sort_unstable();
        accounts.dedup();
        let filters: Vec<TableFilter> = match accounts.len() {
            0 => vec![TableFilter::default()],
            few if few <= FEW => {
                accounts.into_iter().map(|it| TableFilter { account: Some(it) }).collect()
            }
            _ => vec![TableFilter::default()],
        };
        for filter in filters {
            let read = self.book.rows(self.table, &filter, |cells| {
                rows.push(cells);
                if rows.len < most { Ok(()) } else { rows.give(give) }
            });
            match read {
                Ok(()) => {}
                Err(Stop::Enough) => return Ok(()),
                Err(Stop::Failed(error)) => return Err(error),
            }
        }
        match rows.give(give) {
            Err(Stop::Failed(error)) => Err(error),
            _ => Ok(()),
        }
    }
}

/// An id of an account, as it is shown.
fn account(text: &str) -> Option<AccountId> {
    serde_json::from_value(serde_json::Value::from(text)).ok()
}

/// Rows on their way into a batch: of each the wanted cells, by column.
struct Batch {
    columns: Vec<(usize, Column)>,
    schema: SchemaRef,
    len: usize,
}

/// The cells of a column.
enum Column {
    Text(StringBuilder),
    Integer(Int64Builder),
    Flag(BooleanBuilder),
    Day(Date32Builder),
    Instant(TimestampMicrosecondBuilder),
    Decimal(Decimal128Builder),
}

impl Batch {
    fn of(all: &[TableColumn], schema: &SchemaRef, wanted: &[usize]) -> Result<Self, SqlError> {
        let kept = |at: &usize| Some((*at, Column::of(all.get(*at)?.kind)));
        let columns = wanted.iter().filter_map(kept).collect();
        let schema = schema.project(wanted).map_err(|error| failed(&error))?;
        Ok(Self { columns, schema: Arc::new(schema), len: 0 })
    }

    fn push(&mut self, cells: &[TableCell<'_>]) {
        for (at, column) in &mut self.columns {
            column.push(cells.get(*at).unwrap_or(&TableCell::Null));
        }
        self.len += 1;
    }

    /// Hands over what is in, and empties this.
    fn give(&mut self, give: &mut Give<'_>) -> Result<(), Stop> {
        if self.len == 0 {
            return Ok(());
        }
        let arrays = self.columns.iter_mut().map(|(_, column)| column.array()).collect();
        // A count needs no column.
        let options = RecordBatchOptions::new().with_row_count(Some(self.len));
        let batch = RecordBatch::try_new_with_options(Arc::clone(&self.schema), arrays, &options);
        let batch = batch.map_err(|error| Stop::Failed(failed(&error)))?;
        self.len = 0;
        match give(batch) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Stop::Enough),
        }
    }
}

impl Column {
    fn of(kind: CellKind) -> Self {
        match kind {
            CellKind::Integer => Self::Integer(Int64Builder::new()),
            CellKind::Flag => Self::Flag(BooleanBuilder::new()),
            CellKind::Day => Self::Day(Date32Builder::new()),
            CellKind::Instant => {
                let builder = TimestampMicrosecondBuilder::new();
                Self::Instant(builder.with_data_type(instants()))
            }
            CellKind::Amount | CellKind::Number => {
                Self::Decimal(Decimal128Builder::new().with_data_type(DECIMAL))
            }
            _ => Self::Text(StringBuilder::new()),
        }
    }

    /// Takes a cell in; what is of another kind than the column's is nothing.
    fn push(&mut self, cell: &TableCell<'_>) {
        match (self, cell) {
            (Self::Text(it), TableCell::Null) => it.append_null(),
            (Self::Text(it), TableCell::Text(text)) => it.append_value(text),
            (Self::Text(it), cell) => it.append_value(cell.to_string()),
            (Self::Integer(it), cell) => it.append_option(match cell {
                TableCell::Integer(number) => Some(*number),
                _ => None,
            }),
            (Self::Flag(it), cell) => it.append_option(match cell {
                TableCell::Flag(flag) => Some(*flag),
                _ => None,
            }),
            (Self::Day(it), cell) => it.append_option(match cell {
                TableCell::Day(day) => Some(day.to_epoch_days()),
                _ => None,
            }),
            (Self::Instant(it), cell) => it.append_option(match cell {
                TableCell::Instant(at) => Some(at.timestamp_micros()),
                _ => None,
            }),
            (Self::Decimal(it), cell) => it.append_option(match cell {
                TableCell::Decimal(micro) => Some(*micro),
                _ => None,
            }),
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

fn failed(error: &impl ToString) -> SqlError {
    SqlError::Failed { message: error.to_string() }
}
