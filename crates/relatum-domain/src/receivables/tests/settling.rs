//! Open items, payments and partial payments: rules 1 to 4.

use super::{ALL, book, table, view};
use crate::Policies;
use crate::event::document::{
    DebitNoteIssued, DraftSaved, InterestInvoiceIssued, InvoiceIssued, OpeningItemStated,
    ProformaIssued,
};
use crate::event::settlement::{ApplicationKind, NettedWithPayables, PaidByOther};
use crate::words::{
    allocated, bounced, day, document, eur, from_payment, id, invoice, on, opened, paid, to,
    undone, usd,
};

#[test]
fn every_document_is_owed_from_its_own_day_on() {
    table(
        [
            on("01-10", invoice("I1", 100_00)),
            on("01-05", OpeningItemStated(document("I2", eur(-7_00)))),
            on("01-20", DebitNoteIssued(document("I3", eur(3_00)))),
            on("01-20", InterestInvoiceIssued(document("C1", eur(41)))),
            // Never owed.
            on("01-01", DraftSaved(document("C2", eur(9_00)))),
            on("01-01", ProformaIssued(document("R1", eur(9_00)))),
            on("01-01", opened()),
        ],
        &[
            ("01-04", ALL, &[]),
            ("01-05", ALL, &["I2 -7.00"]),
            ("01-10", ALL, &["I1 100.00", "I2 -7.00"]),
            ("01-20", ALL, &["C1 0.41", "I1 100.00", "I2 -7.00", "I3 3.00"]),
            ("01-20", 1, &["I1 100.00"]),
            ("01-20", 0, &[]),
        ],
    );
}

#[test]
fn a_payment_counts_from_the_latest_of_its_own_day_and_both_documents() {
    table(
        [
            on("01-01", invoice("I1", 100_00)),
            on("01-10", paid("P1", 100_00, [to("I1", 40_00), to("I1", 30_00).dated("01-20")])),
            // A day before the payment itself is that of the payment.
            on("01-15", paid("P2", 10_00, [to("I1", 10_00).dated("01-12")])),
        ],
        &[
            ("01-09", ALL, &["I1 100.00"]),
            ("01-10", ALL, &["I1 60.00", "P1 -60.00"]),
            ("01-12", ALL, &["I1 60.00", "P1 -60.00"]),
            ("01-15", ALL, &["I1 50.00", "P1 -60.00"]),
            ("01-20", ALL, &["I1 20.00", "P1 -30.00"]),
        ],
    );
}

#[test]
fn a_reservation_waits_for_its_document() {
    table(
        [on("01-10", paid("P1", 100_00, [to("I1", 80_00)])), on("02-01", invoice("I1", 120_00))],
        &[
            ("01-31", ALL, &["P1 -100.00"]),
            ("02-01", 1, &["P1 -100.00"]),
            ("02-01", 2, &["I1 40.00", "P1 -20.00"]),
        ],
    );
}

#[test]
fn an_over_payment_stays_where_it_was_put() {
    // What it leaves over is on account; what was appended above the item stays on the item.
    table(
        [
            on("01-01", invoice("I1", 100_00)),
            on("01-10", paid("P1", 150_00, [to("I1", 100_00)])),
            on("01-20", paid("P2", 30_00, [to("I1", 30_00)])),
        ],
        &[("01-10", ALL, &["P1 -50.00"]), ("01-20", ALL, &["I1 -30.00", "P1 -50.00"])],
    );
}

#[test]
fn money_on_account_is_used_later_and_taken_back() {
    table(
        [
            on("01-01", invoice("I1", 100_00)),
            on("01-05", paid("P1", 100_00, [])),
            on("01-10", allocated(from_payment("P1"), [to("I1", 70_00)])),
            on("01-20", undone(from_payment("P1"), [to("I1", 20_00)])),
        ],
        &[
            ("01-05", ALL, &["I1 100.00", "P1 -100.00"]),
            ("01-10", ALL, &["I1 30.00", "P1 -30.00"]),
            ("01-19", ALL, &["I1 30.00", "P1 -30.00"]),
            ("01-20", ALL, &["I1 50.00", "P1 -50.00"]),
            ("01-20", 2, &["I1 100.00", "P1 -100.00"]),
        ],
    );
}

#[test]
fn a_year_end_is_not_changed_by_a_match_recorded_later() {
    table(
        [
            on("2025-12-30", invoice("I1", 100_00)),
            on("01-01", paid("P1", 100_00, [])),
            on("01-01", allocated(from_payment("P1"), [to("I1", 100_00)])),
        ],
        &[
            ("2025-12-31", ALL, &["I1 100.00"]),
            ("01-01", ALL, &[]),
            ("01-01", 2, &["I1 100.00", "P1 -100.00"]),
        ],
    );
}

#[test]
fn discount_and_withholding_close_the_item_out_of_nobodys_money() {
    let discount = to("I1", 3_00).of_kind(ApplicationKind::CashDiscount);
    let withheld = to("I1", 7_00).of_kind(ApplicationKind::Withholding);
    table(
        [
            on("01-01", invoice("I1", 100_00)),
            on("01-10", paid("P1", 90_00, [to("I1", 90_00), discount, withheld])),
        ],
        &[("01-10", ALL, &[])],
    );
}

#[test]
fn regression_discount_falls_with_the_payment_that_took_it() {
    let discount = to("I1", 3_00).of_kind(ApplicationKind::CashDiscount);
    table(
        [
            on("01-01", invoice("I1", 100_00)),
            on("01-10", paid("P1", 97_00, [to("I1", 97_00), discount])),
            on("01-20", bounced("P1")),
        ],
        &[("01-19", ALL, &[]), ("01-20", ALL, &["I1 100.00"])],
    );
}

#[test]
fn a_payment_consumes_negative_items() {
    table(
        [
            on("01-01", invoice("I1", 100_00)),
            on("01-02", OpeningItemStated(document("C1", eur(-40_00)))),
            on("01-10", paid("P1", 60_00, [to("I1", 100_00), to("C1", -40_00)])),
        ],
        &[("01-09", ALL, &["C1 -40.00", "I1 100.00"]), ("01-10", ALL, &[])],
    );
}

#[test]
fn netting_settles_and_another_account_may_pay() {
    let netted = NettedWithPayables {
        netting: id("N1"),
        applications: vec![to("I1", 30_00)],
        reference: None,
    };
    let by_other =
        PaidByOther { payer: id("parent"), payment: id("P9"), applications: vec![to("I1", 50_00)] };
    table(
        [
            on("01-01", invoice("I1", 100_00)),
            on("01-10", netted),
            on("01-15", by_other),
            on("01-20", undone(from_payment("P9"), [to("I1", 20_00)])),
            on("01-25", bounced("P9")),
        ],
        &[
            ("01-14", ALL, &["I1 70.00"]),
            ("01-15", ALL, &["I1 20.00"]),
            ("01-20", ALL, &["I1 40.00"]),
            // With the payment, what was taken back of it is gone too.
            ("01-25", ALL, &["I1 70.00"]),
        ],
    );
}

#[test]
fn what_is_paid_for_another_account_is_used_up_here() {
    table(
        [on("01-10", paid("P1", 100_00, [to("I9", 80_00).of_child()]))],
        &[("01-10", ALL, &["P1 -20.00"])],
    );
}

#[test]
fn an_item_tells_where_it_comes_from() {
    let mut it = document("I1", eur(100_00));
    it.document_day = Some(day("01-02"));
    it.ledger_account = Some("Debtors".into());
    let book = book([
        on("01-01", opened()),
        on("01-10", InvoiceIssued(it.due(day("01-31")))),
        on("01-20", paid("P1", 40_00, [to("I1", 40_00)])),
    ]);
    let rows = book.open_items(&view("02-01", ALL), &Policies::default());
    let row = &rows[0];
    assert_eq!((row.due, row.document_day), (day("01-31"), day("01-02")));
    assert_eq!((row.original, row.open, row.version), (eur(100_00), eur(60_00), 2));
    assert_eq!(row.ledger_account.as_deref(), Some("Debtors"));
    assert_eq!(book.day_of(id("I1"), &view("02-01", ALL)), Some(day("01-10")));
    assert_eq!(book.original_of(row.item, &view("01-09", ALL)), None);
}

#[test]
fn a_balance_is_of_one_currency_and_of_the_company_and_ledger_account_that_are_named() {
    let of = |name: &str, minor, company: &str, account: &str| {
        let mut it = document(name, eur(minor));
        it.company = Some(id(company));
        it.ledger_account = Some(account.into());
        on("01-01", InvoiceIssued(it))
    };
    let book = book([
        of("I1", 100_00, "north", "Debtors"),
        of("I2", 20_00, "north", "Doubtful"),
        of("I3", 3_00, "south", "Debtors"),
        on("01-01", InvoiceIssued(document("C1", usd(7_00)))),
        on("01-10", paid("P1", 50_00, [to("I1", 40_00)])),
    ]);
    let rules = Policies::default();
    let ledger = book.ledger(view("01-01", ALL).known_at, &rules);
    let balance = |on: &str, company: Option<&str>, account| {
        ledger.balance(day(on), eur(0).currency, company.map(id), account)
    };
    assert_eq!(balance("01-01", None, None), 123_00);
    assert_eq!(balance("01-10", None, None), 73_00);
    assert_eq!(balance("01-01", Some("north"), None), 120_00);
    assert_eq!(balance("01-10", Some("north"), None), 80_00);
    assert_eq!(balance("01-10", Some("south"), None), 3_00);
    assert_eq!(balance("01-01", None, Some("Debtors")), 103_00);
    assert_eq!(balance("01-10", Some("north"), Some("Doubtful")), 20_00);
    let all = [("01-10", "EUR", 73_00), ("01-10", "USD", 7_00)];
    for (on, currency, minor) in all {
        assert_eq!(ledger.balance(day(on), currency.parse().unwrap(), None, None), minor);
    }
}
