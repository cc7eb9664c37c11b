//! Rows as JSON, an object a line. Amounts and numbers that are no counts are texts: no digit of
//! them may be lost.

use std::io::Write;

use relatum::TableCell;

use super::{Columns, RowsFile, text_of};
use crate::failure::Failure;

/// What becomes of whatever was written to.
type End<W> = Box<dyn FnOnce(W) -> Result<(), Failure>>;

/// A file of JSON lines.
pub(crate) struct JsonlFile<W: Write> {
    columns: Columns,
    to: W,
    end: End<W>,
}

impl<W: Write> JsonlFile<W> {
    pub(crate) const fn begin(columns: Columns, to: W, end: End<W>) -> Self {
        Self { columns, to, end }
    }
}

impl<W: Write> RowsFile for JsonlFile<W> {
    fn row(&mut self, cells: &[TableCell<'_>]) -> Result<(), Failure> {
        let mut before = b'{';
        for (column, cell, currency) in self.columns.of(cells) {
            self.to.write_all(&[before])?;
            before = b',';
            serde_json::to_writer(&mut self.to, column.name)?;
            self.to.write_all(b":")?;
            match cell {
                TableCell::Null => self.to.write_all(b"null")?,
                TableCell::Integer(number) => write!(self.to, "{number}")?,
                TableCell::Flag(flag) => write!(self.to, "{flag}")?,
                TableCell::Text(text) => serde_json::to_writer(&mut self.to, text)?,
                cell => serde_json::to_writer(&mut self.to, &text_of(cell, currency))?,
            }
        }
        Ok(self.to.write_all(b"}\n")?)
    }

    fn end(self: Box<Self>) -> Result<(), Failure> {
        (self.end)(self.to)
    }
}
