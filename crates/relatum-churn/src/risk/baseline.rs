//! Rules that a score has to beat.

use std::fmt;

use super::Standing;

/// A simple rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Baseline {
    /// Who bought longest ago is riskiest.
    Recency,
    /// Who has the lowest sum of fifths by recency, frequency and money is.
    Rfm,
    /// All are as risky as accounts were on average.
    BaseRate,
}

impl Baseline {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Recency, Self::Rfm, Self::BaseRate];

    /// What it is called.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Recency => "recency",
            Self::Rfm => "RFM",
            Self::BaseRate => "base rate",
        }
    }

    /// The score of each account, in order: more is riskier.
    ///
    /// # Example
    /// ```
    /// use relatum_churn::{Baseline, Standing};
    /// let of = |days_quiet, purchases| Standing {
    ///     no_purchase: 0.5, breadth: 1.0, days_quiet, purchases, later_half: 0, recent: 0.0,
    ///     spend: 10.0, last_spend: 10.0,
    /// };
    /// let scores = Baseline::Rfm.scores(&[of(5.0, 9), of(90.0, 1)]);
    /// assert!(scores[0] < scores[1]);
    /// ```
    #[must_use]
    pub fn scores(self, accounts: &[Standing]) -> Vec<f64> {
        match self {
            Self::Recency => accounts.iter().map(|it| it.days_quiet).collect(),
            Self::Rfm => {
                let recency = fifths(accounts.iter().map(|it| -it.days_quiet).collect());
                let frequency = fifths(accounts.iter().map(|it| f64::from(it.purchases)).collect());
                let money = fifths(accounts.iter().map(|it| it.spend).collect());
                let sums = recency.iter().zip(frequency).zip(money);
                sums.map(|((recency, frequency), money)| -(recency + frequency + money)).collect()
            }
            Self::BaseRate => vec![0.0; accounts.len()],
        }
    }
}

impl fmt::Display for Baseline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Which fifth each number is in, from 1; equal numbers are in the same, by their mean rank.
fn fifths(of: Vec<f64>) -> Vec<f64> {
    let mut order: Vec<(usize, f64)> = of.iter().copied().enumerate().collect();
    order.sort_by(|one, other| one.1.total_cmp(&other.1));
    let (mut fifths, mut before) = (vec![0.0; of.len()], 0);
    for tied in order.chunk_by(|one, other| one.1 == other.1) {
        let rank = before as f64 + (tied.len() as f64 + 1.0) / 2.0;
        let fifth = (5.0 * rank / of.len() as f64).ceil().clamp(1.0, 5.0);
        for &(at, _) in tied {
            fifths.iter_mut().skip(at).take(1).for_each(|it| *it = fifth);
        }
        before += tied.len();
    }
    fifths
}
