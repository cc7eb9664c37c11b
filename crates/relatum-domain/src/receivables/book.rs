//! The receivables of one account: a fold over its events, and what it answers.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use relatum_stream::EventRef;
use serde::{Deserialize, Serialize};

use super::item::{Dispute, Effect, Item, ItemKey, OpenItem, Original, Part};
use crate::event::document::ReceivableDocument;
use crate::event::settlement::{
    Application, ApplicationKind, PaymentReceived, RefundPaid, Reversible,
};
use crate::event::{Event, EventBody};
use crate::history::{Recorded, Stamp, View, Voids};
use crate::ids::{DisputeId, DocumentId};
use crate::money::{Currency, Money};

/// What can be undone by a reversal, as this book names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Undone {
    Item(ItemKey),
    /// All that the event of this version did: a reversal, a write-off, a netting, a refund.
    Version(u64),
}

/// The receivables of one account.
///
/// # Example
/// ```
/// use chrono::NaiveDate;
/// use relatum_domain::event::document::{InvoiceIssued, ReceivableDocument};
/// use relatum_domain::receivables::Book;
/// use relatum_domain::{AccountId, Actor, Derived, DocumentId, Event, Money, Recorded, Source, View};
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
    items: BTreeMap<ItemKey, Item>,
    reversals: BTreeMap<Undone, Vec<Stamp>>,
    resolved: BTreeMap<DisputeId, Vec<Stamp>>,
    voids: Voids,
}

impl Book {
    /// Takes in `event`, which stands at `at` in the account's stream and became known at
    /// `recorded`. What does not concern receivables changes nothing.
    pub fn evolve(&mut self, at: EventRef, recorded: Recorded, event: &Event) {
        self.voids.learn(at, recorded, event);
        let stamp = Stamp::of(at, recorded, event);
        match &event.body {
            EventBody::InvoiceIssued(it) => self.document(stamp, &it.0, 1),
            EventBody::DebitNoteIssued(it) => self.document(stamp, &it.0, 1),
            EventBody::InterestInvoiceIssued(it) => self.document(stamp, &it.0, 1),
            EventBody::OpeningItemStated(it) => self.document(stamp, &it.0, 1),
            EventBody::CreditNoteIssued(note) => {
                self.document(stamp, &note.document, -1);
                let from = ItemKey::Document(note.document.document);
                self.applied(stamp, Some(from), &note.applications, false, 1);
            }
            EventBody::PaymentReceived(payment) => self.payment(stamp, payment),
            EventBody::PaidByOther(paid) => {
                self.applied(stamp, None, &paid.applications, false, 1);
            }
            EventBody::RefundPaid(refund) => self.refund(stamp, refund),
            EventBody::NettedWithPayables(netting) => {
                self.applied(stamp, None, &netting.applications, false, 1);
            }
            EventBody::WrittenOff(it) => self.applied(stamp, None, &it.applications, false, 1),
            EventBody::WriteOffRecovered(it) => {
                self.applied(stamp, None, &it.applications, false, -1);
            }
            EventBody::CreditAllocated(it) => {
                self.applied(stamp, Some(it.from.into()), &it.applications, false, 1);
            }
            EventBody::AllocationUndone(it) => {
                self.applied(stamp, Some(it.from.into()), &it.applications, false, -1);
            }
            EventBody::Reversed(it) => {
                let what = match it.what {
                    Reversible::Payment(payment) => Undone::Item(ItemKey::Payment(payment)),
                    Reversible::Document(document) => Undone::Item(ItemKey::Document(document)),
                    Reversible::Event(event) if event.stream == at.stream => {
                        Undone::Version(event.version.0)
                    }
                    Reversible::Event(_) => return,
                };
                self.reversals.entry(what).or_default().push(stamp);
            }
            EventBody::DisputeOpened(it) => {
                let item = self.items.entry(ItemKey::Document(it.document)).or_default();
                item.disputes.push(Dispute {
                    stamp,
                    dispute: it.dispute,
                    installment: it.installment,
                    amount: it.amount,
                });
            }
            EventBody::DisputeResolved(it) => {
                self.resolved.entry(it.dispute).or_default().push(stamp);
            }
            _ => {}
        }
    }

    fn original(&mut self, key: ItemKey, original: Original) {
        self.items.entry(key).or_default().originals.push(original);
    }

    fn effect(&mut self, key: ItemKey, effect: Effect) {
        self.items.entry(key).or_default().effects.push(effect);
    }

    fn document(&mut self, stamp: Stamp, document: &ReceivableDocument, sign: i64) {
        let key = ItemKey::Document(document.document);
        self.original(key, Original::of_document(stamp, document, sign));
    }

    fn payment(&mut self, stamp: Stamp, payment: &PaymentReceived) {
        let key = ItemKey::Payment(payment.payment);
        let owed = Money::new(payment.amount.minor.saturating_neg(), payment.amount.currency);
        let mut original = plain(stamp, owed, payment.ledger_account.clone());
        original.number.clone_from(&payment.reference);
        original.company = payment.company;
        self.original(key, original);
        self.applied(stamp, Some(key), &payment.applications, payment.advance, 1);
    }

    fn refund(&mut self, stamp: Stamp, refund: &RefundPaid) {
        let key = ItemKey::Refund(refund.refund);
        self.original(key, plain(stamp, refund.amount, None));
        let Some(credit) = refund.of.map(ItemKey::from) else { return };
        let effect = |amount: i64, other| Effect {
            stamp,
            day: stamp.effective,
            other: Some(other),
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

    /// Books applications on the items that they settle and, if they use up a credit of this
    /// account, on that credit. `sign` is -1 where they are taken back.
    fn applied(
        &mut self,
        stamp: Stamp,
        from: Option<ItemKey>,
        applications: &[Application],
        advance: bool,
        sign: i64,
    ) {
        for application in applications {
            let target = ItemKey::Document(application.document);
            let effect = |other, amount: Money, sign: i64| Effect {
                stamp,
                day: application.day.unwrap_or(stamp.effective),
                other,
                installment: application.installment,
                currency: amount.currency,
                amount: amount.minor.saturating_mul(sign),
                kind: application.kind,
                advance,
            };
            let foreign = application.account.is_some();
            // Discount, withholding and write-off settle the item out of nobody's money.
            let uses_credit = matches!(application.kind, ApplicationKind::Payment | ApplicationKind::Credit);
            let from = from.filter(|_| uses_credit);
            if !foreign {
                let down = effect(from, application.amount, sign.saturating_neg());
                self.effect(target, down);
            }
            if let Some(from) = from {
                let other = (!foreign).then_some(target);
                let mut up = effect(other, application.paid.unwrap_or(application.amount), sign);
                up.installment = None;
                up.advance = false;
                self.effect(from, up);
            }
        }
    }

    /// Everything open, seen from `view`, a row an installment, in the order of item keys.
    ///
    /// A row with nothing open is left out; one minor unit left open stays.
    #[must_use]
    pub fn open_items(&self, view: &View) -> Vec<OpenItem> {
        self.items.iter().flat_map(|(key, item)| self.open_of(*key, item, view)).collect()
    }

    /// What is open of one document, or of the credit that a payment left, seen from `view`.
    #[must_use]
    pub fn open_item(&self, key: ItemKey, view: &View) -> Vec<OpenItem> {
        self.items.get(&key).map(|item| self.open_of(key, item, view)).unwrap_or_default()
    }

    /// With how much the item began, if it is seen from `view`.
    #[must_use]
    pub fn original_of(&self, key: ItemKey, view: &View) -> Option<Money> {
        let original = self.seen(key, view)?;
        Some(Money::new(original.amount, original.currency))
    }

    /// The document behind a dispute and whether it is still disputed, seen from `view`.
    #[must_use]
    pub fn is_disputed(&self, dispute: DisputeId, view: &View) -> bool {
        let mut all = self.items.values().flat_map(|item| &item.disputes);
        all.any(|row| row.dispute == dispute && self.shows_dispute(row, view))
    }

    /// The day from which a document counts, if it is seen from `view`.
    #[must_use]
    pub fn day_of(&self, document: DocumentId, view: &View) -> Option<NaiveDate> {
        self.seen(ItemKey::Document(document), view).map(|original| original.stamp.effective)
    }

    /// Whether the item is reversed, seen from `view`.
    #[must_use]
    pub fn is_reversed(&self, key: ItemKey, view: &View) -> bool {
        self.undone(Undone::Item(key), view)
    }

    /// Whether what the event of `version` did is reversed, seen from `view`.
    #[must_use]
    pub fn is_event_reversed(&self, version: u64, view: &View) -> bool {
        self.undone(Undone::Version(version), view)
    }

    fn undone(&self, what: Undone, view: &View) -> bool {
        // Ends: a reversal names an earlier event, or an item.
        self.reversals.get(&what).is_some_and(|stamps| {
            stamps.iter().any(|stamp| {
                self.voids.shows(*stamp, view)
                    && (what < Undone::Version(stamp.version))
                    && !self.undone(Undone::Version(stamp.version), view)
            })
        })
    }

    /// The item's original, if seen and not reversed. A second one under the same id does not
    /// count: one identity is one document.
    fn seen(&self, key: ItemKey, view: &View) -> Option<&Original> {
        let item = self.items.get(&key)?;
        let original = item.originals.iter().find(|row| self.voids.shows(row.stamp, view))?;
        (!self.undone(Undone::Item(key), view)).then_some(original)
    }

    /// Whether an effect counts: it and the item on its other side are there by then.
    fn shows_effect(&self, effect: &Effect, currency: Currency, view: &View) -> bool {
        effect.currency == currency
            && effect.day <= view.as_of
            && self.voids.shows(effect.stamp, view)
            && !self.undone(Undone::Version(effect.stamp.version), view)
            && effect.other.is_none_or(|other| self.seen(other, view).is_some())
    }

    fn shows_dispute(&self, row: &Dispute, view: &View) -> bool {
        let over = |stamps: &Vec<Stamp>| stamps.iter().any(|at| self.voids.shows(*at, view));
        self.voids.shows(row.stamp, view) && !self.resolved.get(&row.dispute).is_some_and(over)
    }

    fn open_of(&self, key: ItemKey, item: &Item, view: &View) -> Vec<OpenItem> {
        let Some(original) = self.seen(key, view) else { return Vec::new() };
        let effects =
            item.effects.iter().filter(|row| self.shows_effect(row, original.currency, view));
        let open = original.open_parts(effects);
        let several = original.parts.len() > 1;
        let disputes: Vec<&Dispute> =
            item.disputes.iter().filter(|row| self.shows_dispute(row, view)).collect();
        let rows = original.parts.iter().zip(open).zip(0_u32..).filter(|((_, open), _)| *open != 0);
        let money = |minor| Money::new(minor, original.currency);
        // A dispute over no named installment takes from the oldest row on.
        let mut unnamed: i64 = disputed(disputes.iter().filter(|row| row.installment.is_none()));
        rows.map(|((part, open), at)| {
            let named = disputed(disputes.iter().filter(|row| row.installment == Some(at)));
            let room = open.max(0);
            let rest = room.saturating_sub(named.min(room)).min(unnamed);
            unnamed = unnamed.saturating_sub(rest);
            OpenItem {
                item: key,
                number: original.number.clone(),
                company: original.company,
                ledger_account: part.ledger_account.clone(),
                installment: several.then_some(at),
                version: original.stamp.version,
                document_day: original.document_day,
                due: part.due,
                original: money(part.amount),
                open: money(open),
                disputed: money(named.min(room).saturating_add(rest)),
            }
        })
        .collect()
    }
}

/// The disputed sum of `rows`; a dispute without an amount is over everything.
fn disputed<'a>(rows: impl Iterator<Item = &'a &'a Dispute>) -> i64 {
    rows.map(|row| row.amount.map_or(i64::MAX, |amount| amount.minor.max(0)))
        .fold(0, i64::saturating_add)
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
