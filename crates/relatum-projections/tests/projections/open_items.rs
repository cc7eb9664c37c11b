//! Open items with what is dated ahead, and foreign ones in the base currency: rules 8 and 10.

use std::collections::BTreeMap;

use relatum_domain::event::document::{CreditNoteIssued, InvoiceIssued, ReceivableDocument};
use relatum_domain::event::policy::{Policy, PolicySet};
use relatum_domain::event::settlement::{Application, ApplicationKind, Revalued};
use relatum_domain::{DocumentId, Money, TenantId, View};
use relatum_projections::{AgingLine, AgingOptions, AgingReport, InBase, OpenItemsReport};

use crate::aging::{invoice, named, paid, settles};
use crate::raw::{Raw, account, currency, day, euro};

#[test]
fn a_row_tells_what_settled_it_and_what_will() {
    let (mut raw, who) = (Raw::default(), account(1));
    let i1: DocumentId = named(who, 1);
    raw.on(0, who, InvoiceIssued(invoice(i1, 100_00, 30)));
    let discount = Application { kind: ApplicationKind::CashDiscount, ..settles(i1, 5_00) };
    raw.on(10, who, paid(named(who, 2), 40_00, vec![settles(i1, 40_00), discount]));
    let credit = CreditNoteIssued {
        document: ReceivableDocument::new(named(who, 3), "G-1", euro(15_00)),
        against: None,
        applications: vec![settles(i1, 15_00)],
        reason: None,
    };
    raw.on(12, who, credit);
    raw.on(50, who, paid(named(who, 4), 20_00, vec![settles(i1, 20_00)]));
    let report =
        OpenItemsReport::of(&raw.models(), &AgingOptions::default(), &View::as_of(day(35)));
    assert_eq!(report.rows.len(), 1);
    let row = &report.rows[0];
    assert_eq!((row.item.original, row.item.open), (euro(100_00), euro(40_00)));
    assert_eq!((row.paid, row.credited, row.otherwise), (euro(40_00), euro(15_00), euro(5_00)));
    assert_eq!((row.future, row.remaining), (euro(20_00), euro(20_00)));
    assert_eq!((row.days_past_due, row.bucket.as_str()), (5, "1-30"));
}

/// 100.00 dollars at 0.90, due on day 30, revalued at 0.95 from day 20 on.
fn abroad() -> Raw {
    let (mut raw, who) = (Raw::default(), account(1));
    let policy = Policy::BaseCurrency(currency("EUR"));
    raw.on(0, TenantId::own(), PolicySet { policy, reason: None });
    let document = named(who, 1);
    let mut foreign = invoice(document, 0, 30);
    foreign.gross = Money::new(100_00, currency("USD"));
    foreign.base_rate = Some("0.9".parse().unwrap());
    raw.on(0, who, InvoiceIssued(foreign));
    raw.on(20, who, Revalued { document, base_rate: "0.95".parse().unwrap() });
    raw
}

fn in_base(on: i64, in_base: Option<InBase>) -> AgingLine {
    let options = AgingOptions { in_base, ..AgingOptions::default() };
    let report = AgingReport::of(&abroad().models(), &options, &View::as_of(day(on)));
    assert_eq!(report.lines.len(), 1);
    assert!(report.lines[0].foots());
    report.lines[0].clone()
}

#[test]
fn a_base_view_goes_by_documents_rates_with_revaluations_or_by_closing_rates_without() {
    let shown =
        |line: AgingLine| (line.currency, line.total.micro / 10_000, line.revalued.micro / 10_000);
    let (eur, usd) = (currency("EUR"), currency("USD"));
    let by_document = || Some(InBase::DocumentRates);
    let closing: BTreeMap<_, _> = [(usd, "0.8".parse().unwrap())].into();
    assert_eq!(shown(in_base(35, None)), (usd, 100_00, 0));
    assert_eq!(shown(in_base(19, by_document())), (eur, 90_00, 0));
    assert_eq!(shown(in_base(35, by_document())), (eur, 95_00, 5_00));
    assert_eq!(shown(in_base(35, Some(InBase::ClosingRates(closing)))), (eur, 80_00, 0));
    // What has no rate stays in its own currency.
    let none = InBase::ClosingRates(BTreeMap::new());
    assert_eq!(shown(in_base(35, Some(none))), (usd, 100_00, 0));
    // By how much it was valued anew is nothing to ask the client for.
    let line = in_base(35, by_document());
    assert_eq!(line.collectable.micro / 10_000, 90_00);
}
