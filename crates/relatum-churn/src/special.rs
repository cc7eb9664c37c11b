//! The functions that likelihoods are made of, in logarithms.

pub(crate) use statrs::function::gamma::{digamma, ln_gamma};

/// Up to here factors are multiplied: exact, and faster than two gamma functions.
const FEW: u32 = 16;

/// The logarithm of `from (from + 1) … (from + n - 1)`, which is `Γ(from + n) / Γ(from)`, and its
/// derivative by `from`.
pub(crate) fn ln_rising(from: f64, n: u32) -> (f64, f64) {
    if n > FEW {
        let to = from + f64::from(n);
        return (ln_gamma(to) - ln_gamma(from), digamma(to) - digamma(from));
    }
    let (product, slope) = (0..n).fold((1.0, 0.0), |(product, slope), step| {
        let factor = from + f64::from(step);
        (product * factor, slope + factor.recip())
    });
    (f64::ln(product), slope)
}

/// `ln(1 + e^x)` and its derivative, the share that `e^x` has in `1 + e^x`.
pub(crate) fn softplus(x: f64) -> (f64, f64) {
    let small = (-x.abs()).exp();
    let share = small / (1.0 + small);
    if x > 0.0 { (x + small.ln_1p(), 1.0 - share) } else { (small.ln_1p(), share) }
}

/// `1 / (1 + e^-x)`.
pub(crate) fn logistic(x: f64) -> f64 {
    softplus(x).1
}

/// The inverse of [`logistic`], of probabilities that are kept away from 0 and 1.
pub(crate) fn logit(p: f64) -> f64 {
    let p = p.clamp(1e-4, 1.0 - 1e-4);
    (p / (1.0 - p)).ln()
}
