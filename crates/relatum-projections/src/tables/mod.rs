//! Tables: the projections as rows of typed cells, for whoever reads columns and not reports.
//!
//! Owns [`Table`] and [`TABLES`], the one list of them, one file a family. A table walks what a
//! report walks: no figure is computed here a second time. Knows no file and no format.
//!
//! *Invariant: the rows of an account depend on its own events and on what is no account's (rules,
//! managers, teams), unless a table [says](Table::rests_on) that it rests on the whole book. So a
//! book may be read part by part, and the parts be put one after the other.*
//!
//! *Invariant: a row has a cell a column, of the column's kind. A row that stems from one event
//! names it, so that its figures can be explained and proved.*

mod cell;
mod fields;

mod accounts;
mod activities;
mod agreements;
mod churn;
mod credit;
mod ledger;
mod organisation;
mod pipeline;
mod receivables;
mod sales;

use relatum_domain::{AccountId, Policies, View};
use relatum_stream::StreamId;

use crate::bucket::Bucket;
use crate::churn::{ChurnOptions, ChurnReport};
use crate::models::{Models, Which};
use crate::sales::{QuotaOptions, QuotaReport};

pub use cell::{CellKind, TableCell, TableColumn};

/// Every table, by what it is about.
pub static TABLES: &[&dyn Table] = &[
    &accounts::ACCOUNTS,
    &accounts::EXTERNAL_IDS,
    &accounts::CONTACTS,
    &accounts::OWNERS,
    &organisation::MANAGERS,
    &organisation::TEAMS,
    &organisation::MEMBERSHIPS,
    &accounts::HISTORY,
    &receivables::OPEN_ITEMS,
    &ledger::ITEMS,
    &ledger::LEDGER,
    &ledger::PAYMENTS,
    &ledger::RECEIPTS,
    &ledger::PROMISES,
    &ledger::DISPUTES,
    &receivables::AGING,
    &receivables::AGING_BUCKETS,
    &credit::CREDIT_STANDING,
    &credit::EXPOSURES,
    &credit::LIMITS,
    &sales::SALES,
    &sales::SALES_CREDITS,
    &sales::ORDERS,
    &sales::QUOTAS,
    &pipeline::OPPORTUNITIES,
    &pipeline::OPPORTUNITY_STEPS,
    &activities::ACTIVITY,
    &activities::ACTIONS,
    &activities::CADENCE,
    &agreements::OFFERS,
    &agreements::CONTRACTS,
    &agreements::COMPETITORS,
    &churn::CHURN,
    &churn::SIGNALS,
];

/// The table called `name`; none: none is.
#[must_use]
pub fn table(name: &str) -> Option<&'static dyn Table> {
    TABLES.iter().copied().find(|it| it.name() == name)
}

/// What the rows of a table rest on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RestsOn {
    /// Those of an account on its own events, and on what is no account's. Any part of the book
    /// tells the rows of its accounts.
    Account,
    /// On what is no account's alone: managers, teams, the tenant. They are told once.
    Common,
    /// On the whole book: a [question](BookQuestion) is put to it first.
    Book,
}

/// What the rows of a table are told from.
#[derive(Debug, Clone, Copy)]
pub struct TablePart<'a> {
    /// The states of some accounts.
    pub part: &'a Models,
    /// Those of managers, teams and the tenant.
    pub common: &'a Models,
    /// From where to look.
    pub view: &'a View,
    /// Only this account.
    pub account: Option<AccountId>,
}

/// A question to the whole book, of whose answer rows are made.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum BookQuestion {
    /// What was attained of quotas.
    Quota(QuotaOptions),
    /// Who may be leaving.
    Churn(ChurnOptions),
}

/// The answer to a [`BookQuestion`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum BookAnswer {
    /// What was attained of quotas.
    Quota(QuotaReport),
    /// Who may be leaving.
    Churn(Box<ChurnReport>),
}

impl BookQuestion {
    /// The answer of a book whose states are all in `models`.
    #[must_use]
    pub fn of(&self, models: &Models, view: &View) -> BookAnswer {
        match self {
            Self::Quota(options) => BookAnswer::Quota(QuotaReport::of(models, options, view)),
            Self::Churn(options) => {
                BookAnswer::Churn(Box::new(ChurnReport::of(models, options, view)))
            }
        }
    }
}

/// Takes the rows of a table: of which stream each is, and its cells.
pub type RowSink<'s> = dyn FnMut(StreamId, &[TableCell<'_>]) + 's;

/// A projection as rows of typed cells.
pub trait Table: Sync + std::fmt::Debug {
    /// What it is called: plural, in small letters.
    fn name(&self) -> &'static str;

    /// What a row of it is, in a line.
    fn about(&self) -> &'static str;

    /// Its columns, in order.
    fn columns(&self) -> Vec<TableColumn>;

    /// The projections that it reads, under the tenant's rules.
    fn which(&self, policies: &Policies, view: &View) -> Which;

    /// What its rows rest on.
    fn rests_on(&self) -> RestsOn {
        RestsOn::Account
    }

    /// Tells the rows of the accounts of a part, those of an account one after the other; or those
    /// of what is no account's.
    fn tell(&self, _from: &TablePart<'_>, _row: &mut RowSink<'_>) {}

    /// What is to be asked of the whole book, where rows [rest](RestsOn::Book) on that.
    fn question(&self, _account: Option<AccountId>) -> Option<BookQuestion> {
        None
    }

    /// Tells the rows that the answer to its [question](Self::question) makes.
    fn tell_answer(&self, _answer: &BookAnswer, _row: &mut RowSink<'_>) {}
}

/// Where the rows of a stream stand in a table: by the bucket of the stream, then by its id.
///
/// A book has this order whether it is read at once or part by part.
#[must_use]
pub fn place_of(stream: StreamId) -> (Bucket, StreamId) {
    (Bucket::of(stream), stream)
}
