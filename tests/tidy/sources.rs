//! Sources: sizes, names and what must not be written.

use std::path::{Path, PathBuf};

use relatum_tests::{files, shown};

use crate::none_of;

const MOST_LINES: usize = 800;
const MOST_LINES_OF_A_FUNCTION: usize = 70;
const MOST_COLUMNS: usize = 100;

/// Names that say nothing about what is inside.
const EMPTY_NAMES: &[&str] =
    &["utils", "util", "common", "helpers", "helper", "manager", "prelude", "misc", "shared"];

/// Where such a word is one of the field's own.
const MEANT: &[(&str, &str)] =
    &[("crates/relatum-projections/src/directory/manager.rs", "a key account manager")];

/// What must not stand in code, in two halves so that this file does not hold it, and what to do.
const FORBIDDEN: &[(&str, &str, &str)] = &[
    ("#[", "allow(", "write #[expect(…, reason = \"…\")]: it says when it is no longer needed"),
    ("#![", "allow(", "write #![expect(…, reason = \"…\")]: it says when it is no longer needed"),
    ("todo", "!(", "write it, or leave it out"),
    ("unimplemented", "!(", "write it, or leave it out"),
    ("dbg", "!(", "take it out"),
    ("#[", "ignore", "a test runs or is not there; slow ones get a feature of their own"),
];

/// Where `allow` must stay: the lint may or may not fire, and `expect` would complain of one.
const ALLOWED: &[(&str, &str)] = &[
    ("crates/relatum-log/src/conformance/mod.rs", "in a macro: the caller may need the import"),
    ("crates/relatum-log-sled/tests/support/mod.rs", "each test file uses a part of it"),
];

struct Source {
    path: PathBuf,
    text: String,
}

impl Source {
    fn name(&self) -> String {
        shown(&self.path)
    }

    fn stem(&self) -> &str {
        self.path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default()
    }

    /// Lines with their numbers, without those that are comments.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().enumerate().map(|(at, line)| (at + 1, line));
        lines.filter(|(_, line)| !line.trim_start().starts_with("//"))
    }
}

fn sources() -> Vec<Source> {
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).expect("a source can be read");
        Source { path, text }
    };
    files("rs").expect("the workspace can be read").into_iter().map(read).collect()
}

#[test]
fn files_and_lines_are_short() {
    let mut faults = Vec::new();
    for source in sources() {
        let (name, lines) = (source.name(), source.text.lines().count());
        if lines > MOST_LINES {
            faults.push(format!("{name} has {lines} lines, the most is {MOST_LINES}; split it"));
        }
        for (at, line) in source.text.lines().enumerate() {
            let columns = line.chars().count();
            if columns > MOST_COLUMNS {
                let at = at + 1;
                faults.push(format!("{name}:{at} has {columns} columns; break it at 100"));
            }
        }
    }
    none_of(&faults);
}

/// A function begins at a line with `fn`, and ends at the first line as far indented that ends in
/// a brace or a semicolon, as rustfmt writes it. A function called `…rows` is a table of test
/// cases: data, as long as there are cases.
#[test]
fn functions_are_short() {
    let mut faults = Vec::new();
    for source in sources() {
        let lines: Vec<&str> = source.text.lines().collect();
        for (at, line) in lines.iter().enumerate() {
            let begun = function_begun_in(line).filter(|name| !name.ends_with("rows"));
            let Some(function) = begun else { continue };
            let indent = &line[..line.len() - line.trim_start().len()];
            let ends = |line: &&str| {
                let rest = line.strip_prefix(indent).filter(|rest| !rest.starts_with(' '));
                rest.is_some_and(|rest| rest.ends_with(['}', ';']))
            };
            let length = lines[at..].iter().position(ends).map_or(0, |last| last + 1);
            if length > MOST_LINES_OF_A_FUNCTION {
                let (path, at) = (source.name(), at + 1);
                faults.push(format!(
                    "{path}:{at} function {function} has {length} lines, the most is \
                     {MOST_LINES_OF_A_FUNCTION}; take a part out that has a name of its own"
                ));
            }
        }
    }
    none_of(&faults);
}

fn function_begun_in(line: &str) -> Option<&str> {
    const BEFORE: &[&str] =
        &["pub ", "pub(crate) ", "pub(super) ", "const ", "async ", "unsafe ", "extern \"C\" "];
    let mut rest = line.trim_start();
    while let Some(shorter) = BEFORE.iter().find_map(|word| rest.strip_prefix(word)) {
        rest = shorter;
    }
    rest.strip_prefix("fn ")?.split(['(', '<']).next()
}

#[test]
fn every_module_says_what_it_is() {
    let silent = sources().into_iter().filter(|source| !source.text.starts_with("//! "));
    let faults: Vec<String> = silent
        .map(|source| {
            let name = source.name();
            format!("{name} does not begin with `//!`; say what the module owns in one sentence")
        })
        .collect();
    none_of(&faults);
}

#[test]
fn names_say_something() {
    let mut faults = Vec::new();
    for source in sources() {
        let folder = source.path.parent().and_then(Path::file_name).and_then(|name| name.to_str());
        let by_folder = folder.filter(|_| source.stem() == "mod");
        let is_meant = MEANT.iter().any(|(path, _)| *path == source.name());
        for name in [Some(source.stem()), by_folder].into_iter().flatten() {
            if !is_meant && EMPTY_NAMES.contains(&name) || name == "integration_tests" {
                let path = source.name();
                faults.push(format!("{path}: `{name}` says nothing; name what is in it"));
            }
        }
    }
    none_of(&faults);
}

#[test]
fn faces_are_lists() {
    let mut faults = Vec::new();
    for source in sources() {
        for (at, line) in source.code() {
            let line = line.trim_start();
            if line.starts_with("pub use ") && line.ends_with("::*;") {
                let path = source.name();
                faults.push(format!("{path}:{at}: name what is exported, one by one"));
            }
        }
    }
    none_of(&faults);
}

#[test]
fn nothing_forbidden_stands_in_code() {
    let mut faults = Vec::new();
    for source in sources() {
        for (at, line) in source.code() {
            for (first, second, advice) in FORBIDDEN {
                let (found, path) = (format!("{first}{second}"), source.name());
                let is_allowed = *second == "allow(" && ALLOWED.iter().any(|it| it.0 == path);
                if line.contains(&found) && !is_allowed {
                    faults.push(format!("{path}:{at}: `{found}`: {advice}"));
                }
            }
        }
    }
    none_of(&faults);
}
