//! Accounts that are one, on the command line.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::support::Place;

const MAPPING: &str = r#"
system = "SYSTEM"
[[table]]
name = "facts"
files = "*.csv"
currency = "EUR"
id = "{Number}"
stream = { account = "{Client}" }
effective = "{Day}"
[[table.event]]
type = "account_opened"
once = true
id = "{Client}"
body.name = "{Name}"
body.stage = "client"
body."external_ids.0.system" = "SYSTEM"
body."external_ids.0.id" = "{Client}"
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

const HEADER: &str = "Number,Client,Name,Day,Kind,Amount\n";
const VIEW: &[&str] = &["--as-of", "2026-03-31"];

/// Two sources, which tell of one client by two names.
fn book() -> Place {
    let place = Place::empty();
    let rows = [
        (
            "erp",
            "1,C-1,Nordwind GmbH,2026-01-05,invoice,100.00\n2,C-9,Other,2026-01-05,invoice,7.00\n",
        ),
        (
            "crm",
            "1,0012,Nord Wind,2026-02-01,invoice,50.00\n\
             2,0012,Nord Wind,2026-02-03,payment,30.00\n",
        ),
    ];
    for (system, rows) in rows {
        place.file("mapping.toml", MAPPING.replace("SYSTEM", system));
        place.file("rows.csv", format!("{HEADER}{rows}"));
        let ran = place.run(&["import", "rows.csv", "--mapping", "mapping.toml"]);
        assert_eq!(ran.code, 0, "{ran:?}");
    }
    place
}

fn ask(place: &Place, words: &[&str]) -> Value {
    let all: Vec<&str> = words.iter().chain(VIEW).chain(&["--json"]).copied().collect();
    place.run(&all).json()
}

fn id_of(place: &Place, text: &str) -> String {
    let shown = ask(place, &["account", "show", text]);
    shown.get("account").and_then(Value::as_str).unwrap().to_owned()
}

/// What is answered of both.
fn answers(place: &Place) -> Vec<Value> {
    [
        &["account", "list"][..],
        &["report", "aging"],
        &["account", "show", "crm:0012"],
        &["account", "history", "crm:0012"],
        &["report", "book"],
    ]
    .map(|words| ask(place, words))
    .into()
}

#[test]
fn two_accounts_are_merged_answered_as_one_and_split_again() {
    let place = book();
    let (kept, other) = (id_of(&place, "erp:C-1"), id_of(&place, "crm:0012"));
    let before = answers(&place);
    let merge = ["account", "merge", "erp:C-1", "crm:0012", "--reason", "the same tax id"];
    let ran = place.run(&merge);
    let said = format!(
        "Nord Wind is Nordwind GmbH from now on, in every answer.\n\
         `relatum account split {other}` takes it back.\n"
    );
    assert_eq!((ran.code, ran.out), (0, said), "{}", ran.err);

    let list = ask(&place, &["account", "list"]);
    let rows = list["accounts"].as_array().unwrap();
    assert_eq!(rows.len(), 2, "{list}");
    let row = rows.iter().find(|row| row["account"] == kept.as_str()).unwrap();
    assert_eq!((&row["name"], &row["merged"][0]), (&"Nordwind GmbH".into(), &other.clone().into()));
    // 100 + 50, and 30 that came in.
    let aging = ask(&place, &["report", "aging", "--account", "Nord Wind"]);
    assert_eq!(aging["totals"][0]["total"]["amount"], "120.00", "{aging}");
    for text in ["crm:0012", "Nord Wind", other.as_str(), "erp:C-1"] {
        assert_eq!(id_of(&place, text), kept, "{text}");
    }
    let page = place.run(&["account", "show", "crm:0012", "--as-of", "2026-03-31"]).out;
    assert!(page.contains("Nord Wind was merged into Nordwind GmbH on "), "{page}");
    let history = ask(&place, &["account", "history", "crm:0012"]).to_string();
    for stream in [&kept, &other] {
        assert!(history.contains(&format!("account/{stream}@")), "{history}");
    }
    let trail = place.run(&["audit", "trail", "--account", "crm:0012", "--json"]).out;
    assert!(trail.contains(&format!("account/{other}@2")), "{trail}");

    let again = place.run(&merge);
    let message =
        format!("error: account {other} was merged into {kept}: name that one, or split it first");
    again.fails(1, &message);
    assert_eq!(place.run(&["account", "merge", "Other", "erp:C-1"]).code, 0);
    let chain = ask(&place, &["account", "show", "crm:0012"]);
    assert_eq!(chain["name"], "Other");
    assert_eq!(place.run(&["account", "split", "erp:C-1"]).code, 0);

    let ran = place.run(&["account", "split", "Nord Wind", "--reason", "a branch"]);
    let said = "Nord Wind is a client of its own again, apart from Nordwind GmbH.\n";
    assert_eq!((ran.code, ran.out.as_str()), (0, said), "{}", ran.err);
    assert_eq!(answers(&place), before);
    let gone = place.run(&["account", "split", "crm:0012"]);
    let message =
        format!("error: account {other} was not merged into another: there is nothing to split");
    gone.fails(1, &message);
}

#[test]
fn points_before_a_merge_know_two_accounts_and_are_compared_with_none_after_it() {
    let place = book();
    let before = answers(&place);
    let stats = place.run(&["log", "stats", "--json"]).json();
    let last = stats["events"].as_u64().unwrap();
    let ran = place.run(&["account", "merge", "erp:C-1", "crm:0012"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let at = format!("@{last}");
    let then = |words: &[&str]| {
        let words: Vec<&str> = words.iter().chain(&["--known-at", &at]).copied().collect();
        ask(&place, &words)
    };
    let two = then(&["report", "aging"]);
    assert_eq!(two["lines"], before[1]["lines"]);
    assert_eq!(then(&["account", "show", "crm:0012"])["name"], "Nord Wind");
    let words = ["audit", "diff", "--report=aging", "--as-of", "2026-03-31", "--known-at", &at];
    let ran = place.run(&words);
    assert!(ran.code != 0 && ran.err.contains("was merged or split between"), "{ran:?}");
}

/// How many rows of each table all buckets of the archive tell.
fn folded(place: &Place, out: &str) -> BTreeMap<String, u64> {
    let ran = place.run(&["export", "log", "--to", "archive", "--unrecorded"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let manifest = std::fs::read_to_string(place.path("archive/_manifest.json")).unwrap();
    let manifest: Value = serde_json::from_str(&manifest).unwrap();
    let list = |value: &Value, at: &str| value.pointer(at).and_then(Value::as_array).cloned();
    let increments = list(&manifest, "/manifest/increments").unwrap();
    let segments = increments.iter().flat_map(|it| list(it, "/segments").unwrap());
    let buckets: BTreeSet<String> =
        segments.map(|it| it.get("bucket").unwrap().to_string()).collect();
    let mut all = BTreeMap::new();
    for bucket in buckets {
        let fold = ["fold", "--bucket", &bucket, "--in", "archive", "--out", out];
        let done = ask(place, &fold);
        for (table, rows) in done.get("rows").and_then(Value::as_object).unwrap() {
            *all.entry(table.clone()).or_default() += rows.as_u64().unwrap();
        }
    }
    all
}

/// How many rows `export` gives of a table.
fn exported(place: &Place, table: &str) -> u64 {
    let words = ["export", table, "--jsonl", "--unrecorded"];
    let ran = place.run(&[&words[..], VIEW].concat());
    assert_eq!(ran.code, 0, "{ran:?}");
    ran.out.lines().count() as u64
}

#[test]
fn buckets_tell_accounts_that_are_one_as_one_and_split_ones_apart() {
    let place = book();
    let (kept, other) = (id_of(&place, "erp:C-1"), id_of(&place, "crm:0012"));
    let check = |out: &str, accounts: u64, open: &[(&str, usize)]| {
        let rows = folded(&place, out);
        for (table, count) in &rows {
            if table != "digests" {
                assert_eq!(*count, exported(&place, table), "{table} in {out}");
            }
        }
        assert_eq!((rows["accounts"], rows["open_items"]), (accounts, 4));
        let page =
            place.run(&[&["export", "open_items", "--jsonl", "--unrecorded"], VIEW].concat());
        for (account, items) in open {
            let of = format!("\"account\":\"{account}\"");
            assert_eq!(page.out.lines().filter(|it| it.contains(&of)).count(), *items, "{out}");
        }
    };
    check("apart", 3, &[(&kept, 1), (&other, 2)]);
    assert_eq!(place.run(&["account", "merge", "erp:C-1", "crm:0012"]).code, 0);
    check("as-one", 2, &[(&kept, 3), (&other, 0)]);
    assert_eq!(place.run(&["account", "split", "crm:0012"]).code, 0);
    check("again", 3, &[(&kept, 1), (&other, 2)]);
}
