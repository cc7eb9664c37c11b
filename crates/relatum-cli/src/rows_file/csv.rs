//! Rows as comma-separated values: the first line has the names of the columns.

use std::io::Write;

use relatum::TableCell;

use super::{Columns, RowsFile, text_of};
use crate::failure::Failure;
use crate::output::inert;

/// What becomes of whatever was written to.
type End<W> = Box<dyn FnOnce(W) -> Result<(), Failure>>;

/// A file of comma-separated values.
pub(crate) struct CsvFile<W: Write> {
    columns: Columns,
    to: csv::Writer<W>,
    end: End<W>,
}

impl<W: Write> CsvFile<W> {
    pub(crate) fn begin(columns: Columns, to: W, end: End<W>) -> Result<Self, Failure> {
        let mut to = csv::Writer::from_writer(to);
        to.write_record(columns.all.iter().map(|column| column.name))?;
        Ok(Self { columns, to, end })
    }
}

impl<W: Write> RowsFile for CsvFile<W> {
    fn row(&mut self, cells: &[TableCell<'_>]) -> Result<(), Failure> {
        for (_, cell, currency) in self.columns.of(cells) {
            match cell {
                TableCell::Text(text) => self.to.write_field(inert(text).as_bytes())?,
                TableCell::Null => self.to.write_field([])?,
                cell => self.to.write_field(text_of(cell, currency))?,
            }
        }
        Ok(self.to.write_record(None::<&[u8]>)?)
    }

    fn end(self: Box<Self>) -> Result<(), Failure> {
        let Self { to, end, .. } = *self;
        let to = to.into_inner().map_err(|error| Failure::from(error.into_error()))?;
        end(to)
    }
}
