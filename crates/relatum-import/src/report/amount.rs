//! The main amount of an event, by which an import is checked against its source.

use relatum_domain::event::organisation::Target;
use relatum_domain::{Currency, EventBody, Money, Value};

/// Millionths of the main amount and its currency, for types that have one: gross of documents,
/// amount of payments and refunds, net of orders, returns, adjustments and offers, value of won
/// opportunities and contracts, target of quotas.
pub(crate) fn main_amount(body: &EventBody) -> Option<(Currency, i128)> {
    let money = |money: &Money| {
        let places = 6_u32.saturating_sub(money.currency.exponent());
        (money.currency, i128::from(money.minor) * 10_i128.pow(places))
    };
    let value = |value: &Value| (value.currency, i128::from(value.micro));
    match body {
        EventBody::InvoiceIssued(invoice) => Some(money(&invoice.0.gross)),
        EventBody::DebitNoteIssued(note) => Some(money(&note.0.gross)),
        EventBody::InterestInvoiceIssued(invoice) => Some(money(&invoice.0.gross)),
        EventBody::OpeningItemStated(item) => Some(money(&item.0.gross)),
        EventBody::DraftSaved(draft) => Some(money(&draft.0.gross)),
        EventBody::ProformaIssued(proforma) => Some(money(&proforma.0.gross)),
        EventBody::CreditNoteIssued(note) => Some(money(&note.document.gross)),
        EventBody::PaymentReceived(payment) => Some(money(&payment.amount)),
        EventBody::RefundPaid(refund) => Some(money(&refund.amount)),
        EventBody::PromiseMade(promise) => Some(money(&promise.amount)),
        EventBody::LedgerBalanceStated(stated) => Some(money(&stated.balance)),
        EventBody::OrderPlaced(order) => Some(value(&order.net)),
        EventBody::GoodsReturned(goods) => Some(value(&goods.net)),
        EventBody::SalesAdjusted(adjusted) => Some(value(&adjusted.net)),
        EventBody::OfferMade(offer) => Some(value(&offer.net)),
        EventBody::OpportunityWon(won) => won.value.as_ref().map(value),
        EventBody::ContractSigned(contract) => Some(value(&contract.value)),
        EventBody::QuotaSet(quota) => match &quota.target {
            Target::Value(target) => Some(value(target)),
            Target::Quantity(_) | Target::Count(_) => None,
        },
        _ => None,
    }
}
