//! Generated receivables: documents, payments, and everything that settles or undoes them.

use relatum_domain::event::document::{
    CreditNoteIssued, Installment, InstallmentKind, InvoiceIssued, ReceivableDocument,
};
use relatum_domain::event::settlement::{
    AllocationUndone, Application, CreditAllocated, CreditSource, DisputeOpened, DisputeResolved,
    Reversed, Reversible, WrittenOff,
};
use relatum_domain::{AccountId, Derived, DisputeId, DocumentId, EventBody};

use crate::aging::{invoice, named, paid, settles};
use crate::generated::{Op, manager};
use crate::raw::{Raw, day, euro};

/// Every credit of an account, with what it settles.
fn credits(raw: &Raw, who: AccountId) -> Vec<(CreditSource, Vec<Application>)> {
    let of_account = raw.events.iter().filter(|it| it.event.stream == who.into());
    of_account
        .filter_map(|it| match &it.data.body {
            EventBody::PaymentReceived(it) => {
                Some((CreditSource::Payment(it.payment), it.applications.clone()))
            }
            EventBody::CreditNoteIssued(it) => {
                Some((CreditSource::Document(it.document.document), it.applications.clone()))
            }
            _ => None,
        })
        .collect()
}

/// An invoice, sometimes in two installments.
fn some_invoice(id: DocumentId, op: &Op) -> EventBody {
    let mut it = invoice(id, op.n, op.day + i64::from(op.b % 60) - 5);
    if op.a.is_multiple_of(3) && op.n > 2 {
        let part = |due, minor| Installment {
            due: day(due),
            amount: euro(minor),
            kind: InstallmentKind::Normal,
            ledger_account: None,
        };
        let first = op.n / 3;
        it.installments = vec![part(op.day + 10, first), part(op.day + 40, op.n - first)];
    }
    InvoiceIssued(it).into()
}

fn written_off(of: Application) -> EventBody {
    let (applications, approver) = (vec![of], manager(0));
    WrittenOff { applications, reason: "small".into(), approver }.into()
}

/// A receivable event of the kinds that the recomputation knows.
pub(crate) fn receivable(raw: &Raw, op: &Op, who: AccountId) -> Option<EventBody> {
    let earlier = || raw.events.iter().filter(|it| it.event.stream == who.into());
    // Ids are used once, except where an amendment repeats one.
    let fresh = earlier().count() + 1;
    let invoices: Vec<(DocumentId, usize)> = earlier()
        .filter_map(|it| match &it.data.body {
            EventBody::InvoiceIssued(it) => Some((it.0.document, it.0.installments.len())),
            _ => None,
        })
        .collect();
    let invoice_of = |at: u8| invoices.get(usize::from(at) % invoices.len().max(1)).copied();
    let credits = credits(raw, who);
    let credit_of = |at: u8| credits.get(usize::from(at) % credits.len().max(1)).cloned();
    let application = |minor: i64| {
        invoice_of(op.a).map(|(document, parts)| Application {
            installment: (parts > 1 && op.b.is_multiple_of(3)).then_some(u32::from(op.b) % 2),
            day: (op.b.is_multiple_of(5)).then(|| day(op.day + 9)),
            ..settles(document, minor)
        })
    };
    Some(match op.what {
        9..=11 => some_invoice(named(who, fresh), op),
        12 => CreditNoteIssued {
            document: ReceivableDocument::new(named(who, fresh), "G-1", euro(op.n)),
            against: None,
            applications: application(op.n.min(40))
                .into_iter()
                .filter(|_| op.b.is_multiple_of(2))
                .collect(),
            reason: None,
        }
        .into(),
        13..=14 => {
            let of = application(op.n.min(90)).into_iter().collect();
            paid(named(who, fresh), op.n, of).into()
        }
        15 => {
            let (from, _) = credit_of(op.b)?;
            CreditAllocated { from, applications: vec![application(op.n.min(30))?], reason: None }
                .into()
        }
        16 => {
            let (from, applications) = credit_of(op.b)?;
            AllocationUndone { from, applications, reason: "error".into() }.into()
        }
        17 => {
            let what = match (op.b % 2, credit_of(op.a)?.0) {
                (0, CreditSource::Payment(payment)) => Reversible::Payment(payment),
                _ => Reversible::Document(invoice_of(op.a)?.0),
            };
            Reversed { what, reason: "bounced".into() }.into()
        }
        18 => written_off(application(op.n.min(20))?),
        _ if op.b.is_multiple_of(3) => {
            let dispute = DisputeId::derived("test", &format!("{who}/{}", op.a % 4));
            DisputeResolved { dispute, resolution: None }.into()
        }
        _ => DisputeOpened {
            dispute: DisputeId::derived("test", &format!("{who}/{}", op.a % 4)),
            document: invoice_of(op.a)?.0,
            installment: None,
            amount: (op.b.is_multiple_of(2)).then(|| euro(op.n.min(25))),
            reason: None,
            owner: None,
        }
        .into(),
    })
}
