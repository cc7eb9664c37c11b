//! Plans as a calendar file, read again by another implementation than the one that wrote it.

use std::collections::{BTreeMap, BTreeSet};

use calcard::icalendar::ICalendar;
use calcard::{Entry, Parser};
use chrono::{Days, NaiveDate};
use relatum::domain::event::activity::{
    ActivityCancelled, ActivityKind, ActivityPlanned, ActivityRescheduled,
};
use relatum::domain::{AccountId, ActivityId, Derived, EventBody, ManagerId};
use relatum::{ActivityState, AppointmentsOptions, AsOf, Engine, PlanOptions};

use crate::books::{account, clock, day, demo, event, fill, record, today};

fn read(text: &str) -> ICalendar {
    match Parser::new(text).entry() {
        Entry::ICalendar(calendar) => calendar,
        other => panic!("{other:?}"),
    }
}

fn wanted(account: AccountId, on: NaiveDate) -> AppointmentsOptions {
    let (from, to) = (on - Days::new(1_000), on + Days::new(300));
    AppointmentsOptions { from, to, account: Some(account), managers: Vec::new() }
}

/// The days of what takes place, by what the other implementation makes of the file.
fn days_of(text: &str) -> Vec<NaiveDate> {
    let calendar = read(text);
    let off: BTreeSet<u32> = (0..)
        .zip(&calendar.components)
        .filter(|(_, it)| {
            it.entries.iter().any(|it| {
                it.name.as_str() == "STATUS" && format!("{:?}", it.values).contains("Cancelled")
            })
        })
        .map(|(at, _)| at)
        .collect();
    let expanded = calendar.expand_dates(calcard::common::timezone::Tz::UTC, 5_000);
    assert!(expanded.errors.is_empty(), "{:?}", expanded.errors);
    let held = expanded.events.iter().filter(|it| !off.contains(&it.comp_id));
    let mut days: Vec<_> = held.map(|it| it.start.date_naive()).collect();
    days.sort_unstable();
    days
}

/// The days of the same, by the report.
fn planned(at: &AsOf, options: &AppointmentsOptions) -> Vec<NaiveDate> {
    let AppointmentsOptions { from, to, account, managers } = options.clone();
    let plan = at.plan(&PlanOptions { from, to, account, managers, states: Vec::new() }).unwrap();
    let takes_place = plan.iter().map(|it| &it.activity).filter(|it| it.planned.is_some());
    let takes_place = takes_place.filter(|it| it.state != ActivityState::Cancelled);
    let mut days: Vec<_> = takes_place.map(|it| it.held_on.unwrap_or(it.day)).collect();
    days.sort_unstable();
    days
}

#[test]
fn another_implementation_reads_the_plan_that_the_report_shows() {
    let clock = clock();
    let engine = Engine::builder().clock(clock.clone()).in_memory().unwrap();
    fill(&engine, &clock, &demo(40));
    let at = engine.as_of(today());
    let mut several = 0;
    for (account, _) in at.accounts().unwrap() {
        let options = wanted(account, today());
        let text = at.calendar("Anna", &options).unwrap();
        assert_eq!(days_of(&text), planned(&at, &options), "{text}");
        several += usize::from(text.contains("RRULE:"));
        assert_eq!(text, at.calendar("Anna", &options).unwrap(), "the same file for the same log");
        for line in text.lines() {
            assert!(line.len() <= 75, "folded: {line}");
        }
    }
    assert!(several > 0, "some plans recur");
}

fn weekly() -> ActivityPlanned {
    ActivityPlanned {
        activity: ActivityId::derived("test", "1"),
        kind: ActivityKind::Call,
        manager: ManagerId::derived("test", "1"),
        day: day(7),
        starts: None,
        minutes: Some(30),
        purpose: Some("prices; terms, and all\nthat".to_owned()),
        note: None,
        contacts: Vec::new(),
        recurrence: Some("FREQ=WEEKLY;UNTIL=20260205".to_owned()),
    }
}

fn told(engine: &Engine, number: u64, body: impl Into<EventBody>) {
    record(engine, 1, event(number, format!("told {number}"), body)).unwrap();
}

fn sequences(text: &str) -> BTreeMap<String, u32> {
    let unfolded = text.replace("\r\n ", "");
    let value = |key: &str| -> Vec<String> {
        let lines = unfolded.lines().filter_map(|line| line.strip_prefix(key));
        lines.map(str::to_owned).collect()
    };
    let sequences = value("SEQUENCE:");
    value("UID:").into_iter().zip(sequences.iter().map(|it| it.parse().unwrap())).collect()
}

#[test]
fn an_appointment_keeps_its_identity_and_counts_its_changes() {
    let engine = Engine::in_memory().unwrap();
    let options = wanted(account(1), day(10));
    let file = |on| engine.as_of(day(on)).calendar("Plan", &options).unwrap();
    let (activity, reason) = (ActivityId::derived("test", "1"), None);
    told(&engine, 1, weekly());
    let first = file(1);
    assert!(first.contains("RRULE:FREQ=WEEKLY;UNTIL=20260205\r\n"), "{first}");
    assert!(first.contains("SUMMARY:Call: "), "{first}");
    assert_eq!(days_of(&first), [7, 14, 21, 28, 35].map(day));

    let occurrence = Some(day(14));
    let starts = Some(day(16).and_hms_opt(9, 30, 0).unwrap().and_utc());
    let to = day(16);
    told(&engine, 2, ActivityRescheduled { activity, occurrence, day: to, starts, reason });
    let occurrence = Some(day(21));
    told(&engine, 3, ActivityCancelled { activity, occurrence, reason: None });
    let second = file(3);
    assert_eq!(days_of(&second), [7, 16, 28, 35].map(day));
    assert!(second.contains("RECURRENCE-ID;VALUE=DATE:20260115\r\n"), "{second}");
    assert!(second.contains("DTSTART:20260117T093000Z\r\n"), "{second}");

    let mut last = 0;
    for (text, on) in [(&first, 1), (&second, 3)] {
        let known = sequences(text);
        let (uid, sequence) = known.first_key_value().unwrap();
        assert_eq!((known.len(), uid.as_str()), (1, format!("{activity}@relatum").as_str()));
        assert!(*sequence >= last, "day {on}");
        last = *sequence + 1;
    }
    told(&engine, 4, ActivityCancelled { activity, occurrence: None, reason: None });
    let gone = file(4);
    assert_eq!(days_of(&gone), []);
    assert!(gone.contains("STATUS:CANCELLED"), "{gone}");
    assert_eq!(sequences(&gone).into_values().collect::<Vec<_>>(), [3]);
}

#[test]
fn a_timed_series_ends_with_its_last_day() {
    let engine = Engine::in_memory().unwrap();
    let starts = Some(day(7).and_hms_opt(8, 15, 0).unwrap().and_utc());
    told(&engine, 1, ActivityPlanned { starts, ..weekly() });
    let options = wanted(account(1), day(10));
    let text = engine.as_of(day(1)).calendar("Plan", &options).unwrap();
    assert!(text.contains("RRULE:FREQ=WEEKLY;UNTIL=20260205T235959Z\r\n"), "{text}");
    assert!(text.contains("DTSTART:20260108T081500Z\r\n"), "{text}");
    assert!(text.contains("DTEND:20260108T084500Z\r\n"), "{text}");
    assert_eq!(days_of(&text), [7, 14, 21, 28, 35].map(day));
}

#[test]
fn a_series_that_was_moved_as_a_whole_says_its_days() {
    let engine = Engine::in_memory().unwrap();
    let activity = ActivityId::derived("test", "1");
    told(&engine, 1, weekly());
    let (occurrence, starts, reason) = (None, None, None);
    told(&engine, 15, ActivityRescheduled { activity, occurrence, day: day(22), starts, reason });
    let options = wanted(account(1), day(10));
    let at = engine.as_of(day(16));
    let text = at.calendar("Plan", &options).unwrap();
    assert!(!text.contains("RRULE"), "{text}");
    assert_eq!(days_of(&text), [7, 14, 22, 29, 36].map(day));
    assert_eq!(planned(&at, &options), days_of(&text));
}
