//! Every command in every form.

use serde_json::Value;

use crate::support::{Place, TODAY, invoice};

const COMMANDS: &[&[&str]] = &[
    &["demo", "--today", TODAY],
    &["worklist", "--as-of", TODAY],
    &["worklist", "--manager", "M-1", "--as-of", TODAY],
    &["import", "--list"],
    &["import", "--show", "ibm-ar"],
    &["account", "list", "--as-of", TODAY],
    &["account", "list", "--stage", "client", "--manager", "M-3", "--closed"],
    &["account", "show", "Hallmecke Werke", "--as-of", TODAY],
    &["account", "history", "Hallmecke Werke", "--family", "settlement", "--from", "2026-01-01"],
    &["account", "history", "Hallmecke Werke", "--kind", "invoice_issued", "--to", "2026-01-01"],
    &["report", "aging", "--as-of", TODAY],
    &["report", "aging", "--currency", "EUR", "--buckets", "0,10", "--as-of", TODAY],
    &["report", "aging", "--by", "document", "--manager", "M-1", "--as-of", TODAY],
    &["report", "aging", "--items", "--as-of", TODAY],
    &["report", "aging", "--lines", "manager", "--as-of", TODAY],
    &["report", "aging", "--lines", "segment", "--in-base", "--as-of", TODAY],
    &["report", "aging", "--lines", "group", "--closing", "USD=0.9", "--as-of", TODAY],
    &["report", "aging", "--group", "Hallmecke Werke", "--as-of", TODAY],
    &["report", "aging", "--explain", "total/EUR/total", "--as-of", TODAY],
    &["report", "roll-forward", "--from", "2026-11-01", "--as-of", TODAY],
    &["report", "roll-forward", "--ledger", "--as-of", TODAY],
    &["report", "roll-forward", "--explain", "total/EUR/received", "--as-of", TODAY],
    &["report", "unapplied", "--items", "--as-of", "2026-03-01"],
    &["report", "disputes", "--by", "owner", "--as-of", TODAY],
    &["report", "collection", "--top", "3", "--as-of", TODAY],
    &["report", "dunning", "--as-of", TODAY],
    &["report", "promises", "--open", "--as-of", TODAY],
    &["report", "cash", "--weeks", "4", "--as-of", TODAY],
    &["report", "exposure", "--in-base", "--as-of", TODAY],
    &["report", "held", "--as-of", TODAY],
    &["report", "metrics", "--trend", "3", "--as-of", TODAY],
    &["report", "metrics", "--by-manager", "--from", "2026-09-01", "--as-of", TODAY],
    &["account", "statement", "Hallmecke Werke", "--as-of", TODAY],
    &["account", "credit", "Hallmecke Werke", "--as-of", TODAY],
    &["report", "quota", "--as-of", TODAY],
    &["report", "quota", "--manager", "M-2", "--as-of", TODAY],
    &["report", "churn", "--as-of", TODAY],
    &["report", "churn", "--state", "alert", "--as-of", TODAY],
    &["report", "churn", "--horizon", "30", "--top", "3", "--manager", "M-1", "--as-of", TODAY],
    &["churn", "backtest", "--as-of", TODAY],
    &["report", "churn", "--account", "Hallmecke Werke", "--as-of", TODAY],
    &["report", "book", "--as-of", TODAY],
    &["report", "flags", "--as-of", TODAY],
    &["export", "--list"],
    &["export", "--list", "open_items"],
    &["log", "show", "--limit", "40"],
    &["log", "verify"],
    &["log", "tree-head"],
    &["log", "tree-head", "--at", "40", "--origin", "example.com/book"],
    &["log", "prove", "--consistency", "17", "40"],
    &["log", "stats"],
    &["schema"],
    &["schema", "invoice_issued"],
    &["completions", "bash"],
    &["man"],
];

#[test]
fn every_command_answers_in_every_form() {
    let place = Place::with_book();
    for command in COMMANDS {
        let run = |form: &[&str]| {
            let ran = place.run(&[command, form].concat());
            assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{command:?} {form:?}");
            assert!(ran.out.is_empty() || ran.out.ends_with('\n'), "{command:?} {form:?}");
            ran
        };
        let told = run(&[]).out;
        assert!(!told.contains('\u{1b}'), "{command:?}: no colour in a pipe");
        let document = run(&["--json"]).json();
        assert!(document.is_object() || document.is_array(), "{command:?}");
        for line in run(&["--jsonl"]).out.lines() {
            let line: Value = serde_json::from_str(line).unwrap();
            assert!(line.is_object(), "{command:?}: {line}");
        }
        let csv = run(&["--csv"]).out;
        let mut rows = csv.lines();
        assert!(rows.next().is_some_and(|header| !header.is_empty()), "{command:?}: {csv}");
    }
}

#[test]
fn one_answer_says_the_same_in_every_form() {
    let place = Place::with_book();
    let run = |form| place.run(&["report", "aging", "--as-of", TODAY, form]);
    let document = run("--json").json();
    assert_eq!(document["as_of"], TODAY);
    assert_eq!(document["known_at"], Value::Null);
    let lines = document["lines"].as_array().unwrap();
    let rows: Vec<Value> =
        run("--jsonl").out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines, &rows);
    let csv = run("--csv").out;
    let records: Vec<&str> = csv.lines().collect();
    assert_eq!(records.len(), rows.len() + 1);
    assert_eq!(
        records[0],
        "key,account,name,manager,currency,items,not_due,1-30,31-60,61-90,91-120,121+,total,\
         disputed,unapplied,overdue,collectable,revalued,oldest_days"
    );
    for (record, line) in records[1..].iter().zip(lines) {
        let fields: Vec<&str> = record.split(',').collect();
        assert_eq!(fields[0], line["key"]);
        assert_eq!(fields[1], line["account"]);
        assert_eq!(fields[12], line["total"]["amount"], "plain digits for programs");
    }
    let told = place.run(&["report", "aging", "--as-of", TODAY]).out;
    assert!(
        told.starts_with("Receivables by age · as of 2026-11-23, everything known now"),
        "{told}"
    );
}

#[test]
fn names_and_notes_open_with_the_keys_and_stay_sealed_in_the_log() {
    let place = Place::with_book();
    let shown = place.run(&["account", "show", "Hallmecke Werke", "--json"]).json();
    let name = shown["contacts"][0]["name"].as_str().unwrap().to_owned();
    assert!(name.contains(' '), "{name}");
    assert!(!place.log().contains(&name), "sealed in the log");
    let sealed = place.run(&["log", "show", "--json"]).out;
    assert!(!sealed.contains(&name) && sealed.contains("\"sealed\""));
    let open = place.run(&["log", "show", "--json", "--open"]).out;
    assert!(open.contains(&name) && !open.contains("\"sealed\""));
    place
        .run(&["log", "show", "--open"])
        .fails(2, "error: --open shows in --json only; the stored bytes stay sealed");
}

#[test]
fn accounts_and_managers_are_found_by_id_code_or_beginning_of_the_name() {
    let place = Place::with_book();
    let account = |name: &str| place.run(&["account", "show", name, "--json"]).json();
    let shown = account("hallmecke w");
    assert_eq!(shown["name"], "Hallmecke Werke GmbH");
    let id = shown["account"].as_str().unwrap();
    assert_eq!(account(id)["name"], shown["name"]);
    let external = &shown["external_ids"][0];
    let external = format!("{}:{}", external[0].as_str().unwrap(), external[1].as_str().unwrap());
    assert_eq!(account(&external)["name"], shown["name"]);
    let manager = shown["manager_name"].as_str().unwrap();
    let by_name = place.run(&["account", "list", "--manager", manager, "--json"]).json();
    let by_code = place.run(&["account", "list", "--manager", "m-1", "--json"]).json();
    assert_eq!(by_name, by_code);

    let ran = place.run(&["account", "show", "Hallmecke"]);
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
    let said = "error: `Hallmecke` fits several accounts: Hallmecke Pumpen GmbH (";
    assert!(ran.err.starts_with(said), "{}", ran.err);
    assert!(ran.err.ends_with("hint: write more of the name, or the id\n"), "{}", ran.err);
    place.run(&["account", "show", "Nemo"]).fails(
        1,
        "error: there is no account `Nemo`\n\
         hint: write an id, an external id as system:id, or a name; `relatum account list`",
    );
    place.run(&["worklist", "--manager", "M-99"]).fails(
        1,
        "error: there is no manager `M-99`\n\
         hint: write an id, a code or a name; `relatum report quota` names them",
    );
}

#[test]
fn the_manual_has_a_page_for_every_command() {
    let place = Place::empty();
    let ran = place.run(&["man", "pages"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{ran:?}");
    for page in ["relatum.1", "relatum-report-aging.1", "relatum-log-replicate.1"] {
        let text = std::fs::read_to_string(place.path("pages").join(page)).unwrap();
        assert!(text.contains(".SH SYNOPSIS"), "{page}");
    }
}

#[test]
fn help_names_the_exit_codes() {
    let ran = Place::empty().run(&["--help"]);
    assert_eq!(ran.code, 0);
    assert!(ran.out.contains("Exit codes:") && ran.out.contains("4  unavailable"), "{}", ran.out);
}

#[test]
fn the_work_itself_is_told_on_standard_error_to_whoever_asks() {
    let place = Place::empty();
    let quiet = place.run_with_input(&["log", "append"], invoice(1, 100));
    let told = place.run_with_input(&["log", "append", "--trace", "debug"], invoice(2, 100));
    assert_eq!((quiet.code, quiet.err.as_str(), told.code), (0, "", 0), "{quiet:?} {told:?}");
    for what in ["submit", "sync journal", "sync sled", "time.busy"] {
        assert!(told.err.contains(what), "{what}: {told:?}");
    }
    let asked = place.run(&["report", "aging", "--trace", "relatum=debug"]);
    assert!(asked.err.contains("catch up") && asked.err.contains("fold"), "{asked:?}");
    assert!(!told.out.contains("sync journal"), "{told:?}");
    let wrong = place.run(&["log", "show", "--trace", "a=nonsense"]);
    assert_eq!((wrong.code, wrong.out.as_str()), (2, ""), "{wrong:?}");
    assert!(wrong.err.starts_with("error: --trace \"a=nonsense\" is no filter"), "{wrong:?}");
}
