//! Statement of account for a period, and its reconciliation against the client's own list.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use relatum_domain::event::settlement::ApplicationKind;
use relatum_domain::receivables::{Act, Entry, ItemKey, Ledger, OpenItem, Turn};
use relatum_domain::{AccountId, Currency, Money, View};
use relatum_stream::EventRef;
use serde::Serialize;

use super::explained::{event, words};
use crate::merged;

/// A movement of the balance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementLine {
    /// From which day.
    pub day: NaiveDate,
    /// The document's number.
    pub number: Option<String>,
    /// What it is, in words.
    pub what: &'static str,
    /// By when it is to be paid, for what is owed.
    pub due: Option<NaiveDate>,
    /// By how much it moves the balance.
    pub amount: Money,
    /// The balance after it.
    pub balance: Money,
    /// What it settles or is settled by, within the period: number, kind and amount. References
    /// only: they move nothing.
    pub applied: Vec<(Option<String>, &'static str, Money)>,
    /// The event.
    pub event: EventRef,
}

/// A statement in one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Whose.
    pub account: AccountId,
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
    /// What amounts are in.
    pub currency: Currency,
    /// The balance before the first day.
    pub opening: Money,
    /// Every movement in order.
    pub lines: Vec<StatementLine>,
    /// The balance at the end of the last day.
    pub closing: Money,
    /// What is open then.
    pub open: Vec<OpenItem>,
}

impl Statement {
    /// The statements of an account, one a currency.
    #[must_use]
    pub fn of(account: AccountId, ledger: &Ledger<'_>, from: NaiveDate, view: &View) -> Vec<Self> {
        let currencies: BTreeSet<Currency> = ledger.entries().map(|it| it.currency()).collect();
        let of = currencies.into_iter().map(|currency| one(account, ledger, currency, from, view));
        of.filter(|it| !it.lines.is_empty() || !it.opening.is_zero() || !it.open.is_empty())
            .collect()
    }

    /// Whether the opening balance and the movements make the closing one, and what is open does.
    #[must_use]
    pub fn foots(&self) -> bool {
        let moved: i128 = self.lines.iter().map(|it| i128::from(it.amount.minor)).sum();
        let open: i128 = self.open.iter().map(|it| i128::from(it.open.minor)).sum();
        let closing = i128::from(self.closing.minor);
        i128::from(self.opening.minor) + moved == closing && open == closing
    }
}

fn one(
    account: AccountId,
    ledger: &Ledger<'_>,
    currency: Currency,
    from: NaiveDate,
    view: &View,
) -> Statement {
    let to = view.as_of;
    let before = from.pred_opt().unwrap_or(NaiveDate::MIN);
    let money = |minor| Money::new(minor, currency);
    let mut lines = Vec::new();
    let (mut opening, mut closing) = (0_i64, 0_i64);
    for entry in ledger.entries().filter(|it| it.currency() == currency) {
        opening = opening.saturating_add(entry.open(before));
        closing = closing.saturating_add(entry.open(to));
        for step in entry.steps_until(to).iter().filter(|it| it.day.date() >= from) {
            let settles = matches!(
                step.act,
                Act::Settled(ApplicationKind::Payment | ApplicationKind::Credit)
            );
            if settles && step.within {
                continue;
            }
            let began = matches!(step.act, Act::Began(_)) && step.turn != Turn::Reversed;
            lines.push((
                (step.day, step.by, step.act, entry.key()),
                StatementLine {
                    day: step.day.date(),
                    number: entry.number().map(str::to_owned),
                    what: words(step.act, step.turn),
                    due: entry.due().filter(|_| began && step.amount > 0),
                    amount: money(step.amount),
                    balance: money(0),
                    applied: if began { references(ledger, &entry, from, to) } else { Vec::new() },
                    event: event(account, step.by),
                },
            ));
        }
    }
    lines.sort_by_key(|(order, _)| *order);
    let mut balance = opening;
    let lines = lines.into_iter().map(|(_, line)| {
        balance = balance.saturating_add(line.amount.minor);
        StatementLine { balance: money(balance), ..line }
    });
    let lines = lines.collect();
    let mut open = ledger.open_items(to);
    open.retain(|it| it.open.currency == currency);
    open.sort_by_key(|it| (it.due, it.item, it.installment));
    let open = open.into_iter().map(|item| merged::own_item(account, item));
    Statement {
        account,
        from,
        to,
        currency,
        opening: money(opening),
        lines,
        closing: money(closing),
        open: open.collect(),
    }
}

/// What a document settles or is settled by, within a period, net of what was taken back.
fn references(
    ledger: &Ledger<'_>,
    entry: &Entry<'_>,
    from: NaiveDate,
    to: NaiveDate,
) -> Vec<(Option<String>, &'static str, Money)> {
    let mut sums: BTreeMap<(Option<ItemKey>, ApplicationKind), i64> = BTreeMap::new();
    for step in entry.steps_until(to).iter().filter(|it| it.day.date() >= from) {
        if let Act::Settled(kind) = step.act {
            let sum = sums.entry((step.other, kind)).or_default();
            *sum = sum.saturating_add(step.amount);
        }
    }
    let applied = sums.into_iter().filter(|(_, minor)| *minor != 0);
    applied
        .map(|((other, kind), minor)| {
            let number = other.and_then(|other| ledger.entry(other));
            let number = number.and_then(|it| it.number().map(str::to_owned));
            let what = words(Act::Settled(kind), Turn::Counts);
            (number, what, entry.money(minor.saturating_abs()))
        })
        .collect()
}

/// An item on the client's own list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TheirItem {
    /// The document's number, as they write it.
    pub number: String,
    /// How much they think is open; negative: a credit.
    pub open: Money,
}

/// A difference between what is open here and on the client's own list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "difference")]
pub enum Difference {
    /// Both have it, with other amounts.
    Amount {
        /// The document.
        number: String,
        /// Open here.
        ours: Money,
        /// Open there.
        theirs: Money,
    },
    /// Only we have it open.
    OnlyOurs {
        /// The document; none: it has no number.
        number: Option<String>,
        /// Open here.
        ours: Money,
    },
    /// Only they have it, and why, if our books know it.
    OnlyTheirs {
        /// The document.
        number: String,
        /// Open there.
        theirs: Money,
        /// What our books say of it.
        here: &'static str,
    },
}

impl Statement {
    /// What differs from the client's own list: by number, without spaces and case; of several of
    /// one number the sums are compared.
    #[must_use]
    pub fn reconcile(&self, ledger: &Ledger<'_>, theirs: &[TheirItem]) -> Vec<Difference> {
        let plain = |number: &str| -> String {
            number.chars().filter(|it| it.is_alphanumeric()).flat_map(char::to_lowercase).collect()
        };
        let mut ours: BTreeMap<String, (String, i64)> = BTreeMap::new();
        let mut differences = Vec::new();
        for item in &self.open {
            match &item.number {
                Some(number) => {
                    let sum = ours.entry(plain(number)).or_insert((number.clone(), 0));
                    sum.1 = sum.1.saturating_add(item.open.minor);
                }
                None => {
                    differences.push(Difference::OnlyOurs { number: None, ours: item.open });
                }
            }
        }
        let mut told: BTreeMap<String, (String, i64)> = BTreeMap::new();
        for it in theirs.iter().filter(|it| it.open.currency == self.currency) {
            let sum = told.entry(plain(&it.number)).or_insert((it.number.clone(), 0));
            sum.1 = sum.1.saturating_add(it.open.minor);
        }
        let money = |minor| Money::new(minor, self.currency);
        for (key, (number, minor)) in &ours {
            let (number, ours) = (number.clone(), money(*minor));
            match told.remove(key) {
                Some((_, theirs)) if theirs == *minor => {}
                Some((_, theirs)) => {
                    let theirs = money(theirs);
                    differences.push(Difference::Amount { number, ours, theirs });
                }
                None => {
                    differences.push(Difference::OnlyOurs { number: Some(number), ours });
                }
            }
        }
        for (key, (number, minor)) in told.into_iter().filter(|(_, (_, minor))| *minor != 0) {
            let known = ledger.entries().find(|it| it.number().is_some_and(|it| plain(it) == key));
            let here = match known {
                Some(entry) if entry.is_there(self.to) => "settled",
                Some(entry) if entry.steps().first().is_some_and(|it| it.day.date() > self.to) => {
                    "dated after the statement"
                }
                Some(_) => "reversed",
                None => "not known",
            };
            differences.push(Difference::OnlyTheirs { number, theirs: money(minor), here });
        }
        differences
    }
}
