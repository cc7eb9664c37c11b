//! `relatum report disputes`: what is disputed, and what was paid short.

use clap::{Args, ValueEnum};
use relatum::{DisputesBy, DisputesOptions};

use super::figures::{self, Asked};
use crate::failure::{Exit, Failure};
use crate::session::Session;

/// What is disputed, by reason, owner or account and by age, and what was paid short
#[derive(Debug, Args)]
pub(crate) struct Disputes {
    /// What the lines are
    #[arg(long, value_name = "LINES", default_value = "reason")]
    by: By,
    #[command(flatten)]
    asked: Asked,
}

/// What the lines are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    /// Why
    Reason,
    /// Who sees to it
    Owner,
    /// Whose
    Account,
}

impl Disputes {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let found = self.asked.find(session)?;
        let (by, lines) = match self.by {
            By::Reason => (DisputesBy::Reason, "reason"),
            By::Owner => (DisputesBy::Owner, "owner"),
            By::Account => (DisputesBy::Account, "account"),
        };
        let options = DisputesOptions { account: found.account, manager: found.manager, by };
        figures::show(session, found, &options, "Disputes by age, and what was paid short", lines)
    }
}
