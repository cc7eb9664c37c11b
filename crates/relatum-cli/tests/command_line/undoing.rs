//! Undoing leaves nothing behind, whatever a batch told of whom.

use crate::support::{Place, TODAY};

const MAPPING: &str = r#"
system = "erp"
[[table]]
name = "facts"
files = "*.csv"
currency = "EUR"
id = "{Number}"
stream = { account = "{Client}" }
effective = "{Day}"
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
[[table.event]]
type = "activity_held"
when = { Kind = "call" }
body.activity = { id = "{Number}", of = "activity" }
body.kind = "call"
body.manager = { id = "M-1", of = "manager" }
body.outcome = "neutral"
"#;

fn printed(place: &Place, words: &[&str]) -> String {
    let ran = place.run(&[words, &["--as-of", TODAY]].concat());
    assert_eq!(ran.code, 0, "{ran:?}");
    format!("{words:?}\n{}", ran.out)
}

/// The list of accounts, and every table, as they are printed.
fn lists(place: &Place) -> Vec<String> {
    let names = place.run_bare(&["export", "--list", "--json"]).json();
    let names = names.as_array().unwrap().iter();
    let names = names.map(|it| it.get("name").and_then(|it| it.as_str()).unwrap().to_owned());
    let tables = names.map(|name| printed(place, &["export", &name, "--csv", "--unrecorded"]));
    [printed(place, &["account", "list"]), printed(place, &["report", "book"])]
        .into_iter()
        .chain(tables)
        .collect()
}

#[test]
fn accounts_of_which_a_batch_told_one_kind_of_facts_are_gone_with_it() {
    let place = Place::with_book();
    place.file("facts.toml", MAPPING);
    let before = lists(&place);
    for kind in ["invoice", "payment", "call"] {
        let rows = format!(
            "Number,Client,Day,Kind,Amount\n{kind}-1,New,2026-01-05,{kind},100.00\n\
             {kind}-2,Newer,2026-02-05,{kind},70.00\n"
        );
        place.file("rows.csv", rows);
        let ran = place.run(&["import", "--mapping", "facts.toml", "rows.csv"]);
        assert_eq!(ran.code, 0, "{kind}: {ran:?}");
        assert_ne!(printed(&place, &["account", "list"]), before[0], "{kind}");
        assert_eq!(place.run(&["import", "undo", "last"]).code, 0);
        for (before, after) in before.iter().zip(lists(&place)) {
            assert_eq!(*before, after, "{kind}");
        }
    }
}
