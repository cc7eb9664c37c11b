//! Days off, from a calendar file.

use chrono::{Datelike as _, NaiveDate};
use icalendar::{Calendar, CalendarComponent, Component as _, DatePerhapsTime, Event, EventStatus};
use relatum_domain::activities::Recurrence;
use relatum_domain::event::policy::Holiday;

/// Days off that a calendar file tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holidays {
    /// By day; of several on one day the first.
    pub days: Vec<Holiday>,
    /// What is of no whole days and was left out, by name.
    pub left_out: Vec<String>,
}

/// Why a calendar file tells no holidays.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HolidaysError {
    /// It is no calendar file.
    #[error("`{file}` is no calendar file (RFC 5545): {reason}")]
    Form {
        /// The file.
        file: String,
        /// What the library says.
        reason: String,
    },
    /// A rule by which a holiday recurs cannot be read.
    #[error("`{file}`, `{name}`: {reason}")]
    Rule {
        /// The file.
        file: String,
        /// The holiday's name.
        name: String,
        /// What is wrong with its rule.
        reason: String,
    },
    /// It tells no day.
    #[error("`{file}` tells no whole day from {from} on; say with --from from which day it holds")]
    None {
        /// The file.
        file: String,
        /// From which day on one was looked for.
        from: NaiveDate,
    },
}

/// The text of a calendar file, and what it is called.
#[derive(Debug, Clone, Copy)]
pub struct CalendarFile<'a> {
    /// What it is called.
    pub name: &'a str,
    /// What is in it.
    pub text: &'a str,
}

/// How long what recurs is laid out.
const YEARS: i32 = 10;

impl Holidays {
    /// The days off from `from` on that calendar files tell.
    ///
    /// Every event of whole days is one, to the day before its end. One that recurs is laid out
    /// for ten years. What was cancelled is none, of a series too.
    ///
    /// # Errors
    /// In check order: [`Form`](HolidaysError::Form), [`Rule`](HolidaysError::Rule), of the first
    /// file that has one; [`None`](HolidaysError::None).
    ///
    /// # Example
    /// ```
    /// use relatum_import::{CalendarFile, Holidays};
    /// let text = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\n\
    ///             DTSTART;VALUE=DATE:20261225\r\nDTEND;VALUE=DATE:20261227\r\n\
    ///             SUMMARY:Christmas\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    /// let file = CalendarFile { name: "berlin.ics", text };
    /// let from = chrono::NaiveDate::from_ymd_opt(2026, 1, 1).unwrap();
    /// let days = Holidays::read(&[file], from)?.days;
    /// let days: Vec<String> = days.iter().map(|it| it.day.to_string()).collect();
    /// assert_eq!(days, ["2026-12-25", "2026-12-26"]);
    /// # Ok::<(), relatum_import::HolidaysError>(())
    /// ```
    pub fn read(files: &[CalendarFile<'_>], from: NaiveDate) -> Result<Self, HolidaysError> {
        let mut found = Self { days: Vec::new(), left_out: Vec::new() };
        for CalendarFile { name, text } in files {
            // The library shows the place on lines of its own.
            let form = |reason: String| {
                let reason = reason.split_whitespace().collect::<Vec<_>>().join(" ");
                HolidaysError::Form { file: (*name).to_owned(), reason }
            };
            let calendar: Calendar = text.parse().map_err(form)?;
            if calendar.property_value("VERSION").is_none() && calendar.components.is_empty() {
                return Err(form("it has no VCALENDAR".to_owned()));
            }
            let events = calendar.components.iter().filter_map(|it| match it {
                CalendarComponent::Event(event) => Some(event),
                _ => None,
            });
            let events: Vec<&Event> = events.collect();
            for event in &events {
                found.take(name, event, &events, from)?;
            }
        }
        found.days.retain(|it| it.day >= from);
        found.days.sort_by_key(|it| it.day);
        found.days.dedup_by_key(|it| it.day);
        match (found.days.is_empty(), files) {
            (true, files) => {
                let files: Vec<&str> = files.iter().map(|it| it.name).collect();
                Err(HolidaysError::None { file: files.join(", "), from })
            }
            (false, _) => Ok(found),
        }
    }

    fn take(
        &mut self,
        file: &str,
        event: &Event,
        all: &[&Event],
        from: NaiveDate,
    ) -> Result<(), HolidaysError> {
        if event.get_status() == Some(EventStatus::Cancelled) {
            return Ok(());
        }
        let name = event.get_summary().map(str::to_owned);
        let called = || name.clone().unwrap_or_else(|| "nameless".to_owned());
        let Some(DatePerhapsTime::Date(first)) = event.get_start() else {
            self.left_out.push(called());
            return Ok(());
        };
        let mut starts = vec![first];
        if let Some(rule) = event.property_value("RRULE") {
            let rule: Recurrence = rule.parse().map_err(|error| HolidaysError::Rule {
                file: file.to_owned(),
                name: called(),
                reason: format!("{error}"),
            })?;
            let last = from.year().max(first.year()).saturating_add(YEARS);
            starts.extend(rule.days(first).take_while(|day| day.year() < last));
        }
        starts.extend(days_of(event, "RDATE"));
        let mut except = days_of(event, "EXDATE");
        // What stands for one of a series stands in its place.
        if event.property_value("RECURRENCE-ID").is_none() {
            let uid = event.get_uid();
            let parts = all.iter().filter(|it| uid.is_some() && it.get_uid() == uid);
            except.extend(parts.flat_map(|it| days_of(it, "RECURRENCE-ID")));
        }
        starts.retain(|day| !except.contains(day));
        let length = length(event, first);
        for start in starts {
            let days = start.iter_days().take(length);
            self.days.extend(days.map(|day| Holiday { day, name: name.clone(), share: None }));
        }
        Ok(())
    }
}

/// The days of a property that may stand several times and hold several.
fn days_of(event: &Event, key: &str) -> Vec<NaiveDate> {
    let one = event.properties().get(key).into_iter();
    let all = one.chain(event.multi_properties().get(key).into_iter().flatten());
    let days = all.flat_map(|it| it.value().split(','));
    days.filter_map(|it| NaiveDate::parse_from_str(it.get(..8)?, "%Y%m%d").ok()).collect()
}

/// How many days an event takes: to its end, or as long as it says; else one.
fn length(event: &Event, first: NaiveDate) -> usize {
    let days = match event.get_end() {
        Some(DatePerhapsTime::Date(end)) => (end - first).num_days(),
        _ => {
            let said = event.property_value("DURATION").and_then(|it| it.strip_prefix('P'));
            let weeks = said.and_then(|it| it.strip_suffix('W')?.parse::<i64>().ok());
            let days = said.and_then(|it| it.strip_suffix('D')?.parse::<i64>().ok());
            days.or_else(|| weeks?.checked_mul(7)).unwrap_or(1)
        }
    };
    usize::try_from(days.clamp(1, 366)).unwrap_or(1)
}
