//! One order as a sale: what was placed, delivered and cancelled of it.
//!
//! Kept as rows, so that a delivery or an order that is voided after a cancellation changes what
//! the cancellation took away.

use bitcode::{Decode, Encode};
use relatum_domain::{ManagerId, Quantity, Stamp, Value, View, Voids};

use super::{Sale, first};

#[derive(Debug, Clone, Encode, Decode)]
struct Placed {
    stamp: Stamp,
    manager: Option<ManagerId>,
    net: Value,
    /// Quantity and net of each line.
    lines: Vec<(Quantity, i64)>,
}

/// Everything told of one order.
#[derive(Debug, Clone, Default, Encode, Decode)]
pub(super) struct Order {
    placed: Vec<Placed>,
    /// How much of which lines; none: all that was outstanding.
    delivered: Vec<(Stamp, Vec<(u32, Quantity)>)>,
    cancelled: Vec<Stamp>,
}

impl Order {
    pub(super) fn place(
        &mut self,
        stamp: Stamp,
        manager: Option<ManagerId>,
        net: Value,
        lines: &[(Quantity, i64)],
    ) {
        self.placed.push(Placed { stamp, manager, net, lines: lines.to_vec() });
    }

    pub(super) fn deliver(&mut self, stamp: Stamp, parts: &[(u32, Quantity)]) {
        self.delivered.push((stamp, parts.to_vec()));
    }

    pub(super) fn cancel(&mut self, stamp: Stamp) {
        self.cancelled.push(stamp);
    }

    /// The sale that a view shows, and what a cancellation took away from it.
    pub(super) fn shown(&self, voids: &Voids, view: &View) -> impl Iterator<Item = Sale> {
        let placed = first(&self.placed, |it| it.stamp, voids, view);
        let sale = placed.map(|it| {
            let day = it.stamp.effective();
            Sale { day, manager: it.manager, owned: day, net: it.net }
        });
        let cancelled = self.cancelled.iter().filter(|it| voids.shows(**it, view));
        let cancelled = cancelled.min_by_key(|it| (it.day, it.version));
        let taken_away = cancelled.zip(placed).map(|(cancelled, placed)| Sale {
            day: cancelled.effective(),
            manager: placed.manager,
            owned: placed.stamp.effective(),
            net: self.undelivered(placed, *cancelled, voids, view),
        });
        sale.into_iter().chain(taken_away)
    }

    /// The value, negative, of what the cancellation found undelivered: told before it, or
    /// delivered by its day and told later. By line in proportion to quantity, rounded toward
    /// zero, and of the order's own net the share that this is of the lines.
    fn undelivered(&self, placed: &Placed, cancelled: Stamp, voids: &Voids, view: &View) -> Value {
        let ever = View { as_of: chrono::NaiveDate::MAX, ..*view };
        let before = |it: &Stamp| it.version < cancelled.version || it.day <= cancelled.day;
        let delivered = self.delivered.iter();
        let delivered = delivered.filter(|(it, _)| before(it) && voids.shows(*it, &ever));
        let mut done: Vec<i64> = vec![0; placed.lines.len()];
        for (_, parts) in delivered {
            if parts.is_empty() {
                return Value::new(0, placed.net.currency);
            }
            for (line, quantity) in parts {
                if let Some(done) = done.get_mut(*line as usize) {
                    *done = done.saturating_add(quantity.micro());
                }
            }
        }
        let net = i128::from(placed.net.micro);
        let rest = if done.iter().all(|done| *done == 0) {
            net
        } else {
            let lines = placed.lines.iter();
            let left: i128 = lines.zip(&done).map(|(line, done)| left_of(*line, *done)).sum();
            let all: i128 = placed.lines.iter().map(|(_, net)| i128::from(*net)).sum();
            let share = net.checked_mul(left).and_then(|product| product.checked_div(all));
            share.unwrap_or(left)
        };
        let micro = i64::try_from(rest).unwrap_or(placed.net.micro);
        Value::new(micro.saturating_neg(), placed.net.currency)
    }
}

fn left_of((ordered, net): (Quantity, i64), done: i64) -> i128 {
    let left = ordered.micro().saturating_sub(done).max(0);
    let part = i128::from(net).saturating_mul(i128::from(left));
    part.checked_div(i128::from(ordered.micro())).unwrap_or(0)
}
