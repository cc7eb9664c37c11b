//! Decisions on what is sold on credit.
//!
//! Amounts are taken as everything known leaves them, ages and limits as of the day of what is
//! decided on.

use super::ground::Ground;
use super::refused::{CreditRefused, Refused};
use crate::event::{Event, EventBody};
use crate::gist::{Gist, Matter};
use crate::history::{Recorded, View};
use crate::ids::{DocumentId, OrderId};
use crate::receivables::{Exposure, Limit, called, in_currency};
use relatum_stream::EventRef;

pub(super) fn check(on: Ground<'_>, event: &Event) -> Result<(), Refused> {
    use EventBody as B;
    match &event.body {
        B::OrderPlaced(_) | B::InvoiceIssued(_) | B::DebitNoteIssued(_) | B::DraftSaved(_) => {
            Ok(sold(on, event)?)
        }
        B::CreditLimitSet(it) => match it.limit {
            Some(limit) if limit.is_negative() => {
                Err(CreditRefused::LimitNegative { limit }.into())
            }
            _ => Ok(()),
        },
        _ => Ok(()),
    }
}

fn sold(on: Ground<'_>, event: &Event) -> Result<(), CreditRefused> {
    let file = on.state.credit();
    let day = View::as_of(event.effective);
    let (limits, hold) = (file.limits(&day), file.hold(&day));
    if limits.is_empty() && hold.is_none() {
        return Ok(());
    }
    let at = EventRef::new(on.stream, on.state.version().plus(1));
    let gist = Gist::of(at, Recorded(i64::MAX), event);
    let latest = View::latest();
    let ledger = on.state.book().ledger(latest.known_at, on.policies);
    let grace = on.policies.overdue_grace(&day).rule;
    let changes = file.change(&ledger, &gist, grace, &latest);
    let Some((_, amount, _)) = changes.first().copied() else {
        return Ok(());
    };
    let (orders, document) = about(&gist);
    let approved = |code: &str| file.is_approved(code, &orders, document, amount, &day);
    let mut more = Exposure::none(amount.currency);
    changes.iter().for_each(|(risk, change, _)| {
        if change.currency == amount.currency {
            more.add(*risk, change.minor);
        }
    });
    let held =
        CreditRefused::Held { reason: hold.map(|(_, it)| it.to_owned()).unwrap_or_default() };
    if hold.is_some() && more.total() > 0 && !approved(held.code()) {
        return Err(held);
    }
    let risks = file.risks(&ledger, grace, &latest, event.effective);
    let base = on.policies.base_currency(&day).rule;
    for Limit { kind, limit, .. } in limits {
        let currency = limit.currency;
        let (mut exposure, _) = Exposure::sum(&risks, currency, base);
        let before = exposure.clone();
        for (risk, change, rate) in &changes {
            if let Some(change) = in_currency(*change, *rate, currency, base) {
                exposure.add(*risk, change.minor);
            }
        }
        let (was, would_be) = (before.of_kind(kind), exposure.of_kind(kind));
        let grows = would_be.minor > was.minor || exposure.total() > before.total();
        let refused = CreditRefused::LimitExceeded { kind: called(kind), limit, was, would_be };
        if grows && would_be.minor > limit.minor && !approved(refused.code()) {
            return Err(refused);
        }
    }
    Ok(())
}

/// The orders and the document that something is about: what an approval may name.
fn about(gist: &Gist<'_>) -> (Vec<OrderId>, Option<DocumentId>) {
    match &gist.matter {
        Matter::Ordered { order, .. } => (vec![*order], None),
        Matter::Document(paper) | Matter::Draft(paper) => {
            (paper.charges.iter().map(|it| it.order).collect(), Some(paper.document))
        }
        _ => (Vec::new(), None),
    }
}
