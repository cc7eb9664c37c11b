//! The figures of selling, on numbers alone: pay by tiers, pace of a period, worth of a pipeline.
//!
//! Owns the rules by which attainment becomes pay, and what is done becomes what to expect. Knows
//! no account, manager or event: whoever asks says what was attained.
//!
//! *Invariant: everything is integers, in millionths of a unit; what is rounded, is rounded once.*

mod calendar;
mod forecast;
mod pace;
mod pay;
mod pipeline;
#[cfg(test)]
mod tests;

pub use crate::money::proportion;
pub use forecast::Forecast;
pub use pace::{Pace, per_cent};
pub use pay::{Deal, Earlier, Left, PayLine, PayReason, Payroll, Scale, ScaleError};
pub use pipeline::{Chance, Worth};
