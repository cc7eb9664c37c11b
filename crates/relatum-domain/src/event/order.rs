//! Orders, their delivery, and goods coming back.

use chrono::NaiveDate;

use super::account::CreditShare;
use super::line::{Line, LineQuantity};
use crate::ids::{
    AccountId, CompanyId, ContractId, DeliveryId, DocumentId, ManagerId, OfferId, OrderId, ReturnId,
};
use crate::money::Value;
use crate::shapes::shapes;

shapes! {
    /// The client ordered.
    pub struct OrderPlaced {
        /// Which.
        pub order: OrderId,
        /// Its number.
        pub number: String,
        /// Which of our companies sells.
        pub company: Option<CompanyId>,
        /// Who took it; none: whoever the account is assigned to.
        pub manager: Option<ManagerId>,
        /// Who shares in the credit.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub credit: Vec<CreditShare>,
        /// Where the goods go.
        pub ship_to: Option<AccountId>,
        /// What is ordered.
        pub lines: Vec<Line>,
        /// For how much, before tax and freight. Counts, even where the lines say otherwise.
        pub net: Value,
        /// Tax.
        pub tax: Option<Value>,
        /// Freight.
        pub freight: Option<Value>,
        /// When the client wants it.
        pub wanted: Option<NaiveDate>,
        /// Under which contract.
        pub contract: Option<ContractId>,
        /// On which offer.
        pub offer: Option<OfferId>,
    }

    /// Goods of an order were delivered.
    pub struct OrderDelivered {
        /// Of which order.
        pub order: OrderId,
        /// Which delivery.
        pub delivery: DeliveryId,
        /// What of it; empty: all that was outstanding.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub lines: Vec<LineQuantity>,
    }

    /// The client refused goods at the door.
    pub struct OrderRefused {
        /// Of which order.
        pub order: OrderId,
        /// Which delivery.
        pub delivery: Option<DeliveryId>,
        /// What of it; empty: all of it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub lines: Vec<LineQuantity>,
        /// Why.
        pub reason: String,
    }

    /// What was not delivered of an order no longer will be.
    pub struct OrderCancelled {
        /// Which.
        pub order: OrderId,
        /// Why.
        pub reason: Option<String>,
    }

    /// Goods came back.
    pub struct GoodsReturned {
        /// Which.
        pub goods_return: ReturnId,
        /// Its number.
        pub number: String,
        /// What came back, in positive quantities and values.
        pub lines: Vec<Line>,
        /// What it was worth, positive, before tax. Counts, even where the lines say otherwise.
        pub net: Value,
        /// Why.
        pub reason: Option<String>,
        /// From which order.
        pub order: Option<OrderId>,
        /// From which invoice.
        pub invoice: Option<DocumentId>,
        /// From which delivery.
        pub delivery: Option<DeliveryId>,
        /// Whose sales it lowers; none: whoever the account is assigned to.
        pub manager: Option<ManagerId>,
    }

    /// Sales were corrected by a sum that belongs to no goods.
    pub struct SalesAdjusted {
        /// Its number.
        pub number: String,
        /// By how much; negative lowers sales.
        pub net: Value,
        /// Why.
        pub reason: Option<String>,
        /// Whose sales; none: whoever the account is assigned to.
        pub manager: Option<ManagerId>,
    }
}
