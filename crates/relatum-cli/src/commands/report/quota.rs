//! `relatum report quota`: what was attained, against what was asked.

use clap::Args;
use relatum::domain::{Currency, Recorded};
use relatum::{CellKey, Figures, Progress, QuotaLine, QuotaOptions, QuotaOwner, QuotaReport, Sum};
use relatum::{SalesBy, SalesOptions};
use serde_json::Value;

use super::figures;
use super::per_cent;
use crate::failure::{Exit, Failure};
use crate::output::{Cell, Column, Page, Sheet, Shown, Tone, grouped, json as to_json, sums};
use crate::people::{self, Managers};
use crate::session::{Seen, Session};
use crate::values;
use crate::viewpoint::{ViewArguments, Viewpoint};

/// What was attained, against what was asked, and at what pace
///
/// Quotas of managers, teams and territories: sales by value or quantity, active and new clients.
/// The pace is held against days, days of work or seasons, as the tenant's policy says.
#[derive(Debug, Args)]
pub(crate) struct Quota {
    /// Only this manager: an id, a code or a name
    #[arg(long, value_name = "MANAGER", conflicts_with = "team")]
    manager: Option<String>,
    /// Only this team or territory: an id or a name
    #[arg(long, value_name = "TEAM")]
    team: Option<String>,
    /// Only periods that run on the day
    #[arg(long)]
    running: bool,
    /// Also what was attained as known then (an instant, a day or @position), and what changed
    /// since: late, corrected, shared anew
    #[arg(long, value_name = "WHEN", value_parser = values::known)]
    paid_at: Option<values::Known>,
    /// Show the events behind one figure: event:EVENT/CURRENCY/COLUMN, as --json names them
    #[arg(long, value_name = "CELL")]
    explain: Option<CellKey>,
    #[command(flatten)]
    view: ViewArguments,
}

impl Quota {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let Seen { engine, book, point, managers } = session.view(&self.view)?;
        let paid_at = match &self.paid_at {
            Some(known) => Some(known.seen_by(book.clone())?.view().known_at),
            None => None,
        };
        let options = QuotaOptions {
            manager: self.manager.map(|text| managers.find(&text)).transpose()?,
            team: self.team.map(|text| people::team(&engine, &text)).transpose()?,
            paid_at,
        };
        let (from, cell) = ((&book, &point, &managers), self.explain.as_ref());
        if figures::answered(session, from, cell, &options)? {
            return Ok(Exit::Done);
        }
        let mut report = book.quota(&options)?;
        if self.running {
            report.lines.retain(|it| (it.from..=it.to).contains(&point.day));
        }
        let whole = options == QuotaOptions::default();
        let sales =
            if whole { Some(book.figures(&SalesOptions::by(SalesBy::Manager))?) } else { None };
        session.show(&Answer { report, sales, paid_at, managers, point })?;
        Ok(Exit::Done)
    }
}

struct Answer {
    report: QuotaReport,
    /// All sales of the book, where all of it was asked for.
    sales: Option<Figures>,
    paid_at: Option<Recorded>,
    managers: Managers,
    point: Viewpoint,
}

/// An amount for people, to the digits of its currency.
pub(crate) fn shown(sum: &Sum) -> String {
    grouped(&sum.rounded().number())
}

/// What is counted, in a few words: `sales`, `sales of tea`, `new clients`.
pub(crate) fn kind(line: &QuotaLine) -> String {
    let kind = to_json(&line.kind).as_str().unwrap_or_default().replace('_', " ");
    let kind = kind.replace("sales volume", "sales");
    match &line.product_group {
        Some(group) => format!("{kind} of {group}"),
        None => kind,
    }
}

/// Who it is asked of.
pub(crate) fn owner(line: &QuotaLine, managers: &Managers) -> String {
    match line.owner {
        QuotaOwner::Manager(manager) => managers.name(manager),
        QuotaOwner::Team(team) => line.code.clone().unwrap_or_else(|| team.to_string()),
    }
}

/// How attainment stands out.
pub(crate) fn tone(line: &QuotaLine) -> Tone {
    let pace = line.progress.as_ref().and_then(|it| it.pace_bp).filter(|_| !line.over);
    match line.attainment_bp {
        Some(10_000..) => Tone::Good,
        Some(..7_500) if line.over => Tone::Bad,
        _ if pace.is_some_and(|pace| pace < 7_500) => Tone::Warning,
        _ => Tone::Plain,
    }
}

impl Answer {
    /// Of all sales, those of all or of nobody, by currency.
    fn sales(&self, nobody: bool) -> Option<Vec<Sum>> {
        let sales = self.sales.as_ref()?;
        let column = sales.column("net")?;
        let all = if nobody { &sales.lines } else { &sales.totals };
        let wanted = all.iter().filter(|line| !nobody || line.manager.is_none());
        Some(wanted.map(|line| line.sum(column)).collect())
    }

    fn columns(&self) -> Vec<Column> {
        let mut columns = vec![
            Column::text("owner", "of"),
            Column::programs("code"),
            Column::text("kind", "counts"),
            Column::text("from", "from"),
            Column::text("to", "to"),
            Column::text("currency", ""),
            Column::number("quota", "quota"),
            Column::number("attained", "attained"),
            Column::number("attainment_bp", "of quota"),
            Column::number("pace_bp", "of pace"),
            Column::number("projection", "by the end"),
            Column::number("needed_per_day", "needed a day"),
            Column::number("coverage_bp", "left is covered"),
            Column::programs("method"),
            Column::programs("over"),
            Column::programs("other_currencies"),
            Column::programs("event"),
        ];
        if self.paid_at.is_some() {
            for (key, title) in [
                ("as_paid", "as paid"),
                ("late", "came late"),
                ("corrected", "corrected"),
                ("shared_anew", "shared anew"),
            ] {
                columns.push(Column::number(key, title));
            }
        }
        columns
    }

    fn row(&self, line: &QuotaLine) -> Vec<Cell> {
        let attained = line.attainment_bp.map(per_cent).unwrap_or_default();
        let progress = line.progress.as_ref();
        // What is over is not on its way any more.
        let running = progress.filter(|_| !line.over);
        let sum = |sum: Option<&Sum>| match sum {
            Some(sum) => Cell::of(shown(sum), sum.number()),
            None => Cell::none(),
        };
        let bp = |bp: Option<i64>| Cell::of(bp.map(per_cent).unwrap_or_default(), to_json(&bp));
        let currency = line.quota.currency;
        let code = if currency == Currency::NONE { "" } else { currency.code() };
        let mut row = vec![
            Cell::of(owner(line, &self.managers), to_json(&line.owner)),
            Cell::maybe(line.code.as_deref()),
            Cell::of(kind(line), to_json(&line.kind)),
            Cell::day(line.from),
            Cell::day(line.to),
            Cell::of(code, currency.code()),
            sum(Some(&line.quota)),
            sum(Some(&line.attained)),
            Cell::of(attained, to_json(&line.attainment_bp)).tone(tone(line)),
            bp(running.and_then(|it| it.pace_bp)),
            sum(running.and_then(|it| it.projection.as_ref())),
            sum(running.and_then(|it| it.needed_per_day.as_ref())),
            bp(line.coverage.as_ref().and_then(|it| it.weighted_bp)),
            Cell::of("", to_json(&progress.map(|it| it.method))),
            Cell::of("", line.over),
            Cell::sums(&line.other_currencies),
            Cell::text(line.event.to_string()),
        ];
        row.extend(line.paid.iter().flatten().map(|it| sum(Some(it))));
        row
    }
}

impl Shown for Answer {
    fn document(&self) -> Value {
        let mut document = to_json(&self.report);
        if let Value::Object(fields) = &mut document {
            fields.insert("lines".to_owned(), self.lines().into());
            if let (Some(total), Some(nobody)) = (self.sales(false), self.sales(true)) {
                fields.insert("total".to_owned(), to_json(&total));
                fields.insert("unassigned".to_owned(), to_json(&nobody));
            }
        }
        self.point.stamp(document)
    }

    fn lines(&self) -> Vec<Value> {
        let lines = self.report.lines.iter();
        lines.map(|line| self.managers.named(to_json(line))).collect()
    }

    fn sheet(&self) -> Sheet {
        Sheet::new(self.columns()).with(self.report.lines.iter().map(|line| self.row(line)))
    }

    fn page(&self) -> Page {
        let page = Page::titled("Quota progress", self.point.words()).gap();
        let page = if self.report.lines.is_empty() {
            page.line("No quota is set.")
        } else {
            page.sheet(self.sheet())
        };
        let lines = self.report.lines.iter();
        let mut methods: Vec<&Progress> =
            lines.filter(|it| !it.over).filter_map(|it| it.progress.as_ref()).collect();
        methods.dedup_by_key(|it| it.method);
        let page = match methods.as_slice() {
            [] => page,
            [first, ..] => {
                page.note(format!("The pace is held against {}.", first.method.replace('_', " ")))
            }
        };
        match (self.sales(false), self.sales(true)) {
            (Some(total), Some(nobody)) => page.gap().facts(
                0,
                vec![
                    ("all sales of the book", sums(total.iter())),
                    ("credited to nobody", sums(nobody.iter())),
                ],
            ),
            _ => page,
        }
    }
}
