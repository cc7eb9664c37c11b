//! What is planned as a calendar file, RFC 5545, written by a library.
//!
//! An appointment keeps its identity (`UID`) for ever, and its `SEQUENCE` grows with all that is
//! told about it: a calendar that reads the file again moves what it has and doubles nothing. Notes
//! and the names of people stay in the log.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use icalendar::{Calendar, Component as _, Event, EventStatus, Property};
use relatum_domain::event::activity::ActivityKind;
use relatum_projections::Appointment;

/// Whose file it is.
const PRODUCT: &str = "-//relatum//relatum//EN";

/// The appointments as a calendar called `name`.
pub(crate) fn written(name: &str, appointments: &[Appointment]) -> String {
    let mut calendar = Calendar::empty();
    calendar.append_property(("VERSION", "2.0"));
    calendar.append_property(("PRODID", PRODUCT));
    calendar.append_property(("CALSCALE", "GREGORIAN"));
    calendar.append_property(("METHOD", "PUBLISH"));
    calendar.name(name);
    for it in appointments {
        calendar.push(whole(it));
        for exception in &it.moved {
            let mut event = event(it, exception.day, exception.time);
            event.append_property(on("RECURRENCE-ID", exception.planned, it.time));
            calendar.push(event.done());
        }
    }
    calendar.to_string()
}

/// What an appointment is as a whole.
fn whole(it: &Appointment) -> Event {
    let mut event = event(it, it.first, it.time);
    match (&it.rule, it.time) {
        (Some(rule), None) => drop(event.add_property("RRULE", rule.to_string())),
        (Some(rule), Some(_)) => drop(event.add_property("RRULE", format!("{rule:#}"))),
        (None, _) => {}
    }
    let mut list = |key: &str, days: &[NaiveDate]| {
        for day in days {
            event.append_multi_property(on(key, *day, it.time));
        }
    };
    list("RDATE", &it.days);
    if !it.off {
        list("EXDATE", &it.cancelled);
    }
    event.done()
}

fn event(it: &Appointment, day: NaiveDate, time: Option<NaiveTime>) -> Event {
    let mut event = Event::new();
    event
        .uid(&format!("{}@relatum", it.activity))
        .summary(&format!("{}: {}", titled(it.kind), it.account_name))
        .sequence(it.sequence)
        .status(if it.off { EventStatus::Cancelled } else { EventStatus::Confirmed });
    if let Some(changed) = DateTime::<Utc>::from_timestamp_micros(it.changed.0) {
        event.timestamp(changed);
        event.last_modified(changed);
    }
    if let Some(purpose) = &it.purpose {
        event.description(purpose);
    }
    event.append_property(on("DTSTART", day, time));
    if let (Some(time), Some(minutes)) = (time, it.minutes) {
        let ends = day.and_time(time).checked_add_signed(TimeDelta::minutes(minutes.into()));
        if let Some(ends) = ends {
            event.append_property(on("DTEND", ends.date(), Some(ends.time())));
        }
    }
    event
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

/// A property that is a day, or an instant in UTC.
fn on(key: &str, day: NaiveDate, time: Option<NaiveTime>) -> Property {
    match time {
        Some(time) => {
            let at = day.and_time(time).format("%Y%m%dT%H%M%SZ");
            Property::new(key, at.to_string())
        }
        None => {
            let mut property = Property::new(key, day.format("%Y%m%d").to_string());
            property.add_parameter("VALUE", "DATE");
            property.done()
        }
    }
}
