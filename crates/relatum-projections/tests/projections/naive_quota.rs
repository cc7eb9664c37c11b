//! Quota progress once more, from the raw list of events.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use relatum_domain::event::line::Line;
use relatum_domain::event::order::OrderPlaced;
use relatum_domain::event::organisation::{QuotaEnd, Target};
use relatum_domain::{AccountId, Currency, Event, EventBody, ManagerId, OrderId, View};
use relatum_log::Envelope;
use relatum_projections::Sum;
use relatum_stream::StreamId;

use crate::generated::manager;
use crate::raw::{Raw, Shown, account};

/// One change of sales: day, who is credited, currency, millionths.
pub(crate) type Sale = (NaiveDate, Option<ManagerId>, Currency, i128);

/// Who answered for the account: the assignment with the latest day, then the one told last; an
/// amendment counts as told when what it replaces was.
fn owner(shown: &Shown<'_>, raw: &Raw, who: AccountId, on: NaiveDate) -> Option<ManagerId> {
    let assigned = shown.held.iter().filter_map(|it| match &it.data.body {
        EventBody::AccountAssigned(assigned)
            if it.event.stream == who.into() && it.data.effective <= on =>
        {
            Some((it.data.effective, place(raw, it), assigned.manager))
        }
        _ => None,
    });
    assigned.max().map(|(_, _, manager)| manager)
}

pub(crate) fn place(raw: &Raw, it: &Envelope<Event>) -> u64 {
    match it.data.amends {
        Some(earlier) => place(raw, raw.get(earlier)),
        None => it.event.version.0,
    }
}

/// What is left of an order's net after the deliveries of it among `told`.
fn undelivered<'a>(placed: &OrderPlaced, told: impl Iterator<Item = &'a EventBody>) -> i128 {
    // Of each line: delivered before it was cancelled, or told later to have been.
    let mut done = vec![0; placed.lines.len()];
    for body in told {
        match body {
            EventBody::OrderDelivered(it) if it.order == placed.order => {
                if it.lines.is_empty() {
                    done.fill(i64::MAX / 2);
                }
                for part in &it.lines {
                    done[part.line as usize] += part.quantity.micro();
                }
            }
            _ => {}
        }
    }
    let net = i128::from(placed.net.micro);
    if done.iter().all(|done| *done <= 0) {
        return net;
    }
    let left = |(line, done): (&Line, &i64)| {
        let all = i128::from(line.quantity.micro());
        i128::from(line.net.micro) * (all - i128::from(*done)).max(0) / all
    };
    let left: i128 = placed.lines.iter().zip(&done).map(left).sum();
    let all: i128 = placed.lines.iter().map(|line| i128::from(line.net.micro)).sum();
    net * left / all
}

pub(crate) fn sales(raw: &Raw, view: &View) -> Vec<Sale> {
    let shown = raw.shown(view);
    let mut sales = Vec::new();
    for number in 0..3 {
        let who = account(number);
        let owned = |named: Option<ManagerId>, on| named.or_else(|| owner(&shown, raw, who, on));
        let mut cancelled = Vec::new();
        // One identity is one sale: of two that hold under one id, the one told first.
        let mut twice = BTreeSet::new();
        for it in shown.held.iter().filter(|it| it.event.stream == who.into()) {
            let is_twice = match &it.data.body {
                EventBody::OrderPlaced(it) => !twice.insert(it.order.uuid()),
                EventBody::GoodsReturned(it) => !twice.insert(it.goods_return.uuid()),
                _ => false,
            };
            let on = it.data.effective;
            if is_twice || on > view.as_of {
                continue;
            }
            let (by, net) = match &it.data.body {
                EventBody::OrderPlaced(it) => (it.manager, it.net),
                EventBody::GoodsReturned(it) => (it.manager, it.net.negated().unwrap()),
                EventBody::SalesAdjusted(it) => (it.manager, it.net),
                EventBody::OrderCancelled(cancel) => {
                    cancelled.push((cancel.order, on, it.event.version));
                    continue;
                }
                _ => continue,
            };
            sales.push((on, owned(by, on), net.currency, i128::from(net.micro)));
        }
        cancelled.sort_by_key(|(_, on, version)| (*on, *version));
        let mut gone: Vec<OrderId> = Vec::new();
        for (order, on, version) in cancelled {
            if gone.contains(&order) {
                continue;
            }
            gone.push(order);
            let own = shown.held.iter().filter(|it| it.event.stream == who.into());
            let mut placed = own.filter_map(|it| match &it.data.body {
                EventBody::OrderPlaced(placed) if placed.order == order => {
                    Some((it.data.effective, placed))
                }
                _ => None,
            });
            let placed = placed.next().filter(|(from, _)| *from <= view.as_of);
            let Some((from, placed)) = placed else { continue };
            let mine = shown.held.iter().filter(|it| it.event.stream == who.into());
            let told = mine.filter(|it| it.event.version < version || it.data.effective <= on);
            let rest = undelivered(placed, told.map(|it| &it.data.body));
            sales.push((on, owned(placed.manager, from), placed.net.currency, -rest));
        }
    }
    sales
}

pub(crate) fn sum(sales: &[Sale], counts: impl Fn(&Sale) -> bool) -> Vec<Sum> {
    let mut sums: BTreeMap<Currency, i128> = BTreeMap::new();
    for sale in sales.iter().filter(|sale| counts(sale)) {
        *sums.entry(sale.2).or_default() += sale.3;
    }
    sums.into_iter().map(|(currency, micro)| Sum { micro, currency }).collect()
}

/// A period: manager, first and last day, currency, what was asked.
pub(crate) type Period = (ManagerId, NaiveDate, NaiveDate, Currency, i128);

pub(crate) fn periods(raw: &Raw, view: &View) -> Vec<Period> {
    let shown = raw.shown(view);
    let mut periods = Vec::new();
    for number in 0..3 {
        let stream = StreamId::from(manager(number));
        let set = |it: &&Envelope<Event>| match &it.data.body {
            EventBody::QuotaSet(set) if it.event.stream == stream => {
                Some((it.data.effective, set.target, set.end))
            }
            _ => None,
        };
        for (from, target, end) in shown.of(stream).filter_map(|it| set(&it)) {
            let Target::Value(target) = target else { continue };
            let next =
                shown.held.iter().filter_map(set).map(|it| it.0).filter(|it| *it > from).min();
            let to = match (end, next) {
                (QuotaEnd::Day(day), _) => day,
                (QuotaEnd::BeforeNext(latest), Some(next)) => latest.min(next.pred_opt().unwrap()),
                (QuotaEnd::BeforeNext(latest), None) => latest,
            };
            let asked = i128::from(target.micro);
            periods.push((manager(number), from, to, target.currency, asked));
        }
    }
    periods.sort();
    periods
}
