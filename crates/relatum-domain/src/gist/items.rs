//! Which open items an event is about.

use super::{Applied, Gist, Matter, Takes};
use crate::receivables::ItemKey;

impl Gist<'_> {
    /// The documents, payments and refunds of which the event makes another amount: made,
    /// settled, disputed, taken back.
    ///
    /// Shape: in no particular order; the same may be there twice.
    #[must_use]
    pub fn items(&self) -> Vec<ItemKey> {
        let document = ItemKey::Document;
        let settled = |first: Option<ItemKey>, applied: &[Applied]| {
            first.into_iter().chain(applied.iter().map(|it| document(it.document))).collect()
        };
        match &self.matter {
            Matter::Document(paper) | Matter::Draft(paper) => vec![document(paper.document)],
            Matter::Credit(paper, applied) => settled(Some(document(paper.document)), applied),
            Matter::Payment { payment, applied, .. }
            | Matter::PaidByOther { payment, applied, .. } => {
                settled(Some(ItemKey::Payment(*payment)), applied)
            }
            Matter::Refund { refund, of } => {
                [ItemKey::Refund(*refund)].into_iter().chain(of.map(ItemKey::from)).collect()
            }
            Matter::Netted(applied) | Matter::WrittenOff(applied) | Matter::Recovered(applied) => {
                settled(None, applied)
            }
            Matter::Allocated { from, applied } | Matter::Undone { from, applied } => {
                settled(Some((*from).into()), applied)
            }
            Matter::Reversed(Takes::Payment(payment)) => vec![ItemKey::Payment(*payment)],
            Matter::Reversed(Takes::Document(id))
            | Matter::Disputed { document: id, .. }
            | Matter::Revalued { document: id, .. }
            | Matter::DraftDiscarded(id) => vec![document(*id)],
            _ => Vec::new(),
        }
    }
}
