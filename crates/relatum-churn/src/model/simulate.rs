//! Books that behave as a model says.

use super::geometric::{Dropout, Geometric};
use super::{Kind, Parameters};
use crate::Summary;
use crate::draw::Draw;

/// Purchases of one account at most.
const MOST: u32 = 100_000;

impl Parameters {
    /// Accounts that buy and stop as the model says, each watched for its time in `watched`.
    ///
    /// Invariant: the same seed gives the same accounts; what one does depends on its place, not
    /// on the others.
    ///
    /// # Example
    /// ```
    /// use relatum_churn::{Book, Model, Parameters, fit};
    /// let truth = Parameters::new(Model::MbgNbd, &[0.52, 6.2, 0.9, 1.6])?;
    /// let book = Book::new(&truth.simulate(&[39.0; 2_000], 1));
    /// let found = fit(Model::MbgNbd, &book)?;
    /// assert!(found.diagnostics.converged && found.is_dropout_identifiable());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn simulate(&self, watched: &[f64], seed: u64) -> Vec<Summary> {
        let account = |(stream, t): (u64, &f64)| {
            let mut draw = Draw::of(seed, stream);
            let t = if *t > 0.0 { t.min(f64::MAX) } else { 0.0 };
            match self.model.kind() {
                Kind::Geometric(model) => at_purchases(model, &self.values, t, &mut draw),
                Kind::Pareto => at_any_time(&self.values, t, &mut draw),
            }
        };
        (0..).zip(watched).map(account).collect()
    }
}

fn at_purchases(model: Geometric, at: &[f64; 4], t: f64, draw: &mut Draw) -> Summary {
    let &[r, alpha, a, b] = at;
    let rate = draw.gamma(r) / alpha;
    let stops = if model.dropout == Dropout::Never { 0.0 } else { draw.beta(a, b) };
    if model.dropout == Dropout::AfterAny && draw.share() < stops {
        return Summary::known(0, 0.0, t, 0.0);
    }
    bought(t, t, draw, |draw| {
        let gap: f64 = (0..model.k).map(|_| draw.wait() / rate).sum();
        (gap, draw.share() < stops)
    })
}

fn at_any_time(at: &[f64; 4], t: f64, draw: &mut Draw) -> Summary {
    let &[r, alpha, s, beta] = at;
    let rate = draw.gamma(r) / alpha;
    let life = draw.wait() * beta / draw.gamma(s);
    bought(t, life.min(t), draw, |draw| (draw.wait() / rate, false))
}

/// Purchases until `end`, each after a gap, with whether it is the last.
fn bought(t: f64, end: f64, draw: &mut Draw, next: impl Fn(&mut Draw) -> (f64, bool)) -> Summary {
    let (mut x, mut t_x, mut ln_gaps) = (0, 0.0, 0.0);
    while x < MOST {
        let (gap, is_last) = next(draw);
        if t_x + gap > end || gap <= 0.0 {
            break;
        }
        x += 1;
        t_x += gap;
        ln_gaps += gap.ln();
        if is_last {
            break;
        }
    }
    Summary::known(x, t_x, t, ln_gaps)
}
