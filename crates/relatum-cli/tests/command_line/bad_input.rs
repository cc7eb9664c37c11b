//! What goes wrong, with the exact message and exit code, and the store as it was.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use crate::support::{Place, invoice};

const READING: &[&[&str]] = &[
    &["worklist"],
    &["account", "list"],
    &["report", "aging"],
    &["report", "flags"],
    &["log", "show"],
    &["log", "verify"],
    &["log", "tree-head"],
    &["log", "prove", "--consistency", "0", "1"],
    &["log", "stats"],
];

#[test]
fn reading_makes_no_store() {
    let place = Place::empty();
    for command in READING {
        place.run(command).fails(
            4,
            "error: there is no store at book; check the path, or create one there\n\
             hint: `relatum demo` makes an example book; `relatum import` makes one of your files",
        );
        place.run_bare(command).fails(
            2,
            "error: no store is named; give --store PATH or set RELATUM_STORE\n\
             hint: `relatum demo` makes an example book",
        );
    }
    assert_eq!(fs::read_dir(place.path("")).unwrap().count(), 0);
}

#[test]
fn a_value_that_is_none_is_named_with_its_form() {
    let place = Place::empty();
    for (arguments, said) in [
        (
            &["report", "aging", "--as-of", "2026-02-31"][..],
            "error: invalid value '2026-02-31' for '--as-of <DAY>': `2026-02-31` is no day of the \
             calendar; write it like 2026-11-23",
        ),
        (
            &["report", "aging", "--known-at", "yesterday"],
            "error: invalid value 'yesterday' for '--known-at <WHEN>': `yesterday` is no instant, \
             day or position; write it like 2026-11-23T17:30:00Z, 2026-11-23 (its end, UTC) or \
             @1234",
        ),
        (
            &["report", "aging", "--currency", "XYZ"],
            "error: invalid value 'XYZ' for '--currency <CURRENCY>': `XYZ` is no ISO 4217 \
             currency with a minor unit; write a code like EUR",
        ),
        (
            &["report", "aging", "--buckets", "0;30"],
            "error: invalid value '0;30' for '--buckets <DAYS>': `0;30` are no last days of \
             buckets; write them like 0,30,60,90,120",
        ),
        (
            &["report", "aging", "--buckets", "30,0"],
            "error: bound 0 is not above 30 before it; write them ascending: 0,30,60,90,120",
        ),
        (
            &["account", "history", "x", "--kind", "invoice"],
            "error: invalid value 'invoice' for '--kind <TYPE>': `invoice` is no event type; \
             `relatum schema` lists them",
        ),
        (
            &["log", "show", "--from", "0"],
            "error: invalid value '0' for '--from <SEQ>': `0` is no position; write a number \
             from 1, such as 1234",
        ),
        (
            &["log", "show", "--stream", "account"],
            "error: invalid value 'account' for '--stream <STREAM>': `account` is no stream; \
             write it as kind/uuid, such as account/67e55044-…",
        ),
        (
            &["report", "aging", "--json", "--csv"],
            "error: the argument '--json' cannot be used with '--csv'",
        ),
    ] {
        let ran = place.run(arguments);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{arguments:?}");
        assert_eq!(ran.err.lines().next(), Some(said), "{arguments:?}");
    }
}

#[test]
fn a_store_in_use_says_so() {
    let place = Place::with_book();
    let before = place.log();
    // A reader that does not read on holds the store for as long as we like.
    let mut command = place.command(&["log", "show", "--jsonl"]);
    let mut holder = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut reader = BufReader::with_capacity(16, holder.stdout.take().unwrap());
    reader.read_line(&mut String::new()).unwrap();
    for command in [&["worklist"][..], &["log", "append"], &["demo"]] {
        place.run(command).fails(
            4,
            "error: the store book is in use by another process; close that one, or wait for it \
             to end\n\
             hint: every command opens the store alone; `fuser book/lock` may tell who has it",
        );
    }
    drop(reader);
    holder.wait().unwrap();
    assert!(place.log() == before);
}

#[test]
fn a_place_where_nothing_can_be_written_says_so() {
    let place = Place::empty();
    place.file("file", "no folder");
    let below = ["log", "append", "--store", "file/book"];
    place
        .run_with_input(&below, invoice(1, 100))
        .fails(4, "error: could not create file/book/sled: Not a directory (os error 20)");
    place.run(&["worklist", "--store", "file/book"]).fails(
        4,
        "error: there is no store at file/book; check the path, or create one there\n\
         hint: `relatum demo` makes an example book; `relatum import` makes one of your files",
    );
    assert_eq!(fs::read_to_string(place.path("file")).unwrap(), "no folder");
}

#[cfg(unix)]
#[test]
fn a_folder_that_is_read_only_says_so() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::empty();
    let folder = place.path("sealed");
    fs::create_dir(&folder).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o555)).unwrap();
    // Who may write everywhere, as root may, cannot see this.
    if fs::write(folder.join("try"), "").is_err() {
        let store = ["log", "append", "--store", "sealed/book"];
        place
            .run_with_input(&store, invoice(1, 100))
            .fails(4, "error: could not create sealed/book/sled: Permission denied (os error 13)");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
    }
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_store_of_a_newer_format_is_left_alone() {
    let place = Place::with_book();
    let before = place.log();
    let head = place.path("book/head");
    let text = fs::read_to_string(&head).unwrap();
    fs::write(&head, text.replace("\"format\":2", "\"format\":7")).unwrap();
    for command in READING.iter().copied().chain([&["log", "append"][..], &["demo"]]) {
        place
            .run(command)
            .fails(5, "error: the store has format 7, this version knows up to 2; use a newer one");
    }
    fs::write(&head, text).unwrap();
    assert!(place.log() == before);
}

#[test]
fn a_missing_key_file_is_not_made_anew() {
    let place = Place::with_book();
    let before = place.log();
    let keys = fs::read(place.path("book.keys")).unwrap();
    fs::remove_file(place.path("book.keys")).unwrap();
    for command in READING.iter().copied().chain([&["log", "append"][..], &["demo"]]) {
        place.run(command).fails(
            4,
            "error: the key file book.keys is missing; name it with --keys, or put it back from a \
             backup: without it personal and secret fields cannot be read or written",
        );
    }
    assert!(!place.path("book.keys").exists());
    fs::write(place.path("elsewhere"), &keys).unwrap();
    assert_eq!(place.run(&["worklist", "--keys", "elsewhere"]).code, 0);
    fs::write(place.path("book.keys"), keys).unwrap();
    assert!(place.log() == before);
}

#[test]
fn a_damaged_log_is_found_and_repaired() {
    let place = Place::with_book();
    let before = place.log();
    let path = place.path("book/journal/00000000000000000001.segment");
    let mut bytes = fs::read(&path).unwrap();
    *bytes.get_mut(100_000).unwrap() ^= 1;
    fs::write(&path, bytes).unwrap();
    let ran = place.run(&["log", "verify"]);
    assert_eq!((ran.code, ran.out.as_str()), (5, ""), "{ran:?}");
    assert!(ran.err.starts_with("error: the log is damaged at position "), "{}", ran.err);
    assert!(ran.err.contains("`relatum log repair` makes the store whole"), "{}", ran.err);
    let repaired = place.run(&["log", "repair", "--json"]);
    assert_eq!(repaired.code, 0, "{repaired:?}");
    let repaired = repaired.json();
    assert_eq!(repaired["lost"], serde_json::json!([]));
    assert!(repaired["from_store"].as_u64() > Some(0), "{repaired}");
    let verified = place.run(&["log", "verify", "--json"]).json();
    assert_eq!(verified["root"], repaired["root"]);
    assert!(place.log() == before);
    let again = place.run(&["log", "repair"]);
    assert_eq!(again.code, 0, "{again:?}");
    assert!(again.out.starts_with("nothing was wrong\n"), "{}", again.out);
}

#[test]
fn a_store_that_lost_sleds_file_is_completed_from_its_journal() {
    let place = Place::with_book();
    let before = place.log();
    fs::remove_file(place.path("book/sled/db")).unwrap();
    assert_eq!(place.run(&["log", "verify"]).code, 0);
    assert!(place.log() == before);
    fs::remove_file(place.path("book/sled/db")).unwrap();
    fs::remove_dir_all(place.path("book/journal")).unwrap();
    let ran = place.run(&["log", "verify"]);
    assert_eq!((ran.code, ran.out.as_str()), (5, ""), "{ran:?}");
}

#[test]
fn a_backup_grows_and_makes_the_same_store_again() {
    let place = Place::with_book();
    let first = place.run(&["log", "backup", "kept", "--json"]).json();
    assert_eq!(first["added"], first["events"]);
    let second = place.run(&["log", "backup", "kept", "--json"]).json();
    assert_eq!((&second["added"], &second["root"]), (&0.into(), &first["root"]));
    let restored = place.run(&["log", "restore", "kept", "--store", "copy", "--json"]);
    assert_eq!(restored.code, 0, "{restored:?}");
    assert_eq!(restored.json()["root"], first["root"]);
    let with_keys = ["worklist", "--store", "copy", "--keys", "book.keys"];
    let (here, there) = (place.run(&["worklist"]), place.run(&with_keys));
    assert_eq!((there.code, there.out), (0, here.out));
    let ran = place.run(&["log", "restore", "kept", "--store", "copy"]);
    assert_eq!(ran.code, 4, "{ran:?}");
    assert!(ran.err.contains("restore into a new folder"), "{}", ran.err);
    let ran = place.run(&["log", "restore", "nothing", "--store", "other"]);
    assert_eq!(ran.code, 4, "{ran:?}");
    assert!(!place.path("other").exists());
}

#[test]
fn the_journal_of_a_store_may_lie_elsewhere() {
    let place = Place::with_book();
    let log = place.log();
    let at = ["log", "replicate", "--store", "far", "--journal", "disk/journal"];
    assert_eq!(place.run_with_input(&at, &log).code, 0);
    assert!(place.path("disk/journal").read_dir().unwrap().count() > 0);
    assert_eq!(place.run(&["log", "verify", "--store", "far"]).code, 0);
    fs::rename(place.path("disk"), place.path("unplugged")).unwrap();
    let ran = place.run(&["log", "verify", "--store", "far"]);
    assert_eq!(ran.code, 4, "{ran:?}");
    assert!(ran.err.contains("could not open the journal far/journal"), "{}", ran.err);
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let place = Place::empty();
    for command in ["append", "replicate"] {
        place.run(&["log", command, "nothing.jsonl"]).fails(
            4,
            "error: could not open nothing.jsonl: No such file or directory (os error 2)",
        );
    }
    assert!(!place.path("book").exists(), "no store was made for it");
}

#[cfg(not(feature = "sql"))]
#[test]
fn a_program_without_sql_says_how_to_build_it_in() {
    let ran = Place::empty().run_bare(&["sql", "select 1"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.starts_with("error: this program was built without SQL"), "{}", ran.err);
    assert!(ran.err.contains("--features sql"), "{}", ran.err);
}
