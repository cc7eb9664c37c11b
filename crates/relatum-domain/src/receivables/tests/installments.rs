//! Installments, named and not: rule 6.

use super::{ALL, book, table, view};
use crate::Policies;
use crate::event::document::{InvoiceIssued, ReceivableDocument};
use crate::event::settlement::{Application, PaymentReceived};
use crate::words::{
    credit, day, document, eur, from_payment, invoice, on, paid, part, schedule, to, undone, usd,
};

/// 30, 50 and 20, due in this order.
fn three() -> InvoiceIssued {
    schedule("I1", &[("02-01", 30_00), ("03-01", 50_00), ("04-01", 20_00)])
}

fn advance<const N: usize>(name: &str, minor: i64, settles: [Application; N]) -> PaymentReceived {
    PaymentReceived { advance: true, ..paid(name, minor, settles) }
}

#[test]
fn each_part_is_an_item_and_the_oldest_due_is_settled_first() {
    table(
        [
            on("01-01", three()),
            on("01-10", paid("P1", 40_00, [to("I1", 40_00)])),
            on("01-20", credit("C1", 45_00, [to("I1", 45_00)])),
            on("01-30", paid("P2", 15_00, [to("I1", 15_00)])),
        ],
        &[
            ("01-01", ALL, &["I1/0 30.00", "I1/1 50.00", "I1/2 20.00"]),
            ("01-10", ALL, &["I1/1 40.00", "I1/2 20.00"]),
            ("01-20", ALL, &["I1/2 15.00"]),
            ("01-30", ALL, &[]),
        ],
    );
}

#[test]
fn due_day_counts_and_not_the_place_and_ties_go_by_place() {
    let parts = [("03-01", 30_00), ("02-01", 30_00), ("02-01", 30_00)];
    table(
        [
            on("01-01", schedule("I1", &parts)),
            on("01-10", paid("P1", 40_00, [to("I1", 40_00)])),
            on("01-20", paid("P2", 25_00, [to("I1", 25_00)])),
        ],
        &[("01-10", ALL, &["I1/0 30.00", "I1/2 20.00"]), ("01-20", ALL, &["I1/0 25.00"])],
    );
}

#[test]
fn a_named_part_is_settled_out_of_turn_and_never_below_zero() {
    table(
        [
            on("01-01", three()),
            on("01-10", paid("P1", 20_00, [to("I1", 20_00).part(2)])),
            on("01-20", paid("P2", 35_00, [to("I1", 35_00)])),
            // Appended above what the part has open: it goes on to the next.
            on("01-30", paid("P3", 40_00, [to("I1", 40_00).part(0)])),
        ],
        &[
            ("01-10", ALL, &["I1/0 30.00", "I1/1 50.00"]),
            ("01-20", ALL, &["I1/1 45.00"]),
            ("01-30", ALL, &["I1/1 5.00"]),
        ],
    );
}

#[test]
fn an_advance_lowers_every_part_by_its_share_and_loses_no_cent() {
    table(
        [
            on("01-01", schedule("I1", &[("02-01", 100), ("03-01", 100), ("04-01", 100)])),
            on("01-10", advance("P1", 100, [to("I1", 100)])),
            on("01-20", paid("P2", 90, [to("I1", 90)])),
        ],
        &[
            ("01-10", ALL, &["I1/0 0.66", "I1/1 0.67", "I1/2 0.67"]),
            ("01-20", ALL, &["I1/1 0.43", "I1/2 0.67"]),
        ],
    );
    // Half ahead, then a payment across both parts.
    table(
        [
            on("01-01", advance("P1", 150_00, [to("I1", 150_00)])),
            on("01-02", schedule("I1", &[("02-01", 150_00), ("03-01", 150_00)])),
            on("01-03", paid("P2", 85_00, [to("I1", 85_00)])),
        ],
        &[("01-02", ALL, &["I1/0 75.00", "I1/1 75.00"]), ("01-03", ALL, &["I1/1 65.00"])],
    );
}

#[test]
fn regression_an_advance_onto_a_paid_part_goes_on_to_the_next() {
    table(
        [
            on("01-01", three()),
            on("01-10", paid("P1", 30_00, [to("I1", 30_00).part(0)])),
            on("01-20", advance("P2", 50_00, [to("I1", 50_00)])),
        ],
        &[("01-20", ALL, &["I1/1 10.00", "I1/2 10.00"])],
    );
}

#[test]
fn regression_what_is_taken_back_opens_the_part_that_it_had_closed() {
    // Named, taken back by the document only.
    table(
        [
            on("01-01", three()),
            on("01-10", paid("P1", 30_00, [to("I1", 30_00).part(0)])),
            on("01-20", undone(from_payment("P1"), [to("I1", 30_00)])),
        ],
        &[
            ("01-10", ALL, &["I1/1 50.00", "I1/2 20.00"]),
            ("01-20", ALL, &["I1/0 30.00", "I1/1 50.00", "I1/2 20.00", "P1 -30.00"]),
        ],
    );
    // Oldest first forth, newest first back.
    table(
        [
            on("01-01", three()),
            on("01-10", paid("P1", 90_00, [to("I1", 90_00)])),
            on("01-20", undone(from_payment("P1"), [to("I1", 25_00)])),
        ],
        &[
            ("01-10", ALL, &["I1/2 10.00"]),
            ("01-20", ALL, &["I1/1 15.00", "I1/2 20.00", "P1 -25.00"]),
        ],
    );
    // By the parts forth, by the document back: newest first.
    table(
        [
            on("01-01", three()),
            on("01-10", paid("P1", 60_00, [to("I1", 30_00).part(0), to("I1", 30_00).part(1)])),
            on("01-20", undone(from_payment("P1"), [to("I1", 40_00)])),
        ],
        &[("01-20", ALL, &["I1/0 10.00", "I1/1 50.00", "I1/2 20.00", "P1 -40.00"])],
    );
    // By the document forth, by the part back.
    table(
        [
            on("01-01", three()),
            on("01-10", paid("P1", 60_00, [to("I1", 60_00)])),
            on("01-20", undone(from_payment("P1"), [to("I1", 10_00).part(0)])),
        ],
        &[("01-20", ALL, &["I1/1 30.00", "I1/2 20.00", "P1 -10.00"])],
    );
}

#[test]
fn one_part_is_the_whole_and_may_be_named() {
    table(
        [
            on("01-01", schedule("I1", &[("02-01", 100_00)])),
            on("01-10", paid("P1", 40_00, [to("I1", 40_00).part(0)])),
            on("01-11", invoice("I2", 5_00)),
            on("01-12", paid("P2", 2_00, [to("I2", 2_00).part(0)])),
        ],
        &[("01-12", ALL, &["I1 60.00", "I2 3.00"])],
    );
}

#[test]
fn gross_counts_where_installments_say_something_else() {
    let it = ReceivableDocument {
        installments: vec![part("02-01", eur(60_00)), part("03-01", eur(60_00))],
        ..document("I1", eur(100_00))
    };
    let other = ReceivableDocument {
        installments: vec![part("03-01", eur(60_00)), part("02-01", usd(40_00))],
        ..document("I2", eur(100_00))
    };
    table(
        [on("01-01", InvoiceIssued(it)), on("01-01", InvoiceIssued(other))],
        &[("01-01", ALL, &["I1/0 60.00", "I1/1 40.00", "I2/0 100.00"])],
    );
}

#[test]
fn every_part_keeps_its_own_due_day() {
    let book = book([on("01-01", three()), on("01-10", paid("P1", 1, [to("I1", 1)]))]);
    let rows = book.open_items(&view("02-01", ALL), &Policies::default());
    let due: Vec<_> = rows.iter().map(|row| row.due).collect();
    assert_eq!(due, [day("02-01"), day("03-01"), day("04-01")]);
    assert_eq!(rows[0].original, eur(30_00));
}
