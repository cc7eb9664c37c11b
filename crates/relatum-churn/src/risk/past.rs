//! The past of a book: at which days it is cut, and what was seen at one.

use super::{RiskError, Slice, Standing};
use crate::fit::{Fit, likeliest};
use crate::{Book, Purchase, Summary};

/// No more slices are learned from.
pub(super) const MOST: usize = 5;

/// How the time before a day is cut into slices.
///
/// Units: days, numbered from any day.
///
/// # Example
/// ```
/// use relatum_churn::Past;
/// let year = Past::of(0, 364, 91);
/// assert_eq!((year.horizon, year.cuts.first(), year.cuts.last()), (91, Some(&273), Some(&182)));
/// let young = Past::of(0, 90, 91);
/// assert_eq!(young.horizon, 30, "a third of the time that there is");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    /// Days in which accounts are watched after each cut: those that are asked for, or a third of
    /// the time that there is.
    pub horizon: u32,
    /// The days, latest first.
    pub cuts: Vec<i32>,
}

impl Past {
    /// The past of a book whose first purchase was on day `first`, seen from the end of day `cut`:
    /// four cuts a horizon, from the last that had come to its end back to a third of the time.
    #[must_use]
    pub fn of(first: i32, cut: i32, horizon: u32) -> Self {
        let mut past = Self::whole(first, cut, horizon);
        past.cuts.truncate(MOST);
        past
    }

    /// The same, however many cuts there are.
    #[must_use]
    pub fn whole(first: i32, cut: i32, horizon: u32) -> Self {
        let third = u32::try_from(i64::from(cut) - i64::from(first)).unwrap_or(0) / 3;
        let horizon = horizon.min(third);
        if horizon == 0 {
            return Self { horizon, cuts: Vec::new() };
        }
        let back = |quarters: u32| {
            let days = u64::from(quarters) * u64::from(horizon) / 4;
            u32::try_from(days).ok().and_then(|days| cut.checked_sub_unsigned(days))
        };
        let earliest = first.saturating_add_unsigned(third);
        let mut cuts: Vec<i32> = (4..).map_while(back).take_while(|day| *day >= earliest).collect();
        // Quarters of a few days may fall on the same one.
        cuts.dedup();
        Self { horizon, cuts }
    }
}

/// An account at a cut, as it was known.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// What it bought by the end of the day of the cut, one entry a day, ascending.
    pub purchases: Vec<Purchase>,
    /// How many different goods it bought.
    pub breadth: f64,
    /// Whether it bought nothing within the horizon after the cut.
    pub lapsed: bool,
}

impl Slice {
    /// The book at the end of day `cut`, with the likeliest model of what was known then.
    ///
    /// # Errors
    /// In check order: [`History`](RiskError::History), of the first such account;
    /// [`Fit`](RiskError::Fit); [`Number`](RiskError::Number).
    pub fn seen(cut: i32, horizon: u32, accounts: &[Seen]) -> Result<(Self, Fit), RiskError> {
        let summary = |(at, it): (usize, &Seen)| {
            Summary::of(&it.purchases, cut).map_err(|source| RiskError::History { at, source })
        };
        let summaries: Vec<Summary> =
            accounts.iter().enumerate().map(summary).collect::<Result<_, _>>()?;
        let fit = likeliest(&Book::new(&summaries)).map_err(RiskError::Fit)?;
        let weeks = f64::from(horizon) / 7.0;
        let mut standings = Vec::with_capacity(accounts.len());
        for ((at, it), summary) in accounts.iter().enumerate().zip(&summaries) {
            let none = fit.parameters.p_no_purchase(summary, weeks);
            let standing = Standing::of(&it.purchases, cut, none, it.breadth);
            let standing = standing.map_err(|source| RiskError::History { at, source })?;
            standings.push((standing, it.lapsed));
        }
        Ok((Self::new(cut, horizon, standings)?, fit))
    }
}
