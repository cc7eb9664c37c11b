//! How sure a difference between two forecasts is.

use super::measure::by_score;
use super::{Forecast, Measure};
use crate::draw::Draw;

/// A difference, and where it lies in 95 of 100 books like this one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The difference itself.
    pub difference: f64,
    /// In 2.5 of 100 it is less.
    pub low: f64,
    /// In 2.5 of 100 it is more.
    pub high: f64,
}

/// By how much `one` measures more than `other` on the same accounts, with a paired bootstrap.
///
/// Shape: both of the same accounts in the same order, else none.
/// Invariant: the same seed gives the same interval; so do the accounts in any order that both
/// share up to the draws.
///
/// # Example
/// ```
/// use relatum_churn::{Forecast, Measure, difference};
/// let by = |score: fn(u32) -> f64| -> Vec<Forecast> {
///     let of = |it| Forecast { score: score(it), risk: 0.5, lapsed: it % 3 == 0 };
///     (0..300).map(of).collect()
/// };
/// let knows = by(|it| f64::from(u8::from(it % 3 == 0)));
/// let guesses = by(|it| f64::from(it % 7));
/// let interval = difference(Measure::Auc, &knows, &guesses, 200, 1).ok_or("no measure")?;
/// assert!(interval.low > 0.4 && interval.high < 0.6);
/// # Ok::<(), &str>(())
/// ```
#[must_use]
pub fn difference(
    measure: Measure,
    one: &[Forecast],
    other: &[Forecast],
    resamples: u32,
    seed: u64,
) -> Option<Interval> {
    if !one.iter().map(|it| it.lapsed).eq(other.iter().map(|it| it.lapsed)) {
        return None;
    }
    let difference = measure.of(one)? - measure.of(other)?;
    let (one, other) = (by_score(one), by_score(other));
    let mut draw = Draw::of(seed, 0);
    let mut differences: Vec<f64> = (0..resamples)
        .filter_map(|_| {
            let mut times = vec![0.0; one.len()];
            for _ in 0..one.len() {
                let drawn = draw.below(one.len());
                times.iter_mut().skip(drawn).take(1).for_each(|it| *it += 1.0);
            }
            let of = |order: &[(usize, Forecast)]| {
                let times = |at: usize| times.get(at).copied().unwrap_or(0.0);
                let drawn: Vec<_> = order.iter().map(|&(at, it)| (it, times(at))).collect();
                measure.weighted(&drawn)
            };
            Some(of(&one)? - of(&other)?)
        })
        .collect();
    differences.sort_by(f64::total_cmp);
    let at = |share: f64| differences.get((share * differences.len() as f64) as usize).copied();
    Some(Interval { difference, low: at(0.025)?, high: at(0.975)? })
}
