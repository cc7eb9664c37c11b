//! Rejected rows, as CSV for whoever repairs them.

use std::io::{self, Write};

use serde::Serialize;

use crate::error::ImportError;
use crate::file::{Problem, Record};

/// A row that did not go in, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Reject {
    /// The file.
    pub file: String,
    /// The first line of the row, from 1.
    pub line: u64,
    /// The column, or several; empty when it is the row as a whole.
    pub column: String,
    /// What stands there.
    pub value: String,
    /// Why that will not do.
    pub reason: String,
}

/// Writes rejects; the header row with the first one.
pub(crate) struct Rejects<'a> {
    writer: csv::Writer<&'a mut dyn Write>,
    begun: bool,
}

impl<'a> Rejects<'a> {
    pub(crate) fn new(to: &'a mut dyn Write) -> Self {
        Self { writer: csv::Writer::from_writer(to), begun: false }
    }

    pub(crate) fn write(
        &mut self,
        file: &str,
        record: &Record,
        problem: Problem,
    ) -> Result<Reject, ImportError> {
        let failed = |error: csv::Error| ImportError::Rejects { source: io::Error::from(error) };
        if !self.begun {
            self.begun = true;
            let header = ["file", "line", "column", "value", "reason", "row"];
            self.writer.write_record(header).map_err(failed)?;
        }
        let row = String::from_utf8_lossy(&record.raw);
        let line = record.line.to_string();
        let Problem { column, value, reason } = problem;
        let fields = [file, &line, &column, &value, &reason, &row];
        self.writer.write_record(fields).map_err(failed)?;
        Ok(Reject { file: file.to_owned(), line: record.line, column, value, reason })
    }

    pub(crate) fn flush(&mut self) -> Result<(), ImportError> {
        self.writer.flush().map_err(|source| ImportError::Rejects { source })
    }
}
