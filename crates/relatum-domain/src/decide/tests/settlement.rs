//! Allocations, write-offs, refunds, disputes and promises.

use super::{Row, legal, row};
use crate::decide::Proposal;
use crate::event::settlement::{
    Application, CreditSource, DisputeOpened, DisputeResolved, NettedWithPayables, PaidByOther,
    PromiseMade, RefundPaid, RemindedItem, ReminderSent, WriteOffRecovered,
};
use crate::ids::{DisputeId, DocumentId, PaymentId, RefundId};
use crate::money::Money;
use crate::words::{
    acme, allocated, child, credit, day, eur, from_document, from_payment, id, invoice, on, paid,
    payment, schedule, to, undone, usd, written_off,
};

fn refund(name: &str, minor: i64, of: Option<CreditSource>) -> RefundPaid {
    RefundPaid { refund: id(name), of, amount: eur(minor), reason: None }
}

fn netted<const N: usize>(applications: [Application; N]) -> NettedWithPayables {
    NettedWithPayables { netting: id("N1"), applications: applications.into(), reference: None }
}

fn recovered<const N: usize>(applications: [Application; N]) -> WriteOffRecovered {
    WriteOffRecovered { applications: applications.into(), reason: None }
}

fn disputed(amount: Option<Money>) -> DisputeOpened {
    DisputeOpened {
        dispute: id("dispute"),
        document: id("I1"),
        installment: None,
        amount,
        reason: None,
        owner: None,
    }
}

fn settled() -> DisputeResolved {
    DisputeResolved { dispute: id("dispute"), resolution: None }
}

fn promise(minor: i64, by: &str) -> PromiseMade {
    PromiseMade {
        promise: id("promise"),
        amount: eur(minor),
        by: day(by),
        documents: Vec::new(),
        contact: None,
    }
}

fn reminder(level: u8) -> ReminderSent {
    let item = RemindedItem { document: id("I1"), installment: None, level };
    ReminderSent { items: vec![item], fee: None, interest: None }
}

fn reminder_rows() -> Vec<Row> {
    let i1 = id::<DocumentId>("I1");
    let owed = || on("01-01", invoice("I1", 50_00));
    vec![
        row(
            "reminder_before_last",
            "a reminder of 2026-01-20 would come before the last one of 2026-02-01",
            [owed(), on("02-01", reminder(1))],
            on("01-20", reminder(2)),
        ),
        row(
            "reminder_nothing_open",
            format!("document {i1} has nothing open to remind of"),
            [owed(), on("01-02", paid("P1", 50_00, [to("I1", 50_00)]))],
            on("02-01", reminder(1)),
        ),
        row(
            "reminder_level",
            format!("document {i1} is at level 1; the next one is 2, not 3"),
            [owed(), on("02-01", reminder(1))],
            on("02-20", reminder(3)),
        ),
    ]
}

#[test]
fn reminders_go_on_level_by_level() {
    let owed = on("01-01", invoice("I1", 50_00));
    legal([owed, on("02-01", reminder(1)), on("02-01", reminder(2)), on("03-01", reminder(3))]);
}

pub(super) fn rows() -> Vec<Row> {
    let mut rows = undoing_rows();
    rows.extend(reminder_rows());
    rows.extend(other_rows());
    rows
}

fn undoing_rows() -> Vec<Row> {
    let (i1, i2) = (id::<DocumentId>("I1"), id::<DocumentId>("I2"));
    let start = || on("01-01", invoice("I1", 100_00));
    let half_paid = || on("01-02", paid("P1", 60_00, [to("I1", 50_00)]));
    let applied = |applied: &str, undone: &str| {
        format!("what is to be undone was applied with {applied} EUR, {undone} EUR was given")
    };
    let nothing = "nothing is settled: at least one application above zero is needed";
    let unknown = |document: DocumentId| format!("document {document} is not known");
    let p1 = || from_payment("P1");
    vec![
        row("nothing_settled", nothing, [start()], on("01-02", allocated(p1(), []))),
        row("nothing_settled", nothing, [start()], on("01-02", undone(p1(), []))),
        row("nothing_settled", nothing, [start()], on("01-02", written_off([to("I1", 0)]))),
        row("nothing_settled", nothing, [start()], on("01-02", netted([]))),
        row(
            "document_unknown",
            unknown(i2),
            [start(), half_paid()],
            on("01-03", undone(p1(), [to("I2", 1)])),
        ),
        row("document_unknown", unknown(i1), [], on("01-03", disputed(None))),
        row(
            "document_unknown",
            unknown(i1),
            [],
            on("01-03", written_off([to("I1", 5_00).of_child()])),
        ),
        row(
            "document_unknown",
            unknown(i1),
            [],
            on("01-03", credit("C1", 5_00, [to("I1", 5_00).of_child()])),
        ),
        row(
            "document_unknown",
            unknown(i1),
            [on("01-01", credit("C1", 5_00, []))],
            on("01-03", allocated(from_document("C1"), [to("I1", 5_00).of_child()])),
        ),
        row(
            "above_credit",
            "10.00 EUR is available, 10.01 EUR was applied",
            [start(), half_paid()],
            on("01-03", allocated(p1(), [to("I1", 10_01)])),
        ),
        row(
            "above_credit",
            "0.00 EUR is available, 1.00 EUR was applied",
            [start()],
            on("01-03", allocated(p1(), [to("I1", 1_00)])),
        ),
        row(
            "above_open",
            format!("document {i1} has 50.00 EUR open, 50.01 EUR was applied"),
            [start(), half_paid()],
            on("01-03", written_off([to("I1", 50_01)])),
        ),
        row(
            "above_applied",
            applied("50.00", "50.01"),
            [start(), half_paid()],
            on("01-03", undone(p1(), [to("I1", 25_00), to("I1", 25_01)])),
        ),
        row(
            // Settled, but by another payment.
            "above_applied",
            applied("0.00", "50.00"),
            [start(), half_paid(), on("01-02", paid("P2", 5_00, []))],
            on("01-03", undone(from_payment("P2"), [to("I1", 50_00)])),
        ),
        row(
            // Paid, but not written off.
            "above_applied",
            applied("0.00", "50.00"),
            [start(), half_paid()],
            on("01-03", recovered([to("I1", 50_00)])),
        ),
        row(
            // Applied, but not yet by then.
            "above_applied",
            applied("0.00", "50.00"),
            [start(), on("01-02", paid("P1", 60_00, [to("I1", 50_00).dated("03-01")]))],
            on("02-01", undone(p1(), [to("I1", 50_00)])),
        ),
        row(
            // Oldest first: nothing went to the second part.
            "above_applied",
            applied("0.00", "20.00"),
            [
                on("01-01", schedule("I1", &[("02-01", 30_00), ("03-01", 70_00)])),
                on("01-02", paid("P1", 30_00, [to("I1", 30_00)])),
            ],
            on("01-03", undone(p1(), [to("I1", 20_00).part(1)])),
        ),
    ]
}

fn other_rows() -> Vec<Row> {
    let i1: DocumentId = id("I1");
    let dispute: DisputeId = id("dispute");
    let start = || on("01-01", invoice("I1", 100_00));
    let on_account = || on("01-02", paid("P1", 60_00, []));
    let cannot = |open: &str, amount: &str| {
        format!("document {i1} has {open} EUR open; {amount} EUR cannot be disputed")
    };
    let foreign =
        PaidByOther { payer: id("acme"), payment: id("P9"), applications: vec![to("I1", 5_00)] };
    vec![
        Row {
            code: "payment_unknown",
            message: format!(
                "payment {} of account {} is not known",
                id::<PaymentId>("P9"),
                acme().id
            ),
            given: vec![(child(), start())],
            when: Proposal::new(child(), on("01-02", foreign)),
        },
        row(
            "refund_exists",
            format!("refund {} already exists", id::<RefundId>("R1")),
            [on("01-02", refund("R1", 5_00, None))],
            on("01-03", refund("R1", 5_00, None)),
        ),
        row(
            "above_credit",
            "60.00 EUR is available, 60.01 EUR was applied",
            [on_account()],
            on("01-03", refund("R1", 60_01, Some(from_payment("P1")))),
        ),
        row(
            "settlement_amount",
            "USD and EUR cannot be combined without a stated rate",
            [on("01-02", payment("P1", usd(60_00), []))],
            on("01-03", refund("R1", 50_00, Some(from_payment("P1")))),
        ),
        row(
            "dispute_exists",
            format!("dispute {dispute} already exists"),
            [start(), on("01-02", disputed(None))],
            on("01-03", disputed(Some(eur(5_00)))),
        ),
        row(
            // It would be resolved from its first day on.
            "dispute_exists",
            format!("dispute {dispute} already exists"),
            [start(), on("01-02", disputed(None)), on("01-03", settled())],
            on("01-04", disputed(None)),
        ),
        row(
            "dispute_above_open",
            cannot("100.00", "100.01"),
            [start()],
            on("01-02", disputed(Some(eur(100_01)))),
        ),
        row(
            "dispute_above_open",
            cannot("0.00", "0.00"),
            [start(), on("01-02", paid("P1", 100_00, [to("I1", 100_00)]))],
            on("01-03", disputed(None)),
        ),
        row(
            "application_currency",
            format!("document {i1} is in EUR, USD was applied"),
            [start()],
            on("01-02", disputed(Some(usd(5_00)))),
        ),
        row(
            "dispute_not_open",
            format!("dispute {dispute} is not open"),
            [start(), on("01-02", disputed(None)), on("01-03", settled())],
            on("01-04", settled()),
        ),
        row(
            "amount_not_positive",
            "-1.00 EUR was given; it must be above zero",
            [],
            on("01-01", promise(-1_00, "02-01")),
        ),
        row(
            "promise_in_past",
            "the promise is for 2026-01-31, before its own day 2026-02-01",
            [],
            on("02-01", promise(1_00, "01-31")),
        ),
    ]
}

#[test]
fn write_off_netting_dispute_and_promise() {
    legal([
        on("01-01", invoice("I1", 100_00)),
        on("01-02", disputed(Some(eur(100_00)))),
        on("01-03", settled()),
        on("01-04", netted([to("I1", 30_00)])),
        on("01-05", written_off([to("I1", 70_00)])),
        on("01-06", recovered([to("I1", 20_00)])),
        on("01-07", paid("P1", 20_00, [to("I1", 20_00)])),
        on("01-08", promise(1_00, "01-08")),
    ]);
}
