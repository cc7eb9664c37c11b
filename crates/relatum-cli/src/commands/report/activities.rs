//! `relatum report activities`: planned against held.

use chrono::NaiveDate;
use clap::{Args, ValueEnum};
use relatum::domain::selling;
use relatum::{ActivitiesBy, ActivitiesOptions};

use super::figures::{self, Asked, Derived};
use super::per_cent;
use crate::failure::{Exit, Failure};
use crate::session::Session;
use crate::values;

/// Planned against held: how many activities were planned, held, cancelled, missed
#[derive(Debug, Args)]
pub(crate) struct Activities {
    /// By what activities are told apart
    #[arg(long, value_enum, default_value_t = By::Manager)]
    by: By,
    /// The first day; that of the book unless said otherwise
    #[arg(long, value_name = "DAY", value_parser = values::day)]
    from: Option<NaiveDate>,
    #[command(flatten)]
    asked: Asked,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    Manager,
    Account,
    Kind,
    Month,
    Outcome,
}

/// What was held of what was planned and is no longer to come.
const DERIVED: &[Derived] = &[Derived {
    key: "held_bp",
    title: "held of planned",
    of: |line| {
        let planned = line.sum(0).micro - line.sum(4).micro;
        let bp = selling::per_cent(line.sum(1).micro, planned)?;
        Some((per_cent(bp), bp.into()))
    },
}];

impl Activities {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let found = self.asked.find(session)?;
        let (by, lines) = match self.by {
            By::Manager => (ActivitiesBy::Manager, "manager"),
            By::Account => (ActivitiesBy::Account, "account"),
            By::Kind => (ActivitiesBy::Kind, "kind"),
            By::Month => (ActivitiesBy::Month, "month"),
            By::Outcome => (ActivitiesBy::Outcome, "outcome"),
        };
        let (from, account, manager) = (self.from, found.account, found.manager);
        let options = ActivitiesOptions { by, from, account, manager };
        figures::show_with(session, found, &options, "Planned against held", lines, DERIVED)
    }
}
