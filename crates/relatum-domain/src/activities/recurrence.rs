//! Recurrence rules, read and laid out by a library, on days.

use std::fmt;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeZone as _};
use rrule::{Frequency, RRule, RRuleError, RRuleSet, Tz, Unvalidated};

/// When something that recurs takes place: a rule of RFC 5545, section 3.3.10, on days.
///
/// Hours play no part: the rule says on which days, and an end (`UNTIL`) is a day.
///
/// # Example
/// ```
/// use chrono::NaiveDate;
/// use relatum_domain::activities::Recurrence;
/// let first = NaiveDate::from_ymd_opt(2026, 1, 5).unwrap();
/// let rule: Recurrence = "FREQ=WEEKLY;INTERVAL=2;COUNT=3".parse()?;
/// assert!(rule.ends());
/// let days: Vec<String> = rule.days(first).map(|day| day.to_string()).collect();
/// assert_eq!(days, ["2026-01-05", "2026-01-19", "2026-02-02"]);
/// # Ok::<(), relatum_domain::activities::RecurrenceError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recurrence(RRule<Unvalidated>);

/// Why a text is no rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{rule}` is no recurrence rule ({reason}); write one such as FREQ=WEEKLY;COUNT=10")]
pub struct RecurrenceError {
    /// What was given.
    pub rule: String,
    /// What is wrong with it.
    pub reason: String,
}

impl std::str::FromStr for Recurrence {
    type Err = RecurrenceError;

    fn from_str(text: &str) -> Result<Self, RecurrenceError> {
        let wrong = |reason: String| RecurrenceError { rule: text.to_owned(), reason };
        let rule: RRule<Unvalidated> =
            text.parse().map_err(|error: RRuleError| wrong(error.to_string()))?;
        if matches!(rule.get_freq(), Frequency::Hourly | Frequency::Minutely | Frequency::Secondly)
        {
            return Err(wrong("it recurs within a day".to_owned()));
        }
        let rule = match rule.get_until().copied() {
            Some(until) => {
                let day = at(until.date_naive());
                rule.until(day)
            }
            None => rule,
        };
        let rule = rule.by_hour(Vec::new()).by_minute(Vec::new()).by_second(Vec::new());
        let rule = Self(rule);
        match rule.set(FIRST) {
            Ok(_) => Ok(rule),
            Err(error) => Err(wrong(error.to_string())),
        }
    }
}

/// How many days of a rule are laid out at most: those of a century.
const MOST: usize = 36_525;

/// A day before every end that a rule may have.
const FIRST: NaiveDate = NaiveDate::MIN;

fn at(day: NaiveDate) -> DateTime<Tz> {
    Tz::UTC.from_utc_datetime(&day.and_time(NaiveTime::MIN))
}

impl Recurrence {
    /// Whether it ends, by a number of times or on a day.
    #[must_use]
    pub fn ends(&self) -> bool {
        self.0.get_count().is_some() || self.0.get_until().is_some()
    }

    /// Its days from `first` on, in order, at most those of a century; `first` is one of them only
    /// if the rule says so.
    ///
    /// There are none if the rule ends before, or if no calendar fulfils it: the library gives up
    /// after 100,000 candidates in a row.
    pub fn days(&self, first: NaiveDate) -> impl Iterator<Item = NaiveDate> + use<> {
        let set = self.set(first).ok();
        let days = set.into_iter().flat_map(|set| (&set).into_iter());
        days.map(|at| at.date_naive()).take(MOST)
    }

    fn set(&self, first: NaiveDate) -> Result<RRuleSet, RRuleError> {
        self.0.clone().build(at(first)).map(RRuleSet::limit)
    }
}

/// As RFC 5545 writes it beside a first occurrence that is a day; with `#`, beside one that is an
/// instant: its end is the last second of the day then, in UTC.
impl fmt::Display for Recurrence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = self.0.to_string();
        for (part, place) in all.split(';').zip(0_u32..) {
            let between = if place == 0 { "" } else { ";" };
            match (part.starts_with("UNTIL="), self.0.get_until()) {
                (true, Some(until)) => {
                    let time = if f.alternate() { "T235959Z" } else { "" };
                    write!(f, "{between}UNTIL={}{time}", until.format("%Y%m%d"))?;
                }
                _ => write!(f, "{between}{part}")?,
            }
        }
        Ok(())
    }
}
