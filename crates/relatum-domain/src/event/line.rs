//! A line of goods or services, as offers, orders, returns and invoices carry it.

use crate::guarded::Secret;
use crate::ids::{DeliveryId, OrderId};
use crate::money::{Quantity, Rate, Value};
use crate::shapes::shapes;

shapes! {
    /// One product at one price.
    pub struct Line {
        /// The product's code.
        pub product: String,
        /// What it is called.
        pub description: Option<String>,
        /// The group it belongs to.
        pub group: Option<String>,
        /// How much.
        pub quantity: Quantity,
        /// The list from which the price comes.
        pub price_list: Option<PriceList>,
        /// Price of one by that list.
        pub list_price: Option<Value>,
        /// Off the list price, 0.05 for five per cent.
        pub discount: Option<Secret<Rate>>,
        /// Price of the line, after discount, before tax.
        pub net: Value,
        /// What the line costs us.
        pub cost: Option<Secret<Value>>,
    }

    /// A price list at one version.
    pub struct PriceList {
        /// Its name.
        pub name: String,
        /// Its version.
        pub version: Option<String>,
    }

    /// A line of an invoice, tied to what it charges for.
    pub struct InvoiceLine {
        /// What is charged.
        pub line: Line,
        /// The order.
        pub order: Option<OrderId>,
        /// The line of that order, from 0.
        pub order_line: Option<u32>,
        /// The delivery.
        pub delivery: Option<DeliveryId>,
    }

    /// Some of a line, by its place from 0.
    pub struct LineQuantity {
        /// Which line.
        pub line: u32,
        /// How much of it.
        pub quantity: Quantity,
    }
}
