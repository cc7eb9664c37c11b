//! The text form of the instant at which a commit was recorded.
//!
//! Owns exactly one spelling, `2026-11-23T20:48:21.000001Z`. Knows no clock.
//!
//! *Invariant: printing and parsing are inverse; texts sort as the instants do.*

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

/// The first and the last instant that four digits of year can write, in microseconds.
const FIRST_MICROS: i64 = -62_167_219_200_000_000;
const LAST_MICROS: i64 = 253_402_300_799_999_999;

/// The instant for the next commit: what the clock shows, but later than `last`.
///
/// `None` when there is no later instant that can be written.
pub(crate) fn next(now: DateTime<Utc>, last: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
    let shown =
        DateTime::from_timestamp_micros(now.timestamp_micros().clamp(FIRST_MICROS, LAST_MICROS))?;
    let next = match last {
        Some(last) => shown.max(last.checked_add_signed(TimeDelta::microseconds(1))?),
        None => shown,
    };
    (next.timestamp_micros() <= LAST_MICROS).then_some(next)
}

pub(crate) fn to_text(instant: DateTime<Utc>) -> String {
    instant.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}

/// Parses by hand: a log of millions of commits is read often, and there is one spelling only.
pub(crate) fn from_text(text: &str) -> Option<DateTime<Utc>> {
    let bytes: &[u8; 27] = text.as_bytes().try_into().ok()?;
    for (at, mark) in [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':'), (19, b'.')] {
        if bytes.get(at) != Some(&mark) {
            return None;
        }
    }
    if bytes.last() != Some(&b'Z') {
        return None;
    }
    let number = |from: usize, to: usize| {
        bytes.get(from..to)?.iter().try_fold(0_u32, |sum, digit| {
            digit.is_ascii_digit().then(|| sum * 10 + u32::from(digit - b'0'))
        })
    };
    let year = i32::try_from(number(0, 4)?).ok()?;
    NaiveDate::from_ymd_opt(year, number(5, 7)?, number(8, 10)?)?
        .and_hms_micro_opt(number(11, 13)?, number(14, 16)?, number(17, 19)?, number(20, 26)?)
        .map(|instant| instant.and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_and_parses_one_spelling() {
        let text = "2026-11-23T20:48:21.000001Z";
        assert_eq!(to_text(from_text(text).unwrap()), text);
        for bad in [
            "2026-11-23T20:48:21Z",
            "2026-11-23 20:48:21.000001Z",
            "2026-02-30T20:48:21.000001Z",
            "2026-11-23T24:48:21.000001Z",
            "2026-11-23T20:48:21.000001+",
            "+026-11-23T20:48:21.000001Z",
        ] {
            assert_eq!(from_text(bad), None, "{bad}");
        }
        for micros in [FIRST_MICROS, -1, 0, LAST_MICROS] {
            let instant = DateTime::from_timestamp_micros(micros).unwrap();
            assert_eq!(from_text(&to_text(instant)), Some(instant));
        }
    }

    #[test]
    fn is_later_than_the_last_whatever_the_clock_shows() {
        let last = from_text("2026-11-23T20:48:21.000001Z").unwrap();
        let text = |now: &str| next(now.parse().unwrap(), Some(last)).map(to_text).unwrap();
        assert_eq!(text("2026-11-23T20:48:22.1234567Z"), "2026-11-23T20:48:22.123456Z");
        assert_eq!(text("2026-11-23T20:48:21.000001Z"), "2026-11-23T20:48:21.000002Z");
        assert_eq!(text("1999-01-01T00:00:00Z"), "2026-11-23T20:48:21.000002Z");
        let end = DateTime::from_timestamp_micros(LAST_MICROS);
        assert_eq!(next(last, end), None);
    }
}
