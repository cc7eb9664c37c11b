//! About whom something is sealed, and erasing them.

use std::fs;

use serde_json::Value;

use crate::support::Place;

const SHOW: [&str; 4] = ["account", "show", "Hallmecke Werke", "--json"];

/// Id and name of the first contact of an account.
fn contact(place: &Place) -> (String, Option<String>) {
    let shown = place.run(&SHOW).json();
    let text = |field: &str| {
        let found = shown.pointer(&format!("/contacts/0/{field}"));
        found.and_then(Value::as_str).map(str::to_owned)
    };
    (text("contact").or_else(|| text("id")).unwrap(), text("name"))
}

#[test]
fn subjects_are_listed_and_shown_with_what_is_sealed() {
    let place = Place::with_book();
    let (id, name) = contact(&place);
    let listed = place.run(&["subject", "list", "--json"]).json();
    let lines = listed["subjects"].as_array().unwrap();
    let line = lines.iter().find(|line| line["subject"] == id.as_str()).unwrap();
    assert_eq!(line["name"].as_str(), name.as_deref());
    assert_eq!((&line["keys"], &line["erased"]), (&1.into(), &Value::Null));
    assert!(line.pointer("/role/contact/account").is_some(), "{line}");
    assert!(lines.iter().any(|line| line["role"] == "manager"));
    let page = place.run(&["subject", "list"]).out;
    assert!(page.contains("contact of Hallmecke Werke GmbH"), "{page}");

    let shown = place.run(&["subject", "show", name.as_deref().unwrap(), "--json"]).json();
    assert_eq!(shown["before"]["subject"], id.as_str());
    assert_eq!((&shown["dry_run"], &shown["erased_by"]), (&false.into(), &Value::Null));
    let csv = place.run(&["subject", "show", &id, "--csv"]).out;
    assert!(csv.starts_with("stream,of,event_type,field,fields,readable\n"), "{csv}");
    assert!(csv.contains(",Hallmecke Werke GmbH,contact_added,name,1,1\n"), "{csv}");
}

#[test]
fn a_dry_run_says_what_erasing_does_and_changes_nothing() {
    let place = Place::with_book();
    let (id, name) = contact(&place);
    let name = name.unwrap();
    let (log, keys) = (place.log(), fs::read(place.path("book.keys")).unwrap());
    let aging = place.run(&["report", "aging", "--as-of", "2026-11-23", "--json"]).out;
    let dry = place.run(&["subject", "erase", &name, "--dry-run"]);
    assert!(
        dry.out.starts_with(&format!("{name} · contact of Hallmecke Werke GmbH, {id}\n")),
        "{dry:?}"
    );
    assert!(dry.out.contains("would destroy 1 key; "), "{dry:?}");
    assert!(
        dry.out.contains("Given out of the book, and not touched\n  nothing that was recorded")
    );
    assert_eq!(place.log(), log);
    assert!(fs::read(place.path("book.keys")).unwrap() == keys);
    let dry = place.run(&["subject", "erase", &id, "--dry-run", "--json"]).json();

    let erase = ["subject", "erase", &name, "--reason", "a wish", "--json"];
    let erased = place.run(&erase).json();
    assert_eq!(erased["before"], dry["before"], "it does what it said");
    assert_eq!((&dry["dry_run"], &erased["dry_run"]), (&true.into(), &false.into()));
    assert_eq!(erased["keys_destroyed"], 1);
    let after = place.log();
    assert!(after.starts_with(&log) && after.contains("subject_erased"), "told at the end");
    assert!(after.contains("\"reason\":\"a wish\""));
    assert_eq!(contact(&place), (id.clone(), None));
    assert_eq!(place.run(&["report", "aging", "--as-of", "2026-11-23", "--json"]).out, aging);
    assert_eq!(place.run(&["log", "verify"]).code, 0);

    let again = place.run(&["subject", "erase", &id]);
    assert!(again.out.contains("was erased before, by tenant/"), "{again:?}");
    place.run(&["subject", "erase", &name]).fails(
        1,
        &format!(
            "error: there is no subject `{name}`\n\
             hint: write an id, a code or a name; `relatum subject list`"
        ),
    );
}

#[test]
fn what_was_given_out_is_recorded_once_and_listed() {
    let place = Place::with_book();
    let (id, _) = contact(&place);
    assert_eq!(place.run(&["keys", "backup", "-o", "copy.keys"]).code, 0);
    assert_eq!(place.run(&["keys", "backup", "-o", "copy.keys"]).code, 4, "it is there");
    assert_eq!(place.run(&["keys", "backup", "-o", "other.keys", "--unrecorded"]).code, 0);
    assert_eq!(place.run(&["log", "backup", "first"]).code, 0);
    let second = place.run(&["log", "backup", "first", "--json"]).json();
    assert_eq!(second["added"], 0, "what is added goes the same way, and adds nothing itself");
    assert_eq!(place.run(&["log", "backup", "second", "--unrecorded"]).code, 0);
    let erased = place.run(&["subject", "erase", &id, "--json"]).json();
    let told: Vec<(&str, String)> = erased["exports"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["what"].as_str().unwrap(), it["to"].as_str().unwrap().to_owned()))
        .collect();
    let path = |name: &str| place.path(name).canonicalize().unwrap().display().to_string();
    assert_eq!(told, [("keys", path("copy.keys")), ("log", path("first"))]);
    // The copy has the key still: it is beside the store, and not touched.
    let copied = fs::read_to_string(place.path("copy.keys")).unwrap();
    assert!(copied.contains(&id));
    // Until somebody opens the book with it.
    let opened = place.run(&[&SHOW[..], &["--keys", "copy.keys"]].concat());
    assert_eq!(opened.json().pointer("/contacts/0/name"), Some(&Value::Null));
    assert!(!fs::read_to_string(place.path("copy.keys")).unwrap().contains(&id));
}

#[test]
fn who_erases_is_named_and_a_name_is_no_reason() {
    let place = Place::with_book();
    let (id, name) = contact(&place);
    let reason = format!("{} left", name.unwrap());
    place.run(&["subject", "erase", &id, "--reason", &reason]).fails(
        1,
        "error: the reason holds a text about the subject, and would keep it; say it without",
    );
    let listed = place.run(&["subject", "list", "--json"]).json();
    let lines = listed["subjects"].as_array().unwrap();
    let manager = lines.iter().find(|line| line["role"] == "manager").unwrap();
    let manager = manager["name"].as_str().unwrap();
    assert_eq!(place.run(&["subject", "erase", &id, "--by", manager]).code, 0);
    let last = place.log().lines().last().unwrap().to_owned();
    assert!(last.contains("subject_erased") && last.contains("\"actor\":{\"manager\":"), "{last}");
    assert_eq!(place.run(&["subject", "erase", &id, "--by", "nobody at all"]).code, 1);
}
