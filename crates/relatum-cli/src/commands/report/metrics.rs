//! `relatum report metrics`: how fast money comes, and how well it is asked for.

use chrono::{Months, NaiveDate};
use clap::Args;
use relatum::{MetricsLine, MetricsOptions, MetricsReport, Row};
use serde_json::{Value, json};

use super::figures::{self, Asked, Found, month_of};
use crate::failure::{Exit, Failure};
use crate::output::{Cell, Column, Page, Sheet, Shown, Tone, json as to_json, money};
use crate::people::Managers;
use crate::session::{Seen, Session};
use crate::values;
use crate::viewpoint::Viewpoint;

/// DSO, days delinquent, CEI, days late, disputes and promises of a period
///
/// With sales = invoices less credit notes of the period, gross: best possible
/// DSO = not past due / sales x days; average days delinquent = past due / sales x days; DSO = both
/// less unapplied credit / sales x days. Sums can be explained: --explain total/EUR/sales.
#[derive(Debug, Args)]
pub(crate) struct Metrics {
    /// The first day; that of the month unless said otherwise
    #[arg(long, value_name = "DAY", value_parser = values::day)]
    from: Option<NaiveDate>,
    /// Lines by account instead of totals alone
    #[arg(long)]
    by_account: bool,
    /// Lines by manager: a scorecard
    #[arg(long, conflicts_with = "by_account")]
    by_manager: bool,
    /// So many months up to the day, one after the other
    #[arg(long, value_name = "MONTHS", conflicts_with = "from")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=120))]
    trend: Option<u32>,
    #[command(flatten)]
    asked: Asked,
}

impl Metrics {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let found = self.asked.find(session)?;
        let to = found.seen.point.day;
        let from = self.from.unwrap_or_else(|| month_of(to));
        let options = MetricsOptions {
            from,
            account: found.account,
            manager: found.manager,
            by_manager: self.by_manager,
        };
        let Found { seen: Seen { book, managers, point, .. }, explain, .. } = found;
        if figures::answered(session, (&book, &point, &managers), explain.as_ref(), &options)? {
            return Ok(Exit::Done);
        }
        let mut periods = Vec::new();
        for (from, to) in months(to, self.trend) {
            let (from, book) = match self.trend {
                None => (options.from, book.clone()),
                Some(_) => (from, book.clone().on(to)),
            };
            periods.push(book.metrics(&MetricsOptions { from, ..options.clone() })?);
        }
        let totals_only = !self.by_account && !self.by_manager;
        session.show(&Answer { periods, managers, point, totals_only })?;
        Ok(Exit::Done)
    }
}

/// The months up to a day, oldest first; the last one ends with the day.
fn months(to: NaiveDate, count: Option<u32>) -> Vec<(NaiveDate, NaiveDate)> {
    let Some(count) = count else { return vec![(to, to)] };
    let this = month_of(to);
    let back = |months| this.checked_sub_months(Months::new(months)).unwrap_or(this);
    (0..count)
        .rev()
        .map(|months| {
            let first = back(months);
            let next = first.checked_add_months(Months::new(1)).unwrap_or(first);
            (first, next.pred_opt().unwrap_or(first).min(to))
        })
        .collect()
}

struct Answer {
    periods: Vec<MetricsReport>,
    managers: Managers,
    point: Viewpoint,
    totals_only: bool,
}

/// Millionths with one digit after the point.
fn tenths(value: Option<i128>) -> Cell {
    let Some(value) = value else { return Cell::of("n/a", Value::Null).tone(Tone::Faint) };
    let tenths = (value + value.signum() * 50_000) / 100_000;
    let (sign, size) = (if tenths < 0 { "-" } else { "" }, tenths.unsigned_abs());
    Cell::of(format!("{sign}{}.{}", size / 10, size % 10), exact(value))
}

/// Millionths as a plain decimal.
fn exact(value: i128) -> String {
    let (sign, size) = (if value < 0 { "-" } else { "" }, value.unsigned_abs());
    format!("{sign}{}.{:06}", size / 1_000_000, size % 1_000_000)
}

impl Answer {
    fn shown<'a>(&self, period: &'a MetricsReport) -> impl Iterator<Item = &'a MetricsLine> {
        let totals = self.totals_only.then_some(&period.totals);
        totals.unwrap_or(&period.lines).iter()
    }

    fn row(&self, period: &MetricsReport, line: &MetricsLine) -> Vec<Cell> {
        let name = match &line.row {
            Row::Manager(Some(manager)) => self.managers.name(*manager),
            _ => line.name.clone(),
        };
        let amount = |sum| Cell::amount(sum);
        vec![
            Cell::text(line.key.as_str()),
            Cell::day(period.from),
            Cell::day(period.to),
            Cell::text(name),
            self.managers.cell(line.manager),
            Cell::text(line.currency.to_string()),
            amount(&line.begin),
            amount(&line.sales),
            amount(&line.end),
            amount(&line.past_due),
            tenths(line.dso),
            tenths(line.best_possible_dso),
            tenths(line.average_days_delinquent),
            tenths(line.unapplied_days),
            tenths(line.count_back_dso),
            tenths(line.cei),
            tenths(line.days_late_weighted),
            tenths(line.days_late_weighted_floored),
            tenths(line.days_late),
            tenths(line.days_late_floored),
            tenths(line.disputed_share),
            Cell::number(Some(line.promises)),
            Cell::number(Some(line.promises_kept)),
        ]
    }
}

fn columns() -> Vec<Column> {
    vec![
        Column::programs("key"),
        Column::text("from", "from"),
        Column::text("to", "to"),
        Column::text("name", ""),
        Column::programs("manager"),
        Column::text("currency", ""),
        Column::programs("begin"),
        Column::number("sales", "sales"),
        Column::number("end", "open"),
        Column::number("past_due", "past due"),
        Column::number("dso", "DSO"),
        Column::number("best_possible_dso", "best"),
        Column::number("average_days_delinquent", "ADD"),
        Column::programs("unapplied_days"),
        Column::number("count_back_dso", "count-back"),
        Column::number("cei", "CEI %"),
        Column::number("days_late_weighted", "days late"),
        Column::programs("days_late_weighted_floored"),
        Column::programs("days_late"),
        Column::programs("days_late_floored"),
        Column::number("disputed_share", "disputed %"),
        Column::number("promises", "promises"),
        Column::number("promises_kept", "kept"),
    ]
}

impl Shown for Answer {
    fn document(&self) -> Value {
        let cei = self.periods.first().map(|it| to_json(&it.cei_sales));
        let policies = self.periods.last().map(|it| to_json(&it.policies));
        self.point.stamp(json!({ "cei_sales": cei, "policies": policies, "lines": self.lines() }))
    }

    fn sheet(&self) -> Sheet {
        let rows = self.periods.iter().flat_map(|period| {
            self.shown(period).map(|line| self.row(period, line)).collect::<Vec<_>>()
        });
        Sheet::new(columns()).with(rows)
    }

    fn page(&self) -> Page {
        let page = Page::titled("Metrics of receivables", self.point.words());
        let Some(last) = self.periods.last().filter(|it| !it.totals.is_empty()) else {
            return page.gap().line("Nothing was sold and nothing is open.");
        };
        let sales = match last.cei_sales {
            relatum::domain::event::policy::CeiSales::Period => "the sales of the period",
            relatum::domain::event::policy::CeiSales::MonthlyAverage => "the monthly average",
        };
        let begun: Vec<String> = last.totals.iter().map(|it| money(it.begin)).collect();
        page.gap().sheet(self.sheet()).note(format!(
            "The last period begins with {}; CEI counts {sales}; days late weighted by amount.",
            begun.join(", ")
        ))
    }
}
