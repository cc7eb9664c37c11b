//! The tenant's own rules.

use relatum_stream::StreamId;

use super::Row;
use crate::decide::Proposal;
use crate::event::activity::ActivityKind;
use crate::event::policy::{
    AgeBasis, AgingPolicy, BonusStep, CadenceTarget, ClientRule, DiscountRule, DunningAfter,
    DunningLevel, DunningPolicy, Pacing, Policy, PolicySet, Programme, SignalKind, SignalRule,
    SignalThreshold, StageProbability,
};
use crate::ids::TenantId;
use crate::words::{day, eur, on, value};

fn set(policy: Policy) -> Proposal {
    let tenant = StreamId::from(TenantId::own());
    Proposal::new(tenant, on("01-01", PolicySet { policy, reason: None }))
}

fn aging(basis: AgeBasis, bounds: &[i32]) -> Policy {
    Policy::Aging(AgingPolicy { basis, bounds: bounds.to_vec() })
}

fn dunning(fees: &[i64], day_count: Option<u16>) -> Policy {
    let level = |fee: &i64| DunningLevel { after: DunningAfter::DueDays(1), fee: Some(eur(*fee)) };
    let levels = fees.iter().map(level).collect();
    Policy::Dunning(DunningPolicy { levels, interest_per_year: None, day_count })
}

pub(super) fn rows() -> Vec<Row> {
    let row = |code, message: &str, policy| Row {
        code,
        message: message.into(),
        given: Vec::new(),
        when: set(policy),
    };
    vec![
        row(
            "policy_buckets",
            "bound 30 is not above 30 before it; write them ascending: 0,30,60,90,120",
            aging(AgeBasis::DueDate, &[0, 30, 30]),
        ),
        row(
            "policy_buckets",
            "bound 30 is not above 60 before it; write them ascending: 0,30,60,90,120",
            aging(AgeBasis::DueDate, &[0, 60, 30]),
        ),
        row(
            "policy_buckets",
            "at least one bound is needed, such as 0,30,60,90,120",
            aging(AgeBasis::DueDate, &[]),
        ),
        row(
            "policy_buckets",
            "bound -1 is below zero, but age by document date begins at 0",
            aging(AgeBasis::DocumentDate, &[-1, 30]),
        ),
        row(
            "policy_without_levels",
            "at least one level of reminders is needed",
            dunning(&[], None),
        ),
        row(
            "policy_fee_negative",
            "level 2 costs -0.01 EUR; a fee cannot be below zero",
            dunning(&[5_00, -1], None),
        ),
        row(
            "policy_day_count",
            "a year of 0 days makes no interest; write 360 or 365",
            dunning(&[0], Some(0)),
        ),
        row(
            "policy_plan_empty",
            "the pay plan `field` has no component that pays anything",
            plan("[]"),
        ),
        row(
            "policy_tiers",
            "tier 2 of `sales` does not begin where the tier before ends: each tier is (from, to], \
             and only the last may be open",
            plan(&component(
                r#"{"from": {"of_quota": "0"}, "to": {"of_quota": "1"}, "pays": {"rate": "0.05"}},
                   {"from": {"of_quota": "1.1"}, "pays": {"rate": "0.08"}}"#,
            )),
        ),
        row("policy_tiers", "`sales` has no tiers; state at least one", plan(&component(""))),
        row(
            "policy_plan_currencies",
            "`sales` names amounts in EUR and in USD; one component is in one",
            plan(&component(
                r#"{"from": {"value": {"micro": 0, "currency": "EUR"}},
                    "pays": {"each": {"micro": 1, "currency": "USD"}}}"#,
            )),
        ),
        row("policy_probability", "the probability of `won` is from 0 to 1, not 1.5", stage("1.5")),
        row("policy_no_months", "0 months hold no purchase; write at least 1", clients(12, 0)),
        row(
            "policy_season",
            "11 shares of a year are given; write twelve, from 0 up, or none",
            Policy::Pacing(Pacing::Seasonal(vec!["0.1".parse().unwrap(); 11])),
        ),
        row(
            "policy_discount",
            "a discount is from 0 to 1, not 5",
            Policy::Discounts(vec![DiscountRule {
                class: None,
                product_group: None,
                from_quantity: None,
                up_to: "5".parse().unwrap(),
            }]),
        ),
        row(
            "programme_ends_before_start",
            "programme spring ends on 2026-02-28, before it begins on 2026-03-01",
            programme("02-28", &[]),
        ),
        row(
            "programme_bonus",
            "programme spring: step 2 of the bonus is not above the one before it",
            programme("03-31", &["100", "100"]),
        ),
        row(
            "policy_cadence",
            "class A is to be contacted every 0 days; write 1 or more",
            cadence(&[("A", ActivityKind::Call, 0)]),
        ),
        row(
            "policy_cadence_twice",
            "class A is to be contacted by the same kind every 7 and 14 days",
            cadence(&[
                ("A", ActivityKind::Call, 7),
                ("A", ActivityKind::Visit, 30),
                ("A", ActivityKind::Call, 14),
            ]),
        ),
        row(
            "policy_no_horizon",
            "a risk that looks 0 days ahead is none; write at least 1",
            signals(0, &[]),
        ),
        row(
            "policy_threshold",
            "volume: an alert at 20 is milder than a watch at 30",
            signals(91, &[(SignalKind::Cadence, 10, 2), (SignalKind::Volume, 30, 20)]),
        ),
        row(
            "policy_threshold_twice",
            "volume is given thresholds twice",
            signals(91, &[(SignalKind::Volume, 30, 60), (SignalKind::Volume, 20, 50)]),
        ),
    ]
}

fn signals(horizon_days: u16, thresholds: &[(SignalKind, i32, i32)]) -> Policy {
    let threshold = |&(signal, watch, alert): &(_, _, _)| SignalThreshold { signal, watch, alert };
    let thresholds = thresholds.iter().map(threshold).collect();
    Policy::Signals(SignalRule { horizon_days, thresholds })
}

fn programme(until: &str, bonus: &[&str]) -> Policy {
    let step = |from: &&str| BonusStep { from: value(from), rate: "0.03".parse().unwrap() };
    Policy::Programme(Programme {
        name: "spring".to_owned(),
        from: day("03-01"),
        until: day(until),
        classes: Vec::new(),
        product_groups: Vec::new(),
        discount: None,
        bonus: bonus.iter().map(step).collect(),
    })
}

fn cadence(targets: &[(&str, ActivityKind, u16)]) -> Policy {
    let target = |(class, activity, every_days): &(&str, ActivityKind, u16)| CadenceTarget {
        class: (*class).to_owned(),
        activity: *activity,
        every_days: *every_days,
    };
    Policy::Cadence(targets.iter().map(target).collect())
}

fn plan(components: &str) -> Policy {
    let plan = format!(r#"{{"name": "field", "components": {components}}}"#);
    Policy::PayPlan(serde_json::from_str(&plan).unwrap())
}

fn component(tiers: &str) -> String {
    format!(
        r#"[{{"name": "sales", "kind": "sales_volume", "accumulate": true,
            "below_zero": "carried_over", "tiers": [{tiers}]}}]"#
    )
}

fn stage(probability: &str) -> Policy {
    let (stage, probability) = ("won".to_owned(), probability.parse().unwrap());
    Policy::StageProbability(vec![StageProbability { stage, probability, category: None }])
}

const fn clients(active_months: u16, new_after_months: u16) -> Policy {
    Policy::Clients(ClientRule { active_months, new_after_months })
}

#[test]
fn rules_that_hold_together_are_taken() {
    let none = std::collections::BTreeMap::new();
    for policy in [
        aging(AgeBasis::DueDate, &[-30, 0, 1]),
        aging(AgeBasis::DocumentDate, &[0, 30]),
        dunning(&[0, 5_00], Some(360)),
        Policy::OverdueGrace(3),
        plan(&component(r#"{"from": {"of_quota": "0.8"}, "pays": {"rate": "0.05"}}"#)),
        stage("1"),
        clients(1, 1),
        signals(91, &[(SignalKind::Contract, 120, 60)]),
        Policy::Pacing(Pacing::Seasonal(Vec::new())),
        Policy::Pacing(Pacing::Seasonal(vec!["1".parse().unwrap(); 12])),
    ] {
        set(policy).decide(&none).unwrap();
    }
}
