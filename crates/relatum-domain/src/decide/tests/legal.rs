//! What looks odd and is legal all the same: neither refused at one door nor flagged at the other.

use chrono::{Days, NaiveDate};

use super::legal;
use crate::event::account::{ParentNamed, PaysForNamed};
use crate::event::document::{CreditNoteIssued, InvoiceIssued};
use crate::event::settlement::{RefundPaid, Reversible, WriteOffRecovered};
use crate::event::{Event, EventBody};
use crate::testing::{Given, given};
use crate::words::{
    acme, allocated, at, child, credit, day, document, eur, from_payment, id, invoice, on, paid,
    reversed, schedule, to, written_off,
};
use crate::{Policies, View};

fn open(given: &Given, as_of: &str) -> Vec<i64> {
    let view = View::as_of(day(as_of));
    let rows = given.state().book().open_items(&view, &Policies::default());
    let mut open: Vec<_> = rows.iter().map(|row| row.open.minor).collect();
    open.sort_unstable();
    open
}

/// Every step is taken as it is written.
#[track_caller]
fn taken(given: Given, steps: impl IntoIterator<Item = Event>) -> Given {
    steps.into_iter().fold(given, |given, event| given.when(event.clone()).then([event]))
}

#[test]
fn ten_years_of_payments_arrive_today() {
    let first = day("2016-01-01");
    let nth = |days: u64| first + Days::new(days);
    let dated =
        |on_day: NaiveDate, body: EventBody| Event { effective: on_day, ..on("01-01", body) };
    let names: Vec<(u64, String, String)> =
        (0..120).map(|at| (at * 30, format!("I{at}"), format!("P{at}"))).collect();
    let issued = names.iter().map(|(days, it, _)| {
        dated(nth(*days), InvoiceIssued(document(it, eur(100_00)).due(nth(days + 14))).into())
    });
    let given = taken(given(acme(), []), issued);
    assert_eq!(open(&given, "2025-12-31").len(), 120);
    // The newest first, as a list of a bank is sorted.
    let came = names.iter().rev().map(|(days, it, payment)| {
        dated(nth(days + 20), paid(payment, 100_00, [to(it, 100_00)]).into())
    });
    let given = taken(given, came);
    assert!(open(&given, "2025-12-31").is_empty());
    assert_eq!(open(&given, "2016-01-20"), [100_00]);
    assert!(open(&given, "2016-01-21").is_empty());
}

#[test]
fn a_credit_note_needs_no_invoice() {
    let against = CreditNoteIssued { against: Some(id("I9")), ..credit("C2", 5_00, []) };
    legal([on("01-01", credit("C1", 500_00, [])), on("01-02", against)]);
    // Nor one as large as it is.
    legal([on("01-01", invoice("I1", 1_00)), on("01-02", credit("C1", 500_00, [to("I1", 1_00)]))]);
}

#[test]
fn a_payment_may_come_before_its_invoice() {
    let steps = [
        on("01-10", paid("P1", 80_00, [to("I1", 80_00)])),
        on("01-11", credit("C1", 20_00, [to("I1", 20_00)])),
        on("02-01", invoice("I1", 100_00)),
    ];
    let given = taken(given(acme(), []), steps);
    assert_eq!(open(&given, "01-31"), [-80_00, -20_00]);
    assert!(open(&given, "02-01").is_empty());
}

#[test]
fn a_parent_pays_for_its_child_whoever_names_the_other() {
    let owed = || given(acme(), []).and(child(), [on("01-01", invoice("I2", 80_00))]);
    let pays = || on("01-10", paid("P1", 100_00, [to("I2", 80_00).of_child()]));
    let by_parent = on("01-01", PaysForNamed { account: id("child"), until: None });
    owed().when(by_parent).then_accepted().when(pays()).then_accepted();
    let by_child = on("01-01", ParentNamed { parent: id("acme"), until: None });
    let given = owed().and(child(), [by_child]).when(pays()).then_accepted();
    assert_eq!(open(&given, "01-10"), [-20_00]);
    let theirs = given.state_of(child()).book();
    assert_eq!(theirs.open_items(&View::latest(), &Policies::default()), []);
}

#[test]
fn money_that_was_given_up_comes_after_all_and_is_settled() {
    let recovered = |minor| WriteOffRecovered { applications: vec![to("I1", minor)], reason: None };
    let steps = [
        on("01-01", invoice("I1", 100_00)),
        on("02-01", written_off([to("I1", 100_00)])),
        on("03-01", recovered(30_00)),
        on("03-01", paid("P1", 30_00, [to("I1", 30_00)])),
        on("04-01", recovered(70_00)),
        on("04-01", paid("P2", 70_00, [to("I1", 70_00)])),
    ];
    let given = taken(given(acme(), []), steps);
    assert_eq!(["02-01", "03-01", "04-01"].map(|on| open(&given, on).len()), [0, 0, 0]);
    given
        .when(on("05-01", recovered(1)))
        .then_refused("above_applied")
        .then_refused_with("what is to be undone was applied with 0.00 EUR, 0.01 EUR was given");
}

#[test]
fn an_invoice_is_cancelled_by_reversal_whatever_was_paid_on_it() {
    let cancel = || reversed(Reversible::Document(id("I1")));
    let refund = RefundPaid {
        refund: id("R1"),
        of: Some(from_payment("P1")),
        amount: eur(20_00),
        reason: None,
    };
    let steps = [
        on("01-01", schedule("I1", &[("02-01", 30_00), ("03-01", 70_00)])),
        on("01-10", paid("P1", 50_00, [to("I1", 50_00)])),
        on("01-20", cancel()),
        // What had paid it is on account again, to be given back or used elsewhere.
        on("01-21", refund),
        on("01-22", invoice("I2", 30_00)),
        on("01-23", allocated(from_payment("P1"), [to("I2", 30_00)])),
    ];
    let given = taken(given(acme(), []), steps);
    assert_eq!(open(&given, "01-19"), [50_00]);
    assert_eq!(open(&given, "01-20"), [-50_00]);
    assert!(open(&given, "01-23").is_empty());
    // Cancelled by mistake: what its payment did not do elsewhere it does again.
    legal([
        on("01-01", invoice("I1", 100_00)),
        on("01-20", cancel()),
        on("01-21", reversed(Reversible::Event(at(2)))),
        on("01-22", paid("P1", 100_00, [to("I1", 100_00)])),
    ]);
}

#[test]
fn nothing_stands_in_the_way_of_a_back_dated_document_or_of_much_more_than_is_owed() {
    legal([
        on("12-31", invoice("I1", 100_00)),
        on("2001-01-01", invoice("I2", 100_00)),
        on("2001-01-02", paid("P1", 1_000_000_00, [to("I2", 100_00)])),
    ]);
}
