//! Years of history in, columns out: every set as an archive that others read, and taken back.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::page::{self, Terminal, page, plain};
use crate::program::{Book, read_by_others};

/// What a set comes to, and of which events, each with its sign. Source: README.txt of each set.
struct Set {
    /// What its book is called on the page.
    book: &'static str,
    mapping: &'static str,
    folder: &'static str,
    currency: &'static str,
    counted: &'static [(&'static str, i128)],
    total: &'static str,
}

const SETS: [Set; 4] = [
    Set {
        book: "ibm",
        mapping: "ibm-ar",
        folder: "ibm_ar",
        currency: "USD",
        counted: &[("invoice_issued", 1)],
        total: "147703.18",
    },
    Set {
        book: "crm",
        mapping: "crm-opportunities",
        folder: "crm_sales_opportunities",
        currency: "USD",
        counted: &[("opportunity_won", 1)],
        total: "10005534",
    },
    Set {
        book: "works",
        mapping: "adventureworks",
        folder: "adventureworks",
        currency: "USD",
        counted: &[("order_placed", 1)],
        total: "109846381.4039",
    },
    Set {
        book: "retail",
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

/// A decimal number with six digits behind its point.
fn six(text: &str) -> String {
    let micro = micro(text);
    format!("{}.{:06}", micro / 1_000_000, micro % 1_000_000)
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
fn the_years_of_every_set_are_rebuilt_exported_and_queried_as_the_page_says() {
    let terminal = Terminal::new();
    let (_, blocks) = page();
    let of = |language: &str| {
        let block = blocks.iter().find(|it| it.language == language);
        block.map(|it| &*it.text).unwrap_or_else(|| panic!("no {language} below {}", page::SETS))
    };
    terminal.shell(of("sh"));
    let told = terminal.python(of("python"));
    assert_eq!(plain(&told), plain(of("text")));
    for Set { book, currency, counted, total, .. } in SETS {
        assert!(told.contains(&format!(" {} ", six(total))), "{total} of {book} is on the page");
        let ask = |words: &str| -> Value {
            let answer = terminal.shell(&format!("relatum --json --store {book} {words}"));
            serde_json::from_str(&answer).expect("the answer is JSON")
        };
        let events = ask("log stats")["events"].as_u64().expect("a count");
        let archive = terminal.path(&format!("{book}.archive"));
        let archive = archive.to_str().expect("a path in UTF-8");
        for reader in ["duckdb", "pandas"] {
            let lines = read_by_others(reader, archive);
            let read: u64 = lines.iter().filter_map(|line| line["events"].as_u64()).sum();
            // A table that was exported later is told by the log, and not in the archive.
            assert_eq!(read, events - u64::from(book == "retail"), "{book} by {reader}");
            let of = |(kind, sign): &(&str, i128)| {
                let is_it = |it: &&Value| it["type"] == *kind && it["currency"] == currency;
                let line = lines.iter().find(is_it);
                let sum = line.and_then(|it| it["sum"].as_str());
                micro(sum.unwrap_or_else(|| panic!("{reader}: no {kind}"))) * sign
            };
            let sum: i128 = counted.iter().map(of).sum();
            assert_eq!(sum, micro(total), "{book} by {reader}");
        }
        let new = u64::from(book == "retail");
        let again = ask(&format!("export log --to {book}.archive"));
        assert_eq!((again["events"].as_u64(), again["files"].as_u64()), (Some(new), Some(new)));
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
