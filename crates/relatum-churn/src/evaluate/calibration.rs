//! From scores to probabilities, by what came of earlier scores.

use crate::fit::{Bounds, Logistic, Row, minimise};
use crate::special::logistic;

/// Isotonic recalibration: the probabilities closest to the outcomes that never fall as the score
/// rises; between the middles of two steps on the straight line between them.
///
/// # Example
/// ```
/// use relatum_churn::Isotonic;
/// let past = [(1.0, false), (2.0, true), (3.0, false), (4.0, true)];
/// let fitted = Isotonic::fit(&past).ok_or("nothing to fit")?;
/// assert_eq!(fitted.risk(2.5), 0.5, "the two in the middle are out of order: one step");
/// # Ok::<(), &str>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Isotonic {
    /// Middle of each step's scores, and its probability, both ascending.
    steps: Vec<(f64, f64)>,
}

impl Isotonic {
    /// Of scores and outcomes in any order; none without any.
    #[must_use]
    pub fn fit(past: &[(f64, bool)]) -> Option<Self> {
        let mut sorted = past.to_vec();
        sorted.sort_by(|one, other| one.0.total_cmp(&other.0));
        // Accounts, sum of scores and lapses of each step; pools those that are out of order.
        let mut pooled: Vec<(f64, f64, f64)> = Vec::new();
        for tied in sorted.chunk_by(|one, other| one.0 == other.0) {
            let lapses = tied.iter().filter(|it| it.1).count() as f64;
            let mut step = (tied.len() as f64, tied.iter().map(|it| it.0).sum(), lapses);
            while let Some(before) = pooled.pop_if(|it| it.2 * step.0 >= step.2 * it.0) {
                step = (step.0 + before.0, step.1 + before.1, step.2 + before.2);
            }
            pooled.push(step);
        }
        let steps: Vec<_> =
            pooled.into_iter().map(|(n, sum, lapses)| (sum / n, lapses / n)).collect();
        (!steps.is_empty()).then_some(Self { steps })
    }

    /// The probability at a score.
    #[must_use]
    pub fn risk(&self, score: f64) -> f64 {
        let above = self.steps.partition_point(|it| it.0 < score);
        let step = |at: usize| self.steps.get(at).copied();
        match (above.checked_sub(1).and_then(step), step(above)) {
            (Some(low), Some(high)) => {
                let share = (score - low.0) / (high.0 - low.0);
                share.mul_add(high.1 - low.1, low.1)
            }
            (Some(only), None) | (None, Some(only)) => only.1,
            (None, None) => 0.5,
        }
    }
}

/// Platt's recalibration, bent once: a line in logits, with another slope for the riskiest quarter,
/// where scores are extrapolated farthest.
///
/// Invariant: it never falls as the score rises.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Platt {
    intercept: f64,
    slope: f64,
    /// Where the line bends, and its slope from there.
    bend: f64,
    slope_above: f64,
}

impl Platt {
    /// Takes scores as logits as they are.
    pub const NONE: Self = Self { intercept: 0.0, slope: 1.0, bend: 0.0, slope_above: 1.0 };

    /// Of scores and outcomes in any order, held back towards [`NONE`](Self::NONE) as if by a few
    /// accounts.
    ///
    /// # Example
    /// ```
    /// use relatum_churn::Platt;
    /// let past: Vec<(f64, bool)> = (0..400).map(|it| (f64::from(it % 2), it % 4 != 2)).collect();
    /// let fitted = Platt::fit(&past);
    /// assert!((fitted.risk(0.0) - 0.5).abs() < 0.1, "half of those lapsed, more or less");
    /// assert!(fitted.risk(1.0) > 0.9, "all of those did");
    /// ```
    #[must_use]
    pub fn fit(past: &[(f64, bool)]) -> Self {
        let mut scores: Vec<f64> = past.iter().map(|it| it.0).collect();
        scores.sort_by(f64::total_cmp);
        let Some(&bend) = scores.get(scores.len() * 3 / 4) else { return Self::NONE };
        let row = |&(score, lapsed): &(f64, bool)| {
            let above = (score - bend).max(0.0);
            Row { level: 0.0, terms: [1.0, score - above, above], lapsed }
        };
        let rows: Vec<Row<3>> = past.iter().map(row).collect();
        let of = Logistic { rows: vec![rows.as_slice()], towards: [0.0, 1.0, 1.0], held: HELD };
        let bounds = Bounds { least: [-STEEPEST, 0.0, 0.0], most: [STEEPEST; 3] };
        let [intercept, slope, slope_above] = minimise(&of, of.towards, &bounds, 1e-8).point;
        Self { intercept, slope, bend, slope_above }
    }

    /// The probability at a score.
    #[must_use]
    pub fn risk(&self, score: f64) -> f64 {
        let above = (score - self.bend).max(0.0);
        logistic(self.intercept + self.slope * (score - above) + self.slope_above * above)
    }
}

const STEEPEST: f64 = 10.0;
/// How strongly parameters are held back.
const HELD: f64 = 5.0;
