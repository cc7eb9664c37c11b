//! Pay against a recomputation unit by unit, and its laws.

use proptest::prelude::*;

use super::{Deal, Earlier, Left, PayReason, Payroll, Scale, ScaleError};
use crate::event::pay::PayComponent;

/// A component that pays `tiers` (its end, hundredths, retroactive), each from where the one before
/// ends, in whole units.
fn component(tiers: &[(Option<u32>, u32, bool)], more: &str) -> PayComponent {
    let mut from = 0;
    let tiers: Vec<String> = tiers
        .iter()
        .map(|(to, hundredths, retroactive)| {
            let end = to.map_or(String::new(), |to| format!(r#""to": {{"count": {to}}},"#));
            let (whole, part) = (hundredths / 100, hundredths % 100);
            let tier = format!(
                r#"{{"from": {{"count": {from}}}, {end} "pays": {{"rate": "{whole}.{part:02}"}},
                    "retroactive": {retroactive}}}"#
            );
            from = to.unwrap_or(from);
            tier
        })
        .collect();
    let json = format!(
        r#"{{"name": "pay", "kind": "sales_volume", "below_zero": "carried_over",
            "tiers": [{}], {more}}}"#,
        tiers.join(", ")
    );
    serde_json::from_str(&json).unwrap()
}

const ONE: i128 = 1_000_000;

fn scale(tiers: &[(Option<u32>, u32, bool)], more: &str) -> Scale {
    Scale::of(&component(tiers, more), 100 * ONE).unwrap()
}

fn deals(units: &[i128]) -> Vec<Deal> {
    units.iter().map(|units| Deal::new(units * ONE)).collect()
}

/// What each unit pays: those up to the highest retroactive tier reached as that tier says.
fn naive(tiers: &[(Option<u32>, u32, bool)], units: u32) -> i128 {
    let begins: Vec<u32> =
        std::iter::once(0).chain(tiers.iter().filter_map(|tier| tier.0)).collect();
    let reached = |at: usize| begins[at] < units;
    let top = (0..tiers.len()).filter(|at| tiers[*at].2 && reached(*at)).max();
    let mut pay = 0;
    for unit in 1..=units {
        let Some(tier) = tiers.iter().position(|tier| tier.0.is_none_or(|to| unit <= to)) else {
            continue;
        };
        let tier = top.map_or(tier, |top| top.max(tier));
        pay += i128::from(tiers[tier].1) * ONE / 100;
    }
    pay
}

prop_compose! {
    fn tiers()(
        steps in prop::collection::vec((1_u32..40, 0_u32..50, any::<bool>()), 1..5),
        open in any::<bool>(),
    ) -> Vec<(Option<u32>, u32, bool)> {
        let mut end = 0;
        let last = steps.len() - 1;
        let tier = |(at, (length, rate, retroactive)): (usize, &(u32, u32, bool))| {
            end += length;
            ((at < last || !open).then_some(end), *rate, *retroactive)
        };
        steps.iter().enumerate().map(tier).collect()
    }
}

proptest! {
    #[test]
    fn sales_that_climb_together_pay_what_their_units_pay(
        tiers in tiers(),
        units in prop::collection::vec(0_u32..40, 1..8),
    ) {
        let scale = scale(&tiers, r#""accumulate": true"#);
        let signed: Vec<i128> = units.iter().map(|it| i128::from(*it)).collect();
        let pay = Payroll::of(&scale, &deals(&signed));
        prop_assert_eq!(pay.total(), naive(&tiers, units.iter().sum()));
        let by_deal: i128 = (0..units.len()).map(|at| pay.of_deal(at)).sum();
        prop_assert_eq!(by_deal, pay.total(), "nothing is for the period alone");
    }

    #[test]
    fn sales_by_themselves_pay_what_each_alone_pays(
        tiers in tiers(),
        units in prop::collection::vec(0_u32..60, 1..8),
    ) {
        let scale = scale(&tiers, r#""accumulate": false"#);
        let signed: Vec<i128> = units.iter().map(|it| i128::from(*it)).collect();
        let pay = Payroll::of(&scale, &deals(&signed));
        for (at, units) in units.iter().enumerate() {
            prop_assert_eq!(pay.of_deal(at), naive(&tiers, *units));
        }
    }

    #[test]
    fn more_attainment_never_pays_less_where_no_rate_falls(
        steps in prop::collection::vec((1_u32..30, 0_u32..20, any::<bool>()), 1..5),
        units in 0_u32..150,
        more in 0_u32..50,
    ) {
        let (mut end, mut rate) = (0, 0);
        let rising: Vec<_> = steps.iter().map(|(length, step, retroactive)| {
            (end, rate) = (end + length, rate + step);
            (Some(end), rate, *retroactive)
        }).collect();
        let scale = scale(&rising, r#""accumulate": true"#);
        let paid = |units: u32| Payroll::of(&scale, &deals(&[units.into()])).total();
        prop_assert!(paid(units) <= paid(units + more));
    }

    #[test]
    fn what_is_taken_back_whole_was_never_paid(
        tiers in tiers(),
        before in 0_u32..40,
        units in 1_u32..40,
        after in 0_u32..40,
        parts in 1_i128..4,
    ) {
        let scale = scale(&tiers, r#""accumulate": true"#);
        let mut deals = deals(&[before.into(), units.into(), after.into()]);
        let whole = i128::from(units) * ONE;
        for part in 0..parts {
            let amount = whole * (part + 1) / parts - whole * part / parts;
            deals.push(Deal { amount: -amount, takes_back: Some(Earlier::OfThis(1)) });
        }
        let pay = Payroll::of(&scale, &deals);
        let back: i128 = (3..deals.len()).map(|at| pay.of_deal(at)).sum();
        prop_assert_eq!(back, -pay.of_deal(1));
    }

    #[test]
    fn a_component_never_pays_above_its_cap(
        tiers in tiers(),
        units in prop::collection::vec(-20_i128..60, 1..8),
        cap in 0_u32..10,
    ) {
        let more = format!(
            r#""accumulate": true, "cap": {{"micro": {}, "currency": "EUR"}}"#,
            i128::from(cap) * ONE
        );
        let pay = Payroll::of(&scale(&tiers, &more), &deals(&units));
        let cap = i128::from(cap) * ONE;
        prop_assert!(pay.total() <= cap);
        let uncapped = Payroll::of(&scale(&tiers, r#""accumulate": true"#), &deals(&units));
        if !pay.lines.iter().any(|line| line.reason == PayReason::Capped) {
            prop_assert_eq!(pay, uncapped);
        }
    }
}

#[test]
fn what_is_taken_back_does_not_lift_the_cap() {
    let tiers = [(Some(1_000), 5, false), (None, 20, true)];
    let cap = r#""accumulate": true, "cap": {"micro": 100000000, "currency": "EUR"}"#;
    let mut sold = deals(&[1_000, 50]);
    sold.push(Deal { amount: -50 * ONE, takes_back: Some(Earlier::OfThis(1)) });
    assert_eq!(Payroll::of(&scale(&tiers, cap), &sold).total(), 100 * ONE);
}

#[test]
fn the_end_of_a_tier_belongs_to_it_and_its_beginning_does_not() {
    let scale = scale(&[(Some(10), 100, false), (None, 200, true)], r#""accumulate": true"#);
    let paid = |units| Payroll::of(&scale, &deals(&[units])).total();
    assert_eq!([paid(10), paid(11)], [10 * ONE, 22 * ONE], "reached from 11 on, for all of it");
}

#[test]
fn a_later_sale_that_reaches_a_retroactive_tier_says_for_which_earlier_ones_it_pays() {
    let scale = scale(&[(Some(10), 100, false), (None, 200, true)], r#""accumulate": true"#);
    let pay = Payroll::of(&scale, &deals(&[4, 6, 5]));
    let shown = |it: &super::PayLine| (it.deal.unwrap(), it.reason, it.amount / ONE, it.pay / ONE);
    let lines: Vec<_> = pay.lines.iter().map(shown).collect();
    use PayReason::{Earned, Retroactive};
    assert_eq!(
        lines,
        [
            (0, Earned, 4, 4),
            (1, Earned, 6, 6),
            (0, Retroactive, 4, 4),
            (1, Retroactive, 6, 6),
            (2, Earned, 5, 10),
        ]
    );
}

#[test]
fn below_zero_is_carried_over_or_forgiven() {
    let carried = scale(&[(None, 100, false)], r#""accumulate": true"#);
    assert_eq!(Payroll::of(&carried, &deals(&[3, -5])).total(), -2 * ONE);
    let component = component(&[(None, 100, false)], r#""accumulate": true"#);
    let forgiving =
        PayComponent { below_zero: crate::event::pay::BelowZero::Forgiven, ..component };
    let forgiving = Scale::of(&forgiving, 0).unwrap();
    assert_eq!(Payroll::of(&forgiving, &deals(&[3, -5])).total(), 0);
    assert_eq!(Payroll::after(&carried, -2 * ONE, &[], &deals(&[3])).total(), 3 * ONE);
}

#[test]
fn a_bonus_is_paid_once_for_what_is_reached_at_the_end() {
    let bonus = r#""accumulate": true, "bonuses": [
        {"at_least": {"of_quota": "1"}, "pays": {"micro": 7000000, "currency": "EUR"}}]"#;
    let scale = scale(&[(None, 0, false)], bonus);
    let paid = |units: &[i128]| Payroll::of(&scale, &deals(units)).total();
    assert_eq!([paid(&[60, 39]), paid(&[60, 40]), paid(&[60, 60, -30])], [0, 7 * ONE, 0]);
}

#[test]
fn terms_that_are_none_are_refused() {
    let refusal = |tiers: &str| {
        let json = format!(
            r#"{{"name": "pay", "kind": "sales_volume", "accumulate": true,
                "below_zero": "forgiven", "tiers": [{tiers}]}}"#
        );
        Scale::of(&serde_json::from_str(&json).unwrap(), 0).unwrap_err()
    };
    let component = || "pay".to_owned();
    assert_eq!(refusal(""), ScaleError::NoTiers { component: component() });
    let first = r#"{"from": {"count": 0}, "to": {"count": 5}, "pays": {"rate": "0.1"}}"#;
    let then =
        |from: u32, rest: &str| format!(r#"{first}, {{"from": {{"count": {from}}}, {rest}}}"#);
    assert_eq!(
        refusal(&then(6, r#""pays": {"rate": "0.1"}"#)),
        ScaleError::Gap { component: component(), tier: 2 }
    );
    assert_eq!(
        refusal(&then(5, r#""to": {"count": 5}, "pays": {"rate": "0.1"}"#)),
        ScaleError::Empty { component: component(), tier: 2 }
    );
    assert_eq!(
        refusal(&then(5, r#""pays": {"multiplier": "1.5"}"#)),
        ScaleError::NoBaseRate { component: component(), tier: 2 }
    );
    assert_eq!(
        refusal(&then(5, r#""pays": {"when_full": {"micro": 1, "currency": "EUR"}}"#)),
        ScaleError::NeverFull { component: component(), tier: 2 }
    );
}

#[test]
fn what_comes_back_of_a_period_before_goes_at_the_rate_paid_then() {
    let scale = scale(&[(Some(10), 10, false), (None, 50, false)], r#""accumulate": true"#);
    let first = Payroll::of(&scale, &deals(&[10, 4]));
    assert_eq!(
        first.left,
        [10, 4]
            .map(|counts| counts * ONE)
            .into_iter()
            .zip([ONE, 2 * ONE])
            .map(|(counts, paid)| Left { counts, paid })
            .collect::<Vec<_>>()
    );
    // Half of the second comes back in the next period, then the rest and one more.
    let back =
        |amount: i128| Deal { amount: -amount * ONE, takes_back: Some(Earlier::OfBefore(1)) };
    let next = Payroll::after(&scale, 0, &first.left, &[Deal::new(20 * ONE), back(2), back(3)]);
    assert_eq!(next.of_deal(0), 6 * ONE);
    assert_eq!(next.of_deal(1), -ONE, "2 at a half, however much was sold since");
    assert_eq!(next.of_deal(2), -ONE - ONE / 2, "2 at a half, and 1 at the rate of now");
    assert_eq!(next.left_before[1], Left::default());
    assert_eq!(next.left_before[0], first.left[0]);
    assert_eq!(Payroll::after(&scale, 0, &[], &[back(2)]).total(), -2 * ONE / 10);
}
