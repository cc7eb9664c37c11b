//! What sales leave once goods are paid for, as far as it is known what they cost.
//!
//! Costs are secret and in no projection. What is sold is worked out as every report does; what its
//! goods cost is read from the events themselves, by whoever has the key and the right. What comes
//! back without a cost of its own costs what it did in the sale that it comes from.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use relatum_domain::event::line::Line;
use relatum_domain::selling::per_cent;
use relatum_domain::{Currency, Event, EventBody, proportion};
use relatum_projections::{Figures, Models, Report as _, Row, SalesOptions, SoldPart, Sum, WHOLE};
use relatum_stream::EventRef;
use serde::Serialize;

use crate::as_of::AsOf;
use crate::engine::Engine;
use crate::error::Error;

/// Sales, and what they leave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MarginLine {
    /// What it is about.
    #[serde(rename = "key")]
    pub row: Row,
    /// What that is called.
    pub name: String,
    /// Net sales.
    pub net: Sum,
    /// Those of goods whose cost is known.
    pub known: Sum,
    /// What those cost.
    pub cost: Sum,
    /// What they leave.
    pub margin: Sum,
    /// As a share of those sales, in hundredths of a per cent.
    pub margin_bp: Option<i64>,
}

/// Quantity and cost of a line of goods, in millionths; none: the cost is not known.
struct Told {
    product: String,
    quantity: i128,
    cost: Option<i128>,
}

impl AsOf {
    /// Net sales and what they leave, a line each of what `options` tell apart, by name; and all of
    /// them together, a line a currency.
    ///
    /// Reads every event that is sold in the period: on a large book, ask for a part of it.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn margin(
        &self,
        options: &SalesOptions,
    ) -> Result<(Vec<MarginLine>, Vec<MarginLine>), Error> {
        let figures = self.figures(options)?;
        let which = self.which(options)?;
        let part = |part: &Models, common: &Models| options.parts(part, common, &self.view);
        let parts =
            self.of(&options.about(), which, part, |_, parts: Vec<Vec<_>>| parts.concat())?;
        let mut goods: BTreeMap<EventRef, Vec<Told>> = BTreeMap::new();
        for part in &parts {
            for event in [Some(part.goods), part.of].into_iter().flatten() {
                if let Entry::Vacant(free) = goods.entry(event) {
                    let told = self.event(event)?;
                    free.insert(told.map(|it| self.engine.goods_of(&it)).unwrap_or_default());
                }
            }
        }
        let of = |event: EventRef| goods.get(&event).map(Vec::as_slice).unwrap_or_default();
        let mut sums: BTreeMap<(Row, Currency), (i128, i128)> = BTreeMap::new();
        for part in &parts {
            let cost = cost(part, of(part.goods), part.of.map(of).unwrap_or_default());
            let Some(cost) = cost else { continue };
            let share = |amount| proportion(amount, part.share, WHOLE).unwrap_or(0);
            for row in [part.row.clone(), Row::Total] {
                let sum = sums.entry((row, part.currency)).or_default();
                let known = sum.0.saturating_add(share(part.net));
                *sum = (known, sum.1.saturating_add(share(cost)));
            }
        }
        let line = |it: &relatum_projections::FigureLine| {
            let net = it.sum(figures.column("net").unwrap_or_default());
            let (known, cost) = sums.get(&(it.row.clone(), it.currency)).copied().unwrap_or((0, 0));
            let sum = |micro| Sum { micro, ..net };
            let margin = known.saturating_sub(cost);
            MarginLine {
                row: it.row.clone(),
                name: it.name.clone(),
                net,
                known: sum(known),
                cost: sum(cost),
                margin: sum(margin),
                margin_bp: per_cent(margin, known),
            }
        };
        let Figures { lines, totals, .. } = &figures;
        Ok((lines.iter().map(line).collect(), totals.iter().map(line).collect()))
    }
}

/// What the goods of a part cost, with their sign; none: nobody told it. What a net is more or less
/// than its goods costs nothing, if all of those are known.
fn cost(part: &SoldPart, goods: &[Told], of: &[Told]) -> Option<i128> {
    let Some(at) = part.line else {
        let all_known = !goods.is_empty() && goods.iter().all(|it| it.cost.is_some());
        return all_known.then_some(0);
    };
    let line = goods.get(at)?;
    let sold = || of.iter().find(|it| it.product == line.product && it.quantity > 0);
    let (cost, quantity) = match line.cost {
        Some(cost) => (cost, line.quantity),
        None => sold().and_then(|it| Some((it.cost?, it.quantity)))?,
    };
    if quantity == 0 { Some(cost) } else { proportion(cost, part.quantity, quantity) }
}

impl Engine {
    /// The goods that an event tells, with their costs where the key is there.
    fn goods_of(&self, event: &Event) -> Vec<Told> {
        let plain = |lines: &[Line]| lines.iter().map(|line| self.costed(line)).collect();
        match &event.body {
            EventBody::OrderPlaced(it) => plain(&it.lines),
            EventBody::GoodsReturned(it) => plain(&it.lines),
            EventBody::InvoiceIssued(it) => {
                it.0.lines.iter().map(|line| self.costed(&line.line)).collect()
            }
            EventBody::DebitNoteIssued(it) => {
                it.0.lines.iter().map(|line| self.costed(&line.line)).collect()
            }
            EventBody::CreditNoteIssued(it) => {
                it.document.lines.iter().map(|line| self.costed(&line.line)).collect()
            }
            _ => Vec::new(),
        }
    }

    fn costed(&self, line: &Line) -> Told {
        let cost = line.cost.as_ref().and_then(|cost| self.secret(cost));
        let cost = cost.filter(|cost| cost.currency == line.net.currency);
        Told {
            product: line.product.clone(),
            quantity: line.quantity.micro().into(),
            cost: cost.map(|cost| cost.micro.into()),
        }
    }
}
