//! Which share is unusual in a book: so many of so many, against what is usual there.

use statrs::function::beta::checked_beta_reg;

/// What a book is taken to know of an account before it has seen any of it, at least and at most.
const KNOWN: (f64, f64) = (5.0, 200.0);

/// How shares vary between the accounts of a book: a beta distribution.
///
/// # Example
/// ```
/// use relatum_churn::Shares;
/// let book: Vec<(u32, u32)> = (0..200).map(|at| (if at % 4 == 0 { 4 } else { 0 }, 10)).collect();
/// let shares = Shares::of(&book).ok_or("nothing")?;
/// assert_eq!(format!("{:.3}", shares.mean()), "0.100");
/// assert!(shares.above(1, 3, 0.15) < 0.7, "one of three says little");
/// assert!(shares.above(9, 30, 0.15) > 0.9, "nine of thirty is unusual here");
/// # Ok::<(), &str>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shares {
    mean: f64,
    known: f64,
}

impl Shares {
    /// Of so many of so many in each account, by the moments of the beta-binomial distribution;
    /// none where there is nothing to count.
    #[must_use]
    pub fn of(accounts: &[(u32, u32)]) -> Option<Self> {
        let counted: Vec<(f64, f64)> = accounts
            .iter()
            .filter(|it| it.1 > 0)
            .map(|&(part, of)| (f64::from(part.min(of)), f64::from(of)))
            .collect();
        let all: f64 = counted.iter().map(|it| it.1).sum();
        let mean = counted.iter().map(|it| it.0).sum::<f64>() / all;
        if !mean.is_finite() {
            return None;
        }
        // How much more shares vary than they would by counting alone.
        let chance = mean * (1.0 - mean);
        let weighted =
            counted.iter().map(|(part, of)| of * (part / of - mean).powi(2)).sum::<f64>();
        let squares: f64 = counted.iter().map(|it| it.1 * it.1).sum();
        let by_counting = chance * (counted.len() as f64 - 1.0);
        let between = (weighted - by_counting) / (all - squares / all);
        let known = chance / between - 1.0;
        let known = if between > 0.0 && known.is_finite() { known } else { KNOWN.1 };
        Some(Self { mean, known: known.clamp(KNOWN.0, KNOWN.1) })
    }

    /// The share of the whole book.
    #[must_use]
    pub const fn mean(&self) -> f64 {
        self.mean
    }

    /// What is expected of an account with so many of so many.
    #[must_use]
    pub fn expected(&self, part: u32, of: u32) -> f64 {
        let (part, of) = (f64::from(part.min(of)), f64::from(of));
        (self.known * self.mean + part) / (self.known + of)
    }

    /// How probable it is that the share of an account with so many of so many is above `limit`.
    #[must_use]
    pub fn above(&self, part: u32, of: u32, limit: f64) -> f64 {
        let (part, of) = (f64::from(part.min(of)), f64::from(of));
        let a = (self.known * self.mean + part).max(f64::MIN_POSITIVE);
        let b = (self.known * (1.0 - self.mean) + of - part).max(f64::MIN_POSITIVE);
        let below = checked_beta_reg(a, b, limit.clamp(0.0, 1.0)).unwrap_or(1.0);
        if below.is_finite() { 1.0 - below } else { 0.0 }
    }
}
