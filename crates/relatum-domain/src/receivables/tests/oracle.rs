//! The same answers by the plainest means: a function over the list of events.
//!
//! Written from the rules and not from the book: first which events hold, then which items are
//! there, then every movement that counts, then each item cent by cent.

use chrono::NaiveDate;

use super::cents::{disputed, open};
use super::histories::Told;
use crate::View;
use crate::event::EventBody as B;
use crate::event::settlement::{Application, ApplicationKind as Kind, CreditSource, Reversible};
use crate::ids::{DisputeId, DocumentId};
use crate::money::{Currency, Money};
use crate::receivables::ItemKey;

/// Item, installment of several, open and disputed.
pub(super) type Row = (ItemKey, Option<u32>, i64, i64);

pub(super) struct Item {
    key: ItemKey,
    event: usize,
    pub(super) sign: i64,
    pub(super) gross: Money,
    /// Due day and amount.
    pub(super) parts: Vec<(NaiveDate, i64)>,
}

/// A change of an item that counts.
pub(super) struct Movement {
    pub(super) key: ItemKey,
    pub(super) amount: Money,
    pub(super) kind: Kind,
    /// Whether another item of this account takes the other side in the same currency.
    pub(super) paired: bool,
    pub(super) installment: Option<u32>,
    pub(super) advance: bool,
}

pub(super) struct Seen<'a> {
    told: &'a [Told],
    view: View,
    holds: Vec<bool>,
}

impl<'a> Seen<'a> {
    pub(super) fn new(told: &'a [Told], view: View) -> Self {
        // From the last event back: only a later one takes back an earlier one.
        let mut holds = vec![true; told.len()];
        let mut replaced = vec![false; told.len()];
        for at in (0..told.len()).rev() {
            for by in at + 1..told.len() {
                let (_, recorded, event) = &told[by];
                if *recorded > view.known_at {
                    continue;
                }
                let voids = matches!(&event.body, B::EventVoided(it) if it.event == told[at].0);
                let amends = event.amends == Some(told[at].0);
                if amends && (holds[by] || replaced[by]) {
                    replaced[at] = true;
                }
                if (voids && holds[by]) || replaced[at] {
                    holds[at] = false;
                }
            }
        }
        Self { told, view, holds }
    }

    /// Known, not void, and its day has come.
    fn stands(&self, at: usize) -> bool {
        let (_, recorded, event) = &self.told[at];
        let known = *recorded <= self.view.known_at && self.holds[at];
        known && event.effective <= self.view.as_of
    }

    /// Whether a reversal that stands, and is not reversed itself, names one of `what`.
    fn reversed(&self, what: &[Reversible], after: usize) -> bool {
        (after..self.told.len()).any(|by| {
            let (name, _, event) = &self.told[by];
            let B::Reversed(it) = &event.body else {
                return false;
            };
            what.contains(&it.what)
                && self.stands(by)
                && !self.reversed(&[Reversible::Event(*name)], by + 1)
        })
    }

    fn event_reversed(&self, at: usize) -> bool {
        self.reversed(&[Reversible::Event(self.told[at].0)], at + 1)
    }

    fn key_reversed(&self, key: ItemKey) -> bool {
        match key {
            ItemKey::Payment(payment) => self.reversed(&[Reversible::Payment(payment)], 0),
            ItemKey::Document(document) => self.reversed(&[Reversible::Document(document)], 0),
            ItemKey::Refund(_) => false,
        }
    }

    /// Every item that is there, in no order.
    fn items(&self) -> Vec<Item> {
        let mut first: Vec<Item> = Vec::new();
        for (at, (_, recorded, event)) in self.told.iter().enumerate() {
            if *recorded > self.view.known_at || !self.holds[at] {
                continue;
            }
            let (key, sign, gross, parts) = match &event.body {
                B::InvoiceIssued(it) => {
                    let due = it.0.due.unwrap();
                    let parts = it.0.installments.iter().map(|part| (part.due, part.amount.minor));
                    let mut parts: Vec<_> = parts.collect();
                    if parts.is_empty() {
                        parts.push((due, it.0.gross.minor));
                    }
                    (ItemKey::Document(it.0.document), 1, it.0.gross, parts)
                }
                B::CreditNoteIssued(it) => {
                    let gross = it.document.gross;
                    let parts = vec![(event.effective, -gross.minor)];
                    (ItemKey::Document(it.document.document), -1, gross, parts)
                }
                B::PaymentReceived(it) => {
                    let parts = vec![(event.effective, -it.amount.minor)];
                    (ItemKey::Payment(it.payment), -1, it.amount, parts)
                }
                B::RefundPaid(it) => {
                    let parts = vec![(event.effective, it.amount.minor)];
                    (ItemKey::Refund(it.refund), 1, it.amount, parts)
                }
                _ => continue,
            };
            // One identity is one item: the first that was told.
            if first.iter().all(|item| item.key != key) {
                first.push(Item { key, event: at, sign, gross, parts });
            }
        }
        first.retain(|item| {
            self.stands(item.event)
                && !self.event_reversed(item.event)
                && !self.key_reversed(item.key)
        });
        first
    }

    fn currency(&self, items: &[Item], key: ItemKey) -> Option<Currency> {
        let item = items.iter().find(|item| item.key == key)?;
        Some(item.gross.currency)
    }

    /// Whether `key` is a payment of another account that settles items here.
    fn others_payment(&self, key: ItemKey) -> bool {
        let paid = (0..self.told.len()).any(|at| {
            let body = &self.told[at].2.body;
            let names = matches!(body, B::PaidByOther(it) if ItemKey::Payment(it.payment) == key);
            names && self.stands(at)
        });
        paid && !self.key_reversed(key)
    }

    fn movements(&self, items: &[Item]) -> Vec<Movement> {
        let mut all = Vec::new();
        for (at, (_, _, event)) in self.told.iter().enumerate() {
            if !self.stands(at) || self.event_reversed(at) {
                continue;
            }
            let none: &[Application] = &[];
            let (from, applications, sign, kind, advance) = match &event.body {
                B::PaymentReceived(it) => {
                    let from = Some(ItemKey::Payment(it.payment));
                    (from, it.applications.as_slice(), 1, Kind::Payment, it.advance)
                }
                B::PaidByOther(it) => {
                    let from = Some(ItemKey::Payment(it.payment));
                    (from, it.applications.as_slice(), 1, Kind::Payment, false)
                }
                B::CreditNoteIssued(it) => {
                    let from = Some(ItemKey::Document(it.document.document));
                    (from, it.applications.as_slice(), 1, Kind::Credit, false)
                }
                B::CreditAllocated(it) => {
                    (Some(it.from.into()), it.applications.as_slice(), 1, kind_of(it.from), false)
                }
                B::AllocationUndone(it) => {
                    (Some(it.from.into()), it.applications.as_slice(), -1, kind_of(it.from), false)
                }
                B::NettedWithPayables(it) => {
                    (None, it.applications.as_slice(), 1, Kind::Netting, false)
                }
                B::WrittenOff(it) => (None, it.applications.as_slice(), 1, Kind::WriteOff, false),
                B::WriteOffRecovered(it) => {
                    (None, it.applications.as_slice(), -1, Kind::WriteOff, false)
                }
                B::RefundPaid(it) => {
                    if let Some(of) = it.of {
                        self.refund(
                            items,
                            ItemKey::Refund(it.refund),
                            of.into(),
                            it.amount,
                            &mut all,
                        );
                    }
                    (None, none, 1, Kind::Payment, false)
                }
                _ => continue,
            };
            for it in applications {
                if it.day.is_some_and(|day| day > self.view.as_of) {
                    continue;
                }
                let kind = if it.kind == Kind::Payment { kind } else { it.kind };
                self.apply(items, it, from, sign, kind, advance, &mut all);
            }
        }
        all
    }

    fn refund(
        &self,
        items: &[Item],
        refund: ItemKey,
        of: ItemKey,
        amount: Money,
        all: &mut Vec<Movement>,
    ) {
        let both = [refund, of].map(|key| self.currency(items, key));
        if both != [Some(amount.currency); 2] {
            return;
        }
        for (key, minor) in [(refund, -amount.minor), (of, amount.minor)] {
            all.push(Movement {
                key,
                amount: Money::new(minor, amount.currency),
                kind: Kind::Payment,
                paired: true,
                installment: None,
                advance: false,
            });
        }
    }

    #[expect(clippy::too_many_arguments, reason = "plain, and only here")]
    fn apply(
        &self,
        items: &[Item],
        it: &Application,
        from: Option<ItemKey>,
        sign: i64,
        kind: Kind,
        advance: bool,
        all: &mut Vec<Movement>,
    ) {
        let target = ItemKey::Document(it.document);
        let used = it.paid.unwrap_or(it.amount);
        let takes_credit = from.is_some() && matches!(kind, Kind::Payment | Kind::Credit);
        let own = it.account.is_none();
        let source = from.and_then(|from| self.currency(items, from));
        // The credit is there and takes its share, or is another account's payment.
        let source_ok = match (from, source) {
            (None, _) => true,
            (Some(_), Some(currency)) => !takes_credit || currency == used.currency,
            (Some(from), None) => self.others_payment(from),
        };
        let target_ok = self.currency(items, target) == Some(it.amount.currency);
        let credit_moves = takes_credit && source == Some(used.currency);
        if own && target_ok && source_ok {
            all.push(Movement {
                key: target,
                amount: Money::new(-sign * it.amount.minor, it.amount.currency),
                kind,
                paired: credit_moves && used.currency == it.amount.currency,
                installment: it.installment,
                advance,
            });
        }
        if credit_moves && (!own || target_ok) {
            all.push(Movement {
                key: from.unwrap(),
                amount: Money::new(sign * used.minor, used.currency),
                kind,
                paired: own && used.currency == it.amount.currency,
                installment: None,
                advance: false,
            });
        }
    }

    fn disputes(&self, document: DocumentId) -> Vec<(Option<u32>, Option<Money>)> {
        let over = |dispute: DisputeId| {
            (0..self.told.len()).any(|at| {
                let body = &self.told[at].2.body;
                let ends = matches!(body, B::DisputeResolved(it) if it.dispute == dispute);
                ends && self.stands(at)
            })
        };
        let mut open = Vec::new();
        for (at, (_, _, event)) in self.told.iter().enumerate() {
            if let B::DisputeOpened(it) = &event.body
                && it.document == document
                && self.stands(at)
                && !over(it.dispute)
            {
                open.push((it.installment, it.amount));
            }
        }
        open
    }

    /// Every open row, in the order of keys and installments.
    pub(super) fn rows(&self) -> Vec<Row> {
        let mut items = self.items();
        items.sort_by_key(|item| item.key);
        let movements = self.movements(&items);
        let mut rows = Vec::new();
        for item in &items {
            let of = movements.iter().filter(|it| it.key == item.key).collect::<Vec<_>>();
            let open = open(item, &of);
            let disputes = match item.key {
                ItemKey::Document(document) => self.disputes(document),
                _ => Vec::new(),
            };
            let disputed = disputed(item, &open, &disputes);
            for (at, (open, disputed)) in (0..).zip(open.iter().zip(disputed)) {
                if *open != 0 {
                    let part = (item.parts.len() > 1).then_some(at);
                    rows.push((item.key, part, *open, disputed));
                }
            }
        }
        rows
    }

    /// What began and what moved, for the law of conservation.
    pub(super) fn totals(&self) -> (Vec<(ItemKey, Money)>, Vec<Movement>) {
        let items = self.items();
        let movements = self.movements(&items);
        let signed = |item: &Item| Money::new(item.sign * item.gross.minor, item.gross.currency);
        (items.iter().map(|item| (item.key, signed(item))).collect(), movements)
    }
}

fn kind_of(from: CreditSource) -> Kind {
    match from {
        CreditSource::Payment(_) => Kind::Payment,
        CreditSource::Document(_) => Kind::Credit,
    }
}

#[test]
fn the_oracle_reads_a_plain_history() {
    use crate::Recorded;
    use crate::event::document::InvoiceIssued;
    use crate::words::{at, day, document, eur, id, on, paid, to};
    let invoice = InvoiceIssued(document("I1", eur(100)).due(day("01-31")));
    let told = [
        (at(1), Recorded(1), on("01-01", invoice)),
        (at(2), Recorded(2), on("01-10", paid("P1", 80, [to("I1", 60)]))),
    ];
    let expected =
        [(ItemKey::Document(id("I1")), None, 40, 0), (ItemKey::Payment(id("P1")), None, -20, 0)];
    assert_eq!(Seen::new(&told, View::latest()).rows(), expected);
}
