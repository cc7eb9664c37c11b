//! Days and instants as files write them.

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, Utc};

use crate::file::Format;
use crate::mapping::Found;

/// Years outside of which a date is rather a mistake in reading it.
const YEARS: std::ops::RangeInclusive<i32> = 1900..=2199;

/// The day that `text` names by one of the format's patterns, or what is wrong with it.
pub(crate) fn day(text: &str, format: &Format) -> Result<NaiveDate, String> {
    let read = |pattern: &String| NaiveDate::parse_from_str(text, pattern).ok();
    let found = format.days.iter().find_map(read);
    let day = found.ok_or_else(|| wrong("day", "days", &format.days))?;
    plausible(day)
}

/// The day in a mapping's own notation, `2024-02-29`.
pub(crate) fn plain_day(text: &str) -> Result<NaiveDate, String> {
    // A workbook has a time of day beside a day where somebody gave it one.
    let (day, _) = text.split_once('T').unwrap_or((text, ""));
    let day = NaiveDate::parse_from_str(day, "%Y-%m-%d");
    plausible(day.map_err(|_| "no day; in the mapping itself, write it like 2024-02-29")?)
}

/// The instant that `text` names by one of the format's patterns, or what is wrong with it.
pub(crate) fn instant(text: &str, format: &Format) -> Result<DateTime<Utc>, String> {
    let read = |pattern: &String| {
        if let Ok(instant) = DateTime::parse_from_str(text, pattern) {
            return Some(Ok(instant.to_utc()));
        }
        let local = NaiveDateTime::parse_from_str(text, pattern).ok()?;
        Some(format.on_clock(local))
    };
    let found = format.instants.iter().find_map(read);
    let instant = found.ok_or_else(|| wrong("instant", "instants", &format.instants))??;
    plausible(instant.date_naive())?;
    Ok(instant)
}

/// The day on which an instant or a day lies, by the calendar of the format's zone.
pub(crate) fn day_of(found: &Found<'_>, format: &Format) -> Result<NaiveDate, String> {
    let text = found.text();
    if let Found::Said(_) = found {
        if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
            return plausible(format.day_of(instant.to_utc()));
        }
        return plain_day(text);
    }
    match day(text, format) {
        Ok(day) => Ok(day),
        Err(reason) => match instant(text, format) {
            Ok(instant) => Ok(format.day_of(instant)),
            // Of the two, the one that was nearer to being read.
            Err(other) if format.instants.is_empty() || !text.contains(':') => {
                let _ = other;
                Err(reason)
            }
            Err(other) => Err(other),
        },
    }
}

/// The instant in a mapping's own notation, RFC 3339.
///
/// What a workbook has is a time on the clock of the format's zone, or a day: its first instant.
pub(crate) fn plain_instant(text: &str, format: &Format) -> Result<DateTime<Utc>, String> {
    if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
        return Ok(instant.to_utc());
    }
    let local = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f");
    let midnight =
        || NaiveDate::parse_from_str(text, "%Y-%m-%d").map(|day| day.and_time(NaiveTime::MIN));
    let advice = "no instant; in the mapping itself, write it like 2024-02-29T12:00:00Z";
    format.on_clock(local.or_else(|_| midnight()).map_err(|_| advice)?)
}

/// `day` and so many days on, or back where negative.
pub(crate) fn shifted(day: NaiveDate, days: i64) -> Option<NaiveDate> {
    let distance = Days::new(days.unsigned_abs());
    if days < 0 { day.checked_sub_days(distance) } else { day.checked_add_days(distance) }
}

fn wrong(what: &str, key: &str, patterns: &[String]) -> String {
    let patterns = patterns.join("` or `");
    format!("no {what} that there is, written as `{patterns}`; check `{key}` under `format`")
}

fn plausible(day: NaiveDate) -> Result<NaiveDate, String> {
    if YEARS.contains(&day.year()) {
        return Ok(day);
    }
    Err(format!("year {} is hardly meant; are two digits read as four?", day.year()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(days: &[&str]) -> Format {
        let days = days.iter().map(|pattern| (*pattern).to_owned()).collect();
        Format { days, ..Format::default() }
    }

    #[test]
    fn a_day_is_read_by_the_first_pattern_that_fits() {
        let format = format(&["%m/%d/%Y", "%Y-%m-%d %H:%M:%S"]);
        let expected = NaiveDate::from_ymd_opt(2013, 1, 2).unwrap();
        assert_eq!(day("1/2/2013", &format).unwrap(), expected);
        assert_eq!(day("2013-01-02 08:26:00", &format).unwrap(), expected);
    }

    #[test]
    fn days_that_do_not_exist_are_refused() {
        let format = format(&["%d.%m.%Y"]);
        assert_eq!(
            day("31.02.2024", &format).unwrap_err(),
            "no day that there is, written as `%d.%m.%Y`; check `days` under `format`"
        );
        assert!(day("29.02.2023", &format).is_err());
        assert!(day("01.01.24", &format).unwrap_err().contains("two digits"));
        assert!(day("01.01.2024 ", &format).is_err());
    }

    #[test]
    fn an_instant_takes_the_stated_offset() {
        let format = Format { offset: "+02:00".parse().unwrap(), ..Format::default() };
        let found = instant("2013-01-02 08:26:00", &format).unwrap();
        assert_eq!(found.to_rfc3339(), "2013-01-02T06:26:00+00:00");
        let found = instant("2013-01-02T08:26:00+05:00", &format).unwrap();
        assert_eq!(found.to_rfc3339(), "2013-01-02T03:26:00+00:00");
    }
}
