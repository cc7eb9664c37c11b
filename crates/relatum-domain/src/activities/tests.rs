//! Rules and series, by example and day by day.

use std::collections::BTreeMap;

use chrono::{Datelike as _, Days, NaiveDate};
use proptest::prelude::*;

use super::{Recurrence, Series, Told};
use crate::words::day;

fn laid_out(rule: &str, first: &str) -> Vec<String> {
    let rule: Recurrence = rule.parse().expect("a rule");
    rule.days(day(first)).take(5).map(|it| it.format("%m-%d").to_string()).collect()
}

#[test]
fn rules_are_laid_out_as_the_standard_says() {
    assert_eq!(laid_out("FREQ=WEEKLY;COUNT=3", "01-05"), ["01-05", "01-12", "01-19"]);
    assert_eq!(laid_out("RRULE:FREQ=DAILY;COUNT=2", "01-05"), ["01-05", "01-06"]);
    assert_eq!(laid_out("FREQ=WEEKLY;BYDAY=MO,TH;COUNT=3", "01-05"), ["01-05", "01-08", "01-12"]);
    assert_eq!(laid_out("FREQ=MONTHLY;BYDAY=-1FR;COUNT=2", "01-30"), ["01-30", "02-27"]);
    // The 31st: months without one have none.
    assert_eq!(laid_out("FREQ=MONTHLY;COUNT=3", "01-31"), ["01-31", "03-31", "05-31"]);
}

#[test]
fn the_end_of_a_rule_is_a_day_however_it_is_written() {
    for until in ["20260119", "20260119T000000Z", "20260119T103000Z", "20260119T103000"] {
        let rule = format!("FREQ=WEEKLY;UNTIL={until}");
        assert_eq!(laid_out(&rule, "01-05"), ["01-05", "01-12", "01-19"], "{until}");
    }
    // Whatever hour does not exist where this is read.
    assert_eq!(laid_out("FREQ=DAILY;UNTIL=20260906", "09-05"), ["09-05", "09-06"]);
    let over: Recurrence = "FREQ=WEEKLY;UNTIL=20250101".parse().expect("a rule");
    assert_eq!(over.days(day("01-05")).count(), 0);
    let never: Recurrence = "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=3".parse().expect("a rule");
    assert_eq!(never.days(day("01-05")).count(), 0);
}

#[test]
fn what_is_no_rule_says_so() {
    for (rule, reason) in [
        ("FREQ=NONSENSE", "not a valid frequency"),
        ("", "`FREQ`"),
        ("every week", ""),
        ("FREQ=HOURLY;COUNT=3", "recurs within a day"),
        ("FREQ=WEEKLY;BYMONTHDAY=77", "BYMONTHDAY"),
        ("FREQ=WEEKLY;BYDAY=1MO;COUNT=3", "needs MONTHLY"),
        ("FREQ=WEEKLY;COUNT=3;UNTIL=20270101", "both COUNT and UNTIL"),
        ("FREQ=WEEKLY;UNTIL=someday", "`someday` is no day"),
    ] {
        let error = rule.parse::<Recurrence>().expect_err(rule).to_string();
        assert!(error.starts_with(&format!("`{rule}` is no recurrence rule")), "{error}");
        assert!(error.contains(reason), "{error}");
    }
}

#[test]
fn a_rule_without_an_end_does_not_end() {
    let ends = |rule: &str| rule.parse::<Recurrence>().expect("a rule").ends();
    assert!(!ends("FREQ=WEEKLY"));
    assert!(ends("FREQ=WEEKLY;COUNT=4"));
    assert!(ends("FREQ=WEEKLY;UNTIL=20270101"));
}

#[test]
fn what_is_written_is_what_was_read() {
    for rule in [
        "FREQ=MONTHLY;BYDAY=1MO;COUNT=6",
        "FREQ=MONTHLY;BYDAY=-1FR,2TU",
        "FREQ=YEARLY;BYMONTH=11;BYDAY=4TH;UNTIL=20300101",
        "FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=TU,SU;COUNT=4",
        "FREQ=MONTHLY;BYMONTHDAY=-1;BYSETPOS=1",
        "RRULE:FREQ=DAILY;BYHOUR=8,9;COUNT=2",
        "freq=daily;until=20260901t080000z",
    ] {
        let read: Recurrence = rule.parse().expect(rule);
        for written in [read.to_string(), format!("{read:#}")] {
            let again: Recurrence = written.parse().expect(&written);
            let days = |it: &Recurrence| it.days(day("01-01")).take(40).collect::<Vec<_>>();
            assert_eq!(days(&again), days(&read), "{rule} is written as {written}");
        }
    }
}

#[test]
fn years_without_four_digits_have_no_days() {
    let rule: Recurrence = "FREQ=WEEKLY;BYDAY=MO,TU;COUNT=2".parse().expect("a rule");
    for first in [NaiveDate::MAX, NaiveDate::MIN] {
        assert_eq!(rule.days(first).count(), 0);
    }
    let rule: Recurrence = "FREQ=YEARLY;INTERVAL=5000".parse().expect("a rule");
    assert_eq!(rule.days(day("01-01")).count(), 2);
}

/// A plan that begins on a day, and what else is told of it.
fn series(
    first: &str,
    rule: Option<&str>,
    told: Vec<(&str, Told<&'static str>)>,
) -> Series<&'static str> {
    let (first, rule) = (day(first), rule.map(str::to_owned));
    let plan = (first, Told::Planned { first, rule, starts: None });
    let rest = told.into_iter().map(|(today, told)| (day(today), told));
    Series::told(std::iter::once(plan).chain(rest)).expect("planned")
}

fn moved(occurrence: &str, to: &str) -> Told<&'static str> {
    let occurrence = (!occurrence.is_empty()).then(|| day(occurrence));
    Told::Moved { occurrence, to: day(to), starts: None }
}

fn held(occurrence: &str) -> Told<&'static str> {
    let occurrence = (!occurrence.is_empty()).then(|| day(occurrence));
    Told::Ended { occurrence, how: "held" }
}

fn days(series: &Series<&str>, until: &str) -> Vec<String> {
    let open = series.occurrences(day(until)).into_iter().filter(|it| it.end.is_none());
    open.map(|it| it.day.format("%m-%d").to_string()).collect()
}

#[test]
fn a_series_moved_as_a_whole_keeps_its_distances_and_its_past() {
    let rule = Some("FREQ=WEEKLY;COUNT=5");
    // Nobody came on the 12th. From the 14th on: on Wednesdays.
    let mut told = vec![
        ("01-05", held("01-05")),
        ("01-13", moved("01-26", "01-27")),
        ("01-14", moved("", "01-21")),
    ];
    let weekly = series("01-05", rule, told.clone());
    assert_eq!(days(&weekly, "12-31"), ["01-12", "01-21", "01-28", "02-04"]);
    told.extend([("01-28", held("01-28")), ("01-22", moved("", "02-05"))]);
    let weekly = series("01-05", rule, told.clone());
    assert_eq!(days(&weekly, "12-31"), ["01-12", "01-21", "02-05"]);
    told.push(("02-01", Told::Stopped("cancelled")));
    let weekly = series("01-05", rule, told);
    assert_eq!(days(&weekly, "12-31"), ["01-12", "01-21"], "what was missed stays missed");
    assert!(weekly.has(day("01-28")) && !weekly.has(day("01-19")));
}

#[test]
fn a_series_moved_to_before_what_is_over_is_there_all_the_same() {
    let told = vec![
        ("01-05", held("01-05")),
        ("01-12", held("01-12")),
        ("01-14", Told::Ended { occurrence: Some(day("01-19")), how: "cancelled" }),
        ("01-14", moved("", "01-16")),
    ];
    let weekly = series("01-05", Some("FREQ=WEEKLY;COUNT=4"), told);
    assert_eq!(days(&weekly, "01-18"), ["01-16"]);
    assert!(weekly.has(day("01-16")));
    assert_eq!(weekly.next(day("01-14")), Some(day("01-16")));
    assert_eq!(weekly.before(day("01-19")), Some(day("01-16")));
}

#[test]
fn the_next_one_is_still_to_come_and_there_is_none_after_the_end() {
    let rule = Some("FREQ=WEEKLY;COUNT=3");
    let told = vec![("01-04", moved("01-05", "01-08")), ("01-04", moved("01-12", "01-04"))];
    let weekly = series("01-05", rule, told);
    assert_eq!(weekly.next(day("01-05")), Some(day("01-05")));
    assert_eq!(weekly.next(day("01-06")), Some(day("01-19")), "one was moved, one is missed");
    assert_eq!(weekly.next(day("01-20")), None);
    let stopped = series("01-05", rule, vec![("01-06", Told::Stopped("cancelled"))]);
    assert_eq!(stopped.next(day("01-06")), None);
}

#[test]
fn what_was_moved_to_a_day_that_has_passed_stays_there() {
    let told = vec![("01-06", moved("01-19", "01-08")), ("01-09", moved("", "01-13"))];
    let weekly = series("01-05", Some("FREQ=WEEKLY;COUNT=4"), told);
    assert_eq!(days(&weekly, "12-31"), ["01-05", "01-13", "01-08", "01-27"]);
}

#[test]
fn what_is_held_without_a_day_is_the_last_that_was_due_or_else_the_next() {
    let rule = Some("FREQ=WEEKLY;COUNT=4");
    let once = vec![("01-13", held(""))];
    assert_eq!(days(&series("01-05", rule, once.clone()), "12-31"), ["01-05", "01-19", "01-26"]);
    let thrice = series("01-05", rule, [once.clone(), once.clone(), once].concat());
    assert_eq!(days(&thrice, "12-31"), ["01-26"]);
    assert_eq!(thrice.ended(day("01-19")), Some(&"held"));
    assert_eq!(thrice.ended(day("01-26")), None);
}

#[test]
fn a_plan_that_does_not_recur_has_one_occurrence() {
    let mut told = vec![("02-01", moved("02-11", "02-12"))];
    let visit = series("02-10", None, told.clone());
    assert_eq!(days(&visit, "12-31"), ["02-12"]);
    assert_eq!(days(&visit, "01-01"), ["02-12"], "it was moved, whatever the day");
    told.push(("03-01", Told::Stopped("cancelled")));
    assert_eq!(days(&series("02-10", None, told), "12-31"), Vec::<String>::new());
}

#[test]
fn an_instant_goes_with_its_day_wherever_that_is() {
    // Nine in the morning of the 15th in Sydney is of the 14th in UTC.
    let at = |on: &str, hour| day(on).and_hms_opt(hour, 0, 0).expect("a time").and_utc();
    let first = day("01-15");
    let rule = Some("FREQ=WEEKLY;COUNT=4".to_owned());
    let plan = (first, Told::Planned { first, rule, starts: Some(at("01-14", 22)) });
    let to_five = Told::Moved {
        occurrence: Some(day("01-22")),
        to: day("01-23"),
        starts: Some(at("01-23", 6)),
    };
    let told: Vec<(NaiveDate, Told<()>)> = vec![
        plan,
        (first, to_five),
        // Moved again without an instant: at the time of the plan.
        (first, Told::Moved { occurrence: Some(day("01-22")), to: day("01-24"), starts: None }),
        // From the 29th on at another time.
        (
            day("01-29"),
            Told::Moved { occurrence: None, to: day("01-30"), starts: Some(at("01-30", 1)) },
        ),
    ];
    let starts = |told: &[(NaiveDate, Told<()>)]| -> Vec<_> {
        let series = Series::told(told.to_vec()).expect("planned");
        assert_eq!(series.rule(), None, "by a rule in UTC it would be on Wednesdays");
        series.occurrences(day("12-31")).into_iter().filter_map(|it| it.starts).collect()
    };
    let (fifth, early) = ([at("01-14", 22), at("01-23", 6)], [at("01-28", 22), at("02-04", 22)]);
    assert_eq!(starts(&told[..2]), [fifth, early].concat());
    let again = [at("01-14", 22), at("01-23", 22), at("01-30", 1), at("02-06", 1)];
    assert_eq!(starts(&told), again);
}

proptest! {
    /// Against every day of the year looked at by itself.
    #[test]
    fn weekly_rules_are_what_every_day_says(
        first in 0..200_u64,
        interval in 1..4_u64,
        count in 1..20_usize,
        until in 0..360_u64,
        ended in prop::collection::vec(0..360_u64, 0..6),
    ) {
        let start = day("01-01") + Days::new(first);
        let until = day("01-01") + Days::new(until);
        let rule = format!("FREQ=WEEKLY;INTERVAL={interval};COUNT={count}");
        let plan = Told::Planned { first: start, rule: Some(rule), starts: None };
        let mut told = vec![(start, plan)];
        let mut naive: BTreeMap<NaiveDate, bool> = BTreeMap::new();
        let mut at = start;
        while naive.len() < count {
            let weeks = (at - start).num_weeks().unsigned_abs();
            if at.weekday() == start.weekday() && weeks.is_multiple_of(interval) {
                naive.insert(at, false);
            }
            at = at + Days::new(1);
        }
        for offset in ended {
            let on = day("01-01") + Days::new(offset);
            if let Some(over) = naive.get_mut(&on) {
                *over = true;
                told.push((on, Told::Ended { occurrence: Some(on), how: () }));
            }
        }
        naive.retain(|on, over| *on <= until || *over);
        let series = Series::told(told).expect("planned");
        let found = series.occurrences(until);
        let found = found.into_iter().map(|it| (it.day, it.end.is_some()));
        let found: BTreeMap<_, _> = found.collect();
        prop_assert_eq!(found, naive);
    }
}
