//! Years of history in, columns out: every set as an archive that others read, and taken back.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::program::{Book, read_by_others};

/// What a set comes to, and of which events, each with its sign. Source: README.txt of each set.
struct Set {
    mapping: &'static str,
    folder: &'static str,
    currency: &'static str,
    counted: &'static [(&'static str, i128)],
    total: &'static str,
}

const SETS: [Set; 4] = [
    Set {
        mapping: "ibm-ar",
        folder: "ibm_ar",
        currency: "USD",
        counted: &[("invoice_issued", 1)],
        total: "147703.18",
    },
    Set {
        mapping: "crm-opportunities",
        folder: "crm_sales_opportunities",
        currency: "USD",
        counted: &[("opportunity_won", 1)],
        total: "10005534",
    },
    Set {
        mapping: "adventureworks",
        folder: "adventureworks",
        currency: "USD",
        counted: &[("order_placed", 1)],
        total: "109846381.4039",
    },
    Set {
        mapping: "online-retail",
        folder: "online_retail",
        currency: "GBP",
        counted: &[("order_placed", 1), ("goods_returned", -1), ("sales_adjusted", 1)],
        total: "9747747.934",
    },
];

/// Reports on a day in the middle of most sets, and on one after all of them.
const REPORTS: &[&str] = &[
    "account list",
    "report aging --items",
    "report book",
    "report orders --all",
    "report pipeline",
    "report quota",
    "report returns",
    "report sales --by account",
];

/// Millionths of a decimal number.
fn micro(text: &str) -> i128 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    format!("{whole}{fraction:0<6}").parse().expect("a decimal number")
}

fn reports(book: &Book) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for day in ["2013-06-30", "2017-12-31"] {
        for report in REPORTS {
            let mut words: Vec<&str> = report.split(' ').collect();
            words.extend(["--as-of", day, "--json"]);
            all.insert(words.join(" "), book.print(&words));
        }
    }
    all
}

#[test]
fn duckdb_and_pandas_read_the_totals_of_every_set_out_of_its_archive() {
    for Set { mapping, folder: set, currency, counted, total } in SETS {
        let book = Book::imported(mapping, set);
        let archive = book.beside("archive");
        let archive = archive.to_str().expect("a path in UTF-8");
        let told = book.ask(&["export", "log", "--to", archive]);
        let events = book.events();
        // The log tells of the export before it is made.
        assert_eq!(told["events"].as_u64(), Some(events), "{told}");
        for reader in ["duckdb", "pandas"] {
            let lines = read_by_others(reader, archive);
            let read: u64 = lines.iter().filter_map(|line| line["events"].as_u64()).sum();
            assert_eq!(read, events, "{set} by {reader}");
            let of = |(kind, sign): &(&str, i128)| {
                let is_it = |it: &&Value| it["type"] == *kind && it["currency"] == currency;
                let line = lines.iter().find(is_it);
                let sum = line.and_then(|it| it["sum"].as_str());
                micro(sum.unwrap_or_else(|| panic!("{reader}: no {kind}"))) * sign
            };
            let sum: i128 = counted.iter().map(of).sum();
            assert_eq!(sum, micro(total), "{set} by {reader}");
        }
        let again = book.ask(&["export", "log", "--to", archive]);
        let new = (again["events"].as_u64(), again["files"].as_u64());
        assert_eq!(new, (Some(0), Some(0)), "{again}");
    }
}

#[test]
fn taken_back_in_any_number_sets_leave_every_report_as_it_was() {
    let book = Book::demo();
    let mut before = Vec::new();
    for Set { mapping, folder: set, .. } in SETS {
        before.push((set, reports(&book)));
        let import = book.import_again(mapping, set);
        assert_eq!(import["rows_rejected"], 0, "{}", import["first_rejects"]);
    }
    let mut now = reports(&book);
    while let Some((set, expected)) = before.pop() {
        assert_ne!(now, expected, "{set} changes reports");
        book.ask(&["import", "undo", "last"]);
        now = reports(&book);
        for (report, text) in &expected {
            assert_eq!(&now[report], text, "{report} after {set} was taken back");
        }
    }
    // And all of it can come again.
    let import = book.import_again(SETS[0].mapping, SETS[0].folder);
    assert_eq!(import["events"]["invoice_issued"]["sums"]["USD"], "147703.18");
}
