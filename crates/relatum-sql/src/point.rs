//! From where a table looks, as SQL and options write it.
//!
//! *Invariant: a day alone as `known_at` is its end in UTC, as everywhere else.*

use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use relatum::log::{Cut, Seq};
use relatum::{AsOf, Engine, KnownAt};

use crate::error::SqlError;

/// A point on both axes of time.
#[derive(Debug, Clone)]
pub struct Point {
    /// The business day to look from.
    pub as_of: NaiveDate,
    /// What was known; everything that the log held when the book was taken up, unless it is said.
    pub known_at: Option<KnownAt>,
}

/// As it stands in the name of a table.
impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.as_of)?;
        match &self.known_at {
            None => Ok(()),
            Some(KnownAt::Instant(instant)) => write!(f, ", {instant:?}"),
            Some(KnownAt::Cut(cut)) => write!(f, ", @{}", cut.seq(0)),
        }
    }
}

impl Point {
    /// The book from there. Without a `known_at` of its own it knows what the log holds by `head`.
    pub(crate) fn of(&self, engine: &Engine, head: &Cut) -> Result<AsOf, SqlError> {
        let known_at = self.known_at.clone().unwrap_or_else(|| KnownAt::Cut(head.clone()));
        Ok(engine.as_of(self.as_of).known_at(known_at)?)
    }
}

/// A business day, such as `2026-03-31`.
pub(crate) fn day(text: &str) -> Result<NaiveDate, SqlError> {
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok();
    // `2026-1-2` parses; the form is one.
    day.filter(|day| day.to_string() == text).ok_or_else(|| SqlError::Point {
        text: text.to_owned(),
        form: "no day of the calendar; write it like '2026-03-31'",
    })
}

/// What was known: an instant, a day (its end, in UTC) or a position such as `@1234`.
pub(crate) fn known_at(text: &str) -> Result<KnownAt, SqlError> {
    let wrong = || SqlError::Point {
        text: text.to_owned(),
        form: "no instant, day or position; write it like '2026-03-31T17:30:00Z', '2026-03-31' \
               (its end, UTC) or '@1234'",
    };
    if let Some(seq) = text.strip_prefix('@') {
        let seq = seq.parse().map_err(|_| wrong())?;
        return Ok(KnownAt::Cut(Cut::single(Seq(seq))));
    }
    if let Ok(day) = day(text) {
        return end_of(day).map(KnownAt::Instant).ok_or_else(wrong);
    }
    let instant = DateTime::parse_from_rfc3339(text).map_err(|_| wrong())?;
    Ok(KnownAt::Instant(instant.to_utc()))
}

/// The last instant of a day.
pub(crate) fn end_of(day: NaiveDate) -> Option<DateTime<Utc>> {
    Some(day.and_hms_micro_opt(23, 59, 59, 999_999)?.and_utc())
}
