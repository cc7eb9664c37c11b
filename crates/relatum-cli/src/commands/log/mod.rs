//! `relatum log`: the verbs about the log underneath.

mod append;
mod input;
mod replicate;
mod show;
mod stats;
mod verify;

use clap::Subcommand;

use crate::failure::{Exit, Failure};
use crate::session::Session;

/// The verbs.
#[derive(Debug, Subcommand)]
pub(crate) enum Log {
    Show(show::Show),
    Append(append::Append),
    Replicate(replicate::Replicate),
    Verify(verify::Verify),
    Stats(stats::Stats),
}

impl Log {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        match self {
            Self::Show(it) => it.run(session),
            Self::Append(it) => it.run(session),
            Self::Replicate(it) => it.run(session),
            Self::Verify(it) => it.run(session),
            Self::Stats(it) => it.run(session),
        }
    }
}
