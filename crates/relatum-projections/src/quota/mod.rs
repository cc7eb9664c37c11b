//! Quota progress: what was sold, against what was asked.
//!
//! Sales are credited on the order's day to the manager named in it, else to whoever the account
//! is assigned to that day. What is cancelled counts on the day of the cancellation, against
//! whoever the order was credited to. Returns and adjustments count on their own day, for the
//! manager named in them or whoever the account is assigned to then. A second order or return
//! under the id of one that holds does not count: one identity is one sale.

mod order;
mod report;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use relatum_domain::event::organisation::{QuotaEnd, QuotaKind, Target};
use relatum_domain::{
    AccountId, Event, EventBody, ManagerId, OrderId, Recorded, ReturnId, Stamp, Value, View, Voids,
};
use relatum_log::Envelope;
use serde::{Deserialize, Serialize};

use crate::projection::Projection;
use order::Order;
pub use report::{QuotaLine, QuotaReport};

/// A return or an adjustment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Change {
    stamp: Stamp,
    manager: Option<ManagerId>,
    net: Value,
}

/// Sales of one account that are credited somewhere.
struct Sale {
    /// The day on which it counts.
    day: NaiveDate,
    /// Whom the event names.
    manager: Option<ManagerId>,
    /// Where it names none: credited is whoever the account is assigned to on this day.
    owned: NaiveDate,
    net: Value,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Sales {
    orders: BTreeMap<OrderId, Order>,
    returned: BTreeMap<ReturnId, Vec<Change>>,
    adjusted: Vec<Change>,
    voids: Voids,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Goal {
    stamp: Stamp,
    kind: QuotaKind,
    target: Target,
    end: QuotaEnd,
    product_group: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Goals {
    goals: Vec<Goal>,
    voids: Voids,
}

/// What was sold, and what was asked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quota {
    accounts: BTreeMap<AccountId, Sales>,
    managers: BTreeMap<ManagerId, Goals>,
}

impl Projection for Quota {
    const NAME: &'static str = "quota";
    const REVISION: u32 = 2;

    fn apply(&mut self, envelope: &Envelope<Event>) {
        let (at, event) = (envelope.event, &envelope.data);
        let recorded = Recorded::from(envelope.recorded_at);
        let stamp = Stamp::of(at, recorded, event);
        if let Some(account) = AccountId::of_stream(at.stream) {
            let sales = self.accounts.entry(account).or_default();
            sales.voids.learn(at, recorded, event);
            sales.apply(stamp, &event.body);
        } else if let Some(manager) = ManagerId::of_stream(at.stream) {
            let goals = self.managers.entry(manager).or_default();
            goals.voids.learn(at, recorded, event);
            if let EventBody::QuotaSet(set) = &event.body {
                goals.goals.push(Goal {
                    stamp,
                    kind: set.kind.clone(),
                    target: set.target,
                    end: set.end,
                    product_group: set.product_group.clone(),
                });
            }
        }
    }
}

impl Sales {
    fn apply(&mut self, stamp: Stamp, body: &EventBody) {
        use EventBody as B;
        let orders = &mut self.orders;
        match body {
            B::OrderPlaced(it) => orders.entry(it.order).or_default().place(stamp, it),
            B::OrderDelivered(it) => orders.entry(it.order).or_default().deliver(stamp, it),
            B::OrderCancelled(it) => orders.entry(it.order).or_default().cancel(stamp),
            B::GoodsReturned(it) => {
                let net = Value::new(it.net.micro.saturating_neg(), it.net.currency);
                let change = Change { stamp, manager: it.manager, net };
                self.returned.entry(it.goods_return).or_default().push(change);
            }
            B::SalesAdjusted(it) => {
                self.adjusted.push(Change { stamp, manager: it.manager, net: it.net });
            }
            _ => {}
        }
    }

    /// What a view shows of the account's sales.
    fn shown(&self, view: &View) -> impl Iterator<Item = Sale> {
        let returned = self.returned.values();
        let returned = returned.filter_map(|all| first(all, |it| it.stamp, &self.voids, view));
        let changes = self.adjusted.iter().filter(|it| self.voids.shows(it.stamp, view));
        let changes = changes.chain(returned).map(|it| {
            let day = it.stamp.effective;
            Sale { day, manager: it.manager, owned: day, net: it.net }
        });
        let orders = self.orders.values();
        orders.flat_map(|order| order.shown(&self.voids, view)).chain(changes)
    }
}

/// The first row told that holds, if a view shows it. One identity is one row, from whatever day
/// it is looked at.
fn first<'a, R>(
    rows: &'a [R],
    stamp: impl Fn(&R) -> Stamp,
    voids: &Voids,
    view: &View,
) -> Option<&'a R> {
    let ever = View { as_of: NaiveDate::MAX, ..*view };
    let first = rows.iter().find(|row| voids.shows(stamp(row), &ever));
    first.filter(|row| view.sees(stamp(row)))
}
