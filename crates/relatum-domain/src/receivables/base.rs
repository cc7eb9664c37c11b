//! Foreign items in the base currency: at the document's own rate, revalued, and what exchange
//! gained or lost when they were settled.
//!
//! *Invariant: a foreign document that is settled in full is closed here too; what exchange made of
//! it is a figure of its own.*

use chrono::NaiveDate;
use relatum_stream::Version;

use super::entry::Entry;
use super::item::{ItemKey, OpenItem};
use super::ledger::Ledger;
use super::steps::{Act, Step};
use crate::history::{Day, View};
use crate::money::{Currency, Money, Rate};

/// By how much an open foreign item is worth more or less than at its own rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revaluation {
    /// Which item.
    pub item: ItemKey,
    /// The event that stated the rate.
    pub version: Version,
    /// From which day.
    pub day: NaiveDate,
    /// Units of the base currency for one of the item's.
    pub rate: Rate,
    /// In the base currency; negative: less.
    pub difference: Money,
}

/// What exchange gained or lost when a foreign document was settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExchangeDifference {
    /// Which document.
    pub item: ItemKey,
    /// The event that settled it, or took that back.
    pub version: Version,
    /// From which day it counts.
    pub day: NaiveDate,
    /// How much of the document was settled.
    pub settled: Money,
    /// In the base currency; negative: lost.
    pub gained: Money,
}

impl OpenItem {
    /// What is open in the base currency at the document's own rate; none: no rate is stated.
    #[must_use]
    pub fn in_base(&self, base: Currency) -> Option<Money> {
        super::in_currency(self.open, self.base_rate, base, Some(base))
    }
}

impl Ledger<'_> {
    /// The revaluations in force at the end of a day, of items that are open then.
    #[must_use]
    pub fn revaluations(&self, as_of: NaiveDate, base: Currency) -> Vec<Revaluation> {
        self.entries().filter_map(|entry| self.revaluation(&entry, as_of, base)).collect()
    }

    fn revaluation(
        &self,
        entry: &Entry<'_>,
        as_of: NaiveDate,
        base: Currency,
    ) -> Option<Revaluation> {
        let view = View { as_of, known_at: self.known_at };
        let rows = entry.revaluations().iter();
        let shown = rows.filter(|row| self.book.voids.shows(row.stamp, &view));
        let row = shown.max_by_key(|row| (row.stamp.day, row.stamp.version))?;
        let open = entry.money(entry.open(as_of));
        let now = open.converted(row.rate, base).ok()?;
        let own = open.converted(entry.original().base_rate?, base).ok()?;
        let difference = now.checked_sub(own).ok().filter(|it| !it.is_zero())?;
        Some(Revaluation {
            item: entry.key(),
            version: Version(row.stamp.version),
            day: row.stamp.effective(),
            rate: row.rate,
            difference,
        })
    }

    /// What exchange gained or lost on the days from `from` to `to`, both included.
    #[must_use]
    pub fn exchange_differences(
        &self,
        from: NaiveDate,
        to: NaiveDate,
        base: Currency,
    ) -> Vec<ExchangeDifference> {
        let (from, to) = (Day::from(from), Day::from(to));
        let mut found = Vec::new();
        for entry in self.entries() {
            let original = entry.original();
            let Some(rate) = original.base_rate.filter(|_| original.currency != base) else {
                continue;
            };
            for step in entry.steps().iter().filter(|it| it.day >= from && it.day <= to) {
                let settled = entry.money(step.amount.saturating_neg());
                let gained = self
                    .worth(&entry, step, base)
                    .and_then(|worth| worth.checked_sub(settled.converted(rate, base).ok()?).ok());
                if let Some(gained) = gained.filter(|it| !it.is_zero()) {
                    let (item, version) = (entry.key(), Version(step.by));
                    let day = step.day.date();
                    found.push(ExchangeDifference { item, version, day, settled, gained });
                }
            }
        }
        found
    }

    /// What was given for a settlement, in the base currency, if that is known.
    fn worth(&self, entry: &Entry<'_>, step: &Step, base: Currency) -> Option<Money> {
        // Once: on the side of what is settled.
        let (Act::Settled(kind), false, Some(other)) = (step.act, step.uses, step.other) else {
            return None;
        };
        if !kind.uses_credit() {
            return None;
        }
        let used = entry.used(step);
        let given = self.book.known(other, self.known_at);
        super::in_currency(used, given.and_then(|it| it.base_rate), base, Some(base))
    }
}
