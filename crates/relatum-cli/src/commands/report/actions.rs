//! `relatum report actions`: what was undertaken and is not done.

use chrono::NaiveDate;
use clap::Args;
use relatum::{ActionLine, ActionsOptions};
use serde_json::{Value, json};

use super::figures::{Found, Whose};
use crate::failure::{Exit, Failure};
use crate::output::{Cell, Column, Page, Sheet, Shown, Tone, json as to_json};
use crate::people::Managers;
use crate::session::{Seen, Session};
use crate::values;
use crate::viewpoint::Viewpoint;

/// What was undertaken in talks and is not done, by the day on which it is due
#[derive(Debug, Args)]
pub(crate) struct Actions {
    /// Only what is due by this day
    #[arg(long, value_name = "DAY", value_parser = values::day)]
    due_by: Option<NaiveDate>,
    #[command(flatten)]
    whose: Whose,
}

impl Actions {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let Found { seen, account, manager, .. } = self.whose.find(session)?;
        let Seen { engine, book, point, managers } = seen;
        let managers_of = manager.into_iter().collect();
        let options = ActionsOptions { due_by: self.due_by, account, managers: managers_of };
        let mut lines = Vec::new();
        for line in book.actions(&options)? {
            let what = engine.undertaken(line.event, line.action)?;
            lines.push((line, what));
        }
        session.show(&Answer { lines, managers, point })?;
        Ok(Exit::Done)
    }
}

struct Answer {
    /// Each with what was undertaken, if its key is there.
    lines: Vec<(ActionLine, Option<String>)>,
    managers: Managers,
    point: Viewpoint,
}

impl Shown for Answer {
    fn document(&self) -> Value {
        self.point.stamp(json!({ "actions": self.lines() }))
    }

    fn lines(&self) -> Vec<Value> {
        let line = |(it, what): &(ActionLine, Option<String>)| {
            let mut line = self.managers.named(to_json(it));
            if let Value::Object(fields) = &mut line {
                fields.insert("what".to_owned(), what.clone().into());
            }
            line
        };
        self.lines.iter().map(line).collect()
    }

    fn sheet(&self) -> Sheet {
        let columns = vec![
            Column::text("due", "due"),
            Column::number("overdue_days", "days late"),
            Column::text("what", "what"),
            Column::programs("account"),
            Column::text("account_name", "account"),
            Column::text("by", "by"),
            Column::text("manager", "manager"),
            Column::text("since", "since"),
            Column::programs("action"),
            Column::programs("event"),
        ];
        let row = |(it, what): &(ActionLine, Option<String>)| {
            let late = Some(it.overdue_days).filter(|days| *days > 0);
            let erased = || Cell::of("(erased)", Value::Null).tone(Tone::Faint);
            vec![
                it.due.map_or_else(Cell::none, Cell::day),
                Cell::number(late).tone(Tone::Bad),
                what.as_deref().map_or_else(erased, Cell::text),
                Cell::text(it.account.to_string()),
                Cell::text(it.account_name.as_str()),
                Cell::text(if it.contact.is_some() { "client" } else { "us" }),
                self.managers.cell(it.manager),
                Cell::day(it.since),
                Cell::text(it.action.to_string()),
                Cell::text(it.event.to_string()),
            ]
        };
        Sheet::new(columns).with(self.lines.iter().map(row))
    }

    fn page(&self) -> Page {
        let page = Page::titled("Open actions", self.point.words()).gap();
        if self.lines.is_empty() {
            return page.line("None.");
        }
        let late = self.lines.iter().filter(|(it, _)| it.overdue_days > 0).count();
        page.sheet(self.sheet()).note(format!("{late} of {} overdue.", self.lines.len()))
    }
}
