//! Cases of experts, read from a file of schema `relatum-cases/1`, told as events through the
//! engine and compared with what its reports say.
//!
//! The file is the one named by `RELATUM_CASES`, else `../shared/cases/receivables.json` beside the
//! workspace; what is missing fails. Prints one line a case. A kind, a policy, an event or an
//! expectation that cannot be expressed is a failure, not a skip. Run it by name:
//!
//! ```sh
//! cargo test -p relatum-tests --test receivables_cases
//! ```
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a line a case is what it is for, and complaints about the file"
)]
#![expect(clippy::indexing_slicing, reason = "a field of JSON that is not there reads as null")]

mod book;
mod cells;
mod credit;
mod dunning;
mod expect;
mod json;
mod metric;

use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::Value;

use json::Fault;

const SCHEMA: &str = "relatum-cases/1";

pub(crate) fn main() -> ExitCode {
    let path = std::env::var_os("RELATUM_CASES").map_or_else(default_path, PathBuf::from);
    let cases = match read(&path) {
        Ok(cases) => cases,
        Err(fault) => {
            eprintln!("error: {}: {fault}", path.display());
            return ExitCode::FAILURE;
        }
    };
    let (mut passed, mut failed) = (0, 0);
    for case in &cases {
        let id = case["id"].as_str().unwrap_or("without id");
        match expect::check(case) {
            Ok(()) => {
                println!("{id} ok");
                passed += 1;
            }
            Err(fault) => {
                println!("{id} FAILED: {fault}");
                failed += 1;
            }
        }
    }
    println!("\ntest receivables_cases: {passed} passed, {failed} failed, of {}", path.display());
    if failed == 0 && passed > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn default_path() -> PathBuf {
    relatum_tests::root().join("../shared/cases/receivables.json")
}

fn read(path: &std::path::Path) -> Result<Vec<Value>, Fault> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        Fault::new(format!("{error}; set RELATUM_CASES to a file of schema {SCHEMA}"))
    })?;
    let file: Value = serde_json::from_str(&text).map_err(Fault::new)?;
    match file["schema"].as_str() {
        Some(SCHEMA) => {}
        found => return Err(Fault::new(format!("schema is {found:?}, not {SCHEMA}"))),
    }
    match file["cases"].as_array() {
        Some(cases) if !cases.is_empty() => Ok(cases.clone()),
        _ => Err(Fault::new("there are no cases")),
    }
}
