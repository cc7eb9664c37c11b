//! Receivables aging: what each account owes, by how long it is past due.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::OnceLock;

use chrono::NaiveDate;
use relatum_domain::event::policy::AgeBasis;
use relatum_domain::gist::Topics;
use relatum_domain::receivables::{
    Book, Buckets, Entry, ItemKey, Ledger, OpenPart, Steps, in_currency,
};
use relatum_domain::{
    AccountId, Currency, Gist, InForce, ManagerId, Policies, Rate, Recorded, View,
};
use relatum_stream::{EventRef, StreamId};
use serde::Serialize;

use super::{days, explained};
use crate::about::About;
use crate::amounts::Sum;
use crate::directory::Directory;
use crate::figures::{Column, FigureLine, Figures, ONE, Report, Row, Sink};
use crate::merged;
use crate::models::{Models, Which};
use crate::projection::Projection;

/// What each account owes.
#[derive(Debug, Clone, Default)]
pub struct Aging {
    books: BTreeMap<AccountId, Book>,
    /// The steps of books that were asked, with everything known: made once for many questions.
    made: BTreeMap<AccountId, OnceLock<Steps>>,
}

impl Projection for Aging {
    const NAME: &'static str = "aging";
    const REVISION: u32 = 4;
    const READS: Topics = Book::READS;

    type State = BTreeMap<AccountId, Book>;

    fn fold(&mut self, stream: StreamId, gists: &[&Gist<'_>]) {
        if let Some(account) = AccountId::of_stream(stream) {
            let book = self.books.entry(account).or_default();
            gists.iter().for_each(|gist| book.take(gist));
            self.made.insert(account, OnceLock::new());
        }
    }

    fn join(&mut self, mut others: Self) {
        self.books.append(&mut others.books);
        self.made.append(&mut others.made);
    }

    fn state(&self) -> &Self::State {
        &self.books
    }

    fn of_state(books: Self::State) -> Self {
        let made = books.keys().map(|account| (*account, OnceLock::new())).collect();
        Self { books, made }
    }
}

impl Aging {
    /// The accounts that have any.
    pub fn accounts(&self) -> impl Iterator<Item = AccountId> {
        self.books.keys().copied()
    }

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
            let told = |key| Some((key, merged::event(*account, book.made_by(key, view)?.0)));
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

    /// The receivables of one account or of every one as known at the view, by account.
    pub fn ledgers<'a>(
        &'a self,
        only: Option<AccountId>,
        policies: &'a Policies,
        view: &'a View,
    ) -> impl Iterator<Item = (AccountId, Ledger<'a>)> + 'a {
        let (books, made) = (self.books.range(range(only)), self.made.range(range(only)));
        books.zip(made).map(|((account, book), (_, made))| {
            (*account, ledger(book, made, policies, view.known_at))
        })
    }
}

/// One account, or all of them.
fn range(only: Option<AccountId>) -> (Bound<AccountId>, Bound<AccountId>) {
    let bound = only.map_or(Bound::Unbounded, Bound::Included);
    (bound, bound)
}

/// The ledger of a book, from the steps that are made where these answer the question: with
/// everything known, and where no rule of the tenant has a say.
fn ledger<'a>(
    book: &'a Book,
    made: &'a OnceLock<Steps>,
    policies: &Policies,
    known_at: Recorded,
) -> Ledger<'a> {
    if !book.is_all_known(known_at) {
        return book.ledger(known_at, policies);
    }
    let steps = made.get_or_init(|| book.all_steps(known_at, policies));
    match steps.is_free_of_rules() {
        true => book.ledger_of_steps(known_at, steps),
        false => book.ledger(known_at, policies),
    }
}

/// What the lines of an aging are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Lines {
    /// Accounts.
    #[default]
    Accounts,
    /// Managers.
    Managers,
    /// Segments of accounts.
    Segments,
    /// Groups: the account to which each belongs in the end. Accounts that belong to none are
    /// groups of their own.
    Groups(BTreeMap<AccountId, AccountId>),
}

/// How amounts come into the base currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InBase {
    /// At each document's own rate, with the revaluations in force as amounts of their own.
    DocumentRates,
    /// At these rates on the day, units of the base currency for one of each, without
    /// revaluations.
    ClosingRates(BTreeMap<Currency, Rate>),
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
    /// Only these accounts.
    pub among: Option<BTreeSet<AccountId>>,
    /// What the lines are.
    pub lines: Lines,
    /// In the base currency of the policy in force; what has no rate stays in its own.
    pub in_base: Option<InBase>,
}

/// Amounts of one account, or of all, in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AgingLine {
    /// The key of the line.
    pub key: String,
    /// Which account; none in a total, or where lines are no accounts.
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
    /// What can be asked for: without disputed amounts and without credits.
    pub collectable: Sum,
    /// By how much revaluations in force change the total, where it is in the base currency at
    /// documents' rates.
    pub revalued: Sum,
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
    fn of(line: &FigureLine, buckets: usize) -> Self {
        let after = |at: usize| line.sum(1 + buckets + at);
        Self {
            key: line.key(),
            account: line.row.account(),
            name: line.name.clone(),
            manager: line.manager,
            currency: line.currency,
            items: u64::try_from(line.count(0)).unwrap_or(0),
            buckets: (1..=buckets).map(|at| line.sum(at)).collect(),
            total: after(0),
            disputed: after(1),
            unapplied: after(2),
            overdue: after(3),
            collectable: after(4),
            revalued: after(5),
            oldest_days: line.most(1 + buckets + 6),
        }
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
    ) -> Vec<FigureLine> {
        Figures::part(options, part, common, view)
    }

    /// The same lines with their figures by name.
    #[must_use]
    pub fn lines(
        part: &Models,
        common: &Models,
        options: &AgingOptions,
        view: &View,
    ) -> Vec<AgingLine> {
        let (_, buckets) = buckets_in_force(&common.directory, options, view);
        let lines = Self::part(part, common, options, view);
        lines.iter().map(|line| AgingLine::of(line, buckets.count())).collect()
    }

    /// The report that the lines of all parts make.
    #[must_use]
    pub fn whole(
        common: &Models,
        options: &AgingOptions,
        view: &View,
        lines: Vec<FigureLine>,
    ) -> Self {
        let (policy, buckets) = buckets_in_force(&common.directory, options, view);
        let figures = Figures::whole(options, common, view, lines);
        let named = |lines: &[FigureLine]| {
            lines.iter().map(|line| AgingLine::of(line, buckets.count())).collect()
        };
        Self {
            as_of: view.as_of,
            basis: buckets.basis(),
            policy,
            labels: buckets.labels(),
            lines: named(&figures.lines),
            totals: named(&figures.totals),
        }
    }
}

impl AgingOptions {
    /// The names of the buckets in force.
    pub(crate) fn labels(&self, common: &Models, view: &View) -> Vec<String> {
        buckets_in_force(&common.directory, self, view).1.labels()
    }
}

impl Report for AgingOptions {
    fn name(&self) -> &'static str {
        "aging"
    }

    fn which(&self, _: &Policies, _: &View) -> Which {
        Which { directory: true, aging: true, ..Which::NONE }
    }

    fn about(&self) -> About {
        About::of(self.account, None)
    }

    fn columns(&self, common: &Models, view: &View) -> Vec<Column> {
        let (_, buckets) = buckets_in_force(&common.directory, self, view);
        let mut columns = vec![Column::count("items")];
        columns.extend(buckets.labels().into_iter().map(Column::money));
        let sums = ["total", "disputed", "unapplied", "overdue", "collectable", "revalued"];
        columns.extend(sums.map(Column::money));
        columns.push(Column::most_days("oldest_days"));
        columns
    }

    fn foots(&self, common: &Models, view: &View) -> Vec<(usize, Vec<usize>)> {
        let (_, buckets) = buckets_in_force(&common.directory, self, view);
        vec![(buckets.count() + 1, (1..=buckets.count()).collect())]
    }

    fn policies(&self, common: &Models, view: &View) -> Vec<EventRef> {
        let (aging, _) = buckets_in_force(&common.directory, self, view);
        let policies = common.directory.policies();
        let base = self.in_base.as_ref().and_then(|_| policies.base_currency(view).event);
        aging.into_iter().chain(base).chain(policies.advance(view).event).collect()
    }

    fn tell(&self, part: &Models, common: &Models, view: &View, to: &mut dyn Sink) {
        let (_, buckets) = buckets_in_force(&common.directory, self, view);
        let policies = common.directory.policies();
        let base = self.in_base.as_ref().and_then(|_| policies.base_currency(view).rule);
        for (account, ledger) in part.aging.ledgers(self.account, policies, view) {
            if !self.wants(account, &part.directory, view) {
                continue;
            }
            let row = self.row_of(account, &part.directory, view);
            let place = Place { account, row, base, buckets: &buckets, view, options: self };
            for entry in ledger.entries() {
                place.tell(&entry, to);
            }
            if let (Some(base), Some(InBase::DocumentRates)) = (base, &self.in_base) {
                place.revalued(&ledger, base, to);
            }
        }
    }
}

impl AgingOptions {
    pub(crate) fn wants(&self, account: AccountId, directory: &Directory, view: &View) -> bool {
        super::wants(self.account, self.manager, account, directory, view)
            && self.among.as_ref().is_none_or(|among| among.contains(&account))
    }

    fn row_of(&self, account: AccountId, directory: &Directory, view: &View) -> Row {
        match &self.lines {
            Lines::Accounts => Row::Account(account),
            Lines::Managers => Row::Manager(directory.manager_of(account, view)),
            Lines::Segments => {
                Row::Named(directory.account(account, view).and_then(|it| it.segment))
            }
            Lines::Groups(tops) => Row::Account(tops.get(&account).copied().unwrap_or(account)),
        }
    }
}

/// Where the items of one account go.
struct Place<'a> {
    account: AccountId,
    row: Row,
    base: Option<Currency>,
    buckets: &'a Buckets,
    view: &'a View,
    options: &'a AgingOptions,
}

impl Place<'_> {
    /// What an amount of an item is worth in the currency in which it is shown.
    fn shown(&self, entry: &Entry<'_>) -> (Currency, Option<Rate>) {
        let own = entry.currency();
        let Some(base) = self.base.filter(|base| *base != own) else {
            return (own, None);
        };
        let rate = match &self.options.in_base {
            Some(InBase::ClosingRates(rates)) => rates.get(&own).copied(),
            _ => entry.base_rate(),
        };
        rate.map_or((own, None), |rate| (base, Some(rate)))
    }

    fn age(&self, entry: &Entry<'_>, due: NaiveDate) -> i64 {
        match self.buckets.basis() {
            AgeBasis::DueDate => days(due, self.view.as_of),
            // A document may count before the day that is printed on it: then it is new.
            AgeBasis::DocumentDate => days(entry.document_day(), self.view.as_of).max(0),
        }
    }

    fn tell(&self, entry: &Entry<'_>, to: &mut dyn Sink) {
        let (currency, rate) = self.shown(entry);
        if self.options.currency.is_some_and(|only| only != currency) {
            return;
        }
        let worth = |minor: i64| match rate {
            None => explained::micro(entry.money(minor)),
            Some(rate) => {
                let base = in_currency(entry.money(minor), Some(rate), currency, Some(currency));
                base.map_or(0, explained::micro)
            }
        };
        entry.each_open(self.view.as_of, |part| self.part(entry, currency, part, &worth, to));
    }

    fn part(
        &self,
        entry: &Entry<'_>,
        currency: Currency,
        part: OpenPart,
        worth: &dyn Fn(i64) -> i128,
        to: &mut dyn Sink,
    ) {
        let (as_of, account) = (self.view.as_of, self.account);
        let age = self.age(entry, part.due);
        let (open, disputed) = (worth(part.open), worth(part.disputed));
        let after = 1 + self.buckets.count();
        let mut add = |column, micro, why: &dyn Fn() -> _| {
            to.add(&self.row, currency, column, micro, why);
        };
        let opened = || explained::open(account, entry, part.part, as_of, worth);
        let in_dispute = || explained::disputed(account, entry, part.part, as_of, worth);
        add(0, ONE, &|| explained::one(account, entry));
        add(1 + self.buckets.index_of(age), open, &opened);
        add(after, open, &opened);
        if part.open < 0 {
            add(after + 2, open, &opened);
            return;
        }
        if part.disputed != 0 {
            add(after + 1, disputed, &in_dispute);
        }
        let undisputed = || {
            let mut all = opened();
            all.extend(explained::negated(in_dispute()));
            all
        };
        if part.due < as_of {
            add(after + 3, open - disputed, &undisputed);
        }
        add(after + 4, open - disputed, &undisputed);
        let oldest = i128::from(age) * ONE;
        add(after + 6, oldest, &|| explained::made(account, entry, oldest));
    }

    /// Revaluations in force are amounts of their own, in the bucket of the part due first.
    fn revalued(&self, ledger: &Ledger<'_>, base: Currency, to: &mut dyn Sink) {
        if self.options.currency.is_some_and(|only| only != base) {
            return;
        }
        let after = 1 + self.buckets.count();
        for it in ledger.revaluations(self.view.as_of, base) {
            let Some(entry) = ledger.entry(it.item) else { continue };
            let mut first: Option<NaiveDate> = None;
            entry.each_open(self.view.as_of, |part| {
                first = Some(first.map_or(part.due, |due| due.min(part.due)));
            });
            let Some(due) = first else { continue };
            let micro = explained::micro(it.difference);
            let why = || {
                vec![crate::figures::Contribution {
                    event: explained::event(self.account, it.version.0),
                    day: it.day,
                    number: entry.number().map(str::to_owned),
                    what: "revaluation",
                    micro,
                }]
            };
            let bucket = 1 + self.buckets.index_of(self.age(&entry, due));
            for column in [bucket, after, after + 5] {
                to.add(&self.row, base, column, micro, &why);
            }
        }
    }
}

pub(super) fn buckets_in_force(
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
