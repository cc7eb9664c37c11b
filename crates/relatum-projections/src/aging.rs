//! Receivables aging: what each account owes, by how long it is past due.

use std::collections::BTreeMap;

use bitcode::{Decode, Encode};
use chrono::NaiveDate;
use relatum_domain::event::policy::AgeBasis;
use relatum_domain::receivables::{Book, Buckets, ItemKey, Ledger, OpenItem};
use relatum_domain::{AccountId, Amount, Currency, Gist, InForce, ManagerId, Policies, View};
use relatum_stream::{EventRef, StreamId};
use serde::Serialize;

use crate::amounts::Sum;
use crate::directory::Directory;
use crate::models::Models;
use crate::projection::Projection;

/// What each account owes.
#[derive(Debug, Clone, Default, Encode, Decode)]
pub struct Aging {
    books: BTreeMap<AccountId, Book>,
}

impl Projection for Aging {
    const NAME: &'static str = "aging";
    const REVISION: u32 = 3;

    fn fold(&mut self, stream: StreamId, gists: &[Gist<'_>]) {
        if let Some(account) = AccountId::of_stream(stream) {
            let book = self.books.entry(account).or_default();
            gists.iter().for_each(|gist| book.take(gist));
        }
    }

    fn join(&mut self, mut others: Self) {
        self.books.append(&mut others.books);
    }
}

impl Aging {
    /// The receivables of an account.
    #[must_use]
    pub fn book(&self, account: AccountId) -> Option<&Book> {
        self.books.get(&account)
    }

    /// The documents and payments that the view shows, each with the event by which it begins.
    #[must_use]
    pub fn begun(&self, view: &View) -> Vec<(ItemKey, EventRef)> {
        let books = self.books.iter();
        let begun = books.flat_map(|(account, book)| {
            let told =
                |key| Some((key, EventRef::new((*account).into(), book.made_by(key, view)?)));
            book.keys().filter_map(told)
        });
        begun.collect()
    }

    /// Of all that [began](Self::begun) the events by which the same document or payment begins in
    /// the books of several accounts, together for each: the same paper told twice, as when an
    /// invoice moved to another client and was not voided.
    #[must_use]
    pub fn told_twice(mut begun: Vec<(ItemKey, EventRef)>) -> Vec<Vec<EventRef>> {
        begun.sort_unstable();
        let same = begun.chunk_by(|left, right| left.0 == right.0).filter(|same| same.len() > 1);
        same.map(|same| same.iter().map(|(_, event)| *event).collect()).collect()
    }

    /// The receivables of every account as known at the view, by account.
    pub fn ledgers<'a>(
        &'a self,
        policies: &'a Policies,
        view: &'a View,
    ) -> impl Iterator<Item = (AccountId, Ledger<'a>)> + 'a {
        let books = self.books.iter();
        books.map(|(account, book)| (*account, book.ledger(view.known_at, policies)))
    }
}

/// Which aging is wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AgingOptions {
    /// Own buckets; none: those of the policy in force, or the standard ones.
    pub buckets: Option<Buckets>,
    /// Only this account.
    pub account: Option<AccountId>,
    /// Only accounts of this manager on the day.
    pub manager: Option<ManagerId>,
    /// Only this currency.
    pub currency: Option<Currency>,
}

/// Amounts of one account, or of all, in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AgingLine {
    /// Which account; none in a total.
    pub account: Option<AccountId>,
    /// Its name.
    pub name: String,
    /// Who answers for it.
    pub manager: Option<ManagerId>,
    /// What the amounts are in.
    pub currency: Currency,
    /// How many open items.
    pub items: u64,
    /// Open, by bucket; credits that nothing has used are in the bucket of their own day.
    pub buckets: Vec<Sum>,
    /// The sum of the buckets.
    pub total: Sum,
    /// How much of it is disputed.
    pub disputed: Sum,
    /// Credits that nothing has used yet, negative; part of the total.
    pub unapplied: Sum,
    /// Past due, without disputed amounts and without credits.
    pub overdue: Sum,
    /// The most days that an item is past due (or old, by document date).
    pub oldest_days: Option<i64>,
}

/// Receivables by age.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AgingReport {
    /// The day to which age counts.
    pub as_of: NaiveDate,
    /// From which day it counts.
    pub basis: AgeBasis,
    /// The policy that said so; none: the standard.
    pub policy: Option<EventRef>,
    /// The names of the buckets.
    pub labels: Vec<String>,
    /// A line an account and currency, by name.
    pub lines: Vec<AgingLine>,
    /// A line a currency; currencies are never added.
    pub totals: Vec<AgingLine>,
}

impl AgingLine {
    fn empty(currency: Currency, buckets: usize) -> Self {
        let zero = Sum::zero(currency);
        Self {
            account: None,
            name: "total".to_owned(),
            manager: None,
            currency,
            items: 0,
            buckets: vec![zero; buckets],
            total: zero,
            disputed: zero,
            unapplied: zero,
            overdue: zero,
            oldest_days: None,
        }
    }

    fn add(&mut self, item: &OpenItem, bucket: usize, age: i64, past_due: i64) {
        let open = Amount::Money(item.open).micro();
        let disputed = Amount::Money(item.disputed).micro();
        self.items += 1;
        if let Some(sum) = self.buckets.get_mut(bucket) {
            sum.add(open);
        }
        self.total.add(open);
        self.disputed.add(disputed);
        if open < 0 {
            self.unapplied.add(open);
            return;
        }
        if past_due > 0 {
            self.overdue.add(open - disputed);
        }
        self.oldest_days = self.oldest_days.max(Some(age));
    }

    fn add_line(&mut self, line: &Self) {
        for (sum, more) in self.buckets.iter_mut().zip(&line.buckets) {
            sum.add(more.micro);
        }
        self.items += line.items;
        self.total.add(line.total.micro);
        self.disputed.add(line.disputed.micro);
        self.unapplied.add(line.unapplied.micro);
        self.overdue.add(line.overdue.micro);
        self.oldest_days = self.oldest_days.max(line.oldest_days);
    }

    /// Whether the buckets make the total.
    #[must_use]
    pub fn foots(&self) -> bool {
        self.buckets.iter().map(|sum| sum.micro).sum::<i128>() == self.total.micro
    }
}

impl AgingReport {
    /// The report for the day and the knowledge of `view`.
    #[must_use]
    pub fn of(models: &Models, options: &AgingOptions, view: &View) -> Self {
        Self::whole(models, options, view, Self::part(models, models, options, view))
    }

    /// The lines of the accounts of `part`, in no particular order; policies are in `common`.
    #[must_use]
    pub fn part(
        part: &Models,
        common: &Models,
        options: &AgingOptions,
        view: &View,
    ) -> Vec<AgingLine> {
        let (_, buckets) = buckets_in_force(&common.directory, options, view);
        let mut lines: BTreeMap<(AccountId, Currency), AgingLine> = BTreeMap::new();
        let wanted = |account: &AccountId| {
            options.account.is_none_or(|only| only == *account)
                && options
                    .manager
                    .is_none_or(|only| part.directory.manager_of(*account, view) == Some(only))
        };
        for (account, book) in part.aging.books.iter().filter(|(account, _)| wanted(account)) {
            for item in book.open_items(view, common.directory.policies()) {
                let currency = item.open.currency;
                if options.currency.is_some_and(|only| only != currency) {
                    continue;
                }
                let past_due = days(item.due, view.as_of);
                let age = match buckets.basis() {
                    AgeBasis::DueDate => past_due,
                    AgeBasis::DocumentDate => days(item.document_day, view.as_of),
                };
                lines
                    .entry((*account, currency))
                    .or_insert_with(|| AgingLine::empty(currency, buckets.count()))
                    .add(&item, buckets.index_of(age), age, past_due);
            }
        }
        for ((account, _), line) in &mut lines {
            line.account = Some(*account);
            line.name = part.directory.account_name(*account, view);
            line.manager = part.directory.manager_of(*account, view);
        }
        lines.into_values().collect()
    }

    /// The report that the lines of all parts make.
    #[must_use]
    pub fn whole(
        common: &Models,
        options: &AgingOptions,
        view: &View,
        mut lines: Vec<AgingLine>,
    ) -> Self {
        let (policy, buckets) = buckets_in_force(&common.directory, options, view);
        let mut totals: BTreeMap<Currency, AgingLine> = BTreeMap::new();
        for line in &lines {
            totals
                .entry(line.currency)
                .or_insert_with(|| AgingLine::empty(line.currency, buckets.count()))
                .add_line(line);
        }
        lines.sort_by(|left, right| {
            (&left.name, left.account, left.currency).cmp(&(
                &right.name,
                right.account,
                right.currency,
            ))
        });
        Self {
            as_of: view.as_of,
            basis: buckets.basis(),
            policy,
            labels: buckets.labels(),
            lines,
            totals: totals.into_values().collect(),
        }
    }
}

fn days(from: NaiveDate, to: NaiveDate) -> i64 {
    to.signed_duration_since(from).num_days()
}

fn buckets_in_force(
    directory: &Directory,
    options: &AgingOptions,
    view: &View,
) -> (Option<EventRef>, Buckets) {
    if let Some(own) = &options.buckets {
        return (None, own.clone());
    }
    // A report cannot refuse history: impossible bounds that were appended are passed over.
    let InForce { event, rule } = directory.policies().aging(view);
    match Buckets::of(&rule) {
        Ok(buckets) => (event, buckets),
        Err(_) => (None, Buckets::standard()),
    }
}
