//! What is used of a product, against its own level.

use std::collections::BTreeMap;

use relatum_domain::signals::SignalKind;

use crate::churn::behaviour::Used;
use crate::churn::look::{Look, last, median, per_cent};
use crate::churn::signal::{Found, Sign};

/// Statements before the last one that make a level: at least, and at most.
const LEVEL: (usize, usize) = (3, 4);

pub(super) const SIGN: Sign = Sign { kind: SignalKind::Usage, unit: "thousandths a day", find };

/// Of the product that fell most.
fn find(look: &Look<'_>) -> Found {
    let mut products: BTreeMap<&str, Vec<(i64, &Used)>> = BTreeMap::new();
    let shown = look.behaviour.used.iter().filter(|it| look.shows(it.stamp));
    for it in shown {
        let days = (it.stamp.effective() - it.since.date()).num_days().max(1);
        let each_day = it.quantity.micro() / 1_000 / days;
        products.entry(&it.product).or_default().push((each_day, it));
    }
    let mut worst: Option<Found> = None;
    for (product, mut told) in products {
        told.sort_by_key(|(_, it)| (it.stamp.day, it.stamp.version));
        let Some(((now, latest), before)) = told.split_last() else { continue };
        let before: Vec<i64> = last(before, LEVEL.1).iter().map(|it| it.0).collect();
        let level = median(&before).filter(|level| before.len() >= LEVEL.0 && *level > 0);
        let Some(level) = level else { continue };
        let fell = per_cent((level - now).into(), level.into()).max(0);
        if worst.as_ref().and_then(|it| it.measure).is_some_and(|most| most >= fell) {
            continue;
        }
        let sentence = match fell {
            0 => format!("usage of {product} is at its level"),
            _ => format!("usage of {product} is {fell} % below its level"),
        };
        worst = Some(Found {
            measure: Some(fell),
            value: Some(*now),
            baseline: Some(level),
            n: before.len() + 1,
            sentence,
            step: format!("visit those who use {product}: what has changed?"),
            evidence: vec![look.event(latest.stamp.version)],
            ..Found::default()
        });
    }
    worst.unwrap_or_else(|| Found::unknown("too little is known of its usage"))
}
