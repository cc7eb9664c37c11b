//! The rules of the house, checked: who may depend on whom, and what sources may look like.
//!
//! Each check gathers every fault before it fails, and each fault says what to do about it.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "all of it is a test, and a test may panic"
)]

mod crates;
mod documents;
mod sources;

/// Fails with all faults, if there are any.
#[track_caller]
fn none_of(faults: &[String]) {
    assert!(faults.is_empty(), "{} to mend:\n- {}\n", faults.len(), faults.join("\n- "));
}
