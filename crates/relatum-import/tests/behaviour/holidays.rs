//! Days off, from a calendar file.

use chrono::NaiveDate;
use proptest::prelude::*;
use relatum_import::{CalendarFile, Holidays, HolidaysError};

fn file(events: &str) -> String {
    let text = format!("BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n{events}END:VCALENDAR\n");
    text.replace('\n', "\r\n")
}

fn event(lines: &str) -> String {
    format!("BEGIN:VEVENT\nUID:{}\n{lines}\nEND:VEVENT\n", lines.len())
}

fn read(text: &str) -> Result<Holidays, HolidaysError> {
    read_from(text, "2026-01-01")
}

fn read_from(text: &str, from: &str) -> Result<Holidays, HolidaysError> {
    Holidays::read(&[CalendarFile { name: "a.ics", text }], from.parse().unwrap())
}

fn days(events: &str) -> Vec<(String, Option<String>)> {
    let found = read(&file(events)).unwrap();
    found.days.into_iter().map(|it| (it.day.to_string(), it.name)).collect()
}

fn named(days: &[(&str, &str)]) -> Vec<(String, Option<String>)> {
    days.iter().map(|(day, name)| ((*day).to_owned(), Some((*name).to_owned()))).collect()
}

#[test]
fn whole_days_are_days_off_to_the_one_before_the_end() {
    let one = event("DTSTART;VALUE=DATE:20260501\nSUMMARY:Labour Day");
    let bare = event("DTSTART:20260101\nSUMMARY:New Year");
    let three =
        event("DTSTART;VALUE=DATE:20261224\nDTEND;VALUE=DATE:20261227\nSUMMARY:Christm\n as");
    let off = event("DTSTART;VALUE=DATE:20260606\nSTATUS:CANCELLED\nSUMMARY:Off");
    let found = days(&[one, bare, three, off].concat());
    let expected = [
        ("2026-01-01", "New Year"),
        ("2026-05-01", "Labour Day"),
        ("2026-12-24", "Christmas"),
        ("2026-12-25", "Christmas"),
        ("2026-12-26", "Christmas"),
    ];
    assert_eq!(found, named(&expected));
}

#[test]
fn what_recurs_is_laid_out_for_ten_years_but_for_its_exceptions() {
    let yearly = "DTSTART;VALUE=DATE:20260106\nRRULE:FREQ=YEARLY\nSUMMARY:Kings\n\
                  EXDATE;VALUE=DATE:20270106,20290106\nRDATE;VALUE=DATE:20260707";
    let found = days(&event(yearly));
    let years = [2026, 2028, 2030, 2031, 2032, 2033, 2034, 2035];
    let mut expected: Vec<String> = years.iter().map(|it| format!("{it}-01-06")).collect();
    expected.insert(1, "2026-07-07".to_owned());
    assert_eq!(found.into_iter().map(|it| it.0).collect::<Vec<_>>(), expected);
    // The fourth Thursday of November.
    let rule = "DTSTART;VALUE=DATE:20261126\nRRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH;COUNT=2\n\
                SUMMARY:Thanks";
    assert_eq!(days(&event(rule)), named(&[("2026-11-26", "Thanks"), ("2027-11-25", "Thanks")]));
}

#[test]
fn what_recurs_since_long_is_laid_out_from_the_day_on_which_it_is_wanted() {
    let yearly = event("DTSTART;VALUE=DATE:19900101\nRRULE:FREQ=YEARLY\nSUMMARY:New Year");
    let found = read_from(&file(&yearly), "2026-06-01").unwrap().days;
    let years: Vec<String> = found.iter().map(|it| it.day.to_string()).collect();
    assert_eq!(
        (years.len(), years[0].as_str(), years[8].as_str()),
        (9, "2027-01-01", "2035-01-01")
    );
}

#[test]
fn one_of_a_series_may_be_moved_or_called_off() {
    let uid = "UID:king\n";
    let series = "DTSTART;VALUE=DATE:20260427\nRRULE:FREQ=YEARLY;COUNT=3\nSUMMARY:King's Day";
    let moved =
        "DTSTART;VALUE=DATE:20270426\nRECURRENCE-ID;VALUE=DATE:20270427\nSUMMARY:King's Day";
    let off = "DTSTART;VALUE=DATE:20280427\nRECURRENCE-ID;VALUE=DATE:20280427\nSTATUS:CANCELLED";
    let events = [series, moved, off].map(|it| format!("BEGIN:VEVENT\n{uid}{it}\nEND:VEVENT\n"));
    let expected = [("2026-04-27", "King's Day"), ("2027-04-26", "King's Day")];
    assert_eq!(days(&events.concat()), named(&expected));
}

#[test]
fn an_event_may_say_how_long_it_is() {
    let three = event("DTSTART;VALUE=DATE:20261224\nDURATION:P3D\nSUMMARY:Christmas");
    assert_eq!(days(&three).len(), 3);
    let week = event("DTSTART;VALUE=DATE:20261224\nDURATION:P1W\nSUMMARY:Winter");
    assert_eq!(days(&week).len(), 7);
}

#[test]
fn what_is_of_no_whole_day_is_left_out_by_name() {
    let party = event("DTSTART:20261224T120000Z\nDTEND:20261224T180000Z\nSUMMARY:Party");
    let day = event("DTSTART;VALUE=DATE:20261225\nSUMMARY:Christmas");
    let found = read(&file(&[party.clone(), day].concat())).unwrap();
    assert_eq!((found.days.len(), found.left_out), (1, vec!["Party".to_owned()]));
    let from = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap();
    let none = read(&file(&party)).unwrap_err();
    assert_eq!(none, HolidaysError::None { file: "a.ics".to_owned(), from });
}

#[test]
fn a_file_that_is_none_says_so_with_its_name() {
    for text in ["", "junk", "day,name\n2026-01-01,New Year\n"] {
        let error = read(text).unwrap_err().to_string();
        assert!(error.starts_with("`a.ics` "), "{error}");
    }
    let rule = event("DTSTART;VALUE=DATE:20261126\nRRULE:FREQ=SOMETIMES\nSUMMARY:Thanks");
    let error = read(&file(&rule)).unwrap_err().to_string();
    assert!(error.starts_with("`a.ics`, `Thanks`: `FREQ=SOMETIMES` is no rec"), "{error}");
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,200}", lines in prop::collection::vec(
        prop_oneof![
            Just("BEGIN:VCALENDAR"), Just("END:VCALENDAR"), Just("BEGIN:VEVENT"),
            Just("END:VEVENT"), Just("DTSTART;VALUE=DATE:20260101"), Just("DTSTART:99999999"),
            Just("DTEND;VALUE=DATE:19000101"), Just("RRULE:FREQ=DAILY"), Just("SUMMARY:\\n"),
            Just("EXDATE:2026\u{301}0101"), Just("RDATE:"), Just(" folded"), Just("VERSION:2.0"),
        ], 0..14)) {
        let _ = read(&text);
        let text = lines.join("\r\n");
        if let Ok(found) = read(&text) {
            prop_assert!(found.days.is_sorted_by_key(|it| it.day));
        }
    }
}
