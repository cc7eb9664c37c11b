//! Whether an account has been silent for unusually long, by its own intervals.

use statrs::function::gamma::checked_gamma_ur;

/// As many intervals as those at random that are taken to be known beside the own ones.
const KNOWN: f64 = 3.0;

/// How probable it is that an account with these intervals stays silent for `gap` or longer while
/// nothing has changed; none without intervals above zero.
///
/// Intervals are taken to follow a gamma distribution with their mean; how regular they are is
/// believed the more of them there are, and until then they are taken to come at random.
///
/// Units: any, the same of both.
///
/// # Example
/// ```
/// use relatum_churn::chance_of_silence;
/// let regular = [28.0, 30.0, 33.0, 29.0, 30.0, 30.0, 31.0];
/// let erratic = [2.0, 90.0, 5.0, 60.0, 1.0, 40.0, 12.0];
/// let chance = |of: &[f64]| chance_of_silence(of, 75.0).unwrap_or(1.0);
/// assert!(chance(&regular) < 0.02 && chance(&erratic) > 0.08);
/// assert_eq!(chance_of_silence(&[], 75.0), None);
/// ```
#[must_use]
pub fn chance_of_silence(intervals: &[f64], gap: f64) -> Option<f64> {
    let count = intervals.len() as f64;
    let mean = intervals.iter().sum::<f64>() / count;
    if !(mean.is_finite() && mean > 0.0 && gap.is_finite()) {
        return None;
    }
    let spread = intervals.iter().map(|it| (it / mean - 1.0).powi(2)).sum::<f64>();
    let irregularity = (spread + KNOWN) / (count + KNOWN);
    let shape = irregularity.recip();
    let chance = checked_gamma_ur(shape, shape * gap.max(0.0) / mean);
    // So far out that the function gives up.
    Some(chance.ok().filter(|it| it.is_finite()).unwrap_or(if gap > mean { 0.0 } else { 1.0 }))
}
