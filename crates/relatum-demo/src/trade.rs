//! Orders, deliveries, and the invoices that follow them.

use chrono::NaiveDate;
use relatum_domain::event::line::{InvoiceLine, Line, LineQuantity};
use relatum_domain::event::order::{OrderCancelled, OrderDelivered, OrderPlaced, OrderRefused};
use relatum_domain::{DeliveryId, OrderId};

use crate::calendar::{plus, working};
use crate::catalogue::{self, part, rest, units};
use crate::desk::{Desk, Sale};
use crate::invoicing;
use crate::item::Item;

/// An order on its way.
#[derive(Debug)]
pub(crate) struct Order {
    pub(crate) id: OrderId,
    pub(crate) day: NaiveDate,
    pub(crate) lines: Vec<Line>,
    pub(crate) net: i64,
}

/// A part of an order that goes out together: the line's place and the goods.
type Load = Vec<(u32, Line)>;

/// All orders of the account; returns what is to be paid.
pub(crate) fn write(desk: &mut Desk<'_>) -> Vec<Item> {
    let Some((first, last)) = desk.who.buys else {
        return Vec::new();
    };
    let mut items: Vec<Item> = invoicing::carried_over(desk).into_iter().collect();
    let interval = desk.who.interval;
    let mut day = working(plus(first, desk.draw.between(2, interval)));
    let mut latest = None;
    while day <= last {
        latest = Some(day);
        let local = desk.number("order");
        let order = place(desk, local, day);
        match desk.draw.below(100) {
            // Whoever pays late is delivered to, to have something to pay late.
            _ if desk.who.story.pays_late() => deliver(desk, &order, &mut items),
            0..=1 => cancel(desk, &order),
            2 => refuse(desk, &order),
            _ => deliver(desk, &order, &mut items),
        }
        day = working(plus(day, interval * desk.draw.between(80, 120) / 100));
    }
    // Whoever fell silent did so after an order that went well.
    if let (Some(latest), true) = (latest, last < desk.span.close) {
        let day = working(plus(latest, interval)).min(crate::calendar::working_before(last));
        if day > latest {
            let local = desk.number("order");
            let order = place(desk, local, day);
            deliver(desk, &order, &mut items);
        }
    }
    items.extend(invoicing::extras(desk));
    items.sort_by_key(|item| (item.due, item.day, item.id));
    items
}

/// Takes an order.
pub(crate) fn place(desk: &mut Desk<'_>, local: String, day: NaiveDate) -> Order {
    let who = desk.who;
    let discount = who.discount_permille;
    // A promotion now and then broadens what is bought.
    let groups = if desk.draw.chance(8) { 3 } else { who.groups };
    let lines = catalogue::lines(&mut desk.draw, &who.market, groups, who.size, discount, day);
    let net = catalogue::total(&lines);
    let contract = desk.contract.filter(|(_, from, until)| (*from..=*until).contains(&day));
    let body = OrderPlaced {
        order: desk.id(&local),
        number: desk.printed("ORD", &local),
        company: Some(who.market.company),
        manager: Some(desk.owner(day)),
        credit: Vec::new(),
        ship_to: None,
        lines: lines.clone(),
        net: who.market.value(net),
        tax: None,
        freight: None,
        wanted: Some(working(plus(day, 14))),
        contract: contract.map(|(id, ..)| id),
        offer: None,
    };
    let order = Order { id: body.order, day, lines, net };
    let say = desk.manager(day, local, body);
    if desk.put(say).is_some() {
        desk.sales.push(Sale { manager: who.manager_on(day), day, minor: net });
        desk.exposure.push((day, expected_gross(net)));
    }
    order
}

/// What an order may come to with tax and freight, for the exposure.
pub(crate) const fn expected_gross(net: i64) -> i64 {
    net * 126 / 100
}

fn cancel(desk: &mut Desk<'_>, order: &Order) {
    let day = working(plus(order.day, desk.draw.between(1, 4)));
    let body = OrderCancelled { order: order.id, reason: Some("ordered twice".to_owned()) };
    let local = desk.number("cancelled");
    let say = desk.manager(day, local, body);
    if desk.put(say).is_some() {
        desk.exposure.push((day, -expected_gross(order.net)));
    }
}

fn refuse(desk: &mut Desk<'_>, order: &Order) {
    let day = working(plus(order.day, desk.draw.between(4, 9)));
    let body = OrderRefused {
        order: order.id,
        delivery: None,
        lines: Vec::new(),
        reason: "packaging damaged".to_owned(),
    };
    let local = desk.number("refused");
    let say = desk.ledger(day, local, body);
    desk.put(say);
    let body = OrderCancelled { order: order.id, reason: Some("refused at the door".to_owned()) };
    let local = desk.number("cancelled");
    let day = working(plus(day, 1));
    let say = desk.manager(day, local, body);
    if desk.put(say).is_some() {
        desk.exposure.push((day, -expected_gross(order.net)));
    }
}

fn deliver(desk: &mut Desk<'_>, order: &Order, items: &mut Vec<Item>) {
    let whole: Load = (0..).zip(order.lines.iter().cloned()).collect();
    let mut day = working(plus(order.day, desk.draw.between(3, 11)));
    let parts = if desk.draw.chance(14) { halves(desk, &whole) } else { None };
    if let Some((now, later)) = parts {
        let lines =
            now.iter().map(|(line, goods)| LineQuantity { line: *line, quantity: goods.quantity });
        let lines = lines.collect();
        items.extend(ship(desk, order, day, now, lines));
        day = working(plus(day, desk.draw.between(6, 14)));
        items.extend(ship(desk, order, day, later, Vec::new()));
    } else {
        items.extend(ship(desk, order, day, whole, Vec::new()));
    }
}

/// Half of every line of more than one unit now, the rest later.
fn halves(desk: &Desk<'_>, whole: &Load) -> Option<(Load, Load)> {
    let market = &desk.who.market;
    let (mut now, mut later) = (Load::new(), Load::new());
    for (at, line) in whole {
        if units(line) > 1 {
            let first = part(line, units(line) / 2, market);
            later.push((*at, rest(line, &first, market)));
            now.push((*at, first));
        } else {
            later.push((*at, line.clone()));
        }
    }
    (!now.is_empty()).then_some((now, later))
}

fn ship(
    desk: &mut Desk<'_>,
    order: &Order,
    day: NaiveDate,
    load: Load,
    lines: Vec<LineQuantity>,
) -> Option<Item> {
    let local = desk.number("delivery");
    let delivery: DeliveryId = desk.id(&local);
    let body = OrderDelivered { order: order.id, delivery, lines };
    let say = desk.ledger(day, local, body);
    desk.put(say)?;
    let charge = |(at, line)| InvoiceLine {
        line,
        order: Some(order.id),
        order_line: Some(at),
        delivery: Some(delivery),
    };
    let lines = load.into_iter().map(charge).collect();
    invoicing::invoice(desk, order, delivery, day, lines)
}
