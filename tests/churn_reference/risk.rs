//! The risk score on real books, learned inside the time of calibration only.

use relatum_churn::{
    Baseline, Candidate, Forecast, Isotonic, Measure, Past, RiskScore, Slice, Standing, backtest,
    top_decile,
};
use relatum_tests::cases::{Fault, Outcome, fault};

use super::Given;
use super::evaluation::HORIZON;
use super::fits::calibrated;
use super::histories::{Histories, day};

/// How well a score must do at least.
struct Target {
    auc: f64,
    brier: Option<f64>,
}

pub(crate) fn cdnow(given: &Given) -> Outcome<String> {
    let target = Target { auc: 0.7787, brier: None };
    checked(&given.cdnow, calibrated()?, HORIZON, &target)
}

pub(crate) fn half_a_year(given: &Given) -> Outcome<String> {
    let target = Target { auc: 0.746, brier: Some(0.180) };
    checked(&given.online_retail, day("2011-06-09", "%Y-%m-%d")?, 182, &target)
}

pub(crate) fn hundred_days(given: &Given) -> Outcome<String> {
    let target = Target { auc: 0.747, brier: Some(0.202) };
    checked(&given.online_retail, day("2011-08-31", "%Y-%m-%d")?, 100, &target)
}

fn slice(of: &Histories, cut: i32, horizon: u32) -> Outcome<Slice> {
    Ok(Slice::seen(cut, horizon, &of.known(cut, horizon)).map_err(Fault::new)?.0)
}

fn checked(of: &Histories, cut: i32, horizon: u32, target: &Target) -> Outcome<String> {
    let Past { horizon: shorter, cuts } = Past::of(of.first(), cut, horizon);
    let past: Vec<Slice> =
        cuts.into_iter().map(|cut| slice(of, cut, shorter)).collect::<Outcome<_>>()?;
    let score = RiskScore::learn(&past, cut).map_err(Fault::new)?;
    let now = slice(of, cut, horizon)?;
    let standings: Vec<Standing> = now.accounts().iter().map(|it| it.0).collect();
    let assessed = score.assess(&standings).map_err(Fault::new)?;
    for it in &assessed {
        let sum: f64 = it.contributions.iter().map(|it| it.points).sum();
        if sum != it.score {
            return fault(format!("contributions add up to {sum}, the score is {}", it.score));
        }
    }
    let outcomes = || now.accounts().iter().map(|it| it.1);
    let forecasts: Vec<Forecast> = assessed
        .iter()
        .zip(outcomes())
        .map(|(it, lapsed)| Forecast { score: it.score, risk: it.risk, lapsed })
        .collect();
    let measure = |of: Measure, forecasts: &[Forecast]| {
        of.of(forecasts).ok_or_else(|| Fault::new(format!("{of:?}: no measure")))
    };
    let auc = measure(Measure::Auc, &forecasts)?;
    let brier = measure(Measure::Brier, &forecasts)?;
    let top = top_decile(&forecasts).ok_or_else(|| Fault::new("nobody"))?;
    let mut shown = format!(
        "{} ({}): AUC {auc:.4}, Brier {brier:.4}, ECE {:.4}, lift {:.3}; top decile {:.3} stated, \
         {:.3} lapsed",
        forecasts.len(),
        score.basis(),
        measure(Measure::CalibrationError, &forecasts)?,
        measure(Measure::TopDecileLift, &forecasts)?,
        top.stated,
        top.lapsed,
    );
    for rule in [Baseline::Recency, Baseline::Rfm] {
        let known: Vec<(f64, bool)> = past.iter().flat_map(|it| it.scored(rule)).collect();
        let calibration = Isotonic::fit(&known).ok_or_else(|| Fault::new("no past"))?;
        let of = |(score, lapsed)| Forecast { score, risk: calibration.risk(score), lapsed };
        let forecasts: Vec<Forecast> = now.scored(rule).into_iter().map(of).collect();
        let (auc, brier) =
            (measure(Measure::Auc, &forecasts)?, measure(Measure::Brier, &forecasts)?);
        let ece = measure(Measure::CalibrationError, &forecasts)?;
        shown.push_str(&format!("; {rule}: AUC {auc:.4}, Brier {brier:.4}, ECE {ece:.4}"));
    }
    let mut all = past;
    all.push(now);
    let tested = backtest(&all).map_err(Fault::new)?;
    shown.push_str(&format!("; {tested}"));
    if tested.cuts.iter().any(|it| it.measure(Candidate::Score, Measure::Auc).is_none()) {
        return fault("a cut of the back-test has no measure");
    }
    if auc < target.auc || target.brier.is_some_and(|most| brier > most) {
        return fault(shown);
    }
    Ok(shown)
}
