//! Orders, deliveries and returns.

use super::{Row, legal, row};
use crate::event::account::{CreditShare, ShareKind};
use crate::event::line::{Line, LineQuantity};
use crate::event::order::{
    GoodsReturned, OrderCancelled, OrderDelivered, OrderPlaced, OrderRefused,
};
use crate::ids::{OrderId, ReturnId};
use crate::money::Value;
use crate::testing::given;
use crate::words::{acme, amending, id, line, on, quantity, value};

fn placed<const N: usize>(lines: [Line; N], net: &str) -> OrderPlaced {
    OrderPlaced {
        order: id("order"),
        number: "O-1".into(),
        company: None,
        manager: None,
        credit: Vec::new(),
        ship_to: None,
        lines: lines.into(),
        net: value(net),
        tax: None,
        freight: None,
        wanted: None,
        contract: None,
        offer: None,
    }
}

/// Ten lamps and 2.5 metres of wire.
fn plain() -> OrderPlaced {
    placed([line("lamp", "10", "100"), line("wire", "2.5", "5")], "105")
}

fn delivered<const N: usize>(parts: [(u32, &str); N]) -> OrderDelivered {
    let part = |(line, text): (u32, &str)| LineQuantity { line, quantity: quantity(text) };
    OrderDelivered {
        order: id("order"),
        delivery: id("delivery"),
        lines: parts.into_iter().map(part).collect(),
    }
}

fn cancelled() -> OrderCancelled {
    OrderCancelled { order: id("order"), reason: None }
}

fn refused() -> OrderRefused {
    OrderRefused { order: id("order"), delivery: None, lines: Vec::new(), reason: "damaged".into() }
}

fn returned<const N: usize>(name: &str, lines: [Line; N], net: &str) -> GoodsReturned {
    GoodsReturned {
        goods_return: id(name),
        number: name.into(),
        lines: lines.into(),
        net: value(net),
        reason: None,
        order: Some(id("order")),
        invoice: None,
        delivery: None,
        manager: None,
    }
}

fn lamps(name: &str, count: &str) -> GoodsReturned {
    returned(name, [line("lamp", count, "10")], "10")
}

pub(super) fn rows() -> Vec<Row> {
    let order: OrderId = id("order");
    let (r1, start) = (id::<ReturnId>("R1"), || on("01-01", plain()));
    let mut dollars = plain();
    dollars.lines[0].net = Value::parse("100", "USD".parse().unwrap()).unwrap();
    let mut shared = plain();
    shared.credit = vec![CreditShare {
        manager: id("mira"),
        share: "1.5".parse().unwrap(),
        kind: ShareKind::Revenue,
    }];
    let mut without_order = lamps("R1", "1");
    without_order.order = None;
    let above = |delivered: &str, given: &str| {
        format!("line 0 of order {order}: 10 ordered, {delivered} delivered, {given} more")
    };
    let unknown = format!("order {order} is not known");
    vec![
        row("order_exists", format!("order {order} already exists"), [start()], start()),
        row(
            "return_exists",
            format!("return {r1} already exists"),
            [start(), on("02-01", lamps("R1", "1"))],
            on("02-02", lamps("R1", "1")),
        ),
        row(
            "return_exists",
            format!("return {r1} already exists"),
            [on("02-01", without_order.clone())],
            on("02-02", without_order),
        ),
        row("order_unknown", &unknown, [], on("02-01", delivered([]))),
        row("order_unknown", &unknown, [], on("02-01", lamps("R1", "1"))),
        row(
            "order_cancelled",
            format!("order {order} was cancelled"),
            [start(), on("01-02", cancelled())],
            on("01-03", delivered([])),
        ),
        row("sale_without_lines", "at least one line is needed", [], on("01-01", placed([], "0"))),
        row(
            "quantity_not_positive",
            "line 1 has quantity 0; it must be above zero",
            [],
            on("01-01", placed([line("lamp", "1", "1"), line("lamp", "0", "0")], "1")),
        ),
        row(
            "quantity_not_positive",
            "line 0 has quantity -1; it must be above zero",
            [start()],
            on("01-02", delivered([(0, "-1")])),
        ),
        row(
            "return_net_negative",
            "a return is worth -10.00 EUR; state it as a positive value",
            [],
            on("01-01", returned("R1", [line("lamp", "1", "-10")], "-10")),
        ),
        row(
            "sale_amount",
            "EUR and USD cannot be combined without a stated rate",
            [],
            on("01-01", dollars),
        ),
        row(
            "sale_net_differs",
            "the lines sum to 100.00 EUR, the document states 99.999999 EUR",
            [],
            on("01-01", placed([line("lamp", "10", "100")], "99.999999")),
        ),
        row(
            "order_line_unknown",
            format!("order {order} has no line 2"),
            [start()],
            on("01-02", delivered([(2, "1")])),
        ),
        row(
            "delivery_above_order",
            above("0", "10.000001"),
            [start()],
            on("01-02", delivered([(0, "10.000001")])),
        ),
        row(
            "delivery_above_order",
            above("6", "5"),
            [start(), on("01-02", delivered([(0, "6")]))],
            on("01-03", delivered([(0, "5")])),
        ),
        row(
            "delivery_above_order",
            above("6", "6"),
            [start()],
            on("01-02", delivered([(0, "6"), (0, "6")])),
        ),
        row(
            "delivery_above_order",
            above("10", "1"),
            [start(), on("01-02", delivered([]))],
            on("01-03", delivered([(0, "1")])),
        ),
        row(
            "return_above_order",
            "lamp: 10 ordered, 8 already returned, 3 more",
            [start(), on("02-01", lamps("R1", "8"))],
            on("02-02", lamps("R2", "3")),
        ),
        row(
            "return_above_order",
            "sofa: 0 ordered, 0 already returned, 1 more",
            [start()],
            on("02-02", returned("R1", [line("sofa", "1", "1")], "1")),
        ),
        row(
            "not_a_share",
            "a share in the credit is from 0 to 1, not 1.5",
            [],
            on("01-01", shared),
        ),
    ]
}

#[test]
fn deliveries_add_up_to_exactly_the_order() {
    legal([
        on("01-01", plain()),
        on("01-02", delivered([(0, "6"), (1, "1.25")])),
        on("01-03", delivered([(0, "4")])),
        on("01-04", delivered([(1, "1.25")])),
    ]);
    legal([on("01-01", plain()), on("01-02", delivered([])), on("01-03", refused())]);
}

#[test]
fn goods_come_back_without_an_order_and_without_a_known_delivery() {
    let mut without_order = lamps("R1", "3");
    without_order.order = None;
    legal([on("01-01", without_order)]);
    // Delivered by somebody who does not tell us; then the rest.
    legal([on("01-01", plain()), on("02-01", lamps("R1", "4")), on("02-02", lamps("R2", "6"))]);
}

#[test]
fn regression_goods_of_an_order_that_was_cancelled_later_still_come_back() {
    legal([
        on("01-01", plain()),
        on("01-02", delivered([(0, "6")])),
        on("01-03", cancelled()),
        on("02-01", lamps("R1", "6")),
    ]);
}

#[test]
fn an_amendment_replaces_an_order_by_one_of_another_net() {
    let other = placed([line("lamp", "12", "120")], "120");
    legal([
        on("01-01", plain()),
        amending(1, on("01-02", other.clone())),
        on("01-03", delivered([(0, "12")])),
    ]);
    // And the amendment by another.
    legal([
        on("01-01", plain()),
        amending(1, on("01-02", other)),
        amending(2, on("01-03", placed([line("lamp", "1", "10")], "10"))),
    ]);
}

#[test]
fn what_comes_back_above_what_was_delivered_is_taken_and_looks_odd() {
    let back = |number: &str| on("01-09", returned("R", [line("lamp", number, "1")], "1"));
    let odd = |given: &crate::testing::Given, number: &str| {
        given.state().odd(&back(number)).map(|odd| (odd.code(), odd.to_string()))
    };
    let nothing_known = given(acme(), [on("01-01", plain())]);
    assert_eq!(odd(&nothing_known, "10"), None);
    let some = nothing_known.and(acme(), [on("01-02", delivered([(0, "4")]))]);
    assert_eq!(odd(&some, "4"), None);
    let words = "lamp: 4 known to be delivered, 0 came back, 5 more".to_owned();
    assert_eq!(odd(&some, "5"), Some(("return_above_delivery", words)));
    some.when(back("5")).then_accepted();
}

#[test]
fn what_was_refused_at_the_door_may_be_delivered_again() {
    let all = || on("01-02", delivered([]));
    legal([
        on("01-01", plain()),
        all(),
        on("01-03", refused()),
        on("01-04", delivered([(0, "10")])),
    ]);
}
