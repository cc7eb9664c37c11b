//! Cases of experts on receivables, told as events through the engine and compared with what its
//! reports say. Run it by name:
//!
//! ```sh
//! cargo test -p relatum-tests --test receivables_cases
//! ```
#![expect(clippy::indexing_slicing, reason = "a field of JSON that is not there reads as null")]

mod book;
mod cells;
mod credit;
mod dunning;
mod expect;
mod metric;

use std::process::ExitCode;

pub(crate) fn main() -> ExitCode {
    relatum_tests::cases::run("receivables_cases", "receivables.json", expect::check)
}
