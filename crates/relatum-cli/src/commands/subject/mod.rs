//! `relatum subject`: the verbs about the people of whom the book tells.

mod erase;
mod list;
mod show;
mod traces;

use clap::Subcommand;

use crate::failure::{Exit, Failure};
use crate::session::Session;

/// The verbs.
#[derive(Debug, Subcommand)]
pub(crate) enum Subject {
    List(list::List),
    Show(show::Show),
    Erase(erase::Erase),
}

impl Subject {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        match self {
            Self::List(it) => it.run(session),
            Self::Show(it) => it.run(session),
            Self::Erase(it) => it.run(session),
        }
    }
}
