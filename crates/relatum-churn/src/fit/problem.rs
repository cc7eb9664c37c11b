//! A log-likelihood as a problem: in logarithms of its parameters, bounded, an account.

use super::Diagnostics;
use super::eigen::Eigen;
use super::newton::{Bounds, Objective, minimise, norm};

/// How far parameters may go, as factors of 1, of the mean time watched or of the mean spend.
const FARTHEST: f64 = 1e5;
/// The most that an account adds to the gradient of a fit that has converged.
const TOLERANCE: f64 = 1e-8;
/// The same where a part of the accounts leads closer.
const CLOSER: f64 = 1e-4;
/// The same where only the best start is looked for.
const ROUGH: f64 = 1e-3;

/// `of` gives the log-likelihood and its gradient at parameters.
pub(super) struct Problem<const N: usize, F> {
    of: F,
    /// Logarithms of the size that each parameter may be expected to have.
    scale: [f64; N],
    accounts: f64,
}

impl<const N: usize, F: Fn(&[f64; N]) -> (f64, [f64; N])> Objective<N> for Problem<N, F> {
    fn at(&self, point: &[f64; N]) -> (f64, [f64; N]) {
        let at = self.parameters(point);
        let (value, mut slope) = (self.of)(&at);
        slope.iter_mut().zip(at).for_each(|(slope, at)| *slope *= -at / self.accounts);
        (-value / self.accounts, slope)
    }
}

impl<const N: usize, F: Fn(&[f64; N]) -> (f64, [f64; N])> Problem<N, F> {
    pub(super) const fn new(of: F, scale: [f64; N], accounts: f64) -> Self {
        Self { of, scale, accounts }
    }

    fn parameters(&self, point: &[f64; N]) -> [f64; N] {
        let mut parameters = *point;
        parameters.iter_mut().zip(self.scale).for_each(|(it, scale)| *it = (*it + scale).exp());
        parameters
    }

    fn bounds() -> Bounds<N> {
        Bounds { least: [-FARTHEST.ln(); N], most: [FARTHEST.ln(); N] }
    }

    /// Roughly where the likelihood is greatest near a point.
    pub(super) fn near(&self, start: [f64; N]) -> [f64; N] {
        minimise(self, start, &Self::bounds(), CLOSER).point
    }

    /// Roughly where the likelihood is greatest of all that the starts lead to.
    pub(super) fn best_of<const S: usize>(&self, starts: [[f64; N]; S]) -> [f64; N] {
        let mut best = (f64::INFINITY, [0.0; N]);
        for start in starts {
            let found = minimise(self, start, &Self::bounds(), ROUGH);
            if found.value < best.0 {
                best = (found.value, found.point);
            }
        }
        best.1
    }

    /// From nearby to where the likelihood is greatest, and how that place looks.
    pub(super) fn diagnosed(&self, nearby: [f64; N]) -> ([f64; N], Diagnostics) {
        let found = minimise(self, nearby, &Self::bounds(), TOLERANCE);
        let parameters = self.parameters(&found.point);
        let curvature = Eigen::of(found.second);
        // By the logarithm of a parameter and an account; errors are those of the parameter.
        let errors = curvature.inverse_diagonal().map(|variances| {
            let error = |(variance, at): (&f64, &f64)| (variance / self.accounts).sqrt() * at;
            variances.iter().zip(&parameters).map(error).collect()
        });
        let diagnostics = Diagnostics {
            converged: found.converged,
            gradient_norm: norm(&found.gradient),
            condition: curvature.condition(),
            standard_errors: errors,
            at_boundary: Self::bounds().is_reached(&found.point),
            ln_likelihood: -found.value * self.accounts,
            accounts: self.accounts as usize,
        };
        (parameters, diagnostics)
    }
}
