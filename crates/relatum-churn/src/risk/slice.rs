//! A book at a cut in the past, and what came of it.

use super::{Baseline, Standing, Term};
use crate::SummaryError;
use crate::fit::FitError;

/// The accounts of a book at the end of a day, and which of them bought nothing in the days after.
///
/// Invariant: it ends with the last day of its horizon; before that nothing may be learned of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Slice {
    cut: i32,
    horizon: u32,
    accounts: Vec<(Standing, bool)>,
}

/// Why a slice is none, or may not be used.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RiskError {
    /// What an account bought is no history.
    #[error("account {at} has no history")]
    History {
        /// Which account, from 0.
        at: usize,
        /// Why not.
        source: SummaryError,
    },
    /// No model could be fitted.
    #[error("no model could be fitted")]
    Fit(#[source] FitError),
    /// A number of an account is none.
    #[error("`{number}` of account {at} is not a number that can be used")]
    Number {
        /// Which account, from 0.
        at: usize,
        /// Which number.
        number: &'static str,
    },
    /// What came of a slice was not known at the cut.
    #[error("the slice of day {cut} ends on day {end}, which was not yet known on day {at}")]
    LooksAhead {
        /// The day of the slice.
        cut: i32,
        /// The last day of its horizon.
        end: i32,
        /// The day at which it was to be used.
        at: i32,
    },
    /// There is nothing to compare on.
    #[error(
        "insufficient data: {slices} slices, none with three before it that had ended and both \
         outcomes"
    )]
    InsufficientData {
        /// How many slices there are.
        slices: usize,
    },
}

impl Slice {
    /// At the end of day `cut`, each account with whether it bought nothing in the `horizon` days
    /// after it.
    ///
    /// # Errors
    /// [`Number`](RiskError::Number), of the first such account.
    pub fn new(cut: i32, horizon: u32, accounts: Vec<(Standing, bool)>) -> Result<Self, RiskError> {
        for (at, (it, _)) in accounts.iter().enumerate() {
            let fits = |number: f64, least: f64| number.is_finite() && number >= least;
            let numbers = [
                ("no_purchase", fits(it.no_purchase, 0.0) && it.no_purchase <= 1.0),
                ("breadth", fits(it.breadth, 0.0)),
                ("days_quiet", fits(it.days_quiet, 0.0)),
                ("recent", fits(it.recent, 0.0)),
                ("spend", it.spend.is_finite()),
                ("last_spend", fits(it.last_spend, 0.0)),
            ];
            if let Some((number, _)) = numbers.into_iter().find(|(_, fits)| !fits) {
                return Err(RiskError::Number { at, number });
            }
        }
        Ok(Self { cut, horizon, accounts })
    }

    /// Its day.
    #[must_use]
    pub const fn cut(&self) -> i32 {
        self.cut
    }

    /// The last day of its horizon.
    #[must_use]
    pub fn end(&self) -> i32 {
        self.cut.saturating_add_unsigned(self.horizon)
    }

    /// The accounts, and whether each bought nothing in the horizon.
    #[must_use]
    pub fn accounts(&self) -> &[(Standing, bool)] {
        &self.accounts
    }

    /// What a simple rule scores each account, and whether it bought nothing.
    #[must_use]
    pub fn scored(&self, rule: Baseline) -> Vec<(f64, bool)> {
        let standings: Vec<Standing> = self.accounts.iter().map(|it| it.0).collect();
        rule.scores(&standings).into_iter().zip(self.accounts.iter().map(|it| it.1)).collect()
    }

    /// How many bought nothing.
    pub(super) fn lapses(&self) -> usize {
        self.accounts.iter().filter(|it| it.1).count()
    }

    /// The number that is in the middle of its accounts, of each term.
    pub(super) fn middle(&self) -> [f64; Term::COUNT] {
        Term::ALL.map(|term| median(self.accounts.iter().map(|it| term.number(&it.0)).collect()))
    }
}

/// The lower of the two in the middle; 0 of none.
fn median(mut of: Vec<f64>) -> f64 {
    of.sort_by(f64::total_cmp);
    of.get(of.len().saturating_sub(1) / 2).copied().unwrap_or(0.0)
}
