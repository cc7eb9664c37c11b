//! Decisions on what is taken off list prices.

use rust_decimal::Decimal;

use super::ground::Ground;
use super::refused::DiscountRefused;
use crate::event::line::Line;
use crate::event::policy::DiscountRule;
use crate::event::{Actor, Event, EventBody};
use crate::history::View;
use crate::ids::{ManagerId, OfferId, OrderId};
use crate::money::{Quantity, Rate};

/// What is sold or offered, and by whom.
struct Deal<'a> {
    order: Option<OrderId>,
    offer: Option<OfferId>,
    manager: Option<ManagerId>,
    lines: &'a [Line],
}

impl<'a> Deal<'a> {
    fn of(event: &'a Event) -> Option<Self> {
        let (order, offer, manager, lines) = match &event.body {
            EventBody::OrderPlaced(it) => (Some(it.order), it.offer, it.manager, &it.lines),
            EventBody::OfferMade(it) => (None, Some(it.offer), it.manager, &it.lines),
            EventBody::OfferRevised(it) => (None, Some(it.offer), None, &it.lines),
            _ => return None,
        };
        let manager = manager.or(match event.actor {
            Actor::Manager(manager) => Some(manager),
            Actor::System(_) => None,
        });
        Some(Self { order, offer, manager, lines })
    }
}

/// Where the tenant has rules of discounts, each line keeps to them or to a promotion, or somebody
/// else than who sells approved it: for the order, or for the offer on which it is placed.
pub(super) fn check(on: Ground<'_>, event: &Event) -> Result<(), DiscountRefused> {
    let Some(deal) = Deal::of(event) else { return Ok(()) };
    let view = View::as_of(event.effective);
    let Some(rules) = on.policies.discounts(&view).rule else { return Ok(()) };
    let class = on.state.class_on(event.effective);
    let programmes = on.policies.programmes(&view);
    for (line, at) in deal.lines.iter().zip(0_u32..) {
        let group = line.group.as_deref();
        let fitting = rules.iter().filter(|it| fits(it, class, group, line.quantity));
        let rule = fitting.max_by_key(|it| it.up_to);
        let running = programmes.iter().map(|it| &it.rule);
        let running = running.filter(|it| it.is_for(class, event.effective) && it.counts(group));
        let promised = running.filter_map(|it| it.discount).max();
        let allowed = promised.max(rule.map(|it| it.up_to)).unwrap_or_default();
        let Some(given) = above(line, allowed) else { continue };
        let rule = in_words(rule, class, group);
        let (product, line) = (line.product.clone(), at);
        let refused = DiscountRefused::AboveRule {
            line,
            product: product.clone(),
            given,
            rule: rule.clone(),
        };
        let code = refused.code();
        let file = on.state.credit();
        let mut seller = None;
        let mut approved = false;
        for by in file.discount_approvers(code, deal.order, deal.offer, given, &view) {
            if Some(by) == deal.manager {
                seller = Some(by);
            } else {
                approved = true;
            }
        }
        match (approved, seller) {
            (true, _) => {}
            (false, None) => return Err(refused),
            (false, Some(manager)) => {
                return Err(DiscountRefused::ApprovedBySeller {
                    line,
                    product,
                    given,
                    rule,
                    manager,
                });
            }
        }
    }
    Ok(())
}

fn fits(rule: &DiscountRule, class: Option<&str>, group: Option<&str>, of: Quantity) -> bool {
    let same = |wanted: &Option<String>, is: Option<&str>| {
        wanted.as_deref().is_none_or(|wanted| Some(wanted) == is)
    };
    same(&rule.class, class)
        && same(&rule.product_group, group)
        && rule.from_quantity.is_none_or(|from| of >= from)
}

/// What a line takes off its list price, if that is more than allowed: as it states, or as its net
/// says. A net that is rounded down to whole minor units is not.
fn above(line: &Line, allowed: Rate) -> Option<Rate> {
    let stated = line.discount.as_ref().and_then(|secret| secret.value()).copied();
    let stated = stated.filter(|stated| *stated > allowed);
    stated.max(by_price(line, allowed))
}

fn by_price(line: &Line, allowed: Rate) -> Option<Rate> {
    let price = line.list_price.filter(|price| price.currency == line.net.currency)?;
    let micro = |units: i64| Decimal::try_from_i128_with_scale(units.into(), 6).ok();
    let list = micro(price.micro)?.checked_mul(micro(line.quantity.micro())?)?;
    let net = micro(line.net.micro)?;
    let left = Decimal::ONE.checked_sub(allowed.decimal())?;
    let least = list.checked_mul(left)?;
    // Toward zero: least is what a price is rounded down to.
    let least = least.trunc_with_scale(line.net.currency.exponent().min(6));
    if list <= Decimal::ZERO || net >= least {
        return None;
    }
    let given = Decimal::ONE.checked_sub(net.checked_div(list)?)?;
    Some(Rate::rounded(given, 4))
}

/// The rule that a line broke.
fn in_words(rule: Option<&DiscountRule>, class: Option<&str>, group: Option<&str>) -> String {
    let named = |what: &str, name: Option<&str>| name.map(|name| format!("{what} {name}"));
    let Some(rule) = rule else {
        let about = [named("class", class), named("group", group)];
        let about: Vec<String> = about.into_iter().flatten().collect();
        let about = if about.is_empty() { "these".to_owned() } else { about.join(" and ") };
        return format!("no rule allows any for {about}");
    };
    let quantity = rule.from_quantity.map(|from| format!("from {from} on"));
    let about = [
        named("class", rule.class.as_deref()),
        named("group", rule.product_group.as_deref()),
        quantity,
    ];
    let about: Vec<String> = about.into_iter().flatten().collect();
    let about = if about.is_empty() { "everybody".to_owned() } else { about.join(", ") };
    format!("at most {} is allowed ({about})", rule.up_to)
}
