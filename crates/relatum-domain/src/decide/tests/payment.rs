//! Payments and what they settle.

use super::{Row, legal, row};
use crate::decide::{Allocate, Proposal};
use crate::event::document::{DiscountTerm, InvoiceIssued, ReceivableDocument};
use crate::event::settlement::{
    Application, ApplicationKind, CreditSource, PaymentReceived, RefundPaid,
};
use crate::ids::{CompanyId, DocumentId, PaymentId};
use crate::testing::given;
use crate::words::{
    acme, allocated, amending, bounced, credit, day, document, eur, from_payment, id, invoice, on,
    paid, payment, schedule, to, undone, usd,
};

fn refund(name: &str, minor: i64, of: Option<CreditSource>) -> RefundPaid {
    RefundPaid { refund: id(name), of, amount: eur(minor), reason: None }
}

pub(super) fn rows() -> Vec<Row> {
    let (i1, p1) = (id::<DocumentId>("I1"), id::<PaymentId>("P1"));
    let start = || on("01-01", invoice("I1", 100_00));
    let parts = || on("01-01", schedule("I1", &[("02-01", 30_00), ("03-01", 70_00)]));
    let above = |open: &str, offered: &str| {
        format!("document {i1} has {open} EUR open, {offered} EUR was applied")
    };
    let discount = ApplicationKind::CashDiscount;
    let dollars = |minor| Application { amount: usd(minor), ..to("I1", 0) };
    let in_dollars = || on("01-01", InvoiceIssued(document("I1", usd(100_00))));
    let company = |name: &str| id::<CompanyId>(name);
    let mut northern = document("I1", eur(100_00));
    northern.company = Some(company("north"));
    let southern =
        PaymentReceived { company: Some(company("south")), ..paid("P1", 1_00, [to("I1", 1_00)]) };
    vec![
        row(
            "company_differs",
            format!(
                "document {i1} belongs to company {}, what settles it to {}: pay and settle \
                 within one company",
                company("north"),
                company("south")
            ),
            [on("01-01", InvoiceIssued(northern))],
            on("01-02", southern),
        ),
        row(
            "write_off_unapproved",
            format!(
                "1.00 EUR of document {i1} would be given up without reason and approver: record \
                 it as a write-off"
            ),
            [start()],
            on(
                "01-02",
                paid(
                    "P1",
                    99_00,
                    [to("I1", 99_00), to("I1", 1_00).of_kind(ApplicationKind::WriteOff)],
                ),
            ),
        ),
        row(
            "discount_outside_terms",
            format!(
                "document {i1} allows 0.00 EUR of cash discount on 2026-01-02, 1.00 EUR would be \
                 taken: record the rest as a write-off"
            ),
            [start()],
            on("01-02", paid("P1", 99_00, [to("I1", 99_00), to("I1", 1_00).of_kind(discount)])),
        ),
        row(
            "payment_exists",
            format!("payment {p1} already exists"),
            [on("01-01", paid("P1", 5_00, []))],
            on("01-02", paid("P1", 5_00, [])),
        ),
        row(
            "payment_exists",
            format!("payment {p1} already exists"),
            [on("01-01", paid("P1", 5_00, [])), on("01-02", bounced("P1"))],
            on("01-03", paid("P1", 5_00, [])),
        ),
        row(
            "amount_not_positive",
            "0.00 EUR was given; it must be above zero",
            [],
            on("01-01", paid("P1", 0, [])),
        ),
        row(
            "application_currency",
            format!("document {i1} is in EUR, USD was applied"),
            [start()],
            on("01-02", payment("P1", usd(50_00), [dollars(50_00)])),
        ),
        row(
            "rate_missing",
            format!(
                "document {i1} is in USD, the payment in EUR: state how much of the payment is used"
            ),
            [in_dollars()],
            on("01-02", paid("P1", 50_00, [dollars(50_00)])),
        ),
        row(
            "paid_differs",
            format!(
                "50.00 USD applied to document {i1} cannot use -45.00 EUR of the payment: in one \
                 currency both are equal, in two they have one sign"
            ),
            [in_dollars()],
            on("01-02", paid("P1", 50_00, [dollars(50_00).using(eur(-45_00))])),
        ),
        row(
            "paid_differs",
            format!(
                "50.00 EUR applied to document {i1} cannot use 0.01 EUR of the payment: in one \
                 currency both are equal, in two they have one sign"
            ),
            [start()],
            on("01-02", paid("P1", 50_00, [to("I1", 50_00).using(eur(1))])),
        ),
        row(
            "installment_unknown",
            format!("document {i1} has no installment 2"),
            [parts()],
            on("01-02", paid("P1", 5_00, [to("I1", 5_00).part(2)])),
        ),
        row(
            "above_open",
            above("100.00", "100.01"),
            [start()],
            on("01-02", paid("P1", 200_00, [to("I1", 100_01)])),
        ),
        row(
            "above_open",
            above("40.00", "40.01"),
            [start(), on("01-02", paid("P1", 60_00, [to("I1", 60_00)]))],
            on("01-03", paid("P2", 100_00, [to("I1", 20_00), to("I1", 20_01)])),
        ),
        row(
            "above_open",
            above("100.00", "-5.00"),
            [start()],
            on("01-02", paid("P1", 5_00, [to("I1", -5_00)])),
        ),
        row(
            "above_open",
            above("30.00", "30.01"),
            [parts()],
            on("01-02", paid("P1", 50_00, [to("I1", 30_01).part(0)])),
        ),
        row(
            "above_open",
            above("100.00", "102.00"),
            [start()],
            on("01-02", paid("P1", 98_00, [to("I1", 98_00), to("I1", 4_00).of_kind(discount)])),
        ),
        row(
            "above_open",
            format!(
                "document {} has -40.00 EUR open, -40.01 EUR was applied",
                id::<DocumentId>("C1")
            ),
            [start(), on("01-02", credit("C1", 40_00, []))],
            on("01-03", paid("P1", 60_00, [to("I1", 100_00), to("C1", -40_01)])),
        ),
        row(
            "above_credit",
            "50.00 EUR is available, 50.01 EUR was applied",
            [start()],
            on("01-02", paid("P1", 50_00, [to("I1", 50_01)])),
        ),
        row(
            "above_credit",
            "60.00 EUR is available, 60.01 EUR was applied",
            [start(), on("01-01", credit("C1", 40_00, []))],
            on("01-03", paid("P1", 60_00, [to("I1", 100_00), to("C1", -39_99)])),
        ),
        row(
            "settlement_amount",
            "`92233720368547758.07 EUR + 0.01 EUR` is beyond the largest amount that can be kept",
            [],
            on("01-02", paid("P1", 1, [to("I1", i64::MAX), to("I1", 1)])),
        ),
    ]
}

#[test]
fn a_payment_settles_stays_on_account_or_waits_for_its_document() {
    legal([
        on("01-01", invoice("I1", 100_00)),
        on("01-02", paid("P1", 50_00, [])),
        on("01-03", paid("P2", 80_00, [to("I1", 70_00)])),
        on("01-04", allocated(from_payment("P1"), [to("I1", 30_00)])),
        // A reservation: the document is not there yet.
        on("01-05", paid("P3", 20_00, [to("I2", 20_00)])),
        on("02-01", invoice("I2", 20_00)),
        on("02-02", refund("R1", 10_00, Some(from_payment("P2")))),
        on("02-03", refund("R2", 1_00, None)),
        // What was applied goes back, and is applied again.
        on("02-04", undone(from_payment("P1"), [to("I1", 30_00)])),
        on("02-05", allocated(from_payment("P1"), [to("I1", 30_00).part(0)])),
    ]);
}

#[test]
fn negative_items_make_room_for_more() {
    legal([
        on("01-01", invoice("I1", 100_00)),
        on("01-02", credit("C1", 40_00, [])),
        on("01-03", paid("P1", 60_00, [to("I1", 100_00), to("C1", -40_00)])),
    ]);
}

#[test]
fn discount_withholding_and_the_like_use_nothing_of_the_payment() {
    let discount = to("I1", 3_00).of_kind(ApplicationKind::CashDiscount);
    let withheld = to("I1", 10_00).of_kind(ApplicationKind::Withholding);
    legal([
        on("01-01", with_terms("I1", 100_00)),
        on("01-02", paid("P1", 87_00, [to("I1", 87_00), discount, withheld])),
    ]);
}

/// An invoice that allows three per cent until the tenth of January, two until the twentieth.
fn with_terms(name: &str, minor: i64) -> InvoiceIssued {
    let term =
        |until: &str, rate: &str| DiscountTerm { until: day(until), rate: rate.parse().unwrap() };
    let discount_terms = vec![term("01-10", "0.03"), term("01-20", "0.02")];
    InvoiceIssued(ReceivableDocument { discount_terms, ..document(name, eur(minor)) })
}

#[test]
fn discount_is_taken_within_its_terms_all_in_all() {
    let pay = |name: &str, on_day: &str, value: Option<&str>, minor: i64, discount: i64| {
        let less = to("I1", discount).of_kind(ApplicationKind::CashDiscount);
        let payment = paid(name, minor, [to("I1", minor), less]);
        on(on_day, PaymentReceived { value_day: value.map(day), ..payment })
    };
    let owed = || given(acme(), [on("01-01", with_terms("I1", 100_00))]);
    owed().when(pay("P1", "01-10", None, 97_00, 3_00)).then_accepted();
    owed().when(pay("P1", "01-11", None, 97_00, 3_00)).then_refused_with(&format!(
        "document {} allows 2.00 EUR of cash discount on 2026-01-11, 3.00 EUR would be taken: \
         record the rest as a write-off",
        id::<DocumentId>("I1")
    ));
    owed().when(pay("P1", "01-12", Some("01-10"), 97_00, 3_00)).then_accepted();
    owed().when(pay("P1", "01-21", None, 99_00, 1)).then_refused("discount_outside_terms");
    owed()
        .and(acme(), [pay("P1", "01-05", None, 48_00, 2_00)])
        .when(pay("P2", "01-06", None, 48_00, 1_01))
        .then_refused("discount_outside_terms");
}

#[test]
fn money_settles_within_one_company_where_both_are_named() {
    let of =
        |company: &str, it: PaymentReceived| PaymentReceived { company: Some(id(company)), ..it };
    let mut invoice = document("I1", eur(100_00));
    invoice.company = Some(id("north"));
    let owed = || given(acme(), [on("01-01", InvoiceIssued(invoice.clone()))]);
    let pay = || paid("P1", 50_00, [to("I1", 50_00)]);
    owed().when(on("01-02", of("north", pay()))).then_accepted();
    owed().when(on("01-02", pay())).then_accepted();
    owed().when(on("01-02", of("south", pay()))).then_refused("company_differs");
    owed()
        .and(acme(), [on("01-02", of("south", paid("P1", 50_00, [])))])
        .when(on("01-03", allocated(from_payment("P1"), [to("I1", 50_00)])))
        .then_refused("company_differs");
}

#[test]
fn a_payment_in_another_currency_says_what_it_uses() {
    let half = Application {
        amount: usd(50_00),
        rate: Some("0.9".parse().unwrap()),
        ..to("I1", 0).using(eur(45_00))
    };
    legal([
        on("01-01", InvoiceIssued(document("I1", usd(100_00)))),
        on("01-02", paid("P1", 45_00, [half])),
    ]);
}

#[test]
fn oldest_due_first_writes_the_applications_into_the_event() {
    let history = || {
        given(
            acme(),
            [
                on("01-01", schedule("I1", &[("04-01", 30_00), ("02-01", 20_00)])),
                on("01-02", invoice("I2", 25_00)),
                on("01-03", credit("C1", 9_00, [])),
            ],
        )
    };
    let by_rule = |event| Proposal::new(acme(), event).allocated(Allocate::OldestDueFirst);
    // By due day: I2 on 01-02, then the parts of I1; the credit is left alone.
    let expected = [to("I2", 25_00), to("I1", 20_00).part(1), to("I1", 5_00).part(0)];
    history()
        .when(by_rule(on("01-05", paid("P1", 50_00, []))))
        .then([on("01-05", paid("P1", 50_00, expected))]);
    // What it leaves over stays on account.
    let all = [to("I2", 25_00), to("I1", 20_00).part(1), to("I1", 30_00).part(0)];
    history()
        .when(by_rule(on("01-05", paid("P1", 80_00, []))))
        .then([on("01-05", paid("P1", 80_00, all))]);
    // What it names itself comes first.
    let named = [to("I1", 30_00), to("I2", 25_00), to("I1", 5_00).part(0)];
    history()
        .when(by_rule(on("01-05", paid("P1", 60_00, [to("I1", 30_00)]))))
        .then([on("01-05", paid("P1", 60_00, named))]);
}

#[test]
fn regression_an_amended_payment_is_allocated_as_if_it_had_not_been_there() {
    let by_rule = |event| Proposal::new(acme(), event).allocated(Allocate::OldestDueFirst);
    let first = on("01-05", paid("P1", 100_00, [to("I1", 100_00)]));
    given(acme(), [on("01-01", invoice("I1", 100_00)), first])
        .when(by_rule(amending(2, on("01-05", paid("P1", 40_00, [])))))
        .then([amending(2, on("01-05", paid("P1", 40_00, [to("I1", 40_00)])))]);
}
