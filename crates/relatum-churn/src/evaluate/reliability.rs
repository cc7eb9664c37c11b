//! Whether what was stated came as often as it was stated.

use super::Forecast;
use super::measure::{by_score, mean, outcome, share_of_top};

/// Accounts with nearly the same risk: what was stated, and what came.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReliabilityBin {
    /// How many accounts.
    pub accounts: usize,
    /// Their mean risk.
    pub stated: f64,
    /// The share of them that lapsed.
    pub lapsed: f64,
}

/// The forecasts in bins of as many accounts each, lowest scores first.
///
/// # Example
/// ```
/// use relatum_churn::{Forecast, reliability};
/// let forecast = |risk, lapsed| Forecast { score: risk, risk, lapsed };
/// let (low, high) = (forecast(0.25, false), forecast(0.75, false));
/// let bins = reliability(&[low, low, forecast(0.75, true), high], 2);
/// assert_eq!((bins[1].accounts, bins[1].stated, bins[1].lapsed), (2, 0.75, 0.5));
/// ```
#[must_use]
pub fn reliability(forecasts: &[Forecast], bins: usize) -> Vec<ReliabilityBin> {
    let order = by_score(forecasts);
    let each = order.len().div_ceil(bins.max(1)).max(1);
    let bin = |of: &[(usize, Forecast)]| {
        let weighted: Vec<_> = of.iter().map(|&(_, it)| (it, 1.0)).collect();
        ReliabilityBin {
            accounts: of.len(),
            stated: mean(&weighted, |it| it.risk).unwrap_or(0.0),
            lapsed: mean(&weighted, outcome).unwrap_or(0.0),
        }
    };
    order.chunks(each).map(bin).collect()
}

/// The tenth with the highest scores; none without forecasts.
#[must_use]
pub fn top_decile(forecasts: &[Forecast]) -> Option<ReliabilityBin> {
    let order = by_score(forecasts);
    let accounts = order.len().div_ceil(10);
    let weighted: Vec<_> = order.iter().map(|&(_, it)| (it, 1.0)).collect();
    let top = weighted.get(order.len() - accounts..).unwrap_or_default();
    let stated = mean(top, |it| it.risk)?;
    Some(ReliabilityBin { accounts, stated, lapsed: share_of_top(&weighted, 0.1)? })
}
