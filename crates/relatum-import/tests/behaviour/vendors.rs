//! Exports of the vendors in their published layouts, with invented data and their known traps.

use std::path::PathBuf;

use relatum_import::{Input, Preset, Settings};

use crate::archives::zip;
use crate::book::{Book, Done, import_inputs};

fn folder(vendor: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(vendor)
}

fn files(vendor: &str, names: &[&str]) -> Vec<Input> {
    names.iter().map(|name| Input::path(folder(vendor).join(name))).collect()
}

fn all(preset: &str, vendor: &str, settings: &Settings, book: &mut Book) -> Done {
    let mapping = Preset::named(preset).unwrap().with(settings).unwrap();
    let inputs = mapping.inputs(&[folder(vendor)]).unwrap();
    import_inputs(&mapping, inputs, book)
}

fn today() -> Settings {
    Settings::default().today("2024-12-31".parse().unwrap())
}

/// The rejects as `file line column: reason`.
fn rejected(done: &Done) -> Vec<String> {
    let show = |reject: &relatum_import::Reject| {
        let file = reject.file.rsplit('/').next().unwrap();
        format!("{file} {} {}: {}", reject.line, reject.column, reject.reason)
    };
    done.report.first_rejects.iter().map(show).collect()
}

const SALESFORCE: &[&str] = &[
    "User.csv", "Account.csv", "Contact.csv", "Opportunity.csv", "OpportunityHistory.csv",
    "Task.csv", "Event.csv",
];

#[test]
fn salesforce_data_export() {
    let settings = today().zone("Europe/Berlin").unwrap();
    let mapping = Preset::named("salesforce").unwrap().with(&settings).unwrap();
    let mut book = Book::default();
    let done = import_inputs(&mapping, files("salesforce", SALESFORCE), &mut book);
    assert!(done.result.is_ok(), "{:?}", done.result);
    assert_eq!(
        rejected(&done),
        [
            "Account.csv 6 Id: empty, and the event belongs to no account then; give the stream \
             `unassigned`, a `default`, or the rule a `when`",
            "OpportunityHistory.csv 5 OpportunityId: is not in",
            "Task.csv 5 ActivityDate: no day that there is, written as `%Y-%m-%d`; check `days` \
             under `format`",
        ]
        .map(str::to_owned)
        .to_vec()
    );
    insta(&book);
    // A second import knows everything again.
    let before = book.events.len();
    let again = import_inputs(&mapping, files("salesforce", SALESFORCE), &mut book);
    assert_eq!((book.events.len(), again.report.recorded()), (before, 0));
}

fn insta(book: &Book) {
    for kind in book.counts().keys() {
        for line in book.told(kind, &["at", "actor", "metadata", "body"]) {
            println!("{kind} {line}");
        }
    }
}

#[test]
fn salesforce_archives_by_number() {
    let _ = zip(&[]);
}

#[test]
fn hubspot_exports() {
    let settings = today().currency("EUR").unwrap();
    let mut book = Book::default();
    let done = all("hubspot", "hubspot", &settings, &mut book);
    println!("{:#?}", rejected(&done));
    insta(&book);
    assert!(done.result.is_ok(), "{:?}", done.result);
}

#[test]
fn zoho_exports() {
    let settings = today().zone("Europe/Oslo").unwrap();
    let mut book = Book::default();
    let done = all("zoho", "zoho", &settings, &mut book);
    println!("{:#?}", rejected(&done));
    insta(&book);
    assert!(done.result.is_ok(), "{:?}", done.result);
}

#[test]
fn reports() {
    let mapping = Preset::named("salesforce-report").unwrap().mapping().unwrap();
    let mut book = Book::default();
    let done = import_inputs(&mapping, files("salesforce", &["report-latin1.csv"]), &mut book);
    println!("{:#?} {:?}", rejected(&done), done.report);
    insta(&book);
    assert!(done.result.is_ok(), "{:?}", done.result);
}
