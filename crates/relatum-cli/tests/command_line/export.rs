//! Tables as files: what is written, in which form, and what is refused.

use std::fs;

use calamine::{Data, Reader as _, Xlsx, open_workbook};
use serde_json::{Value, json};

use crate::support::{ACCOUNT, Place, TODAY, invoice};

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The rows of a table, by the names of columns.
fn rows(place: &Place, table: &str) -> Vec<Value> {
    let ran = place.run(&["export", table, "--format", "jsonl", "--as-of", TODAY]);
    assert_eq!(ran.code, 0, "{ran:?}");
    lines(&ran.out)
}

#[test]
fn the_list_tells_every_table_and_its_columns() {
    let place = Place::with_book();
    let list = place.run_bare(&["export", "--list", "--json"]).json();
    let tables = list.as_array().unwrap();
    assert!(tables.len() > 30, "{}", tables.len());
    for (number, table) in tables.iter().enumerate() {
        let name = table["name"].as_str().unwrap();
        let columns = table["columns"].as_array().unwrap();
        let first = rows(&place, name);
        let first = first.first().unwrap_or_else(|| panic!("{name} is empty"));
        let names: Vec<&str> = columns.iter().map(|it| it["name"].as_str().unwrap()).collect();
        let mut told: Vec<&String> = first.as_object().unwrap().keys().collect();
        told.sort();
        let mut sorted = names.clone();
        sorted.sort_unstable();
        assert_eq!(told, sorted, "{name}");
        if number < 3 {
            let csv = place.run(&["export", name, "--as-of", TODAY]);
            assert_eq!(csv.code, 0, "{csv:?}");
            assert_eq!(csv.out.lines().next().unwrap(), names.join(","), "{name}");
        }
    }
    let one = place.run_bare(&["export", "--list", "open_items"]);
    assert!(one.out.contains("days_past_due") && one.out.contains("integer"), "{one:?}");
}

#[test]
fn every_form_says_the_same() {
    let place = Place::with_book();
    let asked = ["export", "open_items", "--as-of", TODAY];
    let csv = place.run(&asked).out;
    let csv = csv::Reader::from_reader(csv.as_bytes()).into_deserialize();
    let csv: Vec<std::collections::BTreeMap<String, String>> = csv.map(Result::unwrap).collect();
    let jsonl = rows(&place, "open_items");
    assert!(jsonl.len() > 10 && jsonl.len() == csv.len());
    let mut open = 0_i64;
    for (line, row) in jsonl.iter().zip(&csv) {
        for (name, value) in line.as_object().unwrap() {
            let text = match value {
                Value::Null => String::new(),
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            assert_eq!(row[name], text, "{name}");
        }
        assert!(row["open"].split_once('.').is_some_and(|(_, cents)| cents.len() == 2), "{row:?}");
        open += i64::from(row["currency"] == "EUR")
            * row["open"].replace('.', "").parse::<i64>().unwrap();
    }
    let aging = place.run(&["report", "aging", "--json", "--as-of", TODAY]).json();
    let totals = aging["totals"].as_array().unwrap();
    let euro = totals.iter().find(|it| it["currency"] == "EUR").unwrap();
    let total = euro["total"]["amount"].as_str().unwrap().replace('.', "");
    assert_eq!(open, total.parse::<i64>().unwrap());
    let path = place.path("open.xlsx");
    let ran = place.run(&["export", "open_items", "-o", "open.xlsx", "--as-of", TODAY]);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{ran:?}");
    let mut book: Xlsx<_> = open_workbook(&path).unwrap();
    assert_eq!(book.sheet_names(), ["open_items", "about"]);
    let sheet = book.worksheet_range("open_items").unwrap();
    assert_eq!(sheet.height(), jsonl.len() + 1);
    let names: Vec<String> = sheet.rows().next().unwrap().iter().map(ToString::to_string).collect();
    let at = |name: &str| names.iter().position(|it| it == name).unwrap();
    for (row, line) in sheet.rows().skip(1).zip(&csv) {
        let open: f64 = line["open"].parse().unwrap();
        assert_eq!(row[at("open")], Data::Float(open));
        assert_eq!(row[at("number")].to_string(), line["number"]);
        let Data::DateTime(due) = &row[at("due")] else { panic!("{:?}", row[at("due")]) };
        assert_eq!(due.as_datetime().unwrap().date().to_string(), line["due"]);
    }
    let once = fs::read(&path).unwrap();
    place.run(&["export", "open_items", "-o", "open.xlsx", "--as-of", TODAY]);
    assert_eq!(fs::read(&path).unwrap(), once, "the same rows are the same bytes");
}

#[test]
fn a_view_of_the_past_is_exported_as_it_was() {
    let place = Place::with_book();
    let early = ["export", "open_items", "--as-of", "2026-06-30", "--known-at", "2026-07-01"];
    let early = place.run(&early);
    let report = ["report", "aging", "--items", "--csv", "--as-of", "2026-06-30", "--known-at"];
    let report = place.run(&[&report[..], &["2026-07-01"]].concat());
    assert!(early.out.lines().count() > 5, "{early:?}");
    assert_eq!(early.out.lines().count(), report.out.lines().count());
}

#[test]
fn a_file_is_recorded_before_it_is_written_and_there_whole_or_not_at_all() {
    let place = Place::with_book();
    let exports = |place: &Place| place.log().matches(r#""type":"data_exported""#).count();
    let before = exports(&place);
    let ran = place.run(&["export", "accounts", "-o", "accounts.csv", "--as-of", TODAY]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let count = rows(&place, "accounts").len();
    assert_eq!(ran.err, format!("{count} rows of accounts to accounts.csv\n"));
    let written = fs::read_to_string(place.path("accounts.csv")).unwrap();
    assert_eq!(written.lines().count(), count + 1);
    assert_eq!(exports(&place), before + 1);
    assert!(place.log().contains(r#""what":"accounts""#));
    let ran = place.run(&["export", "accounts", "-o", "accounts.jsonl", "--unrecorded"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(exports(&place), before + 1);
    let ran = place.run(&["export", "accounts", "-o", "no/such/accounts.csv"]);
    assert_eq!(ran.code, 4, "{ran:?}");
    assert!(ran.err.contains("no/such/accounts.csv"), "{ran:?}");
    assert_eq!(exports(&place), before + 1, "what cannot be begun is not given out");
    let names = fs::read_dir(place.path(".")).unwrap();
    let names = names.map(|it| it.unwrap().file_name().into_string().unwrap());
    assert!(names.into_iter().all(|name| !name.ends_with(".unfinished")));
}

#[test]
fn what_is_refused_leaves_what_was_there_and_is_not_recorded() {
    let place = Place::with_book();
    place.file("managers.csv", "as it was");
    let log = place.log();
    let asked = ["export", "managers", "-o", "managers.csv", "--account", "Hallmecke Werke"];
    let message = "error: rows of `managers` are of no account: ask for all of them";
    place.run(&asked).fails(1, message);
    assert_eq!(fs::read_to_string(place.path("managers.csv")).unwrap(), "as it was");
    assert!(!place.path("managers.csv.unfinished").exists());
    assert_eq!(place.log(), log);
}

#[test]
fn a_pipe_is_written_to_and_not_replaced() {
    let place = Place::with_book();
    let asked = ["export", "accounts", "-o", "/dev/stdout", "--format", "csv", "--unrecorded"];
    let ran = place.run(&asked);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(ran.out, place.run(&["export", "accounts"]).out);
}

#[test]
fn what_is_mistyped_is_told() {
    let place = Place::with_book();
    let ran = place.run(&["export", "open_item"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.err.contains("a similar value exists: 'open_items'"), "{ran:?}");
    let ran = place.run(&["export"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    let workbook = ["export", "accounts", "--format", "xlsx"];
    place.run(&workbook).fails(2, "error: a workbook goes to a file: give --output FILE");
    place.run(&["export", "accounts", "-o", "accounts"]).fails(
        2,
        "error: the name of accounts says no form\n\
         hint: give --format csv, jsonl, xlsx, parquet or arrow",
    );
    let ran = place.run(&["export", "accounts", "--json"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    let ran = place.run(&["export", "accounts", "-o", ".", "--format", "csv"]);
    assert_eq!(ran.code, 2, "{ran:?}");
}

#[test]
fn a_spreadsheet_runs_nothing() {
    let place = Place::empty();
    let named = |name: &str| {
        let body = json!({ "name": name, "stage": "client", "external_ids": [
            { "system": "erp", "id": "-1+1" }
        ] });
        let line = json!({
            "stream": ACCOUNT,
            "type": "account_opened",
            "event": {
                "effective": "2026-01-01",
                "actor": { "system": "erp" },
                "source": { "system": "erp", "id": "1" },
                "body": body,
            },
        });
        format!("{line}\n")
    };
    let name = "=HYPERLINK(\"http://example.com\",\"x\")";
    place.file("facts.jsonl", named(name) + &invoice(2, 190_000));
    let ran = place.run(&["log", "append", "facts.jsonl"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let csv = |arguments: &[&str]| {
        let ran = place.run(arguments);
        assert_eq!(ran.code, 0, "{ran:?}");
        let rows = csv::Reader::from_reader(ran.out.as_bytes()).into_records();
        rows.map(Result::unwrap)
            .flat_map(|row| row.iter().map(str::to_owned).collect::<Vec<_>>())
            .collect::<Vec<_>>()
    };
    let told = csv(&["export", "accounts"]);
    assert!(told.contains(&format!("'{name}")), "{told:?}");
    assert!(csv(&["export", "external_ids"]).contains(&"'-1+1".to_owned()));
    let reported = csv(&["account", "list", "--csv"]);
    assert!(reported.contains(&format!("'{name}")), "{reported:?}");
    let ran = place.run(&["export", "accounts", "--jsonl"]);
    assert_eq!(lines(&ran.out)[0]["account_name"], name, "JSON is no spreadsheet");
    let ran = place.run(&["export", "accounts", "-o", "accounts.xlsx"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let mut book: Xlsx<_> = open_workbook(place.path("accounts.xlsx")).unwrap();
    let cell = book.worksheet_range("accounts").unwrap();
    assert_eq!(cell.get((1, 1)), Some(&Data::String(name.to_owned())));
    let formulas = book.worksheet_formula("accounts").unwrap();
    assert!(formulas.is_empty(), "{formulas:?}");
}
