//! One item: its original amount in installments, and everything that changed what is open.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::event::document::ReceivableDocument;
use crate::event::settlement::{ApplicationKind, CreditSource};
use crate::history::Stamp;
use crate::ids::{CompanyId, DisputeId, DocumentId, PaymentId, RefundId};
use crate::money::{Currency, Money, split};

/// What an item is: a document, a payment or a refund.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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

/// The amount with which an item begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Original {
    pub(super) stamp: Stamp,
    pub(super) number: Option<String>,
    pub(super) company: Option<CompanyId>,
    pub(super) document_day: NaiveDate,
    pub(super) currency: Currency,
    /// In minor units; negative: a credit.
    pub(super) amount: i64,
    /// Never empty.
    pub(super) parts: Vec<Part>,
}

/// An installment, or the whole of an item without any.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Part {
    pub(super) due: NaiveDate,
    pub(super) amount: i64,
    pub(super) ledger_account: Option<String>,
}

/// A change of what is open of an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Effect {
    pub(super) stamp: Stamp,
    /// The application's own day.
    pub(super) day: NaiveDate,
    /// The item on the other side, where it is one of this account.
    pub(super) other: Option<ItemKey>,
    pub(super) installment: Option<u32>,
    pub(super) currency: Currency,
    /// Signed: added to what is open.
    pub(super) amount: i64,
    pub(super) kind: ApplicationKind,
    /// Whether it reduces a schedule pro rata.
    pub(super) advance: bool,
}

/// A dispute over an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Dispute {
    pub(super) stamp: Stamp,
    pub(super) dispute: DisputeId,
    pub(super) installment: Option<u32>,
    pub(super) amount: Option<Money>,
}

/// All rows about one item.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    pub(super) originals: Vec<Original>,
    pub(super) effects: Vec<Effect>,
    pub(super) disputes: Vec<Dispute>,
}

/// What is open of an item, or of one installment of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenItem {
    /// Which item.
    pub item: ItemKey,
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
    /// How much is open; negative: a credit that nothing has used.
    pub open: Money,
    /// How much of what is open is disputed.
    pub disputed: Money,
}

impl Original {
    /// The rows of a document, `sign` -1 for a credit note.
    pub(super) fn of_document(stamp: Stamp, document: &ReceivableDocument, sign: i64) -> Self {
        let document_day = document.document_day.unwrap_or(stamp.effective);
        let signed = |amount: Money| amount.minor.saturating_mul(sign);
        let account = |own: &Option<String>| own.clone().or(document.ledger_account.clone());
        let mut parts: Vec<Part> = document
            .installments
            .iter()
            .map(|part| Part {
                due: part.due,
                amount: signed(part.amount),
                ledger_account: account(&part.ledger_account),
            })
            .collect();
        let amount = signed(document.gross);
        if parts.is_empty() {
            // A credit is aged on its own date, whatever its terms say.
            let due = document.due.filter(|_| amount >= 0).unwrap_or(document_day);
            parts.push(Part { due, amount, ledger_account: document.ledger_account.clone() });
        }
        Self {
            stamp,
            number: Some(document.number.clone()),
            company: document.company,
            document_day,
            currency: document.gross.currency,
            amount,
            parts,
        }
    }

    /// What is open of each part after `effects`, in the order of the parts.
    ///
    /// Named installments first; advances pro rata; the rest oldest due first; what is left over
    /// stays on the last part, so that nothing is lost.
    pub(super) fn open_parts<'a>(&self, effects: impl Iterator<Item = &'a Effect>) -> Vec<i64> {
        let mut open: Vec<i64> = self.parts.iter().map(|part| part.amount).collect();
        let (mut advance, mut unnamed) = (0_i64, 0_i64);
        for effect in effects {
            let named = effect.installment.and_then(|at| open.get_mut(at as usize));
            match named {
                Some(part) => *part = part.saturating_add(effect.amount),
                None if effect.advance => advance = advance.saturating_add(effect.amount),
                None => unnamed = unnamed.saturating_add(effect.amount),
            }
        }
        let weights: Vec<i64> = self.parts.iter().map(|part| part.amount.saturating_abs()).collect();
        for (part, share) in open.iter_mut().zip(split(advance, &weights)) {
            *part = part.saturating_add(share);
        }
        let mut oldest_first: Vec<usize> = (0..open.len()).collect();
        oldest_first.sort_by_key(|at| self.parts.get(*at).map(|part| part.due));
        let last = oldest_first.last().copied();
        for at in oldest_first {
            let Some(part) = open.get_mut(at) else { continue };
            // Only as much as closes the part, and only towards zero.
            let fits = match unnamed.signum() {
                -1 => unnamed.max((*part).max(0).saturating_neg()),
                _ => unnamed.min((*part).min(0).saturating_neg()),
            };
            let taken = if Some(at) == last { unnamed } else { fits };
            *part = part.saturating_add(taken);
            unnamed = unnamed.saturating_sub(taken);
        }
        open
    }
}
