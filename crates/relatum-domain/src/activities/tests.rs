//! Rules and series, by example and day by day.

use std::collections::BTreeMap;

use chrono::{Datelike as _, Days, NaiveDate};
use proptest::prelude::*;

use super::{Recurrence, Series};
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

fn days(series: &Series<&str>, until: &str) -> Vec<String> {
    let open = series.occurrences(day(until)).into_iter().filter(|it| it.end.is_none());
    open.map(|it| it.day.format("%m-%d").to_string()).collect()
}

#[test]
fn a_series_moved_as_a_whole_keeps_its_distances_and_its_past() {
    let mut weekly = Series::new(day("01-05"), Some("FREQ=WEEKLY;COUNT=5"));
    weekly.end(Some(day("01-05")), day("01-05"), "held");
    // Nobody came on the 12th. From the 14th on: on Wednesdays.
    weekly.move_to(Some(day("01-26")), day("01-13"), day("01-27"));
    weekly.move_to(None, day("01-14"), day("01-21"));
    assert_eq!(days(&weekly, "12-31"), ["01-12", "01-21", "01-28", "02-04"]);
    weekly.end(Some(day("01-28")), day("01-28"), "held");
    weekly.move_to(None, day("01-22"), day("02-05"));
    assert_eq!(days(&weekly, "12-31"), ["01-12", "01-21", "02-05"]);
    weekly.stop(day("02-01"), "cancelled");
    assert_eq!(days(&weekly, "12-31"), ["01-12", "01-21"], "what was missed stays missed");
    assert!(weekly.has(day("01-28")) && !weekly.has(day("01-19")));
}

#[test]
fn what_is_held_without_a_day_is_the_last_that_was_due_or_else_the_next() {
    let mut weekly = Series::new(day("01-05"), Some("FREQ=WEEKLY;COUNT=4"));
    weekly.end(None, day("01-13"), "held");
    assert_eq!(days(&weekly, "12-31"), ["01-05", "01-19", "01-26"]);
    weekly.end(None, day("01-13"), "held");
    weekly.end(None, day("01-13"), "held");
    assert_eq!(days(&weekly, "12-31"), ["01-26"]);
    assert_eq!(weekly.ended(Some(day("01-19")), day("01-20")), Some(&"held"));
    assert_eq!(weekly.ended(Some(day("01-26")), day("01-20")), None);
}

#[test]
fn a_plan_that_does_not_recur_has_one_occurrence() {
    let mut visit = Series::new(day("02-10"), None);
    visit.move_to(Some(day("02-11")), day("02-01"), day("02-12"));
    assert_eq!(days(&visit, "12-31"), ["02-12"]);
    assert_eq!(days(&visit, "01-01"), ["02-12"], "it was moved, whatever the day");
    visit.stop(day("03-01"), "cancelled");
    assert_eq!(days(&visit, "12-31"), Vec::<String>::new());
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
        let mut series = Series::new(start, Some(&rule));
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
                series.end(Some(on), on, ());
            }
        }
        naive.retain(|on, over| *on <= until || *over);
        let found = series.occurrences(until);
        let found = found.into_iter().map(|it| (it.day, it.end.is_some()));
        let found: BTreeMap<_, _> = found.collect();
        prop_assert_eq!(found, naive);
    }
}
