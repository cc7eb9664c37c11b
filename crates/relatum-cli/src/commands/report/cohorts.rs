//! `relatum report retention --cohorts`: who bought again, by when they first bought.

use chrono::NaiveDate;
use relatum::domain::selling;
use relatum::{CohortsOptions, FigureLine, Figures, Period, RetentionBy, Row};
use serde_json::{Map, Value, json};

use super::figures::{self, Found};
use super::retention::{named, word};
use crate::failure::{Exit, Failure};
use crate::output::{Cell, Column, Page, Sheet, Shown, Tone, grouped};
use crate::session::{Seen, Session};
use crate::viewpoint::Viewpoint;

/// Shows the cohorts, or explains one of their cells.
pub(super) fn show(
    session: &mut Session,
    found: Found,
    options: &CohortsOptions,
) -> Result<Exit, Failure> {
    let Found { seen: Seen { book, point, managers, .. }, explain, .. } = found;
    if figures::answered(session, (&book, &point, &managers), explain.as_ref(), options)? {
        return Ok(Exit::Done);
    }
    let figures = book.figures(options)?;
    let periods = options.periods(&book.view());
    session.show(&Answer { figures, periods, by: options.by, point })?;
    Ok(Exit::Done)
}

struct Answer {
    figures: Figures,
    /// Those of the first purchases, and of the later ones: oldest first.
    periods: Vec<Period>,
    by: RetentionBy,
    point: Viewpoint,
}

/// Where a cohort stands in some period after that of its first purchase.
#[derive(Clone, Copy)]
struct Later {
    bought: i64,
    size: i64,
    /// Whether the period is over.
    over: bool,
}

impl Later {
    /// In hundredths of a per cent.
    fn bp(self) -> Option<i64> {
        selling::per_cent(self.bought.into(), self.size.into())
    }

    fn share(self) -> Cell {
        // A share of some dozens of clients has no decimals.
        let text = self.bp().map(|bp| format!("{} %", (bp + 50) / 100)).unwrap_or_default();
        self.marked(&text, self.bp().into())
    }

    fn count(self) -> Cell {
        self.marked(&grouped(&self.bought.to_string()), self.bought.into())
    }

    fn marked(self, text: &str, value: Value) -> Cell {
        match self.over {
            true => Cell::of(text, value),
            false => Cell::of(format!("*{text}"), value).tone(Tone::Faint),
        }
    }
}

impl Answer {
    /// What comes after the first period.
    fn later(&self) -> std::ops::Range<usize> {
        1..self.figures.columns.len()
    }

    fn first_of(line: &FigureLine) -> NaiveDate {
        match line.row {
            Row::From(first) => first,
            _ => NaiveDate::MIN,
        }
    }

    /// A cohort in the n-th period after its first; none: that has not begun.
    fn after(&self, line: &FigureLine, after: usize) -> Option<Later> {
        let mut cohort = self.periods.iter().skip_while(|it| it.first < Self::first_of(line));
        let period = cohort.nth(after)?;
        Some(Later { bought: line.count(after), size: line.count(0), over: period.over })
    }

    /// All cohorts together in the n-th period, as far as it is over; none: for no cohort.
    fn all_after(&self, after: usize) -> Option<Later> {
        let over = self.figures.lines.iter().filter_map(|line| self.after(line, after));
        over.filter(|it| it.over).reduce(|all, it| Later {
            bought: all.bought + it.bought,
            size: all.size + it.size,
            over: true,
        })
    }

    /// A table for people: of each cohort its size, and a cell for each later period.
    fn triangle(&self, cell: impl Fn(Later) -> Cell, all: Option<&str>) -> Sheet {
        let mut columns =
            vec![Column::text("cohort", word(self.by)), Column::number("size", "clients")];
        let reached = |after: &usize| {
            self.figures.lines.iter().any(|line| self.after(line, *after).is_some())
        };
        let later = self.later().take_while(reached);
        columns.extend(later.map(|it| Column::number(it.to_string(), format!("+{it}"))));
        let size = |line: &FigureLine| Cell::number(Some(line.count(0)));
        let rows = self.figures.lines.iter().map(|line| {
            let name = named(Self::first_of(line), self.by);
            let later = self.later().map(|after| self.after(line, after));
            let cells = later.map(|it| it.map_or_else(Cell::none, &cell));
            [Cell::text(name), size(line)].into_iter().chain(cells).collect()
        });
        let mut sheet = Sheet::new(columns).with(rows);
        let totals = all.zip(self.figures.totals.first()).map(|(name, total)| {
            let later = self.later().map(|after| self.all_after(after));
            let cells = later.map(|it| it.map_or_else(Cell::none, &cell));
            [Cell::text(name), size(total)].into_iter().chain(cells).collect()
        });
        sheet.totals.extend(totals);
        sheet
    }
}

impl Shown for Answer {
    fn document(&self) -> Value {
        let mut all = Map::new();
        for after in self.later() {
            let it = self.all_after(after);
            let it = it.map(|it| json!({ "of": it.size, "bought": it.bought, "bp": it.bp() }));
            all.insert(format!("after_{after}"), it.into());
        }
        self.point.stamp(json!({
            "report": self.figures.report,
            "policies": self.figures.policies,
            "by": word(self.by),
            "lines": self.lines(),
            "over": all,
        }))
    }

    fn sheet(&self) -> Sheet {
        let mut columns =
            vec![Column::programs("key"), Column::programs("from"), Column::programs("size")];
        for after in self.later() {
            columns.push(Column::programs(format!("after_{after}")));
            columns.push(Column::programs(format!("after_{after}_bp")));
        }
        Sheet::new(columns).with(self.figures.lines.iter().map(|line| {
            let mut row = vec![
                Cell::text(line.key()),
                Cell::day(Self::first_of(line)),
                Cell::number(Some(line.count(0))),
            ];
            for it in self.later().map(|after| self.after(line, after)) {
                row.push(Cell::number(it.map(|it| it.bought)));
                row.push(Cell::number(it.and_then(Later::bp)));
            }
            row
        }))
    }

    fn page(&self) -> Page {
        let word = word(self.by);
        let title = format!("Clients who bought again, by {word} of the first purchase");
        let page = Page::titled(title, self.point.words()).gap();
        if self.figures.lines.is_empty() {
            return page.line("There is nothing.");
        }
        let since = self.periods.first().map(|it| named(it.first, self.by)).unwrap_or_default();
        let running = self.periods.last().is_some_and(|it| !it.over);
        let page = page
            .toned(Tone::Strong, format!("Share that bought in the n-th {word} after"))
            .sheet(self.triangle(Later::share, Some("all")))
            .gap()
            .toned(Tone::Strong, "How many these were")
            .sheet(self.triangle(Later::count, None))
            .note(format!("Who first bought before {since} is left out."));
        let still = "* still runs: not in the shares of all.";
        if running { page.toned(Tone::Faint, still) } else { page }
    }
}
