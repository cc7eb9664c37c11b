//! Tables of sums in general, and what one of their cells is made of.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use clap::Args;
use relatum::domain::{AccountId, Currency, ManagerId, selling};
use relatum::{
    AsOf, CellKey, Explanation, FigureLine, Figures, Measure, Periodic, Report, Row, Sum,
    YearOnYear,
};
use serde_json::{Map, Value, json};

use super::per_cent;
use crate::failure::{Exit, Failure};
use crate::output::{Cell, Column, Page, Sheet, Shown, Tone, grouped, money};
use crate::people::{self, Managers};
use crate::session::{Question, Seen, Session};
use crate::viewpoint::{ViewArguments, Viewpoint};

/// Whose figures, and from where.
#[derive(Debug, Args)]
pub(super) struct Whose {
    /// Only this account: an id, an external id as system:id, or a name
    #[arg(long, value_name = "ACCOUNT")]
    account: Option<String>,
    /// Only this manager's accounts: an id, a code or a name
    #[arg(long, value_name = "MANAGER")]
    manager: Option<String>,
    #[command(flatten)]
    view: ViewArguments,
}

/// The same, and which one is to be explained.
#[derive(Debug, Args)]
pub(super) struct Asked {
    #[command(flatten)]
    whose: Whose,
    /// Show the events behind one figure: the key of a line (--json), / and a column, such as
    /// total/EUR/overdue
    #[arg(long, value_name = "CELL")]
    explain: Option<CellKey>,
}

/// The book and who is meant.
pub(super) struct Found {
    pub(super) seen: Seen,
    pub(super) account: Option<AccountId>,
    pub(super) manager: Option<ManagerId>,
    pub(super) explain: Option<CellKey>,
}

impl Whose {
    pub(super) fn find(self, session: &Session) -> Result<Found, Failure> {
        let seen = session.view(&self.view)?;
        let account = self.account.map(|text| people::account(&seen.book, &text)).transpose()?;
        let manager = self.manager.map(|text| seen.managers.find(&text)).transpose()?;
        Ok(Found { seen, account, manager, explain: None })
    }
}

impl Asked {
    pub(super) fn find(self, session: &Session) -> Result<Found, Failure> {
        Ok(Found { explain: self.explain, ..self.whose.find(session)? })
    }
}

/// The first day of the month in which a day lies.
pub(super) fn month_of(day: NaiveDate) -> NaiveDate {
    use chrono::Datelike as _;
    day.with_day(1).unwrap_or(day)
}

/// A column that is worked out from others: its key, its title, and how it reads.
#[derive(Clone, Copy)]
pub(super) struct Derived {
    pub(super) key: &'static str,
    pub(super) title: &'static str,
    /// For people and for programs; none: it cannot be said.
    pub(super) of: fn(&FigureLine) -> Option<(String, Value)>,
}

/// Explains a cell of a report where one is asked for, or hands the report over where another
/// command wants it; says whether either was so.
pub(super) fn answered<R: Report + Clone + 'static>(
    session: &mut Session,
    (book, point, managers): (&AsOf, &Viewpoint, &Managers),
    explain: Option<&CellKey>,
    report: &R,
) -> Result<bool, Failure> {
    if session.is_asked() {
        let (book, point, managers) = (book.clone(), point.clone(), managers.clone());
        session.hand_over(Question { book, point, managers, report: Box::new(report.clone()) });
        return Ok(true);
    }
    let Some(cell) = explain else { return Ok(false) };
    let explanation = book.explain(report, cell)?;
    session.show(&Explained::of(explanation, point.clone())?)?;
    Ok(true)
}

/// Shows a report, or explains one cell of it.
pub(super) fn show<R: Report + Clone + 'static>(
    session: &mut Session,
    found: Found,
    report: &R,
    title: &str,
    lines: &'static str,
) -> Result<Exit, Failure> {
    show_with(session, found, report, title, lines, &[])
}

/// How much more or less it is than a year before.
const CHANGED: &[Derived] = &[Derived {
    key: "change_bp",
    title: "change",
    of: |line| {
        let bp = selling::per_cent(line.sum(2).micro, line.sum(1).micro)?;
        Some((per_cent(bp), bp.into()))
    },
}];

/// What is compared of a table, beside the same days a year before.
pub(super) fn show_year_on_year(
    session: &mut Session,
    found: Found,
    table: impl Periodic + Clone + 'static,
    what: &str,
    lines: &'static str,
) -> Result<Exit, Failure> {
    let both = YearOnYear(table);
    let (first, last) = both.period(&found.seen.book.view());
    let title = format!("{what} by {lines} from {first} to {last}, and a year before");
    show_with(session, found, &both, &title, lines, CHANGED)
}

/// A period as a title says it.
pub(super) fn period(from: Option<NaiveDate>, to: Option<NaiveDate>) -> String {
    let from = from.map_or(String::new(), |from| format!(" from {from}"));
    to.map_or(from.clone(), |to| format!("{from} to {to}"))
}

/// The same, with more columns.
pub(super) fn show_with<R: Report + Clone + 'static>(
    session: &mut Session,
    found: Found,
    report: &R,
    title: &str,
    lines: &'static str,
    derived: &'static [Derived],
) -> Result<Exit, Failure> {
    let Found { seen, explain, .. } = found;
    let Seen { book, point, managers, .. } = seen;
    if answered(session, (&book, &point, &managers), explain.as_ref(), report)? {
        return Ok(Exit::Done);
    }
    let mut figures = book.figures(report)?;
    // Names of managers are known only here.
    if figures.lines.iter().any(|line| matches!(line.row, Row::Manager(_))) {
        figures.lines.sort_by_key(|line| {
            let nobody = line.manager.is_none();
            (nobody, line.manager.map(|it| managers.name(it)), line.currency)
        });
    }
    session.show(&Answer { figures, managers, point, title: title.to_owned(), lines, derived })?;
    Ok(Exit::Done)
}

struct Answer {
    figures: Figures,
    managers: Managers,
    point: Viewpoint,
    title: String,
    /// What the lines are, in one word.
    lines: &'static str,
    derived: &'static [Derived],
}

/// What a cell shows: money, a count, or days.
fn value(line: &FigureLine, at: usize, measure: Measure) -> Value {
    match measure {
        Measure::Money => line.sum(at).number().into(),
        Measure::Count => line.count(at).into(),
        Measure::MostDays => line.most(at).into(),
    }
}

impl Answer {
    fn name(&self, line: &FigureLine) -> String {
        match &line.row {
            Row::Manager(Some(manager)) => self.managers.name(*manager),
            _ => line.name.clone(),
        }
    }

    /// For people a column of nothing says nothing.
    fn is_empty(&self, at: usize) -> bool {
        let mut lines = self.figures.lines.iter().chain(&self.figures.totals);
        lines.all(|line| line.cells.get(at).is_none_or(|it| *it == 0 || *it == i128::MIN))
    }

    fn columns(&self) -> Vec<Column> {
        let mut columns = vec![
            Column::programs("key"),
            Column::text("name", self.lines),
            Column::programs("manager"),
            Column::programs("currency"),
        ];
        columns.extend(self.figures.columns.iter().zip(0..).map(|(column, at)| {
            let number = Column::number(&column.key, column.key.replace('_', " "));
            let month = column.key.starts_with("sales_");
            if self.is_empty(at) || month { Column::programs(&column.key) } else { number }
        }));
        columns.extend(self.derived.iter().map(|it| Column::number(it.key, it.title)));
        columns
    }

    fn row(&self, line: &FigureLine) -> Vec<Cell> {
        let mut row = vec![
            Cell::text(line.key()),
            Cell::text(self.name(line)),
            self.managers.cell(line.manager),
            Cell::text(line.currency.to_string()),
        ];
        row.extend(self.figures.columns.iter().zip(0..).map(|(column, at)| match column.measure {
            Measure::Money => {
                let sum = line.sum(at);
                let cell = Cell::amount(&sum);
                if sum.micro == 0 { Cell { text: "-".to_owned(), ..cell } } else { cell }
            }
            Measure::Count => Cell::number(Some(line.count(at))),
            Measure::MostDays => Cell::number(line.most(at)),
        }));
        row.extend(self.derived.iter().map(|it| match (it.of)(line) {
            Some((text, value)) => Cell::of(text, value),
            None => Cell::none(),
        }));
        row
    }

    fn line(&self, line: &FigureLine) -> Value {
        let mut fields = Map::new();
        fields.insert("key".to_owned(), line.key().into());
        fields.insert("name".to_owned(), self.name(line).into());
        let account = line.row.account().map(|it| it.to_string());
        fields.insert("account".to_owned(), account.into());
        let manager = line.manager.map(|it| it.to_string());
        fields.insert("manager".to_owned(), manager.into());
        fields.insert("currency".to_owned(), line.currency.to_string().into());
        for (column, at) in self.figures.columns.iter().zip(0..) {
            fields.insert(column.key.clone(), value(line, at, column.measure));
        }
        for it in self.derived {
            let value = (it.of)(line).map(|(_, value)| value);
            fields.insert(it.key.to_owned(), value.unwrap_or(Value::Null));
        }
        self.managers.named(Value::Object(fields))
    }
}

impl Shown for Answer {
    fn document(&self) -> Value {
        let totals: Vec<Value> = self.figures.totals.iter().map(|it| self.line(it)).collect();
        self.point.stamp(json!({
            "report": self.figures.report,
            "policies": self.figures.policies,
            "lines": self.lines(),
            "totals": totals,
        }))
    }

    fn lines(&self) -> Vec<Value> {
        self.figures.lines.iter().map(|line| self.line(line)).collect()
    }

    fn sheet(&self) -> Sheet {
        Sheet::new(self.columns()).with(self.figures.lines.iter().map(|line| self.row(line)))
    }

    fn page(&self) -> Page {
        let page = Page::titled(&self.title, self.point.words());
        let lines = self.figures.lines.iter();
        let currencies: BTreeSet<Currency> = lines.map(|line| line.currency).collect();
        if currencies.is_empty() {
            return page.gap().line("There is nothing.");
        }
        currencies.into_iter().fold(page, |page, currency| {
            let lines = self.figures.lines.iter().filter(|it| it.currency == currency);
            let mut sheet = Sheet::new(self.columns()).with(lines.map(|line| self.row(line)));
            let total = self.figures.totals.iter().filter(|it| it.currency == currency);
            sheet.totals.extend(total.map(|total| self.row(total)));
            let page = page.gap();
            let page = if currency == Currency::NONE {
                page
            } else {
                page.toned(Tone::Strong, currency.to_string())
            };
            page.sheet(sheet)
        })
    }
}

/// What one cell is made of.
struct Explained {
    explanation: Explanation,
    point: Viewpoint,
}

impl Explained {
    /// What is not the sum of its events is not shown.
    fn of(explanation: Explanation, point: Viewpoint) -> Result<Self, Failure> {
        if explanation.foots() {
            return Ok(Self { explanation, point });
        }
        let message = format!("the events behind {} do not sum to it", explanation.cell);
        let hint = "verify the store with `relatum log verify` and report this";
        Err(Failure::new(Exit::Corrupt, message).hint(hint))
    }

    fn shown(&self, micro: i128) -> (String, Value) {
        let currency = self.explanation.cell.currency;
        match self.explanation.measure {
            Measure::Money => {
                let sum = Sum { micro, currency };
                (money(sum), sum.number().into())
            }
            Measure::Count | Measure::MostDays => {
                let whole = i64::try_from(micro / 1_000_000).unwrap_or(i64::MAX);
                (grouped(&whole.to_string()), whole.into())
            }
        }
    }
}

impl Shown for Explained {
    fn document(&self) -> Value {
        let it = &self.explanation;
        self.point.stamp(json!({
            "report": it.report,
            "cell": it.cell.to_string(),
            "currency": it.cell.currency,
            "figure": self.shown(it.figure).1,
            "policies": it.policies,
            "contributions": self.lines(),
        }))
    }

    fn sheet(&self) -> Sheet {
        let columns = vec![
            Column::text("day", "day"),
            Column::text("what", "what"),
            Column::text("number", "document"),
            Column::number("amount", "amount"),
            Column::text("event", "event"),
        ];
        let rows = self.explanation.contributions.iter().map(|it| {
            let (text, value) = self.shown(it.micro);
            let amount = Cell::of(text, value);
            vec![
                Cell::day(it.day),
                Cell::text(it.what),
                Cell::maybe(it.number.as_deref()),
                if it.micro < 0 { amount.tone(Tone::Warning) } else { amount },
                Cell::text(it.event.to_string()).tone(Tone::Faint),
            ]
        });
        Sheet::new(columns).with(rows)
    }

    fn page(&self) -> Page {
        let it = &self.explanation;
        let figure = self.shown(it.figure).0;
        let title = format!("{} of {} is {figure}", it.cell, it.report);
        let mut sheet = self.sheet();
        sheet.totals.push(vec![
            Cell::none(),
            Cell::text("sum"),
            Cell::none(),
            Cell::of(figure, Value::Null),
            Cell::none(),
        ]);
        let page = Page::titled(title, self.point.words()).gap();
        let page = match it.contributions.len() {
            0 => page.line("No event has a share in it."),
            _ => page.sheet(sheet),
        };
        let policies: Vec<String> = it.policies.iter().map(ToString::to_string).collect();
        match policies.as_slice() {
            [] => page.note("Under the standard rules; no policy was set."),
            _ => page.note(format!("Under the rules set by {}.", policies.join(", "))),
        }
    }
}
