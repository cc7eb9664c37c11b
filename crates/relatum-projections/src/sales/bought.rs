//! What an account bought, day by day: what its rhythm, its trends and purchase models are made of.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use relatum_domain::event::policy::{CreditOn, ReturnsCount, SalesCredit};
use relatum_domain::{AccountId, Currency, Stamp, View};

use super::sale::{Sale, What, of_goods};
use super::{AccountSales, Sales};

/// Returns are taken off the day on which they come: what was bought before was bought.
const RULE: SalesCredit = of_goods(ReturnsCount::WhenReturned);

/// What was bought on one day, less what was cancelled of it later and what came back that day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BoughtDay {
    pub(crate) day: NaiveDate,
    /// With its sign, in millionths of the currency.
    pub(crate) micro: i128,
    /// The last order, invoice or return of the day, by its version.
    pub(crate) version: u64,
}

impl BoughtDay {
    /// More was bought than came back.
    pub(crate) const fn is_purchase(&self) -> bool {
        self.micro > 0
    }
}

/// What an account bought, as a view shows it.
///
/// Shape: days ascend, each once. Orders count; of an account that has none, invoices.
/// Units: one currency, the one in which the account bought on the most days; what it bought in
/// others is left out.
#[derive(Debug)]
pub(crate) struct Bought<'a> {
    pub(crate) currency: Currency,
    pub(crate) days: Vec<BoughtDay>,
    /// Orders count; if not, invoices.
    on_orders: bool,
    sales: Vec<Sale<'a>>,
    /// Goods that were refused at the door.
    refused: Vec<Sale<'a>>,
    /// The first day of each product, once somebody asks.
    first: OnceCell<Vec<NaiveDate>>,
}

/// What was known of an account's purchases at the end of a day.
#[derive(Debug)]
pub(crate) struct BoughtThen {
    pub(crate) days: Vec<BoughtDay>,
    /// How many different products were bought.
    pub(crate) breadth: usize,
    pub(crate) currency: Currency,
    on_orders: bool,
}

/// What an account bought of one kind of goods.
#[derive(Debug, Default)]
pub(crate) struct GoodsBought {
    /// On which days, ascending, each with the event.
    pub(crate) days: BTreeMap<NaiveDate, u64>,
}

/// Of how many orders, or invoices where there are none, something came back or was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Back {
    pub(crate) sold: u32,
    pub(crate) back: u32,
}

impl Sales {
    /// What a view shows of an account's purchases; none: it bought nothing.
    pub(crate) fn bought(&self, account: AccountId, view: &View) -> Option<Bought<'_>> {
        self.accounts.get(&account)?.bought(view)
    }

    /// What was known of an account's purchases at the end of a day, where `now` is what is known
    /// at a later view.
    pub(crate) fn bought_then(
        &self,
        account: AccountId,
        now: Option<&Bought<'_>>,
        then: &View,
    ) -> Option<BoughtThen> {
        let sales = self.accounts.get(&account)?;
        let plain = now.filter(|now| now.has_begun(then.as_of) && sales.is_plain_until(then));
        if let Some(now) = plain {
            let days: Vec<_> = now.days.iter().copied().filter(|it| it.day <= then.as_of).collect();
            let breadth = now.first_days().filter(|day| *day <= then.as_of).count();
            let (currency, on_orders) = (now.currency, now.on_orders);
            let bought = days.iter().any(BoughtDay::is_purchase);
            return bought.then_some(BoughtThen { days, breadth, currency, on_orders });
        }
        let known = sales.bought(then)?;
        let (breadth, currency, on_orders) = (known.breadth(), known.currency, known.on_orders);
        Some(BoughtThen { days: known.days, breadth, currency, on_orders })
    }

    /// Whether an account whose purchases were known as `before` bought anything after that day, as
    /// the view at a later day shows it; in the same currency, by the same events.
    pub(crate) fn bought_after(
        &self,
        account: AccountId,
        (before, day): (&BoughtThen, NaiveDate),
        now: Option<&Bought<'_>>,
        until: &View,
    ) -> bool {
        let Some(sales) = self.accounts.get(&account) else { return false };
        let buys = |it: &BoughtDay| it.is_purchase() && it.day > day && it.day <= until.as_of;
        let same = |now: &&Bought<'_>| {
            now.has_begun(day)
                && (now.currency, now.on_orders) == (before.currency, before.on_orders)
                && sales.is_plain_until(until)
        };
        if let Some(now) = now.filter(same) {
            return now.days.iter().any(buys);
        }
        let on = if before.on_orders { CreditOn::Order } else { CreditOn::Invoice };
        let all = sales.sales(SalesCredit { on, ..RULE }, None, until);
        days_of(&all, until).remove(&before.currency).unwrap_or_default().values().any(buys)
    }

    /// How many orders and invoices the log learned of within so many days, of how many that the
    /// view shows.
    pub(crate) fn in_time(&self, account: AccountId, days: i64, view: &View) -> (usize, usize) {
        let Some(sales) = self.accounts.get(&account) else { return (0, 0) };
        let known = |stamp: &Stamp| sales.voids.shows(*stamp, view);
        let stamps: Vec<Stamp> = sales.sold().filter(known).collect();
        let soon = |it: &&Stamp| {
            let learned = chrono::DateTime::from_timestamp_micros(it.recorded.0);
            learned.is_some_and(|at| (at.date_naive() - it.effective()).num_days() <= days)
        };
        (stamps.iter().filter(soon).count(), stamps.len())
    }
}

impl AccountSales {
    fn sold(&self) -> impl Iterator<Item = Stamp> + '_ {
        let papers = self.papers.values().flatten().map(|it| it.stamp);
        self.orders.values().flat_map(super::Order::stamps).chain(papers)
    }

    /// Whether nothing was taken back, and whatever happened by the day of the view was known at
    /// it: then what a later view shows up to that day is what it shows.
    fn is_plain_until(&self, view: &View) -> bool {
        let taken = self.returned.values().flatten().map(|it| it.stamp);
        let known = |it: Stamp| it.effective() > view.as_of || it.recorded <= view.known_at;
        self.voids.is_empty()
            && self.reversed.is_empty()
            && self.orders.values().all(|it| !it.is_cancelled() && it.is_placed_once())
            && self.papers.values().all(|it| it.len() == 1)
            && self.returned.values().all(|it| it.len() == 1)
            && self.sold().chain(taken).all(known)
    }

    fn bought(&self, view: &View) -> Option<Bought<'_>> {
        let ordered = self.sales(RULE, None, view);
        let has_orders = ordered.iter().any(|it| it.what == What::Sold);
        let on_invoice = SalesCredit { on: CreditOn::Invoice, ..RULE };
        let sales = if has_orders { ordered } else { self.sales(on_invoice, None, view) };
        let all = days_of(&sales, view);
        let count = |days: &BTreeMap<_, BoughtDay>| days.values().filter(|it| it.micro > 0).count();
        let most = all
            .into_iter()
            .max_by_key(|(currency, days)| (count(days), std::cmp::Reverse(*currency)));
        let (currency, days) = most.filter(|(_, days)| count(days) > 0)?;
        let (days, refused) = (days.into_values().collect(), self.refused(view));
        let (on_orders, first) = (has_orders, OnceCell::new());
        Some(Bought { currency, days, on_orders, sales, refused, first })
    }
}

/// What was bought on each day, by currency.
fn days_of(sales: &[Sale<'_>], view: &View) -> BTreeMap<Currency, BTreeMap<NaiveDate, BoughtDay>> {
    let mut all: BTreeMap<Currency, BTreeMap<NaiveDate, BoughtDay>> = BTreeMap::new();
    for sale in sales.iter().filter(|it| it.day <= view.as_of) {
        let Some(micro) = counted(sale) else { continue };
        let days = all.entry(sale.currency).or_default();
        let none = BoughtDay { day: sale.day, micro: 0, version: sale.version };
        let day = days.entry(sale.day).or_insert(none);
        day.micro = day.micro.saturating_add(micro);
        day.version = day.version.max(sale.version);
    }
    all
}

/// What a sale adds to what was bought; none: it is of another kind.
const fn counted(sale: &Sale<'_>) -> Option<i128> {
    match sale.what {
        // What was cancelled later was not bought.
        What::Sold => Some(sale.left),
        What::Returned => Some(sale.net),
        What::Cancelled | What::Adjusted => None,
    }
}

impl<'a> Bought<'a> {
    /// The orders, invoices and returns of some days that its days are made of: the day, the
    /// version, and how much.
    pub(crate) fn each(
        &self,
        from: NaiveDate,
        to: NaiveDate,
    ) -> impl Iterator<Item = (NaiveDate, u64, i128)> + '_ {
        let within = move |it: &&Sale<'_>| (from..=to).contains(&it.day);
        let own = self.sales.iter().filter(within).filter(|it| it.currency == self.currency);
        own.filter_map(|it| Some((it.day, it.version, counted(it)?)))
    }

    /// The days on which more was bought than came back.
    pub(crate) fn purchases(&self) -> impl DoubleEndedIterator<Item = BoughtDay> + '_ {
        self.days.iter().copied().filter(BoughtDay::is_purchase)
    }

    /// What was bought less what came back on the days from `from` on, in millionths.
    pub(crate) fn net(&self, from: NaiveDate, to: NaiveDate) -> i128 {
        let within = self.days.iter().filter(|it| (from..=to).contains(&it.day));
        within.fold(0, |sum, it| sum.saturating_add(it.micro))
    }

    /// What was sold and not cancelled to nothing, in the account's currency.
    fn kept(&self) -> impl Iterator<Item = &Sale<'a>> {
        let sold = self.sales.iter().filter(|it| it.what == What::Sold && it.left > 0);
        sold.filter(|it| it.currency == self.currency)
    }

    /// Whether something was sold by the end of a day, and all of it is in one currency.
    fn has_begun(&self, day: NaiveDate) -> bool {
        self.sales.iter().any(|it| it.what == What::Sold && it.day <= day)
            && self.sales.iter().all(|it| it.currency == self.currency)
    }

    /// How many different products were bought.
    pub(crate) fn breadth(&self) -> usize {
        self.first_days().count()
    }

    /// The first day of each product.
    fn first_days(&self) -> impl Iterator<Item = NaiveDate> + '_ {
        let first = self.first.get_or_init(|| {
            let mut first: BTreeMap<&str, NaiveDate> = BTreeMap::new();
            for sale in self.kept() {
                for product in sale.lines().iter().filter_map(|line| sale.product(line)) {
                    let day = first.entry(product).or_insert(sale.day);
                    *day = sale.day.min(*day);
                }
            }
            first.into_values().collect()
        });
        first.iter().copied()
    }

    /// What was bought of each product group; of each product where no group is told.
    pub(crate) fn goods(&self) -> BTreeMap<&'a str, GoodsBought> {
        let grouped =
            self.kept().any(|sale| sale.lines().iter().any(|line| sale.group(line).is_some()));
        let mut goods: BTreeMap<&'a str, GoodsBought> = BTreeMap::new();
        for sale in self.kept() {
            for line in sale.lines() {
                let name = if grouped { sale.group(line) } else { sale.product(line) };
                let Some(name) = name else { continue };
                goods.entry(name).or_default().days.insert(sale.day, sale.version);
            }
        }
        goods
    }

    /// Of how many sales from a day on something came back, and the events that tell that. What
    /// comes back without naming its sale counts once a day.
    pub(crate) fn back(&self, from: NaiveDate) -> (Back, Vec<u64>) {
        let sold: BTreeSet<u64> =
            self.kept().filter(|it| it.day >= from).map(|it| it.version).collect();
        let returned = self.sales.iter().filter(|it| it.what == What::Returned);
        let (mut of, mut days, mut events) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for it in returned.chain(&self.refused) {
            let counts = match it.of {
                Some(sale) if sold.contains(&sale) => {
                    of.insert(sale);
                    true
                }
                // A credit note may be about a price: nothing came back.
                None if self.on_orders && it.day >= from => {
                    days.insert(it.day);
                    true
                }
                _ => false,
            };
            if counts {
                events.insert((it.day, it.version));
            }
        }
        let count = |of: usize| u32::try_from(of).unwrap_or(u32::MAX);
        let (sold, back) = (count(sold.len()), count(of.len() + days.len()));
        let events = events.into_iter().map(|(_, version)| version).collect();
        (Back { sold, back: back.min(sold) }, events)
    }
}
