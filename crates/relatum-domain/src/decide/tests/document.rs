//! Invoices and other receivable documents.

use super::{Row, legal, row};
use crate::Policies;
use crate::event::document::{
    DebitNoteIssued, DraftDiscarded, DraftSaved, InterestInvoiceIssued, InvoiceIssued,
    OpeningItemStated, ProformaIssued, ReceivableDocument, TaxLine,
};
use crate::event::settlement::Reversible;
use crate::ids::DocumentId;
use crate::money::Money;
use crate::words::{
    allocated, amending, credit, document, eur, from_document, id, invoice, money, on, paid, part,
    reversed, schedule, to, usd, voided,
};

/// Net 100, tax 20, freight 5.
fn full(gross: Money) -> ReceivableDocument {
    let tax = TaxLine { code: None, rate: None, base: None, amount: eur(20_00) };
    ReceivableDocument {
        net: Some(eur(100_00)),
        tax: vec![tax],
        freight: Some(eur(5_00)),
        ..document("I1", gross)
    }
}

fn discarded() -> DraftDiscarded {
    DraftDiscarded { document: id("D1"), invoice: Some(id("I1")) }
}

pub(super) fn rows() -> Vec<Row> {
    let (i1, d1) = (id::<DocumentId>("I1"), id::<DocumentId>("D1"));
    let exists = format!("document {i1} already exists");
    let unknown = format!("draft {d1} is not known");
    let start = || on("01-01", invoice("I1", 100_00));
    let foreign = ReceivableDocument { freight: Some(usd(5_00)), ..full(eur(125_00)) };
    let foreign_part = ReceivableDocument {
        installments: vec![part("02-01", usd(100_00))],
        ..document("I1", eur(100_00))
    };
    let huge = ReceivableDocument {
        installments: vec![part("02-01", eur(i64::MAX)), part("03-01", eur(1))],
        ..document("I1", eur(100_00))
    };
    let below_zero = "gross is -100.00 EUR; it must be above zero";
    vec![
        row("document_exists", &exists, [start()], start()),
        row("document_exists", &exists, [start()], on("01-02", DebitNoteIssued(full(eur(1))))),
        row("document_exists", &exists, [start()], on("01-02", credit("I1", 5_00, []))),
        row(
            "document_exists",
            &exists,
            [start(), on("01-02", reversed(Reversible::Document(i1)))],
            on("01-03", invoice("I1", 90_00)),
        ),
        row("gross_not_positive", below_zero, [], on("01-01", invoice("I1", -100_00))),
        row("gross_not_positive", below_zero, [], on("01-01", credit("C1", -100_00, []))),
        row(
            "gross_not_positive",
            "gross is 0 JPY; it must be above zero",
            [],
            on("01-01", DraftSaved(document("D1", money(0, "JPY")))),
        ),
        row(
            "document_mixed_currency",
            "an amount is in USD, the document in EUR",
            [],
            on("01-01", InvoiceIssued(foreign)),
        ),
        row(
            "document_mixed_currency",
            "an amount is in USD, the document in EUR",
            [],
            on("01-01", OpeningItemStated(foreign_part)),
        ),
        row(
            "document_amount",
            "`92233720368547758.07 EUR + 0.01 EUR` is beyond the largest amount that can be kept",
            [],
            on("01-01", InvoiceIssued(huge)),
        ),
        row(
            "gross_does_not_foot",
            "net, tax and freight sum to 125.00 EUR, gross is 125.01 EUR",
            [],
            on("01-01", InvoiceIssued(full(eur(125_01)))),
        ),
        row(
            "installments_differ",
            "the installments sum to 99.99 EUR, gross is 100.00 EUR",
            [],
            on(
                "01-01",
                InvoiceIssued(ReceivableDocument {
                    installments: vec![part("02-01", eur(50_00)), part("03-01", eur(49_99))],
                    ..document("I1", eur(100_00))
                }),
            ),
        ),
        row(
            "installment_not_positive",
            "installment 1 is -20.00 EUR; it must be above zero",
            [],
            on("01-01", schedule("I1", &[("02-01", 120_00), ("03-01", -20_00)])),
        ),
        row("draft_unknown", &unknown, [], on("01-01", discarded())),
        row(
            "draft_unknown",
            &unknown,
            [on("01-01", DraftSaved(document("D1", eur(1_00)))), on("01-02", discarded())],
            on("01-03", discarded()),
        ),
    ]
}

#[test]
fn every_kind_of_document_is_issued_and_may_be_back_dated() {
    legal([
        on("02-01", InvoiceIssued(full(eur(125_00)))),
        // Before what is already there.
        on("2024-01-01", DebitNoteIssued(document("N1", eur(5_00)))),
        on("01-02", InterestInvoiceIssued(document("Z1", eur(41)))),
        on("2025-12-31", OpeningItemStated(document("B1", eur(10_00)))),
        // Only a carried-over item may be a credit by itself.
        on("2025-12-31", OpeningItemStated(document("B2", eur(-10_00)))),
        on("01-05", ProformaIssued(document("F1", eur(10_00)))),
        on("01-05", DraftSaved(document("D1", eur(10_00)))),
        on("01-06", DraftSaved(document("D1", eur(12_00)))),
        on("01-07", discarded()),
    ]);
}

#[test]
fn a_credit_stands_alone_whatever_its_size_or_settles_what_is_open() {
    legal([
        on("01-01", invoice("I1", 100_00)),
        on("01-02", credit("C1", 500_00, [])),
        on("01-03", credit("C2", 60_00, [to("I1", 60_00)])),
        on("01-04", allocated(from_document("C1"), [to("I1", 40_00)])),
    ]);
}

#[test]
fn a_document_that_was_voided_may_be_issued_again_under_its_id() {
    legal([
        on("01-01", invoice("I1", 100_00)),
        on("01-02", voided(1)),
        on("01-03", invoice("I1", 90_00)),
        on("01-04", paid("P1", 90_00, [to("I1", 90_00)])),
    ]);
}

#[test]
fn regression_a_reversed_document_is_amended_but_not_issued_again() {
    legal([
        on("01-01", invoice("I1", 100_00)),
        on("01-02", reversed(Reversible::Document(id("I1")))),
        amending(1, on("01-01", invoice("I1", 90_00))),
    ]);
}

#[test]
fn regression_an_amended_invoice_is_amended_again() {
    let last = [
        on("01-01", invoice("I1", 100_00)),
        amending(1, on("01-01", invoice("I1", 90_00))),
        amending(2, on("01-01", invoice("I1", 80_00))),
    ];
    legal(last.clone());
    let book = crate::testing::given(crate::words::acme(), last);
    let open = book.state().book().open_items(&crate::View::latest(), &Policies::default());
    assert_eq!(open.iter().map(|row| row.open).collect::<Vec<_>>(), [eur(80_00)]);
}
