//! `relatum report unapplied`: credits that nothing has used.

use clap::Args;
use relatum::UnappliedOptions;

use super::figures::{self, Asked};
use crate::failure::{Exit, Failure};
use crate::session::Session;

/// Payments and credits that nothing has used, by how long they lie
#[derive(Debug, Args)]
pub(crate) struct Unapplied {
    /// A line an item instead of one an account
    #[arg(long)]
    items: bool,
    #[command(flatten)]
    asked: Asked,
}

impl Unapplied {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let found = self.asked.find(session)?;
        let (account, manager) = (found.account, found.manager);
        let options = UnappliedOptions { account, manager, items: self.items };
        figures::show(session, found, &options, "Unapplied cash and credits", "account")
    }
}
