//! Statements of pay: against attainment, and their rules.

use proptest::prelude::*;
use relatum_domain::event::account::AccountAssigned;
use relatum_domain::event::order::GoodsReturned;
use relatum_domain::event::organisation::{PayPlanAssigned, QuotaEnd, QuotaKind, QuotaSet, Target};
use relatum_domain::event::pay::PayPlan;
use relatum_domain::event::policy::{Policy, PolicySet};
use relatum_domain::selling::PayReason;
use relatum_domain::{Derived, OrderId, ReturnId, TenantId, View};
use relatum_projections::{PayOptions, PayStatement, QuotaOptions, QuotaOwner, QuotaReport};
use relatum_stream::EventRef;

use crate::generated::{book, manager, ops, placed, returned};
use crate::raw::{Raw, account, day, worth};

const ONE: i64 = 1_000_000;

/// A plan with one component on sales; more terms of it, and of the plan.
fn plan(tiers: &str, terms: &str, more: &str) -> PayPlan {
    let json = format!(
        r#"{{"name": "field", "components": [{{
            "name": "commission", "kind": "sales_volume", "accumulate": true,
            "below_zero": "carried_over", "tiers": [{tiers}] {terms}}}] {more}}}"#
    );
    serde_json::from_str(&json).unwrap()
}

const TENTH: &str = r#"{"from": {"of_quota": "0"}, "pays": {"rate": "0.1"}}"#;

fn has(raw: &mut Raw, from: i64, plan: PayPlan) -> EventRef {
    let assigned = PayPlanAssigned { plan: plan.name.clone(), until: None, on_target: None };
    raw.on(from, manager(0), assigned);
    let policy = Policy::PayPlan(plan);
    raw.on(from, TenantId::own(), PolicySet { policy, reason: None })
}

fn statement(raw: &Raw, on: i64) -> Option<PayStatement> {
    let (models, view) = (raw.models(), View::as_of(day(on)));
    let options = PayOptions { manager: manager(0) };
    let heard = options.part(&models, &models, &view);
    options.whole(&models, &view, vec![heard])
}

/// What is paid, in cents.
fn paid(raw: &Raw, on: i64) -> i128 {
    let total = statement(raw, on).unwrap().total;
    total.iter().map(|sum| sum.micro / 10_000).sum()
}

/// A manager with a plan, an account and quotas of 1,000 for days 0 to 29, 30 to 59, 60 to 89.
fn with(plan: PayPlan) -> Raw {
    let mut raw = Raw::default();
    has(&mut raw, -10, plan);
    for from in [0, 30, 60] {
        let target = Target::Value(worth(1_000 * ONE));
        let (kind, end) = (QuotaKind::SalesVolume, QuotaEnd::Day(day(from + 29)));
        raw.on(from, manager(0), QuotaSet { kind, target, end, product_group: None });
    }
    let assigned = AccountAssigned { manager: manager(0), credit: Vec::new() };
    raw.on(-10, account(1), assigned);
    raw
}

fn order(raw: &mut Raw, on: i64, number: &str, euros: i64) {
    let id = OrderId::derived("test", number);
    raw.on(on, account(1), placed(id, None, &[(1, euros * ONE)]));
}

fn back(raw: &mut Raw, on: i64, number: &str, euros: i64) {
    let it =
        returned(ReturnId::derived("test", &format!("{number}/{on}")), None, worth(euros * ONE));
    let order = Some(OrderId::derived("test", number));
    raw.on(on, account(1), GoodsReturned { order, ..it });
}

proptest! {
    #![proptest_config(crate::generated::books(96))]

    #[test]
    fn one_rate_pays_that_of_what_is_attained(ops in ops(60), on in 0..300_i64) {
        let mut raw = book(&ops);
        has(&mut raw, -10, plan(TENTH, "", ""));
        let Some(statement) = statement(&raw, on) else { return Ok(()) };
        let part = &statement.parts[0];
        let Some(quota) = part.quota else { return Ok(()) };
        let view = View::as_of(day(on));
        let report = QuotaReport::of(&raw.models(), &QuotaOptions::default(), &view);
        let mine = report.lines.iter().filter(|it| {
            it.owner == QuotaOwner::Manager(manager(0))
                && (it.from, it.to, it.quota) == (statement.from, statement.to, quota)
        });
        prop_assert!(mine.clone().any(|it| it.attained == part.attained));
        let items: i128 = part.items.iter().map(|it| it.pay.micro).sum();
        let total = items + part.carried_in.micro;
        prop_assert_eq!(part.pay.micro, total.max(0));
        prop_assert_eq!(part.carried_out.micro, total.min(0));
        // A tenth, to the cent; what is taken back goes at the rate that was paid.
        prop_assert!((items * 10 - part.attained.micro).abs() <= 60_000, "{:?}", part);
    }
}

#[test]
fn a_plan_that_changes_later_changes_no_statement_of_before() {
    let mut raw = with(plan(TENTH, "", ""));
    order(&mut raw, 5, "a", 500);
    order(&mut raw, 35, "b", 500);
    let before = statement(&raw, 29);
    assert_eq!((paid(&raw, 29), paid(&raw, 40)), (50_00, 50_00));
    let fifth = r#"{"from": {"of_quota": "0"}, "pays": {"rate": "0.2"}}"#;
    let set = has(&mut raw, 30, plan(fifth, "", ""));
    assert_eq!(statement(&raw, 29), before);
    assert_eq!(paid(&raw, 40), 100_00);
    assert_eq!(statement(&raw, 40).unwrap().policy, Some(set));
}

#[test]
fn what_comes_back_goes_at_the_rate_that_was_paid_for_it() {
    let tiers = r#"
        {"from": {"of_quota": "0"}, "to": {"of_quota": "1"}, "pays": {"rate": "0.1"}},
        {"from": {"of_quota": "1"}, "pays": {"rate": "0.3"}}"#;
    let mut raw = with(plan(tiers, "", ""));
    order(&mut raw, 1, "a", 1_000);
    order(&mut raw, 2, "b", 400);
    assert_eq!(paid(&raw, 9), 220_00);
    back(&mut raw, 3, "a", 500);
    assert_eq!(paid(&raw, 9), 170_00, "500 of the first order, at a tenth");
    back(&mut raw, 4, "b", 100);
    assert_eq!(paid(&raw, 9), 140_00, "100 of the second, at three tenths");
    let reasons = |raw: &Raw| {
        let items = statement(raw, 9).unwrap().parts[0].items.clone();
        items.iter().map(|it| it.reason).collect::<Vec<_>>()
    };
    use PayReason::{ClawedBack, Earned};
    assert_eq!(reasons(&raw), [Earned, Earned, ClawedBack, ClawedBack]);
}

#[test]
fn less_than_nothing_is_carried_into_the_next_period() {
    let mut raw = with(plan(TENTH, "", ""));
    order(&mut raw, 1, "a", 600);
    back(&mut raw, 31, "a", 400);
    order(&mut raw, 61, "b", 900);
    let carried = |on| {
        let part = &statement(&raw, on).unwrap().parts[0];
        (part.carried_in.micro / 10_000, part.pay.micro / 10_000, part.carried_out.micro / 10_000)
    };
    let expected = [(0, 60_00, 0), (0, 0, -40_00), (-40_00, 50_00, 0)];
    assert_eq!([9, 40, 70].map(carried), expected);
}

#[test]
fn a_gate_that_is_not_reached_pays_what_it_says() {
    let tiers = r#"
        {"from": {"of_quota": "0"}, "to": {"of_quota": "1"}, "pays": {"rate": "0.1"}},
        {"from": {"of_quota": "1"}, "pays": {"rate": "0.3"}}"#;
    let gate = |otherwise: &str| {
        format!(
            r#", "gates": [{{"kind": "sales_volume", "on_day": 10,
            "at_least": {{"of_quota": "0.5"}}, "otherwise": "{otherwise}"}}]"#
        )
    };
    let books = ["nothing", "lowest_tier"].map(|otherwise| {
        let mut raw = with(plan(tiers, &gate(otherwise), ""));
        order(&mut raw, 1, "a", 400);
        order(&mut raw, 12, "b", 1_000);
        raw
    });
    let [nothing, lowest] = &books;
    let open = |raw: &Raw, on| statement(raw, on).unwrap().parts[0].gates_open;
    assert_eq!((open(nothing, 8), open(nothing, 9)), (None, Some(false)), "day 10 of the period");
    assert_eq!([8, 20].map(|on| paid(nothing, on)), [40_00, 0]);
    assert_eq!([8, 20].map(|on| paid(lowest, on)), [40_00, 140_00], "a tenth of everything");
    let mut reached = books[0].clone();
    order(&mut reached, 9, "c", 100);
    assert_eq!(paid(&reached, 20), 250_00, "1,000 at a tenth, 500 at three");
}

#[test]
fn misses_in_a_row_become_a_watch() {
    let mut raw = with(plan(TENTH, "", r#", "probation": {"below": "0.8", "misses": 2}"#));
    order(&mut raw, 1, "a", 799);
    order(&mut raw, 31, "b", 100);
    let watch = |raw: &Raw, on| {
        let statement = statement(raw, on).unwrap();
        (statement.misses.unwrap(), statement.watch)
    };
    assert_eq!([28, 29, 59].map(|on| watch(&raw, on)), [(0, false), (1, false), (2, true)]);
    order(&mut raw, 32, "c", 700);
    assert_eq!(watch(&raw, 59), (0, false), "the second one reached its mark");
}

#[test]
fn without_a_plan_or_a_quota_there_is_no_statement() {
    let raw = with(plan(TENTH, "", ""));
    assert!(statement(&raw, 90).is_none(), "no quota runs");
    let mut other = Raw::default();
    order(&mut other, 1, "a", 100);
    assert!(statement(&other, 5).is_none());
}

#[test]
fn where_no_quota_is_set_shares_of_one_pay_nothing() {
    let mut raw = with(plan(TENTH, "", ""));
    let clients = Target::Count(3);
    let (kind, end) = (QuotaKind::NewClients, QuotaEnd::Day(day(119)));
    let set = QuotaSet { kind, target: clients, end, product_group: None };
    raw.on(90, manager(0), set);
    order(&mut raw, 61, "a", 500);
    order(&mut raw, 95, "b", 700);
    let part = &statement(&raw, 99).unwrap().parts[0];
    assert_eq!((part.quota, part.attained.micro), (None, 700_000_000), "of this period alone");
    assert_eq!((part.pay.micro, part.items.len()), (0, 0));
    let absolute =
        r#"{"from": {"value": {"micro": 0, "currency": "EUR"}}, "pays": {"rate": "0.1"}}"#;
    has(&mut raw, 90, plan(absolute, "", ""));
    assert_eq!(paid(&raw, 99), 70_00);
}

#[test]
fn a_gate_counts_what_it_names() {
    let gate = r#", "gates": [{"kind": "sales_volume", "product_group": "tea",
        "at_least": {"value": {"micro": 300000000, "currency": "EUR"}}, "otherwise": "nothing"}]"#;
    let mut raw = with(plan(TENTH, gate, ""));
    order(&mut raw, 1, "a", 900);
    assert_eq!(paid(&raw, 29), 0, "no tea was sold");
    let mut tea = placed(OrderId::derived("test", "b"), None, &[(1, 300 * ONE)]);
    tea.lines[0].group = Some("tea".to_owned());
    raw.on(2, account(1), tea);
    assert_eq!(paid(&raw, 29), 120_00);
    let of_quota =
        gate.replace(r#""value": {"micro": 300000000, "currency": "EUR"}"#, r#""of_quota": "0.8""#);
    has(&mut raw, -5, plan(TENTH, &of_quota, ""));
    assert_eq!(paid(&raw, 29), 0, "of a quota of tea that is not set nothing is reached");
}

#[test]
fn what_was_left_below_zero_was_left_under_the_terms_of_then() {
    let mut raw = with(plan(TENTH, "", ""));
    order(&mut raw, 1, "a", 600);
    back(&mut raw, 31, "a", 400);
    order(&mut raw, 61, "b", 900);
    let fifth = r#"{"from": {"of_quota": "0"}, "pays": {"rate": "0.2"}}"#;
    has(&mut raw, 60, plan(fifth, "", ""));
    let part = &statement(&raw, 70).unwrap().parts[0];
    assert_eq!((part.carried_in.micro, part.pay.micro), (-40_000_000, 140_000_000));
}

#[test]
fn what_comes_back_in_a_later_period_goes_at_the_rate_that_was_paid_for_it() {
    let tiers = r#"
        {"from": {"of_quota": "0"}, "to": {"of_quota": "1"}, "pays": {"rate": "0.1"}},
        {"from": {"of_quota": "1"}, "pays": {"rate": "0.3"}}"#;
    let mut raw = with(plan(tiers, "", ""));
    order(&mut raw, 1, "a", 1_000);
    order(&mut raw, 2, "b", 400);
    order(&mut raw, 31, "c", 500);
    assert_eq!((paid(&raw, 29), paid(&raw, 59)), (220_00, 50_00));
    // Of the order that was paid at three tenths; a period later, and another one later.
    back(&mut raw, 32, "b", 100);
    assert_eq!(paid(&raw, 59), 20_00);
    back(&mut raw, 61, "b", 100);
    back(&mut raw, 62, "a", 10);
    assert_eq!(statement(&raw, 89).unwrap().parts[0].carried_out.micro, -31 * i128::from(ONE));
    assert_eq!((paid(&raw, 29), paid(&raw, 59)), (220_00, 20_00), "nothing of before changes");
    let reasons = statement(&raw, 89).unwrap().parts.remove(0).items;
    assert!(reasons.iter().all(|it| it.reason == PayReason::ClawedBack), "{reasons:?}");
}

#[test]
fn what_was_not_paid_because_of_a_gate_is_not_taken_back() {
    let gate = r#", "gates": [{"kind": "sales_volume", "at_least": {"of_quota": "1"},
        "otherwise": "nothing"}]"#;
    let mut raw = with(plan(TENTH, gate, ""));
    order(&mut raw, 1, "a", 900);
    order(&mut raw, 31, "b", 2_000);
    back(&mut raw, 40, "a", 900);
    assert_eq!((paid(&raw, 29), paid(&raw, 59)), (0, 200_00));
}
