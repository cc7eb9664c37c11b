//! Books that no model was made for: a stated answer, never a panic, never no number.

use super::{account, models, watched};
use crate::{Book, Diagnostics, FitError, Model, Parameters, ParametersError, Summary};
use crate::{fit, fit_spend};

fn is_finite(of: &Diagnostics) -> bool {
    let errors = of.standard_errors.iter().flatten();
    of.ln_likelihood.is_finite()
        && of.gradient_norm.is_finite()
        && errors.chain(of.condition.iter()).all(|it| it.is_finite())
}

/// Every model either refuses or answers in numbers.
fn answers(of: &[Summary]) -> Vec<(Model, Result<bool, FitError>)> {
    let book = Book::new(of);
    let answer = |model: Parameters| {
        let model = model.model();
        let found = fit(model, &book).map(|it| {
            assert!(is_finite(&it.diagnostics), "{model}: {:?}", it.diagnostics);
            assert!(it.gain_over_nbd.is_finite() && (0.0..=1.0).contains(&it.mean_p_alive));
            for of in of.iter().take(20) {
                let alive = it.p_alive(of).unwrap_or(1.0);
                let none = it.parameters.p_no_purchase(of, 26.0);
                let expected = it.parameters.expected_purchases(of, 26.0);
                assert!((0.0..=1.0).contains(&alive), "{model}: alive {alive}");
                assert!((0.0..=1.0).contains(&none), "{model}: none {none}");
                assert!(expected.is_finite() && expected >= 0.0, "{model}: {expected}");
            }
            it.is_dropout_identifiable()
        });
        (model, found)
    };
    models().into_iter().map(answer).collect()
}

#[test]
fn nothing_one_account_and_one_timers_are_insufficient() {
    let once: Vec<Summary> = watched(500).into_iter().map(|t| account(0, 0.0, t)).collect();
    for (of, repeaters) in [(vec![], 0), (vec![account(9, 20.0, 30.0)], 1), (once, 0)] {
        let accounts = of.len();
        let refused = FitError::InsufficientData { accounts, repeaters, needed: 10 };
        assert!(answers(&of).into_iter().all(|(_, it)| it == Err(refused)), "{accounts}");
        assert!(fit_spend(&of).is_err());
    }
}

#[test]
fn daily_buyers_tell_nothing_of_stopping() {
    let daily =
        |day: u32| account(300 + day, f64::from(300 + day) / 7.0, f64::from(300 + day) / 7.0);
    for (model, answer) in answers(&(0..80).map(daily).collect::<Vec<_>>()) {
        assert_eq!(answer, Ok(false), "{model}");
    }
}

#[test]
fn identical_accounts_are_answered() {
    for (model, answer) in answers(&[account(4, 20.0, 39.0); 60]) {
        assert!(answer.is_ok(), "{model}");
    }
    let spent = account(2, 10.0, 39.0).with_spend(50.0).unwrap();
    let (spend, diagnostics) = fit_spend(&[spent; 60]).unwrap();
    assert!(is_finite(&diagnostics));
    let expected = spend.expected(&spent).unwrap();
    assert!((expected - 25.0).abs() < 0.5, "all spend 25 each time, not {expected}");
}

#[test]
fn accounts_that_never_stop_are_not_said_to() {
    let nbd = &models()[0];
    let found = answers(&nbd.simulate(&watched(2_000), 8));
    for (model, answer) in found {
        assert_eq!(answer, Ok(false), "{model}: accounts that only buy at random");
    }
}

#[test]
fn accounts_watched_for_no_time_are_answered() {
    let mut of = vec![account(0, 0.0, 0.0); 40];
    of.extend(vec![account(1, 1e-6, 1e-6); 20]);
    of.extend(vec![account(5_000, 5_000.0, 5_001.0); 3]);
    assert!(answers(&of).into_iter().all(|(_, answer)| answer.is_ok()));
}

#[test]
fn numbers_that_are_no_parameters_are_refused() {
    let given = Parameters::new(Model::Nbd, &[1.0]);
    let number = ParametersError::Number { model: Model::Nbd, needed: 2, given: 1 };
    assert_eq!(given, Err(number));
    let given = Parameters::new(Model::ParetoNbd, &[1.0, 2.0, 0.0, 3.0]);
    let value = ParametersError::Value { model: Model::ParetoNbd, name: "s", value: 0.0 };
    assert_eq!(given, Err(value));
    assert!(Parameters::new(Model::Nbd, &[1.0, f64::NAN]).is_err());
}

#[test]
fn a_horizon_that_is_none_is_no_time() {
    let of = account(2, 30.0, 39.0);
    for model in models() {
        for horizon in [-1.0, f64::NAN, f64::NEG_INFINITY] {
            assert_eq!(model.p_no_purchase(&of, horizon), 1.0);
            assert_eq!(model.expected_purchases(&of, horizon), 0.0);
        }
        assert!(model.expected_purchases(&of, f64::INFINITY).is_finite());
    }
}
