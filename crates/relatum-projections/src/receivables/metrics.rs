//! Metrics of a period: how fast money comes, and how well it is asked for.
//!
//! What is summed is a report like any other, each sum open to explanation; the ratios are made
//! of its sums.

use chrono::{Datelike as _, NaiveDate};
use relatum_domain::event::policy::CeiSales;
use relatum_domain::receivables::{Act, Entry, Ledger, Origin, PromiseOutcome, Turn, in_currency};
use relatum_domain::{AccountId, Currency, ManagerId, Money, Policies, View};
use relatum_stream::EventRef;
use serde::Serialize;

use super::explained::{self, event, micro, words};
use crate::about::About;
use crate::amounts::Sum;
use crate::figures::{Column, Contribution, FigureLine, Figures, ONE, Report, Row, Sink};
use crate::models::{Models, Which};

/// Which metrics are wanted: of the days from `from` to the day of the view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetricsOptions {
    /// The first day of the period.
    pub from: NaiveDate,
    /// Only this account.
    pub account: Option<AccountId>,
    /// Only accounts of this manager on the last day.
    pub manager: Option<ManagerId>,
    /// A line a manager instead of one an account.
    pub by_manager: bool,
}

const BEGIN: usize = 0;
const SALES: usize = 1;
const END: usize = 2;
const NOT_PAST_DUE: usize = 3;
const PAST_DUE: usize = 4;
const UNAPPLIED: usize = 5;
const DISPUTED: usize = 6;
const RECEIVED: usize = 7;
const RECEIPTS: usize = 8;
const LATE_MONEY: usize = 9;
const LATE_MONEY_FLOORED: usize = 10;
const LATE: usize = 11;
const LATE_FLOORED: usize = 12;
const PROMISES: usize = 13;
const PROMISES_KEPT: usize = 14;

/// The name of each column, in order.
const COLUMNS: [(&str, bool); 15] = [
    ("begin", true),
    ("sales", true),
    ("end", true),
    ("not_past_due", true),
    ("past_due", true),
    ("unapplied", true),
    ("disputed", true),
    ("received", true),
    ("receipts", false),
    ("money_days_late", true),
    ("money_days_late_floored", true),
    ("days_late", false),
    ("days_late_floored", false),
    ("promises", false),
    ("promises_kept", false),
];

impl Report for MetricsOptions {
    fn name(&self) -> &'static str {
        "metrics"
    }

    fn which(&self, _: &Policies, _: &View) -> Which {
        Which { directory: true, aging: true, ..Which::NONE }
    }

    fn about(&self) -> About {
        About::of(self.account, None)
    }

    fn columns(&self, _: &Models, view: &View) -> Vec<Column> {
        let months = months_back(view.as_of).into_iter();
        let months =
            months.map(|(first, _)| Column::money(first.format("sales_%Y-%m").to_string()));
        let column = |(key, is_money): &(&str, bool)| match is_money {
            true => Column::money(*key),
            false => Column::count(*key),
        };
        COLUMNS.iter().map(column).chain(months).collect()
    }

    fn foots(&self, _: &Models, _: &View) -> Vec<(usize, Vec<usize>)> {
        vec![(END, vec![NOT_PAST_DUE, PAST_DUE, UNAPPLIED])]
    }

    fn policies(&self, common: &Models, view: &View) -> Vec<EventRef> {
        let policies = common.directory.policies();
        let set = [policies.cei_sales(view).event, policies.base_currency(view).event];
        set.into_iter().flatten().collect()
    }

    fn tell(&self, part: &Models, common: &Models, view: &View, to: &mut dyn Sink) {
        let policies = common.directory.policies();
        let base = policies.base_currency(view).rule;
        for (account, ledger) in part.aging.ledgers(self.account, policies, view) {
            let directory = &part.directory;
            if !super::wants(self.account, self.manager, account, directory, view) {
                continue;
            }
            let row = match self.by_manager {
                true => Row::Manager(directory.manager_of(account, view)),
                false => Row::Account(account),
            };
            let told = Told { account, row: &row, base, from: self.from, to: view.as_of };
            for entry in ledger.entries() {
                told.balance(&entry, to);
                told.sales(&entry, to);
            }
            told.receipts(&ledger, to);
            told.promises(&ledger, to);
        }
    }
}

struct Told<'a> {
    account: AccountId,
    row: &'a Row,
    base: Option<Currency>,
    from: NaiveDate,
    to: NaiveDate,
}

impl Told<'_> {
    /// The currency in which an item is shown, and what its minor units are worth there.
    fn worth(&self, entry: &Entry<'_>) -> (Currency, impl Fn(i64) -> i128 + use<>) {
        let (own, rate) = (entry.currency(), entry.base_rate());
        let base = self.base.filter(|base| *base == own || rate.is_some());
        let shown = base.unwrap_or(own);
        let worth = move |minor: i64| {
            let amount = Money::new(minor, own);
            let there = in_currency(amount, rate, shown, Some(shown));
            there.map_or(0, micro)
        };
        (shown, worth)
    }

    fn balance(&self, entry: &Entry<'_>, to: &mut dyn Sink) {
        let (currency, worth) = self.worth(entry);
        let account = self.account;
        let before = self.from.pred_opt().unwrap_or(NaiveDate::MIN);
        entry.each_open(before, |part| {
            let why = || explained::open(account, entry, part.part, before, &worth);
            to.add(self.row, currency, BEGIN, worth(part.open), &why);
        });
        let day = self.to;
        entry.each_open(day, |part| {
            let why = || explained::open(account, entry, part.part, day, &worth);
            let column = match part {
                part if part.open < 0 => UNAPPLIED,
                part if part.due < day => PAST_DUE,
                _ => NOT_PAST_DUE,
            };
            for column in [END, column] {
                to.add(self.row, currency, column, worth(part.open), &why);
            }
            if part.disputed != 0 {
                let why = || explained::disputed(account, entry, part.part, day, &worth);
                to.add(self.row, currency, DISPUTED, worth(part.disputed), &why);
            }
        });
    }

    /// Invoices less credit notes of the period, and less what was reversed in it.
    fn sales(&self, entry: &Entry<'_>, to: &mut dyn Sink) {
        let (currency, worth) = self.worth(entry);
        let months = months_back(self.to);
        for step in entry.steps_until(self.to) {
            let sale = matches!(step.act, Act::Began(Origin::Invoice | Origin::CreditNote));
            if !sale {
                continue;
            }
            let day = step.day.date();
            let month = months.iter().position(|(first, last)| (*first..=*last).contains(&day));
            let month = month.map(|at| COLUMNS.len() + at);
            let amount = worth(step.amount);
            let why = || {
                vec![Contribution {
                    event: event(self.account, step.by),
                    day: step.day.date(),
                    number: entry.number().map(str::to_owned),
                    what: words(step.act, step.turn),
                    micro: amount,
                }]
            };
            let period = (day >= self.from).then_some(SALES);
            for column in period.into_iter().chain(month) {
                to.add(self.row, currency, column, amount, &why);
            }
        }
    }

    /// What was applied in the period and is not reversed by its end, and how late it came.
    fn receipts(&self, ledger: &Ledger<'_>, to: &mut dyn Sink) {
        for it in ledger.receipts(self.to).into_iter().filter(|it| it.day >= self.from) {
            let key = relatum_domain::receivables::ItemKey::Document(it.document);
            let Some(entry) = ledger.entry(key) else { continue };
            let (currency, worth) = self.worth(&entry);
            let (amount, days) = (worth(it.amount.minor), i128::from(it.days_late()));
            let mut add = |column: usize, micro: i128| {
                let why = || {
                    vec![Contribution {
                        event: event(self.account, it.version.0),
                        day: it.day,
                        number: entry.number().map(str::to_owned),
                        what: words(
                            Act::Settled(
                                relatum_domain::event::settlement::ApplicationKind::Payment,
                            ),
                            Turn::Counts,
                        ),
                        micro,
                    }]
                };
                to.add(self.row, currency, column, micro, &why);
            };
            add(RECEIVED, amount);
            add(RECEIPTS, ONE);
            add(LATE_MONEY, amount * days);
            add(LATE_MONEY_FLOORED, amount * days.max(0));
            add(LATE, ONE * days);
            add(LATE_FLOORED, ONE * days.max(0));
        }
    }

    /// Promises whose day fell into the period.
    fn promises(&self, ledger: &Ledger<'_>, to: &mut dyn Sink) {
        let due = ledger.promises(self.to).into_iter();
        for it in due.filter(|it| it.by >= self.from && it.by <= self.to) {
            let why = || {
                vec![Contribution {
                    event: event(self.account, it.version.0),
                    day: it.given,
                    number: None,
                    what: "promise",
                    micro: ONE,
                }]
            };
            // They are counted, not summed: beside the sums.
            let currency = self.base.unwrap_or(it.amount.currency);
            to.add(self.row, currency, PROMISES, ONE, &why);
            if it.outcome == PromiseOutcome::Kept {
                to.add(self.row, currency, PROMISES_KEPT, ONE, &why);
            }
        }
    }
}

/// A number in millionths: days, or per cent.
pub type Millionths = i128;

/// The metrics of one account, manager, or all, in one currency. What cannot be said is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MetricsLine {
    /// The key of the line; with `/` and the name of a sum, that of a cell to explain.
    pub key: String,
    /// What it is about.
    pub row: Row,
    /// Its name.
    pub name: String,
    /// Who answers for the account.
    pub manager: Option<ManagerId>,
    /// What amounts are in.
    pub currency: Currency,
    /// Open before the first day.
    pub begin: Sum,
    /// Invoices less credit notes, gross; without opening items and charges.
    pub sales: Sum,
    /// Open at the end of the last day.
    pub end: Sum,
    /// Of it not past due.
    pub not_past_due: Sum,
    /// Of it past due.
    pub past_due: Sum,
    /// Credits that nothing has used, negative.
    pub unapplied: Sum,
    /// How much of what is open is disputed.
    pub disputed: Sum,
    /// Days of sales outstanding: best possible + delinquent - unapplied.
    pub dso: Option<Millionths>,
    /// Not past due / sales x days.
    pub best_possible_dso: Option<Millionths>,
    /// Past due / sales x days.
    pub average_days_delinquent: Option<Millionths>,
    /// Unapplied credit / sales x days.
    pub unapplied_days: Option<Millionths>,
    /// Days back from the end over which sales make what is open then.
    pub count_back_dso: Option<Millionths>,
    /// Collection effectiveness index, per cent.
    pub cei: Option<Millionths>,
    /// Mean days late of receipts by amount, signed.
    pub days_late_weighted: Option<Millionths>,
    /// The same, early ones counted as punctual.
    pub days_late_weighted_floored: Option<Millionths>,
    /// Mean days late of receipts, each counted once, signed.
    pub days_late: Option<Millionths>,
    /// The same, early ones counted as punctual.
    pub days_late_floored: Option<Millionths>,
    /// Disputed / open and not a credit, per cent.
    pub disputed_share: Option<Millionths>,
    /// Promises whose day fell into the period.
    pub promises: i64,
    /// Of them kept.
    pub promises_kept: i64,
}

/// The metrics of a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MetricsReport {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
    /// Calendar days.
    pub days: i64,
    /// Which sales count into the collection effectiveness index.
    pub cei_sales: CeiSales,
    /// The events that set the rules it goes by.
    pub policies: Vec<EventRef>,
    /// A line an account or manager and currency.
    pub lines: Vec<MetricsLine>,
    /// A line a currency.
    pub totals: Vec<MetricsLine>,
}

impl MetricsReport {
    /// The metrics that the sums of a period make.
    #[must_use]
    pub fn of(figures: &Figures, from: NaiveDate, cei_sales: CeiSales) -> Self {
        let to = figures.as_of;
        let days = super::days(from, to) + 1;
        let line = |line: &FigureLine| made(line, from, to, cei_sales);
        Self {
            from,
            to,
            days,
            cei_sales,
            policies: figures.policies.clone(),
            lines: figures.lines.iter().map(line).collect(),
            totals: figures.totals.iter().map(line).collect(),
        }
    }
}

fn made(line: &FigureLine, from: NaiveDate, to: NaiveDate, cei_sales: CeiSales) -> MetricsLine {
    let days = i128::from(super::days(from, to) + 1);
    let of = |column: usize| line.sum(column).micro;
    let sales = of(SALES);
    let in_days = |amount: i128| (sales > 0).then(|| ratio(amount * days, sales)).flatten();
    let (best, delinquent) = (in_days(of(NOT_PAST_DUE)), in_days(of(PAST_DUE)));
    let unapplied = in_days(-of(UNAPPLIED));
    let dso = in_days(of(NOT_PAST_DUE) + of(PAST_DUE) + of(UNAPPLIED));
    let counted = match cei_sales {
        CeiSales::Period => sales,
        // Twelfths of a year of 365 days where the period is not of whole months.
        CeiSales::MonthlyAverage => match whole_months(from, to) {
            Some(months) => sales / i128::from(months),
            None => sales * 365 / (12 * days),
        },
    };
    let asked = of(BEGIN) + counted - of(NOT_PAST_DUE);
    let collected = of(BEGIN) + counted - of(END);
    let mean = |sum: usize, count: usize| ratio(of(sum), of(count));
    MetricsLine {
        key: line.key(),
        row: line.row.clone(),
        name: line.name.clone(),
        manager: line.manager,
        currency: line.currency,
        begin: line.sum(BEGIN),
        sales: line.sum(SALES),
        end: line.sum(END),
        not_past_due: line.sum(NOT_PAST_DUE),
        past_due: line.sum(PAST_DUE),
        unapplied: line.sum(UNAPPLIED),
        disputed: line.sum(DISPUTED),
        dso,
        best_possible_dso: best,
        average_days_delinquent: delinquent,
        unapplied_days: unapplied,
        count_back_dso: count_back(line, to),
        cei: (asked > 0).then(|| ratio(collected * 100, asked)).flatten(),
        days_late_weighted: mean(LATE_MONEY, RECEIVED),
        days_late_weighted_floored: mean(LATE_MONEY_FLOORED, RECEIVED),
        days_late: mean(LATE, RECEIPTS),
        days_late_floored: mean(LATE_FLOORED, RECEIPTS),
        disputed_share: ratio(of(DISPUTED) * 100, of(NOT_PAST_DUE) + of(PAST_DUE)),
        promises: line.count(PROMISES),
        promises_kept: line.count(PROMISES_KEPT),
    }
}

/// So many months are counted back at most.
const MONTHS: usize = 24;

/// The months up to a day, newest first: the first days, and the last that count.
fn months_back(to: NaiveDate) -> Vec<(NaiveDate, NaiveDate)> {
    let mut last = to;
    let mut months = Vec::with_capacity(MONTHS);
    while months.len() < MONTHS
        && let Some(first) = last.with_day(1)
    {
        months.push((first, last));
        match first.pred_opt() {
            Some(before) => last = before,
            None => break,
        }
    }
    months
}

/// Days back from the end over which sales, month by month, make what is open then.
fn count_back(line: &FigureLine, to: NaiveDate) -> Option<Millionths> {
    let mut left = line.sum(END).micro;
    let mut days = 0;
    if left <= 0 {
        return None;
    }
    for ((first, last), at) in months_back(to).into_iter().zip(COLUMNS.len()..) {
        let (sales, length) = (line.sum(at).micro, i128::from(super::days(first, last) + 1));
        if sales >= left {
            return Some(days * ONE + ratio(left * length, sales)?);
        }
        left -= sales;
        days += length;
    }
    None
}

/// A quotient in millionths, rounded half away from zero; none by nothing.
fn ratio(numerator: i128, denominator: i128) -> Option<Millionths> {
    let doubled = numerator.checked_mul(2 * ONE)?.checked_div(denominator)?;
    Some((doubled + doubled.signum()) / 2)
}

/// How many months a period is that begins with a month and ends with one.
fn whole_months(from: NaiveDate, to: NaiveDate) -> Option<i32> {
    let next = to.succ_opt()?;
    let begins = from.day() == 1 && next.day() == 1;
    let count = |day: NaiveDate| day.year() * 12 + i32::try_from(day.month()).unwrap_or(0);
    (begins && next > from).then(|| count(next) - count(from))
}
