//! One account, looked at from one view: what its signals have in common.

use std::cell::OnceCell;

use chrono::{Days, NaiveDate};
use relatum_domain::receivables::{Ledger, Receipt};
use relatum_domain::signals::SignalRule;
use relatum_domain::{AccountId, Policies, Stamp, View};
use relatum_stream::EventRef;

use super::behaviour::Behaviour;
use super::norm::Norm;
use crate::activities::{ActivityLine, ActivityState};
use crate::merged;
use crate::models::Models;
use crate::sales::{Bought, BoughtDay};

/// No more intervals are looked at: what an account did long ago is no longer its habit.
pub(super) const HABIT: usize = 24;

/// An account from a view.
pub(super) struct Look<'a> {
    pub(super) account: AccountId,
    pub(super) view: &'a View,
    pub(super) part: &'a Models,
    pub(super) policies: &'a Policies,
    pub(super) rule: &'a SignalRule,
    pub(super) norm: &'a Norm,
    pub(super) behaviour: &'a Behaviour,
    pub(super) bought: Option<&'a Bought<'a>>,
    activities: OnceCell<Vec<ActivityLine>>,
    ledger: OnceCell<Option<Ledger<'a>>>,
    receipts: OnceCell<Vec<Receipt>>,
}

impl<'a> Look<'a> {
    /// The name of an event of the account.
    pub(super) fn event(&self, version: u64) -> EventRef {
        merged::event(self.account, version)
    }

    pub(super) fn new(
        account: AccountId,
        (part, policies): (&'a Models, &'a Policies),
        view: &'a View,
        (rule, norm): (&'a SignalRule, &'a Norm),
        (behaviour, bought): (&'a Behaviour, Option<&'a Bought<'a>>),
    ) -> Self {
        let (activities, ledger, receipts) = (OnceCell::new(), OnceCell::new(), OnceCell::new());
        Self {
            account,
            view,
            part,
            policies,
            rule,
            norm,
            behaviour,
            bought,
            activities,
            ledger,
            receipts,
        }
    }

    pub(super) fn shows(&self, stamp: Stamp) -> bool {
        self.behaviour.voids.shows(stamp, self.view)
    }

    /// Days from then to the day of the view.
    pub(super) fn age(&self, day: NaiveDate) -> i64 {
        self.view.as_of.signed_duration_since(day).num_days()
    }

    /// The first of the last so many days up to the day of the view.
    pub(super) fn since(&self, days: u32) -> NaiveDate {
        let back = Days::new(u64::from(days.saturating_sub(1)));
        self.view.as_of.checked_sub_days(back).unwrap_or(NaiveDate::MIN)
    }

    /// The days on which the account bought, ascending.
    pub(super) fn purchases(&self) -> Vec<BoughtDay> {
        self.bought.map(|it| it.purchases().collect()).unwrap_or_default()
    }

    /// What was planned and held up to the day of the view, by day.
    pub(super) fn activities(&self) -> &[ActivityLine] {
        self.activities.get_or_init(|| {
            let mut lines = self.part.activities.lines(self.account, self.view.as_of, self.view);
            lines.retain(|it| it.state != ActivityState::Cancelled);
            lines.sort_by_key(|it| (it.held_on.unwrap_or(it.day), it.event));
            lines
        })
    }

    /// What was received on documents by the day of the view.
    pub(super) fn receipts(&self) -> &[Receipt] {
        let all = || self.ledger().map(|it| it.receipts(self.view.as_of)).unwrap_or_default();
        self.receipts.get_or_init(all)
    }

    pub(super) fn ledger(&self) -> Option<&Ledger<'a>> {
        let make = || {
            let mut all = self.part.aging.ledgers(Some(self.account), self.policies, self.view);
            all.next().map(|(_, ledger)| ledger)
        };
        self.ledger.get_or_init(make).as_ref()
    }
}

/// The middle value, the lower of the two middle ones for an even number.
pub(super) fn median(values: &[i64]) -> Option<i64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len().checked_sub(1)? / 2).copied()
}

/// The times between days that ascend.
pub(super) fn gaps(days: &[NaiveDate]) -> Vec<i64> {
    let pairs = days.iter().zip(days.iter().skip(1));
    pairs.map(|(from, to)| (*to - *from).num_days()).collect()
}

/// The last `count` of them.
pub(super) fn last<T>(of: &[T], count: usize) -> &[T] {
    of.get(of.len().saturating_sub(count)..).unwrap_or(of)
}

/// A share in per cent, rounded down; 0 of nothing.
pub(super) fn per_cent(part: i128, of: i128) -> i64 {
    let share = part.saturating_mul(100).checked_div(of).unwrap_or(0);
    i64::try_from(share).unwrap_or(i64::MAX)
}

/// A probability in per cent, rounded down.
pub(super) fn chance(of: f64) -> i64 {
    (of.clamp(0.0, 1.0) * 100.0) as i64
}
