//! The main amount of an event: what it comes to, in one number.

use super::EventBody;
use super::organisation::Target;
use crate::money::Amount;

impl EventBody {
    /// What the event comes to, for types that say so: gross of documents, amount of payments,
    /// refunds and promises, stated balances, net of orders, returns, adjustments and offers, value
    /// of won opportunities and signed contracts, target of quotas.
    ///
    /// By its sums an import is checked against its source, and columns against the log.
    ///
    /// # Example
    /// ```
    /// use relatum_domain::event::order::SalesAdjusted;
    /// use relatum_domain::{EventBody, Value};
    /// let net = Value::parse("-11.062060", "GBP".parse()?)?;
    /// let (number, reason, manager) = ("A-1".to_owned(), None, None);
    /// let adjusted = EventBody::from(SalesAdjusted { number, net, reason, manager });
    /// assert_eq!(adjusted.main_amount().map(|it| it.micro()), Some(-11_062_060));
    /// # Ok::<(), relatum_domain::AmountError>(())
    /// ```
    #[must_use]
    pub fn main_amount(&self) -> Option<Amount> {
        let money = |money| Some(Amount::Money(money));
        let value = |value| Some(Amount::Value(value));
        match self {
            Self::InvoiceIssued(invoice) => money(invoice.0.gross),
            Self::DebitNoteIssued(note) => money(note.0.gross),
            Self::InterestInvoiceIssued(invoice) => money(invoice.0.gross),
            Self::OpeningItemStated(item) => money(item.0.gross),
            Self::DraftSaved(draft) => money(draft.0.gross),
            Self::ProformaIssued(proforma) => money(proforma.0.gross),
            Self::CreditNoteIssued(note) => money(note.document.gross),
            Self::PaymentReceived(payment) => money(payment.amount),
            Self::RefundPaid(refund) => money(refund.amount),
            Self::PromiseMade(promise) => money(promise.amount),
            Self::LedgerBalanceStated(stated) => money(stated.balance),
            Self::OrderPlaced(order) => value(order.net),
            Self::GoodsReturned(goods) => value(goods.net),
            Self::SalesAdjusted(adjusted) => value(adjusted.net),
            Self::OfferMade(offer) => value(offer.net),
            Self::OpportunityWon(won) => won.value.and_then(value),
            Self::ContractSigned(contract) => value(contract.value),
            Self::QuotaSet(quota) => match quota.target {
                Target::Value(target) => value(target),
                Target::Quantity(_) | Target::Count(_) => None,
            },
            _ => None,
        }
    }
}
