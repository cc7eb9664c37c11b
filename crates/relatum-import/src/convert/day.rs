//! Days and instants as files write them.

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveDateTime, Utc};

use crate::file::Format;

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
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d");
    plausible(day.map_err(|_| "no day; in the mapping itself, write it like 2024-02-29")?)
}

/// The instant that `text` names by one of the format's patterns, or what is wrong with it.
pub(crate) fn instant(text: &str, format: &Format) -> Result<DateTime<Utc>, String> {
    let read = |pattern: &String| {
        if let Ok(instant) = DateTime::parse_from_str(text, pattern) {
            return Some(instant.to_utc());
        }
        let local = NaiveDateTime::parse_from_str(text, pattern).ok()?;
        local.and_local_timezone(format.offset).single().map(|instant| instant.to_utc())
    };
    let found = format.instants.iter().find_map(read);
    let instant = found.ok_or_else(|| wrong("instant", "instants", &format.instants))?;
    plausible(instant.date_naive())?;
    Ok(instant)
}

/// The instant in a mapping's own notation, RFC 3339.
pub(crate) fn plain_instant(text: &str) -> Result<DateTime<Utc>, String> {
    let instant = DateTime::parse_from_rfc3339(text);
    let advice = "no instant; in the mapping itself, write it like 2024-02-29T12:00:00Z";
    Ok(instant.map_err(|_| advice)?.to_utc())
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
