//! The receivables of one account: a fold over its events.

use std::collections::{BTreeMap, BTreeSet};

use relatum_stream::{EventRef, StreamId};
use serde::{Deserialize, Serialize};

use super::item::{Dispute, Effect, Item, ItemKey, Original, Part};
use crate::event::document::ReceivableDocument;
use crate::event::settlement::{
    Application, ApplicationKind, CreditSource, DisputeOpened, PaymentReceived, RefundPaid,
    Reversible,
};
use crate::event::{Event, EventBody};
use crate::history::{Recorded, Stamp, Voids};
use crate::ids::{AccountId, DisputeId, PaymentId};
use crate::money::Money;

/// What can be undone by a reversal, as this book names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Undone {
    Item(ItemKey),
    /// All that the event of this version did: a reversal, a write-off, a netting, a refund.
    Version(u64),
}

/// What an event did to the book, as a reversal of it needs to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Did {
    /// It made an item.
    Made(ItemKey),
    /// It reversed something.
    Reversed(Undone),
    /// It settled or re-opened items.
    Settled,
}

/// The receivables of one account.
///
/// # Example
/// ```
/// use chrono::NaiveDate;
/// use relatum_domain::event::document::{InvoiceIssued, ReceivableDocument};
/// use relatum_domain::receivables::Book;
/// use relatum_domain::{AccountId, Actor, Derived, DocumentId, Event, Money};
/// use relatum_domain::{Recorded, Source, View};
/// use relatum_stream::{EventRef, Version};
///
/// let day = |text: &str| text.parse::<NaiveDate>().unwrap();
/// let amount = Money::parse("100.00", "EUR".parse()?)?;
/// let invoice = ReceivableDocument::new(DocumentId::derived("erp", "1"), "R-1", amount)
///     .due(day("2026-01-31"));
/// let event = Event::new(
///     day("2026-01-01"), Actor::system("erp"), Source::new("erp", "1"), InvoiceIssued(invoice),
/// );
/// let mut book = Book::default();
/// let first = EventRef::new(AccountId::derived("erp", "C-1").into(), Version(1));
/// book.evolve(first, Recorded::default(), &event);
/// let open = book.open_items(&View::as_of(day("2026-02-01")));
/// assert_eq!((open[0].open, open[0].due), (amount, day("2026-01-31")));
/// assert!(book.open_items(&View::as_of(day("2025-12-31"))).is_empty());
/// # Ok::<(), relatum_domain::AmountError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Book {
    pub(super) items: BTreeMap<ItemKey, Item>,
    pub(super) reversals: BTreeMap<Undone, Vec<Stamp>>,
    pub(super) resolved: BTreeMap<DisputeId, Vec<Stamp>>,
    /// The documents over which there is a dispute of this id.
    pub(super) disputed: BTreeMap<DisputeId, BTreeSet<ItemKey>>,
    /// Payments of other accounts that settle items of this one.
    pub(super) paid_by_others: BTreeMap<PaymentId, Vec<Stamp>>,
    /// Accounts whose items a payment of this one settles.
    pub(super) paid_for: BTreeMap<PaymentId, BTreeSet<AccountId>>,
    /// What each event that moved receivables did, by version.
    pub(super) did: BTreeMap<u64, Did>,
    /// Versions of the events that are half of a settlement across accounts.
    pub(super) halves: BTreeSet<u64>,
    pub(super) voids: Voids,
}

/// What applications have in common.
struct Apply {
    stamp: Stamp,
    /// The account's own.
    stream: StreamId,
    /// The credit that they use up.
    from: Option<ItemKey>,
    /// What they are, where they say no more than `payment`.
    kind: ApplicationKind,
    advance: bool,
    /// -1 where they are taken back.
    sign: i64,
}

impl Book {
    /// The documents and payments of which any event told, voided or not.
    pub fn keys(&self) -> impl Iterator<Item = ItemKey> + '_ {
        self.items.keys().copied()
    }

    /// Takes in `event`, which stands at `at` in the account's stream and became known at
    /// `recorded`. What does not concern receivables changes nothing.
    pub fn evolve(&mut self, at: EventRef, recorded: Recorded, event: &Event) {
        self.voids.learn(at, recorded, event);
        let stamp = Stamp::of(at, recorded, event);
        let plain = Apply {
            stamp,
            stream: at.stream,
            from: None,
            kind: ApplicationKind::Payment,
            advance: false,
            sign: 1,
        };
        match &event.body {
            EventBody::InvoiceIssued(it) => self.document(stamp, &it.0, 1),
            EventBody::DebitNoteIssued(it) => self.document(stamp, &it.0, 1),
            EventBody::InterestInvoiceIssued(it) => self.document(stamp, &it.0, 1),
            EventBody::OpeningItemStated(it) => self.document(stamp, &it.0, 1),
            EventBody::CreditNoteIssued(note) => {
                let from = CreditSource::Document(note.document.document);
                self.applied(&plain.out_of(from), &note.applications);
                self.document(stamp, &note.document, -1);
            }
            EventBody::PaymentReceived(it) => {
                let from = CreditSource::Payment(it.payment);
                let how = Apply { advance: it.advance, ..plain.out_of(from) };
                self.applied(&how, &it.applications);
                self.payment(stamp, it);
            }
            EventBody::PaidByOther(it) => {
                self.paid_by_others.entry(it.payment).or_default().push(stamp);
                self.halves.insert(stamp.version);
                let from = CreditSource::Payment(it.payment);
                self.applied(&plain.out_of(from), &it.applications);
            }
            EventBody::RefundPaid(it) => self.refund(stamp, it),
            EventBody::NettedWithPayables(it) => {
                let how = Apply { kind: ApplicationKind::Netting, ..plain };
                self.applied(&how, &it.applications);
            }
            EventBody::WrittenOff(it) => {
                let how = Apply { kind: ApplicationKind::WriteOff, ..plain };
                self.applied(&how, &it.applications);
            }
            EventBody::WriteOffRecovered(it) => {
                let how = Apply { kind: ApplicationKind::WriteOff, sign: -1, ..plain };
                self.applied(&how, &it.applications);
            }
            EventBody::CreditAllocated(it) => {
                self.applied(&plain.out_of(it.from), &it.applications);
            }
            EventBody::AllocationUndone(it) => {
                // In the payer's own stream the applications themselves say so.
                if let CreditSource::Payment(payment) = it.from
                    && self.paid_by_others.contains_key(&payment)
                {
                    self.halves.insert(stamp.version);
                }
                let how = Apply { sign: -1, ..plain.out_of(it.from) };
                self.applied(&how, &it.applications);
            }
            EventBody::Reversed(it) => self.reversal(stamp, at.stream, it.what),
            EventBody::DisputeOpened(it) => self.dispute(stamp, it),
            EventBody::DisputeResolved(it) => {
                self.resolved.entry(it.dispute).or_default().push(stamp);
            }
            _ => {}
        }
    }

    /// Sees the event at `target` as replaced by the one that is to stand at `by`.
    pub(crate) fn replace(&mut self, target: u64, by: u64) {
        self.voids.replace(target, by);
    }

    fn original(&mut self, key: ItemKey, original: Original) {
        self.did.insert(original.stamp.version, Did::Made(key));
        self.items.entry(key).or_default().originals.push(original);
    }

    fn effect(&mut self, key: ItemKey, effect: Effect) {
        self.did.entry(effect.stamp.version).or_insert(Did::Settled);
        self.items.entry(key).or_default().effects.push(effect);
    }

    fn document(&mut self, stamp: Stamp, document: &ReceivableDocument, sign: i64) {
        let key = ItemKey::Document(document.document);
        self.original(key, Original::of_document(stamp, document, sign));
    }

    fn payment(&mut self, stamp: Stamp, payment: &PaymentReceived) {
        let minor = payment.amount.minor.saturating_neg();
        let owed = Money::new(minor, payment.amount.currency);
        let mut original = plain(stamp, owed, payment.ledger_account.clone());
        original.number.clone_from(&payment.reference);
        original.company = payment.company;
        self.original(ItemKey::Payment(payment.payment), original);
    }

    fn refund(&mut self, stamp: Stamp, refund: &RefundPaid) {
        let key = ItemKey::Refund(refund.refund);
        if let Some(credit) = refund.of.map(ItemKey::from) {
            let effect = |amount: i64, other| Effect {
                stamp,
                day: stamp.effective,
                other: Some(other),
                other_currency: Some(refund.amount.currency),
                others_too: false,
                installment: None,
                currency: refund.amount.currency,
                amount,
                kind: ApplicationKind::Payment,
                advance: false,
            };
            // The money went out of the credit: each closes the other.
            self.effect(key, effect(refund.amount.minor.saturating_neg(), credit));
            self.effect(credit, effect(refund.amount.minor, key));
        }
        self.original(key, plain(stamp, refund.amount, None));
    }

    fn reversal(&mut self, stamp: Stamp, stream: StreamId, what: Reversible) {
        let what = match what {
            Reversible::Payment(payment) => {
                let elsewhere = self.paid_by_others.contains_key(&payment);
                if elsewhere || self.paid_for.contains_key(&payment) {
                    self.halves.insert(stamp.version);
                }
                Undone::Item(ItemKey::Payment(payment))
            }
            Reversible::Document(document) => Undone::Item(ItemKey::Document(document)),
            Reversible::Event(event) if event.stream == stream => Undone::Version(event.version.0),
            Reversible::Event(_) => return,
        };
        self.did.insert(stamp.version, Did::Reversed(what));
        self.reversals.entry(what).or_default().push(stamp);
    }

    fn dispute(&mut self, stamp: Stamp, it: &DisputeOpened) {
        let key = ItemKey::Document(it.document);
        self.disputed.entry(it.dispute).or_default().insert(key);
        self.items.entry(key).or_default().disputes.push(Dispute {
            stamp,
            dispute: it.dispute,
            installment: it.installment,
            amount: it.amount,
        });
    }

    /// Books applications on the items that they settle and, if they use up a credit of this
    /// account, on that credit.
    fn applied(&mut self, how: &Apply, applications: &[Application]) {
        for it in applications {
            let target = ItemKey::Document(it.document);
            let kind = match it.kind {
                ApplicationKind::Payment => how.kind,
                stated => stated,
            };
            // Discount, withholding and write-off settle the item out of nobody's money; but
            // they fall with the payment that brought them.
            let credit = how.from.filter(|_| kind.uses_credit());
            let foreign = it.account.filter(|_| it.is_for_other(how.stream));
            let down = Effect {
                stamp: how.stamp,
                day: it.day.unwrap_or(how.stamp.effective),
                other: how.from,
                other_currency: credit.map(|_| it.used().currency),
                others_too: true,
                installment: it.installment,
                currency: it.amount.currency,
                amount: it.amount.minor.saturating_mul(how.sign.saturating_neg()),
                kind,
                advance: how.advance,
            };
            if let Some(credit) = credit {
                let up = Effect {
                    other: foreign.is_none().then_some(target),
                    other_currency: foreign.is_none().then_some(it.amount.currency),
                    installment: None,
                    currency: it.used().currency,
                    amount: it.used().minor.saturating_mul(how.sign),
                    advance: false,
                    ..down.clone()
                };
                self.effect(credit, up);
            }
            match foreign {
                None => self.effect(target, down),
                Some(account) => {
                    self.halves.insert(how.stamp.version);
                    if let Some(ItemKey::Payment(payment)) = how.from {
                        self.paid_for.entry(payment).or_default().insert(account);
                    }
                }
            }
        }
    }
}

impl Apply {
    /// The same out of a credit. What a document settles, it settles as a credit.
    fn out_of(&self, credit: CreditSource) -> Self {
        let kind = match credit {
            CreditSource::Payment(_) => ApplicationKind::Payment,
            CreditSource::Document(_) => ApplicationKind::Credit,
        };
        Self { from: Some(credit.into()), kind, ..*self }
    }
}

/// An item without number or installments.
fn plain(stamp: Stamp, amount: Money, ledger_account: Option<String>) -> Original {
    let day = stamp.effective;
    Original {
        stamp,
        number: None,
        company: None,
        document_day: day,
        currency: amount.currency,
        amount: amount.minor,
        parts: vec![Part { due: day, amount: amount.minor, ledger_account }],
    }
}
