//! Promises to pay. Whether one was kept is derived from what came, never stated.

use chrono::NaiveDate;
use relatum_stream::Version;
use serde::Serialize;

use super::item::{ItemKey, Origin};
use super::ledger::Ledger;
use super::receipts::Receipt;
use crate::history::View;
use crate::ids::{DocumentId, PromiseId};
use crate::money::Money;

/// What became of a promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PromiseOutcome {
    /// Its day has not passed.
    Open,
    /// As much came as was promised, by its day.
    Kept,
    /// Less came.
    PartlyKept,
    /// Nothing came.
    Broken,
}

/// A promise to pay, with what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promised {
    /// Which.
    pub promise: PromiseId,
    /// The event that told it.
    pub version: Version,
    /// When it was given.
    pub given: NaiveDate,
    /// By when.
    pub by: NaiveDate,
    /// How much.
    pub amount: Money,
    /// On which documents; empty: on any.
    pub documents: Vec<DocumentId>,
    /// What came after it, by its day, on its documents, and was not reversed.
    pub received: Money,
    /// What became of it.
    pub outcome: PromiseOutcome,
    /// The events that brought what came, and how much each.
    pub receipts: Vec<(Version, Money)>,
}

impl Ledger<'_> {
    /// The promises given by a day, in the order in which they were told.
    #[must_use]
    pub fn promises(&self, as_of: NaiveDate) -> Vec<Promised> {
        if self.book.promises.is_empty() {
            Vec::new()
        } else {
            self.kept(as_of, &self.receipts(as_of))
        }
    }

    /// The same, where the [receipts](Self::receipts) of the day are known already.
    #[must_use]
    pub fn kept(&self, as_of: NaiveDate, receipts: &[Receipt]) -> Vec<Promised> {
        let view = View { as_of, known_at: self.known_at };
        let book = self.book;
        let shown = book.promises.iter().filter(|it| book.voids.shows(it.stamp, &view));
        shown
            .map(|it| {
                let (given, by) = (it.stamp.effective(), it.by.date());
                let after = (given, it.stamp.version);
                let came = self.came(&it.documents, it.amount, after, by, (as_of, receipts));
                let minor = came.iter().map(|(_, it)| it.minor).fold(0, i64::saturating_add);
                let outcome = match minor {
                    minor if minor >= it.amount.minor => PromiseOutcome::Kept,
                    _ if as_of <= by => PromiseOutcome::Open,
                    ..=0 => PromiseOutcome::Broken,
                    _ => PromiseOutcome::PartlyKept,
                };
                Promised {
                    promise: it.promise,
                    version: Version(it.stamp.version),
                    given,
                    by,
                    amount: it.amount,
                    documents: it.documents.clone(),
                    received: Money::new(minor, it.amount.currency),
                    outcome,
                    receipts: came,
                }
            })
            .collect()
    }

    /// What came after a promise, by its day: on its documents; on any, money on account as well.
    fn came(
        &self,
        documents: &[DocumentId],
        amount: Money,
        after: (NaiveDate, u64),
        by: NaiveDate,
        (as_of, receipts): (NaiveDate, &[Receipt]),
    ) -> Vec<(Version, Money)> {
        let counts = |day: NaiveDate, version: u64, money: Money| {
            (day, version) > after && day <= by && money.currency == amount.currency
        };
        if documents.is_empty() {
            let payments = self.entries().filter(|entry| entry.origin() == Origin::Payment);
            return payments
                .filter_map(|entry| {
                    let came = entry.money(entry.amount().minor.saturating_neg());
                    let there = entry.is_there(as_of);
                    let day = entry.original().value_day.date();
                    let version = entry.version();
                    (there && counts(day, version.0, came)).then_some((version, came))
                })
                .chain(receipts.iter().filter_map(|it| {
                    let foreign = it
                        .payment
                        .is_some_and(|payment| self.entry(ItemKey::Payment(payment)).is_none());
                    let counts = counts(it.value_day, it.version.0, it.amount);
                    (foreign && counts).then_some((it.version, it.amount))
                }))
                .collect();
        }
        // Of one day the order counts in which the money came, not that in which it was allocated.
        let came = |it: &Receipt| {
            let payment = it.payment.and_then(|payment| self.entry(ItemKey::Payment(payment)));
            payment.map_or(it.version, |payment| payment.version())
        };
        let receipts = receipts.iter().filter(|it| {
            documents.contains(&it.document) && counts(it.value_day, came(it).0, it.amount)
        });
        receipts.map(|it| (it.version, it.amount)).collect()
    }
}
