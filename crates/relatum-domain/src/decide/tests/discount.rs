//! What may be taken off list prices, and who may allow more.

use super::Row;
use crate::decide::Proposal;
use crate::event::account::{
    AccountAssigned, AccountClassified, AccountOpened, CreditShare, ShareKind,
};
use crate::event::credit::ApprovalGiven;
use crate::event::line::Line;
use crate::event::offer::{OfferMade, OfferRevised, OfferWithdrawn};
use crate::event::order::OrderPlaced;
use crate::event::policy::{DiscountRule, Policy, PolicySet, Programme};
use crate::event::{Actor, Event};
use crate::guarded::Secret;
use crate::ids::{ManagerId, TenantId};
use crate::testing::{Given, given};
use crate::words::{acme, day, eur, id, line, on, opened, quantity, value};
use relatum_stream::StreamId;

fn rule(class: &str, group: &str, from: &str, up_to: &str) -> DiscountRule {
    let named = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    DiscountRule {
        class: named(class),
        product_group: named(group),
        from_quantity: (!from.is_empty()).then(|| quantity(from)),
        up_to: up_to.parse().unwrap(),
    }
}

/// Everybody 2 %; class A 5 %, on lamps from 10 on 10 %.
fn rules() -> Vec<Event> {
    let rules =
        vec![rule("", "", "", "0.02"), rule("A", "", "", "0.05"), rule("A", "lamps", "10", "0.10")];
    let set = |policy| PolicySet { policy, reason: None };
    vec![on("01-01", set(Policy::Discounts(rules)))]
}

/// So many lamps at 10.00 each, for so much.
fn lamps(number: &str, net: &str) -> Line {
    Line {
        group: Some("lamps".into()),
        list_price: Some(value("10.00")),
        ..line("lamp", number, net)
    }
}

fn order(number: &str, of: Line) -> OrderPlaced {
    OrderPlaced {
        order: id(number),
        number: number.into(),
        company: None,
        manager: Some(id("mira")),
        credit: Vec::new(),
        ship_to: None,
        net: of.net,
        lines: vec![of],
        tax: None,
        freight: None,
        wanted: None,
        contract: None,
        offer: None,
    }
}

fn offer(of: Line) -> OfferMade {
    OfferMade {
        offer: id("offer"),
        number: "A-1".into(),
        opportunity: None,
        manager: None,
        net: of.net,
        lines: vec![of],
        valid_until: day("12-31"),
        terms: None,
    }
}

fn approval(by: &str, order: Option<&str>, offer: Option<&str>) -> ApprovalGiven {
    ApprovalGiven {
        overrides: "discount_above_rule".into(),
        order: order.map(id),
        document: None,
        offer: offer.map(id),
        up_to: None,
        discount: Some("0.2".parse().unwrap()),
        until: Some(day("02-10")),
        approver: id(by),
        reason: "a large client".into(),
    }
}

fn client() -> Event {
    on("01-01", AccountOpened { class: Some("A".into()), ..opened() })
}

/// An account of class A under the rules, of which this is told as well.
fn under(more: impl IntoIterator<Item = Event>) -> Given {
    given(acme(), std::iter::once(client()).chain(more)).and(TenantId::own(), rules())
}

fn refused(
    code: &'static str,
    message: impl Into<String>,
    told: impl IntoIterator<Item = Event>,
    when: Event,
) -> Row {
    let tenant = StreamId::from(TenantId::own());
    let told = std::iter::once(client()).chain(told).map(|event| (acme(), event));
    Row {
        code,
        message: message.into(),
        given: told.chain(rules().into_iter().map(|event| (tenant, event))).collect(),
        when: Proposal::new(acme(), when),
    }
}

fn above(given: &str, rule: &str) -> String {
    format!(
        "line 0, lamp: {given} off the list price, where {rule}; have somebody else approve it, \
         overriding discount_above_rule"
    )
}

pub(super) fn rows() -> Vec<Row> {
    const AT_MOST: &str = "at most 0.05 is allowed (class A)";
    let mira: ManagerId = id("mira");
    vec![
        refused(
            "discount_above_rule",
            above("0.06", AT_MOST),
            [],
            on("02-01", order("O1", lamps("9", "84.60"))),
        ),
        refused(
            "discount_above_rule",
            above("0.11", "at most 0.1 is allowed (class A, group lamps, from 10 on)"),
            [],
            on("02-01", offer(lamps("10", "89.00"))),
        ),
        refused(
            "discount_above_rule",
            above("0.07", AT_MOST),
            [],
            // It says so itself, whatever the list price.
            on(
                "02-01",
                order(
                    "O1",
                    Line {
                        discount: Some(Secret::of("0.07".parse().unwrap())),
                        list_price: None,
                        ..lamps("1", "9.30")
                    },
                ),
            ),
        ),
        refused(
            "discount_approved_by_seller",
            format!(
                "line 0, lamp: 0.1 off the list price, where {AT_MOST}; {mira} approved it and is \
                 who sells: somebody else must"
            ),
            [on("01-31", approval("mira", Some("O1"), None))],
            on("02-01", order("O1", lamps("1", "9.00"))),
        ),
    ]
}

#[test]
fn what_a_rule_allows_is_sold_and_a_price_may_be_rounded_down() {
    let sell = |of: Line| under([]).when(on("02-01", order("O1", of)));
    sell(lamps("9", "85.50")).then_accepted();
    sell(lamps("9", "85.49")).then_refused("discount_above_rule");
    sell(lamps("10", "90.00")).then_accepted();
    // 5 % off 9.99 is 9.4905: 9.49 is what it is rounded to.
    let odd = |net| Line { list_price: Some(value("9.99")), ..lamps("1", net) };
    sell(odd("9.49")).then_accepted();
    sell(odd("9.48")).then_refused("discount_above_rule");
    // Dearer than the list, or without one, nothing is taken off.
    sell(lamps("1", "11.00")).then_accepted();
    sell(line("lamp", "1", "0.01")).then_accepted();
    // Without any rule there is nothing to break.
    let free = given(acme(), [client()]).when(on("02-01", order("O1", lamps("1", "1.00"))));
    free.then_accepted();
}

#[test]
fn the_class_is_that_of_the_day() {
    let lower = on("03-01", AccountClassified { class: Some("C".into()), segment: None });
    let sell = |on_day| under([lower.clone()]).when(on(on_day, order("O1", lamps("1", "9.50"))));
    sell("02-28").then_accepted();
    sell("03-01").then_refused("discount_above_rule");
}

#[test]
fn somebody_else_may_allow_more_for_a_while_and_up_to_a_point() {
    let boss = || on("01-31", approval("boss", Some("O1"), None));
    let sell = |on_day, net: &str| under([boss()]).when(on(on_day, order("O1", lamps("1", net))));
    sell("02-10", "8.00").then_accepted();
    sell("02-10", "7.99").then_refused("discount_above_rule");
    sell("02-11", "8.00").then_refused("discount_above_rule");
    under([boss()])
        .when(on("02-01", order("O2", lamps("1", "8.00"))))
        .then_refused("discount_above_rule");
    // What is allowed for an offer is allowed for the order placed on it.
    let offered = under([on("01-31", approval("boss", None, Some("offer")))]);
    let offered = offered.when(on("02-01", offer(lamps("1", "8.00")))).then_accepted();
    let placed = OrderPlaced { offer: Some(id("offer")), ..order("O1", lamps("1", "8.00")) };
    offered.when(on("02-05", placed)).then_accepted();
}

#[test]
fn who_sells_is_who_is_named_or_else_who_tells() {
    let own = on("01-31", approval("mira", None, Some("offer")));
    let by = |who: &str| Event {
        actor: Actor::Manager(id(who)),
        ..on("02-01", offer(lamps("1", "8.00")))
    };
    under([own.clone()]).when(by("mira")).then_refused("discount_approved_by_seller");
    under([own]).when(by("anton")).then_accepted();
}

#[test]
fn a_promotion_allows_more_while_it_runs() {
    let programme = Programme {
        name: "spring".into(),
        from: day("03-01"),
        until: day("03-31"),
        classes: vec!["A".into()],
        product_groups: vec!["lamps".into()],
        discount: Some("0.25".parse().unwrap()),
        bonus: Vec::new(),
    };
    let set = on("02-01", PolicySet { policy: Policy::Programme(programme), reason: None });
    let sell = |on_day, of: Line| {
        let book = under([]).and(TenantId::own(), [set.clone()]);
        book.when(on(on_day, order("O1", of)))
    };
    sell("03-31", lamps("1", "7.50")).then_accepted();
    sell("04-01", lamps("1", "7.50")).then_refused("discount_above_rule");
    let other = Line { group: Some("chairs".into()), ..lamps("1", "7.50") };
    sell("03-31", other).then_refused("discount_above_rule");
}

#[test]
fn an_approval_covers_as_much_as_it_says() {
    let small = ApprovalGiven { up_to: Some(eur(8_00)), ..approval("boss", Some("O1"), None) };
    let sell = |number, net: &str| {
        under([on("01-31", small.clone())]).when(on("02-01", order("O1", lamps(number, net))))
    };
    sell("1", "8.00").then_accepted();
    sell("2", "16.00").then_refused("discount_above_rule");
    // What is rounded down to a cent is within what was allowed.
    let odd = Line { list_price: Some(value("9.99")), ..lamps("1", "7.99") };
    under([on("01-31", approval("boss", Some("O1"), None))])
        .when(on("02-01", order("O1", odd)))
        .then_accepted();
    // 5 % off 9.99 is 9.49 a piece.
    let pieces = Line { list_price: Some(value("9.99")), ..lamps("9", "85.41") };
    under([]).when(on("02-01", order("O1", pieces))).then_accepted();
}

#[test]
fn an_approved_offer_is_ordered_on_once_and_while_it_holds() {
    let offered = || {
        let approved = on("01-31", approval("boss", None, Some("offer")));
        under([approved]).when(on("02-01", offer(lamps("2", "16.00")))).then_accepted()
    };
    let on_it = |number: &str, of: Line| {
        on("02-05", OrderPlaced { offer: Some(id("offer")), ..order(number, of) })
    };
    let half = offered().when(on_it("O1", lamps("1", "8.00"))).then_accepted();
    let whole = half.when(on_it("O2", lamps("1", "8.00"))).then_accepted();
    whole.when(on_it("O3", lamps("1", "8.00"))).then_refused("discount_above_rule");
    offered().when(on_it("O1", lamps("3", "24.00"))).then_refused("discount_above_rule");
    let withdrawn = on("02-02", OfferWithdrawn { offer: id("offer"), reason: None });
    let withdrawn = offered().when(withdrawn).then_accepted();
    withdrawn.when(on_it("O1", lamps("1", "8.00"))).then_refused("discount_above_rule");
}

#[test]
fn nobody_approves_for_themselves_however_they_are_known() {
    let own = |order, offer| on("01-31", approval("mira", order, offer));
    let nameless = OrderPlaced { manager: None, ..order("O1", lamps("1", "8.00")) };
    // Who answers for the account sells to it.
    let hers = on("01-01", AccountAssigned { manager: id("mira"), credit: Vec::new() });
    let assigned = under([hers, own(Some("O1"), None)]);
    assigned.when(on("02-01", nameless)).then_refused("discount_approved_by_seller");
    let shared = OrderPlaced {
        manager: Some(id("anton")),
        credit: vec![CreditShare {
            manager: id("mira"),
            share: "0.5".parse().unwrap(),
            kind: ShareKind::Revenue,
        }],
        ..order("O1", lamps("1", "8.00"))
    };
    let sharing = under([own(Some("O1"), None)]);
    sharing.when(on("02-01", shared)).then_refused("discount_approved_by_seller");
    // A revision is by whoever made the offer, whoever tells it.
    let made = OfferMade { manager: Some(id("mira")), ..offer(lamps("1", "9.50")) };
    let made = under([own(None, Some("offer"))]).when(on("01-31", made)).then_accepted();
    let revised = OfferRevised {
        offer: id("offer"),
        version: 2,
        net: value("8.00"),
        lines: vec![lamps("1", "8.00")],
        valid_until: day("12-31"),
        terms: None,
    };
    made.when(on("02-01", revised)).then_refused("discount_approved_by_seller");
}

#[test]
fn a_line_below_nothing_is_a_discount_on_the_others() {
    let rebate = |net: &str| Line { list_price: None, group: None, ..line("rebate", "1", net) };
    let sell = |net: &str, all: &str| {
        let lines = vec![lamps("10", "100.00"), rebate(net)];
        under([]).when(on(
            "02-01",
            OrderPlaced { lines, net: value(all), ..order("O1", lamps("1", "1")) },
        ))
    };
    sell("-5.00", "95.00").then_accepted();
    sell("-5.01", "94.99").then_refused("discount_above_rule");
}
