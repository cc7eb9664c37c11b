//! Functions against values computed with 60 digits.

use super::close;
use super::numbers::{DEATHS, EXPECTED, GAMMAS};
use crate::model::ln_death;
use crate::special::{digamma, ln_gamma, ln_rising, softplus};
use crate::{Model, Parameters, Summary};

#[test]
fn gamma_functions_are_as_good_as_they_need_to_be() {
    for &(at, ln, slope) in GAMMAS {
        assert!(close(ln_gamma(at), ln, 3e-15), "ln Γ({at}) is {ln}, not {}", ln_gamma(at));
        assert!(close(digamma(at), slope, 1e-13), "ψ({at}) is {slope}, not {}", digamma(at));
    }
}

#[test]
fn rising_factorials_agree_on_both_sides_of_few_factors() {
    for from in [0.001, 0.3, 7.0, 900.0] {
        let (few, many) = (ln_rising(from, 16), ln_rising(from, 17));
        let next = from + 16.0;
        assert!(close(few.0 + f64::ln(next), many.0, 1e-13), "from {from}");
        assert!(close(few.1 + next.recip(), many.1, 1e-13), "from {from}");
    }
}

#[test]
fn softplus_does_not_overflow() {
    assert_eq!(softplus(800.0), (800.0, 1.0));
    assert_eq!(softplus(-800.0), (0.0, 0.0));
    assert!(close(softplus(0.0).0, std::f64::consts::LN_2, 1e-15));
}

#[test]
fn the_integral_of_stopping_is_the_difference_of_two_hypergeometric_values() {
    for &([r, alpha, s, beta, x, t_x, t], expected) in DEATHS {
        let found = ln_death(t_x, t, r + x, &[r, alpha, s, beta]).unwrap();
        assert!(close(found, expected, 1e-12), "{alpha} {beta} {x}: {expected}, not {found}");
    }
}

#[test]
fn expected_purchases_are_those_of_the_closed_form() {
    for &([r, alpha, a, b, x, t_x, t, horizon], expected) in EXPECTED {
        let model = Parameters::new(Model::BgNbd, &[r, alpha, a, b]).unwrap();
        let account = Summary::new(x as u32, t_x, t).unwrap();
        let found = model.expected_purchases(&account, horizon);
        let off = (found / expected - 1.0).abs();
        assert!(off < 1e-11, "{x} {t_x} {t}: {expected}, not {found}");
    }
}
