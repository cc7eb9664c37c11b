//! A pipeline: 8,800 opportunities, most of them decided.

use serde_json::Value;

use crate::program::{Book, amount, data, equal, lines_by, recomputed};

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

#[test]
fn what_agents_teams_offices_and_quarters_won_is_recomputed() {
    let book = Book::imported(MAPPING, SET);
    let expected = recomputed("crm_pipeline.py", &data(SET));
    let report = |by: &str| book.ask(&["report", "conversion", "--by", by, "--as-of", END]);
    let (managers, teams, quarters) = (report("manager"), report("team"), report("quarter"));
    let lead = |line: &Value| line["manager_name"].clone();
    let own = |line: &Value| line["name"].clone();
    let found = [
        ("agent", lines_by(&managers, lead)),
        ("lead", lines_by(&teams, lead)),
        ("office", lines_by(&teams, own)),
        ("quarter", lines_by(&quarters, own)),
    ];
    let mut compared = 0;
    for (what, ours) in &found {
        for line in expected.iter().filter(|line| line["what"] == *what) {
            let ours = &ours[&line["name"]];
            assert_eq!(ours["won"], line["won"], "{line}");
            assert_eq!(ours["lost"], line["lost"], "{line}");
            assert_eq!(ours["won_days"], line["won_days"], "{line}");
            let value = line["won_value"].to_string();
            assert!(equal(ours["won_value"].as_str().expect("an amount"), &value), "{line}");
            compared += 1;
        }
    }
    assert_eq!(compared, 30 + 6 + 3 + 4);
    let total = &quarters["totals"][0];
    assert_eq!((&total["won"], &total["win_rate_bp"]), (&4_238.into(), &6_315.into()));
    assert_eq!(total["mean_days_to_win"], "51.8");
}

#[test]
fn the_pipeline_of_any_day_is_recomputed() {
    let book = Book::imported(MAPPING, SET);
    let expected = recomputed("crm_pipeline.py", &data(SET));
    let days = expected.iter().filter(|line| line["what"] == "open");
    let mut compared = 0;
    for line in days {
        let on = line["on"].as_str().expect("a day");
        let report = book.ask(&["report", "pipeline", "--by", "stage", "--as-of", on]);
        let stages = lines_by(&report, |line| line["name"].clone());
        let Some(ours) = stages.get(&Value::from("Engaging")) else {
            assert_eq!(line["count"], 0, "{on}");
            continue;
        };
        assert_eq!(ours["chances"], line["count"], "{on}");
        assert!(equal(amount(&ours["value"]), &line["value"].to_string()), "{on}: {ours}");
        compared += 1;
    }
    assert!(compared >= 9, "{compared}");
}
