//! Days off, from a calendar file.

use proptest::prelude::*;
use relatum_import::{Holidays, HolidaysError};

fn file(events: &str) -> String {
    let text = format!("BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n{events}END:VCALENDAR\n");
    text.replace('\n', "\r\n")
}

fn event(lines: &str) -> String {
    format!("BEGIN:VEVENT\nUID:{}\n{lines}\nEND:VEVENT\n", lines.len())
}

fn days(events: &str) -> Vec<(String, Option<String>)> {
    let read = Holidays::read("a.ics", &file(events)).unwrap();
    read.days.into_iter().map(|it| (it.day.to_string(), it.name)).collect()
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
fn what_is_of_no_whole_day_is_left_out_by_name() {
    let party = event("DTSTART:20261224T120000Z\nDTEND:20261224T180000Z\nSUMMARY:Party");
    let day = event("DTSTART;VALUE=DATE:20261225\nSUMMARY:Christmas");
    let read = Holidays::read("a.ics", &file(&[party.clone(), day].concat())).unwrap();
    assert_eq!((read.days.len(), read.left_out), (1, vec!["Party".to_owned()]));
    let none = Holidays::read("a.ics", &file(&party)).unwrap_err();
    assert_eq!(none, HolidaysError::None { file: "a.ics".to_owned() });
}

#[test]
fn a_file_that_is_none_says_so_with_its_name() {
    for text in ["", "junk", "day,name\n2026-01-01,New Year\n"] {
        let error = Holidays::read("a.ics", text).unwrap_err().to_string();
        assert!(error.starts_with("`a.ics` "), "{error}");
    }
    let rule = event("DTSTART;VALUE=DATE:20261126\nRRULE:FREQ=SOMETIMES\nSUMMARY:Thanks");
    let error = Holidays::read("a.ics", &file(&rule)).unwrap_err().to_string();
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
        let _ = Holidays::read("a.ics", &text);
        let text = lines.join("\r\n");
        if let Ok(read) = Holidays::read("a.ics", &text) {
            prop_assert!(read.days.is_sorted_by_key(|it| it.day));
        }
    }
}
