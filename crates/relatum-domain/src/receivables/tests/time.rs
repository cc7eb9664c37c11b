//! Two axes: when it holds and when it became known; voids and amendments.

use super::{ALL, book, table, view};
use crate::Policies;
use crate::View;
use crate::receivables::ItemKey;
use crate::words::{
    allocated, amending, credit, eur, from_payment, id, invoice, on, paid, schedule, to, voided,
};

#[test]
fn a_back_dated_document_changes_the_past_only_for_those_who_know() {
    table(
        [on("02-01", invoice("I1", 100_00)), on("01-01", invoice("I2", 20_00))],
        &[
            ("01-15", 1, &[]),
            ("01-15", 2, &["I2 20.00"]),
            ("02-01", 1, &["I1 100.00"]),
            ("02-01", 2, &["I1 100.00", "I2 20.00"]),
        ],
    );
}

#[test]
fn a_voided_payment_never_was_and_one_that_is_voided_wrongly_is_again() {
    table(
        [
            on("01-01", invoice("I1", 100_00)),
            on("01-10", paid("P1", 100_00, [to("I1", 60_00)])),
            on("01-11", allocated(from_payment("P1"), [to("I1", 10_00)])),
            on("03-01", voided(2)),
            on("03-02", voided(4)),
        ],
        &[
            ("01-10", 3, &["I1 40.00", "P1 -40.00"]),
            ("01-11", 3, &["I1 30.00", "P1 -30.00"]),
            // Back to the first day, and what used it is gone with it.
            ("01-11", 4, &["I1 100.00"]),
            ("01-11", 5, &["I1 30.00", "P1 -30.00"]),
            ("01-11", 2, &["I1 40.00", "P1 -40.00"]),
        ],
    );
}

#[test]
fn an_amended_payment_settles_what_it_says_now() {
    table(
        [
            on("01-01", invoice("I1", 100_00)),
            on("01-01", invoice("I2", 50_00)),
            on("01-10", paid("P1", 100_00, [to("I1", 100_00)])),
            amending(3, on("01-12", paid("P1", 90_00, [to("I1", 40_00), to("I2", 50_00)]))),
        ],
        &[
            ("01-10", 3, &["I2 50.00"]),
            ("01-10", 4, &["I1 100.00", "I2 50.00"]),
            ("01-12", 4, &["I1 60.00"]),
        ],
    );
}

#[test]
fn an_amended_invoice_keeps_its_id_and_what_settled_it() {
    table(
        [
            on("01-01", invoice("I1", 100_00)),
            on("01-10", paid("P1", 30_00, [to("I1", 30_00)])),
            amending(1, on("01-01", schedule("I1", &[("02-01", 20_00), ("03-01", 60_00)]))),
        ],
        &[("01-10", 2, &["I1 70.00"]), ("01-10", 3, &["I1/1 50.00"])],
    );
}

#[test]
fn regression_an_amendment_of_an_amendment_replaces_both() {
    table(
        [
            on("01-01", invoice("I1", 100_00)),
            amending(1, on("01-01", invoice("I1", 90_00))),
            amending(2, on("01-01", invoice("I1", 80_00))),
            on("01-05", voided(3)),
            on("01-06", voided(2)),
        ],
        &[
            ("01-01", 1, &["I1 100.00"]),
            ("01-01", 2, &["I1 90.00"]),
            ("01-01", 3, &["I1 80.00"]),
            ("01-01", 4, &["I1 90.00"]),
            ("01-01", 5, &["I1 100.00"]),
        ],
    );
}

#[test]
fn a_voided_invoice_leaves_its_payment_on_account() {
    table(
        [
            on("01-01", invoice("I1", 100_00)),
            on("01-10", paid("P1", 60_00, [to("I1", 60_00)])),
            on("01-12", credit("C1", 10_00, [to("I1", 10_00)])),
            on("01-20", voided(1)),
        ],
        &[("01-12", 3, &["I1 30.00"]), ("01-12", 4, &["C1 -10.00", "P1 -60.00"])],
    );
}

#[test]
fn regression_one_id_is_one_document_on_every_day() {
    // The one that was told first counts, even where the other begins earlier.
    table(
        [on("03-01", invoice("I1", 100_00)), on("01-01", invoice("I1", 70_00))],
        &[("02-01", ALL, &[]), ("03-01", ALL, &["I1 100.00"])],
    );
}

#[test]
fn nothing_that_is_not_known_yet_is_seen() {
    let book = book([on("01-01", invoice("I1", 100_00)), on("01-02", voided(1))]);
    let key = ItemKey::Document(id("I1"));
    assert_eq!(book.original_of(key, &view("01-01", 1)), Some(eur(100_00)));
    assert_eq!(book.original_of(key, &view("01-01", 0)), None);
    assert_eq!(book.original_of(key, &View::latest()), None);
    assert!(!book.is_known(key, &View::latest()));
    assert!(book.is_known(key, &view("01-01", 1)));
    assert!(book.open_item(key, &View::latest(), &Policies::default()).is_empty());
}
