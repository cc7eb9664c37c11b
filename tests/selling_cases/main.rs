//! Cases of experts on selling: pay, pace, pipeline and quotas. Run it by name:
//!
//! ```sh
//! cargo test -p relatum-tests --test selling_cases
//! ```
#![expect(clippy::indexing_slicing, reason = "a field of JSON that is not there reads as null")]

mod book;
mod pace;
mod pay;
mod pipeline;
mod target;

use std::process::ExitCode;

use relatum::domain::Quantity;
use relatum_tests::cases::{Fault, Outcome, fault, fields, number, only, rounded, same};
use serde_json::Value;

pub(crate) fn main() -> ExitCode {
    relatum_tests::cases::run("selling_cases", "selling.json", check)
}

fn check(case: &Value) -> Outcome {
    let (inputs, expected) = (&case["inputs"], &case["expected"]);
    match case["kind"].as_str() {
        Some(kind) if kind.starts_with("commission") || kind.starts_with("accelerator") => {
            pay::check(kind, inputs, expected)
        }
        Some(kind) if kind.starts_with("pacing") => pace::check(inputs, expected),
        Some("forecast_rollup") => pace::forecast(inputs, expected),
        Some("target_variance" | "target_split_credit") => target::target(inputs, expected),
        Some("attainment") => target::attainment(inputs, expected),
        Some(kind) if kind.starts_with("weighted") || kind == "average_open_deal" => {
            pipeline::check(inputs, expected)
        }
        Some(other) => fault(format!("kind `{other}` cannot be expressed")),
        None => fault("there is no kind"),
    }
}

/// One whole unit in millionths, in which everything is compared.
const ONE: i128 = 1_000_000;

/// A number of the case in millionths.
fn micro(value: &Value) -> Outcome<i128> {
    let number: Quantity = number(value)?.parse().map_err(Fault::new)?;
    Ok(number.micro().into())
}

/// Millionths as a plain number.
fn plain(micro: i128) -> String {
    Quantity::from_micro(i64::try_from(micro).unwrap_or(i64::MAX)).to_string()
}

/// Compares millionths with a number after rounding to the digits given.
fn close(what: &str, expected: &Value, actual: Option<i128>) -> Outcome {
    if expected.is_null() {
        return Ok(());
    }
    let written = number(expected)?;
    let Some(actual) = actual else {
        return fault(format!("{what}: expected {written}, got nothing"));
    };
    let places = written.split_once('.').map_or(0, |(_, digits)| digits.len());
    let wanted = rounded(&written, places);
    same(what, wanted, rounded(&plain(actual), places))
}

/// The same of a number, or of as many as there are in a list.
fn all_close(what: &str, expected: &Value, actual: &[Option<i128>]) -> Outcome {
    if expected.is_null() {
        return Ok(());
    }
    let Some(expected) = expected.as_array() else {
        return match actual {
            [one] => close(what, expected, *one),
            more => fault(format!("{what}: one number expected, got {more:?}")),
        };
    };
    same(&format!("how many in {what}"), expected.len(), actual.len())?;
    expected.iter().zip(actual).try_for_each(|(expected, actual)| close(what, expected, *actual))
}

/// Every key of what is expected is one that is compared.
fn known(expected: &Value, keys: &[&str]) -> Outcome {
    if fields(expected)?.is_empty() {
        return fault("nothing is expected");
    }
    only(expected, keys)
}
