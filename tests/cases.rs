//! Cases of experts: reading a file of them, what is there, what should be, and in which words
//! it fails.
//!
//! The file is the one named by `RELATUM_CASES`, else one in `../shared/cases` beside the
//! workspace; what is missing fails. One line a case is printed. A kind, a policy, an event or an
//! expectation that cannot be expressed is a failure, not a skip.
#![expect(missing_docs, reason = "words that the cases are compared in")]
#![expect(clippy::missing_errors_doc, reason = "each fails with what is wrong, in words")]
#![expect(clippy::indexing_slicing, reason = "a field of JSON that is not there reads as null")]
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a line a case is what it is for, and complaints about the file"
)]

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use chrono::NaiveDate;
use relatum::domain::{Currency, Money};
use serde_json::{Map, Value};

const SCHEMA: &str = "relatum-cases/1";

/// Checks every case of the file, by default the one called `file`, for the test called `name`.
pub fn run(name: &str, file: &str, check: impl Fn(&Value) -> Outcome) -> ExitCode {
    let beside = || crate::root().join("../shared/cases").join(file);
    let path = std::env::var_os("RELATUM_CASES").map_or_else(beside, PathBuf::from);
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
        match check(case) {
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
    println!("\ntest {name}: {passed} passed, {failed} failed, of {}", path.display());
    if failed == 0 && passed > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn read(path: &Path) -> Outcome<Vec<Value>> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        Fault::new(format!("{error}; set RELATUM_CASES to a file of schema {SCHEMA}"))
    })?;
    let file: Value = serde_json::from_str(&text).map_err(Fault::new)?;
    match file["schema"].as_str() {
        Some(SCHEMA) => {}
        found => return fault(format!("schema is {found:?}, not {SCHEMA}")),
    }
    match file["cases"].as_array() {
        Some(cases) if !cases.is_empty() => Ok(cases.clone()),
        _ => fault("there are no cases"),
    }
}

/// Why a case fails, in words.
#[derive(Debug)]
pub struct Fault(String);

pub type Outcome<T = ()> = Result<T, Fault>;

impl Fault {
    pub fn new(text: impl ToString) -> Self {
        Self(text.to_string())
    }

    pub fn at(self, place: &str) -> Self {
        Self(format!("{place}: {}", self.0))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<relatum::Error> for Fault {
    fn from(error: relatum::Error) -> Self {
        Self(error.to_string())
    }
}

pub fn fault<T>(text: impl ToString) -> Outcome<T> {
    Err(Fault::new(text))
}

/// Expected against actual.
pub fn same<T: PartialEq + fmt::Debug>(what: &str, expected: T, actual: T) -> Outcome {
    if expected == actual {
        return Ok(());
    }
    fault(format!("{what}: expected {expected:?}, got {actual:?}"))
}

pub fn fields(value: &Value) -> Outcome<&Map<String, Value>> {
    value.as_object().ok_or_else(|| Fault::new(format!("{value} is no object")))
}

pub fn list(value: &Value) -> Outcome<&[Value]> {
    value.as_array().map(Vec::as_slice).ok_or_else(|| Fault::new(format!("{value} is no list")))
}

pub fn text<'a>(of: &'a Value, key: &str) -> Outcome<&'a str> {
    of[key].as_str().ok_or_else(|| Fault::new(format!("`{key}` is missing in {of}")))
}

pub fn day(of: &Value, key: &str) -> Outcome<NaiveDate> {
    let text = text(of, key)?;
    text.parse().map_err(|_| Fault::new(format!("`{text}` is no day")))
}

/// A number as it is written.
pub fn number(value: &Value) -> Outcome<String> {
    match value {
        Value::Number(number) => Ok(number.to_string()),
        other => fault(format!("{other} is no number")),
    }
}

pub fn money(value: &Value, currency: Currency) -> Outcome<Money> {
    Money::parse(&number(value)?, currency).map_err(Fault::new)
}

/// Keys that are not among `known` cannot be expressed.
pub fn only(of: &Value, known: &[&str]) -> Outcome {
    for key in fields(of)?.keys() {
        if !known.contains(&key.as_str()) {
            return fault(format!("`{key}` cannot be expressed"));
        }
    }
    Ok(())
}

/// Compares an amount with a number after rounding to the digits given.
pub fn amount(what: &str, expected: &Value, actual: Money) -> Outcome {
    let written = number(expected)?;
    let places = written.split_once('.').map_or(0, |(_, digits)| digits.len());
    let exponent = usize::try_from(actual.currency.exponent()).unwrap_or(0);
    let plain = actual.to_string();
    let plain = plain.split_whitespace().next().unwrap_or_default().to_owned();
    let shown = if places < exponent { rounded(&plain, places) } else { plain };
    let normal = |text: &str| {
        let text = if text.contains('.') { text.trim_end_matches('0') } else { text };
        let text = text.trim_end_matches('.');
        if text == "-0" { "0".to_owned() } else { text.to_owned() }
    };
    if normal(&written) == normal(&shown) {
        return Ok(());
    }
    fault(format!("{what}: expected {written}, got {actual}"))
}

/// A plain decimal rounded half away from zero to so many places.
pub fn rounded(plain: &str, places: usize) -> String {
    let (whole, part) = plain.split_once('.').unwrap_or((plain, ""));
    let negative = whole.starts_with('-');
    let digits = format!("{}{part:0<width$}", whole.trim_start_matches('-'), width = places + 1);
    let cut = whole.trim_start_matches('-').len() + places;
    let up = digits.as_bytes().get(cut).is_some_and(|digit| *digit >= b'5');
    let kept: i128 = digits.get(..cut).unwrap_or("0").parse().unwrap_or(0);
    let kept = kept + i128::from(up);
    let unit = 10_i128.pow(u32::try_from(places).unwrap_or(0));
    let sign = if negative && kept != 0 { "-" } else { "" };
    match places {
        0 => format!("{sign}{kept}"),
        _ => format!("{sign}{}.{:0places$}", kept / unit, kept % unit),
    }
}
