//! The roll-forward of a period, column by column, and the ledger's own balance beside it: rules 1
//! and 19.

use relatum_domain::event::document::{
    CreditNoteIssued, DebitNoteIssued, InterestInvoiceIssued, InvoiceIssued, OpeningItemStated,
    ReceivableDocument,
};
use relatum_domain::event::settlement::{
    Application, ApplicationKind, CreditSource, LedgerBalanceStated, NettedWithPayables,
    PaidByOther, RefundPaid, Reversed, Reversible, WriteOffRecovered, WrittenOff,
};
use relatum_domain::{AccountId, Derived, DocumentId, NettingId, PaymentId, RefundId, View};
use relatum_projections::{Figures, LedgerCheck, RollForwardOptions};

use crate::aging::{invoice, named, paid, settles};
use crate::generated::manager;
use crate::raw::{Raw, account, day, euro};

fn options(from: i64) -> RollForwardOptions {
    RollForwardOptions { from: day(from), account: None, manager: None, currency: None }
}

/// The columns of the one account that are not zero.
fn columns(raw: &Raw, from: i64, to: i64) -> Vec<(String, i128)> {
    let figures = Figures::of(&options(from), &raw.models(), &View::as_of(day(to)));
    assert_eq!(figures.foots(), Ok(()));
    let line = &figures.lines[0];
    let sums = figures.columns.iter().zip(&line.cells).filter(|(_, cell)| **cell != 0);
    sums.map(|(column, cell)| (column.key.clone(), cell / 10_000)).collect()
}

#[track_caller]
fn rolls(raw: &Raw, (from, to): (i64, i64), expected: &[(&str, i128)]) {
    let expected: Vec<_> =
        expected.iter().map(|(key, minor)| ((*key).to_owned(), *minor)).collect();
    assert_eq!(columns(raw, from, to), expected, "from day {from} to day {to}");
}

fn of_kind(document: DocumentId, minor: i64, kind: ApplicationKind) -> Application {
    Application { kind, ..settles(document, minor) }
}

fn credited(who: AccountId, number: usize, minor: i64, of: Vec<Application>) -> CreditNoteIssued {
    CreditNoteIssued {
        document: ReceivableDocument::new(named(who, number), "G-1", euro(minor)),
        against: None,
        applications: of,
        reason: None,
    }
}

/// Something of every kind, a day each from the tenth on.
fn told() -> Raw {
    let (mut raw, who) = (Raw::default(), account(1));
    let (i1, i2): (DocumentId, DocumentId) = (named(who, 1), named(who, 2));
    let (p1, p2): (PaymentId, PaymentId) = (named(who, 3), named(who, 4));
    raw.on(0, who, InvoiceIssued(invoice(i1, 100_00, 30)));
    raw.on(10, who, OpeningItemStated(invoice(named(who, 5), 5_00, 30)));
    raw.on(11, who, InvoiceIssued(invoice(i2, 200_00, 40)));
    raw.on(12, who, DebitNoteIssued(invoice(named(who, 6), 3_00, 40)));
    raw.on(12, who, InterestInvoiceIssued(invoice(named(who, 7), 2_00, 40)));
    raw.on(13, who, credited(who, 8, 21_00, vec![settles(i1, 20_00)]));
    let discount = of_kind(i1, 2_00, ApplicationKind::CashDiscount);
    let withheld = of_kind(i1, 1_00, ApplicationKind::Withholding);
    raw.on(14, who, paid(p1, 65_00, vec![settles(i1, 60_00), discount, withheld]));
    let netting = NettingId::derived("test", "N");
    let applications = vec![settles(i2, 10_00)];
    raw.on(15, who, NettedWithPayables { netting, applications, reference: None });
    let (reason, approver) = ("small".to_owned(), manager(0));
    let applications = vec![settles(i2, 7_00)];
    raw.on(16, who, WrittenOff { applications, reason, approver });
    raw.on(17, who, WriteOffRecovered { applications: vec![settles(i2, 4_00)], reason: None });
    let (refund, of) = (RefundId::derived("test", "R"), Some(CreditSource::Payment(p1)));
    raw.on(18, who, RefundPaid { refund, of, amount: euro(5_00), reason: None });
    let (payer, payment) = (account(2), named(account(2), 1));
    raw.on(19, who, PaidByOther { payer, payment, applications: vec![settles(i2, 30_00)] });
    raw.on(20, who, paid(p2, 8_00, vec![settles(i2, 8_00)]));
    raw.on(21, who, Reversed { what: Reversible::Payment(p2), reason: "returned".into() });
    raw
}

#[test]
fn each_movement_has_its_column_and_they_make_the_closing_balance() {
    rolls(
        &told(),
        (10, 30),
        &[
            ("opening", 100_00),
            ("carried_in", 5_00),
            ("invoiced", 200_00),
            ("charges", 5_00),
            ("credited", -21_00),
            ("received", -73_00),
            ("refunded", 5_00),
            ("discounts", -2_00),
            ("withheld", -1_00),
            ("netted", -10_00),
            ("written_off", -7_00),
            ("recovered", 4_00),
            ("transferred", -30_00),
            ("reversed", 8_00),
            ("closing", 183_00),
        ],
    );
}

#[test]
fn the_days_of_a_period_are_those_from_its_first_to_its_last() {
    let raw = told();
    rolls(&raw, (0, 0), &[("invoiced", 100_00), ("closing", 100_00)]);
    rolls(&raw, (1, 9), &[("opening", 100_00), ("closing", 100_00)]);
    rolls(
        &raw,
        (10, 11),
        &[("opening", 100_00), ("carried_in", 5_00), ("invoiced", 200_00), ("closing", 305_00)],
    );
    let all = [("opening", 175_00), ("reversed", 8_00), ("closing", 183_00)];
    rolls(&raw, (21, 21), &all);
}

#[test]
fn a_reversed_settlement_out_of_nobodys_money_is_reversed_too() {
    let (mut raw, who) = (Raw::default(), account(1));
    let i1 = named(who, 1);
    raw.on(0, who, InvoiceIssued(invoice(i1, 100_00, 30)));
    let (reason, approver) = ("small".to_owned(), manager(0));
    let applications = vec![settles(i1, 40_00)];
    let gone = raw.on(1, who, WrittenOff { applications, reason, approver });
    raw.on(2, who, Reversed { what: Reversible::Event(gone), reason: "mistake".into() });
    rolls(
        &raw,
        (0, 5),
        &[("invoiced", 100_00), ("written_off", -40_00), ("reversed", 40_00), ("closing", 100_00)],
    );
}

#[test]
fn the_ledgers_own_balance_is_compared_on_its_day() {
    let mut raw = told();
    let who = account(1);
    let stated =
        |minor| LedgerBalanceStated { company: None, ledger_account: None, balance: euro(minor) };
    raw.on(11, who, stated(305_00));
    raw.on(21, who, stated(180_00));
    raw.on(31, who, stated(1));
    let models = raw.models();
    let checks = LedgerCheck::part(&models, &models, &options(10), &View::as_of(day(30)));
    let found: Vec<_> = checks.iter().map(|it| (it.day, it.ours, it.difference)).collect();
    assert_eq!(found, [(day(11), euro(305_00), euro(0)), (day(21), euro(183_00), euro(3_00))]);
}
