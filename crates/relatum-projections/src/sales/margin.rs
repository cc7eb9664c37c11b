//! What sales are made of, for whoever knows what goods cost.
//!
//! Costs are secret, and no fold reads them: this says which goods of which event are in which
//! line of a table. The event says what they cost to whoever has the key.

use relatum_domain::{Currency, View};
use relatum_stream::EventRef;

use super::report::SalesOptions;
use super::sale::What;
use crate::figures::Row;
use crate::merged;
use crate::models::Models;

/// The whole of something that is shared, in the unit of [`SoldPart::share`].
pub const WHOLE: i128 = 1_000_000_000;

/// Goods of a sale that are in a line of a table, or what its net is more or less than its goods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoldPart {
    /// In which line.
    pub row: Row,
    /// In which currency.
    pub currency: Currency,
    /// The event that tells the goods.
    pub goods: EventRef,
    /// Which of the goods, from 0; none: what the net is more or less than all of them.
    pub line: Option<usize>,
    /// The event of the sale that they come from, where it is another.
    pub of: Option<EventRef>,
    /// How many, with their sign, in millionths.
    pub quantity: i128,
    /// For how much, with its sign, in millionths.
    pub net: i128,
    /// How much of them is the line's, in billionths.
    pub share: i128,
}

impl SalesOptions {
    /// What the sales to the accounts of `part` are made of.
    #[must_use]
    pub fn parts(&self, part: &Models, common: &Models, view: &View) -> Vec<SoldPart> {
        let mut parts = Vec::new();
        self.each(part, common, view, &mut |account, sale, shares, organisation| {
            let event = |version| merged::event(account, version);
            // Lines of what lowers sales are positive.
            let lowers = matches!(sale.what, What::Cancelled | What::Returned);
            let sign = if lowers { -1 } else { 1 };
            let mut left = sale.net;
            let mut told = |line: Option<usize>, group: Option<&str>, quantity, net| {
                let is_wanted = self.group.as_deref().is_none_or(|only| group == Some(only));
                let mut add = |row: &Row, share: i128| {
                    if is_wanted && share != 0 {
                        parts.push(SoldPart {
                            row: row.clone(),
                            currency: sale.currency,
                            goods: event(sale.goods),
                            line,
                            of: sale.of.map(event).filter(|of| *of != event(sale.goods)),
                            quantity,
                            net,
                            share,
                        });
                    }
                };
                self.piece(account, sale, (group, WHOLE), shares, organisation, &mut add);
            };
            for (line, at) in sale.lines().iter().zip(0..) {
                let net = i128::from(line.net) * sign;
                left -= net;
                told(Some(at), sale.group(line), i128::from(line.quantity) * sign, net);
            }
            if left != 0 {
                told(None, None, 0, left);
            }
        });
        parts
    }
}
