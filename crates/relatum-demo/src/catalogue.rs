//! What we sell: three groups of products, price lists that rise every January.

use chrono::{Datelike, NaiveDate};
use relatum_domain::event::line::{Line, PriceList};
use relatum_domain::{Quantity, Secret};

use crate::draw::Draw;
use crate::market::{Market, permille, rate};

/// A product with its price of the base year in euro cents.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Product {
    code: &'static str,
    name: &'static str,
    group: &'static str,
    cents: i64,
    cost_permille: i64,
    /// How many an average order takes.
    usual: i64,
}

const fn product(
    code: &'static str,
    name: &'static str,
    group: &'static str,
    cents: i64,
    cost_permille: i64,
    usual: i64,
) -> Product {
    Product { code, name, group, cents, cost_permille, usual }
}

/// The groups, in the order in which accounts take to them.
pub(crate) const GROUPS: [&str; 3] = ["Fittings", "Seals", "Monitoring"];

const PRODUCTS: [Product; 15] = [
    product("FT-100", "Coupling, straight", "Fittings", 1_290, 520, 60),
    product("FT-110", "Coupling, elbow", "Fittings", 1_745, 530, 45),
    product("FT-200", "Ball valve, 1 inch", "Fittings", 4_880, 560, 20),
    product("FT-210", "Ball valve, 2 inch", "Fittings", 8_950, 570, 12),
    product("FT-300", "Manifold block", "Fittings", 21_400, 610, 5),
    product("FT-310", "Pressure regulator", "Fittings", 16_750, 590, 6),
    product("SL-100", "O-ring set", "Seals", 640, 410, 120),
    product("SL-110", "Shaft seal", "Seals", 2_385, 450, 40),
    product("SL-200", "Flange gasket", "Seals", 1_120, 430, 75),
    product("SL-210", "Gasket sheet, graphite", "Seals", 5_990, 480, 14),
    product("SL-300", "Mechanical seal", "Seals", 31_200, 550, 3),
    product("MN-100", "Pressure sensor", "Monitoring", 13_900, 490, 7),
    product("MN-110", "Flow meter", "Monitoring", 48_500, 540, 2),
    product("MN-200", "Gateway", "Monitoring", 67_250, 500, 1),
    product("MN-300", "Line watch, a month", "Monitoring", 9_900, 300, 6),
];

/// The product whose use is measured.
pub(crate) const METERED: &str = "MN-300";

/// Two to five lines, of an account that buys `groups` groups in volumes of `size` per cent.
pub(crate) fn lines(
    draw: &mut Draw,
    market: &Market,
    groups: usize,
    size: i64,
    discount_permille: i64,
    day: NaiveDate,
) -> Vec<Line> {
    let bought = GROUPS.get(..groups).unwrap_or(&GROUPS);
    let mut choice: Vec<Product> =
        PRODUCTS.iter().copied().filter(|product| bought.contains(&product.group)).collect();
    let count = draw.between(2, 5);
    let mut lines = Vec::new();
    for _ in 0..count {
        let at = draw.below(u32::try_from(choice.len()).unwrap_or(0)) as usize;
        if at < choice.len() {
            let quantity_percent = size * draw.between(60, 140) / 100;
            let extra = if draw.chance(15) { 20 } else { 0 };
            let off = discount_permille + extra;
            lines.push(line(choice.remove(at), market, quantity_percent, off, day));
        }
    }
    lines
}

fn line(of: Product, market: &Market, percent: i64, off: i64, day: NaiveDate) -> Line {
    let quantity = (of.usual * percent / 100).max(1);
    // Three per cent more with every new year's list.
    let years = i64::from(day.year()) - 2024;
    let price = permille(of.cents * market.price_percent / 100, 1000 + 30 * years.clamp(0, 20));
    let net = permille(price * quantity, 1000 - off);
    let cost = permille(price * quantity, of.cost_permille);
    Line {
        product: of.code.to_owned(),
        description: Some(of.name.to_owned()),
        group: Some(of.group.to_owned()),
        quantity: Quantity::whole(i32::try_from(quantity).unwrap_or(i32::MAX)),
        price_list: Some(PriceList {
            name: market.price_list.to_owned(),
            version: Some(day.year().to_string()),
        }),
        list_price: Some(market.value(price)),
        discount: (off > 0).then(|| Secret::of(rate(off * 1_000))),
        net: market.value(net),
        cost: Some(Secret::of(market.value(cost))),
    }
}

/// `quantity` units of a line that has more of them, at their share of its price.
pub(crate) fn part(line: &Line, quantity: i64, market: &Market) -> Line {
    let all = units(line);
    let share = |minor: i64| if all == 0 { 0 } else { minor * quantity / all };
    let cost = line.cost.as_ref().and_then(Secret::value);
    Line {
        quantity: Quantity::whole(i32::try_from(quantity).unwrap_or(0)),
        net: market.value(share(cents(line))),
        cost: cost.map(|cost| Secret::of(market.value(share(cost.micro / 10_000)))),
        ..line.clone()
    }
}

/// What is left of a line after `part` of it.
pub(crate) fn rest(line: &Line, part: &Line, market: &Market) -> Line {
    let left = units(line) - units(part);
    let cost = line.cost.as_ref().and_then(Secret::value).map_or(0, |cost| cost.micro);
    let gone = part.cost.as_ref().and_then(Secret::value).map_or(0, |cost| cost.micro);
    Line {
        quantity: Quantity::whole(i32::try_from(left).unwrap_or(0)),
        net: market.value(cents(line) - cents(part)),
        cost: Some(Secret::of(market.value((cost - gone) / 10_000))),
        ..line.clone()
    }
}

/// Whole units of a line.
pub(crate) const fn units(line: &Line) -> i64 {
    line.quantity.micro() / 1_000_000
}

/// The line's price in cents.
pub(crate) const fn cents(line: &Line) -> i64 {
    line.net.micro / 10_000
}

/// The price of all lines in cents.
pub(crate) fn total(lines: &[Line]) -> i64 {
    lines.iter().map(cents).sum()
}
