//! What is usual, against values that are known or counted.

use crate::draw::Draw;
use crate::{Shares, Trend, chance_of_silence};

use super::{account, models};

#[test]
fn silence_at_random_is_exponential_and_longer_ones_are_rarer() {
    // Intervals with the spread of an exponential distribution.
    let random: Vec<f64> = (1..400).map(|at| -(f64::from(at) / 400.0).ln() * 20.0).collect();
    let chance = chance_of_silence(&random, 60.0).unwrap();
    assert!((chance - (-3.0_f64).exp()).abs() < 0.01, "{chance}");
    let regular = [30.0; 12];
    let mut before = 1.0;
    for gap in [0.0, 10.0, 29.0, 40.0, 60.0, 1e9] {
        let chance = chance_of_silence(&regular, gap).unwrap();
        assert!(chance <= before && (0.0..=1.0).contains(&chance), "{gap}: {chance}");
        before = chance;
    }
    assert_eq!(chance_of_silence(&[0.0, 0.0], 5.0), None);
    assert_eq!(chance_of_silence(&[5.0], f64::NAN), None);
}

#[test]
fn an_active_account_is_silent_as_often_as_its_model_draws() {
    for parameters in models() {
        let [r, alpha] = [parameters.values()[0], parameters.values()[1]];
        let k = match parameters.model() {
            crate::Model::MbgCnbd { k } => u32::from(k),
            _ => 1,
        };
        let of = account(3, 20.0, 31.0);
        let mut draw = Draw::of(7, 1);
        let mut silent = 0_u32;
        let draws = 40_000;
        for _ in 0..draws {
            let rate = draw.gamma(r + f64::from(3 * k)) / (alpha + 20.0);
            let wait: f64 = (0..k).map(|_| draw.wait() / rate).sum();
            silent += u32::from(wait >= 11.0);
        }
        let share = f64::from(silent) / f64::from(draws);
        let told = parameters.p_silence(&of);
        assert!((share - told).abs() < 0.01, "{}: {share}, {told}", parameters.model());
    }
}

#[test]
fn a_trend_is_the_slope_of_a_line_and_says_when_it_is_none() {
    let line: Vec<(f64, f64)> =
        (0..20).map(|at| (f64::from(at), 3.0 - 0.5 * f64::from(at))).collect();
    let trend = Trend::of(&line).unwrap();
    assert!((trend.slope + 0.5).abs() < 1e-12 && trend.by_chance < 1e-6, "{trend:?}");
    let rising: Vec<(f64, f64)> = line.iter().map(|(time, value)| (*time, -value)).collect();
    assert!(Trend::of(&rising).unwrap().by_chance > 0.999);
    let level: Vec<(f64, f64)> = (0..20).map(|at| (f64::from(at), 4.0)).collect();
    assert_eq!(Trend::of(&level), Some(Trend { slope: 0.0, by_chance: 0.5 }));
    // Of 2,000 books without a trend, one in twenty falls with a chance under a twentieth.
    let fell = (0..2_000).filter(|book| {
        let mut draw = Draw::of(3, *book);
        let points: Vec<(f64, f64)> = (0..12).map(|at| (f64::from(at), draw.share())).collect();
        Trend::of(&points).unwrap().by_chance < 0.05
    });
    let share = fell.count() as f64 / 2_000.0;
    assert!((0.03..0.065).contains(&share), "{share}");
    assert_eq!(Trend::of(&[(1.0, 2.0); 9]), None, "one time");
}

#[test]
fn shares_recover_the_book_that_they_are_drawn_from() {
    let drawn: Vec<(u32, u32)> = (0..4_000)
        .map(|at| {
            let mut draw = Draw::of(5, at);
            let (own, of) = (draw.beta(2.0, 38.0), 5 + (at % 40) as u32);
            ((0..of).filter(|_| draw.share() < own).count() as u32, of)
        })
        .collect();
    let shares = Shares::of(&drawn).unwrap();
    assert!((shares.mean() - 0.05).abs() < 0.005, "{shares:?}");
    assert!((shares.expected(0, 0) - shares.mean()).abs() < 1e-12);
    // Forty are known of an account before it is seen: so it is expected at a half after forty.
    let half = shares.expected(40, 40);
    assert!((0.45..0.62).contains(&half), "{half}");
    assert!(shares.above(20, 40, 0.1) > 0.999 && shares.above(0, 400, 0.05) < 0.01);
    assert_eq!(Shares::of(&[(0, 0)]), None);
    let none = Shares::of(&[(0, 10); 50]).unwrap();
    assert!(none.above(0, 10, 0.01) < 1e-3, "nothing was ever returned");
    let all = Shares::of(&[(10, 10); 50]).unwrap();
    assert!(all.above(10, 10, 0.9).is_finite());
}
