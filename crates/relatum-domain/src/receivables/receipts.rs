//! Money received on documents: what came when, and how late.

use chrono::NaiveDate;
use relatum_stream::Version;

use super::entry::Entry;
use super::item::ItemKey;
use super::ledger::Ledger;
use super::steps::Act;
use crate::event::settlement::ApplicationKind;
use crate::ids::{DocumentId, PaymentId};
use crate::money::Money;

/// Part of a payment that settled an installment of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    /// Which document.
    pub document: DocumentId,
    /// Which payment.
    pub payment: Option<PaymentId>,
    /// The version of the event that applied the payment.
    pub version: Version,
    /// The day on which it was applied.
    pub day: NaiveDate,
    /// The day on which the money was ours.
    pub value_day: NaiveDate,
    /// The day on which it was due.
    pub due: NaiveDate,
    /// How much.
    pub amount: Money,
}

impl Receipt {
    /// Days from the due day to the value day; negative: before it.
    #[must_use]
    pub fn days_late(&self) -> i64 {
        self.value_day.signed_duration_since(self.due).num_days()
    }
}

impl Ledger<'_> {
    /// The receipts that count at the end of a day, by document; within one by the day they were
    /// applied. One that is reversed or taken off it by then does not count.
    ///
    /// A payment that names no installment settles the oldest due first.
    #[must_use]
    pub fn receipts(&self, as_of: NaiveDate) -> Vec<Receipt> {
        self.entries().flat_map(|entry| self.receipts_of(&entry, as_of)).collect()
    }

    fn receipts_of(&self, entry: &Entry<'_>, as_of: NaiveDate) -> Vec<Receipt> {
        let ItemKey::Document(document) = entry.key() else {
            return Vec::new();
        };
        let mut receipts: Vec<Receipt> = Vec::new();
        for (step, due, minor) in entry.settled_by(as_of) {
            if step.act != Act::Settled(ApplicationKind::Payment) {
                continue;
            }
            let payment = match step.other {
                Some(ItemKey::Payment(payment)) => Some(payment),
                _ => None,
            };
            if step.amount > 0 {
                take_back(&mut receipts, payment, entry.money(minor));
            } else if minor < 0 {
                let by = step.other.and_then(|it| self.book.known(it, self.known_at));
                receipts.push(Receipt {
                    document,
                    payment,
                    version: Version(step.of),
                    day: step.day.date(),
                    value_day: by.map_or(step.day, |it| it.value_day).date(),
                    due,
                    amount: entry.money(minor.saturating_neg()),
                });
            }
        }
        receipts.retain(|it| it.amount.is_positive());
        receipts
    }
}

/// What of a payment was taken off the document again was not received on it: the last first.
fn take_back(receipts: &mut [Receipt], payment: Option<PaymentId>, back: Money) {
    let mut left = back.minor.max(0);
    for it in receipts.iter_mut().rev().filter(|it| it.payment == payment) {
        let taken = it.amount.minor.min(left);
        it.amount.minor = it.amount.minor.saturating_sub(taken);
        left = left.saturating_sub(taken);
    }
}
