//! Both axes of time: what held on a day, and what was known at an instant.

use serde_json::Value;

use crate::support::{Place, TODAY, invoice, payment};

fn run_json(place: &Place, arguments: &[&str]) -> Value {
    place.run(&[arguments, &["--json"]].concat()).json()
}

#[test]
fn a_report_of_the_past_differs_by_what_was_known_then() {
    let place = Place::with_book();
    let then = "2026-06-30";
    let now = run_json(&place, &["report", "aging", "--as-of", TODAY]);
    let past = run_json(&place, &["report", "aging", "--as-of", then]);
    let known = run_json(&place, &["report", "aging", "--as-of", then, "--known-at", then]);
    assert_ne!(now["totals"], past["totals"]);
    assert_eq!(past["known_at"], Value::Null);
    assert_eq!(known["known_at"], "2026-06-30T23:59:59.999999Z");
    let book = |known: &[&str]| {
        let report = run_json(&place, &[&["report", "book", "--as-of", then], known].concat());
        let lines = report["lines"].as_array().unwrap().clone();
        lines.iter().map(|line| line["events"].as_u64().unwrap()).sum::<u64>()
    };
    let (all, some) = (book(&[]), book(&["--known-at", then]));
    assert!(some < all, "what was recorded late is not known yet: {some} of {all}");
    let told = place.run(&["report", "aging", "--as-of", then, "--known-at", then]).out;
    assert!(
        told.starts_with(
            "Receivables by age · as of 2026-06-30, known at 2026-06-30T23:59:59.999999Z"
        ),
        "{told}"
    );
}

#[test]
fn a_position_is_a_point_in_time_too() {
    let place = Place::empty();
    assert_eq!(place.run_with_input(&["log", "append"], invoice(1, 119_000)).code, 0);
    assert_eq!(place.run_with_input(&["log", "append"], payment(1, 19_000)).code, 0);
    let open = |arguments: &[&str]| {
        let report = run_json(&place, &[&["report", "aging"], arguments].concat());
        report["totals"][0]["total"]["amount"].as_str().map(str::to_owned)
    };
    assert_eq!(open(&["--as-of", TODAY]).as_deref(), Some("1000.00"));
    assert_eq!(open(&["--as-of", TODAY, "--known-at", "@1"]).as_deref(), Some("1190.00"));
    assert_eq!(open(&["--as-of", "2026-03-10"]).as_deref(), Some("1190.00"));
    assert_eq!(open(&["--as-of", "2026-03-01"]), None);
    assert_eq!(open(&["--as-of", TODAY, "--known-at", "@0"]), None);
    place
        .run(&["report", "aging", "--known-at", "@3"])
        .fails(1, "error: 3 is after the end of the log at 2");
    let both = [invoice(2, 100), invoice(3, 100)].concat();
    assert_eq!(place.run_with_input(&["log", "append"], both).code, 0);
    place
        .run(&["report", "aging", "--known-at", "@3"])
        .fails(1, "error: 3 is within the commit from 3 to 4; take 2 or 4");
}

#[test]
fn every_report_takes_both() {
    let place = Place::with_book();
    for command in [
        &["worklist"][..],
        &["account", "list"],
        &["account", "show", "Hallmecke Werke"],
        &["account", "history", "Hallmecke Werke"],
        &["report", "aging"],
        &["report", "aging", "--items"],
        &["report", "quota"],
        &["report", "churn"],
        &["report", "book"],
        &["report", "flags"],
    ] {
        let points = ["--as-of", "2026-03-31", "--known-at", "2026-03-31T12:00:00Z"];
        let told = place.run(&[command, &points].concat());
        assert_eq!(told.code, 0, "{command:?}: {told:?}");
        let heading = told.out.lines().next().unwrap_or_default();
        assert!(
            heading.contains(" · as of 2026-03-31, known at 2026-03-31T12:00:00Z"),
            "{command:?}: {heading}"
        );
        let document = run_json(&place, &[command, &points].concat());
        assert_eq!(document["as_of"], "2026-03-31", "{command:?}");
        assert_eq!(document["known_at"], "2026-03-31T12:00:00Z", "{command:?}");
    }
}
