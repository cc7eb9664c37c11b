//! What is left over, given up, paid back or paid in other money: rules 8, 10 and 11.

use super::{ALL, table};
use crate::event::document::InvoiceIssued;
use crate::event::settlement::{
    Application, ApplicationKind, PaidByOther, RefundPaid, WriteOffRecovered,
};
use crate::words::{
    allocated, credit, document, eur, from_document, from_payment, id, invoice, money, on, paid,
    payment, to, undone, usd, written_off,
};

#[test]
fn one_cent_left_open_stays_visible() {
    table(
        [
            on("01-01", invoice("I1", 100_00)),
            on("01-10", paid("P1", 99_99, [to("I1", 99_99)])),
            on("01-01", InvoiceIssued(document("I2", money(1000, "JPY")))),
            on(
                "01-10",
                payment(
                    "P2",
                    money(999, "JPY"),
                    [Application { amount: money(999, "JPY"), ..to("I2", 0) }],
                ),
            ),
        ],
        &[("01-10", ALL, &["I1 0.01", "I2 1 JPY"])],
    );
}

#[test]
fn a_refund_uses_up_its_credit() {
    let refund = |name: &str, minor, of| RefundPaid {
        refund: id(name),
        of,
        amount: eur(minor),
        reason: None,
    };
    table(
        [
            on("01-01", paid("P1", 100_00, [])),
            on("01-02", credit("C1", 20_00, [])),
            on("01-10", refund("R1", 60_00, Some(from_payment("P1")))),
            on("01-11", refund("R2", 20_00, Some(from_document("C1")))),
        ],
        &[
            ("01-09", ALL, &["C1 -20.00", "P1 -100.00"]),
            ("01-10", ALL, &["C1 -20.00", "P1 -40.00"]),
            ("01-11", ALL, &["P1 -40.00"]),
        ],
    );
    // Out of no credit: the client owes it.
    table([on("01-10", refund("R1", 5_00, None))], &[("01-10", ALL, &["R1 5.00"])]);
}

#[test]
fn regression_a_refund_out_of_another_accounts_payment_stays_open() {
    let by_other =
        PaidByOther { payer: id("parent"), payment: id("P9"), applications: vec![to("I1", 50_00)] };
    let refund = RefundPaid {
        refund: id("R1"),
        of: Some(from_payment("P9")),
        amount: eur(5_00),
        reason: None,
    };
    table(
        [on("01-01", invoice("I1", 50_00)), on("01-05", by_other), on("01-10", refund)],
        &[("01-10", ALL, &["R1 5.00"])],
    );
}

#[test]
fn money_given_up_comes_after_all() {
    let recovered = WriteOffRecovered { applications: vec![to("I1", 30_00)], reason: None };
    table(
        [
            on("01-01", invoice("I1", 100_00)),
            on("01-10", written_off([to("I1", 100_00)])),
            on("02-01", recovered),
            on("02-01", paid("P1", 30_00, [to("I1", 30_00)])),
        ],
        &[("01-10", ALL, &[]), ("02-01", 3, &["I1 30.00"]), ("02-01", ALL, &[])],
    );
}

#[test]
fn a_foreign_item_is_closed_in_its_own_currency() {
    let half = Application {
        amount: usd(50_00),
        rate: Some("0.9".parse().unwrap()),
        ..to("I1", 0).using(eur(45_00))
    };
    table(
        [
            on("01-01", InvoiceIssued(document("I1", usd(100_00)))),
            on("01-10", paid("P1", 60_00, [half.clone()])),
            on("01-20", undone(from_payment("P1"), [half.clone()])),
            on("01-30", allocated(from_payment("P1"), [half])),
        ],
        &[
            ("01-10", ALL, &["I1 50.00 USD", "P1 -15.00"]),
            ("01-20", ALL, &["I1 100.00 USD", "P1 -60.00"]),
            ("01-30", ALL, &["I1 50.00 USD", "P1 -15.00"]),
        ],
    );
}

#[test]
fn regression_an_application_in_a_currency_of_neither_side_counts_on_neither() {
    let dollars = Application { amount: usd(50_00), ..to("I1", 0) };
    table(
        [
            on("01-01", invoice("I1", 100_00)),
            on("01-01", InvoiceIssued(document("I2", usd(100_00)))),
            // Dollars to an item in euro, out of euro.
            on("01-10", paid("P1", 60_00, [dollars])),
            // Euro to an item in dollars, out of euro.
            on("01-10", paid("P2", 60_00, [to("I2", 50_00)])),
        ],
        &[("01-10", ALL, &["I1 100.00", "I2 100.00 USD", "P1 -60.00", "P2 -60.00"])],
    );
}

#[test]
fn what_is_dated_after_the_day_has_no_effect_yet() {
    let later = to("I1", 40_00).of_kind(ApplicationKind::Payment).dated("03-01");
    table(
        [
            on("01-01", invoice("I1", 100_00)),
            on("01-10", paid("P1", 40_00, [later])),
            on("02-01", written_off([to("I1", 10_00)])),
        ],
        &[
            ("01-31", ALL, &["I1 100.00", "P1 -40.00"]),
            ("02-28", ALL, &["I1 90.00", "P1 -40.00"]),
            ("03-01", ALL, &["I1 50.00"]),
        ],
    );
}
