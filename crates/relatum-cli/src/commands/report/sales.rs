//! `relatum report sales`: what was sold, told apart by something.

use chrono::NaiveDate;
use clap::{Args, ValueEnum};
use relatum::{SalesBy, SalesOptions};

use super::figures::{self, Asked};
use crate::failure::{Exit, Failure};
use crate::session::Session;
use crate::values;

/// What was sold, cancelled and returned, by client, manager, team, product group, month or year
///
/// What counts as sold, and to whose credit, is the tenant's policy on sales credit.
#[derive(Debug, Args)]
pub(crate) struct Sales {
    /// By what sales are told apart
    #[arg(long, value_enum, default_value_t = By::Manager)]
    by: By,
    /// The first day; that of the book unless said otherwise
    #[arg(long, value_name = "DAY", value_parser = values::day)]
    from: Option<NaiveDate>,
    /// Only goods of this product group
    #[arg(long, value_name = "GROUP")]
    group: Option<String>,
    #[command(flatten)]
    asked: Asked,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    Account,
    Manager,
    Team,
    Group,
    Month,
    Year,
}

impl Sales {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let found = self.asked.find(session)?;
        let (by, lines) = match self.by {
            By::Account => (SalesBy::Account, "account"),
            By::Manager => (SalesBy::Manager, "manager"),
            By::Team => (SalesBy::Team, "team"),
            By::Group => (SalesBy::Group, "group"),
            By::Month => (SalesBy::Month, "month"),
            By::Year => (SalesBy::Year, "year"),
        };
        let options = SalesOptions {
            by,
            from: self.from,
            account: found.account,
            manager: found.manager,
            group: self.group,
        };
        let from = self.from.map_or(String::new(), |from| format!(" from {from}"));
        figures::show(session, found, &options, &format!("Sales by {lines}{from}"), lines)
    }
}
