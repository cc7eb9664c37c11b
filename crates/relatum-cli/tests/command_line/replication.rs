//! The log as bytes: copied, cut off, read half.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use crate::support::{Place, invoice};

#[test]
fn a_copy_has_equal_bytes_and_goes_on_where_the_original_would() {
    let place = Place::with_book();
    let original = place.log();
    let ran = place.run_with_input(&["log", "replicate", "--store", "copy", "--json"], &original);
    assert_eq!(ran.code, 0, "{ran:?}");
    let copied = ran.json();
    assert_eq!(copied["commits"], original.lines().count());
    let copy = place.run(&["log", "show", "--jsonl", "--store", "copy"]).out;
    assert!(copy == original, "equal bytes");
    assert_eq!(place.run(&["log", "verify", "--store", "copy"]).code, 0);
    let keys = ["--keys", "book.keys"];
    let names = place.run(&[&["account", "show", "Hallmecke Werke", "--json"], &keys[..]].concat());
    let there = ["account", "show", "Hallmecke Werke", "--json", "--store", "copy"];
    let there = place.run(&[&there[..], &keys[..]].concat());
    assert_eq!(there.json(), names.json(), "the key file of the original opens the copy");
}

#[test]
fn a_copy_that_was_cut_off_goes_on_and_another_log_is_refused() {
    let (place, other) = (Place::empty(), Place::empty());
    for line in [invoice(1, 100), invoice(2, 100), invoice(3, 100)] {
        assert_eq!(place.run_with_input(&["log", "append"], &line).code, 0);
    }
    assert_eq!(other.run_with_input(&["log", "append"], invoice(4, 100)).code, 0);
    let log = place.log();
    let first = log.lines().next().unwrap();
    let copy = ["log", "replicate", "--store", "copy", "--json"];
    let copied = |input: &str| place.run_with_input(&copy, input).json()["commits"].clone();
    assert_eq!(copied(first), 1);
    assert_eq!(copied(&log), 2);
    assert_eq!(copied(&log), 0);
    place.run_with_input(&copy, other.log()).fails(
        1,
        "error: standard input, line 1: the store holds another commit at position 1: this is not \
         its log\nhint: 0 commits before it are in",
    );
    assert!(place.run(&["log", "show", "--jsonl", "--store", "copy"]).out == log);
}

#[test]
fn commits_that_do_not_follow_are_refused_with_their_line() {
    let place = Place::empty();
    let lines = [invoice(1, 100), invoice(2, 100), invoice(3, 100)];
    for line in &lines {
        assert_eq!(place.run_with_input(&["log", "append"], line).code, 0);
    }
    let log = place.log();
    let commits: Vec<&str> = log.lines().collect();
    assert_eq!(commits.len(), 3);
    let input = format!("{}\n{}\n", commits[0], commits[2]);
    place.run_with_input(&["log", "replicate", "--store", "copy"], input).fails(
        1,
        "error: standard input, line 2: the commit cannot be copied into this log: expected \
         version 2 of account/5181575d-9783-5867-b4fe-fe1eb871d781, found 3\n\
         hint: 1 commits before it are in",
    );
    let cut = format!("{}\n{}", commits[0], &commits[1][..commits[1].len() / 2]);
    let ran = place.run_with_input(&["log", "replicate", "--store", "copy"], cut);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(
        ran.err.starts_with(
            "error: standard input, line 2: the commit cannot be copied into this log: the bytes \
             are no commit (from byte "
        ),
        "{}",
        ran.err
    );
    let copy = place.run(&["log", "show", "--jsonl", "--store", "copy"]).out;
    assert_eq!(copy.lines().collect::<Vec<_>>(), &commits[..1]);
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let place = Place::with_book();
    for form in [&["--jsonl"][..], &["--csv"], &["--json"], &[]] {
        let mut command = place.command(&[&["log", "show"], form].concat());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut first = String::new();
        let mut reader = BufReader::with_capacity(16, child.stdout.take().unwrap());
        reader.read_line(&mut first).unwrap();
        drop(reader);
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{form:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{form:?}");
        assert!(!first.is_empty());
    }
}

#[test]
fn a_part_of_the_log_is_shown_by_stream_place_and_number() {
    let place = Place::with_book();
    let all = place.run(&["log", "show", "--json"]).json();
    let all = all.as_array().unwrap();
    let one = all.iter().find(|it| it["event"].as_str().unwrap().starts_with("account/")).unwrap();
    let (stream, _) = one["event"].as_str().unwrap().split_once('@').unwrap();
    let of_stream = place.run(&["log", "show", "--stream", stream, "--json"]).json();
    let expected: Vec<_> = all
        .iter()
        .filter(|it| it["event"].as_str().unwrap().starts_with(&format!("{stream}@")))
        .cloned()
        .collect();
    assert_eq!(of_stream.as_array().unwrap(), &expected);
    let some = place.run(&["log", "show", "--from", "100", "--limit", "7", "--json"]).json();
    assert_eq!(some.as_array().unwrap()[..], all[99..106]);
    let last = all.len().to_string();
    let later = place.run(&["log", "show", "--from", &last, "--stream", stream, "--jsonl"]);
    assert!(later.out.lines().count() <= 1);
}
