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

use bitcode::{Decode, Encode};
use chrono::NaiveDate;
use relatum_domain::event::organisation::{QuotaKind, Target};
use relatum_domain::{
    AccountId, Day, Gist, ManagerId, Matter, OrderId, ReturnId, Stamp, Value, View, Voids,
};
use relatum_stream::StreamId;

use crate::projection::{Projection, all_is_kept};
use order::Order;
pub use report::{QuotaLine, QuotaReport, Sold};

/// A return or an adjustment.
#[derive(Debug, Clone, Encode, Decode)]
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

#[derive(Debug, Clone, Default, Encode, Decode)]
struct Sales {
    orders: BTreeMap<OrderId, Order>,
    returned: BTreeMap<ReturnId, Vec<Change>>,
    adjusted: Vec<Change>,
    voids: Voids,
}

#[derive(Debug, Clone, Encode, Decode)]
struct Goal {
    stamp: Stamp,
    kind: QuotaKind,
    target: Target,
    end: Day,
    /// Whether the day before the next one ends it, if that is sooner.
    before_next: bool,
    product_group: Option<String>,
}

#[derive(Debug, Clone, Default, Encode, Decode)]
struct Goals {
    goals: Vec<Goal>,
    voids: Voids,
}

/// What was sold, and what was asked.
#[derive(Debug, Clone, Default, Encode, Decode)]
pub struct Quota {
    accounts: BTreeMap<AccountId, Sales>,
    managers: BTreeMap<ManagerId, Goals>,
}

impl Projection for Quota {
    all_is_kept!();

    const NAME: &'static str = "quota";
    const REVISION: u32 = 3;

    fn fold(&mut self, stream: StreamId, gists: &[Gist<'_>]) {
        if let Some(account) = AccountId::of_stream(stream) {
            let sales = self.accounts.entry(account).or_default();
            gists.iter().for_each(|gist| sales.take(gist));
        } else if let Some(manager) = ManagerId::of_stream(stream) {
            let goals = self.managers.entry(manager).or_default();
            gists.iter().for_each(|gist| goals.take(gist));
        }
    }

    fn join(&mut self, mut others: Self) {
        self.accounts.append(&mut others.accounts);
        self.managers.append(&mut others.managers);
    }
}

impl Goals {
    fn take(&mut self, gist: &Gist<'_>) {
        self.voids.learn(gist);
        if let Matter::Quota { kind, target, end, before_next, product_group } = &gist.matter {
            self.goals.push(Goal {
                stamp: gist.stamp,
                kind: kind.clone(),
                target: *target,
                end: *end,
                before_next: *before_next,
                product_group: product_group.map(str::to_owned),
            });
        }
    }
}

impl Sales {
    fn take(&mut self, gist: &Gist<'_>) {
        self.voids.learn(gist);
        let (stamp, orders) = (gist.stamp, &mut self.orders);
        match (&gist.matter, gist.value()) {
            (Matter::Ordered { order, manager, lines, .. }, Some(net)) => {
                orders.entry(*order).or_default().place(stamp, *manager, net, lines);
            }
            (Matter::Delivered { order, lines }, _) => {
                orders.entry(*order).or_default().deliver(stamp, lines);
            }
            (Matter::OrderCancelled(order), _) => orders.entry(*order).or_default().cancel(stamp),
            (Matter::Returned { goods_return, manager }, Some(net)) => {
                let net = Value::new(net.micro.saturating_neg(), net.currency);
                let change = Change { stamp, manager: *manager, net };
                self.returned.entry(*goods_return).or_default().push(change);
            }
            (Matter::Adjusted { manager }, Some(net)) => {
                self.adjusted.push(Change { stamp, manager: *manager, net });
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
            let day = it.stamp.effective();
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
