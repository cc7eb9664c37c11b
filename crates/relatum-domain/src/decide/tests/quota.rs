//! What is asked of managers and teams.

use relatum_stream::StreamId;

use super::Row;
use crate::decide::Proposal;
use crate::event::Event;
use crate::event::organisation::{QuotaEnd, QuotaKind, QuotaSet, Target};
use crate::ids::{Derived, ManagerId};
use crate::money::{Quantity, Value};
use crate::testing::given;
use crate::words::{day, eur, on};

fn manager() -> StreamId {
    ManagerId::derived("test", "M-1").into()
}

fn euros(units: i64) -> Target {
    Target::Value(Value::new(units * 1_000_000, eur(0).currency))
}

fn quota(kind: QuotaKind, target: Target, end: QuotaEnd) -> QuotaSet {
    QuotaSet { kind, target, end, product_group: None }
}

fn sales(end: QuotaEnd) -> QuotaSet {
    quota(QuotaKind::SalesVolume, euros(100), end)
}

fn until(text: &str) -> QuotaEnd {
    QuotaEnd::Day(day(text))
}

pub(super) fn rows() -> Vec<Row> {
    let row = |code, message: &str, given: Vec<Event>, when: Event| Row {
        code,
        message: message.into(),
        given: given.into_iter().map(|event| (manager(), event)).collect(),
        when: Proposal::new(manager(), when),
    };
    let count = Target::Count(3);
    vec![
        row(
            "quota_target",
            "a quota of sales_volume cannot ask for a number",
            Vec::new(),
            on("01-01", quota(QuotaKind::SalesVolume, count, until("03-31"))),
        ),
        row(
            "quota_target",
            "a quota of new_clients cannot ask for a quantity",
            Vec::new(),
            on(
                "01-01",
                quota(QuotaKind::NewClients, Target::Quantity(Quantity::whole(3)), until("03-31")),
            ),
        ),
        row(
            "quota_not_positive",
            "a quota asks for more than nothing, not 0.00 EUR",
            Vec::new(),
            on("01-01", quota(QuotaKind::SalesVolume, euros(0), until("03-31"))),
        ),
        row(
            "quota_ends_before_start",
            "the quota ends on 2026-03-30, before it begins on 2026-03-31",
            Vec::new(),
            on("03-31", sales(until("03-30"))),
        ),
        row(
            "quota_overlaps",
            "the quota of 2026-03-31 to 2026-06-30 overlaps that of 2026-01-01 to 2026-03-31",
            vec![on("01-01", sales(until("03-31")))],
            on("03-31", sales(until("06-30"))),
        ),
        row(
            "quota_overlaps",
            "the quota of 2026-01-01 to 2026-04-01 overlaps that of 2026-04-01 to 2026-06-30",
            vec![on("04-01", sales(until("06-30")))],
            on("01-01", sales(until("04-01"))),
        ),
    ]
}

#[test]
fn quotas_beside_each_other_are_taken() {
    let tea = QuotaSet { product_group: Some("tea".into()), ..sales(until("12-31")) };
    let clients = quota(QuotaKind::ActiveClients, Target::Count(9), until("03-31"));
    let open = sales(QuotaEnd::BeforeNext(day("12-31")));
    let steps = [
        on("01-01", sales(until("03-31"))),
        on("01-01", tea),
        on("01-01", clients),
        on("04-01", open.clone()),
        on("07-01", open),
    ];
    let mut history = given(manager(), []);
    for event in steps {
        let proposal = Proposal::new(manager(), event.clone());
        history = history.when(proposal).then([event]);
    }
}
