//! Where rows come from: a delimited text or a sheet, read in the same way.

use std::io::{self, Read};

use super::format::Format;
use super::records::{Ending, MAX_ROW_BYTES, Records};
use super::workbook::Sheet;

/// Rows of fields, one at hand at a time.
pub(crate) enum Source {
    Delimited(Box<Records>),
    Sheet(Box<Sheet>),
}

impl Source {
    pub(crate) fn delimited(reader: Box<dyn Read + Send>, format: &Format) -> Self {
        Self::Delimited(Box::new(Records::new(reader, format, MAX_ROW_BYTES)))
    }

    /// Moves to the next row; none at the end.
    pub(crate) fn next(&mut self) -> io::Result<Option<Ending>> {
        match self {
            Self::Delimited(records) => records.next(),
            Self::Sheet(sheet) => Ok(sheet.next()),
        }
    }

    /// Passes over one line, whatever is in it.
    pub(crate) fn skip_line(&mut self) -> io::Result<bool> {
        match self {
            Self::Delimited(records) => records.skip_line(),
            Self::Sheet(_) => Ok(true),
        }
    }

    /// First line of the row at hand, from 1.
    pub(crate) const fn line(&self) -> u64 {
        match self {
            Self::Delimited(records) => records.line,
            Self::Sheet(sheet) => sheet.line,
        }
    }

    /// Lines read to their end.
    pub(crate) const fn lines_read(&self) -> u64 {
        match self {
            Self::Delimited(records) => records.lines_read(),
            Self::Sheet(sheet) => sheet.line,
        }
    }

    /// The row as it stands there; of a sheet, as CSV.
    pub(crate) fn raw(&self) -> &[u8] {
        match self {
            Self::Delimited(records) => records.raw(),
            Self::Sheet(sheet) => sheet.raw(),
        }
    }

    pub(crate) const fn columns(&self) -> usize {
        match self {
            Self::Delimited(records) => records.columns(),
            Self::Sheet(sheet) => sheet.columns(),
        }
    }

    /// The bytes of column `at`; none where there is none.
    pub(crate) fn field(&self, at: usize) -> Option<&[u8]> {
        match self {
            Self::Delimited(records) => records.field(at),
            Self::Sheet(sheet) => sheet.field(at),
        }
    }

    /// Whether the field is in plain notation, whatever the format says.
    pub(crate) fn is_plain(&self, at: usize) -> bool {
        match self {
            Self::Delimited(_) => false,
            Self::Sheet(sheet) => sheet.is_plain(at),
        }
    }

    /// Why the field tells nothing.
    pub(crate) fn fault(&self, at: usize) -> Option<String> {
        match self {
            Self::Delimited(_) => None,
            Self::Sheet(sheet) => sheet.fault(at),
        }
    }

    /// What is wrong with the row at hand as a row of names.
    pub(crate) fn header_fault(&self) -> Option<String> {
        match self {
            Self::Delimited(_) => None,
            Self::Sheet(sheet) => sheet.header_fault(),
        }
    }

    /// Whether a row may lack its last columns, because they are empty.
    pub(crate) const fn may_be_short(&self) -> bool {
        matches!(self, Self::Sheet(_))
    }
}
