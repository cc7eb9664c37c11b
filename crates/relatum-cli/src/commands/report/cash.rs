//! `relatum report cash`: what is expected to come, week by week.

use clap::Args;
use relatum::CashOptions;

use super::figures::{self, Asked};
use crate::failure::{Exit, Failure};
use crate::session::Session;

/// Cash expected by week, from due days and each payer's own lateness
///
/// A payer's lateness is the mean of what was paid in the last year, weighted by amount. Disputed
/// money is not expected. What should have come already is expected this week.
#[derive(Debug, Args)]
pub(crate) struct Cash {
    /// So many weeks, this one included
    #[arg(long, value_name = "N", default_value_t = 13)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=520))]
    weeks: u32,
    #[command(flatten)]
    asked: Asked,
}

impl Cash {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let found = self.asked.find(session)?;
        let (account, manager) = (found.account, found.manager);
        let options = CashOptions { account, manager, weeks: self.weeks };
        figures::show(session, found, &options, "Cash expected by week", "week from")
    }
}
