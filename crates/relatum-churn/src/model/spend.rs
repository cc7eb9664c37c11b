//! What a purchase comes to: Gamma-Gamma.

use crate::Summary;
use crate::special::{digamma, ln_gamma};

/// The Gamma-Gamma model of mean spend with its parameters.
///
/// What an account spends varies around a mean of its own (shape `p`), and means vary between
/// accounts (`q`, `gamma`); neither depends on how often it buys.
///
/// Units: `gamma` is in the unit of the spend.
///
/// # Example
/// ```
/// use relatum_churn::{Spend, Summary};
/// let fitted = Spend::new(6.25, 3.74, 15.44)?;
/// let account = Summary::new(2, 30.43, 38.86)?.with_spend(44.70)?;
/// let shown = fitted.expected(&account).map(|it| format!("{it:.2}"));
/// assert_eq!(shown.as_deref(), Some("24.66"), "between its own 22.35 and the mean of all");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spend {
    values: [f64; 3],
}

/// Why numbers are no parameters of spend.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("p {p}, q {q}, gamma {gamma}; each must be above zero")]
pub struct SpendError {
    /// Shape within an account.
    pub p: f64,
    /// Shape between accounts.
    pub q: f64,
    /// Scale between accounts.
    pub gamma: f64,
}

impl Spend {
    /// The names of the parameters, in their order.
    pub const PARAMETERS: [&'static str; 3] = ["p", "q", "gamma"];

    /// With these parameters.
    ///
    /// # Errors
    /// [`SpendError`] if one is not above zero.
    pub fn new(p: f64, q: f64, gamma: f64) -> Result<Self, SpendError> {
        let fits = [p, q, gamma].iter().all(|it| it.is_finite() && *it > 0.0);
        if fits { Ok(Self { values: [p, q, gamma] }) } else { Err(SpendError { p, q, gamma }) }
    }

    pub(crate) const fn found(values: [f64; 3]) -> Self {
        Self { values }
    }

    /// They themselves: `p`, `q`, `gamma`.
    #[must_use]
    pub const fn values(&self) -> &[f64; 3] {
        &self.values
    }

    /// What the next purchase of an account is expected to come to; none where the model has no
    /// mean (`p x + q` up to 1).
    #[must_use]
    pub fn expected(&self, of: &Summary) -> Option<f64> {
        let [p, q, gamma] = self.values;
        let mean = of.mean_spend();
        let x = if mean.is_some() { f64::from(of.x()) } else { 0.0 };
        let below = p.mul_add(x, q) - 1.0;
        (below > 0.0).then(|| p * x.mul_add(mean.unwrap_or(0.0), gamma) / below)
    }
}

/// What is spent in the repeat purchases of a book: how many purchases, and their mean.
#[derive(Debug, Clone)]
pub(crate) struct SpendBook(Vec<(u32, f64)>);

impl SpendBook {
    pub(crate) fn new(summaries: &[Summary]) -> Self {
        let mut rows: Vec<_> =
            summaries.iter().filter_map(|it| Some((it.x(), it.mean_spend()?))).collect();
        rows.sort_unstable_by(|one, other| one.0.cmp(&other.0).then(one.1.total_cmp(&other.1)));
        Self(rows)
    }

    pub(crate) const fn accounts(&self) -> usize {
        self.0.len()
    }

    /// The mean of the means.
    pub(crate) fn mean(&self) -> f64 {
        self.0.iter().map(|row| row.1).sum::<f64>() / self.0.len() as f64
    }

    pub(crate) fn ln_likelihood(&self, at: &[f64; 3]) -> (f64, [f64; 3]) {
        let &[p, q, gamma] = at;
        let (mut sum, mut slope) = (0.0, [0.0; 3]);
        let mut of = (0, 0.0, 0.0, 0.0);
        for &(count, mean) in &self.0 {
            let x = f64::from(count);
            if of.0 != count {
                let ln = ln_gamma(p * x + q) - ln_gamma(p * x) - ln_gamma(q) + q * gamma.ln();
                let (all, within) = (digamma(p * x + q), digamma(p * x));
                of = (count, ln, all - within, all - digamma(q) + gamma.ln());
            }
            // Against the scale of the spend, so that no power of it overflows.
            let all = gamma + x * mean;
            let (share, ln_all) = ((x * mean / all).ln(), all.ln());
            sum += of.1 + p * x * share - mean.ln() - q * ln_all;
            let own = [x * (of.2 + share), of.3 - ln_all, (q - (p * x + q) * gamma / all) / gamma];
            slope.iter_mut().zip(own).for_each(|(to, own)| *to += own);
        }
        (sum, slope)
    }
}
