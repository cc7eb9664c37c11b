//! Which things an event brings into the book: what later events can refer to by their ids.

use uuid::Uuid;

use super::EventBody;

impl EventBody {
    /// The ids of the things that the event tells of for the first time: a document, a payment, an
    /// order, a contact. Things that it only refers to are none of them.
    ///
    /// # Example
    /// ```
    /// use relatum_domain::event::account::ContactLeft;
    /// use relatum_domain::{ContactId, Derived, EventBody};
    /// let left = EventBody::from(ContactLeft { contact: ContactId::derived("crm", "7") });
    /// assert!(left.introduces().is_empty());
    /// ```
    #[must_use]
    pub fn introduces(&self) -> Vec<Uuid> {
        let one = match self {
            Self::ContactAdded(it) => it.contact.uuid(),
            Self::ActivityPlanned(it) => it.activity.uuid(),
            Self::ActivityHeld(it) => {
                let actions = it.actions.iter().map(|action| action.action.uuid());
                return actions.chain([it.activity.uuid()]).collect();
            }
            Self::OpportunityOpened(it) => it.opportunity.uuid(),
            Self::OfferMade(it) => it.offer.uuid(),
            Self::ContractSigned(it) => it.contract.uuid(),
            Self::OrderPlaced(it) => it.order.uuid(),
            Self::GoodsReturned(it) => it.goods_return.uuid(),
            Self::InvoiceIssued(it) => it.0.document.uuid(),
            Self::DebitNoteIssued(it) => it.0.document.uuid(),
            Self::InterestInvoiceIssued(it) => it.0.document.uuid(),
            Self::CreditNoteIssued(it) => it.document.document.uuid(),
            Self::OpeningItemStated(it) => it.0.document.uuid(),
            Self::DraftSaved(it) => it.0.document.uuid(),
            Self::ProformaIssued(it) => it.0.document.uuid(),
            Self::PaymentReceived(it) => it.payment.uuid(),
            Self::RefundPaid(it) => it.refund.uuid(),
            Self::NettedWithPayables(it) => it.netting.uuid(),
            Self::DisputeOpened(it) => it.dispute.uuid(),
            Self::PromiseMade(it) => it.promise.uuid(),
            Self::ComplaintMade(it) => it.complaint.uuid(),
            Self::CompanyRegistered(it) => it.company.uuid(),
            _ => return Vec::new(),
        };
        vec![one]
    }

    /// Whether the event begins what its stream is about: an account, a manager, a team.
    #[must_use]
    pub const fn opens_stream(&self) -> bool {
        matches!(self, Self::AccountOpened(_) | Self::ManagerJoined(_) | Self::TeamFormed(_))
    }
}
