//! Values on the command line: how they are written, and what is said when they are not.

use chrono::{DateTime, NaiveDate, Utc};
use relatum::KnownAt;
use relatum::domain::{Currency, Family, Rate};
use relatum::log::{Cut, Position, Seq};
use serde::Deserialize as _;

/// A day, such as `2026-11-23`.
pub(crate) fn day(text: &str) -> Result<NaiveDate, String> {
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok();
    // `2026-1-2` parses; the form is one.
    day.filter(|day| day.to_string() == text)
        .ok_or_else(|| format!("`{text}` is no day of the calendar; write it like 2026-11-23"))
}

/// How many days a risk looks ahead: from a day to ten years.
pub(crate) fn horizon(text: &str) -> Result<u32, String> {
    let days = text.parse().ok().filter(|days| (1..=3_653).contains(days));
    days.ok_or_else(|| format!("`{text}` days are none to look ahead; write 1 to 3653, like 91"))
}

/// A rate of a currency, such as `USD=0.92`.
pub(crate) fn closing_rate(text: &str) -> Result<(Currency, Rate), String> {
    let wrong = || format!("`{text}` is no rate of a currency; write it like USD=0.92");
    let (code, rate) = text.split_once('=').ok_or_else(wrong)?;
    let code = code.parse().map_err(|error| format!("{error}"))?;
    Ok((code, rate.parse().map_err(|_| wrong())?))
}

/// A point on the axis of what was known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Known {
    /// At an instant.
    At(DateTime<Utc>),
    /// Up to a place in the log.
    UpTo(Seq),
}

impl From<&Known> for KnownAt {
    fn from(known: &Known) -> Self {
        match known {
            Known::At(instant) => Self::Instant(*instant),
            Known::UpTo(seq) => Self::Cut(Cut::single(*seq)),
        }
    }
}

/// An instant as it is shown everywhere.
pub(crate) fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
}

impl std::fmt::Display for Known {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::At(at) => f.write_str(&instant(*at)),
            Self::UpTo(seq) => write!(f, "@{seq}"),
        }
    }
}

/// An instant, a day (its end, in UTC) or a position such as `@1234`.
pub(crate) fn known(text: &str) -> Result<Known, String> {
    let wrong = || {
        format!(
            "`{text}` is no instant, day or position; write it like 2026-11-23T17:30:00Z, \
             2026-11-23 (its end, UTC) or @1234"
        )
    };
    if let Some(position) = text.strip_prefix('@') {
        return position.parse().map(|seq| Known::UpTo(Seq(seq))).map_err(|_| wrong());
    }
    if let Ok(day) = day(text) {
        let last = day.and_hms_micro_opt(23, 59, 59, 999_999).ok_or_else(wrong)?;
        return Ok(Known::At(last.and_utc()));
    }
    let instant = DateTime::parse_from_rfc3339(text).map_err(|_| wrong())?;
    Ok(Known::At(instant.to_utc()))
}

/// A currency, by its code.
pub(crate) fn currency(text: &str) -> Result<Currency, String> {
    text.parse().map_err(|error: relatum::domain::AmountError| error.to_string())
}

/// A family of events, such as `settlement`.
pub(crate) fn family(text: &str) -> Result<Family, String> {
    let from = serde::de::value::StrDeserializer::<serde::de::value::Error>::new(text);
    Family::deserialize(from).map_err(|_| {
        let mut known: Vec<String> = Vec::new();
        for entry in relatum::domain::VOCABULARY {
            let name = family_name(entry.family);
            if !known.contains(&name) {
                known.push(name);
            }
        }
        format!("`{text}` is no family of events; there are {}", known.join(", "))
    })
}

/// The name of a family, as it is written.
pub(crate) fn family_name(family: Family) -> String {
    match serde_json::to_value(family) {
        Ok(serde_json::Value::String(name)) => name,
        _ => String::new(),
    }
}

/// An event type, such as `invoice_issued`.
pub(crate) fn event_type(text: &str) -> Result<String, String> {
    relatum::domain::EventType::named(text)
        .map(|entry| entry.name.to_owned())
        .ok_or_else(|| format!("`{text}` is no event type; `relatum schema` lists them"))
}

/// The last days of aging buckets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bounds(pub(crate) Vec<i32>);

/// The last days of aging buckets, such as `0,30,60,90,120`.
pub(crate) fn bounds(text: &str) -> Result<Bounds, String> {
    let bounds: Result<Vec<i32>, _> = text.split(',').map(|bound| bound.trim().parse()).collect();
    bounds.map(Bounds).map_err(|_| {
        format!("`{text}` are no last days of buckets; write them like 0,30,60,90,120")
    })
}

/// A place in the log, from 1.
pub(crate) fn position(text: &str) -> Result<Position, String> {
    let seq = text.trim_start_matches('@').parse().ok().filter(|seq| *seq > 0);
    seq.map(Position::of)
        .ok_or_else(|| format!("`{text}` is no position; write a number from 1, such as 1234"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_that_is_not_in_the_calendar_is_named_with_the_form() {
        assert!(day("2024-02-29").is_ok());
        for wrong in ["2026-02-31", "2026-1-2", "31.02.2026", ""] {
            assert_eq!(
                day(wrong).unwrap_err(),
                format!("`{wrong}` is no day of the calendar; write it like 2026-11-23")
            );
        }
    }

    #[test]
    fn known_at_is_an_instant_a_day_or_a_position() {
        let shown = |text| known(text).map(|known| known.to_string());
        assert_eq!(shown("2026-11-23").unwrap(), "2026-11-23T23:59:59.999999Z");
        assert_eq!(shown("2026-11-23T10:00:00+02:00").unwrap(), "2026-11-23T08:00:00Z");
        assert_eq!(shown("@12").unwrap(), "@12");
        assert!(shown("@x").is_err() && shown("yesterday").is_err());
    }

    #[test]
    fn a_family_is_written_as_in_the_schema() {
        assert_eq!(family("settlement").unwrap(), Family::Settlement);
        assert!(family("money").unwrap_err().contains("account, organisation, policy"));
    }
}
