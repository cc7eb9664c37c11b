//! Accounts that may stop at any time: Pareto/NBD.

use super::death::Death;
use crate::special::{ln_rising, softplus};
use crate::{Book, Summary};

pub(super) fn ln_likelihood(at: &[f64; 4], book: &Book) -> (f64, [f64; 4]) {
    let &[r, alpha, s, beta] = at;
    let (ln_a, ln_b) = (alpha.ln(), beta.ln());
    let prior = r * ln_a + s * ln_b;
    let (mut sum, mut slope) = (0.0, [0.0; 4]);
    let mut count = (0, 0.0, 0.0);
    for row in &book.rows {
        if row.x != count.0 {
            let (ln, by_r) = ln_rising(r, row.x);
            count = (row.x, ln, by_r);
        }
        let shape = r + f64::from(row.x);
        let (ln_alpha, ln_beta) = ((alpha + row.t).ln(), (beta + row.t).ln());
        let ln_alive = -shape * ln_alpha - s * ln_beta;
        let death = Death::between(row.t_x, row.t, shape, at);
        let (stopped, share) = death.as_ref().map_or((0.0, 0.0), |it| softplus(it.ln - ln_alive));
        let alive = 1.0 - share;
        let [by_shape, by_alpha, by_s, by_beta] = death.map_or([0.0; 4], |it| it.slope);
        sum += row.count * (count.1 + prior + ln_alive + stopped);
        let own = [
            count.2 + ln_a - alive * ln_alpha + share * by_shape,
            r / alpha - alive * shape / (alpha + row.t) + share * by_alpha,
            ln_b - alive * ln_beta + share * by_s,
            s / beta - alive * s / (beta + row.t) + share * by_beta,
        ];
        for (to, own) in slope.iter_mut().zip(own) {
            *to += row.count * own;
        }
    }
    (sum, slope)
}

/// The odds of having stopped between two times, against being alive at `T`.
fn odds(at: &[f64; 4], of: &Summary, from: f64, to: f64) -> f64 {
    let &[r, alpha, s, beta] = at;
    let shape = r + f64::from(of.x());
    let ln_alive = -shape * (alpha + of.t()).ln() - s * (beta + of.t()).ln();
    Death::between(from, to, shape, at).map_or(0.0, |it| (it.ln - ln_alive).exp())
}

pub(super) fn p_alive(at: &[f64; 4], of: &Summary) -> f64 {
    (1.0 + odds(at, of, of.t_x(), of.t())).recip()
}

pub(super) fn expected_purchases(at: &[f64; 4], of: &Summary, horizon: f64) -> f64 {
    let &[r, alpha, s, beta] = at;
    let rate = (r + f64::from(of.x())) / (alpha + of.t());
    let later = (horizon / (beta + of.t())).ln_1p();
    // At s = 1 the limit, which `exp_m1` comes close to from both sides.
    let power = (s - 1.0) * later;
    let lives = if power == 0.0 { later } else { later * (-power).exp_m1() / -power };
    p_alive(at, of) * rate * (beta + of.t()) * lives
}

/// Alive throughout, or stopped before the end, or within the horizon and before a purchase.
pub(super) fn p_no_purchase(at: &[f64; 4], of: &Summary, horizon: f64) -> f64 {
    let &[r, alpha, s, beta] = at;
    let shape = r + f64::from(of.x());
    let lives =
        -shape * (horizon / (alpha + of.t())).ln_1p() - s * (horizon / (beta + of.t())).ln_1p();
    let before = odds(at, of, of.t_x(), of.t());
    let within = odds(at, of, of.t(), of.t() + horizon);
    if before.is_infinite() {
        return 1.0;
    }
    ((lives.exp() + within + before) / (1.0 + before)).min(1.0)
}
