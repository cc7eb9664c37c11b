//! The tenant's own rules.

use relatum_stream::StreamId;

use super::Row;
use crate::decide::Proposal;
use crate::event::policy::{
    AgeBasis, AgingPolicy, DunningAfter, DunningLevel, DunningPolicy, Policy, PolicySet,
};
use crate::ids::TenantId;
use crate::words::{eur, on};

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
    ]
}

#[test]
fn rules_that_hold_together_are_taken() {
    let none = std::collections::BTreeMap::new();
    for policy in [
        aging(AgeBasis::DueDate, &[-30, 0, 1]),
        aging(AgeBasis::DocumentDate, &[0, 30]),
        dunning(&[0, 5_00], Some(360)),
        Policy::OverdueGrace(3),
    ] {
        set(policy).decide(&none).unwrap();
    }
}
