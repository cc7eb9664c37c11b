//! Credit notes, standalone and applied: rule 5.

use super::{ALL, book, table, view};
use crate::Policies;
use crate::event::settlement::Reversible;
use crate::words::{
    allocated, credit, day, from_document, from_payment, id, invoice, on, paid, reversed, to,
    undone,
};

#[test]
fn a_credit_settles_what_is_written_and_no_more() {
    table(
        [
            on("01-01", invoice("I1", 100_00)),
            on("01-10", credit("C1", 30_00, [to("I1", 20_00)])),
            on("01-20", credit("C2", 500_00, [])),
        ],
        &[
            ("01-10", ALL, &["C1 -10.00", "I1 80.00"]),
            ("01-20", ALL, &["C1 -10.00", "C2 -500.00", "I1 80.00"]),
        ],
    );
}

#[test]
fn a_credit_is_used_later_taken_back_and_reversed() {
    table(
        [
            on("01-01", invoice("I1", 100_00)),
            on("01-10", credit("C1", 30_00, [])),
            on("01-20", allocated(from_document("C1"), [to("I1", 30_00)])),
            on("01-25", undone(from_document("C1"), [to("I1", 10_00)])),
            on("01-30", reversed(Reversible::Document(id("C1")))),
        ],
        &[
            ("01-19", ALL, &["C1 -30.00", "I1 100.00"]),
            ("01-20", ALL, &["I1 70.00"]),
            ("01-25", ALL, &["C1 -10.00", "I1 80.00"]),
            ("01-30", ALL, &["I1 100.00"]),
        ],
    );
}

#[test]
fn a_credit_takes_its_turn_after_a_payment() {
    table(
        [
            on("06-01", invoice("I1", 200_00)),
            on("06-10", credit("C1", 50_00, [])),
            on("08-01", paid("P1", 50_00, [])),
            on("09-01", allocated(from_document("C1"), [to("I1", 50_00)])),
            on("09-01", allocated(from_payment("P1"), [to("I1", 50_00)])),
        ],
        &[
            ("06-30", ALL, &["C1 -50.00", "I1 200.00"]),
            ("08-31", ALL, &["C1 -50.00", "I1 200.00", "P1 -50.00"]),
            ("09-01", ALL, &["I1 100.00"]),
        ],
    );
}

#[test]
fn a_credit_is_aged_on_its_own_day() {
    let mut note = credit("C1", 30_00, []);
    note.document = note.document.due(day("03-31"));
    let book = book([on("01-10", note)]);
    assert_eq!(book.open_items(&view("02-01", ALL), &Policies::default())[0].due, day("01-10"));
}
