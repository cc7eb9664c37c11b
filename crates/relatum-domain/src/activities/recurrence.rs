//! Recurrence rules, read and laid out by a library, on days.

use std::fmt;

use chrono::{DateTime, Datelike as _, NaiveDate, NaiveTime, TimeZone as _};
use rrule::{Frequency, NWeekday, RRule, RRuleError, RRuleSet, Tz, Unvalidated};

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
pub struct Recurrence {
    rule: RRule<Unvalidated>,
    /// What was given, but for hours and the end: the library does not write all that it reads.
    parts: Vec<String>,
    until: Option<NaiveDate>,
}

/// Why a text is no rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{rule}` is no recurrence rule ({reason}); write one such as FREQ=WEEKLY;COUNT=10")]
pub struct RecurrenceError {
    /// What was given.
    pub rule: String,
    /// What is wrong with it.
    pub reason: String,
}

/// How many days of a rule are laid out at most: those of a century.
const MOST: usize = 36_525;

impl std::str::FromStr for Recurrence {
    type Err = RecurrenceError;

    fn from_str(text: &str) -> Result<Self, RecurrenceError> {
        let wrong = |reason: String| RecurrenceError { rule: text.to_owned(), reason };
        let given = text.trim();
        let given = given.strip_prefix("RRULE:").unwrap_or(given);
        let (mut parts, mut until) = (Vec::new(), None);
        for part in given.split(';') {
            let key = part.split_once('=').map_or(part, |(key, _)| key).to_ascii_uppercase();
            match (key.as_str(), part.split_once('=')) {
                // The end is a day, wherever this is read: of an instant the date counts.
                ("UNTIL", Some((_, end))) => {
                    let day = end.get(..8).map(|day| NaiveDate::parse_from_str(day, "%Y%m%d"));
                    let day = day.and_then(Result::ok);
                    until = Some(day.ok_or_else(|| wrong(format!("`{end}` is no day")))?);
                }
                ("BYHOUR" | "BYMINUTE" | "BYSECOND", _) => {}
                _ => parts.push(part.to_owned()),
            }
        }
        let end = until.map(|day| format!(";UNTIL={}T000000Z", day.format("%Y%m%d")));
        let plain = format!("{}{}", parts.join(";"), end.unwrap_or_default());
        let rule: RRule<Unvalidated> =
            plain.parse().map_err(|error: RRuleError| wrong(error.to_string()))?;
        let within = [Frequency::Hourly, Frequency::Minutely, Frequency::Secondly];
        if within.contains(&rule.get_freq()) {
            return Err(wrong("it recurs within a day".to_owned()));
        }
        if rule.get_count().is_some() && until.is_some() {
            return Err(wrong("it has both COUNT and UNTIL".to_owned()));
        }
        let ordinal = rule.get_by_weekday().iter().any(|it| matches!(it, NWeekday::Nth(..)));
        if ordinal && !matches!(rule.get_freq(), Frequency::Monthly | Frequency::Yearly) {
            return Err(wrong("a numbered day of the week needs MONTHLY or YEARLY".to_owned()));
        }
        let rule = Self { rule, parts, until };
        match rule.set(NaiveDate::MIN) {
            Ok(_) => Ok(rule),
            Err(error) => Err(wrong(error.to_string())),
        }
    }
}

fn at(day: NaiveDate) -> DateTime<Tz> {
    Tz::UTC.from_utc_datetime(&day.and_time(NaiveTime::MIN))
}

impl Recurrence {
    /// Whether it ends, by a number of times or on a day.
    #[must_use]
    pub fn ends(&self) -> bool {
        self.rule.get_count().is_some() || self.until.is_some()
    }

    /// Its days from `first` on, in order, at most those of a century; `first` is one of them only
    /// if the rule says so.
    ///
    /// There are none if the rule ends before, if no calendar fulfils it (the library gives up
    /// after 100,000 candidates in a row), or in years that have no four digits.
    pub fn days(&self, first: NaiveDate) -> impl Iterator<Item = NaiveDate> + use<> {
        let years = 1..=9_999;
        let set = self.set(first).ok().filter(|_| years.contains(&first.year()));
        let days = set.into_iter().flat_map(|set| (&set).into_iter());
        days.map(|at| at.date_naive()).take_while(move |day| years.contains(&day.year())).take(MOST)
    }

    fn set(&self, first: NaiveDate) -> Result<RRuleSet, RRuleError> {
        self.rule.clone().build(at(first)).map(RRuleSet::limit)
    }
}

/// As RFC 5545 writes it beside a first occurrence that is a day; with `#`, beside one that is an
/// instant: its end is the last second of the day then, in UTC.
impl fmt::Display for Recurrence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.parts.join(";"))?;
        let time = if f.alternate() { "T235959Z" } else { "" };
        self.until.map_or(Ok(()), |day| write!(f, ";UNTIL={}{time}", day.format("%Y%m%d")))
    }
}
