//! The risk score: what it adds up to, what it learns, what it refuses, and that it never looks
//! ahead.

use crate::draw::Draw;
use crate::{
    Baseline, Basis, Candidate, Measure, Purchase, RiskError, RiskScore, Slice, Standing, Term,
    backtest,
};

fn plain() -> Standing {
    Standing {
        no_purchase: 0.5,
        breadth: 8.0,
        days_quiet: 30.0,
        purchases: 4,
        later_half: 2,
        recent: 1.5,
        spend: 400.0,
        last_spend: 100.0,
    }
}

/// A book in which a lapse depends on the model's probability and on breadth.
fn slice(cut: i32, accounts: u32, seed: u64) -> Slice {
    let account = |at: u32| {
        let mut draw = Draw::of(seed, u64::from(at));
        let (no_purchase, breadth) = (draw.share(), (20.0 * draw.share()).floor());
        let own = (no_purchase / (1.0 - no_purchase)).ln();
        let score = 0.8 * own + 1.5 * (2.3 - f64::ln_1p(breadth));
        let lapsed = draw.share() < 1.0 / (1.0 + (-score).exp());
        let quiet = 100.0 * draw.share();
        (Standing { no_purchase, breadth, days_quiet: quiet, ..plain() }, lapsed)
    };
    Slice::new(cut, 50, (0..accounts).map(account).collect()).unwrap()
}

fn slices(count: i32, accounts: u32) -> Vec<Slice> {
    (0..count).map(|at| slice(100 * at, accounts, 1 + at as u64)).collect()
}

#[test]
fn contributions_add_up_to_the_score_exactly() {
    let score = RiskScore::learn(&slices(4, 400), 400).unwrap();
    let standings: Vec<Standing> = slice(400, 300, 9).accounts().iter().map(|it| it.0).collect();
    for it in score.assess(&standings).unwrap() {
        assert_eq!(it.contributions.len(), 1 + Term::COUNT);
        let sum: f64 = it.contributions.iter().map(|it| it.points).sum();
        assert_eq!(sum, it.score);
        assert!(it.contributions.iter().all(|it| !it.to_string().is_empty()));
    }
}

#[test]
fn weights_are_learned_and_none_turns_around() {
    let score = RiskScore::learn(&slices(5, 2_000), 500).unwrap();
    assert!(matches!(score.basis(), Basis::Learned { slices: 5, .. }));
    assert!((score.weight(Term::NoPurchase) - 0.8).abs() < 0.1, "{score:?}");
    assert!((score.weight(Term::Breadth) - 1.5).abs() < 0.15, "{score:?}");
    // Broader accounts lapse here: that is against what the term means, so it counts for nothing.
    let turned = |of: &Slice| {
        let accounts = of.accounts().iter().map(|(it, lapsed)| {
            (Standing { last_spend: if *lapsed { 500.0 } else { 20.0 }, ..*it }, *lapsed)
        });
        Slice::new(of.cut(), 50, accounts.collect()).unwrap()
    };
    let past: Vec<Slice> = slices(3, 500).iter().map(turned).collect();
    let score = RiskScore::learn(&past, 300).unwrap();
    assert_eq!(score.weight(Term::LastSpend), 0.0);
}

#[test]
fn a_risk_moves_with_its_terms_only_one_way() {
    let score = RiskScore::learn(&slices(5, 1_000), 500).unwrap();
    let risk = |of: Standing| score.assess(&[plain(), of, plain()]).unwrap()[1].risk;
    let from = plain();
    for more in [1.01, 2.0, 50.0] {
        assert!(risk(Standing { no_purchase: 1.0 - 0.5 / more, ..from }) >= risk(from));
        assert!(risk(Standing { breadth: 8.0 * more, ..from }) <= risk(from));
        assert!(risk(Standing { last_spend: 100.0 * more, ..from }) <= risk(from));
        assert!(risk(Standing { recent: 1.5 * more, ..from }) <= risk(from));
    }
}

#[test]
fn the_unit_of_money_and_the_order_of_accounts_do_not_show() {
    let scaled = |of: &Slice, by: f64| {
        let accounts = of.accounts().iter().rev().map(|(it, lapsed)| {
            (Standing { last_spend: by * it.last_spend, spend: by * it.spend, ..*it }, *lapsed)
        });
        Slice::new(of.cut(), 50, accounts.collect()).unwrap()
    };
    let past = slices(4, 300);
    let other: Vec<Slice> = past.iter().map(|it| scaled(it, 0.01)).collect();
    let (one, other) = (RiskScore::learn(&past, 400), RiskScore::learn(&other, 400));
    let (one, other) = (one.unwrap(), other.unwrap());
    for term in Term::ALL {
        assert!((one.weight(term) - other.weight(term)).abs() < 1e-6, "{term}");
    }
}

#[test]
fn too_little_is_answered_by_what_is_shipped() {
    for (past, why) in
        [(slices(2, 500), "slices"), (slices(5, 150), "accounts"), (slices(0, 0), "nothing")]
    {
        let score = RiskScore::learn(&past, 900).unwrap();
        let Basis::Shipped { slices, .. } = score.basis() else { panic!("{why}") };
        assert_eq!(slices, past.len(), "{why}");
        let of = Standing { no_purchase: 0.7, ..plain() };
        let found = score.assess(&[of]).unwrap();
        assert!((found[0].risk - 0.7).abs() < 1e-12, "{why}: the purchase model is believed");
    }
    let all = |lapsed| {
        let accounts = slice(0, 400, 1).accounts().iter().map(|it| (it.0, lapsed)).collect();
        Slice::new(0, 50, accounts).unwrap()
    };
    for lapsed in [false, true] {
        let score = RiskScore::learn(&vec![all(lapsed); 3], 100).unwrap();
        assert!(matches!(score.basis(), Basis::Shipped { .. }), "all {lapsed}");
    }
}

#[test]
fn nothing_that_was_not_yet_known_is_used() {
    let past = slices(4, 300);
    let refused = RiskScore::learn(&past, 349);
    assert_eq!(refused, Err(RiskError::LooksAhead { cut: 300, end: 350, at: 349 }));
    assert!(RiskScore::learn(&past, 350).is_ok());
    // What comes later changes nothing that was said before.
    let six = slices(6, 300);
    let mut changed = six.clone();
    let last = changed.pop().unwrap();
    let turned = last.accounts().iter().map(|(it, lapsed)| (*it, !lapsed)).collect();
    changed.push(Slice::new(last.cut(), 50, turned).unwrap());
    let (one, other) = (backtest(&six).unwrap(), backtest(&changed).unwrap());
    assert_eq!(one.cuts.len(), 3);
    assert_eq!(one.cuts[..2], other.cuts[..2]);
    assert_ne!(one.cuts[2], other.cuts[2]);
    let scores = |of: &crate::BackTest| -> Vec<f64> {
        of.cuts[2].forecasts[0].1.iter().map(|it| it.score).collect()
    };
    assert_eq!(scores(&one), scores(&other), "what is forecast does not know what came");
}

#[test]
fn the_back_test_says_who_wins() {
    let found = backtest(&slices(6, 500)).unwrap();
    assert_eq!(found.winner, Candidate::Score);
    let compared = found.comparisons(1);
    assert_eq!(compared.len(), 3 * Baseline::ALL.len() * Measure::ALL.len());
    for it in compared.iter().filter(|it| it.measure == Measure::Auc) {
        assert!(it.interval.low > 0.0, "{it:?}");
    }
    // Here only time since the last purchase tells, and the score does not read it.
    let by_recency = |of: &Slice| {
        let lapsed = |it: &Standing| it.days_quiet > 50.0;
        let accounts = of.accounts().iter().map(|it| (it.0, lapsed(&it.0))).collect();
        Slice::new(of.cut(), 50, accounts).unwrap()
    };
    let slices: Vec<Slice> = slices(6, 300).iter().map(by_recency).collect();
    let found = backtest(&slices).unwrap();
    assert_eq!(found.winner, Candidate::Baseline(Baseline::Recency));
    let said = "over 3 cuts recency ranks best, better than the score";
    assert_eq!(found.to_string(), said);
    let refused = Err(RiskError::InsufficientData { slices: 3 });
    assert_eq!(backtest(&slices[..3]), refused);
}

#[test]
fn numbers_that_are_none_are_refused() {
    let with = |of: Standing| Slice::new(0, 1, vec![(plain(), true), (of, false)]);
    for (of, number) in [
        (Standing { no_purchase: 1.1, ..plain() }, "no_purchase"),
        (Standing { no_purchase: f64::NAN, ..plain() }, "no_purchase"),
        (Standing { breadth: -1.0, ..plain() }, "breadth"),
        (Standing { spend: f64::INFINITY, ..plain() }, "spend"),
        (Standing { last_spend: f64::NAN, ..plain() }, "last_spend"),
    ] {
        assert_eq!(with(of), Err(RiskError::Number { at: 1, number }));
    }
    let future = [Purchase { day: 9, value: 1.0 }];
    assert!(Standing::of(&future, 8, 0.5, 1.0).is_err());
}

#[test]
fn identical_and_empty_books_are_answered() {
    let same = Slice::new(0, 50, (0..400).map(|at| (plain(), at % 2 == 0)).collect()).unwrap();
    let score = RiskScore::learn(&[same.clone(), same.clone(), same], 100).unwrap();
    let found = score.assess(&[plain(); 3]).unwrap();
    assert!(found.iter().all(|it| (it.risk - 0.5).abs() < 0.01), "{found:?}");
    let nothing = Standing {
        no_purchase: 1.0,
        breadth: 0.0,
        days_quiet: 0.0,
        purchases: 0,
        later_half: 0,
        recent: 0.0,
        spend: 0.0,
        last_spend: 0.0,
    };
    let found = score.assess(&[nothing; 2]).unwrap();
    assert!(found.iter().all(|it| it.risk.is_finite()), "{found:?}");
    assert_eq!(score.assess(&[]), Ok(Vec::new()));
    assert!(Baseline::ALL.iter().all(|it| it.scores(&[]).is_empty()));
}
