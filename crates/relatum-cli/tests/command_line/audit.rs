//! What changed, and why: as an auditor asks for it.

use serde_json::Value;

use crate::support::{Place, TODAY, invoice, payment};

/// Cents of an amount as JSON has it.
fn cents(amount: &Value) -> i64 {
    amount.as_str().unwrap().replace('.', "").parse().unwrap()
}

/// The amounts of a column of rows of CSV.
fn column(csv: &str, name: &str) -> Vec<String> {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let at = reader.headers().unwrap().iter().position(|it| it == name).unwrap();
    reader.records().map(|it| it.unwrap().get(at).unwrap().to_owned()).collect()
}

#[test]
fn a_late_payment_is_told_with_its_event() {
    let place = Place::empty();
    assert_eq!(place.run_with_input(&["log", "append"], invoice(1, 119_000)).code, 0);
    assert_eq!(place.run_with_input(&["log", "append"], payment(1, 19_000)).code, 0);
    let asked = ["audit", "diff", "--report", "aging", "--as-of", TODAY, "--known-at", "@1", "@2"];
    let told = place.run(&asked);
    assert_eq!(told.code, 0, "{told:?}");
    assert!(told.out.contains("late-arrived"), "{}", told.out);
    assert!(told.out.contains("The total changed by -190.00 EUR: late-arrived -190.00 EUR."));
    let json = place.run(&[&asked[..], &["--json"]].concat()).json();
    let total = json["totals"].as_array().unwrap().iter().find(|it| it["column"] == "total");
    let total = total.unwrap();
    assert_eq!((&total["before"], &total["after"]), (&"1190.00".into(), &"1000.00".into()));
    // One instant is compared with now, and the way back has the other sign.
    let one = place.run(&["audit", "diff", "--report=aging", "--as-of", TODAY, "--known-at=@1"]);
    assert!(one.out.contains("-190.00"), "{}", one.out);
    let back = ["audit", "diff", "--report=aging", "--as-of", TODAY, "--known-at", "@2", "@1"];
    assert!(place.run(&back).out.contains("+190.00"));
    let none = ["audit", "diff", "--report=aging", "--as-of", TODAY, "--known-at", "@2", "@2"];
    assert!(place.run(&none).out.contains("Nothing changed."));
}

#[test]
fn causes_and_events_sum_to_every_change_of_the_demo() {
    let place = Place::with_book();
    for report in ["aging", "aging --items", "sales --by month", "roll-forward", "quota", "churn"] {
        let words = format!("--report={report}");
        let asked = ["audit", "diff", &words, "--as-of", "2026-08-31", TODAY];
        let json = place.run(&[&asked[..], &["--json"]].concat()).json();
        let cells = json["cells"].as_array().unwrap();
        assert!(!cells.is_empty(), "{report}");
        let mut events = 0;
        for cell in cells.iter().filter(|it| it["change"].is_string()) {
            let causes = cell["causes"].as_array().unwrap();
            let sum: i64 = causes.iter().map(|it| cents(&it["change"])).sum();
            assert_eq!(sum, cents(&cell["change"]), "{report}: {cell}");
            for cause in causes {
                let told = cause["events"].as_array().unwrap();
                let sum: i64 = told.iter().map(|it| cents(&it["change"])).sum();
                assert_eq!(sum, cents(&cause["change"]), "{report}: {cell}");
            }
        }
        for cause in cells.iter().flat_map(|it| it["causes"].as_array().unwrap()) {
            events += cause["events"].as_array().unwrap().len();
        }
        let csv = place.run(&[&asked[..], &["--csv"]].concat()).out;
        assert_eq!(column(&csv, "event").len(), events, "a row an event: {report}");
    }
}

#[test]
fn what_cannot_be_compared_is_refused_with_what_to_do() {
    let place = Place::with_book();
    let refused = |words: &str, more: &[&str], message: &str| {
        let report = format!("--report={words}");
        let told = place.run(&[&["audit", "diff", &report], more].concat());
        assert_eq!((told.code, told.out.as_str()), (2, ""), "{told:?}");
        let first = told.err.lines().next().unwrap_or_default();
        assert_eq!(first, format!("error: {message}"));
    };
    let days = ["--as-of", "2026-08-31", TODAY];
    refused("aging", &[], "there is nothing to compare: give two days or two instants");
    let no_table = "this report is no table of sums, or not in this form";
    refused("flags", &days, no_table);
    refused("offers --list", &days, no_table);
    let unknown = "the report is not understood: unrecognized subcommand 'agign'";
    refused("agign", &days, unknown);
    refused(
        "sales \"--by",
        &days,
        "`sales \"--by` is no report: a quote does not end, or it is empty",
    );
    let point =
        "`aging --as-of=2026-01-31` is no report: say --as-of=2026-01-31 beside it, or not at all";
    refused("aging --as-of=2026-01-31", &days, point);
    refused("", &days, "`` is no report: a quote does not end, or it is empty");
}

#[test]
fn a_certificate_is_checked_after_more_was_recorded_and_refused_after_it_was_changed() {
    let place = Place::empty();
    assert_eq!(place.run_with_input(&["log", "append"], invoice(1, 119_000)).code, 0);
    assert_eq!(place.run_with_input(&["log", "append"], payment(1, 19_000)).code, 0);
    let key = place.run(&["log", "tree-head", "--new-key", "example.com/book", "--key", "signing"]);
    let verifier = key.out.trim_end().to_owned();
    let asked = ["audit", "certify", "--report=aging --currency EUR", "--as-of", TODAY];
    let signed = ["--key=signing", "-o", "aging.cert", "--with-proofs", "total/EUR/total"];
    let told = place.run(&[&asked[..], &signed].concat()).out;
    assert!(told.starts_with("Certified · in aging.cert"), "{told}");
    assert!(told.contains(&format!("signer  {verifier}")), "{told}");
    assert_eq!(place.run_with_input(&["log", "append"], invoice(2, 100)).code, 0);
    let check = |more: &[&str]| place.run(&[&["audit", "check", "aging.cert"], more].concat());
    let told = check(&["--verifier-key", &verifier]);
    assert_eq!((told.code, told.err.as_str()), (0, ""), "{told:?}");
    assert!(told.out.contains("Equal: the log gives the same"), "{}", told.out);
    let json = check(&["--json"]).json();
    assert_eq!((&json["equal"], &json["certificate"]["position"]), (&true.into(), &2.into()));
    let other = "k+9bd1ca9c+AbjlNVt3G1A3zRiciI4KJxJZfYXT2Y8YtIn8XFdHaZlo";
    assert_eq!(check(&["--verifier-key", other]).code, 2, "no key at all");
    let text = std::fs::read_to_string(place.path("aging.cert")).unwrap();
    place.file("aging.cert", text.replacen("\"1000.00\"", "\"1100.00\"", 1));
    let refused = check(&[]);
    assert_eq!((refused.code, refused.out.as_str()), (1, ""), "{refused:?}");
    assert!(refused.err.contains("is not signed by"), "{}", refused.err);
    // Without a signature the log tells.
    let unsigned = ["-o", "aging.cert"];
    assert_eq!(place.run(&[&asked[..], &unsigned].concat()).code, 0);
    let text = std::fs::read_to_string(place.path("aging.cert")).unwrap();
    place.file("aging.cert", text.replacen("\"1001.00\"", "\"1101.00\"", 1));
    let told = check(&[]);
    assert_eq!((told.code, told.err.as_str()), (1, ""), "{told:?}");
    assert!(told.out.contains("It diverges"), "{}", told.out);
    assert!(told.out.contains("certified 1101.00, replayed 1001.00"), "{}", told.out);
    place.file("aging.cert", "nonsense");
    assert_eq!(check(&[]).code, 1);
    assert_eq!(place.run(&["audit", "check", "nowhere"]).code, 4);
}

#[test]
fn a_certificate_names_accounts_and_managers_by_id() {
    let place = Place::with_book();
    for words in ["aging --account 'Hallmecke Werke'", "aging --account='Hallmecke Pumpen'"] {
        let report = format!("--report={words}");
        let made = place.run(&["audit", "certify", &report, "--as-of", TODAY, "-o", "one.cert"]);
        assert_eq!(made.code, 0, "{made:?}");
        let json = place.run(&["audit", "check", "one.cert", "--json"]).json();
        assert_eq!(json["equal"], true);
        let asked = json["certificate"]["asked"].as_str().unwrap();
        assert!(!asked.contains("Hallmecke") && asked.len() > 40, "{asked}");
    }
    let none = ["audit", "certify", "--report=week", "--as-of", TODAY, "-o", "week.cert"];
    assert_eq!(place.run(&none).code, 2);
    assert!(!place.path("week.cert").exists());
}

#[test]
fn the_trail_of_a_document_an_account_and_a_program() {
    let place = Place::with_book();
    let told = place.run(&["audit", "trail", "--account", "Hallmecke Werke"]);
    assert!(told.out.starts_with("The trail of account Hallmecke Werke · everything known now"));
    let json = place.run(&["audit", "trail", "--account", "Hallmecke Werke", "--json"]).json();
    let events = json["events"].as_array().unwrap();
    let invoice = events.iter().find(|it| it["kind"] == "invoice_issued").unwrap();
    let number = invoice["label"].as_str().unwrap();
    let of = place.run(&["audit", "trail", "--document", number, "--json"]).json();
    let of = of["events"].as_array().unwrap();
    assert!(of.iter().any(|it| it["event"] == invoice["event"]));
    assert!(of.len() > 1 && of.len() < events.len(), "{} of {}", of.len(), events.len());
    let csv = place.run(&["audit", "trail", "--actor", "ledger", "--csv"]).out;
    assert!(column(&csv, "who").iter().all(|it| it == "ledger"));
    place
        .run(&["audit", "trail", "--document", "none such"])
        .fails(1, "error: there is no document `none such`");
    place
        .run(&["audit", "trail", "--actor", "nobody at all"])
        .fails(1, "error: the log tells nothing of `nobody at all`");
    assert_eq!(place.run(&["audit", "trail"]).code, 2);
}
