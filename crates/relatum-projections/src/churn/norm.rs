//! What is usual in a book: how its accounts buy, return and answer. A signal of one account is
//! held against it.

use std::collections::BTreeMap;

use chrono::{Datelike as _, Days, NaiveDate};
use relatum_churn::{Book, Fit, FitError, Purchase, Shares, Spend, Summary, fit_spend, likeliest};
use relatum_domain::{AccountId, Currency, View};

use super::look::median;
use crate::models::Models;
use crate::sales::{Back, BoughtDay};

/// Days after which an event that the log learns of was not told in time.
const IN_TIME: i64 = 31;
/// A year, in days: what an account has at stake is what it bought in that time.
pub(super) const YEAR: u32 = 365;

/// What one account adds to what is usual.
#[derive(Debug, Clone)]
pub struct Surveyed {
    open: bool,
    purchases: Vec<Purchase>,
    currency: Currency,
    year: i128,
    back: Back,
    answers: Vec<i64>,
    in_time: (usize, usize),
}

/// What is usual in a book, as a view shows it.
#[derive(Debug, Clone)]
pub struct Norm {
    /// How its accounts buy.
    pub(super) fit: Result<Fit, FitError>,
    /// What they spend, by currency.
    pub(super) spend: BTreeMap<Currency, Spend>,
    pub(super) returns: Option<Shares>,
    pub(super) answer_days: Option<i64>,
    /// What was bought in a year, by currency.
    pub(super) year: BTreeMap<Currency, i128>,
    /// The number of the day of the first purchase.
    pub(super) first: Option<i32>,
    /// Whether what happened was recorded then: so that it can be asked what was known.
    pub(super) in_time: bool,
}

/// Nothing is known of the book: signals that are held against it find too little.
impl Default for Norm {
    fn default() -> Self {
        Self {
            fit: likeliest(&Book::new(&[])),
            spend: BTreeMap::new(),
            returns: None,
            answer_days: None,
            year: BTreeMap::new(),
            first: None,
            in_time: true,
        }
    }
}

impl Norm {
    /// What the accounts of `part` add.
    #[must_use]
    pub fn part(part: &Models, view: &View) -> Vec<Surveyed> {
        let accounts = part.directory.ids();
        let somebody = accounts.filter(|account| part.directory.is_somebody(*account, view));
        somebody.map(|account| surveyed(part, account, view)).collect()
    }

    /// What all of them make.
    #[must_use]
    pub fn whole(view: &View, all: &[Surveyed]) -> Self {
        let end = view.as_of.num_days_from_ce();
        let open = || all.iter().filter(|it| it.open);
        let summaries: Vec<(Currency, Summary)> = open()
            .filter_map(|it| Some((it.currency, Summary::of(&it.purchases, end).ok()?)))
            .collect();
        let book: Vec<Summary> = summaries.iter().map(|it| it.1).collect();
        let mut year: BTreeMap<Currency, i128> = BTreeMap::new();
        for it in open() {
            *year.entry(it.currency).or_default() += it.year.max(0);
        }
        let of = |currency: &Currency| {
            let own = summaries.iter().filter(|it| it.0 == *currency).map(|it| it.1);
            Some((*currency, fit_spend(&own.collect::<Vec<_>>()).ok()?.0))
        };
        let spend = year.keys().filter_map(of).collect();
        let mut back: Vec<(u32, u32)> = open().map(|it| (it.back.back, it.back.sold)).collect();
        // In whatever parts the book came.
        back.sort_unstable();
        let answers: Vec<i64> = all.iter().flat_map(|it| it.answers.iter().copied()).collect();
        let count = |of: fn(&(usize, usize)) -> usize| all.iter().map(|it| of(&it.in_time)).sum();
        let (in_time, sold): (usize, usize) = (count(|it| it.0), count(|it| it.1));
        let bought = all.iter().flat_map(|it| &it.purchases).filter(|it| it.value > 0.0);
        Self {
            fit: likeliest(&Book::new(&book)),
            spend,
            returns: Shares::of(&back),
            answer_days: median(&answers),
            year,
            first: bought.map(|it| it.day).min(),
            in_time: in_time * 10 >= sold * 9,
        }
    }
}

fn surveyed(part: &Models, account: AccountId, view: &View) -> Surveyed {
    let bought = part.sales.bought(account, view);
    let bought = bought.as_ref();
    let year = a_year_before(view.as_of);
    let offers = part.agreements.offers_of(account, view);
    Surveyed {
        open: !part.directory.is_closed(account, view),
        purchases: bought.map(|it| purchases(&it.days)).unwrap_or_default(),
        currency: bought.map_or(Currency::NONE, |it| it.currency),
        year: bought.map_or(0, |it| it.net(year, view.as_of)),
        back: bought.map(|it| it.back(year).0).unwrap_or_default(),
        answers: offers.iter().filter_map(|it| it.answered_in()).collect(),
        in_time: part.sales.in_time(account, IN_TIME, view),
    }
}

/// The first of the days of a year up to a day.
pub(super) fn a_year_before(day: NaiveDate) -> NaiveDate {
    day.checked_sub_days(Days::new(u64::from(YEAR) - 1)).unwrap_or(NaiveDate::MIN)
}

/// Days of buying as the models read them.
pub(super) fn purchases(days: &[BoughtDay]) -> Vec<Purchase> {
    let of = |it: &BoughtDay| Purchase {
        day: it.day.num_days_from_ce(),
        value: it.micro as f64 / 1_000_000.0,
    };
    days.iter().map(of).collect()
}

/// The history of an account up to a day; none: it bought nothing.
pub(super) fn summary(days: &[BoughtDay], end: i32) -> Option<Summary> {
    Summary::of(&purchases(days), end).ok()
}
