//! Models of repeat purchase: what they make of a history, and how likely they take it to be.
//!
//! Owns the enum of them and the parameters of one. Knows no optimiser.
//!
//! *Invariant: every answer of valid parameters about a valid summary is finite.*

mod death;
mod geometric;
mod pareto;
mod simulate;
mod spend;

use std::fmt;

#[cfg(test)]
pub(crate) use death::ln_death;
pub(crate) use spend::SpendBook;
pub use spend::{Spend, SpendError};

use crate::{Book, Summary};
use geometric::{Dropout, Geometric};

/// No horizon is longer.
const LONGEST: f64 = 1e12;

/// A model of when accounts buy again, and of when they stop.
///
/// While an account is alive it buys at random, at a rate of its own (gamma: `r`, `alpha`).
///
/// Source: docs/decisions/0017-own-newton-and-own-integral.md
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Model {
    /// No account ever stops.
    Nbd,
    /// After each repeat purchase it may stop (beta: `a`, `b`).
    BgNbd,
    /// After each purchase, the first one included.
    MbgNbd,
    /// The same, with times between purchases that are as regular as every `k`-th event of a
    /// random stream: 1 is [`MbgNbd`](Self::MbgNbd).
    MbgCnbd {
        /// Which event of the stream is a purchase; 0 is taken as 1.
        k: u8,
    },
    /// It may stop at any time (gamma: `s`, `beta`).
    ParetoNbd,
}

impl Model {
    /// The names of its parameters, in their order.
    #[must_use]
    pub const fn parameters(self) -> &'static [&'static str] {
        match self {
            Self::Nbd => &["r", "alpha"],
            Self::BgNbd | Self::MbgNbd | Self::MbgCnbd { .. } => &["r", "alpha", "a", "b"],
            Self::ParetoNbd => &["r", "alpha", "s", "beta"],
        }
    }

    /// Which of its parameters are times: they grow with the numbers that times are told in.
    pub(crate) const fn is_time(self) -> [bool; 4] {
        [false, true, false, matches!(self, Self::ParetoNbd)]
    }

    const fn kind(self) -> Kind {
        let (k, dropout) = match self {
            Self::Nbd => (1, Dropout::Never),
            Self::BgNbd => (1, Dropout::AfterRepeat),
            Self::MbgNbd => (1, Dropout::AfterAny),
            Self::MbgCnbd { k } => (if k == 0 { 1 } else { k }, Dropout::AfterAny),
            Self::ParetoNbd => return Kind::Pareto,
        };
        Kind::Geometric(Geometric { k: k as u32, dropout })
    }

    /// The log-likelihood of a book and its derivatives by the parameters.
    pub(crate) fn ln_likelihood(self, at: &[f64; 4], book: &Book) -> (f64, [f64; 4]) {
        match self.kind() {
            Kind::Geometric(model) => model.ln_likelihood(at, book),
            Kind::Pareto => pareto::ln_likelihood(at, book),
        }
    }
}

impl fmt::Display for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nbd => f.write_str("NBD"),
            Self::BgNbd => f.write_str("BG/NBD"),
            Self::MbgNbd => f.write_str("MBG/NBD"),
            Self::MbgCnbd { k } => write!(f, "MBG/CNBD-{k}"),
            Self::ParetoNbd => f.write_str("Pareto/NBD"),
        }
    }
}

/// The two ways in which accounts stop: at a purchase, or at any time.
enum Kind {
    Geometric(Geometric),
    Pareto,
}

/// A model with its parameters.
///
/// Units: `alpha` and `beta` are times, in the unit of the summaries; a horizon is too.
///
/// # Example
/// ```
/// use relatum_churn::{Model, Parameters, Summary};
/// let fitted = Parameters::new(Model::BgNbd, &[0.243, 4.414, 0.793, 2.426])?;
/// let account = Summary::new(2, 30.43, 38.86)?;
/// assert_eq!(format!("{:.3}", fitted.p_alive(&account)), "0.727");
/// assert_eq!(format!("{:.3}", fitted.expected_purchases(&account, 39.0)), "1.226");
/// assert_eq!(format!("{:.3}", fitted.p_no_purchase(&account, 39.0)), "0.445");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parameters {
    model: Model,
    values: [f64; 4],
}

/// Why numbers are no parameters.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ParametersError {
    /// Too many, or too few.
    #[error("{model} has {needed} parameters, not {given}")]
    Number {
        /// The model.
        model: Model,
        /// How many it has.
        needed: usize,
        /// How many were given.
        given: usize,
    },
    /// Each is above zero.
    #[error("{name} of {model} is {value}; it must be above zero")]
    Value {
        /// The model.
        model: Model,
        /// The name of the parameter.
        name: &'static str,
        /// What was given.
        value: f64,
    },
}

impl Parameters {
    /// The parameters of `model`, in the order of [`Model::parameters`].
    ///
    /// # Errors
    /// In check order: [`Number`](ParametersError::Number), [`Value`](ParametersError::Value).
    pub fn new(model: Model, given: &[f64]) -> Result<Self, ParametersError> {
        let names = model.parameters();
        if given.len() != names.len() {
            let (needed, given) = (names.len(), given.len());
            return Err(ParametersError::Number { model, needed, given });
        }
        let mut values = [1.0; 4];
        for ((to, &value), &name) in values.iter_mut().zip(given).zip(names) {
            if !(value.is_finite() && value > 0.0) {
                return Err(ParametersError::Value { model, name, value });
            }
            *to = value;
        }
        Ok(Self { model, values })
    }

    pub(crate) const fn found(model: Model, values: [f64; 4]) -> Self {
        Self { model, values }
    }

    /// Whose they are.
    #[must_use]
    pub const fn model(&self) -> Model {
        self.model
    }

    /// They themselves, in the order of [`Model::parameters`].
    #[must_use]
    pub fn values(&self) -> &[f64] {
        self.values.get(..self.model.parameters().len()).unwrap_or(&self.values)
    }

    /// The logarithm of how likely the purchases of `book` are.
    #[must_use]
    pub fn ln_likelihood(&self, book: &Book) -> f64 {
        self.model.ln_likelihood(&self.values, book).0
    }

    /// Its derivatives by the parameters, in their order.
    #[must_use]
    pub fn gradient(&self, book: &Book) -> Vec<f64> {
        let (_, gradient) = self.model.ln_likelihood(&self.values, book);
        gradient.into_iter().take(self.values().len()).collect()
    }

    /// How probable it is that the account has not stopped.
    ///
    /// By BG/NBD nobody stops before a repeat purchase: 1 of an account that bought once.
    #[must_use]
    pub fn p_alive(&self, of: &Summary) -> f64 {
        match self.model.kind() {
            Kind::Geometric(model) => model.p_alive(&self.values, of),
            Kind::Pareto => pareto::p_alive(&self.values, of),
        }
    }

    /// How probable it is that an account which has not stopped stays silent for so long after its
    /// last purchase, or longer.
    ///
    /// # Example
    /// ```
    /// use relatum_churn::{Model, Parameters, Summary};
    /// let fitted = Parameters::new(Model::BgNbd, &[0.243, 4.414, 0.793, 2.426])?;
    /// let account = |weeks: f64| Summary::new(4, 20.0, 20.0 + weeks);
    /// let silent = |weeks: f64| account(weeks).map(|it| fitted.p_silence(&it));
    /// assert_eq!(silent(0.0)?, 1.0);
    /// assert!(silent(30.0)? < 0.05 && silent(5.0)? > 0.4);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn p_silence(&self, of: &Summary) -> f64 {
        let [r, alpha, ..] = self.values;
        let k = match self.model.kind() {
            Kind::Geometric(model) => model.k,
            Kind::Pareto => 1,
        };
        let shape = f64::from(k).mul_add(f64::from(of.x()), r);
        let (before, after) = (alpha + of.t_x(), alpha + of.t());
        let (kept, passed) = ((before / after).powf(shape), of.gap() / after);
        // So many stages of an interval have passed, up to all but the last.
        let (mut stage, mut sum) = (1.0, 0.0);
        for at in 0..k {
            sum += stage;
            stage *= (shape + f64::from(at)) / (f64::from(at) + 1.0) * passed;
        }
        (kept * sum).clamp(0.0, 1.0)
    }

    /// How many purchases to expect within `horizon` from the end.
    ///
    /// Units: the horizon, not negative, in those of the summary; beyond a million times
    /// `alpha + T` nothing more is counted where accounts stop at purchases.
    #[must_use]
    pub fn expected_purchases(&self, of: &Summary, horizon: f64) -> f64 {
        let horizon = bounded(horizon);
        match self.model.kind() {
            Kind::Geometric(model) => model.expected_purchases(&self.values, of, horizon),
            Kind::Pareto => pareto::expected_purchases(&self.values, of, horizon),
        }
    }

    /// How probable it is that nothing is bought within `horizon` from the end.
    #[must_use]
    pub fn p_no_purchase(&self, of: &Summary, horizon: f64) -> f64 {
        let horizon = bounded(horizon);
        match self.model.kind() {
            Kind::Geometric(model) => model.p_no_purchase(&self.values, of, horizon),
            Kind::Pareto => pareto::p_no_purchase(&self.values, of, horizon),
        }
    }
}

/// A horizon that is none is no time at all; one without end is a very long one.
fn bounded(horizon: f64) -> f64 {
    if horizon > 0.0 { horizon.min(LONGEST) } else { 0.0 }
}
