//! Accounts that may stop at a purchase: NBD (never), BG/NBD, MBG/NBD, MBG/CNBD-k.
//!
//! *Invariant: one likelihood for all of them; they differ in `k` and in when an account may stop.*

use crate::special::{ln_gamma, ln_rising};
use crate::{Book, Summary};

/// Beyond this many times `alpha + T` expected purchases are not followed.
const FARTHEST: f64 = 1e6;
/// What is left of a sum when it is good enough.
const NEGLIGIBLE: f64 = 1e-13;
/// Terms that are summed before it is asked whether they are enough.
const AT_ONCE: usize = 8;
/// Weights are scaled down before they overflow.
const LARGE: f64 = 1e200;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dropout {
    Never,
    AfterRepeat,
    AfterAny,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Geometric {
    pub(super) k: u32,
    pub(super) dropout: Dropout,
}

/// What depends on the number of purchases alone.
struct OfCount {
    x: u32,
    /// `r + k x`, the shape of the rate when all purchases are seen.
    shape: f64,
    ln: f64,
    slope: [f64; 4],
    /// The logarithm of the odds of having stopped at the last purchase, before any time passed;
    /// none where nobody can have.
    ln_odds: Option<f64>,
    /// Its derivative by `b`; that by `a` is `1 / a`.
    odds_by_b: f64,
}

/// What is left of an account that has not bought since `t_x`, on all the stages between two
/// purchases, against one stage.
struct Stages {
    sum: f64,
    by_r: f64,
    by_alpha: f64,
}

/// What depends on the time watched alone.
struct Age {
    t: f64,
    ln: f64,
    per: f64,
}

impl Age {
    fn of(alpha: f64, t: f64) -> Self {
        Self { t, ln: (alpha + t).ln(), per: (alpha + t).recip() }
    }
}

/// Sums `ln(1 + e^x)`. Factors below two are multiplied, and their logarithm is taken once for
/// many: it is most of what a likelihood costs.
struct Gone {
    product: f64,
    sum: f64,
}

impl Default for Gone {
    fn default() -> Self {
        Self { product: 1.0, sum: 0.0 }
    }
}

impl Gone {
    /// Adds so many of one term; answers with the share of `e^x` in `1 + e^x`.
    fn add(&mut self, x: f64, count: f64) -> f64 {
        let small = (-x.abs()).exp();
        if count == 1.0 {
            self.product *= 1.0 + small;
            if self.product > LARGE {
                self.sum += self.product.ln();
                self.product = 1.0;
            }
        } else {
            self.sum += count * small.ln_1p();
        }
        let share = (1.0 + small).recip();
        if x > 0.0 {
            self.sum += count * x;
            share
        } else {
            small * share
        }
    }

    fn ln(&self) -> f64 {
        self.sum + self.product.ln()
    }
}

impl Geometric {
    /// How often an account with `x` repeat purchases could have stopped.
    fn chances(self, x: u32) -> u32 {
        match self.dropout {
            Dropout::Never => 0,
            Dropout::AfterRepeat => x,
            Dropout::AfterAny => x.saturating_add(1),
        }
    }

    /// The logarithm of `a / (b + n - 1)`: of the odds of stopping at the last of `n` chances.
    fn ln_odds(self, a: f64, b: f64, x: u32) -> Option<f64> {
        let chances = self.chances(x);
        (chances > 0).then(|| (a / (b + f64::from(chances) - 1.0)).ln())
    }

    fn of_count(self, at: &[f64; 4], x: u32) -> OfCount {
        let &[r, alpha, a, b] = at;
        let events = x.saturating_mul(self.k);
        let (rate, rate_by_r) = ln_rising(r, events);
        let chances = self.chances(x);
        let (survived, by_b) = ln_rising(b, chances);
        let (all, by_sum) = ln_rising(a + b, chances);
        let erlang = f64::from(x) * ln_gamma(f64::from(self.k));
        OfCount {
            x,
            shape: r + f64::from(events),
            ln: rate + survived - all + r * alpha.ln() - if self.k == 1 { 0.0 } else { erlang },
            slope: [rate_by_r + alpha.ln(), r / alpha, -by_sum, by_b - by_sum],
            ln_odds: self.ln_odds(a, b, x),
            odds_by_b: -(b + f64::from(chances) - 1.0).recip(),
        }
    }

    /// `Σ_{j<k} u^j (shape)_j / j!` with `u = gap / (alpha + T)`, and the derivatives of its
    /// logarithm.
    fn stages(self, shape: f64, gap: f64, per_age: f64) -> Stages {
        let (mut term, mut slope) = (1.0, 0.0);
        let mut of = Stages { sum: 1.0, by_r: 0.0, by_alpha: 0.0 };
        for stage in 1..self.k {
            let (stage, before) = (f64::from(stage), shape + f64::from(stage) - 1.0);
            term *= gap * per_age * before / stage;
            slope += before.recip();
            of.sum += term;
            of.by_r += term * slope;
            of.by_alpha -= term * stage * per_age;
        }
        of.by_r /= of.sum;
        of.by_alpha /= of.sum;
        of
    }

    pub(super) fn ln_likelihood(self, at: &[f64; 4], book: &Book) -> (f64, [f64; 4]) {
        let &[_, alpha, a, _] = at;
        let (mut sum, mut slope) = (0.0, [0.0; 4]);
        let mut of = self.of_count(at, 0);
        let mut age = Age::of(alpha, 0.0);
        let mut gone = Gone::default();
        for row in &book.rows {
            if row.x != of.x {
                of = self.of_count(at, row.x);
            }
            if row.t != age.t {
                age = Age::of(alpha, row.t);
            }
            let stages = self.stages(of.shape, row.t - row.t_x, age.per);
            let ln_stages = if self.k == 1 { 0.0 } else { stages.sum.ln() };
            let mut own = [stages.by_r, stages.by_alpha, 0.0, 0.0];
            if let Some(ln_odds) = of.ln_odds {
                let recency = alpha + row.t_x;
                let since = age.ln - recency.ln();
                let share = gone.add(of.shape.mul_add(since, ln_odds) - ln_stages, row.count);
                let by_alpha = of.shape * (age.per - recency.recip());
                let stopped = [since, by_alpha, a.recip(), of.odds_by_b];
                for (own, stopped) in own.iter_mut().zip(stopped) {
                    *own += share * (stopped - *own);
                }
            }
            sum += row.count * (of.ln - of.shape * age.ln + ln_stages);
            sum += f64::from(self.k - 1) * row.ln_gaps;
            let known = [-age.ln, -of.shape * age.per, 0.0, 0.0];
            for (((to, own), known), common) in slope.iter_mut().zip(own).zip(known).zip(of.slope) {
                *to += row.count * (own + known + common);
            }
        }
        if self.dropout == Dropout::Never {
            let [by_r, by_alpha, ..] = slope;
            slope = [by_r, by_alpha, 0.0, 0.0];
        }
        (sum + gone.ln(), slope)
    }

    /// The shape of the rate, the stages, and the odds of having stopped.
    fn standing(self, at: &[f64; 4], of: &Summary) -> (f64, f64, f64) {
        let &[r, alpha, a, b] = at;
        let shape = r + f64::from(of.x().saturating_mul(self.k));
        let stages = self.stages(shape, of.gap(), (alpha + of.t()).recip()).sum;
        let since = (of.gap() / (alpha + of.t_x())).ln_1p();
        let odds = self
            .ln_odds(a, b, of.x())
            .map_or(0.0, |ln_odds| (shape.mul_add(since, ln_odds) - stages.ln()).exp());
        (shape, stages, odds)
    }

    pub(super) fn p_alive(self, at: &[f64; 4], of: &Summary) -> f64 {
        (1.0 + self.standing(at, of).2).recip()
    }

    pub(super) fn p_no_purchase(self, at: &[f64; 4], of: &Summary, horizon: f64) -> f64 {
        let &[_, alpha, ..] = at;
        let (shape, stages, odds) = self.standing(at, of);
        let age = alpha + of.t();
        let later = self.stages(shape, of.gap() + horizon, (age + horizon).recip()).sum;
        let bought = (later / stages).ln() - shape * (horizon / age).ln_1p();
        1.0 + bought.exp_m1() / (1.0 + odds)
    }

    /// Events of the stream within the horizon are negative binomial; after each purchase the
    /// account goes on with a probability that is known, so what is expected is a sum of positive
    /// terms, whatever the parameters are.
    pub(super) fn expected_purchases(self, at: &[f64; 4], of: &Summary, horizon: f64) -> f64 {
        let &[_, alpha, a, b] = at;
        let (shape, stages, odds) = self.standing(at, of);
        let age = alpha + of.t();
        let horizon = horizon.min(FARTHEST * age);
        if self.dropout == Dropout::Never {
            return shape / age * horizon;
        }
        let b = b + f64::from(self.chances(of.x()));
        let (mut expected, mut weight) = (0.0, 1.0);
        for stage in 0..self.k {
            let from = shape + f64::from(stage);
            expected += weight * self.expected_from(stage, from, horizon / (age + horizon), a, b);
            weight *= of.gap() / age * from / f64::from(stage + 1);
        }
        expected / stages / (1.0 + odds)
    }

    /// Purchases expected of an account that is alive and `stage` events after its last purchase.
    fn expected_from(self, stage: u32, shape: f64, chance: f64, a: f64, b: f64) -> f64 {
        // Of each number of events: its weight, and the purchases that it brings on average.
        let (mut weight, mut weights, mut sum) = (1.0, 1.0, 0.0);
        let (mut purchases, mut goes_on) = (0.0, 1.0);
        let (mut events, mut bought, mut until_next) = (0.0, 0.0, self.k - stage);
        loop {
            let mut grows = 0.0;
            for _ in 0..AT_ONCE {
                // One division for two quotients: they are most of the work.
                let (next, all) = (events + 1.0, a + b + bought);
                let per = (next * all).recip();
                grows = chance * (shape + events) * all * per;
                weight *= grows;
                until_next -= 1;
                if until_next == 0 {
                    until_next = self.k;
                    purchases += goes_on;
                    goes_on *= (b + bought) * next * per;
                    bought += 1.0;
                }
                events = next;
                weights += weight;
                sum += weight * purchases;
            }
            if weights > LARGE {
                (weight, weights, sum) = (weight / LARGE, weights / LARGE, sum / LARGE);
            }
            // Once weights fall, the rest is less than a geometric series whose terms count one
            // purchase more each.
            let falls = chance.max(grows);
            let rest = weight * (purchases + 1.0) / ((1.0 - falls) * (1.0 - falls));
            if falls < 1.0 && rest <= NEGLIGIBLE * sum || weight == 0.0 {
                return sum / weights;
            }
        }
    }
}
