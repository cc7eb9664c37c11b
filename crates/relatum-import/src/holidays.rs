//! Days off, from a calendar file.

use chrono::{Datelike as _, Days, NaiveDate};
use icalendar::{Calendar, CalendarComponent, Component as _, DatePerhapsTime, Event, EventStatus};
use relatum_domain::activities::Recurrence;
use relatum_domain::event::policy::Holiday;

/// How many years a holiday that recurs is laid out for.
const YEARS: i32 = 10;

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
    #[error("`{file}` has no event of whole days; was it exported from a calendar of holidays?")]
    None {
        /// The file.
        file: String,
    },
}

impl Holidays {
    /// The days off that the text of a calendar file tells; `file` is what it is called.
    ///
    /// Every event of whole days is one, from its first day to the one before its end. One that
    /// recurs is laid out for ten years. What was cancelled is none.
    ///
    /// # Errors
    /// In check order: [`Form`](HolidaysError::Form), [`Rule`](HolidaysError::Rule),
    /// [`None`](HolidaysError::None).
    ///
    /// # Example
    /// ```
    /// use relatum_import::Holidays;
    /// let text = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\n\
    ///             DTSTART;VALUE=DATE:20261225\r\nDTEND;VALUE=DATE:20261227\r\n\
    ///             SUMMARY:Christmas\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    /// let days = Holidays::read("berlin.ics", text)?.days;
    /// let days: Vec<String> = days.iter().map(|it| it.day.to_string()).collect();
    /// assert_eq!(days, ["2026-12-25", "2026-12-26"]);
    /// # Ok::<(), relatum_import::HolidaysError>(())
    /// ```
    pub fn read(file: &str, text: &str) -> Result<Self, HolidaysError> {
        // The library shows the place on lines of its own.
        let form = |reason: String| {
            let words = reason.split_whitespace().collect::<Vec<_>>().join(" ");
            HolidaysError::Form { file: file.to_owned(), reason: words }
        };
        let calendar: Calendar = text.parse().map_err(form)?;
        if calendar.property_value("VERSION").is_none() && calendar.components.is_empty() {
            return Err(form("it has no VCALENDAR".to_owned()));
        }
        let mut found = Self { days: Vec::new(), left_out: Vec::new() };
        for component in &calendar.components {
            if let CalendarComponent::Event(event) = component {
                found.take(file, event)?;
            }
        }
        found.days.sort_by_key(|it| it.day);
        found.days.dedup_by_key(|it| it.day);
        if found.days.is_empty() {
            return Err(HolidaysError::None { file: file.to_owned() });
        }
        Ok(found)
    }

    fn take(&mut self, file: &str, event: &Event) -> Result<(), HolidaysError> {
        if event.get_status() == Some(EventStatus::Cancelled) {
            return Ok(());
        }
        let name = event.get_summary().map(str::to_owned);
        let called = || name.clone().unwrap_or_else(|| "nameless".to_owned());
        let Some(DatePerhapsTime::Date(first)) = event.get_start() else {
            self.left_out.push(called());
            return Ok(());
        };
        let length = match event.get_end() {
            Some(DatePerhapsTime::Date(end)) => (end - first).num_days().clamp(1, 366),
            _ => 1,
        };
        let listed = |key: &str| -> Vec<NaiveDate> {
            let one = event.properties().get(key).into_iter();
            let all = one.chain(event.multi_properties().get(key).into_iter().flatten());
            let days = all.flat_map(|it| it.value().split(','));
            days.filter_map(|it| NaiveDate::parse_from_str(it.get(..8)?, "%Y%m%d").ok()).collect()
        };
        let mut starts = vec![first];
        if let Some(rule) = event.property_value("RRULE") {
            let rule: Recurrence = rule.parse().map_err(|error| HolidaysError::Rule {
                file: file.to_owned(),
                name: called(),
                reason: format!("{error}"),
            })?;
            let last = first.year().saturating_add(YEARS);
            starts.extend(rule.days(first).take_while(|day| day.year() < last));
        }
        starts.extend(listed("RDATE"));
        let except = listed("EXDATE");
        starts.retain(|day| !except.contains(day));
        for start in starts {
            let days = start.iter_days().take(usize::try_from(length).unwrap_or(1));
            self.days.extend(days.map(|day| Holiday { day, name: name.clone(), share: None }));
        }
        Ok(())
    }

    /// The first day of the year of the first one.
    #[must_use]
    pub fn begin(&self) -> Option<NaiveDate> {
        let first = self.days.first()?.day;
        first.checked_sub_days(Days::new(first.ordinal0().into()))
    }
}
