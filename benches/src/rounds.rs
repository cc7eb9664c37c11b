//! Rounds that alternate, and what is read off them.

use std::time::Instant;

use crate::Outcome;
use crate::table::Ratio;

/// Seconds of one contender, a round each.
pub(crate) type Seconds = Vec<f64>;

/// How long `work` takes.
pub(crate) fn timed<T>(work: impl FnOnce() -> Outcome<T>) -> Outcome<(f64, T)> {
    let start = Instant::now();
    let result = work()?;
    Ok((start.elapsed().as_secs_f64(), result))
}

/// Runs every contender once a round, and gives the seconds that each says it took.
pub(crate) fn alternate(
    rounds: usize,
    contenders: &mut [&mut dyn FnMut() -> Outcome<f64>],
) -> Outcome<Vec<Seconds>> {
    let mut seconds: Vec<Seconds> = contenders.iter().map(|_| Seconds::new()).collect();
    for _ in 0..rounds {
        for (contender, seconds) in contenders.iter_mut().zip(&mut seconds) {
            seconds.push(contender()?);
        }
    }
    Ok(seconds)
}

/// The value at `share` of the sorted values: 0.5 for the median.
pub(crate) fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().saturating_sub(1);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an index between 0 and the length"
    )]
    let at = (last as f64 * share).round() as usize;
    sorted.get(at).copied().unwrap_or(f64::NAN)
}

pub(crate) fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}

/// `of` as a multiple of `by`, round by round.
fn ratio(pairs: impl Iterator<Item = f64>) -> Ratio {
    let ratios: Vec<f64> = pairs.collect();
    Ratio { median: median(&ratios), least: quantile(&ratios, 0.0), most: quantile(&ratios, 1.0) }
}

/// How many times as fast as the yardstick.
pub(crate) fn rate_ratio(taken: &[f64], yardstick: &[f64]) -> Ratio {
    ratio(taken.iter().zip(yardstick).map(|(taken, yardstick)| yardstick / taken))
}

/// How many times as long as the yardstick.
pub(crate) fn time_ratio(taken: &[f64], yardstick: &[f64]) -> Ratio {
    ratio(taken.iter().zip(yardstick).map(|(taken, yardstick)| taken / yardstick))
}
