//! What a book shows from a view: which events count, and what they leave open.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use relatum_stream::Version;

use super::book::{Book, Did, Undone};
use super::item::{Dispute, Effect, Item, ItemKey, Original};
use crate::event::settlement::{ApplicationKind, Reversible};
use crate::history::{Recorded, Stamp, View};
use crate::ids::{AccountId, CompanyId, DisputeId, DocumentId, PaymentId};
use crate::money::{Currency, Money};

impl Book {
    /// With how much the item began, if it is seen from `view` and not reversed.
    #[must_use]
    pub fn original_of(&self, key: ItemKey, view: &View) -> Option<Money> {
        let original = self.seen(key, view)?;
        Some(Money::new(original.amount, original.currency))
    }

    /// The version of the event that made the item, if it is seen from `view`.
    #[must_use]
    pub fn made_by(&self, key: ItemKey, view: &View) -> Option<Version> {
        self.seen(key, view).map(|original| Version(original.stamp.version))
    }

    /// Whether there is an item of this id, reversed or not, seen from `view`. A payment of
    /// another account that settles items of this one counts.
    #[must_use]
    pub fn is_known(&self, key: ItemKey, view: &View) -> bool {
        self.begun(key, view).is_some() || self.is_paid_by_other(key, view)
    }

    /// Whether the dispute is still open, seen from `view`.
    #[must_use]
    pub fn is_disputed(&self, dispute: DisputeId, view: &View) -> bool {
        self.disputes(dispute).any(|row| self.shows_dispute(row, view))
    }

    /// Whether there is a dispute of this id, open or resolved, seen from `view`.
    #[must_use]
    pub fn has_dispute(&self, dispute: DisputeId, view: &View) -> bool {
        self.disputes(dispute).any(|row| self.voids.shows(row.stamp, view))
    }

    /// The day from which a document counts, if it is seen from `view`.
    #[must_use]
    pub fn day_of(&self, document: DocumentId, view: &View) -> Option<NaiveDate> {
        let original = self.seen(ItemKey::Document(document), view)?;
        Some(original.stamp.effective())
    }

    /// Whether the item is reversed, by its id or by the event that made it, seen from `view`.
    #[must_use]
    pub fn is_reversed(&self, key: ItemKey, view: &View) -> bool {
        let made = self.begun(key, view);
        self.undone(Undone::Item(key), view)
            || made.is_some_and(|row| self.undone(Undone::Version(row.stamp.version), view))
    }

    /// Whether what the event of `version` did is reversed, seen from `view`.
    #[must_use]
    pub fn is_event_reversed(&self, version: u64, view: &View) -> bool {
        match self.did.get(&version) {
            Some(Did::Made(key)) => self.is_reversed(*key, view),
            _ => self.undone(Undone::Version(version), view),
        }
    }

    /// Whether the event of `version` moved receivables, so that it can be reversed.
    pub(crate) fn has_moved(&self, version: u64, view: &View) -> bool {
        self.did.contains_key(&version) && !self.voids.is_void(version, view.known_at)
    }

    /// Whether the event of `version` is half of a settlement across accounts.
    pub(crate) fn is_half(&self, version: u64) -> bool {
        self.halves.contains(&version)
    }

    /// The payment that stands or falls with a reversal of the event of `version`.
    pub(crate) fn payment_behind(&self, version: u64) -> Option<PaymentId> {
        let mut at = *self.did.get(&version)?;
        // Ends: a reversal names an item or an earlier event.
        let mut before = version;
        loop {
            match at {
                Did::Made(ItemKey::Payment(payment))
                | Did::Reversed(Undone::Item(ItemKey::Payment(payment))) => return Some(payment),
                Did::Reversed(Undone::Version(earlier)) if earlier < before => {
                    before = earlier;
                    at = *self.did.get(&earlier)?;
                }
                _ => return None,
            }
        }
    }

    /// The accounts whose items a payment of this one settles, or once settled.
    pub(crate) fn paid_for(&self, payment: PaymentId) -> impl Iterator<Item = AccountId> {
        self.paid_for.get(&payment).into_iter().flatten().copied()
    }

    /// Whether the item is a payment of another account.
    pub(crate) fn is_paid_by_other(&self, key: ItemKey, view: &View) -> bool {
        let ItemKey::Payment(payment) = key else {
            return false;
        };
        let stamps = self.paid_by_others.get(&payment);
        stamps.is_some_and(|all| all.iter().any(|at| self.voids.shows(*at, view)))
    }

    /// The reversal of an item that stands, by version.
    pub(crate) fn reversal_of(&self, key: ItemKey, view: &View) -> Option<u64> {
        let standing = |at: &&Stamp| {
            self.voids.shows(**at, view) && !self.undone(Undone::Version(at.version), view)
        };
        let stamps = self.reversals.get(&Undone::Item(key))?;
        stamps.iter().find(standing).map(|at| at.version)
    }

    /// The day of what a reversal would take back, where an item is taken back.
    pub(crate) fn day_behind(&self, what: Reversible, view: &View) -> Option<NaiveDate> {
        let key = match what {
            Reversible::Payment(payment) => ItemKey::Payment(payment),
            Reversible::Document(document) => ItemKey::Document(document),
            Reversible::Event(event) => match self.did.get(&event.version.0)? {
                Did::Made(key) => *key,
                _ => return None,
            },
        };
        self.known(key, view.known_at).map(|it| it.stamp.effective())
    }

    /// Which of our companies an item belongs to, if it is known and says so.
    pub(crate) fn company_of(&self, key: ItemKey, view: &View) -> Option<CompanyId> {
        self.seen(key, view)?.company
    }

    /// How much cash discount its terms allow on a document that is paid on a day.
    pub(crate) fn discount_allowed(&self, document: DocumentId, day: NaiveDate) -> Option<Money> {
        let original = self.seen(ItemKey::Document(document), &View::latest())?;
        let gross = Money::new(original.amount, original.currency);
        let terms = original.discounts.iter().filter(|(until, _)| *until >= day.into());
        let of = terms.filter_map(|(_, rate)| gross.converted(*rate, gross.currency).ok());
        Some(of.max_by_key(|it| it.minor).unwrap_or(Money::zero(gross.currency)))
    }

    /// How much cash discount was taken on a document.
    pub(crate) fn discount_taken(&self, document: DocumentId, view: &View) -> Option<Money> {
        self.settled(document, view, |row| row.kind == ApplicationKind::CashDiscount)
    }

    /// With how much each installment of an item began.
    pub(crate) fn installments_of(&self, key: ItemKey, view: &View) -> Vec<Money> {
        let Some(original) = self.seen(key, view) else {
            return Vec::new();
        };
        let money = |minor| Money::new(minor, original.currency);
        original.parts.iter().map(|part| money(part.amount)).collect()
    }

    /// How much of `document` the credit `from` has settled, less what was undone.
    pub(crate) fn applied_from(
        &self,
        document: DocumentId,
        from: ItemKey,
        view: &View,
    ) -> Option<Money> {
        self.settled(document, view, |row| row.other == Some(from))
    }

    /// How much of `document` was written off, less what was recovered.
    pub(crate) fn written_off(&self, document: DocumentId, view: &View) -> Option<Money> {
        self.settled(document, view, |row| row.kind == ApplicationKind::WriteOff)
    }

    fn settled(
        &self,
        document: DocumentId,
        view: &View,
        counts: impl Fn(&Effect) -> bool,
    ) -> Option<Money> {
        let key = ItemKey::Document(document);
        let currency = self.seen(key, view)?.currency;
        let rows = self.items.get(&key)?.effects.iter();
        let rows = rows.filter(|row| counts(row) && self.shows_effect(row, currency, view));
        let sum = rows.map(|row| row.amount).fold(0, i64::saturating_add);
        Some(Money::new(sum.saturating_neg(), currency))
    }

    fn disputes(&self, dispute: DisputeId) -> impl Iterator<Item = &Dispute> {
        let keys = self.disputed.get(&dispute).into_iter().flatten();
        let rows = keys.filter_map(|key| self.items.get(key)).flat_map(|item| &item.disputes);
        rows.filter(move |row| row.dispute == dispute)
    }

    fn undone(&self, what: Undone, view: &View) -> bool {
        if !self.reversals.contains_key(&what) {
            return false;
        }
        let of = |what: Undone| {
            let stamps = self.reversals.get(&what).into_iter().flatten();
            let shown = stamps.filter(|at| self.voids.shows(**at, view));
            let versions = shown.map(|at| Undone::Version(at.version));
            versions.filter(move |by| what < *by)
        };
        // Not by recursion: the chain of reversals may be as long as the stream. It is a tree,
        // because a reversal names one thing; what is reached later reverses what came before.
        let mut reached = vec![what];
        let mut next = 0;
        while let Some(at) = reached.get(next).copied() {
            reached.extend(of(at));
            next = next.saturating_add(1);
        }
        let mut undone = BTreeSet::new();
        for at in reached.into_iter().rev() {
            if of(at).any(|by| !undone.contains(&by)) {
                undone.insert(at);
            }
        }
        undone.contains(&what)
    }

    /// The item's original, reversed or not, of whatever day. A second one under the same id does
    /// not count: one identity is one document, from whatever day it is looked at.
    pub(super) fn known(&self, key: ItemKey, known_at: Recorded) -> Option<&Original> {
        let item = self.items.get(&key)?;
        item.originals.get(self.known_of(item, known_at)?)
    }

    /// The place of the same among the originals of an item.
    pub(super) fn known_of(&self, item: &Item, known_at: Recorded) -> Option<usize> {
        item.originals.iter().position(|row| {
            row.stamp.recorded <= known_at && !self.voids.is_void(row.stamp.version, known_at)
        })
    }

    /// Whether there is a reversal of one of `what`, whatever became of it.
    pub(super) fn has_reversal(&self, what: &[Undone]) -> bool {
        !self.reversals.is_empty() && what.iter().any(|it| self.reversals.contains_key(it))
    }

    /// The same, if its day has come.
    fn begun(&self, key: ItemKey, view: &View) -> Option<&Original> {
        self.known(key, view.known_at).filter(|it| it.stamp.day <= view.as_of.into())
    }

    /// Every reversal of one of `what`, of one of those, and so on, known at an instant.
    pub(super) fn reversals_of(&self, what: &[Undone], known_at: Recorded) -> Vec<Stamp> {
        let mut found: Vec<Stamp> = Vec::new();
        let mut asked: Vec<Undone> = what.to_vec();
        let mut seen: BTreeSet<Undone> = what.iter().copied().collect();
        while let Some(at) = asked.pop() {
            for stamp in self.reversals.get(&at).into_iter().flatten() {
                let void = self.voids.is_void(stamp.version, known_at);
                if stamp.recorded > known_at || void {
                    continue;
                }
                found.push(*stamp);
                let next = Undone::Version(stamp.version);
                if seen.insert(next) {
                    asked.push(next);
                }
            }
        }
        found
    }

    /// The item's original, if it is known and not reversed.
    pub(super) fn seen(&self, key: ItemKey, view: &View) -> Option<&Original> {
        self.begun(key, view).filter(|_| !self.is_reversed(key, view))
    }

    /// Whether an effect counts: it and the item on its other side are there by then, and both
    /// sides can take their share.
    pub(super) fn shows_effect(&self, effect: &Effect, currency: Currency, view: &View) -> bool {
        effect.currency == currency
            && effect.day <= view.as_of.into()
            && self.voids.shows(effect.stamp, view)
            && !self.undone(Undone::Version(effect.stamp.version), view)
            && effect.other.is_none_or(|other| self.stands(other, effect, view))
    }

    /// Whether the other side of an effect is there. The payment of another account is not an
    /// item of this one, but stands until it is reversed.
    fn stands(&self, other: ItemKey, effect: &Effect, view: &View) -> bool {
        match self.seen(other, view) {
            Some(original) => effect.other_currency.is_none_or(|it| it == original.currency),
            None => {
                effect.others_too
                    && self.is_paid_by_other(other, view)
                    && !self.undone(Undone::Item(other), view)
            }
        }
    }

    pub(super) fn shows_dispute(&self, row: &Dispute, view: &View) -> bool {
        let over = |stamps: &Vec<Stamp>| stamps.iter().any(|at| self.voids.shows(*at, view));
        self.voids.shows(row.stamp, view) && !self.resolved.get(&row.dispute).is_some_and(over)
    }
}
