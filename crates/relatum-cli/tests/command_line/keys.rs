//! The key file: what it holds, its copies, its passphrase.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use crate::support::{Place, Ran};

/// Runs with a passphrase in the environment.
fn with(place: &Place, passphrase: &str, arguments: &[&str]) -> Ran {
    let mut command = place.command(arguments);
    command.env("RELATUM_PASSPHRASE", passphrase);
    Ran::of(command.output().unwrap())
}

/// The name of the first contact of an account, as far as it opens.
fn contact(ran: &Ran) -> Value {
    ran.json().pointer("/contacts/0/name").cloned().unwrap_or_default()
}

const SHOW: [&str; 4] = ["account", "show", "Hallmecke Werke", "--json"];

#[test]
fn a_passphrase_is_set_rotated_and_taken_off_and_nothing_stored_changes() {
    let place = Place::with_book();
    let (plain, log) = (fs::read(place.path("book.keys")).unwrap(), place.log());
    let name = contact(&place.run(&SHOW));
    assert!(name.is_string(), "{name}");
    let status = place.run(&["keys", "status", "--json"]).json();
    assert_eq!((&status["format"], &status["is_wrapped"]), (&1.into(), &false.into()));
    place.run(&["keys", "rotate"]).fails(
        1,
        "error: the keys in book.keys are not wrapped: there is nothing to rotate\n\
         hint: `relatum keys passphrase --new FILE` sets a passphrase",
    );

    let file = place.file("new", "correct horse\n");
    let set = place.run(&["keys", "passphrase", "--new", file]);
    assert!(set.out.contains("keys are wrapped: they open with the passphrase only"), "{set:?}");
    place.run(&SHOW).fails(
        4,
        "error: the key file book.keys is protected by a passphrase; set RELATUM_PASSPHRASE, or \
         name a file that holds it with --passphrase-file",
    );
    with(&place, "correct house", &SHOW).fails(
        4,
        "error: the passphrase does not open the key file book.keys; give the one that was set \
         last, or put the file back from a backup if its first line was changed",
    );
    with(&place, "", &["keys", "passphrase", "--remove"]).fails(4, place.run(&SHOW).err.trim_end());
    assert_eq!(contact(&with(&place, "correct horse", &SHOW)), name);
    let from_file = [&SHOW[..], &["--passphrase-file", file]].concat();
    assert_eq!(contact(&place.run(&from_file)), name);

    let wrapped = fs::read(place.path("book.keys")).unwrap();
    assert_eq!(with(&place, "correct horse", &["keys", "rotate"]).code, 0);
    assert_ne!(fs::read(place.path("book.keys")).unwrap(), wrapped);
    assert_eq!(contact(&with(&place, "correct horse", &SHOW)), name);
    let after = with(&place, "correct horse", &["log", "show", "--jsonl"]).out;
    assert_eq!(after, log, "what is stored is what it was");

    assert_eq!(with(&place, "correct horse", &["keys", "passphrase", "--remove"]).code, 0);
    let lines = |bytes: Vec<u8>| -> BTreeSet<String> {
        String::from_utf8(bytes).unwrap().lines().map(str::to_owned).collect()
    };
    let same = lines(fs::read(place.path("book.keys")).unwrap()) == lines(plain);
    assert!(same, "the very same keys");
}

#[test]
fn a_new_store_is_protected_from_the_first_byte() {
    let place = Place::empty();
    let line = crate::support::invoice(1, 5);
    let line = place.file("lines", line);
    assert_eq!(with(&place, "tea", &["log", "append", line]).code, 0);
    let status = with(&place, "tea", &["keys", "status", "--json"]).json();
    assert_eq!((&status["format"], &status["is_wrapped"]), (&2.into(), &true.into()));
}

#[test]
fn a_copy_of_the_keys_opens_the_book() {
    let place = Place::with_book();
    let name = contact(&place.run(&SHOW));
    assert_eq!(place.run(&["keys", "backup", "-o", "copy"]).code, 0);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(place.path("copy").metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
    let again = place.run(&["keys", "backup", "--output", "copy"]);
    assert_eq!(again.code, 4, "{again:?}");
    assert!(again.err.starts_with("error: could not write the key file copy"), "{again:?}");
    fs::remove_file(place.path("book.keys")).unwrap();
    let shown = place.run(&[&SHOW[..], &["--keys", "copy"]].concat());
    assert_eq!(contact(&shown), name);
}

#[test]
fn a_passphrase_is_no_argument_and_what_is_none_is_named() {
    let place = Place::with_book();
    let empty = place.file("empty", "\n");
    place.run(&["keys", "passphrase", "--new", empty]).fails(
        4,
        "error: the passphrase is empty; give one of at least one letter, better of six words",
    );
    for arguments in [
        &["keys", "passphrase"][..],
        &["keys", "passphrase", "--new", "x", "--remove"],
        &["keys", "status", "--passphrase", "tea"],
    ] {
        assert_eq!(place.run(arguments).code, 2, "{arguments:?}");
    }
    let missing = place.run(&["keys", "status", "--passphrase-file", "nowhere"]);
    assert_eq!(missing.code, 4);
    assert!(missing.err.contains("could not read the passphrase in nowhere"), "{missing:?}");
    assert_eq!(place.run(&["keys", "status", "--keys", "nowhere"]).code, 4);
}
