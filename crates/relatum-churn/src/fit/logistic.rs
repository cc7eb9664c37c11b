//! Logistic regression, held back towards weights that are given.

use super::newton::Objective;
use crate::special::softplus;

/// An account, and whether it lapsed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row<const N: usize> {
    /// What its score is without any weight.
    pub(crate) level: f64,
    pub(crate) terms: [f64; N],
    pub(crate) lapsed: bool,
}

impl<const N: usize> Row<N> {
    pub(crate) fn score(&self, weights: &[f64; N]) -> f64 {
        let terms = self.terms.iter().zip(weights);
        self.level + terms.map(|(term, weight)| term * weight).sum::<f64>()
    }
}

/// The loss of weights, an account, and how far they are from where they are held.
#[derive(Debug)]
pub(crate) struct Logistic<'a, const N: usize> {
    pub(crate) rows: Vec<&'a [Row<N>]>,
    /// Where weights are held, and how strongly.
    pub(crate) towards: [f64; N],
    pub(crate) held: f64,
}

impl<const N: usize> Objective<N> for Logistic<'_, N> {
    fn at(&self, weights: &[f64; N]) -> (f64, [f64; N]) {
        let (mut sum, mut by) = (0.0, [0.0; N]);
        for row in self.rows.iter().copied().flatten() {
            let score = row.score(weights);
            let (loss, share) = softplus(if row.lapsed { -score } else { score });
            let off = if row.lapsed { -share } else { share };
            sum += loss;
            by.iter_mut().zip(row.terms).for_each(|(by, term)| *by += off * term);
        }
        for ((by, weight), towards) in by.iter_mut().zip(weights).zip(self.towards) {
            sum += 0.5 * self.held * (weight - towards).powi(2);
            *by += self.held * (weight - towards);
        }
        let accounts = self.rows.iter().map(|rows| rows.len()).sum::<usize>().max(1) as f64;
        (sum / accounts, by.map(|it| it / accounts))
    }
}
