//! Decisions on receivable documents.

use super::ground::Ground;
use super::refused::{DocumentRefused, Refused};
use super::settlement;
use crate::event::document::ReceivableDocument;
use crate::event::{Event, EventBody};
use crate::ids::DocumentId;
use crate::money::Money;
use crate::receivables::ItemKey;

pub(super) fn check(on: Ground<'_>, event: &Event) -> Result<(), Refused> {
    use EventBody as B;
    let amends = event.amends.is_some();
    match &event.body {
        B::InvoiceIssued(it) => owed(on, &it.0, amends)?,
        B::DebitNoteIssued(it) => owed(on, &it.0, amends)?,
        B::InterestInvoiceIssued(it) => owed(on, &it.0, amends)?,
        B::OpeningItemStated(it) => {
            new(on, it.0.document, amends)?;
            foots(&it.0)?;
        }
        B::CreditNoteIssued(it) => {
            owed(on, &it.document, amends)?;
            settlement::own_only(on.stream, &it.applications)?;
            settlement::within(on, it.document.gross, &it.applications)?;
            let company = it.document.company;
            settlement::proper(on, event.effective, company, &it.applications)?;
        }
        B::DraftSaved(it) => positive(&it.0)?,
        B::ProformaIssued(it) => positive(&it.0)?,
        B::DraftDiscarded(it) => {
            let document = it.document;
            if !on.state.exists(document.uuid()) || on.state.end_of(document.uuid()).is_some() {
                return Err(DocumentRefused::DraftUnknown { document }.into());
            }
        }
        _ => {}
    }
    Ok(())
}

fn owed(
    on: Ground<'_>,
    document: &ReceivableDocument,
    amends: bool,
) -> Result<(), DocumentRefused> {
    new(on, document.document, amends)?;
    positive(document)
}

fn new(on: Ground<'_>, document: DocumentId, amends: bool) -> Result<(), DocumentRefused> {
    if settlement::is_taken(on, ItemKey::Document(document), amends) {
        return Err(DocumentRefused::Exists { document });
    }
    Ok(())
}

fn positive(document: &ReceivableDocument) -> Result<(), DocumentRefused> {
    if !document.gross.is_positive() {
        return Err(DocumentRefused::NotPositive { gross: document.gross });
    }
    foots(document)?;
    for (part, installment) in document.installments.iter().zip(0_u32..) {
        if !part.amount.is_positive() {
            let amount = part.amount;
            return Err(DocumentRefused::InstallmentNotPositive { installment, amount });
        }
    }
    Ok(())
}

/// One currency; net, tax and freight make gross; installments make gross.
fn foots(document: &ReceivableDocument) -> Result<(), DocumentRefused> {
    let gross = document.gross;
    let stated = document.net.into_iter().chain(document.freight);
    let parts = stated.chain(document.tax.iter().map(|line| line.amount));
    let installments = document.installments.iter().map(|part| part.amount);
    for amount in parts.clone().chain(installments.clone()) {
        if amount.currency != gross.currency {
            let (expected, found) = (gross.currency, amount.currency);
            return Err(DocumentRefused::MixedCurrency { expected, found });
        }
    }
    let sum = Money::sum(parts, gross.currency)?;
    if document.net.is_some() && sum != gross {
        return Err(DocumentRefused::DoesNotFoot { parts: sum, gross });
    }
    let sum = Money::sum(installments, gross.currency)?;
    if !document.installments.is_empty() && sum != gross {
        return Err(DocumentRefused::InstallmentsDiffer { installments: sum, gross });
    }
    Ok(())
}
