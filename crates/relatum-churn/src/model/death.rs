//! The one integral of Pareto/NBD: that an account stopped between two times.
//!
//! The literature states it as the difference of two values of the Gauss hypergeometric function,
//! which loses its digits where the times are close and its range where purchases are many. Here
//! the integral itself is computed. With the logarithm of time since `-min(alpha, beta)` as the
//! variable, the logarithm of the integrand is concave and its singularities lie π away from the
//! real line, so that few nodes of a Gauss rule do, whatever the parameters are.
//!
//! Source: docs/decisions/0017-own-newton-and-own-integral.md

/// What is this many times `e` below the greatest part of the integrand is left out.
const DEPTH: f64 = 45.0;

/// Half of the nodes of the Gauss-Legendre rules on [-1, 1] and their weights, as
/// `numpy.polynomial.legendre.leggauss` gives them; the other half is mirrored.
const SIX: [(f64, f64); 3] = [
    (0.238_619_186_083_196_9, 0.467_913_934_572_691_04),
    (0.661_209_386_466_264_5, 0.360_761_573_048_138_6),
    (0.932_469_514_203_151_9, 0.171_324_492_379_170_35),
];
const EIGHT: [(f64, f64); 4] = [
    (0.183_434_642_495_649_78, 0.362_683_783_378_361_66),
    (0.525_532_409_916_329, 0.313_706_645_877_886_9),
    (0.796_666_477_413_626_7, 0.222_381_034_453_374_43),
    (0.960_289_856_497_536_2, 0.101_228_536_290_377_06),
];
const TWELVE: [(f64, f64); 6] = [
    (0.125_233_408_511_468_9, 0.249_147_045_813_402_77),
    (0.367_831_498_998_180_2, 0.233_492_536_538_354_8),
    (0.587_317_954_286_617_5, 0.203_167_426_723_065_92),
    (0.769_902_674_194_304_7, 0.160_078_328_543_346_4),
    (0.904_117_256_370_474_8, 0.106_939_325_995_318_4),
    (0.981_560_634_246_719_3, 0.047_175_336_386_511_83),
];

/// The logarithm of `∫ s (alpha + τ)^-shape (beta + τ)^-(s + 1) dτ`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Death {
    pub(super) ln: f64,
    /// Its derivatives by `shape`, `alpha`, `s` and `beta`.
    pub(super) slope: [f64; 4],
}

/// The integrand in the logarithm of time: `first` is where it begins, `gap` how much larger the
/// greater of the two sums is.
struct Integrand {
    first: f64,
    ln_first: f64,
    gap: f64,
    /// Powers of the smaller sum, with that of the change of variable, and of the greater one.
    near: f64,
    far: f64,
}

impl Integrand {
    /// The two sums and their logarithms.
    fn sums(&self, w: f64) -> [f64; 4] {
        let near = self.first * w.exp();
        let far = near + self.gap;
        [near, far, self.ln_first + w, far.ln()]
    }

    /// The logarithm of the integrand.
    fn at(&self, w: f64) -> f64 {
        let [.., ln_near, ln_far] = self.sums(w);
        self.near * ln_near - self.far * ln_far
    }

    fn slope(&self, w: f64) -> f64 {
        let near = self.first * w.exp();
        self.near - self.far * near / (near + self.gap)
    }

    /// Where it is greatest between 0 and `width`.
    fn top(&self, width: f64) -> f64 {
        let share = self.near / self.far;
        if self.near <= 0.0 {
            0.0
        } else if share >= 1.0 {
            width
        } else {
            (self.gap * share / ((1.0 - share) * self.first)).ln().clamp(0.0, width)
        }
    }

    /// From where on it is left out, and how great it is there, if that is not at `width`, where it
    /// is `last`. It is concave, so that Newton's steps from the right stay on the right.
    fn end(&self, width: f64, last: f64, top: f64) -> (f64, f64) {
        let level = top - DEPTH;
        let (mut end, mut there) = (width, last);
        for _ in 0..100 {
            let below = level - there;
            if below <= DEPTH {
                break;
            }
            end = (end + below / self.slope(end)).clamp(0.0, width);
            there = self.at(end);
        }
        (end, there)
    }
}

impl Death {
    /// Between the two times, with `shape` for `r + x`; none if no time is between them.
    pub(super) fn between(from: f64, to: f64, shape: f64, at: &[f64; 4]) -> Option<Self> {
        let &[_, alpha, s, beta] = at;
        let first = alpha.min(beta) + from;
        let width = ((to - from) / first).ln_1p();
        if width <= 0.0 {
            return None;
        }
        let is_alpha_near = alpha <= beta;
        let (near, far) = if is_alpha_near { (1.0 - shape, s + 1.0) } else { (-s, shape) };
        let of = Integrand { first, ln_first: first.ln(), gap: (alpha - beta).abs(), near, far };
        let (start, last) = (of.at(0.0), of.at(width));
        let top = match of.top(width) {
            0.0 => start,
            w if w < width => of.at(w),
            _ => last,
        };
        let (end, last) = of.end(width, last, top);
        let drop = top - start.min(last);
        let panels = (end / 3.0).max(drop / 12.0).ceil().max(1.0);
        let rule: &[(f64, f64)] = match (end, drop) {
            (..=1.0, ..=2.0) => &SIX,
            (..=1.5, ..=5.0) => &EIGHT,
            _ => &TWELVE,
        };
        let half = end / panels / 2.0;
        let mut sums = [0.0; 5];
        let mut middle = half;
        while middle < end {
            for &(node, weight) in rule {
                for w in [middle - half * node, middle + half * node] {
                    let [near, far, ln_near, ln_far] = of.sums(w);
                    let part = weight * (of.near * ln_near - of.far * ln_far - top).exp();
                    let per = [1.0, ln_near, ln_far, near.recip(), far.recip()];
                    sums.iter_mut().zip(per).for_each(|(sum, of)| *sum += part * of);
                }
            }
            middle += 2.0 * half;
        }
        let [sum, near, far, per_near, per_far] = sums;
        let means = [near, far, per_near, per_far].map(|it| it / sum);
        let [ln_near, ln_far, per_near, per_far] = means;
        let (ln_alpha, ln_beta, per_alpha, per_beta) = if is_alpha_near {
            (ln_near, ln_far, per_near, per_far)
        } else {
            (ln_far, ln_near, per_far, per_near)
        };
        Some(Self {
            ln: s.ln() + top + (half * sum).ln(),
            slope: [-ln_alpha, -shape * per_alpha, s.recip() - ln_beta, -(s + 1.0) * per_beta],
        })
    }
}

/// For the tests of the crate.
#[cfg(test)]
pub(crate) fn ln_death(from: f64, to: f64, shape: f64, at: &[f64; 4]) -> Option<f64> {
    Death::between(from, to, shape, at).map(|it| it.ln)
}
