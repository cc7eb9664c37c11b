//! Receivables, computed anew without the generator's own bookkeeping.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use relatum_domain::event::document::ReceivableDocument;
use relatum_domain::event::settlement::{
    Application, ApplicationKind as Kind, CreditSource, Reversible,
};
use relatum_domain::{DocumentId, EventBody as B, PaymentId};

use super::{default_book, many, standing};
use crate::Fact;

fn documents(facts: &[Fact]) -> impl Iterator<Item = (&Fact, &ReceivableDocument)> {
    facts.iter().filter_map(|fact| match &fact.event.body {
        B::InvoiceIssued(body) => Some((fact, &body.0)),
        B::DebitNoteIssued(body) => Some((fact, &body.0)),
        B::InterestInvoiceIssued(body) => Some((fact, &body.0)),
        B::OpeningItemStated(body) => Some((fact, &body.0)),
        B::DraftSaved(body) => Some((fact, &body.0)),
        B::CreditNoteIssued(body) => Some((fact, &body.document)),
        _ => None,
    })
}

#[test]
fn documents_foot() {
    for (_, facts) in many() {
        for (fact, document) in documents(facts) {
            assert!(document.gross.is_positive(), "{fact:?}");
            let minor = |money: Option<relatum_domain::Money>| money.map_or(0, |money| money.minor);
            let tax: i64 = document.tax.iter().map(|line| line.amount.minor).sum();
            if document.net.is_some() {
                let sum = minor(document.net) + tax + minor(document.freight);
                assert_eq!(sum, document.gross.minor, "{fact:?}");
            }
            if !document.installments.is_empty() {
                let sum: i64 = document.installments.iter().map(|part| part.amount.minor).sum();
                assert_eq!(sum, document.gross.minor, "{fact:?}");
            }
            if !document.lines.is_empty() {
                let sum: i64 = document.lines.iter().map(|line| line.line.net.micro).sum();
                assert_eq!(sum, minor(document.net) * 10_000, "{fact:?}");
            }
            let due = document.due.is_none_or(|due| due >= fact.event.effective);
            assert!(due || matches!(fact.event.body, B::OpeningItemStated(_)), "{fact:?}");
        }
    }
}

/// What is open of documents and left of credits.
#[derive(Default)]
struct Ledger {
    open: BTreeMap<DocumentId, (i64, NaiveDate)>,
    left: BTreeMap<String, i64>,
    paid: BTreeMap<PaymentId, Vec<Application>>,
}

impl Ledger {
    fn apply(&mut self, fact: &Fact, applications: &[Application], from: Option<String>) {
        for application in applications {
            let amount = application.amount.minor;
            assert!(amount > 0, "{fact:?}");
            let (open, since) = self.open.get_mut(&application.document).expect("a known document");
            *open -= amount;
            assert!(*open >= 0, "above what is open: {fact:?}");
            assert!(fact.event.effective >= *since, "before the document: {fact:?}");
            let uses = matches!(application.kind, Kind::Payment | Kind::Credit);
            if let (Some(from), true) = (&from, uses) {
                let left = self.left.get_mut(from).expect("a known credit");
                *left -= amount;
                assert!(*left >= 0, "above the credit: {fact:?}");
            }
        }
    }

    fn read(&mut self, fact: &Fact) {
        let day = fact.event.effective;
        match &fact.event.body {
            B::InvoiceIssued(_)
            | B::DebitNoteIssued(_)
            | B::InterestInvoiceIssued(_)
            | B::OpeningItemStated(_) => {
                for (_, document) in documents(std::slice::from_ref(fact)) {
                    self.open.insert(document.document, (document.gross.minor, day));
                }
            }
            B::CreditNoteIssued(body) => {
                let key = format!("{:?}", CreditSource::Document(body.document.document));
                self.left.insert(key.clone(), body.document.gross.minor);
                self.apply(fact, &body.applications, Some(key));
            }
            B::PaymentReceived(body) => {
                let key = format!("{:?}", CreditSource::Payment(body.payment));
                self.left.insert(key.clone(), body.amount.minor);
                self.paid.insert(body.payment, body.applications.clone());
                self.apply(fact, &body.applications, Some(key));
            }
            B::CreditAllocated(body) => {
                self.apply(fact, &body.applications, Some(format!("{:?}", body.from)));
            }
            B::NettedWithPayables(body) => self.apply(fact, &body.applications, None),
            B::WrittenOff(body) => self.apply(fact, &body.applications, None),
            B::WriteOffRecovered(body) => {
                for application in &body.applications {
                    self.open.get_mut(&application.document).unwrap().0 += application.amount.minor;
                }
            }
            B::Reversed(body) => {
                let Reversible::Payment(payment) = body.what else { panic!("{fact:?}") };
                for application in self.paid.remove(&payment).expect("a known payment") {
                    self.open.get_mut(&application.document).unwrap().0 += application.amount.minor;
                }
            }
            B::RefundPaid(body) => {
                let key = format!("{:?}", body.of.expect("out of a credit"));
                let left = self.left.get_mut(&key).expect("a known credit");
                *left -= body.amount.minor;
                assert!(*left >= 0, "{fact:?}");
            }
            _ => {}
        }
    }
}

#[test]
fn applications_stay_within_bounds_on_both_axes() {
    for (_, facts) in many() {
        let mut order = standing(facts);
        let mut known = Ledger::default();
        order.iter().for_each(|fact| known.read(fact));
        // The other axis: what held when, documents first on a day.
        order.sort_by_key(|fact| fact.event.effective);
        let mut held = Ledger::default();
        order.iter().for_each(|fact| held.read(fact));
        assert_eq!(known.open, held.open);
    }
}

#[test]
fn the_parent_pays_for_the_child_in_one_instant() {
    let facts = default_book();
    let pairs: Vec<_> = facts
        .windows(2)
        .filter_map(|pair| match (&pair[0].event.body, &pair[1].event.body) {
            (B::PaymentReceived(paid), B::PaidByOther(other)) if paid.payment == other.payment => {
                Some((&pair[0], paid, &pair[1], other))
            }
            _ => None,
        })
        .collect();
    let said = facts.iter().filter(|fact| fact.event.body.event_type() == "paid_by_other").count();
    assert!(said >= 2 && pairs.len() == said, "{said}");
    for (payer, paid, child, other) in pairs {
        assert_eq!(payer.recorded_at, child.recorded_at);
        assert_eq!(payer.stream, other.payer.into());
        assert_eq!(child.stream, paid.applications[0].account.unwrap().into());
        assert_eq!(paid.applications[0].amount, other.applications[0].amount);
    }
}

#[test]
fn every_account_stays_within_its_limit() {
    for (_, facts) in many() {
        let mut limits = BTreeMap::new();
        let mut open: BTreeMap<_, Ledger> = BTreeMap::new();
        for fact in facts {
            if let B::CreditLimitSet(body) = &fact.event.body {
                limits.insert(fact.stream, body.limit.unwrap().minor);
            }
        }
        for fact in standing(facts) {
            // A payment for another account is read on the other's stream.
            match &fact.event.body {
                B::PaymentReceived(body)
                    if body.applications.iter().any(|of| of.account.is_some()) => {}
                B::PaidByOther(body) => {
                    open.entry(fact.stream).or_default().apply(fact, &body.applications, None);
                }
                _ => open.entry(fact.stream).or_default().read(fact),
            }
            let owed: i64 = open[&fact.stream].open.values().map(|(open, _)| open).sum();
            assert!(owed <= limits.get(&fact.stream).copied().unwrap_or(0), "{fact:?}");
        }
    }
}
