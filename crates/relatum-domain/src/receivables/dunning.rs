//! Reminders: which item is at which level, and what the next run would send.
//!
//! Owns [`Dunning`], the proposal of a run for one account. Knows no letter and no address.
//!
//! *Invariant: a level once reached is kept; a dispute pauses the clock and resets nothing.*

use chrono::{Datelike as _, Days, Months, NaiveDate};
use relatum_stream::Version;
use serde::Serialize;

use super::book::{Book, Reminder};
use super::item::{ItemKey, OpenItem};
use super::ledger::{Entry, Ledger};
use crate::event::policy::{DunningAfter, DunningPolicy};
use crate::history::View;
use crate::ids::DocumentId;
use crate::money::{Money, Rate};

/// Days of a year for interest, unless the rule says otherwise.
const YEAR: u16 = 365;

/// An item of which the next run would remind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// What is open of it.
    pub item: OpenItem,
    /// At which level the reminder would be, from 1.
    pub level: u8,
    /// How much of it is asked for: what is open and not disputed.
    pub asked: Money,
    /// What the level costs.
    pub fee: Option<Money>,
    /// Interest up to the day of the run.
    pub interest: Money,
}

/// Whether what a reminder asked for is settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReminderState {
    /// Everything that it named is settled.
    Resolved,
    /// Something of it is open.
    Unresolved,
}

/// A reminder that went out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentReminder {
    /// The event that told it.
    pub version: Version,
    /// When.
    pub day: NaiveDate,
    /// Document, installment and level.
    pub items: Vec<(DocumentId, Option<u32>, u8)>,
    /// What it cost.
    pub fee: Option<Money>,
    /// Interest charged with it.
    pub interest: Option<Money>,
    /// Whether what it asked for is settled.
    pub state: ReminderState,
}

impl Book {
    fn reminders_seen<'a>(&'a self, view: &'a View) -> impl Iterator<Item = &'a Reminder> {
        self.reminders.iter().filter(|it| self.voids.shows(it.stamp, view))
    }

    /// The day of the last reminder that a view shows.
    #[must_use]
    pub fn last_reminder(&self, view: &View) -> Option<NaiveDate> {
        self.reminders_seen(view).map(|it| it.stamp.effective()).max()
    }

    /// The level that the item reached, 0 if it was never reminded of. A reminder of the whole
    /// document counts for every installment.
    #[must_use]
    pub fn level_of(&self, document: DocumentId, installment: Option<u32>, view: &View) -> u8 {
        self.last_level(document, installment, view).map_or(0, |(level, _)| level)
    }

    fn last_level(
        &self,
        document: DocumentId,
        installment: Option<u32>,
        view: &View,
    ) -> Option<(u8, NaiveDate)> {
        let named = self.reminders_seen(view).flat_map(|it| {
            it.items
                .iter()
                .map(|(document, part, level)| (*document, *part, *level, it.stamp.effective()))
        });
        let of = named.filter(|(it, part, ..)| {
            *it == document && (part.is_none() || installment.is_none() || *part == installment)
        });
        of.map(|(_, _, level, day)| (level, day)).max()
    }
}

impl Ledger<'_> {
    /// Of which items a run on `day` would remind, one level further each: those that have reached
    /// their next level, oldest due first.
    ///
    /// Disputed money is not asked for, and disputed days do not count.
    #[must_use]
    pub fn dunning(&self, day: NaiveDate, policy: &DunningPolicy) -> Vec<Due> {
        let view = View { as_of: day, known_at: self.known_at };
        let mut due = Vec::new();
        for entry in self.entries() {
            let ItemKey::Document(document) = entry.key() else { continue };
            for item in entry.open_items(day) {
                let asked = item.open.minor.saturating_sub(item.disputed.minor);
                if asked <= 0 {
                    continue;
                }
                let last = self.book.last_level(document, item.installment, &view);
                let reached = last.map_or(0, |(level, _)| level);
                let Some(next) = policy.levels.get(usize::from(reached)) else { continue };
                let since = match (next.after, last) {
                    (DunningAfter::DaysAfterLast(_), Some((_, last))) => last,
                    _ => item.due,
                };
                let paused = entry.disputed_days(item.installment, since, day);
                let from = match (next.after, last) {
                    (DunningAfter::DaysAfterLast(days), Some((_, last))) => shifted(last, days),
                    (DunningAfter::DaysAfterLast(days) | DunningAfter::DueDays(days), _) => {
                        shifted(item.due, days)
                    }
                    (DunningAfter::EndOfMonthOfDueDays(days), _) => {
                        end_of_month(shifted(item.due, days))
                    }
                };
                if shifted(from, i32::try_from(paused).unwrap_or(i32::MAX)) > day {
                    continue;
                }
                let interest = entry.interest(&item, day, policy);
                due.push(Due {
                    asked: Money::new(asked, item.open.currency),
                    level: reached.saturating_add(1),
                    fee: next.fee,
                    interest,
                    item,
                });
            }
        }
        due.sort_by_key(|it| {
            (it.item.due, it.item.document_day, it.item.item, it.item.installment)
        });
        due
    }

    /// The highest level that any part of an item reached by a day, and when it did last.
    #[must_use]
    pub fn reminded(&self, item: ItemKey, as_of: NaiveDate) -> Option<(u8, NaiveDate)> {
        let ItemKey::Document(document) = item else { return None };
        self.book.last_level(document, None, &View { as_of, known_at: self.known_at })
    }

    /// The reminders that went out by a day, in order.
    #[must_use]
    pub fn reminders(&self, as_of: NaiveDate) -> Vec<SentReminder> {
        let view = View { as_of, known_at: self.known_at };
        let sent = self.book.reminders_seen(&view).map(|it| SentReminder {
            version: Version(it.stamp.version),
            day: it.stamp.effective(),
            items: it.items.clone(),
            fee: it.fee,
            interest: it.interest,
            state: self.state_of(&it.items, as_of),
        });
        sent.collect()
    }

    fn state_of(&self, items: &[(DocumentId, Option<u32>, u8)], as_of: NaiveDate) -> ReminderState {
        let open = items.iter().any(|(document, part, _)| {
            let entry = self.entry(ItemKey::Document(*document));
            let rows = entry.map(|entry| entry.open_items(as_of)).unwrap_or_default();
            rows.iter().any(|row| {
                let named = part.is_none() || row.installment.is_none() || row.installment == *part;
                named && row.open.is_positive()
            })
        });
        if open { ReminderState::Unresolved } else { ReminderState::Resolved }
    }
}

impl Entry<'_> {
    /// Days after `from`, up to `to`, on which the whole of what was open of it was disputed.
    fn disputed_days(&self, installment: Option<u32>, from: NaiveDate, to: NaiveDate) -> u64 {
        if !self.is_ever_disputed() {
            return 0;
        }
        let disputed = |day: NaiveDate| {
            let rows = self.open_items(day);
            let mut of = rows.iter().filter(|row| row.installment == installment);
            of.any(|row| row.disputed.is_positive() && row.disputed >= row.open)
        };
        let days = from.iter_days().skip(1).take_while(|day| *day <= to);
        days.filter(|day| disputed(*day)).fold(0, |days, _| u64::saturating_add(days, 1))
    }

    /// Interest on an item up to the day of a run, on what was open at the end of each day after
    /// the due day; rounded half up once.
    #[must_use]
    pub fn interest(&self, item: &OpenItem, run: NaiveDate, policy: &DunningPolicy) -> Money {
        let Some(rate) = policy.interest_per_year else {
            return Money::zero(item.open.currency);
        };
        let mut day_amounts: i128 = 0;
        // What is open changes only with a step: the days between are alike.
        let steps = self.steps_until(run).iter().map(|step| step.day.date());
        let mut begins: Vec<NaiveDate> =
            steps.filter(|day| *day > item.due).chain(item.due.succ_opt()).collect();
        begins.sort_unstable();
        begins.dedup();
        let ends = begins.iter().skip(1).copied().chain(run.succ_opt());
        for (from, upto) in begins.iter().zip(ends).filter(|(from, upto)| *from < upto) {
            let rows = self.open_items(*from);
            let of = rows.iter().filter(|row| row.installment == item.installment);
            let open = of.map(|row| row.open.minor.max(0)).fold(0, i64::saturating_add);
            let days = upto.signed_duration_since(*from).num_days();
            day_amounts =
                day_amounts.saturating_add(i128::from(open).saturating_mul(i128::from(days)));
        }
        let year = policy.day_count.unwrap_or(YEAR);
        Money::new(interest_of(day_amounts, rate, year), item.open.currency)
    }
}

/// Days of an amount times a rate a year, rounded half up.
fn interest_of(day_amounts: i128, rate: Rate, year: u16) -> i64 {
    rate.of_days(day_amounts, year)
}

fn shifted(day: NaiveDate, days: i32) -> NaiveDate {
    let size = Days::new(u64::from(days.unsigned_abs()));
    let shifted = if days < 0 { day.checked_sub_days(size) } else { day.checked_add_days(size) };
    shifted.unwrap_or(if days < 0 { NaiveDate::MIN } else { NaiveDate::MAX })
}

fn end_of_month(day: NaiveDate) -> NaiveDate {
    let next = day.with_day(1).and_then(|first| first.checked_add_months(Months::new(1)));
    next.and_then(|next| next.pred_opt()).unwrap_or(NaiveDate::MAX)
}
