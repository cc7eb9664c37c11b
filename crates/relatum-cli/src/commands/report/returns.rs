//! `relatum report returns`: goods that came back.

use chrono::NaiveDate;
use clap::{Args, ValueEnum};
use relatum::domain::selling;
use relatum::{ReturnsBy, ReturnsOptions};

use super::figures::{self, Asked, Derived, period};
use super::per_cent;
use crate::failure::{Exit, Failure};
use crate::session::Session;
use crate::values;

/// Goods that came back or were refused at the door: how many, for how much, and of which sales
#[derive(Debug, Args)]
pub(crate) struct Returns {
    /// By what returns are told apart
    #[arg(long, value_enum, default_value_t = By::Month)]
    by: By,
    /// The first day; that of the book unless said otherwise
    #[arg(long, value_name = "DAY", value_parser = values::day)]
    from: Option<NaiveDate>,
    /// The last day; that of the view unless said otherwise
    #[arg(long, value_name = "DAY", value_parser = values::day)]
    to: Option<NaiveDate>,
    /// What came back beside the same days a year before; without a first day, this year
    #[arg(long)]
    year_on_year: bool,
    #[command(flatten)]
    asked: Asked,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    Month,
    Account,
    Manager,
    Group,
    Product,
    Reason,
}

/// What came back or was refused, of what was sold in the same time.
const DERIVED: &[Derived] = &[Derived {
    key: "rate_bp",
    title: "of sales",
    of: |line| {
        // Together with what was refused at the door.
        let back = line.sum(2).micro + line.sum(5).micro;
        let bp = selling::per_cent(back, line.sum(6).micro)?;
        Some((per_cent(bp), bp.into()))
    },
}];

impl Returns {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let found = self.asked.find(session)?;
        let (by, lines) = match self.by {
            By::Month => (ReturnsBy::Month, "month"),
            By::Account => (ReturnsBy::Account, "account"),
            By::Manager => (ReturnsBy::Manager, "manager"),
            By::Group => (ReturnsBy::Group, "group"),
            By::Product => (ReturnsBy::Product, "product"),
            By::Reason => (ReturnsBy::Reason, "reason"),
        };
        let (from, to) = (self.from, self.to);
        let options =
            ReturnsOptions { by, from, to, account: found.account, manager: found.manager };
        if self.year_on_year {
            return figures::show_year_on_year(session, found, options, "Returns", lines);
        }
        let title = format!("Returns by {lines}{}", period(from, to));
        figures::show_with(session, found, &options, &title, lines, DERIVED)
    }
}
