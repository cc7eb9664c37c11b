//! Reversals, and reversals of reversals: rule 9.

use super::{ALL, book, table, view};
use crate::Policies;
use crate::event::settlement::{RefundPaid, Reversible};
use crate::receivables::ItemKey;
use crate::words::{
    allocated, at, bounced, credit, day, eur, from_payment, id, invoice, on, paid, reversed,
    schedule, to, undone, voided, written_off,
};

#[test]
fn a_bounced_payment_opens_its_items_from_that_day_with_their_own_due_day() {
    let events = || {
        [
            on("01-01", schedule("I1", &[("02-01", 30_00), ("03-01", 70_00)])),
            on("01-10", paid("P1", 90_00, [to("I1", 60_00)])),
            on("01-12", allocated(from_payment("P1"), [to("I1", 30_00)])),
            on("01-20", bounced("P1")),
            on("01-25", reversed(Reversible::Event(at(4)))),
            on("01-30", reversed(Reversible::Event(at(5)))),
        ]
    };
    table(
        events(),
        &[
            ("01-10", ALL, &["I1/1 40.00", "P1 -30.00"]),
            ("01-19", ALL, &["I1/1 10.00"]),
            ("01-20", ALL, &["I1/0 30.00", "I1/1 70.00"]),
            ("01-20", 3, &["I1/1 10.00"]),
            ("01-25", ALL, &["I1/1 10.00"]),
            ("01-25", 4, &["I1/0 30.00", "I1/1 70.00"]),
            ("01-30", ALL, &["I1/0 30.00", "I1/1 70.00"]),
        ],
    );
    let book = book(events());
    assert_eq!(book.open_items(&view("01-20", ALL), &Policies::default())[0].due, day("02-01"));
    let key = ItemKey::Payment(id("P1"));
    let seen = ["01-19", "01-20", "01-25", "01-30"];
    let is_reversed = seen.map(|day| book.is_reversed(key, &view(day, ALL)));
    assert_eq!(is_reversed, [false, true, false, true]);
}

#[test]
fn a_reversed_document_gives_back_what_had_settled_it() {
    table(
        [
            on("01-01", invoice("I1", 100_00)),
            on("01-10", paid("P1", 60_00, [to("I1", 60_00)])),
            on("01-15", credit("C1", 40_00, [to("I1", 40_00)])),
            on("01-20", reversed(Reversible::Document(id("I1")))),
        ],
        &[("01-15", ALL, &[]), ("01-20", ALL, &["C1 -40.00", "P1 -60.00"])],
    );
}

#[test]
fn what_one_event_did_is_reversed_by_naming_it() {
    table(
        [
            on("01-01", invoice("I1", 100_00)),
            on("01-02", written_off([to("I1", 100_00)])),
            on("01-10", reversed(Reversible::Event(at(2)))),
            on("01-11", paid("P1", 80_00, [])),
            on("01-12", allocated(from_payment("P1"), [to("I1", 80_00)])),
            on("01-20", reversed(Reversible::Event(at(5)))),
            on("01-22", reversed(Reversible::Event(at(4)))),
        ],
        &[
            ("01-02", ALL, &[]),
            ("01-10", ALL, &["I1 100.00"]),
            ("01-12", ALL, &["I1 20.00"]),
            ("01-20", ALL, &["I1 100.00", "P1 -80.00"]),
            ("01-22", ALL, &["I1 100.00"]),
        ],
    );
}

#[test]
fn regression_a_reversed_refund_leaves_nothing_behind() {
    let refund = RefundPaid {
        refund: id("R1"),
        of: Some(from_payment("P1")),
        amount: eur(30_00),
        reason: None,
    };
    table(
        [
            on("01-01", paid("P1", 80_00, [])),
            on("01-10", refund),
            on("01-20", reversed(Reversible::Event(at(2)))),
        ],
        &[("01-10", ALL, &["P1 -50.00"]), ("01-20", ALL, &["P1 -80.00"])],
    );
}

#[test]
fn taking_back_what_a_bounced_payment_settled_changes_nothing_more() {
    table(
        [
            on("01-01", invoice("I1", 100_00)),
            on("01-10", paid("P1", 100_00, [to("I1", 100_00)])),
            on("01-15", undone(from_payment("P1"), [to("I1", 40_00)])),
            on("01-20", bounced("P1")),
        ],
        &[("01-15", ALL, &["I1 40.00", "P1 -40.00"]), ("01-20", ALL, &["I1 100.00"])],
    );
}

#[test]
fn a_voided_reversal_never_was() {
    table(
        [
            on("01-01", invoice("I1", 100_00)),
            on("01-10", paid("P1", 100_00, [to("I1", 100_00)])),
            on("01-15", bounced("P1")),
            on("01-20", voided(3)),
        ],
        &[("01-15", 3, &["I1 100.00"]), ("01-15", 4, &[])],
    );
}

#[test]
fn a_chain_of_reversals_as_long_as_a_stream_does_not_overflow() {
    let start = [on("01-01", paid("P1", 1_00, [])), on("01-02", bounced("P1"))];
    let chain = (2..50_000).map(|version| on("01-02", reversed(Reversible::Event(at(version)))));
    let book = book(start.into_iter().chain(chain));
    // The last one stands, so that every second one before it does, down to the first.
    assert!(book.is_reversed(ItemKey::Payment(id("P1")), &view("01-02", ALL)));
    assert!(!book.is_reversed(ItemKey::Payment(id("P1")), &view("01-02", 49_999)));
}

#[test]
fn what_came_back_is_of_its_installment_and_told_until_that_is_settled() {
    use super::super::ItemKey;
    use crate::words::{from_payment, schedule, undone};
    use crate::{Policies, Recorded};
    let returned = |events: Vec<crate::event::Event>, on: &str| {
        let book = book(events);
        let ledger = book.ledger(Recorded(i64::MAX), &Policies::default());
        ledger.entry(ItemKey::Document(id("I1"))).unwrap().returned(day(on))
    };
    let parts = || on("01-01", schedule("I1", &[("01-31", 100_00), ("12-31", 100_00)]));
    let second = || on("01-05", paid("P1", 100_00, [to("I1", 100_00).part(1)]));
    assert_eq!(returned(vec![parts(), second(), on("01-10", bounced("P1"))], "02-15"), [0, 100_00]);
    let whole = || on("01-01", invoice("I1", 1_000_00));
    let some = |name: &str, day: &str| on(day, paid(name, 600_00, [to("I1", 600_00)]));
    let back = || vec![whole(), some("P1", "01-05"), on("01-10", bounced("P1"))];
    assert_eq!(returned(back(), "01-09"), [0]);
    assert_eq!(returned(back(), "01-10"), [600_00]);
    let again = || [back(), vec![some("P2", "01-20")]].concat();
    assert_eq!(returned(again(), "01-20"), [400_00], "so much is open");
    let rest = || on("01-22", paid("P3", 400_00, [to("I1", 400_00)]));
    let settled = || [again(), vec![rest()]].concat();
    assert_eq!(returned(settled(), "01-22"), [0]);
    let undone = on("01-25", undone(from_payment("P3"), [to("I1", 400_00)]));
    assert_eq!(returned([settled(), vec![undone]].concat(), "01-25"), [0], "open, not returned");
}
