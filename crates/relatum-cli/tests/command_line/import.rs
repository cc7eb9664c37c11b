//! Files in: good rows go in, bad rows come out with the reason.

use std::fs;
use std::io::Write as _;

use serde_json::json;

use crate::support::Place;

const MAPPING: &str = r#"
system = "erp"
title = "Invoices of a test"
[[table]]
name = "invoices"
files = "*.csv*"
currency = "EUR"
format = { delimiter = ";", decimal = ",", thousands = ".", days = ["%d.%m.%Y"] }
id = "{Number}"
stream = { account = "{Client}" }
effective = "{Day}"
[[table.event]]
type = "invoice_issued"
body.document = { id = "{Number}", of = "document" }
body.number = "{Number}"
body.gross = { money = "{Gross}" }
"#;

const GOOD: &str = "Number;Client;Day;Gross\n1;A;28.02.2026;1.234,56\n2;B;01.03.2026;10,00\n";

fn place() -> Place {
    let place = Place::empty();
    place.file("invoices.toml", MAPPING);
    place.file("good.csv", GOOD);
    place
}

const IMPORT: [&str; 3] = ["import", "--mapping", "invoices.toml"];

fn import<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&IMPORT[..], more].concat()
}

#[test]
fn a_file_goes_in_once() {
    let place = place();
    let dry = place.run(&import(&["good.csv", "--dry-run", "--json"]));
    assert_eq!(dry.code, 0, "{dry:?}");
    assert_eq!(dry.json()["events"]["invoice_issued"]["recorded"], 2);
    assert!(!place.path("book").exists(), "a dry run makes no store");

    let first = place.run(&import(&["good.csv", "--json"]));
    assert_eq!(first.code, 0, "{first:?}");
    let report = first.json();
    assert_eq!((&report["rows_read"], &report["rows_rejected"]), (&json!(2), &json!(0)));
    assert_eq!(
        report["events"]["invoice_issued"],
        json!({ "recorded": 2, "already": 0, "refused": 0, "sums": { "EUR": "1244.56" } })
    );
    let before = place.log();
    let second = place.run(&import(&["good.csv", "--json"])).json();
    let tally = &second["events"]["invoice_issued"];
    assert_eq!((&tally["recorded"], &tally["already"]), (&json!(0), &json!(2)));
    assert_eq!(place.log(), before);
    let told = place.run(&import(&["good.csv"])).out;
    assert!(told.contains("2 rows read, 0 rejected") && told.contains("1,244.56 EUR"), "{told}");
}

#[test]
fn rows_that_cannot_go_in_come_out_with_the_reason() {
    let place = place();
    let mut bytes = GOOD.as_bytes().to_vec();
    bytes.extend(b"3;A;31.02.2026;1,00\n4;A;01.03.2026;1,234.56\n5;A;01.03.2026;\xfc\n6;A\n");
    place.file("mixed.csv", bytes);
    let ran = place.run(&import(&["mixed.csv", "--rejects", "out.csv", "--json"]));
    assert_eq!(ran.code, 1, "{ran:?}");
    let report = ran.json();
    assert_eq!((&report["rows_read"], &report["rows_rejected"]), (&json!(6), &json!(4)));
    assert_eq!(report["events"]["invoice_issued"]["recorded"], 2, "the good rows are in");
    let rejects = fs::read_to_string(place.path("out.csv")).unwrap();
    let starts: Vec<&str> = rejects.lines().map(|line| line.split(',').next().unwrap()).collect();
    assert_eq!(starts, ["file", "mixed.csv", "mixed.csv", "mixed.csv", "mixed.csv"]);
    assert!(rejects.contains("mixed.csv,4,Day,31.02.2026,"), "{rejects}");
    assert!(rejects.contains("mixed.csv,5,Gross,\"1,234.56\","), "{rejects}");
    assert!(rejects.contains("is not UTF-8"), "{rejects}");
    let told = place.run(&import(&["mixed.csv"])).out;
    assert!(told.contains("mixed.csv:4 column `Day`, value `31.02.2026`:"), "{told}");
}

#[test]
fn a_row_without_end_is_rejected_without_being_held() {
    let place = place();
    // A gigabyte of one letter is a megabyte of gzip.
    let file = fs::File::create(place.path("long.csv.gz")).unwrap();
    let mut gzip = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
    gzip.write_all(b"Number;Client;Day;Gross\n").unwrap();
    let chunk = vec![b'x'; 1 << 20];
    let mebibytes = if cfg!(debug_assertions) { 64 } else { 1_024 };
    for _ in 0..mebibytes {
        gzip.write_all(&chunk).unwrap();
    }
    gzip.write_all(b"\n7;A;01.03.2026;1,00\n").unwrap();
    gzip.finish().unwrap();
    let ran = place.run(&import(&["long.csv.gz", "--json"]));
    assert_eq!(ran.code, 1, "{ran:?}");
    let report = ran.json();
    assert_eq!((&report["rows_read"], &report["rows_rejected"]), (&json!(2), &json!(1)));
    assert_eq!(report["events"]["invoice_issued"]["recorded"], 1);
}

#[test]
fn a_file_that_does_not_fit_leaves_no_store() {
    let place = place();
    place.file("comma.csv", GOOD.replace(';', ","));
    let ran = place.run(&import(&["comma.csv"]));
    assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{ran:?}");
    assert!(ran.err.starts_with("error: `comma.csv` has no column `"), "{}", ran.err);
    assert!(ran.err.contains("is the delimiter ',' rather than ';'?"), "{}", ran.err);
    place
        .run(&import(&["nothing.csv"]))
        .fails(4, "error: `nothing.csv` cannot be opened: No such file or directory (os error 2)");
    place.run(&import(&["good.csv", "--rejects", "nowhere/out.csv"])).fails(
        4,
        "error: could not create nowhere/out.csv: No such file or directory (os error 2)",
    );
    place.run(&["import", "--mapping", "nothing", "good.csv"]).fails(
        2,
        "error: there is no preset `nothing`; there are: adventureworks, crm-opportunities, \
         hubspot, ibm-ar, online-retail, salesforce, salesforce-report, zoho",
    );
    place.file("wrong.toml", MAPPING.replace("body.number", "body.numbr"));
    let ran = place.run(&["import", "--mapping", "wrong.toml", "good.csv"]);
    assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{ran:?}");
    assert!(
        ran.err.starts_with("error: table `invoices`, event `invoice_issued`, field"),
        "{ran:?}"
    );
    assert!(!place.path("book").exists());
}

#[test]
fn a_file_that_is_cut_off_gives_what_it_has() {
    let place = place();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
    gzip.write_all(GOOD.as_bytes()).unwrap();
    let whole = gzip.finish().unwrap();
    place.file("cut.csv.gz", &whole[..whole.len() - 20]);
    let ran = place.run(&import(&["cut.csv.gz"]));
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.err.contains("`cut.csv.gz` breaks off after line "), "{ran:?}");
    assert!(ran.out.contains("row"), "what went in is told: {ran:?}");
}

#[test]
fn a_mapping_that_comes_along_can_be_printed_and_used_from_a_file() {
    let place = place();
    let list = place.run(&["import", "--list", "--json"]).json();
    assert_eq!(list.as_array().map(Vec::len), Some(8));
    let text = place.run(&["import", "--show", "ibm-ar"]).out;
    place.file("own.toml", &text);
    let header = "countryCode,customerID,PaperlessDate,invoiceNumber,InvoiceDate,DueDate,\
                  InvoiceAmount,Disputed,SettledDate,PaperlessBill,DaysToSettle,DaysLate\n";
    place.file("WA-Accounts-Receivable.csv", header);
    let ran = place.run(&["import", "--mapping", "own.toml", "WA-Accounts-Receivable.csv"]);
    assert_eq!(ran.code, 0, "{ran:?}");
}

#[test]
fn a_draft_is_printed_and_runs() {
    let place = Place::empty();
    let file = "Nr;Kunde;Datum;Betrag\n7;Nord;29.02.2024;1.234,50\n8;Nord;13.03.2024;9,00\n";
    place.file("rechnungen.csv", file);
    let drafted = place.run(&["import", "draft", "rechnungen.csv"]);
    assert_eq!(drafted.code, 0, "{drafted:?}");
    assert!(drafted.out.contains("decimal = \",\""), "{}", drafted.out);
    place.file("drafted.toml", &drafted.out);
    let ran = place.run(&["import", "--mapping", "drafted.toml", "rechnungen.csv", "--json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(ran.json()["events"]["invoice_issued"]["recorded"], 2);

    place.file(
        "deals.csv",
        "Record ID,Deal Name,Deal Stage,Amount,Close Date\n1,A,Offer,5,2024-03-01\n",
    );
    let told = place.run(&["import", "draft", "deals.csv"]).out;
    assert!(told.contains("relatum import --mapping hubspot deals.csv"), "{told}");
}

#[test]
fn what_files_do_not_say_is_said_beside_the_mapping() {
    let place = Place::empty();
    place.file(
        "deals.csv",
        "Record ID,Deal Name,Deal Stage,Amount,Close Date,Create Date,Deal owner\n\
        1,A,Offer,5,2024-03-01,2024-02-01 9:30,Ann\n2,B,Offer,6,2024-03-01,2024-02-01 9:45,Ben\n",
    );
    place.file("owners.csv", "owner,code\nAnn,M-1\n");
    let import = ["import", "--mapping", "hubspot", "deals.csv", "--json"];
    let ran = place.run(&import);
    assert_eq!(ran.json()["rows_rejected"], 2, "{ran:?}");
    assert!(ran.out.contains("--currency"), "{ran:?}");
    let said = ["--currency", "EUR", "--map", "owners=owners.csv"];
    let ran = place.run(&[&import[..], &said[..]].concat());
    assert_eq!(ran.json()["rows_rejected"], 1, "{ran:?}");
    assert!(ran.out.contains("the mapping knows only: Ann"), "{ran:?}");
    let zone = place.run(&["import", "--mapping", "zoho", "deals.csv"]);
    assert_eq!(zone.code, 2, "{zone:?}");
    place.run(&["import", "--mapping", "zoho", "deals.csv", "--zone", "Berlin"]).fails(
        2,
        "error: zone `Berlin`: write the name of a time zone, such as Europe/Berlin or UTC",
    );
}
