//! The receivables of one account: a fold over its events.

use std::collections::{BTreeMap, BTreeSet};

use bitcode::{Decode, Encode};
use relatum_stream::EventRef;
use serde::{Deserialize, Serialize};

use super::item::{Dispute, Effect, Item, ItemKey, Origin, Original, Part, Revalued};
use crate::event::Event;
use crate::event::settlement::{ApplicationKind, CreditSource};
use crate::gist::{Applied, Gist, Matter, Paper, Takes, Topic, Topics};
use crate::history::{Day, Recorded, Stamp, Voids};
use crate::ids::{AccountId, CompanyId, DisputeId, DocumentId, PaymentId, PromiseId, RefundId};
use crate::money::Money;

/// What can be undone by a reversal, as this book names it.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Encode, Decode,
)]
pub(super) enum Undone {
    Item(ItemKey),
    /// All that the event of this version did: a reversal, a write-off, a netting, a refund.
    Version(u64),
}

/// What an event did to the book, as a reversal of it needs to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
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
/// use relatum_domain::{Policies, Recorded, Source, View};
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
/// let open = book.open_items(&View::as_of(day("2026-02-01")), &Policies::default());
/// assert_eq!((open[0].open, open[0].due), (amount, day("2026-01-31")));
/// assert!(book.open_items(&View::as_of(day("2025-12-31")), &Policies::default()).is_empty());
/// # Ok::<(), relatum_domain::AmountError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
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
    pub(super) promises: Vec<Promise>,
    pub(super) reminders: Vec<Reminder>,
    pub(super) stated: Vec<Stated>,
    pub(super) voids: Voids,
    /// When the last of its events became known.
    last: Option<Recorded>,
}

/// A promise to pay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
pub(super) struct Promise {
    pub(super) stamp: Stamp,
    pub(super) promise: PromiseId,
    pub(super) amount: Money,
    pub(super) by: Day,
    /// Empty: on any.
    pub(super) documents: Vec<DocumentId>,
}

/// A reminder that went out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
pub(super) struct Reminder {
    pub(super) stamp: Stamp,
    /// Document, installment and level.
    pub(super) items: Vec<(DocumentId, Option<u32>, u8)>,
    pub(super) fee: Option<Money>,
    pub(super) interest: Option<Money>,
}

/// What the ledger says of the account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
pub(super) struct Stated {
    pub(super) stamp: Stamp,
    pub(super) company: Option<CompanyId>,
    pub(super) ledger_account: Option<String>,
    pub(super) balance: Money,
}

/// What applications have in common.
struct Apply {
    stamp: Stamp,
    /// The credit that they use up.
    from: Option<ItemKey>,
    /// What they are, where they say no more than `payment`.
    kind: ApplicationKind,
    advance: bool,
    /// -1 where they are taken back.
    sign: i64,
}

impl Book {
    /// What it takes in. Gists of other topics change nothing.
    pub const READS: Topics = Topics::of(&[Topic::Papers, Topic::Settlement]);

    /// The documents and payments of which any event told, voided or not.
    pub fn keys(&self) -> impl Iterator<Item = ItemKey> + '_ {
        self.items.keys().copied()
    }

    /// Takes in `event`, which stands at `at` in the account's stream and became known at
    /// `recorded`. What does not concern receivables changes nothing.
    pub fn evolve(&mut self, at: EventRef, recorded: Recorded, event: &Event) {
        self.take(&Gist::of(at, recorded, event));
    }

    /// Takes in the next event by its gist, as [`evolve`](Self::evolve) does.
    pub fn take(&mut self, gist: &Gist<'_>) {
        self.voids.learn(gist);
        let stamp = gist.stamp;
        if Self::READS.has(gist.topic()) {
            self.last = self.last.max(Some(stamp.recorded));
        }
        let plain =
            Apply { stamp, from: None, kind: ApplicationKind::Payment, advance: false, sign: 1 };
        match &gist.matter {
            Matter::Document(paper) => self.document(gist, paper, 1),
            Matter::Credit(paper, applied) => {
                let from = CreditSource::Document(paper.document);
                self.applied(&plain.out_of(from), applied);
                self.document(gist, paper, -1);
            }
            Matter::Payment { payment, advance, applied, .. } => {
                let how = plain.out_of(CreditSource::Payment(*payment));
                self.applied(&Apply { advance: *advance, ..how }, applied);
                self.payment(gist, *payment);
            }
            Matter::PaidByOther { payment, applied, .. } => {
                self.paid_by_others.entry(*payment).or_default().push(stamp);
                self.halves.insert(stamp.version);
                self.applied(&plain.out_of(CreditSource::Payment(*payment)), applied);
            }
            Matter::Refund { refund, of } => self.refund(gist, *refund, *of),
            Matter::Netted(applied) => {
                self.applied(&Apply { kind: ApplicationKind::Netting, ..plain }, applied);
            }
            Matter::WrittenOff(applied) => {
                self.applied(&Apply { kind: ApplicationKind::WriteOff, ..plain }, applied);
            }
            Matter::Recovered(applied) => {
                let how = Apply { kind: ApplicationKind::WriteOff, sign: -1, ..plain };
                self.applied(&how, applied);
            }
            Matter::Allocated { from, applied } => self.applied(&plain.out_of(*from), applied),
            Matter::Undone { from, applied } => {
                // In the payer's own stream the applications themselves say so.
                if let CreditSource::Payment(payment) = from
                    && self.paid_by_others.contains_key(payment)
                {
                    self.halves.insert(stamp.version);
                }
                self.applied(&Apply { sign: -1, ..plain.out_of(*from) }, applied);
            }
            Matter::Reversed(what) => self.reversal(stamp, *what),
            Matter::Disputed { dispute, document, .. } => {
                self.dispute(gist, *dispute, *document);
            }
            Matter::DisputeResolved(dispute) => {
                self.resolved.entry(*dispute).or_default().push(stamp);
            }
            _ => self.note(gist),
        }
    }

    /// Takes in what moves no item.
    fn note(&mut self, gist: &Gist<'_>) {
        let stamp = gist.stamp;
        match &gist.matter {
            Matter::Revalued { document, base_rate } => {
                let item = self.items.entry(ItemKey::Document(*document)).or_default();
                item.revaluations.push(Revalued { stamp, rate: *base_rate });
            }
            Matter::Promised { promise, by, documents } => {
                let (promise, by, documents) = (*promise, *by, documents.clone());
                let promised = |amount| Promise { stamp, promise, amount, by, documents };
                self.promises.extend(gist.money().map(promised));
            }
            Matter::Reminded { items, interest } => {
                let (items, fee, interest) = (items.clone(), gist.money(), *interest);
                self.reminders.push(Reminder { stamp, items, fee, interest });
            }
            Matter::LedgerBalance { company, ledger_account } => {
                let (company, ledger_account) = (*company, ledger_account.map(str::to_owned));
                let stated = |balance| Stated { stamp, company, ledger_account, balance };
                self.stated.extend(gist.money().map(stated));
            }
            _ => {}
        }
    }

    /// Whether everything that it took in was known at an instant.
    #[must_use]
    pub fn is_all_known(&self, known_at: Recorded) -> bool {
        self.last.is_none_or(|last| last <= known_at)
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

    fn document(&mut self, gist: &Gist<'_>, paper: &Paper<'_>, sign: i64) {
        if let Some(gross) = gist.money() {
            let original = Original::of_document(gist.stamp, gist.label, gross, paper, sign);
            self.original(ItemKey::Document(paper.document), original);
        }
    }

    fn payment(&mut self, gist: &Gist<'_>, payment: PaymentId) {
        let Matter::Payment { company, ledger_account, value_day, base_rate, .. } = gist.matter
        else {
            return;
        };
        if let Some(amount) = gist.money() {
            let owed = Money::new(amount.minor.saturating_neg(), amount.currency);
            let mut original = plain(gist.stamp, Origin::Payment, owed, ledger_account);
            original.number = gist.label.map(str::to_owned);
            original.company = company;
            original.value_day = value_day.unwrap_or(gist.stamp.day);
            original.base_rate = base_rate;
            self.original(ItemKey::Payment(payment), original);
        }
    }

    fn refund(&mut self, gist: &Gist<'_>, refund: RefundId, of: Option<CreditSource>) {
        let (key, stamp) = (ItemKey::Refund(refund), gist.stamp);
        let Some(money) = gist.money() else {
            return;
        };
        if let Some(credit) = of.map(ItemKey::from) {
            let effect = |amount: i64, other| Effect {
                stamp,
                day: stamp.day,
                other: Some(other),
                other_currency: Some(money.currency),
                used: None,
                others_too: false,
                installment: None,
                currency: money.currency,
                amount,
                kind: ApplicationKind::Payment,
                advance: false,
                uses: true,
            };
            // The money went out of the credit: each closes the other.
            self.effect(key, effect(money.minor.saturating_neg(), credit));
            self.effect(credit, effect(money.minor, key));
        }
        self.original(key, plain(stamp, Origin::Refund, money, None));
    }

    fn reversal(&mut self, stamp: Stamp, what: Takes) {
        let what = match what {
            Takes::Payment(payment) => {
                let elsewhere = self.paid_by_others.contains_key(&payment);
                if elsewhere || self.paid_for.contains_key(&payment) {
                    self.halves.insert(stamp.version);
                }
                Undone::Item(ItemKey::Payment(payment))
            }
            Takes::Document(document) => Undone::Item(ItemKey::Document(document)),
            Takes::Version(version) => Undone::Version(version),
            Takes::Elsewhere => return,
        };
        self.did.insert(stamp.version, Did::Reversed(what));
        self.reversals.entry(what).or_default().push(stamp);
    }

    fn dispute(&mut self, gist: &Gist<'_>, dispute: DisputeId, document: DocumentId) {
        let Matter::Disputed { installment, owner, .. } = gist.matter else {
            return;
        };
        let key = ItemKey::Document(document);
        self.disputed.entry(dispute).or_default().insert(key);
        let (stamp, amount, reason) = (gist.stamp, gist.money(), gist.label.map(str::to_owned));
        let row = Dispute { stamp, dispute, installment, amount, reason, owner };
        self.items.entry(key).or_default().disputes.push(row);
    }

    /// Books applications on the items that they settle and, if they use up a credit of this
    /// account, on that credit.
    fn applied(&mut self, how: &Apply, applied: &[Applied]) {
        for it in applied {
            let target = ItemKey::Document(it.document);
            let kind = match it.kind {
                ApplicationKind::Payment => how.kind,
                stated => stated,
            };
            // Discount, withholding and write-off settle the item out of nobody's money; but
            // they fall with the payment that brought them.
            let credit = how.from.filter(|_| kind.uses_credit());
            let used = it.paid.unwrap_or(it.amount);
            let down = Effect {
                stamp: how.stamp,
                day: it.day.unwrap_or(how.stamp.day),
                other: how.from,
                other_currency: credit.map(|_| used.currency),
                used: credit.filter(|_| used.currency != it.amount.currency).map(|_| {
                    let minor = used.minor.saturating_mul(how.sign.saturating_neg());
                    Money::new(minor, used.currency)
                }),
                others_too: true,
                installment: it.installment,
                currency: it.amount.currency,
                amount: it.amount.minor.saturating_mul(how.sign.saturating_neg()),
                kind,
                advance: how.advance,
                uses: false,
            };
            if let Some(credit) = credit {
                let up = Effect {
                    other: it.foreign.is_none().then_some(target),
                    other_currency: it.foreign.is_none().then_some(it.amount.currency),
                    installment: None,
                    used: None,
                    currency: used.currency,
                    amount: used.minor.saturating_mul(how.sign),
                    advance: false,
                    uses: true,
                    ..down.clone()
                };
                self.effect(credit, up);
            }
            match it.foreign {
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
fn plain(stamp: Stamp, origin: Origin, amount: Money, ledger_account: Option<&str>) -> Original {
    let day = stamp.day;
    Original {
        stamp,
        origin,
        value_day: day,
        base_rate: None,
        discounts: Vec::new(),
        number: None,
        company: None,
        document_day: day,
        currency: amount.currency,
        amount: amount.minor,
        parts: vec![Part {
            due: day,
            amount: amount.minor,
            ledger_account: ledger_account.map(str::to_owned),
        }],
    }
}
