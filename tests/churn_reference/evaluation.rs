//! Measures of simple rules and of the models on the hold-out of the CDNOW sample, against those
//! that others computed.

use relatum_churn::{Baseline, Book, Forecast, Measure, Model, Standing, Summary, fit};
use relatum_tests::cases::{Fault, Outcome, fault};
use serde_json::Value;

use super::fits::calibrated;
use super::histories::Known;
use super::{Given, decimal, near};

/// 39 weeks.
pub(crate) const HORIZON: u32 = 273;

/// Others fill ten bins with whole accounts; here the one at an edge is in both in part. So far
/// apart calibration errors may be.
const WHOLE: f64 = 5e-4;

pub(crate) fn measures(given: &Given) -> Outcome<String> {
    let expected = &given.reference["evaluation"]["cdnow_sample"]["models"];
    let cut = calibrated()?;
    let known = given.cdnow.known(cut, HORIZON);
    let lapsed: Vec<bool> = known.iter().map(|it| it.lapsed).collect();
    let summaries = given.cdnow.summaries(cut)?;
    // Others rank by differences of weeks, whose last digits tell apart what is equal in days.
    let standing = |(it, summary): (&Known, &Summary)| {
        let standing = Standing::of(&it.purchases, cut, 0.5, it.breadth).map_err(Fault::new)?;
        Ok(Standing { days_quiet: summary.gap(), ..standing })
    };
    let standings: Vec<Standing> =
        known.iter().zip(&summaries).map(standing).collect::<Outcome<_>>()?;
    let compare = |name: &str, scores: Vec<f64>, keys: &[(&str, Measure)]| -> Outcome {
        let of = |(score, lapsed): (f64, &bool)| Forecast { score, risk: score, lapsed: *lapsed };
        let forecasts: Vec<Forecast> = scores.into_iter().zip(&lapsed).map(of).collect();
        let mut placed = forecasts.clone();
        placed.sort_by(|one, other| one.score.total_cmp(&other.score));
        placed.iter_mut().zip(0..).for_each(|(it, place)| it.score = f64::from(place));
        for (key, measure) in keys {
            // Their bins part what is tied by its place in the file.
            let by_place = *measure == Measure::CalibrationError;
            let of = if by_place { &placed } else { &forecasts };
            let found = measure.of(of).ok_or_else(|| Fault::new("no measure"))?;
            let wanted = &expected[name][*key];
            let what = format!("{name}: {key}");
            if !by_place {
                near(&what, wanted, found, 1e-6)?;
            } else if (decimal(wanted)? - found).abs() > WHOLE {
                return fault(format!("{what}: expected {wanted}, got {found}"));
            }
        }
        Ok(())
    };
    let rules = [("recency", Baseline::Recency), ("RFM (quintile sum, negated)", Baseline::Rfm)];
    for (name, rule) in rules {
        compare(name, rule.scores(&standings), &[("auc", Measure::Auc)])?;
    }
    let book = Book::new(&summaries);
    for model in [Model::BgNbd, Model::MbgNbd, Model::ParetoNbd] {
        let parameters = fit(model, &book).map_err(Fault::new)?.parameters;
        let of = |answer: &dyn Fn(&Summary) -> f64| summaries.iter().map(answer).collect();
        let none = of(&|it| parameters.p_no_purchase(it, f64::from(HORIZON) / 7.0));
        let probabilities = [
            ("auc", Measure::Auc),
            ("brier", Measure::Brier),
            ("logloss", Measure::LogLoss),
            ("ece", Measure::CalibrationError),
        ];
        compare(&format!("{model} P(no purchase in horizon)"), none, &probabilities)?;
        let fewest = of(&|it| -parameters.expected_purchases(it, f64::from(HORIZON) / 7.0));
        compare(&format!("{model} -E[X]"), fewest, &[("auc", Measure::Auc)])?;
        let gone = of(&|it| 1.0 - parameters.p_alive(it));
        compare(&format!("{model} 1-P(alive)"), gone, &[("auc", Measure::Auc)])?;
    }
    let shown = |name: &str, key: &str| -> Value { expected[name][key].clone() };
    Ok(format!("recency {}, as others found", shown("recency", "auc")))
}
