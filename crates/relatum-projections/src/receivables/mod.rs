//! Reports on receivables: each a way to tell what the ledgers of accounts hold.
//!
//! Owns [`Aging`], the projection, and one file a report. Rules of receivables are in the domain;
//! here stands only which of its figures go where.

mod aging;
mod cash;
mod collection;
mod credit;
mod disputes;
mod dunning;
mod explained;
mod metrics;
mod open_items;
mod roll_forward;
mod statement;
mod unapplied;

use chrono::NaiveDate;
use relatum_domain::{AccountId, ManagerId, View};

use crate::directory::Directory;

pub use aging::{Aging, AgingLine, AgingOptions, AgingReport, InBase, Lines};
pub use cash::CashOptions;
pub use collection::{CollectionLine, CollectionOptions};
pub use credit::{Credit, CreditStanding, ExposureOptions, LimitUse};
pub use disputes::{DisputesBy, DisputesOptions};
pub use dunning::Reminder;
pub(crate) use explained::words;
pub use metrics::{MetricsLine, MetricsOptions, MetricsReport, Millionths};
pub use open_items::{ItemFigures, OpenItemsOptions, OpenItemsReport, OpenRow, RevaluedRow};
pub use roll_forward::{LedgerCheck, RollForwardOptions};
pub use statement::{Difference, Statement, StatementLine, TheirItem};
pub use unapplied::UnappliedOptions;

/// Whether a report that is narrowed to one account or the accounts of one manager wants this one.
fn wants(
    only: Option<AccountId>,
    manager: Option<ManagerId>,
    account: AccountId,
    directory: &Directory,
    view: &View,
) -> bool {
    only.is_none_or(|only| only == account)
        && manager.is_none_or(|only| directory.manager_of(account, view) == Some(only))
}

pub(crate) fn days(from: NaiveDate, to: NaiveDate) -> i64 {
    to.signed_duration_since(from).num_days()
}
