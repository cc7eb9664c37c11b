//! `relatum report plan`: what is planned, and what became of it.

use chrono::{Datelike as _, Days, NaiveDate};
use clap::{Args, ValueEnum};
use relatum::{ActivityState, PlanLine, PlanOptions};
use serde_json::{Value, json};

use super::figures::{Found, Whose};
use crate::failure::{Exit, Failure};
use crate::output::{Cell, Column, Page, Sheet, Shown, Tone, json as to_json};
use crate::people::Managers;
use crate::session::{Seen, Session};
use crate::values;
use crate::viewpoint::Viewpoint;

/// Calls, visits and other activities of a week: planned, held, cancelled, missed
#[derive(Debug, Args)]
pub(crate) struct Plan {
    /// The first day; the Monday of the week unless said otherwise
    #[arg(long, value_name = "DAY", value_parser = values::day)]
    from: Option<NaiveDate>,
    /// The last day; the sixth after the first unless said otherwise
    #[arg(long, value_name = "DAY", value_parser = values::day)]
    to: Option<NaiveDate>,
    /// Only what stands so; may be repeated
    #[arg(long, value_enum)]
    state: Vec<State>,
    #[command(flatten)]
    whose: Whose,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum State {
    Planned,
    Held,
    Cancelled,
    Missed,
}

impl State {
    const fn meant(self) -> ActivityState {
        match self {
            Self::Planned => ActivityState::Planned,
            Self::Held => ActivityState::Held,
            Self::Cancelled => ActivityState::Cancelled,
            Self::Missed => ActivityState::Missed,
        }
    }
}

/// The week in which a day lies, from Monday, where its first and last day are not given.
pub(crate) fn week_of(
    day: NaiveDate,
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
) -> (NaiveDate, NaiveDate) {
    let since_monday = Days::new(day.weekday().num_days_from_monday().into());
    let from = from.unwrap_or_else(|| day.checked_sub_days(since_monday).unwrap_or(day));
    let to = to.unwrap_or_else(|| from.checked_add_days(Days::new(6)).unwrap_or(from));
    (from, to)
}

impl Plan {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let Found { seen, account, manager, .. } = self.whose.find(session)?;
        let Seen { book, point, managers, .. } = seen;
        let (from, to) = week_of(point.day, self.from, self.to);
        let plan = book.plan(&PlanOptions {
            from,
            to,
            account,
            managers: manager.into_iter().collect(),
            states: self.state.into_iter().map(State::meant).collect(),
        })?;
        session.show(&Answer { plan, from, to, managers, point })?;
        Ok(Exit::Done)
    }
}

struct Answer {
    plan: Vec<PlanLine>,
    from: NaiveDate,
    to: NaiveDate,
    managers: Managers,
    point: Viewpoint,
}

/// How a state stands out.
pub(crate) const fn tone_of(state: ActivityState) -> Tone {
    match state {
        ActivityState::Planned => Tone::Plain,
        ActivityState::Held => Tone::Good,
        ActivityState::Cancelled => Tone::Faint,
        ActivityState::Missed => Tone::Warning,
    }
}

/// A name as programs write it, such as a state or a kind, for people.
pub(crate) fn word(name: &impl serde::Serialize) -> String {
    to_json(name).as_str().unwrap_or_default().replace('_', " ")
}

impl Shown for Answer {
    fn document(&self) -> Value {
        self.point.stamp(json!({ "from": self.from, "to": self.to, "plan": self.lines() }))
    }

    fn lines(&self) -> Vec<Value> {
        self.plan.iter().map(|it| self.managers.named(to_json(it))).collect()
    }

    fn sheet(&self) -> Sheet {
        let columns = vec![
            Column::text("day", "day"),
            Column::text("starts", "at (UTC)"),
            Column::text("kind", "kind"),
            Column::programs("account"),
            Column::text("account_name", "account"),
            Column::text("manager", "manager"),
            Column::text("state", "state"),
            Column::text("held_on", "held on"),
            Column::text("outcome", "outcome"),
            Column::number("minutes", "minutes"),
            Column::text("purpose", "purpose"),
            Column::programs("activity"),
            Column::programs("planned"),
            Column::programs("event"),
        ];
        let row = |it: &PlanLine| {
            let line = &it.activity;
            let starts = line.starts.map(|at| at.format("%H:%M").to_string());
            let held_on = line.held_on.filter(|day| *day != line.day);
            vec![
                Cell::day(line.day),
                Cell::of(starts.unwrap_or_default(), to_json(&line.starts)),
                Cell::of(word(&line.kind), to_json(&line.kind)),
                Cell::text(line.account.to_string()),
                Cell::text(it.account_name.as_str()),
                self.managers.cell(Some(line.manager)),
                Cell::of(word(&line.state), to_json(&line.state)).tone(tone_of(line.state)),
                Cell::of(
                    held_on.map(|day| day.to_string()).unwrap_or_default(),
                    to_json(&line.held_on),
                ),
                line.outcome.map_or_else(Cell::none, |it| Cell::of(word(&it), to_json(&it))),
                Cell::number(line.minutes.map(i64::from)),
                Cell::maybe(line.purpose.as_deref()),
                Cell::text(line.activity.to_string()),
                line.planned.map_or_else(Cell::none, Cell::day),
                Cell::text(line.event.to_string()),
            ]
        };
        Sheet::new(columns).with(self.plan.iter().map(row))
    }

    fn page(&self) -> Page {
        let title = format!("Plan from {} to {}", self.from, self.to);
        let page = Page::titled(title, self.point.words()).gap();
        if self.plan.is_empty() {
            return page.line("Nothing is planned and nothing was held.");
        }
        let of = |state| self.plan.iter().filter(|it| it.activity.state == state).count();
        page.sheet(self.sheet()).note(format!(
            "{} held, {} to come, {} missed, {} cancelled.",
            of(ActivityState::Held),
            of(ActivityState::Planned),
            of(ActivityState::Missed),
            of(ActivityState::Cancelled),
        ))
    }
}
