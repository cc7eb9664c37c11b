//! `relatum report cadence`: whether accounts are contacted as often as their class asks.

use chrono::NaiveDate;
use clap::{Args, ValueEnum};
use relatum::domain::selling;
use relatum::{CadenceBy, CadenceLine, CadenceOptions, CadenceState, CadenceSums};
use serde_json::{Value, json};

use super::figures::{self, Asked, Derived, Found};
use super::per_cent;
use super::plan::word;
use crate::failure::{Exit, Failure};
use crate::output::{Cell, Column, Page, Sheet, Shown, Tone, json as to_json};
use crate::people::Managers;
use crate::session::{Seen, Session};
use crate::values;
use crate::viewpoint::Viewpoint;

/// Whether accounts are contacted as often as their class asks, and whom to contact next
#[derive(Debug, Args)]
pub(crate) struct Cadence {
    /// Sum up how many days were kept, by this
    #[arg(long, value_enum)]
    by: Option<By>,
    /// The first day that is counted; 90 days ago unless said otherwise
    #[arg(long, value_name = "DAY", value_parser = values::day)]
    from: Option<NaiveDate>,
    /// Only what is overdue
    #[arg(long, conflicts_with = "by")]
    overdue: bool,
    #[command(flatten)]
    asked: Asked,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    Manager,
    Account,
    Class,
    Kind,
}

/// What was kept of the days on which something was asked.
const DERIVED: &[Derived] = &[Derived {
    key: "kept_bp",
    title: "kept",
    of: |line| {
        let bp = selling::per_cent(line.sum(1).micro, line.sum(0).micro)?;
        Some((per_cent(bp), bp.into()))
    },
}];

impl Cadence {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let found = self.asked.find(session)?;
        let (from, account, manager) = (self.from, found.account, found.manager);
        let by = match (self.by, &found.explain) {
            (Some(by), _) => by,
            (None, explain) if explain.is_some() || session.is_asked() => By::Account,
            (None, _) => {
                let Found { seen: Seen { book, point, managers, .. }, .. } = found;
                let overdue = self.overdue;
                let lines = book.cadence(&CadenceOptions { from, account, manager, overdue })?;
                session.show(&Answer { lines, managers, point })?;
                return Ok(Exit::Done);
            }
        };
        let (by, lines) = match by {
            By::Manager => (CadenceBy::Manager, "manager"),
            By::Account => (CadenceBy::Account, "account"),
            By::Class => (CadenceBy::Class, "class"),
            By::Kind => (CadenceBy::Kind, "kind"),
        };
        let options = CadenceSums { by, from, account, manager };
        figures::show_with(
            session,
            found,
            &options,
            "Days on which cadence was kept",
            lines,
            DERIVED,
        )
    }
}

struct Answer {
    lines: Vec<CadenceLine>,
    managers: Managers,
    point: Viewpoint,
}

fn kept(line: &CadenceLine) -> Option<i64> {
    selling::per_cent(line.kept_days.into(), line.due_days.into())
}

impl Shown for Answer {
    fn document(&self) -> Value {
        self.point.stamp(json!({ "cadences": self.lines() }))
    }

    fn lines(&self) -> Vec<Value> {
        let line = |it: &CadenceLine| {
            let mut line = self.managers.named(to_json(it));
            if let Value::Object(fields) = &mut line {
                fields.insert("kept_bp".to_owned(), kept(it).into());
                fields.insert("last".to_owned(), to_json(&it.last.map(|(day, _)| day)));
                fields.insert("event".to_owned(), to_json(&it.last.map(|(_, event)| event)));
            }
            line
        };
        self.lines.iter().map(line).collect()
    }

    fn sheet(&self) -> Sheet {
        let columns = vec![
            Column::programs("account"),
            Column::text("account_name", "account"),
            Column::text("class", "class"),
            Column::text("kind", "asks for a"),
            Column::number("every_days", "every days"),
            Column::text("last", "last"),
            Column::text("due", "due"),
            Column::number("overdue_days", "days late"),
            Column::text("next_planned", "next planned"),
            Column::number("kept_bp", "kept"),
            Column::text("manager", "manager"),
            Column::programs("state"),
            Column::programs("event"),
        ];
        let row = |it: &CadenceLine| {
            let tone = match it.state {
                CadenceState::Kept => Tone::Plain,
                CadenceState::Overdue => Tone::Bad,
                CadenceState::Planned => Tone::Warning,
            };
            let late = Some(it.overdue_days).filter(|days| *days > 0);
            let kept = kept(it);
            vec![
                Cell::text(it.account.to_string()),
                Cell::text(it.account_name.as_str()),
                Cell::text(it.class.as_str()),
                Cell::of(word(&it.kind), to_json(&it.kind)),
                Cell::number(Some(it.every_days.into())),
                it.last.map_or_else(|| Cell::of("never", Value::Null), |(day, _)| Cell::day(day)),
                Cell::day(it.due),
                Cell::number(late).tone(tone),
                it.next_planned.map_or_else(Cell::none, Cell::day),
                kept.map_or_else(Cell::none, |bp| Cell::of(per_cent(bp), bp)),
                self.managers.cell(it.manager),
                Cell::text(word(&it.state)),
                it.last.map_or_else(Cell::none, |(_, event)| Cell::text(event.to_string())),
            ]
        };
        Sheet::new(columns).with(self.lines.iter().map(row))
    }

    fn page(&self) -> Page {
        let page = Page::titled("Cadence", self.point.words()).gap();
        if self.lines.is_empty() {
            return page.line("Nothing is asked of any such account, or nothing is overdue.");
        }
        let late = self.lines.iter().filter(|it| it.state != CadenceState::Kept).count();
        let planned = self.lines.iter().filter(|it| it.state == CadenceState::Planned).count();
        page.sheet(self.sheet()).note(format!(
            "{late} of {} late, for {planned} of them something is planned.",
            self.lines.len()
        ))
    }
}
