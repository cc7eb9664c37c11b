//! The back-test: what would have been said at each cut, and what came.

use std::fmt;

use super::past::MOST;
use super::{Baseline, RiskError, RiskScore, Slice, Standing};
use crate::evaluate::{Forecast, Interval, Isotonic, Measure, difference};

/// Slices before a cut that a forecast at it needs.
const PAST: usize = 3;
/// How often a book is drawn anew for an interval.
const RESAMPLES: u32 = 400;

/// What forecasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Candidate {
    /// The score.
    Score,
    /// A simple rule.
    Baseline(Baseline),
}

impl Candidate {
    /// All of them, the score first.
    pub const ALL: [Self; 4] = [
        Self::Score,
        Self::Baseline(Baseline::Recency),
        Self::Baseline(Baseline::Rfm),
        Self::Baseline(Baseline::BaseRate),
    ];
}

impl fmt::Display for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Score => f.write_str("the score"),
            Self::Baseline(it) => it.fmt(f),
        }
    }
}

/// All candidates at one cut.
#[derive(Debug, Clone, PartialEq)]
pub struct Cut {
    /// The day.
    pub cut: i32,
    /// What each forecast of each account, in the order of the slice.
    pub forecasts: Vec<(Candidate, Vec<Forecast>)>,
}

/// A measure of the score against that of a rule, at one cut.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Comparison {
    /// The day of the cut.
    pub cut: i32,
    /// The rule.
    pub against: Baseline,
    /// What is measured.
    pub measure: Measure,
    /// The score less the rule.
    pub interval: Interval,
}

/// What a back-test found.
#[derive(Debug, Clone, PartialEq)]
pub struct BackTest {
    /// The cuts, earliest first.
    pub cuts: Vec<Cut>,
    /// Which ranks best by the mean area under the curve over all cuts; the simpler one of equals.
    pub winner: Candidate,
}

impl Cut {
    /// A measure of one candidate.
    #[must_use]
    pub fn measure(&self, of: Candidate, measure: Measure) -> Option<f64> {
        let (_, forecasts) = self.forecasts.iter().find(|it| it.0 == of)?;
        measure.of(forecasts)
    }
}

impl BackTest {
    /// The mean of a measure over all cuts.
    #[must_use]
    pub fn mean(&self, of: Candidate, measure: Measure) -> Option<f64> {
        mean(&self.cuts, of, measure)
    }

    /// The score against each rule at each cut, by a paired bootstrap of this seed.
    #[must_use]
    pub fn comparisons(&self, seed: u64) -> Vec<Comparison> {
        self.cuts.iter().flat_map(|cut| compared(cut, seed)).collect()
    }
}

impl fmt::Display for BackTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (cuts, winner) = (self.cuts.len(), self.winner);
        let cuts = if cuts == 1 { "1 cut".to_owned() } else { format!("{cuts} cuts") };
        write!(f, "over {cuts} {winner} ranks best")?;
        match winner {
            Candidate::Score => Ok(()),
            Candidate::Baseline(_) => f.write_str(", better than the score"),
        }
    }
}

/// Forecasts at every cut that has at least three slices before it, each learned from the last five
/// of these alone.
///
/// Shape: slices in any order; those before a cut are the ones whose horizon ended by it.
/// Invariant: what is forecast at a cut does not depend on any slice that ends after it.
///
/// # Errors
/// [`InsufficientData`](RiskError::InsufficientData).
pub fn backtest(slices: &[Slice]) -> Result<BackTest, RiskError> {
    let mut slices: Vec<&Slice> = slices.iter().collect();
    slices.sort_by_key(|it| it.cut());
    let mut cuts = Vec::new();
    for slice in &slices {
        let past = slices.iter().filter(|it| it.end() <= slice.cut());
        let past: Vec<&Slice> = past.copied().collect();
        let past = past.get(past.len().saturating_sub(MOST)..).unwrap_or(&past);
        let has_both = slice.lapses() > 0 && slice.lapses() < slice.accounts().len();
        if past.len() >= PAST && has_both {
            cuts.push(forecasts(slice, past)?);
        }
    }
    let winner = winner(&cuts).ok_or(RiskError::InsufficientData { slices: slices.len() })?;
    Ok(BackTest { cuts, winner })
}

fn forecasts(slice: &Slice, past: &[&Slice]) -> Result<Cut, RiskError> {
    let standings: Vec<Standing> = slice.accounts().iter().map(|it| it.0).collect();
    let outcomes = || slice.accounts().iter().map(|it| it.1);
    let score = RiskScore::learn(past.iter().copied(), slice.cut())?.assess(&standings)?;
    let of_score = score.iter().zip(outcomes());
    let of_score =
        of_score.map(|(it, lapsed)| Forecast { score: it.score, risk: it.risk, lapsed }).collect();
    let mut forecasts = vec![(Candidate::Score, of_score)];
    for rule in Baseline::ALL {
        let known: Vec<(f64, bool)> = past.iter().flat_map(|it| it.scored(rule)).collect();
        let calibration = Isotonic::fit(&known);
        let risk = |score: f64| calibration.as_ref().map_or(0.5, |it| it.risk(score));
        let of = |(score, lapsed)| Forecast { score, risk: risk(score), lapsed };
        let of_rule = slice.scored(rule).into_iter().map(of).collect();
        forecasts.push((Candidate::Baseline(rule), of_rule));
    }
    Ok(Cut { cut: slice.cut(), forecasts })
}

fn mean(cuts: &[Cut], of: Candidate, measure: Measure) -> Option<f64> {
    let all: Vec<f64> = cuts.iter().filter_map(|it| it.measure(of, measure)).collect();
    (!all.is_empty()).then(|| all.iter().sum::<f64>() / all.len() as f64)
}

fn winner(cuts: &[Cut]) -> Option<Candidate> {
    let mut best: Option<(Candidate, f64)> = None;
    // The simplest first: another one must be better, not as good.
    let rules = Baseline::ALL.into_iter().rev().map(Candidate::Baseline);
    for candidate in rules.chain([Candidate::Score]) {
        let area = mean(cuts, candidate, Measure::Auc)?;
        if best.is_none_or(|(_, most)| area > most) {
            best = Some((candidate, area));
        }
    }
    best.map(|(candidate, _)| candidate)
}

fn compared(cut: &Cut, seed: u64) -> Vec<Comparison> {
    let of = |candidate: Candidate| cut.forecasts.iter().find(|it| it.0 == candidate);
    let Some((_, score)) = of(Candidate::Score) else { return Vec::new() };
    let mut comparisons = Vec::new();
    for against in Baseline::ALL {
        let Some((_, rule)) = of(Candidate::Baseline(against)) else { continue };
        for measure in Measure::ALL {
            let interval = difference(measure, score, rule, RESAMPLES, seed);
            comparisons.extend(interval.map(|interval| Comparison {
                cut: cut.cut,
                against,
                measure,
                interval,
            }));
        }
    }
    comparisons
}
