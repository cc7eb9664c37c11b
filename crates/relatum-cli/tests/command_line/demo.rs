//! The first thing that anybody sees.

use crate::support::{Place, TODAY};

const DEMO: [&str; 5] = ["demo", "--accounts", "6", "--today", TODAY];

#[test]
fn the_demo_says_what_is_to_be_done_today_and_says_the_same_again() {
    let (one, other) = (Place::empty(), Place::empty());
    let (first, second) = (one.run_bare(&DEMO), other.run_bare(&DEMO));
    assert_eq!((first.code, first.err.as_str()), (0, ""));
    assert_eq!(first.out, second.out);
    for told in [
        "An invented book of 6 accounts with ",
        "is in relatum-demo.",
        "Call or visit on Monday, 2026-11-23 · ",
        "(M-1)",
        "planned for today",
        "overdue",
        "The book",
        "quotas",
        "Try next",
        "export RELATUM_STORE=relatum-demo",
        "relatum week --manager M-",
    ] {
        assert!(first.out.contains(told), "no `{told}` in\n{}", first.out);
    }
    assert!(!first.out.contains('\u{1b}'), "no colour in a pipe");
    let widest = first.out.lines().map(|line| line.chars().count()).max();
    assert!(widest <= Some(100), "{widest:?} columns in\n{}", first.out);
}

#[test]
fn a_store_that_holds_something_is_left_as_it_is() {
    let place = Place::with_book();
    let before = place.log();
    let ran = place.run(&["demo", "--seed", "8", "--today", TODAY]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.starts_with("book holds a book already, with "), "{}", ran.out);
    assert!(ran.out.contains("Call or visit on Monday, 2026-11-23"), "{}", ran.out);
    assert!(place.log() == before, "the log is as it was");
}

#[test]
fn the_commands_that_the_demo_names_work() {
    let place = Place::with_book();
    let demo = place.run(&["demo", "--today", TODAY]).out;
    let next = demo.lines().filter_map(|line| line.strip_prefix("  relatum "));
    let mut count = 0;
    for line in next {
        let command = line.split("  ").next().unwrap_or_default();
        // The only quotes are those around a name at the end.
        let (words, name) = match command.split_once('"') {
            Some((words, name)) => (words, Some(name.trim_end_matches('"'))),
            None => (command, None),
        };
        let arguments: Vec<&str> = words.split_whitespace().chain(name).collect();
        let ran = place.run(&arguments);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{command}");
        count += 1;
    }
    assert_eq!(count, 7, "{demo}");
}

#[test]
fn another_seed_is_another_book() {
    let place = Place::empty();
    let of = |seed: &str, store: &str| {
        let ran =
            place.run_bare(&[&DEMO[..], &["--seed", seed, "--store", store, "--json"]].concat());
        ran.json()["items"].clone()
    };
    assert_ne!(of("1", "one"), of("2", "two"));
}
