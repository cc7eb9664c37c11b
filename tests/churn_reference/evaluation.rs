//! Measures of simple rules and of the models on the hold-out of the CDNOW sample, against those
//! that others computed.

use relatum_churn::{Baseline, Book, Forecast, Measure, Model, Standing, Summary, fit};
use relatum_tests::cases::{Fault, Outcome};
use serde_json::Value;

use super::fits::calibrated;
use super::{Given, near};
use relatum_churn::Seen;

/// 39 weeks.
pub(crate) const HORIZON: u32 = 273;

pub(crate) fn measures(given: &Given) -> Outcome<String> {
    let expected = &given.reference["evaluation"]["cdnow_sample"]["models"];
    let cut = calibrated()?;
    let known = given.cdnow.known(cut, HORIZON);
    let lapsed: Vec<bool> = known.iter().map(|it| it.lapsed).collect();
    let summaries = given.cdnow.summaries(cut)?;
    // Others rank by differences of weeks, whose last digits tell apart what is equal in days.
    let standing = |(it, summary): (&Seen, &Summary)| {
        let standing = Standing::of(&it.purchases, cut, 0.5, it.breadth).map_err(Fault::new)?;
        Ok(Standing { days_quiet: summary.gap(), ..standing })
    };
    let standings: Vec<Standing> =
        known.iter().zip(&summaries).map(standing).collect::<Outcome<_>>()?;
    let compare = |name: &str, scores: Vec<f64>, keys: &[(&str, Measure)]| -> Outcome {
        let of = |(score, lapsed): (f64, &bool)| Forecast { score, risk: score, lapsed: *lapsed };
        let forecasts: Vec<Forecast> = scores.into_iter().zip(&lapsed).map(of).collect();
        for (key, measure) in keys {
            let found = measure.of(&forecasts).ok_or_else(|| Fault::new("no measure"))?;
            near(&format!("{name}: {key}"), &expected[name][*key], found, 1e-6)?;
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
        // Not their calibration error: its bins part what is tied by its place in a file.
        let probabilities =
            [("auc", Measure::Auc), ("brier", Measure::Brier), ("logloss", Measure::LogLoss)];
        compare(&format!("{model} P(no purchase in horizon)"), none, &probabilities)?;
        let fewest = of(&|it| -parameters.expected_purchases(it, f64::from(HORIZON) / 7.0));
        compare(&format!("{model} -E[X]"), fewest, &[("auc", Measure::Auc)])?;
        let gone = of(&|it| 1.0 - parameters.p_alive(it));
        compare(&format!("{model} 1-P(alive)"), gone, &[("auc", Measure::Auc)])?;
    }
    let shown = |name: &str, key: &str| -> Value { expected[name][key].clone() };
    Ok(format!("recency {}, as others found", shown("recency", "auc")))
}
