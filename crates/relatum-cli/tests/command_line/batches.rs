//! Imports as batches: previewed, listed, resumed, undone.

use serde_json::{Value, json};

use crate::support::{Place, Ran, TODAY};

pub(crate) const MAPPING: &str = r#"
system = "erp"
[[table]]
name = "facts"
files = "*.csv"
currency = "EUR"
format = { delimiter = ";", decimal = ",", days = ["%d.%m.%Y"] }
id = "{Number}"
stream = { account = "{Client}" }
effective = "{Day}"
[[table.event]]
type = "account_opened"
once = true
id = "{Client}"
body.name = "{Client}"
body.stage = "client"
[[table.event]]
type = "contact_added"
when = { Kind = "contact" }
body.contact = { id = "{Number}", of = "contact" }
body.name = { personal = "{Amount}" }
[[table.event]]
type = "invoice_issued"
when = { Kind = "invoice" }
body.document = { id = "{Number}", of = "document" }
body.number = "{Number}"
body.gross = { money = "{Amount}" }
[[table.event]]
type = "payment_received"
when = { Kind = "payment" }
body.payment = { id = "{Number}", of = "payment" }
body.amount = { money = "{Amount}" }
"#;

pub(crate) const HEADER: &str = "Number;Client;Day;Kind;Amount\n";
const JANUARY: &str = "1;A;05.01.2026;invoice;100,00\n2;B;06.01.2026;invoice;50,00\n\
                       3;A;07.01.2026;contact;Ada Lovelace\n4;A;08.01.2026;payment;20,00\n";
const FEBRUARY: &str = "1;A;05.01.2026;invoice;120,00\n2;B;06.01.2026;invoice;50,00\n\
                        5;C;03.02.2026;invoice;7,00\n6;C;31.02.2026;invoice;7,00\n";

/// Every report and list that says what the book holds. Not what tells of the log itself.
const ANSWERS: &[&str] = &[
    "account list",
    "worklist",
    "report aging --items",
    "report aging",
    "report roll-forward",
    "report unapplied",
    "report disputes",
    "report collection",
    "report dunning",
    "report promises",
    "report cash",
    "report exposure",
    "report held",
    "report metrics",
    "report plan",
    "report activities",
    "report cadence",
    "report contacts",
    "report actions",
    "report quota",
    "report sales",
    "report clients",
    "report retention",
    "report returns",
    "report offers",
    "report competitors",
    "report programmes",
    "report orders",
    "report contracts",
    "report pipeline",
    "report waterfall",
    "report conversion",
    "report forecast",
    "report book",
    "report flags",
];

fn place() -> Place {
    let place = Place::empty();
    files(&place);
    place
}

fn files(place: &Place) {
    place.file("facts.toml", MAPPING);
    place.file("january.csv", format!("{HEADER}{JANUARY}"));
    place.file("february.csv", format!("{HEADER}{FEBRUARY}"));
}

fn import(place: &Place, file: &str) -> Ran {
    place.run(&["import", "--mapping", "facts.toml", file, "--json"])
}

fn batch(ran: &Ran) -> String {
    ran.json().get("batch").and_then(|it| it.as_str()).unwrap_or_default().to_owned()
}

/// What each answer says today, with its exit code.
fn answers(place: &Place) -> Vec<(String, String)> {
    let answer = |words: &&str| {
        let mut arguments: Vec<&str> = words.split(' ').collect();
        arguments.extend(["--as-of", TODAY]);
        let ran = place.run(&arguments);
        (format!("{words} {} {}", ran.code, ran.err), ran.out)
    };
    ANSWERS.iter().map(answer).collect()
}

#[test]
fn every_answer_is_what_it_was_before_the_import() {
    let place = Place::with_book();
    files(&place);
    let before = answers(&place);
    assert!(before.iter().filter(|it| it.0.contains(" 2 ")).count() == 0, "{before:?}");
    let ran = import(&place, "january.csv");
    assert_eq!(ran.code, 0, "{ran:?}");
    let imported = answers(&place);
    let changed = before.iter().zip(&imported).filter(|(left, right)| left != right).count();
    assert!(changed > 5, "{changed}");
    let undone = place.run(&["import", "undo", "last", "--reason", "the wrong file"]);
    assert_eq!((undone.code, undone.err.as_str()), (0, ""), "{undone:?}");
    assert_eq!(before, answers(&place));
    let again = import(&place, "january.csv");
    assert_eq!(again.json()["events"]["invoice_issued"]["recorded"], 2);
    assert_eq!(imported, answers(&place));
}

#[test]
fn a_preview_has_the_numbers_of_the_import_and_writes_nothing() {
    let place = place();
    let preview = |file: &str, more: &[&str]| {
        let words = ["import", "preview", "--mapping", "facts.toml", file, "--json"];
        place.run(&[&words[..], more].concat())
    };
    let first = preview("january.csv", &[]);
    assert_eq!(first.code, 0, "{first:?}");
    assert!(!place.path("book").exists(), "a look makes no book");
    assert_eq!(import(&place, "january.csv").json()["events"], first.json()["events"]);

    let (log, keys) = (place.log(), std::fs::read(place.path("book.keys")).unwrap());
    let ran = preview("february.csv", &[]);
    assert_eq!(ran.code, 1, "a row is rejected: {ran:?}");
    let told = ran.json();
    let changed = &told["samples"]["changed"][0];
    assert_eq!(
        (&changed["line"], &changed["source"]["id"], &changed["fields"]),
        (
            &json!(2),
            &json!("1"),
            &json!([{ "field": "body.gross.minor", "old": 10_000, "new": 12_000 }])
        )
    );
    assert_eq!(told["samples"]["new"].as_array().map(Vec::len), Some(2));
    let shown = place.run(&["import", "preview", "--mapping", "facts.toml", "february.csv"]).out;
    assert!(shown.contains("body.gross.minor: 10000 → 12000"), "{shown}");
    let as_is = preview("february.csv", &["--no-amend"]).json();
    assert_eq!(as_is["events"]["invoice_issued"]["refused"], 1);
    assert_eq!(place.log(), log);
    assert_eq!(std::fs::read(place.path("book.keys")).unwrap(), keys);
    let ran = import(&place, "february.csv").json();
    for field in ["events", "rows_read", "rows_rejected", "rows_known", "first_rejects"] {
        assert_eq!(ran[field], told[field], "{field}");
    }
    assert_eq!(ran["events"]["invoice_issued"]["changed"], 1);
}

#[test]
fn what_the_import_of_the_changed_file_alone_says_the_changed_import_says_too() {
    let (one, other) = (place(), place());
    import(&one, "january.csv");
    import(&one, "february.csv");
    let both = format!("{HEADER}{}{JANUARY}", FEBRUARY);
    let unlike = |line: &&str| !line.starts_with("1;A;05.01.2026;invoice;100");
    let both: Vec<&str> = both.lines().filter(unlike).collect();
    other.file("both.csv", both.join("\n") + "\n");
    import(&other, "both.csv");
    for (left, right) in answers(&one).iter().zip(&answers(&other)) {
        if !left.0.starts_with("report flags") && !left.0.starts_with("subject") {
            assert_eq!(left, right);
        }
    }
}

#[test]
fn batches_are_listed_and_reported() {
    let place = place();
    let none = place.run(&["import", "--mapping", "facts.toml", "january.csv", "--dry-run"]);
    assert_eq!(none.code, 0);
    let (first, second) = (import(&place, "january.csv"), import(&place, "february.csv"));
    assert!(!import(&place, "january.csv").json()["batch"].is_null(), "a change back");
    let same = import(&place, "january.csv").json();
    assert!(same["batch"].is_null(), "nothing new, no batch: {same}");
    let list = place.run(&["import", "list", "--json"]).json();
    let ids: Vec<&Value> = list.as_array().unwrap().iter().map(|it| &it["id"]).collect();
    assert_eq!(ids.len(), 3);
    assert_eq!(ids[..2], [&json!(batch(&first)), &json!(batch(&second))]);
    let report = place.run(&["import", "report", &batch(&second), "--json"]).json();
    assert_eq!(report["state"], "ended");
    assert_eq!(report["ended"][1]["rows_rejected"], 1);
    assert!(report["told"]["files"][0]["sha256"].as_str().unwrap().len() == 64, "{report}");
    let shown = place.run(&["import", "report", &batch(&second)]).out;
    assert!(shown.contains("february.csv") && shown.contains("invoice_issued"), "{shown}");
    place
        .run(&["import", "report", "nothing"])
        .fails(1, "error: there is no batch `nothing`\nhint: `relatum import list` lists them");
}

#[test]
fn an_undo_that_others_rest_on_is_refused_with_a_list() {
    let place = place();
    let (first, second) = (import(&place, "january.csv"), import(&place, "february.csv"));
    let log = place.log();
    for more in [&[][..], &["--dry-run"]] {
        let ran = place.run(&[&["import", "undo", &batch(&first)], more].concat());
        assert_eq!(ran.code, 1, "{ran:?}");
        assert!(ran.out.contains("1 later events rest on it"), "{}", ran.out);
        assert!(ran.out.contains(&batch(&second)), "{}", ran.out);
    }
    let dry = place.run(&["import", "undo", "last", "--dry-run", "--json"]);
    assert_eq!((dry.code, &dry.json()["events"]), (0, &json!(3)), "{dry:?}");
    assert_eq!(place.log(), log, "nothing was done");
    assert_eq!(place.run(&["import", "undo", "last"]).code, 0);
    assert_eq!(place.run(&["import", "undo", "last"]).code, 0);
    let ran = place.run(&["import", "undo", &batch(&first)]);
    assert!(ran.err.contains("was undone already"), "{ran:?}");
}

#[test]
fn a_batch_that_was_cut_off_is_resumed_with_the_same_files_only() {
    let place = place();
    // A file that breaks off is as good as a program that was killed.
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
    std::io::Write::write_all(&mut gzip, format!("{HEADER}{JANUARY}").as_bytes()).unwrap();
    let whole = gzip.finish().unwrap();
    place.file("cut.csv", &whole[..whole.len() - 30]);
    let ran = import(&place, "cut.csv");
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(!batch(&Ran { code: 0, ..ran }).is_empty());
    let list = place.run(&["import", "list"]).out;
    assert!(list.contains("cut off"), "{list}");
    let again = place.run(&["import", "resume", "last"]);
    assert!(again.err.contains("breaks off"), "{again:?}");
    assert!(again.out.contains("in already"), "{again:?}");
    place.file("cut.csv", &whole);
    let changed = place.run(&["import", "resume", "last"]);
    assert_eq!(changed.code, 1);
    assert!(changed.err.contains("is not what the batch read"), "{changed:?}");
    place.file("facts.toml", format!("{MAPPING}\n# otherwise\n"));
    let changed = place.run(&["import", "resume", "last"]);
    assert!(changed.err.contains("says something else by now"), "{changed:?}");
    assert_eq!(place.run(&["import", "undo", "last"]).code, 0);
    assert_eq!(import(&place, "cut.csv").json()["events"]["invoice_issued"]["recorded"], 2);
    let ended = place.run(&["import", "resume", "last"]);
    assert!(ended.err.contains("came to its end"), "{ended:?}");
}

#[test]
fn who_was_erased_is_not_told_again_by_a_later_export() {
    let place = place();
    import(&place, "january.csv");
    let erased = place.run(&["subject", "erase", "Ada Lovelace"]);
    assert_eq!(erased.code, 0, "{erased:?}");
    let log = place.log();
    let ran = import(&place, "january.csv");
    assert_eq!(ran.code, 1, "{ran:?}");
    let reason = ran.json()["first_rejects"][0]["reason"].as_str().unwrap().to_owned();
    assert!(reason.contains("was erased"), "{reason}");
    assert_eq!(place.log(), log);
}
