//! Planned activities on days alone: when they recur, and what became of each occurrence.
//!
//! Owns [`Recurrence`] and [`Series`]. Knows no account, no manager and no event.

mod recurrence;
mod series;
#[cfg(test)]
mod tests;

pub use recurrence::{Recurrence, RecurrenceError};
pub use series::{Occurrence, Series, Told};
