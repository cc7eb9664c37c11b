//! Measures of forecasts.

use super::Forecast;

/// Probabilities are kept this far from 0 and 1 where logarithms are taken.
const LEAST: f64 = 1e-9;
/// Bins of as many accounts each for the expected calibration error.
const BINS: f64 = 10.0;

/// What is measured.
///
/// # Example
/// ```
/// use relatum_churn::{Forecast, Measure};
/// let forecast = |risk, lapsed| Forecast { score: risk, risk, lapsed };
/// let (high, low) = (forecast(0.9, true), forecast(0.1, false));
/// let all = [high, forecast(0.6, false), forecast(0.6, true), low];
/// assert_eq!(Measure::Auc.of(&all), Some(0.875), "one pair of four is tied");
/// assert_eq!(Measure::Auc.of(&all[..1]), None, "all lapsed: there is nothing to tell apart");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Measure {
    /// How probable it is that of two accounts the one that lapsed has the higher score; ties count
    /// half.
    Auc,
    /// Mean squared distance between risk and outcome.
    Brier,
    /// Mean negative logarithm of the probability that was given to what came.
    LogLoss,
    /// Mean distance between risk and share of lapses in ten bins of as many accounts each, by
    /// ascending score.
    CalibrationError,
    /// Share of lapses in the tenth with the highest scores against that of all.
    TopDecileLift,
}

impl Measure {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Auc, Self::Brier, Self::LogLoss, Self::CalibrationError, Self::TopDecileLift];

    /// Of forecasts in any order; none where outcomes do not allow it.
    #[must_use]
    pub fn of(self, forecasts: &[Forecast]) -> Option<f64> {
        let order = by_score(forecasts);
        self.weighted(&order.iter().map(|&(_, it)| (it, 1.0)).collect::<Vec<_>>())
    }

    /// Of forecasts in ascending order of their scores, each so many times.
    pub(super) fn weighted(self, of: &[(Forecast, f64)]) -> Option<f64> {
        match self {
            Self::Auc => auc(of),
            Self::Brier => mean(of, |it| (it.risk - outcome(it)).powi(2)),
            Self::LogLoss => mean(of, |it| {
                let risk = if it.lapsed { it.risk } else { 1.0 - it.risk };
                -risk.max(LEAST).ln()
            }),
            Self::CalibrationError => calibration_error(of),
            Self::TopDecileLift => {
                let all = mean(of, outcome).filter(|share| *share > 0.0)?;
                Some(share_of_top(of, 0.1)? / all)
            }
        }
    }
}

/// Forecasts with their places, in ascending order of their scores.
pub(super) fn by_score(forecasts: &[Forecast]) -> Vec<(usize, Forecast)> {
    let mut order: Vec<_> = forecasts.iter().copied().enumerate().collect();
    order.sort_by(|one, other| one.1.score.total_cmp(&other.1.score));
    order
}

pub(super) fn outcome(of: &Forecast) -> f64 {
    f64::from(u8::from(of.lapsed))
}

pub(super) fn mean(of: &[(Forecast, f64)], value: impl Fn(&Forecast) -> f64) -> Option<f64> {
    let weight: f64 = of.iter().map(|it| it.1).sum();
    let sum: f64 = of.iter().map(|(it, weight)| weight * value(it)).sum();
    (weight > 0.0).then(|| sum / weight)
}

fn auc(of: &[(Forecast, f64)]) -> Option<f64> {
    let (mut stayed, mut lapsed, mut pairs) = (0.0, 0.0, 0.0);
    for tied in of.chunk_by(|one, other| one.0.score == other.0.score) {
        let weight =
            |is: bool| tied.iter().filter(|it| it.0.lapsed == is).map(|it| it.1).sum::<f64>();
        let (lapsed_here, stayed_here) = (weight(true), weight(false));
        pairs += lapsed_here * (stayed + 0.5 * stayed_here);
        stayed += stayed_here;
        lapsed += lapsed_here;
    }
    (stayed > 0.0 && lapsed > 0.0).then(|| pairs / (stayed * lapsed))
}

/// Those that are tied at the edge of a bin are in both in part: their order does not show.
fn calibration_error(of: &[(Forecast, f64)]) -> Option<f64> {
    let all: f64 = of.iter().map(|it| it.1).sum();
    let each = all / BINS;
    let (mut off, mut here, mut room) = (0.0, 0.0, each);
    for tied in of.chunk_by(|one, other| one.0.score == other.0.score) {
        let mut weight: f64 = tied.iter().map(|it| it.1).sum();
        let apart = mean(tied, |it| it.risk - outcome(it)).unwrap_or(0.0);
        while weight > 0.0 {
            let taken = weight.min(room);
            here += taken * apart;
            weight -= taken;
            room -= taken;
            if room <= 0.0 {
                off += f64::abs(here);
                (here, room) = (0.0, each);
            }
        }
    }
    (all > 0.0).then(|| (off + f64::abs(here)) / all)
}

/// The share of lapses among the highest scores; those that are tied at its edge count in part.
pub(super) fn share_of_top(of: &[(Forecast, f64)], share: f64) -> Option<f64> {
    let all: f64 = of.iter().map(|it| it.1).sum();
    let (top, mut left, mut lapsed) = (share * all, share * all, 0.0);
    for tied in of.chunk_by(|one, other| one.0.score == other.0.score).rev() {
        let weight: f64 = tied.iter().map(|it| it.1).sum();
        let taken = left.min(weight);
        lapsed += taken * mean(tied, outcome).unwrap_or(0.0);
        left -= taken;
        if left <= 0.0 {
            break;
        }
    }
    (top > 0.0).then(|| lapsed / top)
}
