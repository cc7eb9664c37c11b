//! Orders, deliveries, offers and quotas.

use std::collections::BTreeMap;

use relatum_domain::EventBody as B;
use relatum_domain::event::line::Line;
use relatum_domain::event::organisation::{QuotaEnd, QuotaKind, Target};

use super::{default_book, many, standing, today};

fn sum(lines: &[Line]) -> i64 {
    lines.iter().map(|line| line.net.micro).sum()
}

#[test]
fn lines_sum_to_their_whole() {
    for (_, facts) in many() {
        for fact in facts {
            let (lines, net) = match &fact.event.body {
                B::OrderPlaced(body) => (&body.lines, body.net),
                B::OfferMade(body) => (&body.lines, body.net),
                B::OfferRevised(body) => (&body.lines, body.net),
                B::GoodsReturned(body) => (&body.lines, body.net),
                _ => continue,
            };
            assert!(!lines.is_empty() && net.is_positive(), "{fact:?}");
            assert!(lines.iter().all(|line| line.quantity.micro() > 0), "{fact:?}");
            assert_eq!(sum(lines), net.micro, "{fact:?}");
        }
    }
}

/// Ordered, delivered and invoiced quantity by line.
type Lines = Vec<(i64, i64, i64)>;

#[test]
fn nothing_is_delivered_above_the_order_or_invoiced_above_the_delivery() {
    for (_, facts) in many() {
        let mut orders: BTreeMap<_, Lines> = BTreeMap::new();
        for fact in standing(facts) {
            match &fact.event.body {
                B::OrderPlaced(body) => {
                    let lines = body.lines.iter().map(|line| (line.quantity.micro(), 0, 0));
                    orders.insert(body.order, lines.collect());
                }
                B::OrderDelivered(body) => {
                    let order = orders.get_mut(&body.order).unwrap();
                    if body.lines.is_empty() {
                        assert!(order.iter().any(|(ordered, gone, _)| gone < ordered), "{fact:?}");
                        order.iter_mut().for_each(|line| line.1 = line.0);
                    }
                    for part in &body.lines {
                        let line = &mut order[part.line as usize];
                        line.1 += part.quantity.micro();
                        assert!(line.1 <= line.0, "{fact:?}");
                    }
                }
                B::OrderCancelled(body) => assert!(orders.contains_key(&body.order)),
                B::InvoiceIssued(body) => {
                    for charge in &body.0.lines {
                        let order = orders.get_mut(&charge.order.unwrap()).unwrap();
                        let line = &mut order[charge.order_line.unwrap() as usize];
                        line.2 += charge.line.quantity.micro();
                        assert!(line.2 <= line.1, "{fact:?}");
                    }
                }
                _ => {}
            }
        }
    }
}

#[test]
fn offers_are_answered_while_they_stand() {
    for (_, facts) in many() {
        let mut until = BTreeMap::new();
        for fact in standing(facts) {
            let offer = match &fact.event.body {
                B::OfferMade(body) => {
                    until.insert(body.offer, (1, body.valid_until));
                    continue;
                }
                B::OfferRevised(body) => {
                    let (version, _) = until[&body.offer];
                    assert_eq!(body.version, version + 1);
                    until.insert(body.offer, (body.version, body.valid_until));
                    continue;
                }
                B::OfferAccepted(body) => body.offer,
                B::OfferDeclined(body) => body.offer,
                B::OfferWithdrawn(body) => body.offer,
                _ => continue,
            };
            let (_, last) = until.remove(&offer).expect("one answer to an offer that stands");
            assert!(fact.event.effective <= last, "{fact:?}");
        }
    }
}

#[test]
fn finished_quarters_spread_from_half_to_a_third_above() {
    let facts = default_book();
    let facts = standing(&facts);
    let mut attained = Vec::new();
    for fact in &facts {
        let B::QuotaSet(quota) = &fact.event.body else {
            continue;
        };
        let (Target::Value(target), QuotaEnd::Day(last)) = (quota.target, quota.end) else {
            continue;
        };
        assert_eq!(quota.kind, QuotaKind::SalesVolume);
        if last >= today() {
            continue;
        }
        let span = fact.event.effective..=last;
        let sold: i64 = facts
            .iter()
            .filter_map(|sale| match &sale.event.body {
                B::OrderPlaced(body) if span.contains(&sale.event.effective) => {
                    (fact.stream == body.manager.unwrap().into()).then_some(body.net.micro)
                }
                B::GoodsReturned(body) if span.contains(&sale.event.effective) => {
                    (fact.stream == body.manager.unwrap().into()).then_some(-body.net.micro)
                }
                _ => None,
            })
            .sum();
        attained.push(sold * 100 / target.micro);
    }
    attained.sort_unstable();
    assert_eq!(attained.len(), 5 * 8);
    assert!((53..=57).contains(&attained[0]), "{attained:?}");
    assert!((126..=134).contains(&attained[39]), "{attained:?}");
    assert!(attained.iter().filter(|percent| (85..115).contains(*percent)).count() > 12);
}
