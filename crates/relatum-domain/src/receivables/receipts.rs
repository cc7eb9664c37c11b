//! Money received on documents: what came when, and how late.

use chrono::NaiveDate;
use relatum_stream::Version;

use super::book::Book;
use super::item::{Effect, ItemKey, Original};
use crate::event::settlement::ApplicationKind;
use crate::history::View;
use crate::ids::DocumentId;
use crate::money::Money;

/// Part of a payment that settled an installment of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    /// Which document.
    pub document: DocumentId,
    /// The version of the event that applied the payment.
    pub version: Version,
    /// The day on which it was applied.
    pub day: NaiveDate,
    /// The day on which it was due.
    pub due: NaiveDate,
    /// How much.
    pub amount: Money,
}

impl Receipt {
    /// Days after the due day; negative: before it.
    #[must_use]
    pub fn days_late(&self) -> i64 {
        self.day.signed_duration_since(self.due).num_days()
    }
}

impl Book {
    /// The receipts that a view shows, by document; within one by the day they were applied.
    ///
    /// A payment that names no installment settles the oldest due first.
    #[must_use]
    pub fn receipts(&self, view: &View) -> Vec<Receipt> {
        self.items()
            .filter_map(|(key, item)| match key {
                ItemKey::Document(document) => {
                    let original = self.seen(key, view)?;
                    let mut effects: Vec<&Effect> = item
                        .effects
                        .iter()
                        .filter(|row| self.shows_effect(row, original.currency, view))
                        .collect();
                    effects.sort_by_key(|row| (row.day.max(original.stamp.day), row.stamp));
                    Some(receipts_of(document, original, &effects))
                }
                _ => None,
            })
            .flatten()
            .collect()
    }
}

fn receipts_of(document: DocumentId, original: &Original, effects: &[&Effect]) -> Vec<Receipt> {
    let mut receipts = Vec::new();
    let mut before = original.open_parts(std::iter::empty());
    for (effect, upto) in effects.iter().zip(1_usize..) {
        let after = original.open_parts(effects.iter().take(upto).copied());
        if effect.kind == ApplicationKind::Payment && effect.amount < 0 {
            for ((part, before), after) in original.parts.iter().zip(&before).zip(&after) {
                let settled = before.saturating_sub(*after);
                if settled > 0 {
                    receipts.push(Receipt {
                        document,
                        version: Version(effect.stamp.version),
                        day: effect.day.max(original.stamp.day).date(),
                        due: part.due.date(),
                        amount: Money::new(settled, original.currency),
                    });
                }
            }
        }
        before = after;
    }
    receipts
}
