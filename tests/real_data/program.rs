//! Runs the program and the scripts, and reads what they print.

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use relatum_tests::root;
use serde_json::Value;
use tempfile::TempDir;

/// The folder in which the data sets lie.
pub(crate) fn sets() -> PathBuf {
    let beside = || root().join("../shared/data");
    std::env::var_os("RELATUM_DATA").map_or_else(beside, PathBuf::from)
}

/// The folder of a data set.
pub(crate) fn data(set: &str) -> PathBuf {
    let folder = sets().join(set);
    assert!(folder.is_dir(), "{} is not there; set RELATUM_DATA", folder.display());
    folder
}

/// The program that is tested.
pub(crate) fn program() -> PathBuf {
    if let Some(named) = std::env::var_os("RELATUM_BIN") {
        let named = PathBuf::from(named);
        assert!(named.is_file(), "{} is not there; mend RELATUM_BIN", named.display());
        return named;
    }
    // This test lies in <target>/<profile>/deps.
    let own = std::env::current_exe().expect("a test has a path");
    let target = own.ancestors().nth(3).expect("a test lies in a target folder");
    let names = ["release/relatum", "debug/relatum"];
    let found = names.map(|name| target.join(name)).into_iter().filter(|path| path.is_file());
    let built = |path: &PathBuf| path.metadata().and_then(|it| it.modified()).ok();
    found.max_by_key(built).unwrap_or_else(|| {
        panic!(
            "no relatum in {}; build it with `cargo build --release -p relatum-cli`",
            target.display()
        )
    })
}

/// A store into which a data set was imported.
pub(crate) struct Book {
    folder: TempDir,
    /// What the import said.
    pub(crate) import: Value,
}

impl Book {
    /// Imports `files` of `set` by the mapping that comes along; no row may be rejected.
    pub(crate) fn imported(mapping: &str, set: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut book = Self { folder, import: Value::Null };
        book.import = book.import_again(mapping, set);
        assert_eq!(book.import["rows_rejected"], 0, "{}", book.import["first_rejects"]);
        book
    }

    /// The book that `relatum demo` makes.
    pub(crate) fn demo() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let book = Self { folder, import: Value::Null };
        book.ask(&["demo", "--accounts", "12", "--today", "2026-11-23"]);
        book
    }

    /// Imports the set, once more if it is there.
    pub(crate) fn import_again(&self, mapping: &str, set: &str) -> Value {
        let files = data(set);
        let files = files.to_str().expect("a path in UTF-8");
        self.ask(&["import", "--mapping", mapping, files])
    }

    /// What the program answers, in JSON. It must succeed.
    pub(crate) fn ask(&self, arguments: &[&str]) -> Value {
        let answer = self.print(&[&["--json"], arguments].concat());
        serde_json::from_str(&answer).expect("the answer is JSON")
    }

    /// What the program prints. It must succeed.
    pub(crate) fn print(&self, arguments: &[&str]) -> String {
        let store = self.folder.path().join("book");
        let output = Command::new(program())
            .arg("--store")
            .arg(store)
            .args(arguments)
            .env_remove("RELATUM_KEYS")
            .output()
            .expect("the program runs");
        printed(&format!("relatum {}", arguments.join(" ")), output)
    }

    /// The store, opened; the program cannot be asked meanwhile.
    pub(crate) fn engine(&self) -> relatum::Engine {
        relatum::Engine::open(self.folder.path().join("book")).expect("the store opens")
    }

    /// How many events the log holds.
    pub(crate) fn events(&self) -> u64 {
        self.ask(&["log", "stats"])["events"].as_u64().expect("a count")
    }

    /// The events of each type, of the book as a whole.
    pub(crate) fn types(&self) -> BTreeMap<String, u64> {
        let stats = self.ask(&["log", "stats"]);
        serde_json::from_value(stats["types"].clone()).expect("counts by type")
    }

    /// How many the import counted of a type, and what they come to in a currency.
    pub(crate) fn imported_of(&self, event_type: &str, currency: &str) -> (u64, &str) {
        let tally = &self.import["events"][event_type];
        let sum = tally["sums"][currency].as_str().unwrap_or_default();
        (tally["recorded"].as_u64().expect("a count"), sum)
    }

    /// Nothing is new the second time.
    pub(crate) fn check_that_again_adds_nothing(&self, mapping: &str, set: &str) {
        let before = self.events();
        let again = self.import_again(mapping, set);
        let tallies = again["events"].as_object().expect("counts by type");
        assert!(!tallies.is_empty());
        for (name, tally) in tallies {
            assert_eq!(tally["recorded"], 0, "{name} came in twice");
            assert_eq!(tally["refused"], 0, "{name} was refused the second time");
        }
        assert_eq!(self.events(), before);
    }
}

/// A figure of a report: `{"amount": "1.00", "currency": "USD"}`.
pub(crate) fn amount(sum: &Value) -> &str {
    sum["amount"].as_str().unwrap_or_else(|| panic!("{sum} is no amount"))
}

/// Whether two decimal numbers are equal, whatever their zeros at the end.
pub(crate) fn equal(left: &str, right: &str) -> bool {
    let plain = |text: &str| match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text.to_owned(),
    };
    plain(left) == plain(right)
}

/// The lines of a report by something that each says.
pub(crate) fn lines_by(report: &Value, key: fn(&Value) -> Value) -> HashMap<Value, Value> {
    let lines = report["lines"].as_array().expect("lines");
    lines.iter().map(|line| (key(line), line.clone())).collect()
}

/// The lines that a script in `tests/recompute` prints, each a JSON object.
pub(crate) fn recomputed(script: &str, input: &Path) -> Vec<Value> {
    let path = root().join("tests/recompute").join(script);
    let output = Command::new("python3").arg(path).arg(input).output().expect("python3 runs");
    let text = printed(script, output);
    text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
}

/// The Python that is named by `RELATUM_PYTHON`, else `python3`. It must have duckdb, pandas,
/// pyarrow and matplotlib.
pub(crate) fn python() -> OsString {
    std::env::var_os("RELATUM_PYTHON").unwrap_or_else(|| "python3".into())
}

/// The sums of an archive as another program reads them, each a JSON object.
pub(crate) fn read_by_others(reader: &str, archive: &str) -> Vec<Value> {
    let path = root().join("tests/columns/sums.py");
    let output = Command::new(python()).arg(path).args([reader, archive]).output();
    let text = printed("sums.py", output.expect("python runs"));
    text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
}

pub(crate) fn printed(what: &str, output: Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{what}: {}\n{errors}", output.status);
    String::from_utf8(output.stdout).expect("the answer is UTF-8")
}
