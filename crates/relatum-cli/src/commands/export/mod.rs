//! `relatum export`: what is known of the book as files, for whoever reads columns.

mod log;

use clap::{Args, Subcommand};

use crate::failure::{Exit, Failure};
use crate::session::Session;

/// Write the log, or a table, as files
#[derive(Debug, Args)]
pub(crate) struct Export {
    #[command(subcommand)]
    what: What,
}

/// What is no table of projections.
#[derive(Debug, Subcommand)]
enum What {
    Log(log::ExportLog),
}

impl Export {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        match self.what {
            What::Log(it) => it.run(session),
        }
    }
}
