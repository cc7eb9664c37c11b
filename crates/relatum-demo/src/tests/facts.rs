//! Facts as such: equal, ordered, unique, known in time.

use std::collections::{BTreeMap, BTreeSet};

use chrono::Datelike;
use relatum_domain::{Event, EventBody};
use sha2::{Digest, Sha256};

use super::{default_book, many, named, today};
use crate::{Fact, Options, Scale, book};

fn digest(facts: &[Fact]) -> String {
    let mut hash = Sha256::new();
    for fact in facts {
        hash.update(fact.stream.to_string());
        hash.update(fact.recorded_at.to_rfc3339());
        hash.update(fact.event.body.event_type());
        hash.update(fact.event.encode().unwrap().get());
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_default_book_does_not_change_unnoticed() {
    let facts = default_book();
    assert_eq!(facts, default_book());
    assert_eq!(facts.len(), 11_703);
    assert_eq!(digest(&facts), "6db3fe71b7a8f687546077ab380fd6a46b883d4f8e1b001c01cdfbfdc34a6868");
}

#[test]
fn another_seed_is_another_book_and_an_account_more_leaves_the_others() {
    assert_ne!(book(&Options::new(8, today())), default_book());
    let of = |accounts| book(&Options::new(7, today()).accounts(accounts));
    let (small, large) = (of(8), of(9));
    let first = &crate::stories(9)[1].account;
    let only = |facts: Vec<Fact>| -> Vec<Fact> {
        facts.into_iter().filter(|fact| fact.stream == (*first).into()).collect()
    };
    assert_eq!(only(small), only(large));
}

#[test]
fn every_fact_encodes_and_decodes_to_itself() {
    for fact in default_book() {
        let body = &fact.event.body;
        assert!(body.streams().contains(&fact.stream.kind), "{fact:?}");
        let json = fact.event.encode().unwrap();
        let again = Event::decode(body.event_type(), body.schema(), json.get()).unwrap();
        assert_eq!(again, fact.event);
    }
}

#[test]
fn instants_ascend_on_working_days_before_today() {
    for &(today, ref facts) in many() {
        assert!(facts.is_sorted_by_key(|fact| fact.recorded_at));
        let mut last = BTreeMap::new();
        for fact in facts {
            let before = last.insert(fact.stream, fact.recorded_at);
            assert!(before.is_none_or(|before| before < fact.recorded_at), "{fact:?}");
            let day = fact.recorded_at.date_naive();
            assert!(day < today && day.weekday().num_days_from_monday() < 5, "{fact:?}");
        }
        let ties = facts.windows(2).filter(|pair| pair[0].recorded_at == pair[1].recorded_at);
        for pair in ties {
            let both = [0, 1].map(|at| pair[at].event.body.event_type());
            assert_eq!(both, ["payment_received", "paid_by_other"]);
        }
    }
}

#[test]
fn only_plans_look_ahead() {
    for &(today, ref facts) in many() {
        for fact in facts {
            assert!(fact.event.effective <= today, "{fact:?}");
            let early = fact.event.effective > fact.recorded_at.date_naive();
            let kind = fact.event.body.event_type();
            let plan = matches!(kind, "quota_set" | "plan_stated" | "absence_stated");
            assert!(!early || plan, "{fact:?}");
        }
    }
}

#[test]
fn keys_are_unique_in_their_stream() {
    for (_, facts) in many() {
        let mut keys = BTreeSet::new();
        for fact in facts {
            assert_eq!(fact.event.source.system, "demo");
            let key = fact.event.idempotency_key(fact.event.body.event_type());
            assert!(keys.insert((fact.stream, key.clone())), "{key}");
        }
    }
}

#[test]
fn references_name_earlier_facts_of_their_stream() {
    let mut seen = BTreeSet::new();
    for (_, facts) in many() {
        let named = named(facts);
        let by_name: BTreeMap<_, _> = named.iter().copied().collect();
        for (name, fact) in &named {
            let voided = match &fact.event.body {
                EventBody::EventVoided(body) => Some(body.event),
                _ => None,
            };
            for of in [fact.event.amends, fact.event.causation, voided].into_iter().flatten() {
                assert!(of.stream == name.stream && of.version < name.version, "{fact:?}");
                assert!(by_name[&of].recorded_at < fact.recorded_at);
            }
            if let Some(of) = fact.event.amends {
                let type_of = |fact: &Fact| fact.event.body.event_type();
                assert_eq!(type_of(by_name[&of]), type_of(fact));
                seen.insert("amended");
            }
            seen.extend(voided.map(|_| "voided"));
        }
    }
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), ["amended", "voided"]);
}

#[test]
fn ids_are_unique() {
    use EventBody as B;
    for (_, facts) in many() {
        let mut ids = BTreeSet::new();
        for fact in facts.iter().filter(|fact| fact.event.amends.is_none()) {
            let id = match &fact.event.body {
                B::ContactAdded(body) => body.contact.uuid(),
                B::ActivityPlanned(body) => body.activity.uuid(),
                B::OpportunityOpened(body) => body.opportunity.uuid(),
                B::OfferMade(body) => body.offer.uuid(),
                B::ContractSigned(body) => body.contract.uuid(),
                B::OrderPlaced(body) => body.order.uuid(),
                B::OrderDelivered(body) => body.delivery.uuid(),
                B::GoodsReturned(body) => body.goods_return.uuid(),
                B::InvoiceIssued(body) => body.0.document.uuid(),
                B::DebitNoteIssued(body) => body.0.document.uuid(),
                B::InterestInvoiceIssued(body) => body.0.document.uuid(),
                B::OpeningItemStated(body) => body.0.document.uuid(),
                B::DraftSaved(body) => body.0.document.uuid(),
                B::CreditNoteIssued(body) => body.document.document.uuid(),
                B::PaymentReceived(body) => body.payment.uuid(),
                B::RefundPaid(body) => body.refund.uuid(),
                B::NettedWithPayables(body) => body.netting.uuid(),
                B::DisputeOpened(body) => body.dispute.uuid(),
                B::PromiseMade(body) => body.promise.uuid(),
                B::ComplaintMade(body) => body.complaint.uuid(),
                B::ActivityHeld(body) if !body.actions.is_empty() => body.actions[0].action.uuid(),
                _ => continue,
            };
            assert!(ids.insert(id), "{fact:?}");
        }
    }
}

#[test]
fn books_of_any_size_and_day_are_written() {
    for accounts in [0, 1, 3, 6, 41] {
        let facts = book(&Options::new(1, today()).accounts(accounts));
        let opened = facts.iter().filter(|fact| fact.event.body.event_type() == "account_opened");
        assert_eq!(opened.count(), accounts as usize);
    }
    let short = Options { scale: Scale { accounts: 40, quarters: 0 }, ..Options::new(1, today()) };
    assert!(!book(&short).is_empty());
    for day in [chrono::NaiveDate::MIN, chrono::NaiveDate::MAX] {
        assert!(!book(&Options::new(1, day).accounts(3)).is_empty());
    }
}
