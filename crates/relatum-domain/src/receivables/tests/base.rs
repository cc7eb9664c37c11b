//! Foreign items in the base currency: rule 10.

use super::{ALL, book, view};
use crate::Policies;
use crate::event::Event;
use crate::event::document::{CreditNoteIssued, InvoiceIssued};
use crate::event::settlement::{
    Application, ApplicationKind, PaymentReceived, Revalued, Reversible,
};
use crate::words::{
    at, bounced, credit, day, document, eur, id, invoice, on, paid, payment, reversed, to, usd,
    voided, written_off,
};
use crate::{Money, Rate};

fn rate(text: &str) -> Option<Rate> {
    Some(text.parse().unwrap())
}

/// 100.00 dollars at 0.90.
fn owed(name: &str) -> Event {
    let mut it = document(name, usd(100_00));
    it.base_rate = rate("0.90");
    on("01-01", InvoiceIssued(it))
}

fn dollars(name: &str, minor: i64) -> Application {
    Application { amount: usd(minor), ..to(name, 0) }
}

/// So many dollars at a rate.
fn in_dollars(name: &str, minor: i64, at: &str) -> PaymentReceived {
    PaymentReceived { base_rate: rate(at), ..payment(name, usd(minor), [dollars("I1", minor)]) }
}

fn revalued(at: &str) -> Revalued {
    Revalued { document: id("I1"), base_rate: at.parse().unwrap() }
}

/// The day and the difference of each revaluation in force.
#[track_caller]
fn in_force(events: impl IntoIterator<Item = Event>, expected: &[(&str, &[(&str, i64)])]) {
    let (book, rules) = (book(events), Policies::default());
    let ledger = book.ledger(view("01-01", ALL).known_at, &rules);
    for (as_of, rows) in expected {
        let found = ledger.revaluations(day(as_of), eur(0).currency);
        let found: Vec<_> = found.iter().map(|it| (it.day, it.difference)).collect();
        let rows: Vec<_> = rows.iter().map(|(on, minor)| (day(on), eur(*minor))).collect();
        assert_eq!(found, rows, "as of {as_of}");
    }
}

#[test]
fn a_revaluation_holds_until_the_next_one_replaces_it() {
    in_force(
        [
            owed("I1"),
            on("01-31", revalued("0.95")),
            on("02-28", revalued("0.85")),
            on("03-10", paid("P1", 34_00, [dollars("I1", 40_00).using(eur(34_00))])),
            on("03-20", revalued("0.90")),
            on("03-31", revalued("0.92")),
            on("04-10", paid("P2", 55_00, [dollars("I1", 60_00).using(eur(55_00))])),
        ],
        &[
            ("01-30", &[]),
            ("01-31", &[("01-31", 5_00)]),
            ("02-27", &[("01-31", 5_00)]),
            ("02-28", &[("02-28", -5_00)]),
            // Only what is open is worth more or less.
            ("03-10", &[("02-28", -3_00)]),
            ("03-20", &[]),
            ("03-31", &[("03-31", 1_20)]),
            ("04-10", &[]),
        ],
    );
}

#[test]
fn regression_a_revaluation_told_late_does_not_replace_one_of_a_later_day() {
    in_force(
        [owed("I1"), on("02-28", revalued("0.85")), on("01-31", revalued("0.95"))],
        &[("01-31", &[("01-31", 5_00)]), ("02-28", &[("02-28", -5_00)])],
    );
    // Of one day the one told last, and a voided one never was.
    in_force(
        [
            owed("I1"),
            on("01-31", revalued("0.85")),
            on("01-31", revalued("0.95")),
            on("02-28", revalued("0.99")),
            on("03-01", voided(4)),
        ],
        &[("02-28", &[("01-31", 5_00)])],
    );
}

/// The day and the gain of each exchange difference.
#[track_caller]
fn realised(events: impl IntoIterator<Item = Event>, expected: &[(&str, Money, i64)]) {
    let (book, rules) = (book(events), Policies::default());
    let ledger = book.ledger(view("01-01", ALL).known_at, &rules);
    let found = ledger.exchange_differences(day("01-01"), day("12-31"), eur(0).currency);
    let mut found: Vec<_> = found.iter().map(|it| (it.day, it.settled, it.gained)).collect();
    found.sort_unstable();
    let expected = expected.iter().map(|(on, settled, gained)| (day(on), *settled, eur(*gained)));
    assert_eq!(found, expected.collect::<Vec<_>>());
}

#[test]
fn a_settlement_gains_or_loses_what_it_brings_beyond_the_documents_rate() {
    realised(
        [owed("I1"), on("02-01", in_dollars("P1", 100_00, "0.95"))],
        &[("02-01", usd(100_00), 5_00)],
    );
    realised(
        [
            owed("I1"),
            on("02-01", in_dollars("P1", 40_00, "0.95")),
            on("02-10", in_dollars("P2", 60_00, "0.80")),
        ],
        &[("02-01", usd(40_00), 2_00), ("02-10", usd(60_00), -6_00)],
    );
    // At the document's own rate, or at none that is known, nothing is gained.
    realised([owed("I1"), on("02-01", in_dollars("P1", 100_00, "0.90"))], &[]);
    realised([owed("I1"), on("02-01", payment("P1", usd(50_00), [dollars("I1", 50_00)]))], &[]);
}

#[test]
fn a_payment_in_the_base_currency_says_what_it_gave_for_a_foreign_document() {
    let events = || {
        [
            owed("I1"),
            on("02-01", paid("P1", 38_00, [dollars("I1", 40_00).using(eur(38_00))])),
            on("02-10", paid("P2", 60_00, [dollars("I1", 60_00).using(eur(50_00))])),
        ]
    };
    realised(events(), &[("02-01", usd(40_00), 2_00), ("02-10", usd(60_00), -4_00)]);
    // Closed in both currencies; what P2 did not use stands open.
    super::table(events(), &[("02-10", ALL, &["P2 -10.00"])]);
}

#[test]
fn a_reversal_takes_the_difference_back_on_its_own_day_and_its_reversal_brings_it_again() {
    realised(
        [
            owed("I1"),
            on("02-01", in_dollars("P1", 100_00, "0.95")),
            on("03-01", bounced("P1")),
            on("04-01", reversed(Reversible::Event(at(3)))),
        ],
        &[
            ("02-01", usd(100_00), 5_00),
            ("03-01", usd(-100_00), -5_00),
            ("04-01", usd(100_00), 5_00),
        ],
    );
    realised(
        [
            owed("I1"),
            on("02-01", paid("P1", 95_00, [dollars("I1", 100_00).using(eur(95_00))])),
            on("03-01", bounced("P1")),
        ],
        &[("02-01", usd(100_00), 5_00), ("03-01", usd(-100_00), -5_00)],
    );
}

#[test]
fn a_credit_is_counted_once_and_on_the_side_of_what_it_settles() {
    let plain = credit("C1", 0, [dollars("I1", 30_00)]);
    let mut note = CreditNoteIssued { document: document("C1", usd(50_00)), ..plain };
    note.document.base_rate = rate("0.80");
    realised([owed("I1"), on("02-01", note)], &[("02-01", usd(30_00), -3_00)]);
}

#[test]
fn what_nobody_gave_money_for_and_what_is_in_the_base_currency_differs_in_nothing() {
    realised(
        [
            owed("I1"),
            on("02-01", written_off([dollars("I1", 100_00)])),
            on("02-01", invoice("I2", 100_00)),
            on("02-02", paid("P1", 100_00, [to("I2", 100_00)])),
        ],
        &[],
    );
    let discount = dollars("I1", 3_00).of_kind(ApplicationKind::CashDiscount);
    let most = dollars("I1", 97_00).using(eur(87_30));
    realised([owed("I1"), on("02-01", paid("P1", 87_30, [most, discount]))], &[]);
}

#[test]
fn what_is_open_is_worth_the_documents_rate() {
    let book = book([owed("I1"), on("02-01", payment("P1", usd(40_00), [dollars("I1", 40_00)]))]);
    let rows = book.open_items(&view("02-01", ALL), &Policies::default());
    assert_eq!(rows[0].in_base(eur(0).currency), Some(eur(54_00)));
    let plain = super::book([on("01-01", InvoiceIssued(document("I1", usd(1_00))))]);
    let rows = plain.open_items(&view("02-01", ALL), &Policies::default());
    assert_eq!(rows[0].in_base(eur(0).currency), None);
}
