//! `relatum report pipeline`, `waterfall`, `conversion` and `forecast`: chances to sell.

use chrono::{Datelike as _, NaiveDate};
use clap::{Args, ValueEnum};
use relatum::domain::{Currency, proportion, selling};
use relatum::{
    ConversionBy, ConversionOptions, FigureLine, ForecastLine, ForecastOptions, OpenChance,
    PipelineBy, PipelineLine, PipelineOptions, PipelineReport, Row, WaterfallOptions,
};
use serde_json::{Value, json};

use super::figures::{self, Asked, Derived, month_of};
use super::per_cent;
use crate::failure::{Exit, Failure};
use crate::output::{Cell, Column, Page, Sheet, Shown, Tone, grouped, json as to_json, money};
use crate::people::Managers;
use crate::session::{Seen, Session};
use crate::values;
use crate::viewpoint::{ViewArguments, Viewpoint};

/// What open chances are worth, weighted by how likely they are
///
/// A chance is as likely as it says, else as its stage is by the tenant's rule of the day. What is
/// won or lost is worth nothing any more.
#[derive(Debug, Args)]
pub(crate) struct Pipeline {
    /// By what chances are told apart
    #[arg(long, value_enum, default_value_t = By::Stage)]
    by: By,
    /// List the chances themselves
    #[arg(long)]
    open: bool,
    #[command(flatten)]
    asked: Asked,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    Stage,
    Category,
    Manager,
    Account,
    Product,
    Month,
}

impl Pipeline {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let found = self.asked.find(session)?;
        let by = match self.by {
            By::Stage => PipelineBy::Stage,
            By::Category => PipelineBy::Category,
            By::Manager => PipelineBy::Manager,
            By::Account => PipelineBy::Account,
            By::Product => PipelineBy::Product,
            By::Month => PipelineBy::Month,
        };
        let options = PipelineOptions { by, account: found.account, manager: found.manager };
        let Seen { book, point, managers, .. } = found.seen;
        let (from, cell) = ((&book, &point, &managers), found.explain.as_ref());
        if figures::answered(session, from, cell, &options)? {
            return Ok(Exit::Done);
        }
        let report = book.pipeline(&options)?;
        let by = self.by.to_possible_value().map(|value| value.get_name().to_owned());
        let by = by.unwrap_or_default();
        if self.open {
            session.show(&Open { report, managers, point })?;
        } else {
            session.show(&Weighted { report, managers, point, by })?;
        }
        Ok(Exit::Done)
    }
}

struct Weighted {
    report: PipelineReport,
    managers: Managers,
    point: Viewpoint,
    by: String,
}

impl Weighted {
    /// What the chances of a line have in common, for people.
    fn name(&self, line: &PipelineLine) -> String {
        match &line.row {
            Row::Manager(Some(manager)) => self.managers.name(*manager),
            Row::Manager(None) => "nobody".to_owned(),
            Row::Named(Some(name)) => name.replace('_', " "),
            Row::Named(None) => "none stated".to_owned(),
            Row::From(day) => day.format("%Y-%m").to_string(),
            Row::Account(account) => {
                let of = self.report.open.iter().find(|it| it.account == *account);
                of.map_or_else(|| account.to_string(), |it| it.account_name.clone())
            }
            row => row.to_string(),
        }
    }

    fn row(&self, line: &PipelineLine) -> Vec<Cell> {
        let amount = |sum: &relatum::Sum| Cell::of(grouped(&sum.rounded().number()), sum.number());
        vec![
            Cell::of("", format!("{}/{}", line.row, line.value.currency)),
            Cell::text(self.name(line)),
            Cell::of(code(line.value.currency), line.value.currency.code()),
            Cell::of(grouped(&line.chances.to_string()), line.chances),
            amount(&line.value),
            amount(&line.weighted),
            amount(&line.spread),
            amount(&line.average),
        ]
    }

    fn line(&self, line: &PipelineLine) -> Value {
        let mut value = to_json(line);
        if let Value::Object(fields) = &mut value {
            let key = format!("{}/{}", line.row, line.value.currency);
            fields.insert("key".to_owned(), key.into());
            fields.insert("name".to_owned(), self.name(line).into());
        }
        value
    }
}

/// A currency for people; what has none shows none.
fn code(currency: Currency) -> String {
    if currency == Currency::NONE { String::new() } else { currency.to_string() }
}

impl Shown for Weighted {
    fn document(&self) -> Value {
        let totals: Vec<Value> = self.report.totals.iter().map(|it| self.line(it)).collect();
        self.point.stamp(json!({
            "policies": self.report.policies,
            "lines": self.lines(),
            "totals": totals,
            "open": self.report.open,
        }))
    }

    fn lines(&self) -> Vec<Value> {
        self.report.lines.iter().map(|it| self.line(it)).collect()
    }

    fn sheet(&self) -> Sheet {
        let columns = vec![
            Column::programs("key"),
            Column::text("name", &self.by),
            Column::text("currency", ""),
            Column::number("chances", "chances"),
            Column::number("value", "value"),
            Column::number("weighted", "weighted"),
            Column::number("spread", "give or take"),
            Column::number("average", "average"),
        ];
        let mut sheet =
            Sheet::new(columns).with(self.report.lines.iter().map(|line| self.row(line)));
        for total in &self.report.totals {
            let mut row = self.row(total);
            if let Some(name) = row.get_mut(1) {
                *name = Cell::text("total");
            }
            sheet.totals.push(row);
        }
        sheet
    }

    fn page(&self) -> Page {
        let page = Page::titled("Open pipeline", self.point.words()).gap();
        if self.report.lines.is_empty() {
            return page.line("No chance is open.");
        }
        let page = page.sheet(self.sheet());
        if self.report.totals.iter().all(|total| total.weighted.micro == 0) {
            return page.note(
                "No chance says how likely it is, and no policy says it of a stage: all weigh \
                 nothing.",
            );
        }
        page.note(
            "What comes in is typically so far from the weighted sum, if each is won or lost by \
             itself.",
        )
    }
}

struct Open {
    report: PipelineReport,
    managers: Managers,
    point: Viewpoint,
}

impl Shown for Open {
    fn document(&self) -> Value {
        self.point.stamp(json!({ "policies": self.report.policies, "open": self.lines() }))
    }

    fn lines(&self) -> Vec<Value> {
        self.report.open.iter().map(|it| self.managers.named(to_json(it))).collect()
    }

    fn sheet(&self) -> Sheet {
        let columns = vec![
            Column::text("expected_close", "close"),
            Column::programs("account"),
            Column::text("account_name", "account"),
            Column::text("name", "chance"),
            Column::text("stage", "stage"),
            Column::text("category", "sure"),
            Column::number("value", "value"),
            Column::number("probability", "likely"),
            Column::text("manager", "manager"),
            Column::text("opened", "known since"),
            Column::programs("event"),
        ];
        let row = |it: &OpenChance| {
            let late = it.expected_close.is_some_and(|close| close < self.point.day);
            let close = it.expected_close.map_or_else(Cell::none, Cell::day);
            let value = it.value.map_or_else(Cell::none, |sum| Cell::of(money(sum), to_json(&sum)));
            let category = to_json(&it.category).as_str().unwrap_or_default().replace('_', " ");
            vec![
                if late { close.tone(Tone::Warning) } else { close },
                Cell::text(it.account.to_string()),
                Cell::text(it.account_name.as_str()),
                Cell::maybe(it.name.as_deref()),
                Cell::text(it.stage.as_str()),
                Cell::of(category, to_json(&it.category)),
                value,
                Cell::text(it.probability.to_string()),
                self.managers.cell(it.manager),
                Cell::day(it.opened),
                Cell::text(it.event.to_string()),
            ]
        };
        Sheet::new(columns).with(self.report.open.iter().map(row))
    }

    fn page(&self) -> Page {
        let page = Page::titled("Open chances", self.point.words()).gap();
        if self.report.open.is_empty() {
            page.line("No chance is open.")
        } else {
            page.sheet(self.sheet())
        }
    }
}

/// How the open pipeline of one day became that of another
///
/// Closing = opening + what was opened, raised, lowered, moved between managers, won and lost.
#[derive(Debug, Args)]
pub(crate) struct Waterfall {
    /// The first day; that of the month unless said otherwise
    #[arg(long, value_name = "DAY", value_parser = values::day)]
    from: Option<NaiveDate>,
    #[command(flatten)]
    asked: Asked,
}

impl Waterfall {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let found = self.asked.find(session)?;
        let from = self.from.unwrap_or_else(|| month_of(found.seen.point.day));
        let options = WaterfallOptions { from, account: found.account, manager: found.manager };
        figures::show(session, found, &options, &format!("Pipeline from {from}"), "manager")
    }
}

/// What became of chances: won, lost, for how much and after how many days
#[derive(Debug, Args)]
pub(crate) struct Conversion {
    /// By what chances are told apart
    #[arg(long, value_enum, default_value_t = EndedBy::Manager)]
    by: EndedBy,
    /// The first day on which they ended; that of the book unless said otherwise
    #[arg(long, value_name = "DAY", value_parser = values::day)]
    from: Option<NaiveDate>,
    #[command(flatten)]
    asked: Asked,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum EndedBy {
    Manager,
    Team,
    Account,
    Product,
    Quarter,
    Reason,
    Competitor,
}

impl Conversion {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let found = self.asked.find(session)?;
        let (by, lines) = match self.by {
            EndedBy::Manager => (ConversionBy::Manager, "manager"),
            EndedBy::Team => (ConversionBy::Team, "team"),
            EndedBy::Account => (ConversionBy::Account, "account"),
            EndedBy::Product => (ConversionBy::Product, "product"),
            EndedBy::Quarter => (ConversionBy::Quarter, "quarter"),
            EndedBy::Reason => (ConversionBy::Reason, "reason"),
            EndedBy::Competitor => (ConversionBy::Competitor, "competitor"),
        };
        let options = ConversionOptions {
            by,
            from: self.from,
            account: found.account,
            manager: found.manager,
        };
        figures::show_with(session, found, &options, "Chances won and lost", lines, DERIVED)
    }
}

/// Won of all that ended, and how long they took on average.
const DERIVED: &[Derived] = &[
    Derived {
        key: "win_rate_bp",
        title: "win rate",
        of: |line| {
            let (won, lost) = (line.count(0), line.count(1));
            let bp = selling::per_cent(won.into(), i128::from(won) + i128::from(lost))?;
            Some((per_cent(bp), bp.into()))
        },
    },
    Derived { key: "mean_days_to_win", title: "days to win", of: |line| mean(line, 4, 0) },
    Derived { key: "mean_days_to_lose", title: "days to lose", of: |line| mean(line, 5, 1) },
];

/// Days by chances, to a tenth.
fn mean(line: &FigureLine, days: usize, chances: usize) -> Option<(String, Value)> {
    let tenths = proportion(line.count(days).into(), 10, line.count(chances).into())?;
    let text = format!("{}.{}", tenths / 10, tenths % 10);
    Some((text.clone(), text.into()))
}

/// What a period may bring: what is won, and what is open by how sure it is
#[derive(Debug, Args)]
pub(crate) struct Forecast {
    /// The first day; that of the quarter unless said otherwise
    #[arg(long, value_name = "DAY", value_parser = values::day)]
    from: Option<NaiveDate>,
    /// The last day; that of the quarter unless said otherwise
    #[arg(long, value_name = "DAY", value_parser = values::day)]
    to: Option<NaiveDate>,
    /// Only this manager: an id, a code or a name
    #[arg(long, value_name = "MANAGER")]
    manager: Option<String>,
    #[command(flatten)]
    view: ViewArguments,
}

impl Forecast {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let Seen { book, point, managers, .. } = session.view(&self.view)?;
        let (first, last) = quarter_of(point.day);
        let (from, to) = (self.from.unwrap_or(first), self.to.unwrap_or(last));
        let manager = self.manager.map(|text| managers.find(&text)).transpose()?;
        let lines = book.forecast(&ForecastOptions { from, to, manager })?;
        session.show(&Forecasts { lines, from, to, managers, point })?;
        Ok(Exit::Done)
    }
}

/// The first and the last day of the quarter in which a day lies.
fn quarter_of(day: NaiveDate) -> (NaiveDate, NaiveDate) {
    let first = NaiveDate::from_ymd_opt(day.year(), day.month0() / 3 * 3 + 1, 1).unwrap_or(day);
    let next = first.checked_add_months(chrono::Months::new(3));
    (first, next.and_then(|next| next.pred_opt()).unwrap_or(day))
}

struct Forecasts {
    lines: Vec<ForecastLine>,
    from: NaiveDate,
    to: NaiveDate,
    managers: Managers,
    point: Viewpoint,
}

impl Shown for Forecasts {
    fn document(&self) -> Value {
        let (from, to) = (self.from, self.to);
        self.point.stamp(json!({ "from": from, "to": to, "lines": self.lines() }))
    }

    fn lines(&self) -> Vec<Value> {
        self.lines.iter().map(|it| self.managers.named(to_json(it))).collect()
    }

    fn sheet(&self) -> Sheet {
        let columns = vec![
            Column::text("manager", "manager"),
            Column::text("currency", ""),
            Column::number("closed", "won"),
            Column::number("commit", "commit"),
            Column::number("most_likely", "most likely"),
            Column::number("best_case", "best case"),
            Column::number("pipeline", "pipeline"),
            Column::number("commit_forecast", "won + commit"),
            Column::number("most_likely_forecast", "+ most likely"),
            Column::number("best_case_forecast", "+ best case"),
            Column::programs("open_pipeline"),
        ];
        let row = |it: &ForecastLine| {
            let amounts = [
                &it.closed,
                &it.commit,
                &it.most_likely,
                &it.best_case,
                &it.pipeline,
                &it.commit_forecast,
                &it.most_likely_forecast,
                &it.best_case_forecast,
                &it.open_pipeline,
            ];
            let mut row =
                vec![self.managers.cell(it.manager), Cell::text(it.closed.currency.to_string())];
            row.extend(amounts.map(|sum| Cell::of(grouped(&sum.number()), sum.number())));
            row
        };
        Sheet::new(columns).with(self.lines.iter().map(row))
    }

    fn page(&self) -> Page {
        let title = format!("Forecast of {} to {}", self.from, self.to);
        let page = Page::titled(title, self.point.words()).gap();
        if self.lines.is_empty() {
            return page.line("Nothing is won, and no chance should close by then.");
        }
        page.sheet(self.sheet()).note("What is open counts if it should close by the last day.")
    }
}
