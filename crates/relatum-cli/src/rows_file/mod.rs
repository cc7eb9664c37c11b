//! Rows of tables as files: one file a form.
//!
//! Owns how typed cells are written down. Knows no table and no command.

mod columnar;
mod csv;
mod jsonl;
mod xlsx;

use relatum::domain::Currency;
use relatum::{CellKind, Sum, TableCell, TableColumn};

use crate::failure::Failure;

pub(crate) use columnar::ColumnarFile;
pub(crate) use csv::CsvFile;
pub(crate) use jsonl::JsonlFile;
pub(crate) use xlsx::XlsxFile;

/// Takes rows one after the other.
pub(crate) trait RowsFile {
    /// Writes a row, a cell a column.
    fn row(&mut self, cells: &[TableCell<'_>]) -> Result<(), Failure>;

    /// Writes what comes after the rows, and puts the file in place.
    fn end(self: Box<Self>) -> Result<(), Failure>;
}

/// Columns, and where the currency of a row's amounts stands.
#[derive(Debug, Clone)]
pub(crate) struct Columns {
    pub(crate) all: Vec<TableColumn>,
    currency: Option<usize>,
}

impl Columns {
    pub(crate) fn new(all: Vec<TableColumn>) -> Self {
        let currency = all.iter().position(|it| it.kind == CellKind::Text && it.name == "currency");
        Self { all, currency }
    }

    /// What amounts of a row are in; none: they are counted.
    fn currency_of(&self, cells: &[TableCell<'_>]) -> Currency {
        match self.currency.and_then(|at| cells.get(at)) {
            Some(TableCell::Text(code)) => code.parse().unwrap_or(Currency::NONE),
            _ => Currency::NONE,
        }
    }

    /// The cells of a row, each with its column and, of an amount, what it is in.
    fn of<'c, 'a>(
        &'c self,
        cells: &'c [TableCell<'a>],
    ) -> impl Iterator<Item = (&'c TableColumn, &'c TableCell<'a>, Currency)> {
        let currency = self.currency_of(cells);
        self.all.iter().zip(cells).map(move |(column, cell)| {
            let is_amount = column.kind == CellKind::Amount;
            (column, cell, if is_amount { currency } else { Currency::NONE })
        })
    }
}

/// A cell as text: amounts with the digits of the minor unit, more where there are any.
fn text_of(cell: &TableCell<'_>, currency: Currency) -> String {
    match cell {
        TableCell::Decimal(micro) => Sum { micro: *micro, currency }.number(),
        other => other.to_string(),
    }
}
