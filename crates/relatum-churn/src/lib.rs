//! Purchase models and risk, on numbers only.
//!
//! Owns the probability models of repeat purchase and spend, their fits, the risk score, what is
//! usual, and what tells whether any of them is worth its salt. Knows no account by name, no event,
//! clock, file or source of randomness: summaries and seeds come in, numbers go out.
//!
//! *Invariant: equal numbers in, in any order of accounts, equal numbers out; never one that is not
//! a number.*
#![forbid(unsafe_code)]

mod book;
mod draw;
mod evaluate;
mod fit;
mod model;
mod risk;
mod special;
mod summary;
#[cfg(test)]
mod tests;
mod usual;

pub use book::Book;
pub use evaluate::{
    Forecast, Interval, Isotonic, Measure, Platt, ReliabilityBin, difference, reliability,
    top_decile,
};
pub use fit::{Diagnostics, Fit, FitError, fit, fit_spend, likeliest};
pub use model::{Model, Parameters, ParametersError, Spend, SpendError};
pub use risk::{
    Assessment, BackTest, Baseline, Basis, Candidate, Comparison, Contribution, Cut, Past,
    RiskError, RiskScore, Seen, Slice, Standing, Term, backtest,
};
pub use summary::{Purchase, Summary, SummaryError};
pub use usual::{Shares, Trend, chance_of_silence};
