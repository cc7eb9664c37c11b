//! `relatum calendar`: plans out to a calendar, holidays in from one.

use std::path::PathBuf;

use chrono::{Datelike as _, Days, NaiveDate, Weekday};
use clap::{Args, Subcommand};
use relatum::domain::event::policy::CalendarStated;
use relatum::domain::{Actor, Event, EventBody, Source, TenantId, View, derive};
use relatum::{AppointmentsOptions, Proposal};
use relatum_import::{CalendarFile, Holidays};
use serde_json::{Value, json};

use crate::failure::{Exit, Failure};
use crate::output::{Cell, Column, Page, Sheet, Shown};
use crate::people;
use crate::session::{Seen, Session};
use crate::values;
use crate::viewpoint::{ViewArguments, today};

/// The verbs.
#[derive(Debug, Subcommand)]
pub(crate) enum Calendar {
    Export(Export),
    Holidays(HolidaysCommand),
}

impl Calendar {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        match self {
            Self::Export(it) => it.run(session),
            Self::Holidays(it) => it.run(session),
        }
    }
}

/// How far back and ahead a plan is exported unless said otherwise.
const DAYS_BACK: u64 = 28;
const DAYS_AHEAD: u64 = 366;

/// Print a plan as a calendar file (.ics)
///
/// Read again by a calendar, the file moves what is there, takes out what no longer stands and
/// doubles nothing. Notes and the names of people are not in it.
#[derive(Debug, Args)]
pub(crate) struct Export {
    /// Whose plan: an id, a code or a name; all plans unless given
    #[arg(long, value_name = "MANAGER")]
    manager: Option<String>,
    /// Only with this account: an id, an external id as system:id, or a name
    #[arg(long, value_name = "ACCOUNT")]
    account: Option<String>,
    /// The first day; 28 days ago unless said otherwise
    #[arg(long, value_name = "DAY", value_parser = values::day)]
    from: Option<NaiveDate>,
    /// The last day; a year ahead unless said otherwise
    #[arg(long, value_name = "DAY", value_parser = values::day)]
    to: Option<NaiveDate>,
    #[command(flatten)]
    view: ViewArguments,
}

impl Export {
    fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let Seen { book, point, managers, .. } = session.view(&self.view)?;
        let manager = self.manager.map(|text| managers.find(&text)).transpose()?;
        let account = self.account.map(|text| people::account(&book, &text)).transpose()?;
        let day = point.day;
        let back = || day.checked_sub_days(Days::new(DAYS_BACK)).unwrap_or(day);
        let ahead = || day.checked_add_days(Days::new(DAYS_AHEAD)).unwrap_or(day);
        let options = AppointmentsOptions {
            from: self.from.unwrap_or_else(back),
            to: self.to.unwrap_or_else(ahead),
            account,
            managers: manager.into_iter().collect(),
        };
        // A name is personal, and the file leaves the book.
        let name = manager.map_or_else(|| "relatum".to_owned(), |it| managers.argument(it));
        session.show(&File { text: book.calendar(&name, &options)?, name })?;
        Ok(Exit::Done)
    }
}

struct File {
    name: String,
    text: String,
}

impl Shown for File {
    fn document(&self) -> Value {
        json!({ "name": self.name, "calendar": self.text })
    }

    fn sheet(&self) -> Sheet {
        let columns = vec![Column::text("name", "name"), Column::text("calendar", "calendar")];
        Sheet::new(columns).with([vec![Cell::text(&self.name), Cell::text(&self.text)]])
    }

    fn page(&self) -> Page {
        Page::verbatim(&self.text)
    }
}

/// Record the days off of calendar files (.ics), for all that counts in days of work
///
/// What is recorded replaces the calendar in force from a day on: give the files of several years
/// at once.
#[derive(Debug, Args)]
pub(crate) struct HolidaysCommand {
    /// The files, as a calendar of holidays exports them
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// What the calendar is called, such as the place
    #[arg(long, value_name = "NAME")]
    name: String,
    /// Days of the week off, such as sat,sun
    #[arg(long, value_name = "DAYS", value_delimiter = ',', default_value = "sat,sun")]
    weekend: Vec<Weekday>,
    /// From which day on it holds; from the first of January of this year unless said otherwise
    #[arg(long, value_name = "DAY", value_parser = values::day)]
    from: Option<NaiveDate>,
}

impl HolidaysCommand {
    fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let from = self.from.or_else(|| NaiveDate::from_yo_opt(today().year(), 1));
        let from = from.unwrap_or_else(today);
        let mut texts = Vec::new();
        for path in &self.files {
            let path = path.display().to_string();
            let text = std::fs::read_to_string(&path)
                .map_err(|error| Failure::io(format!("read {path}"), error))?;
            texts.push((path, text));
        }
        let files = texts.iter().map(|(name, text)| CalendarFile { name, text });
        let files: Vec<CalendarFile<'_>> = files.collect();
        let Holidays { days: holidays, left_out } = Holidays::read(&files, from)
            .map_err(|error| Failure::new(Exit::Refused, error.to_string()))?;
        let calendar = CalendarStated { name: self.name, weekend: self.weekend, holidays };
        let engine = session.write()?;
        let in_force = engine.as_of(from).policies()?.calendar(&View::as_of(from));
        let stated = in_force.event.map(|event| engine.event(event)).transpose()?.flatten();
        let same = EventBody::CalendarStated(calendar.clone());
        let already = stated.is_some_and(|it| it.data.effective == from && it.data.body == same);
        if !already {
            // The same may be told again once another was in force in between.
            let before = in_force.event.map(|event| event.to_string()).unwrap_or_default();
            let id = derive("calendar", "ics", &format!("{from}/{before}/{calendar:?}"));
            let (actor, source) = (Actor::system("relatum"), Source::new("ics", id.to_string()));
            let event = Event::new(from, actor, source, calendar.clone());
            engine.record(Proposal::new(TenantId::own(), event))?;
        }
        session.show(&Recorded { from, calendar, left_out, already })?;
        Ok(Exit::Done)
    }
}

struct Recorded {
    from: NaiveDate,
    calendar: CalendarStated,
    left_out: Vec<String>,
    /// Whether it was in force before.
    already: bool,
}

impl Shown for Recorded {
    fn document(&self) -> Value {
        json!({
            "name": self.calendar.name,
            "from": self.from,
            "weekend": self.calendar.weekend,
            "holidays": self.calendar.holidays,
            "left_out": self.left_out,
            "already": self.already,
        })
    }

    fn sheet(&self) -> Sheet {
        let columns = vec![Column::text("day", "day"), Column::text("name", "holiday")];
        let row = |it: &relatum::domain::event::policy::Holiday| {
            vec![Cell::day(it.day), Cell::maybe(it.name.as_deref())]
        };
        Sheet::new(columns).with(self.calendar.holidays.iter().map(row))
    }

    fn page(&self) -> Page {
        let off: Vec<String> = self.calendar.weekend.iter().map(ToString::to_string).collect();
        let about = format!("from {} on, off on {}", self.from, off.join(" and "));
        let page = Page::titled(format!("Calendar {}", self.calendar.name), about);
        let page = page.gap().sheet(self.sheet());
        let page = if self.already { page.note("It was in force already.") } else { page };
        match self.left_out.as_slice() {
            [] => page,
            all => {
                page.note(format!("Left out, for they are of no whole days: {}.", all.join(", ")))
            }
        }
    }
}
