//! Whether forecasts are worth anything: measures of them, intervals, recalibration.
//!
//! Owns measures of what was forecast against what came. Knows no model, and where a forecast is
//! from.
//!
//! *Invariant: a measure that the outcomes do not allow is none, never a number without a meaning.*

mod bootstrap;
mod calibration;
mod measure;
mod reliability;

pub use bootstrap::{Interval, difference};
pub use calibration::{Isotonic, Platt};
pub use measure::Measure;
pub use reliability::{ReliabilityBin, reliability, top_decile};

/// What was forecast of an account, and what came.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Forecast {
    /// By this accounts are ranked: more is riskier. Any scale.
    pub score: f64,
    /// The probability that was stated for a lapse.
    pub risk: f64,
    /// Whether nothing was bought within the horizon.
    pub lapsed: bool,
}
