//! One item: its original amount in installments, and everything that changed what is open.

use bitcode::{Decode, Encode};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::event::settlement::{ApplicationKind, CreditSource};
use crate::gist::{Paper, PaperKind};
use crate::history::{Day, Stamp};
use crate::ids::{CompanyId, DisputeId, DocumentId, ManagerId, PaymentId, RefundId};
use crate::money::{Currency, Money, Rate, split};

/// What an item is: a document, a payment or a refund.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    bitcode::Encode,
    bitcode::Decode,
)]
#[serde(rename_all = "snake_case")]
pub enum ItemKey {
    /// A receivable document.
    Document(DocumentId),
    /// A payment; what it does not settle is a negative item.
    Payment(PaymentId),
    /// A refund; it uses up a credit.
    Refund(RefundId),
}

impl From<CreditSource> for ItemKey {
    fn from(source: CreditSource) -> Self {
        match source {
            CreditSource::Payment(payment) => Self::Payment(payment),
            CreditSource::Document(document) => Self::Document(document),
        }
    }
}

/// How an item began.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Encode, Decode,
)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Carried over from before the book begins.
    Opening,
    /// An invoice.
    Invoice,
    /// A debit note.
    DebitNote,
    /// An invoice over interest and fees.
    Interest,
    /// A credit note.
    CreditNote,
    /// A payment.
    Payment,
    /// Money paid back.
    Refund,
}

impl From<PaperKind> for Origin {
    fn from(kind: PaperKind) -> Self {
        match kind {
            PaperKind::Invoice => Self::Invoice,
            PaperKind::DebitNote => Self::DebitNote,
            PaperKind::Interest => Self::Interest,
            PaperKind::Opening => Self::Opening,
            PaperKind::CreditNote => Self::CreditNote,
        }
    }
}

/// The amount with which an item begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
pub(super) struct Original {
    pub(super) stamp: Stamp,
    pub(super) origin: Origin,
    pub(super) number: Option<String>,
    pub(super) company: Option<CompanyId>,
    pub(super) document_day: Day,
    /// Of a payment: the day on which the money is ours.
    pub(super) value_day: Day,
    /// Units of the base currency for one of the item's.
    pub(super) base_rate: Option<Rate>,
    /// Until when early payment saves how much.
    pub(super) discounts: Vec<(Day, Rate)>,
    pub(super) currency: Currency,
    /// In minor units; negative: a credit.
    pub(super) amount: i64,
    /// Never empty.
    pub(super) parts: Vec<Part>,
}

/// An installment, or the whole of an item without any.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
pub(super) struct Part {
    pub(super) due: Day,
    pub(super) amount: i64,
    pub(super) ledger_account: Option<String>,
}

/// A change of what is open of an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
pub(super) struct Effect {
    pub(super) stamp: Stamp,
    /// The application's own day.
    pub(super) day: Day,
    /// The credit or the item without which it has no effect.
    pub(super) other: Option<ItemKey>,
    /// The currency in which `other` takes its share, where it takes one.
    pub(super) other_currency: Option<Currency>,
    /// How much `other` takes, where that is in another currency; signed as `amount`.
    pub(super) used: Option<Money>,
    /// Whether `other` may be a payment of another account.
    pub(super) others_too: bool,
    pub(super) installment: Option<u32>,
    pub(super) currency: Currency,
    /// Signed: added to what is open.
    pub(super) amount: i64,
    pub(super) kind: ApplicationKind,
    /// Whether it reduces a schedule pro rata.
    pub(super) advance: bool,
    /// Whether it is the credit's side of it: what the settlement uses.
    pub(super) uses: bool,
}

/// A dispute over an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
pub(super) struct Dispute {
    pub(super) stamp: Stamp,
    pub(super) dispute: DisputeId,
    pub(super) installment: Option<u32>,
    pub(super) amount: Option<Money>,
    pub(super) reason: Option<String>,
    pub(super) owner: Option<ManagerId>,
}

/// Another rate for an open foreign item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
pub(super) struct Revalued {
    pub(super) stamp: Stamp,
    pub(super) rate: Rate,
}

/// All rows about one item.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
pub struct Item {
    pub(super) originals: Vec<Original>,
    pub(super) effects: Vec<Effect>,
    pub(super) disputes: Vec<Dispute>,
    pub(super) revaluations: Vec<Revalued>,
}

/// What is open of an item, or of one installment of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenItem {
    /// Which item.
    pub item: ItemKey,
    /// How it began.
    pub origin: Origin,
    /// Its number.
    pub number: Option<String>,
    /// Which of our companies it belongs to.
    pub company: Option<CompanyId>,
    /// The receivable account of the ledger.
    pub ledger_account: Option<String>,
    /// The installment, from 0, if the item has several.
    pub installment: Option<u32>,
    /// The version of the event that made it.
    pub version: u64,
    /// The day printed on the document.
    pub document_day: NaiveDate,
    /// The day by which it is to be paid; of a credit: its own day.
    pub due: NaiveDate,
    /// With how much it began.
    pub original: Money,
    /// Units of the base currency for one of its own, as the document states.
    pub base_rate: Option<Rate>,
    /// How much is open; negative: a credit that nothing has used.
    pub open: Money,
    /// How much of what is open is disputed.
    pub disputed: Money,
}

/// What was settled of an item, by how it lies over the parts; added to what is open.
#[derive(Debug, Clone)]
pub(super) struct Settled {
    /// One for each part.
    named: Vec<i64>,
    advance: i64,
    rest: i64,
}

impl Settled {
    pub(super) fn none(parts: usize) -> Self {
        Self { named: vec![0; parts], advance: 0, rest: 0 }
    }

    pub(super) fn add(&mut self, part: Option<u32>, advance: bool, amount: i64) {
        let named = part.and_then(|at| self.named.get_mut(at as usize));
        let sum = match named {
            Some(part) => part,
            None if advance => &mut self.advance,
            None => &mut self.rest,
        };
        *sum = sum.saturating_add(amount);
    }
}

impl Original {
    /// The rows of a document over `gross`, `sign` -1 for a credit note.
    ///
    /// Gross counts: where installments sum to something else, or are in another currency, the
    /// one due last takes the difference.
    pub(super) fn of_document(
        stamp: Stamp,
        number: Option<&str>,
        gross: Money,
        paper: &Paper<'_>,
        sign: i64,
    ) -> Self {
        let document_day = paper.document_day.unwrap_or(stamp.day);
        let currency = gross.currency;
        let signed = |amount: Money| match amount.currency == currency {
            true => amount.minor.saturating_mul(sign),
            false => 0,
        };
        let account = |own: Option<&str>| own.or(paper.ledger_account).map(str::to_owned);
        let mut parts: Vec<Part> = paper
            .installments
            .iter()
            .map(|(due, amount, ledger_account)| Part {
                due: *due,
                amount: signed(*amount),
                ledger_account: account(*ledger_account),
            })
            .collect();
        let amount = signed(gross);
        let stated = parts.iter().map(|part| part.amount).fold(0, i64::saturating_add);
        if let Some(last) = parts.iter_mut().max_by_key(|part| part.due) {
            last.amount = last.amount.saturating_add(amount.saturating_sub(stated));
        } else {
            // A credit is aged on its own date, whatever its terms say.
            let due = paper.due.filter(|_| amount >= 0).unwrap_or(document_day);
            parts.push(Part { due, amount, ledger_account: account(None) });
        }
        Self {
            stamp,
            origin: paper.kind.into(),
            number: number.map(str::to_owned),
            company: paper.company,
            document_day,
            value_day: stamp.day,
            base_rate: paper.base_rate,
            discounts: paper.discounts.clone(),
            currency,
            amount,
            parts,
        }
    }

    /// What is open of each part after what was settled, in the order of the parts.
    ///
    /// Named installments first; advances pro rata; then, with what those took beyond a part,
    /// the rest: it closes the oldest due first and re-opens the newest due first. What is left
    /// over stays on the part due last, so that nothing is lost.
    pub(super) fn open_parts(&self, settled: &Settled) -> Vec<i64> {
        let (parts, named) = (self.parts.iter(), settled.named.iter());
        let mut open: Vec<i64> =
            parts.zip(named).map(|(part, named)| part.amount.saturating_add(*named)).collect();
        let mut rest = settled.rest;
        let weights: Vec<i64> =
            self.parts.iter().map(|part| part.amount.saturating_abs()).collect();
        let shares = split(settled.advance, &weights);
        for ((open, part), share) in open.iter_mut().zip(&self.parts).zip(shares) {
            let wanted = open.saturating_add(share);
            *open = wanted.clamp(part.amount.min(0), part.amount.max(0));
            rest = rest.saturating_add(wanted.saturating_sub(*open));
        }
        let mut order = self.oldest_first();
        let last = order.last().copied();
        if rest.signum() == self.amount.signum() {
            order.reverse();
        }
        for at in order {
            let (Some(open), Some(part)) = (open.get_mut(at), self.parts.get(at)) else {
                continue;
            };
            // Never through zero, never beyond what the part began with.
            let wanted = open.saturating_add(rest);
            let fits = wanted.clamp(part.amount.min(0), part.amount.max(0));
            rest = wanted.saturating_sub(fits);
            *open = fits;
        }
        if let Some(open) = last.and_then(|at| open.get_mut(at)) {
            *open = open.saturating_add(rest);
        }
        open
    }

    /// How much of each part is disputed, never more than is `open` of it. A dispute over no
    /// named installment takes from the oldest due on.
    pub(super) fn disputed_parts<'a>(
        &self,
        open: &[i64],
        disputes: impl Iterator<Item = &'a Dispute> + Clone,
    ) -> Vec<i64> {
        let sum = |installment: Option<u32>| {
            // An installment that is not there: over any.
            let named = |at: &u32| (*at as usize) < self.parts.len();
            let rows = disputes.clone().filter(|row| row.installment.filter(named) == installment);
            let minor = rows.filter_map(|row| match row.amount {
                // No amount: over everything.
                None => Some(i64::MAX),
                Some(amount) => (amount.currency == self.currency).then(|| amount.minor.max(0)),
            });
            minor.fold(0, i64::saturating_add)
        };
        let mut disputed: Vec<i64> =
            open.iter().zip(0_u32..).map(|(open, at)| sum(Some(at)).min((*open).max(0))).collect();
        let mut unnamed = sum(None);
        for at in self.oldest_first() {
            let (Some(open), Some(disputed)) = (open.get(at), disputed.get_mut(at)) else {
                continue;
            };
            let more = (*open).max(0).saturating_sub(*disputed).min(unnamed);
            *disputed = disputed.saturating_add(more);
            unnamed = unnamed.saturating_sub(more);
        }
        disputed
    }

    /// The places of the parts, oldest due first.
    fn oldest_first(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.parts.len()).collect();
        order.sort_by_key(|at| self.parts.get(*at).map(|part| part.due));
        order
    }
}
