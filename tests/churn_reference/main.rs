//! Models of purchase and the risk score against numbers of others, on data that nobody here wrote.
//! Run it by name:
//!
//! ```sh
//! cargo test -p relatum-tests --test churn_reference
//! ```
//!
//! The numbers are in the file named by `RELATUM_CASES`, else in
//! `../shared/cases/churn_reference.json`; the data in the folder named by `RELATUM_DATA`, else in
//! `../shared/data`. What is missing fails.
#![expect(clippy::indexing_slicing, reason = "a field of JSON that is not there reads as null")]
#![expect(clippy::print_stdout, reason = "a line a check is what it is for")]

mod accounts;
mod evaluation;
mod fits;
mod histories;
mod risk;

use std::path::PathBuf;
use std::process::ExitCode;

use histories::{Histories, cdnow, online_retail};
use relatum_tests::cases::{Fault, Outcome, fault};
use relatum_tests::root;
use serde_json::Value;

const SCHEMA: &str = "relatum-churn-reference/1";

/// What everything is checked with.
pub(crate) struct Given {
    reference: Value,
    cdnow: Histories,
    online_retail: Histories,
}

/// Compares, and says what was found.
type Check = fn(&Given) -> Outcome<String>;

pub(crate) fn main() -> ExitCode {
    let given = match given() {
        Ok(given) => given,
        Err(fault) => {
            println!("error: {fault}");
            return ExitCode::FAILURE;
        }
    };
    let checks: &[(&str, Check)] = &[
        ("fits to days", fits::to_days),
        ("fits to the rounded summary", fits::rounded),
        ("fits with regular purchases", fits::regular),
        ("published parameters", fits::published),
        ("values of customers", accounts::customers),
        ("values under stress", accounts::stress),
        ("measures of the sample", evaluation::measures),
        ("risk: CDNOW, 39 weeks", risk::cdnow),
        ("risk: Online Retail, 26 weeks", risk::half_a_year),
        ("risk: Online Retail, 100 days", risk::hundred_days),
    ];
    let mut failed = 0;
    for (name, check) in checks {
        match check(&given) {
            Ok(found) => println!("{name} ok: {found}"),
            Err(fault) => {
                println!("{name} FAILED: {fault}");
                failed += 1;
            }
        }
    }
    println!("\ntest churn_reference: {} passed, {failed} failed", checks.len() - failed);
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn given() -> Outcome<Given> {
    let named = |variable: &str, beside: &str| {
        std::env::var_os(variable).map_or_else(|| root().join(beside), PathBuf::from)
    };
    let path = named("RELATUM_CASES", "../shared/cases/churn_reference.json");
    let at = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let text = std::fs::read_to_string(&path).map_err(|error| Fault::new(at(&error)))?;
    let reference: Value = serde_json::from_str(&text).map_err(|error| Fault::new(at(&error)))?;
    if reference["schema"] != SCHEMA {
        return fault(at(&format!("schema is {}, not {SCHEMA}", reference["schema"])));
    }
    let data = named("RELATUM_DATA", "../shared/data");
    let cdnow = cdnow(&data.join("cdnow_sample/CDNOW_sample.txt"))?;
    let online_retail = online_retail(&data.join("online_retail/online_retail.csv.gz"))?;
    Ok(Given { reference, cdnow, online_retail })
}

/// Within so much of the size of what is expected, or of one if that is more.
pub(crate) fn near(what: &str, expected: &Value, actual: f64, within: f64) -> Outcome {
    let expected = decimal(expected)?;
    let off = (expected - actual).abs() / expected.abs();
    if expected == actual || off <= within {
        return Ok(());
    }
    fault(format!("{what}: expected {expected}, got {actual}, {off:.1e} off"))
}

pub(crate) fn decimal(value: &Value) -> Outcome<f64> {
    value.as_f64().ok_or_else(|| Fault::new(format!("{value} is no number")))
}

/// The parameters of a model as the file names them, in our order.
pub(crate) fn in_order(params: &Value, names: &[&str]) -> Outcome<Vec<f64>> {
    match params.as_array() {
        Some(list) => list.iter().map(decimal).collect(),
        None => names.iter().map(|name| decimal(&params[*name])).collect(),
    }
}
