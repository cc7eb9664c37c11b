//! Reversals, and reversals of reversals.

use super::{Row, legal, row};
use crate::event::settlement::{RefundPaid, Reversible};
use crate::words::{
    amending, at, bounced, child, credit, eur, from_payment, id, invoice, on, opened, paid,
    reversed, to, voided, written_off,
};
use relatum_stream::{EventRef, Version};

pub(super) fn rows() -> Vec<Row> {
    let start = || on("01-01", invoice("I1", 100_00));
    let full = || on("01-02", paid("P1", 100_00, [to("I1", 100_00)]));
    let event = |version| reversed(Reversible::Event(at(version)));
    let elsewhere = EventRef::new(child(), Version(1));
    let (nothing, already) = ("there is nothing to reverse", "it is already reversed");
    vec![
        row("nothing_to_reverse", nothing, [start()], on("01-03", bounced("P1"))),
        row(
            "reversal_before",
            "a reversal on 2026-01-01 would come before what it reverses, which is of 2026-01-02",
            [start(), full()],
            on("01-01", bounced("P1")),
        ),
        row(
            "nothing_to_reverse",
            nothing,
            [start(), full(), on("01-02", voided(2))],
            on("01-03", bounced("P1")),
        ),
        row("nothing_to_reverse", nothing, [start()], on("01-03", event(2))),
        row(
            "nothing_to_reverse",
            nothing,
            [start()],
            on("01-03", reversed(Reversible::Event(elsewhere))),
        ),
        // Not everything that happens moves money.
        row("nothing_to_reverse", nothing, [on("01-01", opened())], on("01-03", event(1))),
        row(
            "already_reversed",
            already,
            [start(), full(), on("01-03", bounced("P1"))],
            on("01-04", bounced("P1")),
        ),
        // The same payment, by the event that brought it.
        row(
            "already_reversed",
            already,
            [start(), full(), on("01-03", bounced("P1"))],
            on("01-04", event(2)),
        ),
        row(
            "already_reversed",
            already,
            [start(), full(), on("01-03", bounced("P1")), on("01-04", event(3))],
            on("01-05", event(3)),
        ),
        row(
            "already_reversed",
            already,
            [start(), on("01-03", reversed(Reversible::Document(id("I1"))))],
            on("01-04", reversed(Reversible::Document(id("I1")))),
        ),
        row(
            "already_reversed",
            already,
            [start(), on("01-02", written_off([to("I1", 5_00)])), on("01-03", event(2))],
            on("01-04", event(2)),
        ),
    ]
}

#[test]
fn a_payment_bounces_and_comes_after_all_and_bounces_again() {
    let event = |version| reversed(Reversible::Event(at(version)));
    legal([
        on("01-01", invoice("I1", 100_00)),
        on("01-02", paid("P1", 100_00, [to("I1", 100_00)])),
        on("01-10", bounced("P1")),
        // Open again, so that another payment fits, and then does not.
        on("01-11", paid("P2", 1_00, [])),
        on("01-12", event(3)),
        on("01-13", bounced("P1")),
        on("01-14", paid("P3", 100_00, [to("I1", 100_00)])),
    ]);
}

#[test]
fn documents_write_offs_and_refunds_are_reversed() {
    let refund = RefundPaid {
        refund: id("R1"),
        of: Some(from_payment("P1")),
        amount: eur(30_00),
        reason: None,
    };
    legal([
        on("01-01", invoice("I1", 100_00)),
        on("01-02", written_off([to("I1", 100_00)])),
        on("01-03", reversed(Reversible::Event(at(2)))),
        on("01-04", paid("P1", 130_00, [to("I1", 100_00)])),
        on("01-05", refund),
        on("01-06", reversed(Reversible::Event(at(5)))),
        on("01-07", credit("C1", 5_00, [])),
        on("01-08", reversed(Reversible::Document(id("C1")))),
        on("01-09", reversed(Reversible::Document(id("I1")))),
    ]);
}

#[test]
fn regression_a_payment_that_bounced_can_still_be_amended() {
    legal([
        on("01-01", invoice("I1", 100_00)),
        on("01-02", paid("P1", 100_00, [to("I1", 100_00)])),
        on("01-10", bounced("P1")),
        amending(2, on("01-03", paid("P1", 90_00, [to("I1", 90_00)]))),
    ]);
}
