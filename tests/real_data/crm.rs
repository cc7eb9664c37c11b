//! A pipeline: 8,800 opportunities, most of them decided.

use serde_json::Value;

use crate::program::{Book, amount, equal};

const MAPPING: &str = "crm-opportunities";
const SET: &str = "crm_sales_opportunities";
/// After the last day of the set.
const END: &str = "2018-12-31";

fn events(report: &Value, kind: &str) -> u64 {
    let lines = report["lines"].as_array().expect("lines");
    let line = lines.iter().find(|line| line["kind"] == kind);
    line.map_or(0, |line| line["events"].as_u64().expect("a count"))
}

#[test]
fn won_and_lost_come_to_what_the_file_says() {
    let book = Book::imported(MAPPING, SET);
    let report = book.ask(&["report", "book", "--as-of", END]);
    assert_eq!(events(&report, "opportunity_opened"), 8_800);
    let found = &report["opportunities"];
    assert_eq!((&found["won"], &found["decided"]), (&4_238.into(), &6_711.into()));
    assert_eq!(found["win_rate_bp"], 6_315, "4,238 of 6,711");
    assert!(equal(amount(&found["won_value"][0]), "10005534"), "{found}");
    book.check_that_again_adds_nothing(MAPPING, SET);
}

#[test]
fn rows_without_account_or_day_are_kept() {
    let book = Book::imported(MAPPING, SET);
    let report = book.ask(&["report", "book", "--as-of", END]);
    // Opportunities, none of them decided; the opening of the account that keeps them aside.
    assert_eq!(report["unassigned_events"], 1_425);
    // The day that the mapping states; one row has that day itself.
    let early = book.ask(&["report", "book", "--as-of", "2016-10-20"]);
    assert_eq!(events(&early, "opportunity_opened"), 501);
    let before = book.ask(&["report", "book", "--as-of", "2016-10-19"]);
    assert_eq!(events(&before, "opportunity_opened"), 0);
}

#[test]
fn a_misspelling_is_put_right_by_rule() {
    let book = Book::imported(MAPPING, SET);
    let log = book.ask(&["log", "show"]).to_string();
    assert!(!log.contains("GTXPro"));
    assert!(log.contains("GTX Pro"));
}
