//! `relatum account`: the verbs about accounts.

mod history;
mod list;
mod show;

use clap::Subcommand;

use crate::failure::{Exit, Failure};
use crate::session::Session;

/// The verbs.
#[derive(Debug, Subcommand)]
pub(crate) enum Account {
    List(list::List),
    Show(show::Show),
    History(history::History),
}

impl Account {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        match self {
            Self::List(it) => it.run(session),
            Self::Show(it) => it.run(session),
            Self::History(it) => it.run(session),
        }
    }
}
