//! What models promise: gradients, recovery, order, units, and a horizon that only takes away.

use super::{account, close, models, watched};
use crate::{Book, Diagnostics, Model, Parameters, Summary, fit, fit_spend};

fn moved(of: &Parameters, at: usize, by: f64) -> Parameters {
    let mut values = of.values().to_vec();
    values[at] += by;
    Parameters::new(of.model(), &values).unwrap()
}

#[test]
fn gradients_are_those_of_the_likelihood() {
    let far = [
        Parameters::new(Model::ParetoNbd, &[3.0, 0.4, 2.0, 30.0]).unwrap(),
        Parameters::new(Model::ParetoNbd, &[0.1, 60.0, 0.3, 2.0]).unwrap(),
        Parameters::new(Model::BgNbd, &[5.0, 40.0, 0.02, 9.0]).unwrap(),
    ];
    for model in models().into_iter().chain(far) {
        let mut accounts = models()[1].simulate(&watched(50), 9);
        accounts.extend([account(2_000, 35.0, 36.0), account(1, 0.1, 36.0), account(3, 9.0, 9.0)]);
        let book = Book::new(&accounts);
        for (at, slope) in model.gradient(&book).into_iter().enumerate() {
            let step = 1e-5 * model.values()[at];
            let value = |by| moved(&model, at, by).ln_likelihood(&book);
            // Differences over one step and over two, so that the error of third order cancels.
            let over = |step: f64| (value(step) - value(-step)) / (2.0 * step);
            let difference = (4.0 * over(step) - over(2.0 * step)) / 3.0;
            let name = model.model().parameters()[at];
            let size = slope.abs().max(model.ln_likelihood(&book).abs() / model.values()[at]);
            let off = (slope - difference).abs();
            assert!(off < 1e-8 * size, "{} by {name}: {slope}, {difference}", model.model());
        }
    }
}

fn errors(of: &Diagnostics) -> &[f64] {
    of.standard_errors.as_deref().unwrap()
}

#[test]
fn parameters_are_recovered_within_their_errors() {
    for truth in models() {
        let found = fit(truth.model(), &Book::new(&truth.simulate(&watched(4_000), 11))).unwrap();
        let name = truth.model();
        assert!(found.diagnostics.converged && !found.diagnostics.at_boundary, "{name}");
        assert!(found.diagnostics.condition.unwrap() < 1e5, "{name}");
        assert_eq!(found.is_dropout_identifiable(), name != Model::Nbd, "{name}");
        let errors = errors(&found.diagnostics);
        for ((found, truth), error) in
            found.parameters.values().iter().zip(truth.values()).zip(errors)
        {
            // Three errors: of 22 parameters one in sixteen runs would be farther off; the seed
            // is fixed.
            assert!((found - truth).abs() < 3.0 * error, "{name}: {found} for {truth} ± {error}");
            assert!(*error < truth.max(0.5), "{name}: {truth} ± {error}");
        }
    }
}

#[test]
fn spend_is_recovered_within_its_errors() {
    use crate::draw::Draw;
    let (p, q, gamma) = (6.25, 3.74, 15.44);
    let spent = |(at, it): (u64, Summary)| {
        let mut draw = Draw::of(3, at);
        let scale = draw.gamma(q) / gamma;
        let sum: f64 = (0..it.x()).map(|_| draw.gamma(p) / scale).sum();
        if it.x() > 0 { it.with_spend(sum).unwrap() } else { it }
    };
    let accounts = models()[1].simulate(&watched(4_000), 2);
    let accounts: Vec<Summary> = (0..).zip(accounts).map(spent).collect();
    let (found, diagnostics) = fit_spend(&accounts).unwrap();
    assert!(diagnostics.converged);
    let errors = errors(&diagnostics);
    for ((found, truth), error) in found.values().iter().zip([p, q, gamma]).zip(errors) {
        assert!((found - truth).abs() < 3.0 * error, "{found} for {truth} ± {error}");
    }
}

#[test]
fn the_order_of_accounts_does_not_show() {
    for model in models() {
        let accounts = model.simulate(&watched(400), 21);
        let reversed: Vec<Summary> = accounts.iter().rev().copied().collect();
        let fits = [accounts, reversed].map(|it| fit(model.model(), &Book::new(&it)).unwrap());
        assert_eq!(fits[0], fits[1], "{}", model.model());
    }
}

#[test]
fn the_unit_of_time_does_not_show() {
    for model in models() {
        let weeks = model.simulate(&watched(800), 31);
        let days: Vec<Summary> = weeks.iter().map(|it| it.in_units_of(1.0).unwrap()).collect();
        let by_week = fit(model.model(), &Book::new(&weeks)).unwrap();
        let by_day = fit(model.model(), &Book::new(&days)).unwrap();
        let is_time = model.model().is_time();
        let pairs = by_week.parameters.values().iter().zip(by_day.parameters.values());
        for ((week, day), is_time) in pairs.zip(is_time) {
            let factor = if is_time { 7.0 } else { 1.0 };
            assert!(close(week * factor, *day, 1e-5), "{}: {week} {day}", model.model());
        }
        let (week, day) = (&weeks[7], &days[7]);
        let alive = [by_week.parameters.p_alive(week), by_day.parameters.p_alive(day)];
        let none = [
            by_week.parameters.p_no_purchase(week, 26.0),
            by_day.parameters.p_no_purchase(day, 182.0),
        ];
        for [week, day] in [alive, none] {
            assert!(close(week, day, 1e-6), "{}: {week} {day}", model.model());
        }
    }
}

/// Accounts of all kinds: once, often, long ago, just now, thousands of times.
fn kinds() -> Vec<Summary> {
    let mut kinds = vec![account(0, 0.0, 0.0), account(0, 0.0, 500.0), account(1, 1e-9, 1e-9)];
    for x in [1, 2, 7, 60, 5_000] {
        for (t_x, t) in [(1.0, 1.0), (1.0, 90.0), (89.0, 90.0), (90.0, 90.0), (0.1, 4_000.0)] {
            kinds.push(account(x, t_x, t));
        }
    }
    kinds
}

#[test]
fn answers_are_probabilities_that_only_fall_with_the_horizon() {
    for model in models() {
        for of in kinds() {
            let alive = model.p_alive(&of);
            assert!((0.0..=1.0).contains(&alive), "{}: alive {alive} {of:?}", model.model());
            let (mut before, mut bought) = (1.0, 0.0);
            for horizon in [0.0, 1e-9, 0.1, 1.0, 26.0, 52.0, 520.0, 5_200.0] {
                let none = model.p_no_purchase(&of, horizon);
                let expected = model.expected_purchases(&of, horizon);
                let what = format!("{}: {none} {expected} at {horizon} of {of:?}", model.model());
                assert!((0.0..=1.0).contains(&none) && expected.is_finite(), "{what}");
                assert!(none <= before + 1e-12 && expected >= bought, "{what}");
                assert!(1.0 - none <= expected + 1e-12, "none is as often as not: {what}");
                (before, bought) = (none, expected);
            }
        }
    }
}

#[test]
fn the_formula_of_no_purchase_is_the_likelihood_of_being_watched_for_longer() {
    for model in models() {
        for of in [account(0, 0.0, 39.0), account(2, 30.4, 38.9), account(25, 27.3, 36.9)] {
            let longer = Summary::known(of.x(), of.t_x(), of.t() + 26.0, of.ln_gaps());
            let ln = |it| model.ln_likelihood(&Book::new(&[it]));
            let ratio = (ln(longer) - ln(of)).exp();
            let none = model.p_no_purchase(&of, 26.0);
            assert!(close(none, ratio, 1e-11), "{}: {none}, {ratio}", model.model());
        }
    }
}

#[test]
fn what_is_expected_is_what_simulated_accounts_buy() {
    // Watched for a first time, then for a second: the same seed buys the same in the first.
    let (accounts, first, horizon) = (10_000, 20.0, 30.0);
    for model in models() {
        let until = model.simulate(&vec![first; accounts], 77);
        let later = model.simulate(&vec![first + horizon; accounts], 77);
        let (mut expected, mut bought, mut none, mut bought_none) = (0.0, 0.0, 0.0, 0.0);
        for (one, other) in until.iter().zip(&later) {
            assert!(one.x() <= other.x());
            expected += model.expected_purchases(one, horizon);
            none += model.p_no_purchase(one, horizon);
            bought += f64::from(other.x() - one.x());
            bought_none += f64::from(u8::from(other.x() == one.x()));
        }
        let name = model.model();
        assert!((bought / expected - 1.0).abs() < 0.03, "{name}: {bought} of {expected}");
        assert!((bought_none / none - 1.0).abs() < 0.01, "{name}: {bought_none} of {none}");
    }
}

#[test]
fn one_event_a_purchase_is_the_model_without_stages() {
    let values = [0.525, 6.183, 0.891, 1.614];
    let plain = Parameters::new(Model::MbgNbd, &values).unwrap();
    let stages = Parameters::new(Model::MbgCnbd { k: 1 }, &values).unwrap();
    let book = Book::new(&plain.simulate(&watched(300), 4));
    assert_eq!(plain.ln_likelihood(&book), stages.ln_likelihood(&book));
    assert_eq!(plain.gradient(&book), stages.gradient(&book));
}
