//! What sales leave: costs are read from sealed events, and only where they are told.

use relatum::domain::event::line::{Line, LineQuantity};
use relatum::domain::event::order::{GoodsReturned, OrderCancelled, OrderDelivered, OrderPlaced};
use relatum::domain::{DeliveryId, Derived, OrderId, Quantity, ReturnId, Secret, Value};
use relatum::{Engine, MarginLine, SalesBy, SalesOptions};

use crate::books::{day, event, on_both, record};

fn value(euros: i64) -> Value {
    Value::new(euros * 1_000_000, "EUR".parse().unwrap())
}

/// So many pieces of a product of its own group, for so much, at such a cost.
fn line(product: &str, pieces: i32, net: i64, cost: Option<i64>) -> Line {
    Line {
        product: product.into(),
        description: None,
        group: Some(format!("{product}s")),
        quantity: Quantity::whole(pieces),
        price_list: None,
        list_price: None,
        discount: None,
        net: value(net),
        cost: cost.map(|cost| Secret::of(value(cost))),
    }
}

fn order(number: u64) -> OrderId {
    OrderId::derived("test", &number.to_string())
}

fn placed(number: u64, lines: Vec<Line>) -> OrderPlaced {
    let net = lines.iter().map(|line| line.net.micro / 1_000_000).sum();
    OrderPlaced {
        order: order(number),
        number: number.to_string(),
        company: None,
        manager: None,
        credit: Vec::new(),
        ship_to: None,
        lines,
        net: value(net),
        tax: None,
        freight: None,
        wanted: None,
        contract: None,
        offer: None,
    }
}

fn told(engine: &Engine) {
    let lamps = vec![line("lamp", 10, 100, Some(60)), line("chair", 1, 50, None)];
    record(engine, 1, event(0, "1", placed(1, lamps))).unwrap();
    record(engine, 1, event(1, "2", placed(2, vec![line("lamp", 5, 40, Some(30))]))).unwrap();
    let cancelled = OrderCancelled { order: order(2), reason: None };
    record(engine, 1, event(2, "2 off", cancelled)).unwrap();
    // Two of the ten lamps come back; nobody says what they cost.
    let back = GoodsReturned {
        goods_return: ReturnId::derived("test", "1"),
        number: "1".into(),
        lines: vec![line("lamp", 2, 20, None)],
        net: value(20),
        reason: None,
        order: Some(order(1)),
        invoice: None,
        delivery: None,
        manager: None,
    };
    record(engine, 1, event(3, "back", back)).unwrap();
}

fn euros(line: &MarginLine) -> ([i128; 4], Option<i64>) {
    let sums = [line.net, line.known, line.cost, line.margin];
    (sums.map(|sum| sum.micro / 1_000_000), line.margin_bp)
}

#[test]
fn what_is_known_of_costs_is_held_against_what_it_is_known_of() {
    on_both(|engine| {
        told(engine);
        let margin = |by, on| engine.as_of(day(on)).margin(&SalesOptions::by(by)).unwrap();
        let (groups, totals) = margin(SalesBy::Group, 0);
        let names: Vec<&str> = groups.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["chairs", "lamps"]);
        assert_eq!(euros(&groups[0]), ([50, 0, 0, 0], None));
        assert_eq!(euros(&groups[1]), ([100, 100, 60, 40], Some(40_00)));
        assert_eq!(euros(&totals[0]), ([150, 100, 60, 40], Some(40_00)));
        // The second order came and went.
        assert_eq!(euros(&margin(SalesBy::Account, 1).0[0]), ([190, 140, 90, 50], Some(35_71)));
        assert_eq!(euros(&margin(SalesBy::Account, 2).0[0]), ([150, 100, 60, 40], Some(40_00)));
        // What came back cost what it did when it was sold.
        assert_eq!(euros(&margin(SalesBy::Group, 3).0[1]), ([80, 80, 48, 32], Some(40_00)));
    });
}

#[test]
fn what_is_cancelled_takes_its_own_cost_with_it_and_what_is_free_costs_all_the_same() {
    on_both(|engine| {
        let lines = vec![line("lamp", 10, 100, Some(80)), line("chair", 1, 100, Some(20))];
        record(engine, 1, event(0, "1", placed(1, lines))).unwrap();
        let delivered = OrderDelivered {
            order: order(1),
            delivery: DeliveryId::derived("test", "1"),
            lines: vec![LineQuantity { line: 0, quantity: Quantity::whole(10) }],
        };
        record(engine, 1, event(1, "delivered", delivered)).unwrap();
        let cancelled = OrderCancelled { order: order(1), reason: None };
        record(engine, 1, event(2, "off", cancelled)).unwrap();
        let margin = |by, on| engine.as_of(day(on)).margin(&SalesOptions::by(by)).unwrap();
        let left = ([100, 100, 80, 20], Some(20_00));
        assert_eq!(euros(&margin(SalesBy::Account, 2).0[0]), left);
        assert_eq!(euros(&margin(SalesBy::Group, 2).1[0]), left, "the same in all");
        let samples = vec![line("sample", 5, 0, Some(50)), line("lamp", 1, 10, Some(8))];
        record(engine, 1, event(3, "2", placed(2, samples))).unwrap();
        let less = ([110, 110, 138, -28], Some(-25_45));
        assert_eq!(euros(&margin(SalesBy::Account, 3).0[0]), less);
        assert_eq!(euros(&margin(SalesBy::Group, 3).1[0]), less);
    });
}
