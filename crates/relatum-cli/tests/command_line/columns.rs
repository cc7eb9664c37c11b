//! The log as columns, and the fold of a bucket, by the binary.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use crate::support::{Place, TODAY};

fn json(place: &Place, arguments: &[&str]) -> Value {
    let ran = place.run(arguments);
    assert_eq!(ran.code, 0, "{arguments:?}: {}", ran.err);
    serde_json::from_str(&ran.out).unwrap()
}

#[test]
fn an_archive_is_told_of_once_and_grows() {
    let place = Place::with_book();
    let first = json(&place, &["export", "log", "--to", "archive", "--json"]);
    assert_eq!(first["upto"], first["events"]);
    assert!(place.path("archive/_manifest.json").is_file());
    // With the event that tells of the archive.
    let again = json(&place, &["export", "log", "--to", "archive", "--json"]);
    assert_eq!((&again["events"], &again["files"]), (&0.into(), &0.into()));
    assert_eq!(again["root"], first["root"]);
    let told = json(&place, &["log", "show", "--json"]);
    let told = told.as_array().unwrap().iter().filter(|it| it["type"] == "data_exported");
    assert_eq!(told.count(), 1);
    assert_eq!(place.run(&["export", "accounts", "-o", "accounts.csv"]).code, 0);
    // It grows by what was told since, which is that file.
    let more = json(&place, &["export", "log", "--to", "archive", "--json"]);
    assert_eq!((&more["events"], &more["files"]), (&1.into(), &1.into()));
}

#[test]
fn what_cannot_be_is_refused_with_a_code() {
    let place = Place::with_book();
    fs::create_dir(place.path("full")).unwrap();
    place.file("full/mine.txt", "mine");
    json(&place, &["export", "log", "--to", "whole", "--json"]);
    for (arguments, code, said) in [
        (&["export", "log"][..], 2, "say where the log goes"),
        (&["export", "log", "--format", "parquet"], 2, "give --output FILE or --to DIR"),
        (&["export", "log", "-o", "log.xyz"], 2, "says no form"),
        (&["export", "log", "--to", "full"], 1, "no archive; name an empty folder"),
        (&["export", "log", "--to", "ftp://x/y"], 1, "write a directory, file://"),
        (&["export", "log", "--to", "s3://bucket/x"], 1, "without the feature `s3`"),
        (&["export", "log", "--to", "az://box/x"], 1, "relatum-cli --features az builds one"),
        (&["export", "log", "--to", "a", "--known-at", "@99999999"], 1, "after the end of the log"),
        (&["fold", "--bucket", "1", "--in", "none", "--out", "out"], 4, "there is no archive"),
        (&["fold", "--in", "-", "--out", "out"], 2, "give --out -"),
        (&["fold", "--in", "whole", "--out", "out"], 2, "which --bucket"),
    ] {
        let ran = place.run(arguments);
        assert_eq!(ran.code, code, "{arguments:?}: {}", ran.err);
        assert!(ran.err.contains(said), "{arguments:?}: {}", ran.err);
        assert!(!place.path("out").exists());
    }
}

#[test]
fn a_damaged_archive_is_named_and_folds_to_nothing() {
    let place = Place::with_book();
    json(&place, &["export", "log", "--to", "archive", "--json"]);
    let manifest = fs::read_to_string(place.path("archive/_manifest.json")).unwrap();
    let manifest: Value = serde_json::from_str(&manifest).unwrap();
    let segment = &manifest["manifest"]["increments"][0]["segments"][0];
    let (bucket, file) = (segment["bucket"].to_string(), segment["file"].as_str().unwrap());
    let path = format!("archive/{file}");
    let mut bytes = fs::read(place.path(&path)).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(place.path(&path), bytes).unwrap();
    let fold = ["fold", "--bucket", &bucket, "--in", "archive", "--out", "out"];
    let ran = place.run(&fold);
    assert_eq!(ran.code, 5, "{}", ran.err);
    assert!(ran.err.contains(file) && ran.err.contains("was altered"), "{}", ran.err);
    assert!(!place.path("out").exists());
    fs::remove_file(place.path(&path)).unwrap();
    let ran = place.run(&fold);
    assert_eq!(ran.code, 5, "{}", ran.err);
    assert!(ran.err.contains("is missing"), "{}", ran.err);
}

#[test]
fn what_a_batch_took_back_is_named_as_void() {
    let place = Place::empty();
    let rows = "customerID,invoiceNumber,InvoiceDate,DueDate,InvoiceAmount,SettledDate,Disputed,\
                countryCode,PaperlessBill\nA,1,3/4/2022,4/3/2022,120.50,3/30/2022,No,49,Paper\n";
    place.file("invoices.csv", rows);
    assert_eq!(place.run(&["import", "--mapping", "ibm-ar", "invoices.csv"]).code, 0);
    assert_eq!(place.run(&["import", "undo", "last"]).code, 0);
    let lines = place.run(&["export", "log", "--jsonl"]).out;
    let rows: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let told = rows.iter().filter(|it| it["source_system"] == "ibm-ar");
    let told: BTreeSet<String> =
        told.map(|it| format!("{}@{}", it["stream"].as_str().unwrap(), it["version"])).collect();
    let voids = rows.iter().filter(|it| it["event_type"] == "event_undone");
    let voids: BTreeSet<String> =
        voids.map(|it| it["voids"].as_str().unwrap().to_owned()).collect();
    assert_eq!((voids.len(), voids), (3, told));
}

#[test]
fn buckets_fold_to_the_rows_of_the_book() {
    let place = Place::with_book();
    json(&place, &["export", "log", "--to", "archive", "--unrecorded", "--json"]);
    let manifest = fs::read_to_string(place.path("archive/_manifest.json")).unwrap();
    let manifest: Value = serde_json::from_str(&manifest).unwrap();
    let segments = manifest["manifest"]["increments"][0]["segments"].as_array().unwrap();
    let buckets: BTreeSet<String> = segments.iter().map(|it| it["bucket"].to_string()).collect();
    let mut rows = 0;
    for bucket in &buckets {
        let fold = ["fold", "--bucket", bucket, "--in", "archive", "--out", "out"];
        let told = json(&place, &[&fold[..], &["--as-of", TODAY, "--json"]].concat());
        rows += told["rows"]["open_items"].as_u64().unwrap_or(0);
        assert!(place.path(&format!("out/digests/bucket={bucket}.parquet")).is_file());
    }
    let whole = place.run(&["export", "open_items", "--as-of", TODAY, "--jsonl"]).out;
    assert_eq!(rows, whole.lines().count() as u64);
    assert!(rows > 0);
}

#[test]
fn the_log_goes_to_one_file_in_every_form() {
    let place = Place::with_book();
    let events = place.run(&["log", "show", "--csv"]).out.lines().count() - 1;
    let lines = place.run(&["export", "log", "--jsonl"]).out;
    assert_eq!(lines.lines().count(), events);
    for line in lines.lines().take(200) {
        let row: Value = serde_json::from_str(line).unwrap();
        assert!(row["data"]["body"].is_object(), "{line}");
    }
    let csv = place.run(&["export", "log", "--csv"]).out;
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    assert_eq!(reader.records().map(Result::unwrap).count(), events);
    for (name, begins) in [("log.parquet", "PAR1"), ("log.arrow", "ARROW1")] {
        let ran = place.run(&["export", "log", "-o", name, "--unrecorded"]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert!(fs::read(place.path(name)).unwrap().starts_with(begins.as_bytes()), "{name}");
    }
    let ran = place.run(&["export", "open_items", "-o", "open.parquet", "--unrecorded"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(fs::read(place.path("open.parquet")).unwrap().starts_with(b"PAR1"));
}
