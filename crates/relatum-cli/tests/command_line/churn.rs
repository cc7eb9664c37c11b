//! Churn: from a risk to its terms and events, and the back-test with its plots.

use std::fs;

use serde_json::Value;

use crate::support::{Place, TODAY};

fn ask(place: &Place, words: &[&str]) -> Value {
    place.run(&[words, &["--as-of", TODAY, "--json"]].concat()).json()
}

#[test]
fn a_risk_is_explained_term_by_term_and_a_stake_day_by_day() {
    let place = Place::with_book();
    let report = ask(&place, &["report", "churn"]);
    let lines = report["lines"].as_array().expect("lines");
    let number = |of: &Value| of.as_i64().expect("a number");
    for line in lines.iter().filter(|it| !it["risk"].is_null()) {
        let risk = &line["risk"];
        let terms = risk["terms"].as_array().expect("terms");
        let sum: i64 = terms.iter().map(|it| number(&it["points_micro"])).sum();
        assert_eq!(sum, number(&risk["score_micro"]));
        assert_eq!(line["signals"].as_array().expect("signals").len(), 15);
    }
    let line = lines.iter().find(|it| !it["risk"].is_null()).expect("a risk");
    let (account, currency) = (&line["account"], &line["at_stake"]["currency"]);
    let (account, currency) = (account.as_str().unwrap(), currency.as_str().unwrap());
    let why = |column: &str| {
        let cell = format!("account:{account}/{currency}/{column}");
        ask(&place, &["report", "churn", "--explain", &cell])
    };
    let stake = why("at_stake");
    assert_eq!(stake["figure"], line["at_stake"]["amount"]);
    let score = why("score");
    let told = score["contributions"].as_array().expect("contributions");
    assert_eq!(told.len(), line["risk"]["terms"].as_array().unwrap().len());
    // Every event that a signal rests on is one of the log.
    let event = line["signals"][0]["evidence"][0].as_str().expect("an event");
    assert_eq!(place.run(&["log", "prove", event]).code, 0);
}

#[test]
fn the_book_of_the_demo_is_tested_and_drawn() {
    let place = Place::empty();
    let made = place.run(&["demo", "--today", TODAY]);
    assert_eq!(made.code, 0, "{made:?}");
    let test = ask(&place, &["churn", "backtest", "--plots", "drawn"]);
    assert_eq!(test["method"]["as_known_then"], true, "it is told as it happens");
    let basis = test["method"]["basis"].as_str().expect("a basis");
    assert!(basis.starts_with("as shipped"), "{basis}");
    assert_eq!(test["method"]["forecast"], "the score", "too few lapses to go by another");
    // These figures stand in docs/churn.md.
    let means: Vec<String> = test["method"]["areas"]
        .as_array()
        .expect("areas")
        .iter()
        .map(|it| format!("{} {:.3}", it[0].as_str().unwrap(), it[1].as_f64().unwrap()))
        .collect();
    assert_eq!(means, ["the score 0.830", "recency 0.693", "RFM 0.843", "base rate 0.500"]);
    for name in ["reliability", "lift", "area"] {
        let drawn = fs::read_to_string(place.path(&format!("drawn/{name}.svg"))).unwrap();
        assert!(drawn.starts_with("<svg") && drawn.contains("the score"), "{name}");
    }
    assert_eq!(fs::read_dir(place.path("drawn")).unwrap().count(), 3, "no part is left");
    let again = ask(&place, &["churn", "backtest"]);
    assert_eq!(again["comparisons"], test["comparisons"], "the same seed");
    let other = ask(&place, &["churn", "backtest", "--seed", "7"]);
    assert_ne!(other["comparisons"], test["comparisons"]);
    let early = place.run(&["churn", "backtest", "--as-of", "2020-01-01"]);
    assert!(early.out.contains("Nothing can be tested: insufficient data"), "{early:?}");
}

#[test]
fn what_cannot_be_is_refused_and_nothing_is_half_written() {
    let place = Place::with_book();
    for days in ["0", "-3", "4000", "many"] {
        let ran = place.run(&["report", "churn", "--horizon", days]);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{days}");
    }
    place.file("taken", "a file");
    let ran = place.run(&["churn", "backtest", "--plots", "taken", "--as-of", TODAY]);
    assert_eq!((ran.code, ran.out.as_str()), (4, ""), "{ran:?}");
    assert!(ran.err.contains("could not write taken"), "{ran:?}");
    let ran = place.run(&["report", "churn", "--explain", "total/EUR/score", "--as-of", TODAY]);
    assert_eq!(ran.code, 1, "scores of several accounts have no sum: {ran:?}");
}
