//! Fitting: the parameters under which what was bought is most likely, and how far to trust them.
//!
//! Owns starts, bounds and diagnostics. Knows nothing of what the models mean.
//!
//! *Invariant: a book gives the same fit in any order of its accounts, and in any unit of time the
//! same parameters in that unit.*

mod eigen;
mod logistic;
mod newton;
mod problem;

use crate::model::{Model, Parameters, Spend, SpendBook};
use crate::{Book, Summary};
pub(crate) use logistic::{Logistic, Row};
pub(crate) use newton::{Bounds, minimise};

use problem::Problem;

/// Accounts with repeat purchases that a fit needs.
const REPEATERS: usize = 10;
/// Histories, at least, on which several starts are tried.
const FEW: usize = 300;
/// Histories, at least, by which the best of them is led closer.
const MORE: usize = 2_000;
/// What the log-likelihood must gain over NBD, where nobody stops, for stopping to show.
const LEAST_GAIN: f64 = 2.0;
/// Histories, at least, on which models are compared.
const COMPARED: usize = 5_000;
/// Models of more regular times between purchases are not tried.
const MOST_REGULAR: u8 = 6;
/// The mean probability of being alive above which nobody is seen to stop.
const ALL_ALIVE: f64 = 0.99;

/// Why there is no fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FitError {
    /// There is too little to learn from.
    #[error(
        "insufficient data: {repeaters} of {accounts} accounts bought again, {needed} are needed"
    )]
    InsufficientData {
        /// How many accounts there are.
        accounts: usize,
        /// How many of them bought again (and, for spend, are known to have spent).
        repeaters: usize,
        /// How many of those are needed.
        needed: usize,
    },
}

/// How a search for parameters ended.
///
/// Units: derivatives are by the logarithms of the parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct Diagnostics {
    /// Whether the search ended where the likelihood is greatest, as far as it can tell.
    pub converged: bool,
    /// The greatest part of the gradient of the log-likelihood, an account.
    pub gradient_norm: f64,
    /// The greatest curvature of the log-likelihood against the least; none where it does not
    /// curve in every direction.
    pub condition: Option<f64>,
    /// Of each parameter; none where the log-likelihood does not curve in every direction.
    pub standard_errors: Option<Vec<f64>>,
    /// Whether a parameter went as far as it may go: then others say nothing either.
    pub at_boundary: bool,
    /// Of the data, at the parameters.
    pub ln_likelihood: f64,
    /// The accounts that count.
    pub accounts: usize,
}

/// A model fitted to a book.
///
/// # Example
/// ```
/// use relatum_churn::{Book, FitError, Model, Summary, fit};
/// let once = Summary::new(0, 0.0, 30.0)?;
/// let refused = fit(Model::BgNbd, &Book::new(&[once; 50]));
/// let needed = FitError::InsufficientData { accounts: 50, repeaters: 0, needed: 10 };
/// assert_eq!(refused, Err(needed));
/// # Ok::<(), relatum_churn::SummaryError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// The model with what was found.
    pub parameters: Parameters,
    /// How it was found.
    pub diagnostics: Diagnostics,
    /// By how much the log-likelihood is above that of NBD, where nobody stops.
    pub gain_over_nbd: f64,
    /// The mean probability of being alive, of all accounts.
    pub mean_p_alive: f64,
    /// The [`digest`](Book::digest) of the book.
    pub data: u64,
}

impl Fit {
    /// Whether the data tell who stopped from who pauses.
    ///
    /// If not (the likelihood gains less than 2 over NBD, or accounts are alive with a mean
    /// probability above 0.99), no dropout is identifiable, and what the model says of being alive
    /// rests on nothing.
    #[must_use]
    pub fn is_dropout_identifiable(&self) -> bool {
        self.gain_over_nbd >= LEAST_GAIN && self.mean_p_alive <= ALL_ALIVE
    }

    /// [`Parameters::p_alive`], where dropout is identifiable.
    #[must_use]
    pub fn p_alive(&self, of: &Summary) -> Option<f64> {
        self.is_dropout_identifiable().then(|| self.parameters.p_alive(of))
    }
}

/// Fits `model` to `book`.
///
/// # Errors
/// [`InsufficientData`](FitError::InsufficientData): fewer than 10 accounts bought again.
pub fn fit(model: Model, book: &Book) -> Result<Fit, FitError> {
    let (accounts, repeaters) = (book.accounts(), book.repeaters());
    if repeaters < REPEATERS {
        return Err(FitError::InsufficientData { accounts, repeaters, needed: REPEATERS });
    }
    let (parameters, diagnostics) = search::<2>(Model::Nbd, book);
    let (gain_over_nbd, mean_p_alive) = (0.0, 1.0);
    let nbd = Fit { parameters, diagnostics, gain_over_nbd, mean_p_alive, data: book.digest() };
    Ok(if model == Model::Nbd { nbd } else { against(&nbd, model, book) })
}

/// Another model fitted to the book of `nbd`.
fn against(nbd: &Fit, model: Model, book: &Book) -> Fit {
    let (parameters, diagnostics) = search::<4>(model, book);
    Fit {
        gain_over_nbd: diagnostics.ln_likelihood - nbd.diagnostics.ln_likelihood,
        mean_p_alive: book.mean_of(|it| parameters.p_alive(&it)),
        parameters,
        diagnostics,
        data: nbd.data,
    }
}

/// The likeliest model of a book: NBD, unless another one gains on it and tells who stopped.
///
/// Times between purchases are taken to be ever more regular, as long as that gains. Of a large
/// book, models are compared on a part; the likeliest is fitted to the whole.
///
/// # Errors
/// As [`fit`].
pub fn likeliest(book: &Book) -> Result<Fit, FitError> {
    let part = book.thinned(book.histories() / COMPARED);
    let nbd = fit(Model::Nbd, &part)?;
    let (mut best, mut gain) = (Model::Nbd, 0.0);
    let mut gains = |model| {
        let found = against(&nbd, model, &part);
        let gains = found.is_dropout_identifiable() && found.gain_over_nbd > gain;
        if gains {
            (best, gain) = (model, found.gain_over_nbd);
        }
        gains
    };
    for model in [Model::BgNbd, Model::MbgNbd, Model::ParetoNbd] {
        gains(model);
    }
    for k in 2..=MOST_REGULAR {
        if !gains(Model::MbgCnbd { k }) {
            break;
        }
    }
    fit(best, book)
}

/// Gamma-Gamma fitted to what the accounts of a book spent.
///
/// # Errors
/// [`InsufficientData`](FitError::InsufficientData): fewer than 10 accounts bought again with a
/// known spend.
pub fn fit_spend(summaries: &[Summary]) -> Result<(Spend, Diagnostics), FitError> {
    let book = SpendBook::new(summaries);
    if book.accounts() < REPEATERS {
        let (accounts, repeaters) = (summaries.len(), book.accounts());
        return Err(FitError::InsufficientData { accounts, repeaters, needed: REPEATERS });
    }
    let scale = [0.0, 0.0, book.mean().ln()];
    let problem =
        Problem::new(|at: &[f64; 3]| book.ln_likelihood(at), scale, book.accounts() as f64);
    let starts = [[0.5, 1.5, -0.5], [2.0, 1.0, -1.0], [-0.5, 2.5, 1.0]];
    let (point, diagnostics) = problem.diagnosed(problem.best_of(starts));
    Ok((Spend::found(point), diagnostics))
}

/// Logarithms of parameters from which a search begins, times against the mean time watched.
const fn starts(model: Model) -> [[f64; 4]; 3] {
    match model {
        Model::ParetoNbd => {
            [[-0.7, -1.2, -0.5, -1.0], [0.3, 0.0, -1.5, 0.5], [-1.5, -2.0, 0.5, 1.0]]
        }
        _ => [[-1.0, -1.5, -0.3, 0.7], [0.3, -0.5, -1.5, 1.5], [-1.7, -2.5, 0.7, 0.0]],
    }
}

/// Looks on a part of a large book first, then on the whole.
fn search<const N: usize>(model: Model, book: &Book) -> (Parameters, Diagnostics) {
    let ln_age = book.mean_of(|it| it.t()).ln();
    let mut scale = [0.0; N];
    let times = scale.iter_mut().zip(model.is_time()).filter(|(_, is_time)| *is_time);
    times.for_each(|(it, _)| *it = ln_age);
    let starts = starts(model).map(|it| resized(&it));
    let few = book.thinned(book.histories() / FEW);
    let mut best = Problem::new(likelihood(model, &few), scale, few.weight()).best_of(starts);
    if book.histories() > 2 * MORE {
        let more = book.thinned(book.histories() / MORE);
        best = Problem::new(likelihood(model, &more), scale, more.weight()).near(best);
    }
    let whole = Problem::new(likelihood(model, book), scale, book.weight());
    let (point, diagnostics) = whole.diagnosed(best);
    (Parameters::found(model, resized(&point)), diagnostics)
}

fn likelihood<const N: usize>(model: Model, book: &Book) -> impl Fn(&[f64; N]) -> (f64, [f64; N]) {
    move |at| {
        let (value, slope) = model.ln_likelihood(&resized(at), book);
        (value, resized(&slope))
    }
}

/// The first parameters, or all and then ones.
fn resized<const N: usize, const M: usize>(of: &[f64; N]) -> [f64; M] {
    let mut resized = [1.0; M];
    resized.iter_mut().zip(of).for_each(|(to, it)| *to = *it);
    resized
}
