//! Measures of forecasts, against values worked out by hand or by scikit-learn 1.9.

use crate::{Forecast, Isotonic, Measure, Platt, difference, reliability, top_decile};

fn forecast(risk: f64, lapsed: bool) -> Forecast {
    Forecast { score: risk, risk, lapsed }
}

/// Risks 0.05, 0.10 … 1.00; every third lapses, and the last five.
fn twenty() -> Vec<Forecast> {
    let of = |at: u32| forecast(f64::from(at) / 20.0, at.is_multiple_of(3) || at > 15);
    (1..=20).map(of).collect()
}

#[test]
fn measures_are_those_of_others() {
    // roc_auc_score, brier_score_loss and log_loss of the same twenty; the risk of 1 that came
    // true costs nothing.
    let expected = [
        (Measure::Auc, 0.8),
        (Measure::Brier, 0.183_75),
        (Measure::LogLoss, 0.529_748_112_588_843_2),
    ];
    for (measure, expected) in expected {
        let found = measure.of(&twenty()).unwrap();
        assert!((found - expected).abs() < 1e-12, "{measure:?}: {found}");
    }
}

#[test]
fn the_top_decile_counts_ties_in_part() {
    let mut all: Vec<Forecast> = (0..10).map(|at| forecast(0.9, at < 4)).collect();
    all.extend((0..30).map(|_| forecast(0.1, false)));
    // Four of forty, all from the ten that are tied, of whom 4 in 10 lapsed.
    let lift = Measure::TopDecileLift.of(&all).unwrap();
    assert!((lift - 0.4 / 0.1).abs() < 1e-12, "{lift}");
    let top = top_decile(&all).unwrap();
    assert_eq!((top.accounts, top.stated), (4, 0.9));
    assert!((top.lapsed - 0.4).abs() < 1e-12);
}

#[test]
fn the_calibration_error_is_the_mean_distance_of_the_bins() {
    // A bin for each pair; what is tied is told apart by no order.
    let pairs = (0..20).map(|at| forecast(f64::from(at / 2) / 10.0, at % 4 == 0));
    let expected: f64 = (0..10)
        .map(|bin| f64::from(bin) / 10.0)
        .zip([0.5, 0.0].into_iter().cycle())
        .map(|(risk, share)| f64::abs(risk - share) / 10.0)
        .sum();
    let all: Vec<Forecast> = pairs.collect();
    let turned: Vec<Forecast> = all.iter().rev().copied().collect();
    for of in [&all, &turned] {
        let found = Measure::CalibrationError.of(of).unwrap();
        assert!((found - expected).abs() < 1e-12, "{found}, not {expected}");
    }
    let bins = reliability(&all, 10);
    assert_eq!(bins.iter().map(|it| it.accounts).sum::<usize>(), 20);
    assert_eq!((bins[4].stated, bins[4].lapsed), (0.4, 0.5));
    // All tied: no bin knows more than the others.
    let tied: Vec<Forecast> = (0..30).map(|at| forecast(0.7, at < 15)).collect();
    assert!((Measure::CalibrationError.of(&tied).unwrap() - 0.2).abs() < 1e-12);
}

#[test]
fn without_both_outcomes_there_is_nothing_to_measure() {
    let none: [Forecast; 0] = [];
    for measure in Measure::ALL {
        assert_eq!(measure.of(&none), None, "{measure:?}");
    }
    let stayed = [forecast(0.2, false), forecast(0.4, false)];
    assert_eq!(Measure::Auc.of(&stayed), None);
    assert_eq!(Measure::TopDecileLift.of(&stayed), None, "nothing to lift");
    assert!(Measure::Brier.of(&stayed).is_some());
    assert_eq!(top_decile(&none), None);
    assert!(reliability(&none, 10).is_empty());
    assert_eq!(difference(Measure::Auc, &stayed, &stayed, 10, 1), None);
}

#[test]
fn intervals_hold_the_difference_and_depend_on_the_seed_alone() {
    let (all, worse) = (twenty(), {
        let of = |(at, it): (usize, Forecast)| Forecast { score: (at % 4) as f64, ..it };
        twenty().into_iter().enumerate().map(of).collect::<Vec<_>>()
    });
    let interval = |seed| difference(Measure::Auc, &all, &worse, 500, seed).unwrap();
    let found = interval(7);
    assert!(found.low < found.difference && found.difference < found.high);
    assert_eq!(found, interval(7));
    assert_ne!(found, interval(8));
    let same = difference(Measure::Auc, &all, &all, 100, 1).unwrap();
    assert_eq!((same.difference, same.low, same.high), (0.0, 0.0, 0.0), "drawn in pairs");
    assert_eq!(difference(Measure::Auc, &all, &worse[1..], 100, 1), None, "not of the same");
}

#[test]
fn isotonic_risks_never_fall_and_keep_the_mean() {
    let past: Vec<(f64, bool)> = twenty().iter().map(|it| (it.score, it.lapsed)).collect();
    let fitted = Isotonic::fit(&past).unwrap();
    let risks: Vec<f64> = (-5..30).map(|at| fitted.risk(f64::from(at) / 20.0)).collect();
    assert!(risks.windows(2).all(|pair| pair[0] <= pair[1]), "{risks:?}");
    // The steps of scikit-learn's IsotonicRegression, and halfway between the last two.
    for (score, risk) in [(0.05, 0.0), (0.425, 1.0 / 3.0), (0.65, 2.0 / 3.0), (1.0, 1.0)] {
        assert!((fitted.risk(score) - risk).abs() < 1e-12, "{score}: {}", fitted.risk(score));
    }
    assert_eq!(Isotonic::fit(&[]), None);
}

#[test]
fn platt_finds_the_line_that_outcomes_follow() {
    use crate::draw::Draw;
    let mut draw = Draw::of(5, 0);
    let drawn = |_| {
        let score = 6.0 * draw.share() - 3.0;
        let risk = 1.0 / (1.0 + f64::exp(-(0.5 * score - 1.0)));
        (score, draw.share() < risk)
    };
    let fitted = Platt::fit(&(0..20_000).map(drawn).collect::<Vec<_>>());
    for score in [-3.0, 0.0, 1.5, 2.5] {
        let truth = 1.0 / (1.0 + f64::exp(-(0.5 * score - 1.0)));
        assert!((fitted.risk(score) - truth).abs() < 0.02, "at {score}: {}", fitted.risk(score));
    }
    let falling: Vec<(f64, bool)> = (0..500).map(|at| (f64::from(at), at < 250)).collect();
    let fitted = Platt::fit(&falling);
    assert!(fitted.risk(1.0) <= fitted.risk(400.0), "a ranking is never turned around");
    assert_eq!(Platt::fit(&[]), Platt::NONE);
}
