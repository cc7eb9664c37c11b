//! What is planned as a calendar file, RFC 5545, written by a library.
//!
//! An appointment keeps its identity (`UID`) for ever, and its `SEQUENCE` grows with all that is
//! told about it: a calendar that reads the file again moves what it has and doubles nothing. Notes
//! and the names of people stay in the log.

use chrono::{DateTime, TimeDelta, Utc};
use icalendar::{Calendar, Component as _, Event, EventStatus, Property};
use relatum_domain::event::activity::ActivityKind;
use relatum_projections::{Appointment, When};

/// Whose file it is.
const PRODUCT: &str = "-//relatum//relatum//EN";

/// The appointments as a calendar called `name`.
pub(crate) fn written(name: &str, appointments: &[Appointment]) -> String {
    let mut calendar = Calendar::empty();
    calendar.append_property(("VERSION", "2.0"));
    calendar.append_property(("PRODID", PRODUCT));
    calendar.append_property(("CALSCALE", "GREGORIAN"));
    calendar.append_property(("METHOD", "PUBLISH"));
    // No type is known of it, so nothing would be escaped.
    let plain = |it: char| it.is_alphanumeric() || " .-_".contains(it);
    let name: String = name.chars().filter(|it| plain(*it)).collect();
    calendar.append_property(("X-WR-CALNAME", name.as_str()));
    for it in appointments {
        calendar.push(whole(it));
        // What is off as a whole has no parts.
        for (planned, is) in it.moved.iter().filter(|_| !it.off) {
            let mut event = event(it, *is);
            event.append_property(on("RECURRENCE-ID", *planned));
            calendar.push(event.done());
        }
    }
    calendar.to_string()
}

/// What an appointment is as a whole.
fn whole(it: &Appointment) -> Event {
    let mut event = event(it, it.first);
    match (&it.rule, it.first.at) {
        (Some(rule), None) => drop(event.add_property("RRULE", rule.to_string())),
        (Some(rule), Some(_)) => drop(event.add_property("RRULE", format!("{rule:#}"))),
        (None, _) => {}
    }
    let excepted = if it.off { &[] } else { it.cancelled.as_slice() };
    for (key, all) in [("RDATE", it.others.as_slice()), ("EXDATE", excepted)] {
        for when in all {
            event.append_multi_property(on(key, *when));
        }
    }
    event.done()
}

fn event(it: &Appointment, when: When) -> Event {
    let mut event = Event::new();
    let line = |text: &str| text.replace('\r', "");
    event
        .uid(&format!("{}@relatum", it.activity))
        .summary(&format!("{}: {}", titled(it.kind), line(&it.account_name)))
        .sequence(it.sequence)
        .status(if it.off { EventStatus::Cancelled } else { EventStatus::Confirmed });
    if let Some(changed) = DateTime::<Utc>::from_timestamp_micros(it.changed.0) {
        event.timestamp(changed);
        event.last_modified(changed);
    }
    if let Some(purpose) = &it.purpose {
        event.description(&line(purpose));
    }
    event.append_property(on("DTSTART", when));
    let minutes = it.minutes.filter(|minutes| *minutes > 0);
    if let (Some(at), Some(minutes)) = (when.at, minutes) {
        let ends = at.checked_add_signed(TimeDelta::minutes(minutes.into()));
        event.append_property(on("DTEND", When { at: ends, ..when }));
    }
    event
}

/// A property that is a day, or an instant in UTC.
fn on(key: &str, when: When) -> Property {
    match when.at {
        Some(at) => Property::new(key, at.format("%Y%m%dT%H%M%SZ").to_string()),
        None => {
            let mut property = Property::new(key, when.day.format("%Y%m%d").to_string());
            property.add_parameter("VALUE", "DATE");
            property.done()
        }
    }
}

const fn titled(kind: ActivityKind) -> &'static str {
    match kind {
        ActivityKind::Call => "Call",
        ActivityKind::Visit => "Visit",
        ActivityKind::Meeting => "Meeting",
        ActivityKind::Training => "Training",
        ActivityKind::Merchandising => "Merchandising",
    }
}
