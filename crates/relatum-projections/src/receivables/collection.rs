//! Whom to ask for money first: by how much, how late, and how often a promise was broken.

use chrono::NaiveDate;
use relatum_domain::receivables::{Ledger, PromiseOutcome, Promised, in_currency};
use relatum_domain::{AccountId, Currency, ManagerId, Money, View};
use relatum_stream::EventRef;

use super::explained::event;
use super::{days, wants};
use crate::models::Models;

/// Whose collection list is wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CollectionOptions {
    /// Only this account.
    pub account: Option<AccountId>,
    /// Only accounts of this manager on the day.
    pub manager: Option<ManagerId>,
}

/// An account to ask for money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CollectionLine {
    /// Which account.
    pub account: AccountId,
    /// Its name.
    pub name: String,
    /// Who answers for it.
    pub manager: Option<ManagerId>,
    /// Past due and not disputed, in one currency.
    pub overdue: Money,
    /// The items that it is in.
    pub items: Vec<EventRef>,
    /// The most days past due.
    pub oldest_days: i64,
    /// Days past due, weighted by amount, rounded down.
    pub weighted_days: i64,
    /// Promises broken or kept in part, ever.
    pub broken: Vec<EventRef>,
    /// Promises whose day has passed.
    pub promised: usize,
    /// The level of reminders reached, and when the last one went out.
    pub reminded: Option<(u8, NaiveDate)>,
    /// How much is promised for a day to come.
    pub promised_ahead: Option<(Money, NaiveDate)>,
    /// Money x lateness x broken promises: amount in whole units of the base currency, or of its
    /// own, times weighted days, times one more than promises broken.
    pub weight: i128,
    /// Why, in words.
    pub reason: String,
}

impl CollectionLine {
    /// The lines of the accounts of `part`, in no particular order; policies are in `common`.
    #[must_use]
    pub fn part(
        part: &Models,
        common: &Models,
        options: &CollectionOptions,
        view: &View,
    ) -> Vec<Self> {
        let policies = common.directory.policies();
        let base = policies.base_currency(view).rule;
        let mut lines = Vec::new();
        for (account, ledger) in part.aging.ledgers(options.account, policies, view) {
            if wants(options.account, options.manager, account, &part.directory, view) {
                for line in of(account, &ledger, base, view) {
                    let name = part.directory.account_name(account, view);
                    let manager = part.directory.manager_of(account, view);
                    lines.push(Self { name, manager, ..line });
                }
            }
        }
        lines
    }

    /// The list that the lines of all parts make: the weightiest first.
    #[must_use]
    pub fn whole(mut lines: Vec<Self>) -> Vec<Self> {
        lines.sort_by(|left, right| {
            (right.weight, &left.name, left.account, left.overdue.currency).cmp(&(
                left.weight,
                &right.name,
                right.account,
                right.overdue.currency,
            ))
        });
        lines
    }
}

struct Overdue {
    minor: i64,
    worth: i128,
    money_days: i128,
    oldest: i64,
    items: Vec<EventRef>,
    level: Option<(u8, NaiveDate)>,
}

fn of(
    account: AccountId,
    ledger: &Ledger<'_>,
    base: Option<Currency>,
    view: &View,
) -> Vec<CollectionLine> {
    let mut sums: std::collections::BTreeMap<Currency, Overdue> = Default::default();
    for entry in ledger.entries() {
        entry.each_open(view.as_of, |part| {
            let late = days(part.due, view.as_of);
            let rest = part.open.saturating_sub(part.disputed);
            if rest <= 0 || late <= 0 {
                return;
            }
            let sum = sums.entry(entry.currency()).or_insert(Overdue {
                minor: 0,
                worth: 0,
                money_days: 0,
                oldest: 0,
                items: Vec::new(),
                level: None,
            });
            let amount = entry.money(rest);
            let there =
                base.and_then(|base| in_currency(amount, entry.base_rate(), base, Some(base)));
            sum.minor = sum.minor.saturating_add(rest);
            sum.worth += super::explained::micro(there.unwrap_or(amount));
            sum.money_days += i128::from(rest) * i128::from(late);
            sum.oldest = sum.oldest.max(late);
            sum.items.push(event(account, entry.version().0));
            sum.level = sum.level.max(ledger.reminded(entry.key(), view.as_of));
        });
    }
    let promises = ledger.promises(view.as_of);
    sums.into_iter().map(|(currency, sum)| line(account, currency, sum, &promises, view)).collect()
}

fn line(
    account: AccountId,
    currency: Currency,
    sum: Overdue,
    promises: &[Promised],
    view: &View,
) -> CollectionLine {
    let of_currency = || promises.iter().filter(|it| it.amount.currency == currency);
    let broken: Vec<&Promised> = of_currency()
        .filter(|it| matches!(it.outcome, PromiseOutcome::Broken | PromiseOutcome::PartlyKept))
        .collect();
    let promised = of_currency().filter(|it| it.by < view.as_of).count();
    let ahead = of_currency().filter(|it| it.outcome == PromiseOutcome::Open);
    let ahead = ahead.min_by_key(|it| it.by).map(|it| (it.amount, it.by));
    let overdue = Money::new(sum.minor, currency);
    let weighted = sum.money_days / i128::from(sum.minor.max(1));
    let times = i128::try_from(broken.len()).unwrap_or(0) + 1;
    let items = match sum.items.len() {
        1 => "1 item".to_owned(),
        several => format!("{several} items"),
    };
    let mut reason =
        format!("{overdue} past due in {items}, the oldest for {}", crate::words::days(sum.oldest));
    if !broken.is_empty() {
        reason.push_str(&format!("; broke {} of {promised} promises", broken.len()));
    }
    if let Some((level, day)) = sum.level {
        reason.push_str(&format!("; reminded at level {level} on {day}"));
    }
    if let Some((amount, by)) = ahead {
        reason.push_str(&format!("; promised {amount} by {by}"));
    }
    CollectionLine {
        account,
        name: String::new(),
        manager: None,
        overdue,
        items: sum.items,
        oldest_days: sum.oldest,
        weighted_days: i64::try_from(weighted).unwrap_or(i64::MAX),
        broken: broken.iter().map(|it| event(account, it.version.0)).collect(),
        promised,
        reminded: sum.level,
        promised_ahead: ahead,
        weight: sum.worth / 1_000_000 * weighted.max(1) * times,
        reason,
    }
}
