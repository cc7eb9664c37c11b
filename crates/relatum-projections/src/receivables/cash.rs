//! Cash expected by week: from due days and each payer's own lateness.

use std::collections::BTreeMap;

use chrono::{Datelike as _, Days, NaiveDate};
use relatum_domain::receivables::{ItemKey, Ledger};
use relatum_domain::{AccountId, ManagerId, Policies, View};

use super::explained;
use crate::about::About;
use crate::figures::{Column, Report, Row, Sink};
use crate::models::{Models, Which};

/// Lateness is learnt from receipts of so many days.
const LEARNT_DAYS: u64 = 365;

/// Which cash is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CashOptions {
    /// Only this account.
    pub account: Option<AccountId>,
    /// Only accounts of this manager on the day.
    pub manager: Option<ManagerId>,
    /// So many weeks, the current one included; what is expected later stands apart.
    pub weeks: u32,
}

impl Default for CashOptions {
    fn default() -> Self {
        Self { account: None, manager: None, weeks: 13 }
    }
}

impl Report for CashOptions {
    fn name(&self) -> &'static str {
        "cash"
    }

    fn which(&self, _: &Policies, _: &View) -> Which {
        Which { directory: true, aging: true, ..Which::NONE }
    }

    fn about(&self) -> About {
        About::of(self.account, None)
    }

    fn columns(&self, _: &Models, _: &View) -> Vec<Column> {
        ["overdue", "not_past_due", "expected", "due_then"].map(Column::money).into()
    }

    fn foots(&self, _: &Models, _: &View) -> Vec<(usize, Vec<usize>)> {
        vec![(2, vec![0, 1])]
    }

    fn tell(&self, part: &Models, common: &Models, view: &View, to: &mut dyn Sink) {
        let as_of = view.as_of;
        for (account, ledger) in part.aging.ledgers(self.account, common.directory.policies(), view)
        {
            if !super::wants(self.account, self.manager, account, &part.directory, view) {
                continue;
            }
            let late = lateness(&ledger, as_of);
            for entry in ledger.entries() {
                if !matches!(entry.key(), ItemKey::Document(_)) {
                    continue;
                }
                let worth = |minor: i64| explained::micro(entry.money(minor));
                entry.each_open(as_of, |open| {
                    let rest = open.open.saturating_sub(open.disputed);
                    if rest <= 0 {
                        return;
                    }
                    let why = || {
                        let mut all = explained::open(account, &entry, open.part, as_of, &worth);
                        let gone = explained::disputed(account, &entry, open.part, as_of, &worth);
                        all.extend(explained::negated(gone));
                        all
                    };
                    let expected = self.week(moved(open.due, late), as_of);
                    let kind = usize::from(open.due >= as_of);
                    for column in [kind, 2] {
                        to.add(&expected, entry.currency(), column, worth(rest), &why);
                    }
                    let due = self.week(open.due, as_of);
                    to.add(&due, entry.currency(), 3, worth(rest), &why);
                });
            }
        }
    }
}

impl CashOptions {
    /// The line of the week in which a day falls: not before the current one, and those after the
    /// last one together.
    fn week(&self, day: NaiveDate, as_of: NaiveDate) -> Row {
        let first = monday(as_of);
        let week = monday(day).max(first);
        let end = first.checked_add_days(Days::new(7 * u64::from(self.weeks)));
        match end {
            Some(end) if week >= end => Row::Named(Some("later".to_owned())),
            _ => Row::From(week),
        }
    }
}

fn monday(day: NaiveDate) -> NaiveDate {
    let back = u64::from(day.weekday().num_days_from_monday());
    day.checked_sub_days(Days::new(back)).unwrap_or(day)
}

fn moved(day: NaiveDate, days: i64) -> NaiveDate {
    let size = Days::new(days.unsigned_abs());
    let moved = if days < 0 { day.checked_sub_days(size) } else { day.checked_add_days(size) };
    moved.unwrap_or(day)
}

/// By how many days the payer is late, weighted by amount, in what was paid lately; whole days,
/// rounded half away from zero; nothing where nothing was paid.
fn lateness(ledger: &Ledger<'_>, as_of: NaiveDate) -> i64 {
    let since = as_of.checked_sub_days(Days::new(LEARNT_DAYS)).unwrap_or(NaiveDate::MIN);
    // Currencies are not added: each weighs by its own total.
    let mut sums: BTreeMap<_, (i128, i128)> = BTreeMap::new();
    for it in ledger.receipts(as_of).iter().filter(|it| it.value_day > since) {
        let (weighted, all) = sums.entry(it.amount.currency).or_default();
        *weighted += i128::from(it.amount.minor) * i128::from(it.days_late());
        *all += i128::from(it.amount.minor);
    }
    let most = sums.into_values().max_by_key(|(_, all)| *all);
    let Some((weighted, all)) = most.filter(|(_, all)| *all > 0) else {
        return 0;
    };
    let doubled = 2 * weighted / all;
    i64::try_from((doubled + doubled.signum()) / 2).unwrap_or(0)
}
