//! `relatum export`: what is known of the book as files, for whoever reads columns.

mod table;

use clap::Args;

use crate::failure::{Exit, Failure};
use crate::session::Session;

/// Write a table as a file: every row, typed, as of any day and as known at any instant
///
/// Without --output, rows go to standard output. A file is there whole or not at all, and the log
/// tells of it before it is written. `--list` lists the tables, and with the name of one its
/// columns; docs/tables.md has them all.
#[derive(Debug, Args)]
pub(crate) struct Export {
    #[command(flatten)]
    table: table::ExportTable,
}

impl Export {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        self.table.run(session)
    }
}
