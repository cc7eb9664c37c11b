//! Whether a promise was kept, told from what came: rule 15.

use super::{ALL, book, view};
use crate::Policies;
use crate::event::Event;
use crate::event::settlement::{PaymentReceived, PromiseMade, Reversible};
use crate::receivables::PromiseOutcome::{self, Broken, Kept, Open, PartlyKept};
use crate::words::{
    allocated, at, bounced, day, eur, from_payment, id, invoice, on, paid, payment, reversed, to,
    undone, usd,
};

/// A promise of 100.00 by the tenth of February.
fn promised<const N: usize>(documents: [&str; N]) -> PromiseMade {
    PromiseMade {
        promise: id("promise"),
        amount: eur(100_00),
        by: day("02-10"),
        documents: documents.map(id).into(),
        contact: None,
    }
}

fn owed() -> Vec<Event> {
    vec![on("01-01", invoice("I1", 100_00)), on("01-01", invoice("I2", 100_00))]
}

/// The third event: the promise on the first document, on the first of February.
fn on_first() -> Vec<Event> {
    let mut events = owed();
    events.push(on("02-01", promised(["I1"])));
    events
}

/// The same on any document.
fn on_any() -> Vec<Event> {
    let mut events = owed();
    events.push(on("02-01", promised([])));
    events
}

#[track_caller]
fn outcomes(
    before: Vec<Event>,
    after: impl IntoIterator<Item = Event>,
    expected: &[(&str, PromiseOutcome, i64)],
) {
    let (book, rules) = (book(before.into_iter().chain(after)), Policies::default());
    let ledger = book.ledger(view("01-01", ALL).known_at, &rules);
    for (as_of, outcome, received) in expected {
        let it = &ledger.promises(day(as_of))[0];
        assert_eq!((it.outcome, it.received), (*outcome, eur(*received)), "as of {as_of}");
        let receipts: i64 = it.receipts.iter().map(|(_, money)| money.minor).sum();
        assert_eq!(receipts, *received, "as of {as_of}");
    }
}

#[test]
fn a_promise_is_open_until_its_day_has_passed_and_then_kept_in_full_in_part_or_broken() {
    let pays = |on_day: &str, minor| [on(on_day, paid("P1", minor, [to("I1", minor)]))];
    outcomes(on_first(), [], &[("02-01", Open, 0), ("02-10", Open, 0), ("02-11", Broken, 0)]);
    outcomes(
        on_first(),
        pays("02-10", 100_00),
        &[("02-09", Open, 0), ("02-10", Kept, 100_00), ("02-11", Kept, 100_00)],
    );
    outcomes(
        on_first(),
        pays("02-10", 99_99),
        &[("02-10", Open, 99_99), ("02-11", PartlyKept, 99_99)],
    );
    // A day late is late.
    outcomes(on_first(), pays("02-11", 100_00), &[("02-28", Broken, 0)]);
}

#[test]
fn several_receipts_make_a_promise_and_more_than_promised_keeps_it_too() {
    let twice = [
        on("02-02", paid("P1", 40_00, [to("I1", 40_00)])),
        on("02-03", paid("P2", 60_00, [to("I1", 60_00)])),
    ];
    outcomes(on_first(), twice, &[("02-02", Open, 40_00), ("02-03", Kept, 100_00)]);
    let more = [on("02-02", paid("P1", 150_00, [to("I1", 100_00)]))];
    outcomes(on_any(), more, &[("02-02", Kept, 150_00)]);
}

#[test]
fn what_came_before_the_promise_is_not_what_was_promised() {
    let mut events = owed();
    events.push(on("01-31", paid("P1", 30_00, [to("I1", 30_00)])));
    // On the same day, but told before.
    events.push(on("02-01", paid("P2", 30_00, [to("I1", 30_00)])));
    events.push(on("02-01", promised(["I1"])));
    // On the same day, told after.
    let after = on("02-01", paid("P3", 5_00, [to("I1", 5_00)]));
    outcomes(events, [after], &[("02-11", PartlyKept, 5_00)]);
}

#[test]
fn regression_money_that_was_there_before_the_promise_does_not_keep_it_when_it_is_allocated() {
    for came in ["01-31", "02-01"] {
        let mut events = owed();
        events.push(on(came, paid("P1", 100_00, [])));
        events.push(on("02-01", promised(["I1"])));
        let after = on("02-01", allocated(from_payment("P1"), [to("I1", 100_00)]));
        outcomes(events, [after], &[("02-01", Open, 0), ("02-11", Broken, 0)]);
    }
}

#[test]
fn money_on_other_documents_or_in_other_money_does_not_count() {
    let other = [
        on("02-02", paid("P1", 100_00, [to("I2", 100_00)])),
        on("02-02", payment("P2", usd(100_00), [])),
        on("02-02", paid("P3", 100_00, [])),
    ];
    outcomes(on_first(), other.clone(), &[("02-11", Broken, 0)]);
    // On any document, money on account counts as well.
    outcomes(on_any(), other, &[("02-02", Kept, 200_00)]);
}

#[test]
fn what_comes_on_account_counts_for_its_document_once_it_is_allocated() {
    let events = [
        on("02-02", paid("P1", 100_00, [])),
        on("02-20", allocated(from_payment("P1"), [to("I1", 100_00)])),
    ];
    // The money was there by the day of the promise.
    outcomes(on_first(), events, &[("02-11", Broken, 0), ("02-20", Kept, 100_00)]);
}

#[test]
fn a_reversed_receipt_breaks_what_it_kept_and_its_reversal_keeps_it_again() {
    let back = || {
        [
            on("02-05", paid("P1", 100_00, [to("I1", 100_00)])),
            on("02-15", bounced("P1")),
            on("02-20", reversed(Reversible::Event(at(5)))),
        ]
    };
    let expected = [
        ("02-14", Kept, 100_00),
        ("02-15", Broken, 0),
        ("02-19", Broken, 0),
        ("02-20", Kept, 100_00),
    ];
    outcomes(on_first(), back(), &expected);
    outcomes(on_any(), back(), &expected);
}

#[test]
fn regression_a_receipt_that_is_taken_off_the_document_is_none_of_it() {
    let moved = [
        on("02-05", paid("P1", 100_00, [to("I1", 100_00)])),
        on("02-20", undone(from_payment("P1"), [to("I1", 70_00)])),
        on("02-20", allocated(from_payment("P1"), [to("I2", 70_00)])),
    ];
    outcomes(on_first(), moved, &[("02-11", Kept, 100_00), ("02-20", PartlyKept, 30_00)]);
}

#[test]
fn the_day_on_which_the_money_is_ours_counts() {
    let ours_on = |value_day: &str| {
        let it = paid("P1", 100_00, [to("I1", 100_00)]);
        on("02-09", PaymentReceived { value_day: Some(day(value_day)), ..it })
    };
    outcomes(on_first(), [ours_on("02-10")], &[("02-28", Kept, 100_00)]);
    outcomes(on_first(), [ours_on("02-11")], &[("02-28", Broken, 0)]);
    outcomes(on_first(), [ours_on("01-31")], &[("02-28", Broken, 0)]);
    outcomes(on_any(), [ours_on("02-11")], &[("02-28", Broken, 0)]);
}
