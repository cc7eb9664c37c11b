//! What an account owes: items, what settles them, and what is open on any day as known on any
//! other.
//!
//! Owns [`Book`], the receivables of one account, and [`Buckets`]. The aging of the whole tenant
//! and the refusals of single decisions both read it. Knows no other account: a payment made for
//! another account shows here as a use of this account's credit, and there as a settlement.
//!
//! *Invariant: what is open of all items = their originals less the effects seen.*

mod base;
mod book;
mod buckets;
mod credit;
mod dunning;
mod entry;
mod item;
mod ledger;
mod promises;
mod receipts;
mod seen;
mod steps;

pub use base::{ExchangeDifference, Revaluation};
pub use book::Book;
pub use buckets::{Buckets, BucketsRefused};
pub(crate) use credit::called;
pub use credit::in_currency;
pub use credit::{CreditEvent, CreditFile, Exposure, Limit, Risk, RiskOf, RiskTerm};
pub use dunning::{Due, ReminderState, SentReminder};
pub use entry::{DisputeTold, Entry, OpenPart};
pub use item::{Item, ItemKey, OpenItem, Origin};
pub use ledger::{BalanceStated, Ledger};
pub use promises::{PromiseOutcome, Promised};
pub use receipts::Receipt;
pub use steps::{Act, Step, Steps, Turn};

#[cfg(test)]
mod tests;
