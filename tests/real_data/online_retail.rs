//! Scale: 541,909 lines of 25,900 invoices, a quarter of the lines without a customer.

use serde_json::Value;

use crate::program::{Book, amount, data, equal, lines_by, recomputed};

const MAPPING: &str = "online-retail";
const SET: &str = "online_retail";
const END: &str = "2011-12-31";

#[test]
fn lines_become_orders_returns_and_adjustments() {
    let book = Book::imported(MAPPING, SET);
    assert_eq!(book.import["rows_read"], 541_909);
    let types = book.types();
    let counts = ["order_placed", "goods_returned", "sales_adjusted"].map(|name| types[name]);
    assert_eq!(counts, [22_061, 3_836, 3]);
    assert_eq!(types["account_opened"], 4_372 + 1, "customers, and the unassigned account");
    let report = book.ask(&["report", "quota", "--as-of", END]);
    assert_eq!(amount(&report["total"][0]), "9747747.934");
    book.check_that_again_adds_nothing(MAPPING, SET);
}

#[test]
fn lines_without_a_customer_are_kept_apart() {
    let book = Book::imported(MAPPING, SET);
    let accounts = book.ask(&["account", "list", "--as-of", END]);
    let accounts = accounts["accounts"].as_array().expect("accounts");
    let unassigned: Vec<&Value> =
        accounts.iter().filter(|account| account["unassigned"] == true).collect();
    let [unassigned] = unassigned.as_slice() else {
        panic!("{} unassigned accounts", unassigned.len());
    };
    let stream = format!("account/{}", unassigned["account"].as_str().expect("an id"));
    let log = book.ask(&["log", "show", "--stream", &stream]);
    let events = log.as_array().expect("events");
    let lines = |event: &Value| match event["type"].as_str() {
        Some("order_placed" | "goods_returned") => {
            event.pointer("/data/body/lines").and_then(Value::as_array).expect("lines").len()
        }
        Some("sales_adjusted") => 1,
        _ => 0,
    };
    assert_eq!(events.iter().map(lines).sum::<usize>(), 135_080);
}

fn same(ours: &Value, theirs: &Value, negative: bool) {
    let (ours, theirs) = (ours.as_str().expect("an amount"), theirs.as_str().expect("one"));
    let ours = if negative { ours.trim_start_matches('-') } else { ours };
    assert!(equal(ours, theirs), "{ours}, not {theirs}");
}

/// How the clients of one month became those of the next.
fn same_clients(ours: &Value, line: &Value) {
    for column in ["before", "new", "won_back", "lapsed", "active"] {
        assert_eq!(ours[column], line[column], "{column} of {line}");
    }
    let nothing = Value::from("0");
    let lost = ours["lost"].get(0).map_or(&nothing, |lost| &lost["amount"]);
    same(lost, &line["lost"], false);
}

/// Who bought again, of those who first bought in a quarter.
fn same_cohort(ours: &Value, line: &Value) {
    assert_eq!(ours["size"], line["size"], "{line}");
    for (bought, after) in line["later"].as_array().expect("counts").iter().zip(1..) {
        assert_eq!(&ours[format!("after_{after}")], bought, "{after} after {line}");
    }
}

/// Who lapsed after the one cut that a year allows, and by how well each forecast told them; those
/// of the score and of RFM stand in docs/churn.md.
fn same_lapses(book: &Book, line: &Value) {
    let test = book.ask(&["churn", "backtest", "--as-of", "2011-12-09"]);
    let of = |name: &str| {
        let lines = test["lines"].as_array().expect("lines");
        lines.iter().find(|it| it["forecast"] == name).expect("a forecast").clone()
    };
    let recency = of("recency");
    for (ours, theirs) in [("cut", "cut"), ("accounts", "accounts"), ("lapsed", "lapsed")] {
        assert_eq!(recency[ours], line[theirs], "{line}");
    }
    let near = |ours: &Value, theirs: f64, within: f64| {
        let ours = ours.as_f64().expect("a number");
        assert!((ours - theirs).abs() < within, "{ours}, not {theirs}");
    };
    near(&recency["auc"], line["recency"].as_f64().expect("a number"), 1e-12);
    near(&of("the score")["auc"], 0.7504, 5e-5);
    near(&of("the score")["brier"], 0.2060, 5e-5);
    near(&of("RFM")["auc"], 0.7393, 5e-5);
    near(&of("RFM")["brier"], 0.2066, 5e-5);
    assert_eq!(test["winner"], "the score");
    assert_eq!(test["method"]["as_known_then"], false, "it was taken in long after");
}

#[test]
fn sales_returns_and_clients_are_recomputed() {
    let book = Book::imported(MAPPING, SET);
    let expected = recomputed("online_retail_sales.py", &data(SET));
    let ask = |words: &[&str]| book.ask(&[&["report"], words, &["--as-of", "2011-12-09"]].concat());
    let name = |line: &Value| line["name"].clone();
    let months = lines_by(&ask(&["sales", "--by", "month"]), name);
    let returns = lines_by(&ask(&["returns", "--by", "month"]), name);
    let clients = ask(&["clients", "--from", "2010-12-01", "--active-months", "1"]);
    let clients = lines_by(&clients, name);
    let from = |line: &Value| line["from"].clone();
    let retention = ask(&["retention", "--from", "2010-12-01", "--active-months", "3"]);
    let retention = lines_by(&retention, from);
    let cohorts = lines_by(&ask(&["retention", "--cohorts"]), from);
    let accounts = lines_by(&ask(&["sales", "--by", "account"]), name);
    let products = lines_by(&ask(&["returns", "--by", "product"]), name);
    let mut compared = [0; 6];
    for line in &expected {
        match line["what"].as_str() {
            Some("month") => {
                let (month, returned) = (&months[&line["from"]], &returns[&line["from"]]);
                same(&month["sold"], &line["sold"], false);
                same(&month["returned"], &line["returned"], true);
                same(&month["adjusted"], &line["adjusted"], false);
                same(&returned["returned"], &line["returned"], false);
                assert_eq!(returned["returns"], line["returns"], "{line}");
                let ours = &clients[&line["from"]];
                assert_eq!((&ours["active"], &ours["new"]), (&line["active"], &line["new"]));
                compared[0] += 1;
            }
            Some("retention") => {
                same_clients(&retention[&line["from"]], line);
                compared[3] += 1;
            }
            Some("cohort") => {
                same_cohort(&cohorts[&line["from"]], line);
                compared[4] += 1;
            }
            Some("lapses") => {
                same_lapses(&book, line);
                compared[5] += 1;
            }
            Some("account") => {
                let nobodys = Value::from("Sales without a customer");
                let number = if line["number"].is_null() { &nobodys } else { &line["number"] };
                // Who was given things for nothing only, is in no line.
                let nothing = Value::from("0");
                let ours = accounts.get(number).map_or(&nothing, |ours| &ours["net"]);
                same(ours, &line["net"], false);
                compared[1] += 1;
            }
            _ => {
                let ours = &products[&line["product"]];
                assert_eq!(ours["returns"], line["lines"], "{line}");
                assert_eq!(ours["quantity"], line["quantity"], "{line}");
                same(&ours["returned"], &line["value"], false);
                compared[2] += 1;
            }
        }
    }
    assert_eq!(compared[..2], [13, 4_373]);
    assert_eq!(compared[3..], [13, 5, 1]);
    assert!(compared[2] > 1_000, "{compared:?}");
    // The adjustments of August stand apart.
    assert_eq!(months[&Value::from("2011-08-01")]["adjusted"], "-11062.06");
}
