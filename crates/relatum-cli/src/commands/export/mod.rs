//! `relatum export`: what is known of the book as files, for whoever reads columns.

mod log;
mod table;

use clap::{Args, Subcommand};

use crate::failure::{Exit, Failure};
use crate::session::Session;

/// Write a table as a file: every row, typed, as of any day and as known at any instant
///
/// Without --output, rows go to standard output. A file is there whole or not at all, and the log
/// tells of it before it is written. `--list` lists the tables, and with the name of one its
/// columns; docs/tables.md has them all.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Export {
    #[command(subcommand)]
    what: Option<What>,
    #[command(flatten)]
    table: table::ExportTable,
}

/// What is no table of projections.
#[derive(Debug, Subcommand)]
enum What {
    Log(log::ExportLog),
}

impl Export {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        match self.what {
            Some(What::Log(it)) => it.run(session),
            None => self.table.run(session),
        }
    }
}
