//! What sales are made of, for whoever knows what goods cost.
//!
//! Costs are secret, and no fold reads them: this says which part of which event's goods is in
//! which line of a table. The event says what they cost to whoever has the key.

use relatum_domain::{Currency, View};
use relatum_stream::{EventRef, Version};

use super::report::{SalesBy, SalesOptions};
use super::sale::What;
use crate::figures::Row;
use crate::models::Models;

/// A part of a sale, and where its goods are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoldPart {
    /// In which line.
    pub row: Row,
    /// In which currency.
    pub currency: Currency,
    /// How much of it, with its sign, in millionths.
    pub net: i128,
    /// The event that tells the goods.
    pub goods: EventRef,
    /// The event of the sale that they come from, where it is another.
    pub of: Option<EventRef>,
    /// Only goods of this group, which may be none; outer none: all of them.
    pub group: Option<Option<String>>,
}

impl SalesOptions {
    /// What the sales to the accounts of `part` are made of.
    #[must_use]
    pub fn parts(&self, part: &Models, common: &Models, view: &View) -> Vec<SoldPart> {
        let mut parts = Vec::new();
        self.walk(part, common, view, &mut |account, sale, row, net| {
            let event = |version| EventRef::new(account.into(), Version(version));
            let of = sale.of.map(event);
            // What is cancelled is told by what was ordered.
            let goods = of.filter(|_| sale.what == What::Cancelled);
            let by_group = matches!(self.by, SalesBy::Group | SalesBy::AccountAndGroup);
            let group = match row {
                Row::Named(group) | Row::Part(_, group) if by_group => Some(group.clone()),
                _ => self.group.clone().map(Some),
            };
            parts.push(SoldPart {
                row: row.clone(),
                currency: sale.currency,
                net,
                goods: goods.unwrap_or_else(|| event(sale.version)),
                of,
                group,
            });
        });
        parts
    }
}
