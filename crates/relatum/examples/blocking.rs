//! Embedding without a runtime: record an invoice and a payment, ask what is overdue.
//!
//! Run it with `cargo run -p relatum --example blocking`.

use relatum::domain::event::document::{InvoiceIssued, ReceivableDocument};
use relatum::domain::event::settlement::PaymentReceived;
use relatum::domain::{AccountId, Actor, Derived, DocumentId, Event, Money, PaymentId, Source};
use relatum::{AgingOptions, Allocate, Engine, Proposal};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let engine = Engine::open(folder.path().join("book"))?;

    let account = AccountId::derived("erp", "C-1001");
    let by = Actor::system("erp");
    let euro = "EUR".parse()?;

    let gross = Money::parse("1190.00", euro)?;
    let invoice = ReceivableDocument::new(DocumentId::derived("erp", "R-1"), "R-1", gross)
        .due("2026-01-31".parse()?);
    let source = Source::new("erp", "R-1");
    let event = Event::new("2026-01-01".parse()?, by.clone(), source, InvoiceIssued(invoice));
    engine.record(Proposal::new(account, event))?;

    let payment =
        PaymentReceived::new(PaymentId::derived("erp", "Z-1"), Money::parse("1000.00", euro)?);
    let event = Event::new("2026-02-10".parse()?, by, Source::new("erp", "Z-1"), payment);
    engine.record(Proposal::new(account, event).allocated(Allocate::OldestDueFirst))?;

    for day in ["2026-01-15", "2026-02-05", "2026-02-15"] {
        let aging = engine.as_of(day.parse()?).aging(&AgingOptions::default())?;
        for total in &aging.totals {
            writeln!(out(), "{day}: {} open, {} overdue", total.total, total.overdue)?;
        }
    }
    Ok(())
}

use std::io::Write as _;

fn out() -> impl std::io::Write {
    std::io::stdout().lock()
}
