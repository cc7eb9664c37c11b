//! Sales, quotas, pay and the pipeline, as the program answers for them.

use serde_json::Value;

use crate::support::{Place, TODAY};

#[test]
fn every_report_on_selling_answers_in_every_form() {
    let place = Place::with_book();
    let reports: &[&[&str]] = &[
        &["week", "--manager", "M-1"],
        &["report", "sales", "--by", "group"],
        &["report", "sales", "--by", "team", "--manager", "M-1"],
        &["report", "returns", "--by", "product"],
        &["report", "clients"],
        &["report", "orders", "--all"],
        &["report", "orders", "--late"],
        &["report", "contracts", "--within", "200"],
        &["report", "quota", "--running"],
        &["report", "quota", "--paid-at", "2026-11-01"],
        &["report", "pay"],
        &["report", "pay", "--manager", "M-1"],
        &["report", "pipeline", "--by", "month"],
        &["report", "pipeline", "--open"],
        &["report", "waterfall"],
        &["report", "conversion", "--by", "reason"],
        &["report", "forecast"],
    ];
    for report in reports {
        for form in [&[][..], &["--json"], &["--jsonl"], &["--csv"]] {
            let ran = place.run(&[form, report, &["--as-of", TODAY]].concat());
            assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{form:?} {report:?}");
            assert!(form != ["--json"] || ran.json()["as_of"] == TODAY, "{report:?}");
        }
        let page = place.run(&[report, &["--as-of", TODAY][..]].concat()).out;
        assert!(page.contains(&format!("as of {TODAY}")), "{page}");
    }
}

#[test]
fn what_a_quota_shows_is_explained_and_sums_up() {
    let place = Place::with_book();
    let ask = |words: &[&str]| place.run(&[words, &["--as-of", TODAY, "--json"]].concat()).json();
    let report = ask(&["report", "quota", "--running"]);
    let line = &report["lines"][0];
    let event = line["event"].as_str().expect("an event");
    let cell = format!("event:{event}/EUR/attained");
    let why = ask(&["report", "quota", "--explain", &cell]);
    assert_eq!(why["figure"], line["attained"]["amount"]);
    let contributions = why["contributions"].as_array().expect("contributions");
    assert!(!contributions.is_empty());
    // Pay of the same manager and period names the same events.
    let manager = line["manager"].as_str().expect("a manager");
    let pay = ask(&["report", "pay", "--manager", manager]);
    let items = pay.pointer("/statement/parts/0/items").and_then(Value::as_array).expect("items");
    let paid: Vec<&Value> = items.iter().map(|it| &it["event"]).collect();
    for it in contributions {
        assert!(paid.contains(&&it["event"]), "{it}");
    }
}

#[test]
fn who_is_not_known_is_refused_by_name() {
    let place = Place::with_book();
    let ran = place.run(&["report", "quota", "--team", "Nowhere", "--as-of", TODAY]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.err.contains("Nowhere"), "{}", ran.err);
    let ran = place.run(&["week", "--manager", "M-99", "--as-of", TODAY]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.err.contains("M-99"), "{}", ran.err);
}
