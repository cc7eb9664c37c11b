//! Imports that are killed: what is in by then, and how they go on.
#![cfg(target_os = "linux")]

use crate::batches::{HEADER, MAPPING};
use crate::no_space::failing;
use crate::support::Place;

const ROWS: u32 = 3_000;

const IMPORT: &[&str] = &["import", "--mapping", "invoices.toml", "invoices.csv"];

fn place() -> Place {
    let place = Place::empty();
    place.file("invoices.toml", MAPPING);
    let row =
        |at: u32| format!("{at};client {};{:02}.01.2026;invoice;{at},50\n", at % 41, 1 + at % 28);
    let rows: String = (0..ROWS).map(row).collect();
    place.file("invoices.csv", format!("{HEADER}{rows}"));
    place
}

/// What the book says, and that its log is whole and holds every row.
fn answers(place: &Place) -> Vec<String> {
    for whole in [IMPORT, &["log", "verify"]] {
        let ran = place.run(whole);
        assert_eq!(ran.code, 0, "{ran:?}");
    }
    let asked = [
        &["account", "list", "--json"][..],
        &["report", "aging", "--items", "--as-of", "2026-02-28", "--json"],
        &["export", "sales", "--as-of", "2026-02-28"],
    ];
    let answer = |asked: &[&str]| {
        let ran = place.run(asked);
        assert_eq!(ran.code, 0, "{ran:?}");
        ran.out
    };
    asked.into_iter().map(answer).collect()
}

/// The states of the batches that the log tells of.
fn batches(place: &Place) -> Vec<String> {
    let list = place.run(&["import", "list", "--json"]);
    if list.err.starts_with("error: there is no store at book;") {
        return Vec::new();
    }
    let list = list.json();
    let state = |batch: &serde_json::Value| batch["state"].as_str().unwrap().to_owned();
    list.as_array().unwrap().iter().map(state).collect()
}

#[test]
fn an_import_that_was_killed_anywhere_goes_on_to_the_same_book() {
    let whole = place();
    let ran = whole.run(IMPORT);
    assert_eq!(ran.code, 0, "{ran:?}");
    let expected = answers(&whole);
    let (mut killed, mut resumed) = (0, 0);
    // Commits on their way into the journal, and whatever is made to last.
    for (op, of, step) in [("write", "book/journal", 3), ("sync", "book", 9)] {
        for nth in (1..).step_by(step) {
            let place = place();
            let call = format!("{op}:{nth}:KILL:{of}");
            let Some(ran) = failing(&place, IMPORT, &call) else {
                break;
            };
            killed += 1;
            assert_eq!(ran.code, -1, "{call}: {ran:?}");
            // Before the first event of a batch is in, there is none to go on with; after its end,
            // no more than the replay cache was being written.
            let states = batches(&place);
            assert!(states.len() < 2, "{call}: {states:?}");
            if states == ["cut_off"] {
                resumed += 1;
                let ran = place.run(&["import", "resume", "last"]);
                assert_eq!(ran.code, 0, "{call}: {ran:?}");
                assert_eq!(batches(&place), ["ended"], "{call}");
            }
            assert_eq!(answers(&place), expected, "{call}");
        }
    }
    assert!(killed > 5 && resumed > 2, "{killed} killed, {resumed} resumed");
}
