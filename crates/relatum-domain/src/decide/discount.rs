//! Decisions on what is taken off list prices.

use chrono::NaiveDate;
use rust_decimal::{Decimal, RoundingStrategy};

use super::ground::Ground;
use super::refused::DiscountRefused;
use super::state::{End, State, Step};
use crate::event::line::Line;
use crate::event::policy::DiscountRule;
use crate::event::{Actor, Event, EventBody};
use crate::history::View;
use crate::ids::{ManagerId, OfferId, OrderId};
use crate::money::{Quantity, Rate, Value};

/// What is sold or offered, and by whom.
struct Deal<'a> {
    order: Option<OrderId>,
    /// The offer itself, or that on which it is ordered, if that allows as much.
    offer: Option<OfferId>,
    sellers: Vec<ManagerId>,
    net: Value,
    lines: &'a [Line],
}

impl<'a> Deal<'a> {
    fn of(state: &State, event: &'a Event) -> Option<Self> {
        let (order, offer, named, net, lines) = match &event.body {
            EventBody::OrderPlaced(it) => {
                let credit = it.credit.iter().map(|share| share.manager);
                let named = it.manager.into_iter().chain(credit).collect();
                let offer = it.offer.filter(|offer| holds(state, *offer, it.order, it.net));
                (Some(it.order), offer, named, it.net, &it.lines)
            }
            EventBody::OfferMade(it) => {
                let named = it.manager.into_iter().collect();
                (None, Some(it.offer), named, it.net, &it.lines)
            }
            EventBody::OfferRevised(it) => {
                let named = made_by(state, it.offer).into_iter().collect();
                (None, Some(it.offer), named, it.net, &it.lines)
            }
            _ => return None,
        };
        let sellers = sellers(named, state, event.effective, &event.actor);
        Some(Self { order, offer, sellers, net, lines })
    }
}

/// Who sells: whoever is named, else who answers for the account, else who tells it.
fn sellers(named: Vec<ManagerId>, state: &State, day: NaiveDate, actor: &Actor) -> Vec<ManagerId> {
    if !named.is_empty() {
        return named;
    }
    let tells = match actor {
        Actor::Manager(manager) => Some(*manager),
        Actor::System(_) => None,
    };
    state.assigned_on(day).or(tells).into_iter().collect()
}

/// Who made an offer.
fn made_by(state: &State, offer: OfferId) -> Option<ManagerId> {
    state.steps(offer.uuid()).find_map(|step| match step {
        Step::Offered { manager, .. } => *manager,
        _ => None,
    })
}

/// Whether an offer stands or was accepted, and offers as much as is ordered on it in all.
fn holds(state: &State, offer: OfferId, order: OrderId, net: Value) -> bool {
    let stands = matches!(state.end_of(offer.uuid()), None | Some(End::Accepted));
    let offered = state.steps(offer.uuid()).filter_map(|step| match step {
        Step::Offered { net, .. } => Some(*net),
        _ => None,
    });
    let all = state.ordered_on(offer, order).chain([net]);
    let fits = |offered: Value| {
        Value::sum(all, offered.currency).is_ok_and(|all| all.micro <= offered.micro)
    };
    stands && offered.last().is_some_and(fits)
}

/// Where the tenant has rules of discounts, each line keeps to them or to a promotion, or somebody
/// else than who sells approved it: for the order, or for the offer on which it is placed.
pub(super) fn check(on: Ground<'_>, event: &Event) -> Result<(), DiscountRefused> {
    let Some(deal) = Deal::of(on.state, event) else { return Ok(()) };
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
        if let Some(given) = above(line, deal.lines, allowed) {
            let rule = in_words(rule, class, group);
            approved(on, &deal, (at, line, allowed), given, rule, &view)?;
        }
    }
    Ok(())
}

/// Whether somebody else than who sells allowed what is given on a line.
fn approved(
    on: Ground<'_>,
    deal: &Deal<'_>,
    (at, line, allowed): (u32, &Line, Rate),
    given: Rate,
    rule: String,
    view: &View,
) -> Result<(), DiscountRefused> {
    let (product, line_at) = (line.product.clone(), at);
    let refused = DiscountRefused::AboveRule { line: line_at, product, given, rule };
    let file = on.state.credit();
    let approvals = file.discount_approvals(refused.code(), deal.order, deal.offer, deal.net, view);
    let enough = approvals.filter(|(_, up_to)| {
        up_to.is_none_or(|up_to| above(line, deal.lines, allowed.max(up_to)).is_none())
    });
    let mut by: Vec<ManagerId> = enough.map(|(approver, _)| approver).collect();
    if by.iter().any(|by| !deal.sellers.contains(by)) {
        return Ok(());
    }
    match (by.pop(), refused) {
        (Some(manager), DiscountRefused::AboveRule { line, product, given, rule }) => {
            Err(DiscountRefused::ApprovedBySeller { line, product, given, rule, manager })
        }
        (_, refused) => Err(refused),
    }
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
/// says. A line below nothing takes off all the others.
fn above(line: &Line, all: &[Line], allowed: Rate) -> Option<Rate> {
    let stated = line.discount.as_ref().and_then(|secret| secret.value()).copied();
    let stated = stated.filter(|stated| *stated > allowed);
    stated.max(by_price(line, allowed)).max(off_the_others(line, all, allowed))
}

fn micro(units: i64) -> Option<Decimal> {
    Decimal::try_from_i128_with_scale(units.into(), 6).ok()
}

/// By the list price. A net that is rounded down to what can be paid, for one piece or for the
/// line, takes off no more than it was rounded from.
fn by_price(line: &Line, allowed: Rate) -> Option<Rate> {
    let price = line.list_price.filter(|price| price.currency == line.net.currency)?;
    let (price, pieces) = (micro(price.micro)?, micro(line.quantity.micro())?);
    let (list, net) = (price.checked_mul(pieces)?, micro(line.net.micro)?);
    let left = Decimal::ONE.checked_sub(allowed.decimal())?;
    let paid = |amount: Decimal| amount.trunc_with_scale(line.net.currency.exponent().min(6));
    let by_piece = paid(price.checked_mul(left)?).checked_mul(pieces)?;
    let least = paid(list.checked_mul(left)?).min(by_piece);
    if list <= Decimal::ZERO || net >= least {
        return None;
    }
    share(list.checked_sub(net)?, list)
}

fn off_the_others(line: &Line, all: &[Line], allowed: Rate) -> Option<Rate> {
    let off = micro(line.net.micro.checked_neg()?).filter(|off| *off > Decimal::ZERO)?;
    let mut others = all.iter().filter_map(|it| micro(it.net.micro.max(0)));
    let others = others.try_fold(Decimal::ZERO, |sum, net| sum.checked_add(net))?;
    share(off, others).filter(|given| *given > allowed)
}

/// A part of a whole to four digits, never less than it is.
fn share(part: Decimal, whole: Decimal) -> Option<Rate> {
    let share = if whole > Decimal::ZERO { part.checked_div(whole)? } else { Decimal::ONE };
    Some(Rate::rounded(share.round_dp_with_strategy(4, RoundingStrategy::AwayFromZero), 4))
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
