//! Scale: 541,909 lines of 25,900 invoices, a quarter of the lines without a customer.

use serde_json::Value;

use crate::program::{Book, amount};

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
