//! Receivables: 2,466 invoices of 100 accounts, their payments and disputes.

use serde_json::Value;

use crate::program::{Book, amount, data, recomputed};

const MAPPING: &str = "ibm-ar";
const SET: &str = "ibm_ar";
const FILE: &str = "WA_Fn-UseC_-Accounts-Receivable.csv";

/// The one currency of the set; none if nothing is open.
fn total(report: &Value) -> Option<&Value> {
    let totals = report["totals"].as_array().expect("totals");
    assert!(totals.len() <= 1, "{totals:?}");
    totals.first()
}

fn bucket<'a>(report: &'a Value, total: &'a Value, label: &str) -> &'a str {
    let labels = report["labels"].as_array().expect("labels");
    let at = labels.iter().position(|it| it == label).expect("a bucket of that name");
    amount(&total["buckets"][at])
}

#[test]
fn the_book_holds_what_the_file_holds() {
    let book = Book::imported(MAPPING, SET);
    assert_eq!(book.imported_of("invoice_issued", "USD"), (2_466, "147703.18"));
    assert_eq!(book.imported_of("payment_received", "USD"), (2_466, "147703.18"));
    let types = book.types();
    assert_eq!((types["account_opened"], types["dispute_opened"]), (100, 561));
    let report = book.ask(&["report", "book", "--as-of", "2014-12-31"]);
    assert_eq!(report["accounts"], 100);
    book.check_that_again_adds_nothing(MAPPING, SET);
}

#[test]
fn aging_is_right_on_a_day_of_the_past() {
    let book = Book::imported(MAPPING, SET);
    let report = book.ask(&["report", "aging", "--as-of", "2013-06-30"]);
    assert_eq!(report["as_of"], "2013-06-30");
    let total = total(&report).expect("something is open");
    assert_eq!((total["items"].as_u64(), amount(&total["total"])), (Some(84), "5119.85"));
    assert_eq!(bucket(&report, total, "not_due"), "4284.29");
    assert_eq!(bucket(&report, total, "1-30"), "835.56");
}

#[test]
fn aging_is_right_at_every_month_end() {
    let book = Book::imported(MAPPING, SET);
    let expected = recomputed("ibm_aging.py", &data(SET).join(FILE));
    assert_eq!(expected.len(), 25);
    for line in expected {
        let day = line["as_of"].as_str().expect("a day");
        let report = book.ask(&["report", "aging", "--as-of", day]);
        let Some(total) = total(&report) else {
            assert_eq!(line["items"], 0, "{day}");
            continue;
        };
        assert_eq!(total["items"], line["items"], "{day}");
        assert_eq!(amount(&total["total"]), line["total"], "{day}");
        assert_eq!(amount(&total["disputed"]), line["disputed"], "{day}");
        for (label, figure) in line["buckets"].as_object().expect("buckets") {
            assert_eq!(bucket(&report, total, label), figure, "{day} {label}");
        }
    }
}

#[test]
fn everything_is_settled_in_the_end() {
    let book = Book::imported(MAPPING, SET);
    let report = book.ask(&["report", "aging", "--as-of", "2014-12-31"]);
    assert!(total(&report).is_none(), "{report}");
}
