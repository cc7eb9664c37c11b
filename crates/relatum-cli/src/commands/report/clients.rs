//! `relatum report clients`: active and new clients, month by month.

use chrono::{Months, NaiveDate};
use clap::Args;
use relatum::ClientsOptions;

use super::figures::{self, Asked};
use crate::failure::{Exit, Failure};
use crate::session::Session;
use crate::values;

/// Active and new clients, month by month
///
/// A client is active who bought for more than came back in some months up to the end, and new who
/// buys for the first time, or after some months without. How many, is the tenant's policy.
#[derive(Debug, Args)]
pub(crate) struct Clients {
    /// A day of the first month; a year back unless said otherwise
    #[arg(long, value_name = "DAY", value_parser = values::day)]
    from: Option<NaiveDate>,
    /// Only goods of this product group
    #[arg(long, value_name = "GROUP")]
    group: Option<String>,
    /// Active in so many months; else as the policy says
    #[arg(long, value_name = "MONTHS", value_parser = clap::value_parser!(u16).range(1..))]
    active_months: Option<u16>,
    /// New after so many months without buying; else as the policy says
    #[arg(long, value_name = "MONTHS", value_parser = clap::value_parser!(u16).range(1..))]
    new_after_months: Option<u16>,
    #[command(flatten)]
    asked: Asked,
}

impl Clients {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let found = self.asked.find(session)?;
        let day = found.seen.point.day;
        let year = day.checked_sub_months(Months::new(11)).unwrap_or(day);
        let options = ClientsOptions {
            from: self.from.unwrap_or(year),
            account: found.account,
            manager: found.manager,
            group: self.group,
            active_months: self.active_months,
            new_after_months: self.new_after_months,
        };
        figures::show(session, found, &options, "Clients by month", "month")
    }
}
