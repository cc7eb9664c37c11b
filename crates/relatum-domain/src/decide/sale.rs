//! Decisions on orders, deliveries and returns.

use std::collections::BTreeMap;

use super::odd::Odd;
use super::refused::{Refused, SaleRefused};
use super::relationship::{lines_differ, shares};
use super::state::{End, State, Step};
use crate::event::line::{Line, LineQuantity};
use crate::event::order::GoodsReturned;
use crate::event::{Event, EventBody};
use crate::ids::OrderId;
use crate::money::{Quantity, Value};

pub(super) fn check(state: &State, event: &Event) -> Result<(), Refused> {
    use EventBody as B;
    match &event.body {
        B::OrderPlaced(it) => {
            if state.exists(it.order.uuid()) {
                return Err(SaleRefused::OrderExists { order: it.order }.into());
            }
            lines_foot(&it.lines, it.net)?;
            shares(&it.credit)?;
        }
        B::OrderDelivered(it) => {
            running(state, it.order)?;
            deliverable(state, it.order, &it.lines)?;
        }
        B::OrderRefused(it) => running(state, it.order)?,
        B::OrderCancelled(it) => running(state, it.order)?,
        B::GoodsReturned(it) => returnable(state, it)?,
        _ => {}
    }
    Ok(())
}

fn lines_foot(lines: &[Line], stated: Value) -> Result<(), SaleRefused> {
    if lines.is_empty() {
        return Err(SaleRefused::NoLines {});
    }
    for (line, at) in lines.iter().zip(0_u32..) {
        if line.quantity.micro() <= 0 {
            let quantity = line.quantity;
            return Err(SaleRefused::QuantityNotPositive { line: at, quantity });
        }
    }
    match lines_differ(lines, stated)? {
        Some(lines) => Err(SaleRefused::NetDiffers { lines, stated }),
        None => Ok(()),
    }
}

/// What an order began with, by line.
fn ordered(state: &State, order: OrderId) -> Result<&[(String, Quantity)], SaleRefused> {
    let found = state.steps(order.uuid()).find_map(|step| match step {
        Step::Ordered(lines) => Some(lines.as_slice()),
        _ => None,
    });
    found.ok_or(SaleRefused::OrderUnknown { order })
}

fn running(state: &State, order: OrderId) -> Result<(), SaleRefused> {
    ordered(state, order)?;
    match state.end_of(order.uuid()) {
        Some(End::Cancelled) => Err(SaleRefused::OrderCancelled { order }),
        _ => Ok(()),
    }
}

/// What is ordered of each line of an order, and what is delivered and was not refused.
fn fulfilment(state: &State, order: OrderId) -> Vec<(Quantity, Quantity)> {
    let mut lines = Vec::new();
    for step in state.steps(order.uuid()) {
        match step {
            Step::Ordered(ordered) => {
                lines = ordered.iter().map(|(_, all)| (*all, Quantity::default())).collect();
            }
            Step::Delivered(all) if all.is_empty() => {
                for (ordered, delivered) in &mut lines {
                    *delivered = *ordered;
                }
            }
            Step::RefusedGoods(all) if all.is_empty() => {
                for (_, delivered) in &mut lines {
                    *delivered = Quantity::default();
                }
            }
            Step::RefusedGoods(some) => {
                for part in some {
                    if let Some((_, delivered)) = lines.get_mut(part.line as usize) {
                        let left = delivered.micro().saturating_sub(part.quantity.micro());
                        *delivered = Quantity::from_micro(left.max(0));
                    }
                }
            }
            Step::Delivered(some) => {
                for part in some {
                    if let Some((_, delivered)) = lines.get_mut(part.line as usize) {
                        *delivered = plus(*delivered, part.quantity);
                    }
                }
            }
            _ => {}
        }
    }
    lines
}

fn plus(left: Quantity, right: Quantity) -> Quantity {
    Quantity::from_micro(left.micro().saturating_add(right.micro()))
}

fn deliverable(state: &State, order: OrderId, parts: &[LineQuantity]) -> Result<(), SaleRefused> {
    let mut lines = fulfilment(state, order);
    for part in parts {
        let (line, given) = (part.line, part.quantity);
        if given.micro() <= 0 {
            return Err(SaleRefused::QuantityNotPositive { line, quantity: given });
        }
        let Some((ordered, delivered)) = lines.get_mut(line as usize) else {
            return Err(SaleRefused::LineUnknown { order, line });
        };
        if plus(*delivered, given) > *ordered {
            let (ordered, delivered) = (*ordered, *delivered);
            return Err(SaleRefused::DeliveryAboveOrder { order, line, ordered, delivered, given });
        }
        *delivered = plus(*delivered, given);
    }
    Ok(())
}

fn returnable(state: &State, it: &GoodsReturned) -> Result<(), SaleRefused> {
    if state.exists(it.goods_return.uuid()) {
        return Err(SaleRefused::ReturnExists { goods_return: it.goods_return });
    }
    if it.net.is_negative() {
        return Err(SaleRefused::NetNegative { net: it.net });
    }
    lines_foot(&it.lines, it.net)?;
    let Some(order) = it.order else { return Ok(()) };
    // Deliveries may have gone unrecorded and a cancelled order may have been delivered in part, so
    // what was ordered is the limit, or what was delivered where that is more.
    let limit = |ordered: Quantity, delivered: Quantity| delivered.max(ordered);
    let above = first_above(state, order, &it.lines, limit)?;
    above.map_or(Ok(()), |Above { product, limit: ordered, returned, given }| {
        Err(SaleRefused::ReturnAboveOrder { product, ordered, returned, given })
    })
}

/// What comes back above what is known to be delivered, where any delivery is known.
pub(super) fn above_delivery(state: &State, it: &GoodsReturned) -> Option<Odd> {
    let order = it.order?;
    state.steps(order.uuid()).find(|step| matches!(step, Step::Delivered(_)))?;
    let above = first_above(state, order, &it.lines, |_, delivered| delivered).ok()??;
    let Above { product, limit: delivered, returned, given } = above;
    Some(Odd::ReturnAboveDelivery { product, delivered, returned, given })
}

/// A product of which more comes back than a limit.
struct Above {
    product: String,
    limit: Quantity,
    returned: Quantity,
    given: Quantity,
}

/// The first product of an order of which more comes back than `limit` makes of what was ordered
/// and delivered. By product: a return does not say which line it comes from.
fn first_above(
    state: &State,
    order: OrderId,
    coming: &[Line],
    limit: impl Fn(Quantity, Quantity) -> Quantity,
) -> Result<Option<Above>, SaleRefused> {
    let lines = ordered(state, order)?;
    let mut by_product: BTreeMap<&str, (Quantity, Quantity)> = BTreeMap::new();
    for ((product, all), (_, delivered)) in lines.iter().zip(fulfilment(state, order)) {
        let entry = by_product.entry(product).or_default();
        entry.0 = plus(entry.0, limit(*all, delivered));
    }
    let earlier = state.steps(order.uuid()).filter_map(|step| match step {
        Step::Returned(lines) => Some(lines),
        _ => None,
    });
    for (product, quantity) in earlier.flatten() {
        let entry = by_product.entry(product).or_default();
        entry.1 = plus(entry.1, *quantity);
    }
    for line in coming {
        let entry = by_product.entry(&line.product).or_default();
        let (limit, returned) = *entry;
        if plus(returned, line.quantity) > limit {
            let (product, given) = (line.product.clone(), line.quantity);
            return Ok(Some(Above { product, limit, returned, given }));
        }
        entry.1 = plus(returned, line.quantity);
    }
    Ok(None)
}
