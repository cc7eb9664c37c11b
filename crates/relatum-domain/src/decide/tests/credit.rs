//! What is sold on credit: limits, holds, approvals.

use super::{Row, legal, row};
use crate::decide::Proposal;
use crate::event::credit::{
    ApprovalGiven, CreditHeld, CreditLimitSet, CreditReleased, ExposureKind,
};
use crate::event::document::{DraftSaved, InvoiceIssued};
use crate::event::line::InvoiceLine;
use crate::event::order::{OrderCancelled, OrderPlaced};
use crate::event::policy::{Policy, PolicySet};
use crate::event::{Event, EventBody};
use crate::ids::TenantId;
use crate::testing::given;
use crate::words::{
    acme, bounced, credit, day, document, eur, id, invoice, line, on, paid, to, usd, value,
};

fn order(name: &str, net: &str) -> OrderPlaced {
    OrderPlaced {
        order: id(name),
        number: name.into(),
        company: None,
        manager: None,
        credit: Vec::new(),
        ship_to: None,
        lines: vec![line("P", "10", net)],
        net: value(net),
        tax: None,
        freight: None,
        wanted: None,
        contract: None,
        offer: None,
    }
}

/// An invoice over so many of the ten pieces of an order.
fn invoice_of(name: &str, order: &str, pieces: &str, minor: i64) -> InvoiceIssued {
    let mut document = document(name, eur(minor)).due(day("03-01"));
    document.lines = vec![InvoiceLine {
        line: line("P", pieces, "0"),
        order: Some(id(order)),
        order_line: Some(0),
        delivery: None,
    }];
    InvoiceIssued(document)
}

fn limit(kind: ExposureKind, minor: i64) -> CreditLimitSet {
    CreditLimitSet { kind, limit: Some(eur(minor)), until: None, reason: None }
}

fn held() -> CreditHeld {
    CreditHeld { reason: "insolvent".into() }
}

fn approval(code: &str, order: Option<&str>, document: Option<&str>) -> ApprovalGiven {
    ApprovalGiven {
        overrides: code.into(),
        order: order.map(id),
        document: document.map(id),
        offer: None,
        discount: None,
        up_to: Some(eur(100_00)),
        until: Some(day("02-10")),
        approver: id("boss"),
        reason: "a good client".into(),
    }
}

pub(super) fn rows() -> Vec<Row> {
    let total = || on("01-01", limit(ExposureKind::Total, 100_00));
    vec![
        row(
            "credit_held",
            "nothing is sold on credit: insolvent",
            [on("01-05", held())],
            on("02-01", order("O1", "1")),
        ),
        row(
            "credit_limit_exceeded",
            "total exposure would be 100.01 EUR after 60.00 EUR, the limit is 100.00 EUR",
            [total(), on("01-02", invoice("I1", 60_00))],
            on("02-01", order("O1", "40.01")),
        ),
        row(
            "credit_limit_exceeded",
            "what is overdue would be 60.00 EUR after 60.00 EUR, the limit is 59.99 EUR",
            [
                on("01-01", limit(ExposureKind::Overdue, 59_99)),
                on("01-02", InvoiceIssued(document("I1", eur(60_00)).due(day("01-31")))),
            ],
            on("02-01", order("O1", "1")),
        ),
        row(
            "credit_limit_exceeded",
            "orders not yet invoiced would be 100.00 EUR after 0.00 EUR, the limit is 99.00 EUR",
            [on("01-01", limit(ExposureKind::Orders, 99_00))],
            on("02-01", order("O1", "100")),
        ),
        row(
            "credit_limit_exceeded",
            "what came back would be 60.00 EUR after 60.00 EUR, the limit is 0.00 EUR",
            [
                on("01-01", limit(ExposureKind::Returned, 0)),
                on("01-02", invoice("I1", 60_00)),
                on("01-03", paid("P1", 60_00, [to("I1", 60_00)])),
                on("01-10", bounced("P1")),
            ],
            on("02-01", invoice("I2", 1)),
        ),
        row(
            "credit_limit_exceeded",
            "drafts would be 5.00 EUR after 0.00 EUR, the limit is 4.99 EUR",
            [on("01-01", limit(ExposureKind::Drafts, 4_99))],
            on("02-01", DraftSaved(document("D1", eur(5_00)))),
        ),
        row(
            "credit_limit_exceeded",
            "what is open would be 5.00 EUR after 0.00 EUR, the limit is 4.99 EUR",
            [on("01-01", limit(ExposureKind::Open, 4_99))],
            on("02-01", InvoiceIssued(document("I1", eur(5_00)).due(day("02-01")))),
        ),
        row(
            "credit_limit_negative",
            "the limit is -0.01 EUR; it cannot be below zero",
            [],
            on("01-01", limit(ExposureKind::Total, -1)),
        ),
    ]
}

fn total() -> Event {
    on("01-01", limit(ExposureKind::Total, 100_00))
}

#[test]
fn what_moves_from_order_to_draft_to_invoice_is_counted_once() {
    legal([
        total(),
        on("01-02", order("O1", "100")),
        on("01-03", DraftSaved(invoice_of("I1", "O1", "10", 100_00).0)),
        on("01-04", invoice_of("I1", "O1", "10", 100_00)),
    ]);
    // Half of it invoiced: half of it is left.
    given(acme(), [total(), on("01-02", order("O1", "100"))])
        .and(acme(), [on("01-03", invoice_of("I1", "O1", "5", 50_00))])
        .when(on("01-04", order("O2", "0.01")))
        .then_refused_with(
            "total exposure would be 100.01 EUR after 100.00 EUR, the limit is 100.00 EUR",
        );
    // A cancelled order leaves the exposure; so does what a credit settles.
    given(acme(), [total(), on("01-02", order("O1", "100"))])
        .and(acme(), [on("01-03", OrderCancelled { order: id("O1"), reason: None })])
        .when(on("01-04", order("O2", "100")))
        .then_accepted();
    given(acme(), [total(), on("01-02", invoice("I1", 100_00))])
        .and(acme(), [on("01-03", credit("C1", 30_00, []))])
        .when(on("01-04", order("O2", "30")))
        .then_accepted();
}

#[test]
fn a_limit_ends_and_the_one_before_holds_again() {
    let raised = CreditLimitSet { until: Some(day("02-10")), ..limit(ExposureKind::Total, 500_00) };
    let given = given(acme(), [total(), on("02-01", raised)]);
    given.clone().when(on("01-31", order("O1", "101"))).then_refused("credit_limit_exceeded");
    given.clone().when(on("02-10", order("O1", "101"))).then_accepted();
    given.clone().when(on("02-11", order("O1", "101"))).then_refused("credit_limit_exceeded");
    let lifted = CreditLimitSet { limit: None, ..limit(ExposureKind::Total, 0) };
    given.and(acme(), [on("02-11", lifted)]).when(on("02-11", order("O1", "101"))).then_accepted();
}

#[test]
fn an_approval_overrides_for_its_order_its_sum_and_its_days() {
    let code = "credit_limit_exceeded";
    let full = || given(acme(), [total(), on("01-02", invoice("I1", 100_00))]);
    let with = |it| full().and(acme(), [on("02-01", it)]);
    let of_order = || approval(code, Some("O1"), None);
    with(of_order()).when(on("02-10", order("O1", "100"))).then_accepted();
    with(of_order()).when(on("02-11", order("O1", "100"))).then_refused(code);
    with(of_order()).when(on("02-10", order("O1", "100.01"))).then_refused(code);
    with(of_order()).when(on("02-10", order("O2", "100"))).then_refused(code);
    with(approval("credit_held", Some("O1"), None))
        .when(on("02-10", order("O1", "100")))
        .then_refused(code);
    with(approval(code, None, Some("I2"))).when(on("02-10", invoice("I2", 1))).then_accepted();
    // The order that was approved may be invoiced too.
    with(of_order())
        .and(acme(), [on("02-02", order("O1", "50"))])
        .when(on("02-03", invoice_of("I2", "O1", "10", 60_00)))
        .then_accepted();
}

#[test]
fn a_hold_stops_what_raises_the_exposure_until_it_is_released() {
    let given = given(acme(), [on("01-01", order("O1", "50")), on("01-05", held())]);
    given.clone().when(on("01-04", order("O2", "1"))).then_accepted();
    given.clone().when(on("01-05", order("O2", "1"))).then_refused("credit_held");
    // What was delivered is invoiced.
    given.clone().when(on("01-06", invoice_of("I1", "O1", "10", 50_00))).then_accepted();
    let released = CreditReleased { reason: "paid".into() };
    given.and(acme(), [on("01-10", released)]).when(on("01-10", order("O2", "1"))).then_accepted();
}

#[test]
fn days_of_grace_and_other_money() {
    let overdue = || {
        let limit = on("01-01", limit(ExposureKind::Overdue, 0));
        let invoice = InvoiceIssued(document("I1", eur(60_00)).due(day("01-31")));
        given(acme(), [limit, on("01-02", invoice)])
    };
    let rule = |policy| on("01-01", PolicySet { policy, reason: None });
    let grace = rule(Policy::OverdueGrace(3));
    let patient = overdue().and(TenantId::own(), [grace]);
    patient.clone().when(on("02-03", order("O1", "1"))).then_accepted();
    patient.when(on("02-04", order("O1", "1"))).then_refused("credit_limit_exceeded");
    // Dollars count towards a limit in the base currency at their document's rate.
    let mut foreign = document("I1", usd(100_00));
    foreign.base_rate = Some("0.9".parse().unwrap());
    let abroad = given(acme(), [total(), on("01-02", InvoiceIssued(foreign))]);
    let base = rule(Policy::BaseCurrency("EUR".parse().unwrap()));
    abroad.and(TenantId::own(), [base]).when(on("01-03", order("O1", "10.01"))).then_refused_with(
        "total exposure would be 100.01 EUR after 90.00 EUR, the limit is 100.00 EUR",
    );
    let body: EventBody = order("O1", "1").into();
    assert!(Proposal::new(acme(), on("01-01", body)).reads_policies());
}
