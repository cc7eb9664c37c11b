//! `relatum report retention`: how the active clients of one period became those of the next.

use std::collections::BTreeSet;

use chrono::{Datelike as _, NaiveDate};
use clap::{Args, ValueEnum};
use relatum::domain::{Currency, selling};
use relatum::{
    CohortsOptions, FigureLine, Figures, Period, RetentionBy, RetentionOptions, Row, Sum,
};
use serde_json::{Value, json};

use super::figures::{self, Asked, Found};
use super::{cohorts, per_cent};
use crate::failure::{Exit, Failure};
use crate::output::{Cell, Column, Page, Sheet, Shown, Tone};
use crate::session::{Seen, Session};
use crate::values;
use crate::viewpoint::Viewpoint;

/// New, won back, lapsed and active clients, period by period; or cohorts
///
/// Active = those active before + new + won back + moved from others - lapsed. A client is active
/// who bought for more than came back in some months up to the end: how many, is the tenant's
/// policy. New is who never bought before, won back who did and was not active; lost is what those
/// who lapsed had bought in these months, when they were last active.
#[derive(Debug, Args)]
pub(crate) struct Retention {
    /// How long the periods are; a month, of cohorts a quarter, unless said otherwise
    #[arg(long, value_enum)]
    by: Option<By>,
    /// A day of the first period; twelve months or quarters, or five years, unless said otherwise
    #[arg(long, value_name = "DAY", value_parser = values::day)]
    from: Option<NaiveDate>,
    /// Clients by the period of their first purchase, and how many of them bought in each later one
    #[arg(long)]
    cohorts: bool,
    /// Only goods of this product group
    #[arg(long, value_name = "GROUP")]
    group: Option<String>,
    /// Active in so many months; else as the policy says
    #[arg(
        long,
        value_name = "MONTHS",
        value_parser = clap::value_parser!(u16).range(1..),
        conflicts_with = "cohorts"
    )]
    active_months: Option<u16>,
    #[command(flatten)]
    asked: Asked,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    Month,
    Quarter,
    Year,
}

impl Retention {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let found = self.asked.find(session)?;
        let by = match self.by {
            Some(By::Quarter) => RetentionBy::Quarter,
            Some(By::Year) => RetentionBy::Year,
            None if self.cohorts => RetentionBy::Quarter,
            Some(By::Month) | None => RetentionBy::Month,
        };
        let before = match by {
            RetentionBy::Month | RetentionBy::Quarter => 11,
            RetentionBy::Year => 4,
        };
        let from = self.from.unwrap_or_else(|| by.back(found.seen.point.day, before));
        let (account, manager, group) = (found.account, found.manager, self.group);
        if self.cohorts {
            let options = CohortsOptions { by, from, account, manager, group };
            return cohorts::show(session, found, &options);
        }
        let active_months = self.active_months;
        let options = RetentionOptions { by, from, account, manager, group, active_months };
        show(session, found, &options)
    }
}

fn show(session: &mut Session, found: Found, options: &RetentionOptions) -> Result<Exit, Failure> {
    let Found { seen: Seen { book, point, managers, .. }, explain, .. } = found;
    if figures::answered(session, (&book, &point, &managers), explain.as_ref(), options)? {
        return Ok(Exit::Done);
    }
    let figures = book.figures(options)?;
    let (view, by) = (book.view(), options.by);
    let months = options.months(&book.policies()?, &view);
    let lines = options.periods(&view).into_iter().map(|it| Line::of(&figures, it));
    // Before the first client there is nothing to tell.
    let lines = lines.skip_while(|line| line.is_empty()).collect();
    session.show(&Answer { figures, lines, by, months, point })?;
    Ok(Exit::Done)
}

/// What the periods of a table are, in one word.
pub(super) const fn word(by: RetentionBy) -> &'static str {
    match by {
        RetentionBy::Month => "month",
        RetentionBy::Quarter => "quarter",
        RetentionBy::Year => "year",
    }
}

/// A period as people name it: `2026-03`, `2026-Q1`, `2026`.
pub(super) fn named(first: NaiveDate, by: RetentionBy) -> String {
    match by {
        RetentionBy::Month => first.format("%Y-%m").to_string(),
        RetentionBy::Quarter => format!("{}-Q{}", first.year(), first.month0() / 3 + 1),
        RetentionBy::Year => first.year().to_string(),
    }
}

/// A period: who came and went, and what was lost in which currency.
struct Line {
    period: Period,
    counts: Option<FigureLine>,
    lost: Vec<Sum>,
}

impl Line {
    fn of(figures: &Figures, period: Period) -> Self {
        let row = Row::From(period.first);
        let lines = || figures.lines.iter().filter(|it| it.row == row);
        let lost = figures.column("lost").unwrap_or(usize::MAX);
        let money = lines().filter(|it| it.currency != Currency::NONE);
        let counts = lines().find(|it| it.currency == Currency::NONE).cloned();
        Self { period, lost: money.map(|it| it.sum(lost)).collect(), counts }
    }

    fn is_empty(&self) -> bool {
        self.counts.as_ref().is_none_or(|line| line.cells.iter().all(|it| *it == 0))
    }

    fn count(&self, column: usize) -> i64 {
        self.counts.as_ref().map_or(0, |line| line.count(column))
    }

    fn key(&self, currency: Currency) -> String {
        format!("{}/{currency}", Row::From(self.period.first))
    }
}

/// A count; nothing is faint, who went stands out.
fn number(count: i64) -> Cell {
    let cell = Cell::number(Some(count));
    match count {
        0 => Cell { text: "-".to_owned(), ..cell }.tone(Tone::Faint),
        ..0 => cell.tone(Tone::Warning),
        _ => cell,
    }
}

struct Answer {
    figures: Figures,
    lines: Vec<Line>,
    by: RetentionBy,
    /// In how many months an active client buys.
    months: u16,
    point: Viewpoint,
}

impl Answer {
    /// The columns of counts: their places, and their names.
    fn counted(&self) -> impl Iterator<Item = (usize, &str)> {
        let columns = self.figures.columns.iter().map(|it| it.key.as_str()).enumerate();
        columns.filter(|(_, key)| *key != "lost")
    }

    fn count(&self, line: &Line, key: &str) -> i64 {
        self.figures.column(key).map_or(0, |at| line.count(at))
    }

    /// How many of those who were active before still are.
    fn kept(&self, line: &Line) -> Option<i64> {
        let before = self.count(line, "before");
        let kept = before + self.count(line, "lapsed");
        selling::per_cent(i128::from(kept), i128::from(before))
    }

    /// In which something was lost.
    fn currencies(&self) -> BTreeSet<Currency> {
        self.lines.iter().flat_map(|line| &line.lost).map(|sum| sum.currency).collect()
    }

    /// What was lost, a cell a currency.
    fn lost(&self, lost: &[Sum]) -> Vec<Cell> {
        let of = |currency: Currency| lost.iter().filter(move |sum| sum.currency == currency);
        let cell = |currency| {
            let micro = of(currency).map(|sum| sum.micro).sum();
            let cell = Cell::amount(&Sum { micro, currency }.rounded());
            if micro == 0 { Cell { text: "-".to_owned(), ..cell } } else { cell }
        };
        self.currencies().into_iter().map(cell).collect()
    }

    fn columns(&self) -> Vec<Column> {
        let mut columns = vec![
            Column::programs("key"),
            Column::text("from", word(self.by)),
            Column::programs("to"),
        ];
        columns.extend(self.counted().map(|(_, key)| {
            let moved = self.lines.iter().any(|line| self.count(line, "moved") != 0);
            match key {
                "moved" if !moved => Column::programs(key),
                _ => Column::number(key, key.replace('_', " ")),
            }
        }));
        columns.push(Column::number("kept_bp", "kept"));
        columns.push(Column::programs("lost"));
        columns.extend(self.currencies().into_iter().map(|currency| {
            Column::number(currency.to_string(), format!("lost {currency}")).people()
        }));
        columns
    }

    fn row(&self, line: &Line) -> Vec<Cell> {
        let first = line.period.first;
        let running = if line.period.over { "" } else { " *" };
        let name = format!("{}{running}", named(first, self.by));
        let mut row = vec![
            Cell::text(line.key(Currency::NONE)),
            Cell::of(name, first.to_string()),
            Cell::day(line.period.last),
        ];
        row.extend(self.counted().map(|(at, _)| number(line.count(at))));
        let kept = self.kept(line);
        row.push(Cell::of(kept.map(per_cent).unwrap_or_default(), kept));
        row.push(Cell::sums(&line.lost));
        row.extend(self.lost(&line.lost));
        row
    }

    /// From the first period to the last.
    fn total(&self) -> Vec<Cell> {
        let mut total = vec![Cell::none(), Cell::text("all"), Cell::none()];
        total.extend(self.counted().map(|(at, key)| {
            let count = |line: &Line| line.count(at);
            number(match key {
                "before" => self.lines.first().map_or(0, count),
                "active" => self.lines.last().map_or(0, count),
                _ => self.lines.iter().map(count).sum(),
            })
        }));
        total.extend([Cell::none(), Cell::none()]);
        let lost = self.lines.iter().flat_map(|line| line.lost.iter().copied());
        total.extend(self.lost(&lost.collect::<Vec<_>>()));
        total
    }
}

impl Shown for Answer {
    fn document(&self) -> Value {
        self.point.stamp(json!({
            "report": self.figures.report,
            "policies": self.figures.policies,
            "by": word(self.by),
            "active_months": self.months,
            "lines": self.lines(),
        }))
    }

    fn lines(&self) -> Vec<Value> {
        let line = |line: &Line| {
            let lost = line.lost.iter().map(|sum| {
                let currency = sum.currency.to_string();
                let key = line.key(sum.currency);
                json!({ "key": key, "amount": sum.number(), "currency": currency })
            });
            let mut fields = json!({
                "key": line.key(Currency::NONE),
                "from": line.period.first,
                "to": line.period.last,
                "over": line.period.over,
                "kept_bp": self.kept(line),
                "lost": lost.collect::<Vec<_>>(),
            });
            if let Value::Object(fields) = &mut fields {
                let counts = self.counted();
                fields.extend(counts.map(|(at, key)| (key.to_owned(), line.count(at).into())));
            }
            fields
        };
        self.lines.iter().map(line).collect()
    }

    fn sheet(&self) -> Sheet {
        Sheet::new(self.columns()).with(self.lines.iter().map(|line| self.row(line)))
    }

    fn page(&self) -> Page {
        let title = format!("Retention by {}", word(self.by));
        let page = Page::titled(title, self.point.words()).gap();
        if self.lines.is_empty() {
            return page.line("There is nothing.");
        }
        let mut sheet = self.sheet();
        sheet.totals.push(self.total());
        let months = match self.months {
            1 => "month".to_owned(),
            months => format!("{months} months"),
        };
        let page = page.sheet(sheet).note(format!(
            "Active: bought for more than came back in the {months} up to the end. Lost: what \
             those who lapsed had bought in the {months} up to the end of the {} before.",
            word(self.by)
        ));
        let running = self.lines.iter().any(|line| !line.period.over);
        if running { page.toned(Tone::Faint, "* still runs.") } else { page }
    }
}
