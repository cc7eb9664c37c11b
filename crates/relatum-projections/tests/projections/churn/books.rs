//! Odd books: a stated answer or that too little is known, never a number that is none.

use relatum_domain::event::account::{AccountClosed, AccountOpened};
use relatum_domain::event::activity::{ActivityHeld, ActivityKind, Outcome};
use relatum_domain::{ActivityId, Derived as _, ReturnId};
use relatum_projections::ChurnTest;

use super::*;
use crate::generated::{manager, opened, returned};
use crate::raw::worth;

impl Raw {
    /// With account 1, of which nothing else is known.
    pub(super) fn with_opened(mut self) -> Self {
        self.on(0, account(1), opened("One"));
        self
    }
}

/// Everything that is told is a number, and a back-test says something.
fn checked(raw: &Raw, on: i64) -> ChurnReport {
    let view = View::as_of(day(on));
    let found = report(raw, &view);
    for line in &found.lines {
        let risk = line.risk.iter();
        assert!(risk.clone().all(|it| (0..=10_000).contains(&it.risk_bp)), "{line:?}");
        assert!(risk.flat_map(|it| &it.terms).all(|it| !it.sentence.contains("NaN")), "{line:?}");
        assert!(line.signals.iter().all(|it| !it.sentence.is_empty()), "{line:?}");
        assert_eq!(line.signals.len(), SignalKind::ALL.len());
    }
    let test = ChurnTest::of(&raw.models(), &ChurnOptions::default(), &view);
    match test.found {
        Ok(found) => assert!(!found.to_string().contains("NaN")),
        Err(error) => assert!(error.to_string().starts_with("insufficient data"), "{error}"),
    }
    found
}

#[test]
fn of_nobody_of_one_and_of_one_timers() {
    assert!(checked(&Raw::default(), 100).lines.is_empty());
    let mut one = Raw::default();
    buys(&mut one, 1, [(0, 100)]);
    let found = checked(&one, 100);
    assert_eq!(found.lines[0].risk, None);
    assert_eq!(found.method.model, None, "nobody bought again");
    assert_eq!(found.lines[0].signals[0].state, InsufficientData);
    let mut once = Raw::default();
    (0..300).for_each(|who| buys(&mut once, who, [(who as i64 % 90, 100)]));
    let found = checked(&once, 400);
    assert!(found.lines.iter().all(|it| it.risk.is_none()));
    // 12 orders of the first 36 days, 3 or 4 a day, are more than a year ago.
    let years = (0..300).filter(|who| who % 90 >= 36).count();
    assert_eq!(found.at_stake[0].micro, years as i128 * 100_000_000);
}

#[test]
fn of_those_who_buy_daily_and_of_identical_ones() {
    let mut daily = Raw::default();
    (0..20).for_each(|who| buys(&mut daily, who, (0..200).map(|on| (on, 10))));
    let found = checked(&daily, 199);
    assert!(found.lines.iter().all(|it| it.risk.as_ref().unwrap().risk_bp < 100));
    let mut same = Raw::default();
    (0..250).for_each(|who| buys(&mut same, who, every(30, 12)));
    let found = checked(&same, 345);
    let risks: Vec<_> = found.lines.iter().map(|it| it.risk.as_ref().unwrap().risk_bp).collect();
    assert!(risks.iter().all(|it| *it == risks[0]), "{risks:?}");
    let percentiles = found.lines.iter().flat_map(|it| &it.signals).filter_map(|it| it.percentile);
    assert!(percentiles.into_iter().all(|it| it == 0), "nobody is worse than another");
}

#[test]
fn of_calls_only_of_the_future_and_of_returns_above_purchases() {
    let mut calls = Raw::default();
    for who in 0..5 {
        for on in 0..10 {
            let activity = ActivityId::derived("test", &format!("{who}/{on}"));
            let held =
                ActivityHeld::new(activity, ActivityKind::Call, manager(1), Outcome::Neutral);
            calls.on(on * 7, account(who), held);
        }
    }
    let found = checked(&calls, 100);
    assert!(found.lines.iter().all(|it| it.risk.is_none() && it.at_stake.is_none()));
    assert!(found.lines.iter().all(|it| it.state == Alert), "of silence");
    let mut future = Raw::default();
    buys(&mut future, 1, [(0, 100), (50, 100), (300, 100)]);
    let found = checked(&future, 100);
    assert_eq!(found.lines[0].at_stake.unwrap().micro, 200_000_000, "what is to come is not yet");
    let mut back = Raw::default();
    for who in 0..30 {
        buys(&mut back, who, every(20, 6));
        let id = ReturnId::derived("test", &who.to_string());
        back.on(0, account(who), returned(id, None, worth(900_000_000)));
    }
    let found = checked(&back, 200);
    assert!(found.lines.iter().all(|it| it.at_stake.unwrap().micro == -300_000_000));
    assert!(found.lines.iter().all(|it| it.expected_loss.is_none_or(|it| it.micro == 0)));
}

#[test]
fn who_was_closed_for_a_while_is_left_out_then() {
    let mut raw = Raw::default();
    raw.on(0, account(1), opened("One"));
    raw.on(10, account(1), AccountClosed { reason: "gone".into() });
    raw.on(20, account(1), opened("One"));
    raw.on(30, account(1), AccountClosed { reason: "gone again".into() });
    let count = |on| report(&raw, &View::as_of(day(on))).lines.len();
    assert_eq!([5, 15, 25, 35].map(count), [1, 0, 1, 0]);
}

#[test]
fn who_has_no_behaviour_is_left_out() {
    let mut raw = Raw::default();
    raw.on(5, account(1), opened("One"));
    raw.on(0, account(2), AccountOpened { unassigned: true, ..opened("nobody") });
    raw.on(9, account(1), AccountClosed { reason: "gone".into() });
    let count = |on| report(&raw, &View::as_of(day(on))).lines.len();
    assert_eq!([4, 5, 8, 9].map(count), [0, 1, 1, 0]);
}
