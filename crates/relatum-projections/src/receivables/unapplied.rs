//! Unapplied cash: credits that nothing has used, by what they are and how long they lie.

use chrono::NaiveDate;
use relatum_domain::event::policy::AgeBasis;
use relatum_domain::receivables::{Buckets, Origin};
use relatum_domain::{AccountId, ManagerId, Policies, View};

use super::{days, explained};
use crate::about::About;
use crate::figures::{Column, ONE, Report, Row, Sink};
use crate::models::{Models, Which};

/// Whose unapplied credits are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UnappliedOptions {
    /// Only this account.
    pub account: Option<AccountId>,
    /// Only accounts of this manager on the day.
    pub manager: Option<ManagerId>,
    /// A line an item instead of one an account.
    pub items: bool,
}

/// Payments, credit notes, and credits carried in.
const KINDS: [&str; 3] = ["payments", "credit_notes", "carried_in"];

/// Days that a credit has been lying.
pub(super) fn lying() -> Buckets {
    // The bounds are ascending and begin above zero.
    Buckets::new(AgeBasis::DocumentDate, vec![30, 60, 90]).unwrap_or_else(|_| Buckets::standard())
}

impl Report for UnappliedOptions {
    fn name(&self) -> &'static str {
        "unapplied"
    }

    fn which(&self, _: &Policies, _: &View) -> Which {
        Which { directory: true, aging: true, ..Which::NONE }
    }

    fn about(&self) -> About {
        About::of(self.account, None)
    }

    fn columns(&self, _: &Models, _: &View) -> Vec<Column> {
        let mut columns = vec![Column::count("items")];
        columns.extend(KINDS.map(Column::money));
        columns.extend(lying().labels().into_iter().map(Column::money));
        columns.push(Column::money("total"));
        columns.push(Column::most_days("oldest_days"));
        columns
    }

    fn foots(&self, _: &Models, _: &View) -> Vec<(usize, Vec<usize>)> {
        let (kinds, ages) = (1 + KINDS.len(), lying().count());
        vec![(kinds + ages, (1..kinds).collect()), (kinds + ages, (kinds..kinds + ages).collect())]
    }

    fn tell(&self, part: &Models, common: &Models, view: &View, to: &mut dyn Sink) {
        let (ages, as_of) = (lying(), view.as_of);
        let total = 1 + KINDS.len() + ages.count();
        for (account, ledger) in part.aging.ledgers(self.account, common.directory.policies(), view)
        {
            if !super::wants(self.account, self.manager, account, &part.directory, view) {
                continue;
            }
            for entry in ledger.entries() {
                let worth = |minor: i64| explained::micro(entry.money(minor));
                entry.each_open(as_of, |open| {
                    if open.open >= 0 {
                        return;
                    }
                    let row = match self.items {
                        true => Row::Item(account, entry.key(), None),
                        false => Row::Account(account),
                    };
                    let why = || explained::open(account, &entry, open.part, as_of, &worth);
                    let mut add = |column, micro, why: &dyn Fn() -> _| {
                        to.add(&row, entry.currency(), column, micro, why);
                    };
                    let age = lain(entry.document_day(), as_of);
                    let kind = match entry.origin() {
                        Origin::Payment => 1,
                        Origin::CreditNote => 2,
                        _ => 3,
                    };
                    add(0, ONE, &|| explained::one(account, &entry));
                    for column in [kind, 1 + KINDS.len() + ages.index_of(age), total] {
                        add(column, worth(open.open), &why);
                    }
                    let oldest = i128::from(age) * ONE;
                    add(total + 1, oldest, &|| explained::made(account, &entry, oldest));
                });
            }
        }
    }
}

fn lain(since: NaiveDate, as_of: NaiveDate) -> i64 {
    days(since, as_of).max(0)
}
