//! Money received on documents, and how late it came: rules 12 and 17.

use super::{ALL, book, view};
use crate::Policies;
use crate::event::Event;
use crate::event::document::InvoiceIssued;
use crate::event::settlement::{ApplicationKind, PaidByOther, PaymentReceived, Reversible};
use crate::words::{
    allocated, at, bounced, credit, day, document, eur, from_payment, id, on, paid, reversed,
    schedule, to, undone, written_off,
};

fn owed(name: &str) -> Event {
    on("01-01", InvoiceIssued(document(name, eur(100_00)).due(day("01-31"))))
}

/// How much came how late, by the order in which it was applied: `60.00 +5`.
#[track_caller]
fn received(events: impl IntoIterator<Item = Event>, expected: &[(&str, &[&str])]) {
    let (book, rules) = (book(events), Policies::default());
    let ledger = book.ledger(view("01-01", ALL).known_at, &rules);
    for (as_of, rows) in expected {
        let receipts = ledger.receipts(day(as_of));
        let text = receipts.iter().map(|it| {
            let amount = it.amount.to_string();
            format!("{} {:+}", amount.trim_end_matches(" EUR"), it.days_late())
        });
        assert_eq!(text.collect::<Vec<_>>(), *rows, "as of {as_of}");
    }
}

#[test]
fn lateness_counts_to_the_day_on_which_the_money_is_ours() {
    let ours =
        PaymentReceived { value_day: Some(day("02-05")), ..paid("P1", 60_00, [to("I1", 60_00)]) };
    received(
        [
            owed("I1"),
            on("02-03", ours),
            on("02-03", paid("P2", 5_00, [to("I1", 5_00)])),
            on("01-20", paid("P3", 5_00, [])),
            // Applied later than it came.
            on("02-10", allocated(from_payment("P3"), [to("I1", 5_00)])),
        ],
        &[
            ("02-02", &[]),
            ("02-03", &["60.00 +5", "5.00 +3"]),
            ("02-10", &["60.00 +5", "5.00 +3", "5.00 -11"]),
        ],
    );
}

#[test]
fn only_money_is_received_and_it_settles_the_oldest_installment_first() {
    let discount = to("I1", 2_00).of_kind(ApplicationKind::CashDiscount);
    received(
        [
            on("01-01", schedule("I1", &[("01-31", 30_00), ("02-28", 70_00)])),
            on("01-02", credit("C1", 10_00, [to("I1", 10_00)])),
            on("01-02", written_off([to("I1", 5_00)])),
            on("02-10", paid("P1", 40_00, [to("I1", 40_00), discount])),
        ],
        &[("02-10", &["15.00 +10", "25.00 -18"])],
    );
}

#[test]
fn what_came_back_was_not_received_and_is_again_when_that_is_reversed() {
    received(
        [
            owed("I1"),
            on("02-01", paid("P1", 100_00, [to("I1", 100_00)])),
            on("02-10", bounced("P1")),
            on("02-20", reversed(Reversible::Event(at(3)))),
        ],
        &[("02-09", &["100.00 +1"]), ("02-10", &[]), ("02-20", &["100.00 +1"])],
    );
}

#[test]
fn regression_what_was_taken_off_a_document_is_received_on_the_other_one_only() {
    received(
        [
            owed("I1"),
            owed("I2"),
            on("02-01", paid("P1", 100_00, [to("I1", 100_00)])),
            on("02-10", undone(from_payment("P1"), [to("I1", 60_00)])),
            on("02-10", allocated(from_payment("P1"), [to("I2", 60_00)])),
        ],
        &[("02-09", &["100.00 +1"]), ("02-10", &["40.00 +1", "60.00 +1"])],
    );
}

#[test]
fn another_accounts_payment_is_received_on_the_day_it_is_told() {
    let by_other =
        PaidByOther { payer: id("parent"), payment: id("P9"), applications: vec![to("I1", 50_00)] };
    received(
        [owed("I1"), on("02-02", by_other), on("02-20", bounced("P9"))],
        &[("02-02", &["50.00 +2"]), ("02-20", &[])],
    );
}
