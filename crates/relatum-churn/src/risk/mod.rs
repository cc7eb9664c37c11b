//! The risk that an account buys nothing within a horizon: a score that adds up, and whether it is
//! better than simple rules.
//!
//! Owns the terms of the score, how they are weighted by past slices of the same book, and the
//! back-test. Knows no account by name; what it reads of one is a [`Standing`].
//!
//! *Invariant: what was learned of a slice whose horizon ends after a cut is never used at that
//! cut.*

mod backtest;
mod baseline;
mod past;
mod score;
mod slice;
mod standing;
mod term;

pub use backtest::{BackTest, Candidate, Comparison, Cut, backtest};
pub use baseline::Baseline;
pub use past::{Past, Seen};
pub use score::{Assessment, Basis, Contribution, RiskScore};
pub use slice::{RiskError, Slice};
pub use standing::Standing;
pub use term::Term;
