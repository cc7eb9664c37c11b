//! `relatum account`: the verbs about accounts.

mod credit;
mod duplicates;
mod history;
mod list;
mod merge;
mod show;
mod statement;

use clap::Subcommand;

use crate::failure::{Exit, Failure};
use crate::session::Session;

/// The verbs.
#[derive(Debug, Subcommand)]
pub(crate) enum Account {
    List(list::List),
    Show(show::Show),
    History(history::History),
    Statement(statement::StatementOf),
    Credit(credit::Credit),
    Duplicates(duplicates::Duplicates),
    Merge(merge::Merge),
    Split(merge::Split),
}

impl Account {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        match self {
            Self::List(it) => it.run(session),
            Self::Show(it) => it.run(session),
            Self::History(it) => it.run(session),
            Self::Statement(it) => it.run(session),
            Self::Credit(it) => it.run(session),
            Self::Duplicates(it) => it.run(session),
            Self::Merge(it) => it.run(session),
            Self::Split(it) => it.run(session),
        }
    }
}
