//! `relatum report contacts`: when accounts were last contacted.

use chrono::{Days, NaiveDate};
use clap::Args;
use relatum::domain::event::activity::ActivityKind;
use relatum::{ContactLine, ContactsOptions};
use serde_json::{Value, json};

use super::figures::{Found, Whose};
use super::plan::word;
use crate::failure::{Exit, Failure};
use crate::output::{Cell, Column, Page, Sheet, Shown, Tone, json as to_json};
use crate::people::Managers;
use crate::session::{Seen, Session};
use crate::values;
use crate::viewpoint::Viewpoint;

/// When accounts were last contacted, and which were not since a day
#[derive(Debug, Args)]
pub(crate) struct Contacts {
    /// Only accounts that nobody reached from this day on
    #[arg(long, value_name = "DAY", value_parser = values::day)]
    not_since: Option<NaiveDate>,
    /// Only accounts that nobody reached for so many days
    #[arg(long, value_name = "DAYS", conflicts_with = "not_since")]
    not_for: Option<u64>,
    /// Only by this kind of activity: call, visit, meeting, training, merchandising
    #[arg(long, value_name = "KIND", value_parser = kind)]
    kind: Option<ActivityKind>,
    #[command(flatten)]
    whose: Whose,
}

fn kind(text: &str) -> Result<ActivityKind, String> {
    serde_json::from_value(Value::from(text)).map_err(|_| {
        "no such kind; write call, visit, meeting, training or merchandising".to_owned()
    })
}

impl Contacts {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let Found { seen, account, manager, .. } = self.whose.find(session)?;
        let Seen { book, point, managers, .. } = seen;
        let ago = |days| point.day.checked_sub_days(Days::new(days)).unwrap_or(NaiveDate::MIN);
        // So many days ago is not less than that.
        let not_for = self.not_for.map(|days| ago(days.saturating_sub(1)));
        let not_since = self.not_since.or(not_for);
        let options = ContactsOptions { not_since, kind: self.kind, account, manager };
        let lines = book.contacts(&options)?;
        session.show(&Answer { lines, not_since, managers, point })?;
        Ok(Exit::Done)
    }
}

struct Answer {
    lines: Vec<ContactLine>,
    not_since: Option<NaiveDate>,
    managers: Managers,
    point: Viewpoint,
}

impl Shown for Answer {
    fn document(&self) -> Value {
        self.point.stamp(json!({ "not_since": self.not_since, "contacts": self.lines() }))
    }

    fn lines(&self) -> Vec<Value> {
        self.lines.iter().map(|it| self.managers.named(to_json(it))).collect()
    }

    fn sheet(&self) -> Sheet {
        let columns = vec![
            Column::programs("account"),
            Column::text("account_name", "account"),
            Column::text("stage", "stage"),
            Column::text("class", "class"),
            Column::text("last", "last contact"),
            Column::number("days", "days ago"),
            Column::text("kind", "by"),
            Column::text("by", "whom"),
            Column::number("tries", "tries since"),
            Column::text("next_planned", "next planned"),
            Column::text("manager", "manager"),
            Column::programs("event"),
        ];
        let row = |it: &ContactLine| {
            let tries = i64::try_from(it.tries).ok().filter(|tries| *tries > 0);
            let never = || Cell::of("never", Value::Null).tone(Tone::Warning);
            vec![
                Cell::text(it.account.to_string()),
                Cell::text(it.account_name.as_str()),
                Cell::text(word(&it.stage)),
                Cell::maybe(it.class.as_deref()),
                it.last.map_or_else(never, Cell::day),
                Cell::number(it.days),
                it.kind.map_or_else(Cell::none, |it| Cell::of(word(&it), to_json(&it))),
                self.managers.cell(it.by),
                Cell::number(tries),
                it.next_planned.map_or_else(Cell::none, Cell::day),
                self.managers.cell(it.manager),
                it.event.map_or_else(Cell::none, |event| Cell::text(event.to_string())),
            ]
        };
        Sheet::new(columns).with(self.lines.iter().map(row))
    }

    fn page(&self) -> Page {
        let title = self.not_since.map_or_else(
            || "Last contact with each account".to_owned(),
            |day| format!("Accounts not contacted since {day}"),
        );
        let page = Page::titled(title, self.point.words()).gap();
        if self.lines.is_empty() {
            return page.line("None.");
        }
        let unplanned = self.lines.iter().filter(|it| it.next_planned.is_none()).count();
        let of = self.lines.len();
        page.sheet(self.sheet()).note(format!("{of} accounts, for {unplanned} nothing is planned."))
    }
}
