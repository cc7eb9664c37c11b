//! Chances to sell and the offers that serve them.

use chrono::NaiveDate;
use relatum_domain::event::line::Line;
use relatum_domain::event::offer::{
    OfferAccepted, OfferDeclined, OfferMade, OfferRevised, OfferWithdrawn,
};
use relatum_domain::event::opportunity::{
    OpportunityLost, OpportunityOpened, OpportunityStageChanged, OpportunityWon,
};
use relatum_domain::{OfferId, OpportunityId, Secret};

use crate::calendar::{plus, working};
use crate::catalogue::{GROUPS, lines, total};
use crate::desk::Desk;
use crate::market::rate;
use crate::names::RIVALS;
use crate::story::StoryLine as S;
use crate::tenant::STAGES;

/// The account's opportunities, and the offers whose days are counted.
pub(crate) fn write(desk: &mut Desk<'_>) {
    let who = desk.who;
    let last = match who.story {
        S::Insolvent => desk.span.ago(200),
        S::NoContact => desk.span.ago(150),
        _ => desk.span.ago(3),
    };
    let mut day = working(plus(who.opened.max(desk.span.start), desk.draw.between(20, 220)));
    if who.story == S::Prospect {
        day = working(plus(who.opened, 12));
    }
    while day <= last {
        opportunity(desk, day);
        day = working(plus(day, desk.draw.between(190, 400)));
    }
    match who.story {
        S::OfferExpiring => standing(desk, 3, 18),
        S::OfferLapsed => standing(desk, -5, 30),
        S::Steady if who.index % 40 == 6 => standing(desk, 6, 15),
        S::Converted => standing(desk, 12, 8),
        _ => {}
    }
}

/// An offer that stands, or stood, to be answered: its last day is so many days from today.
fn standing(desk: &mut Desk<'_>, days_left: i64, made_before: i64) {
    let day = working(plus(desk.span.today, days_left - made_before));
    let goods = goods(desk, day);
    let local = desk.number("offer");
    made(desk, &local, None, &goods, day, plus(desk.span.today, days_left));
}

fn goods(desk: &mut Desk<'_>, day: NaiveDate) -> Vec<Line> {
    let who = desk.who;
    let size = who.size * 2;
    lines(&mut desk.draw, &who.market, 3, size, who.discount_permille + 25, day)
}

fn made(
    desk: &mut Desk<'_>,
    local: &str,
    opportunity: Option<OpportunityId>,
    goods: &[Line],
    day: NaiveDate,
    valid_until: NaiveDate,
) -> bool {
    let body = OfferMade {
        offer: desk.id(local),
        number: desk.printed("OFF", local),
        opportunity,
        manager: Some(desk.owner(day)),
        lines: goods.to_vec(),
        net: desk.who.market.value(total(goods)),
        valid_until,
        terms: Some(Secret::of(format!("{} days net", desk.who.terms))),
    };
    let say = desk.manager(day, local, body);
    desk.put(say).is_some()
}

fn opportunity(desk: &mut Desk<'_>, opened: NaiveDate) {
    let local = desk.number("opportunity");
    let opportunity: OpportunityId = desk.id(&local);
    let market = desk.who.market;
    let group = desk.draw.pick(&GROUPS);
    let goods = goods(desk, opened);
    let value = Some(market.value(total(&goods)));
    let expected_close = Some(plus(opened, desk.draw.between(60, 120)));
    let [(stage, percent), (proposal, likely), (negotiation, likelier)] = STAGES;
    let body = OpportunityOpened {
        opportunity,
        name: format!("{group} for {}", desk.who.sector),
        product: Some(group.to_owned()),
        stage: stage.to_owned(),
        value,
        probability: Some(rate(percent * 10_000)),
        expected_close,
        category: None,
        manager: Some(desk.owner(opened)),
        credit: Vec::new(),
    };
    let say = desk.manager(opened, local.clone(), body);
    desk.put(say);
    let moved = |stage: &str, percent: i64| OpportunityStageChanged {
        opportunity,
        stage: stage.to_owned(),
        value: None,
        probability: Some(rate(percent * 10_000)),
        expected_close: None,
        category: None,
        manager: None,
    };
    let day = working(plus(opened, desk.draw.between(12, 30)));
    if desk.draw.chance(18) {
        return lost(desk, &local, opportunity, day, "no budget", None);
    }
    let say = desk.manager(day, format!("{local}-2"), moved(proposal, likely));
    desk.put(say);
    let offer = desk.number("offer");
    let mut valid_until = plus(day, 45);
    if !made(desk, &offer, Some(opportunity), &goods, day, valid_until) {
        return;
    }
    let mut answer = working(plus(day, desk.draw.between(14, 34)));
    if desk.draw.chance(35) {
        let day = working(plus(day, 10));
        let lower: Vec<Line> = goods.iter().take(goods.len().max(2) - 1).cloned().collect();
        valid_until = plus(day, 45);
        answer = working(plus(day, desk.draw.between(9, 30)));
        let body = OfferRevised {
            offer: desk.id(&offer),
            version: 2,
            net: market.value(total(&lower)),
            lines: lower,
            valid_until,
            terms: None,
        };
        let say = desk.manager(day, format!("{offer}-2"), body);
        desk.put(say);
        let say = desk.manager(day, format!("{local}-3"), moved(negotiation, likelier));
        desk.put(say);
    }
    answered(desk, &local, opportunity, &offer, answer, valid_until);
}

fn answered(
    desk: &mut Desk<'_>,
    local: &str,
    opportunity: OpportunityId,
    offer: &str,
    day: NaiveDate,
    valid_until: NaiveDate,
) {
    let id: OfferId = desk.id(offer);
    let rival = desk.draw.pick(&RIVALS);
    match desk.draw.below(100) {
        0..=44 if desk.who.story != S::Prospect => {
            let say = desk.manager(
                day,
                format!("{offer}-answer"),
                OfferAccepted { offer: id, version: None },
            );
            desk.put(say);
            let manager = Some(desk.owner(day));
            let body = OpportunityWon { opportunity, value: None, manager };
            let say = desk.manager(day, format!("{local}-won"), body);
            desk.put(say);
        }
        45..=69 => {
            let body = OfferDeclined {
                offer: id,
                reason: Some("price".to_owned()),
                competitor: Some(rival.to_owned()),
            };
            let say = desk.manager(day, format!("{offer}-answer"), body);
            desk.put(say);
            lost(desk, local, opportunity, day, "price", Some(rival));
        }
        70..=77 => {
            let reason = Some("product is discontinued".to_owned());
            let say =
                desk.manager(day, format!("{offer}-back"), OfferWithdrawn { offer: id, reason });
            desk.put(say);
            lost(desk, local, opportunity, day, "nothing to offer", None);
        }
        // Nothing is heard: the offer lapses on its last day, and later the chance is given up.
        _ => {
            let day = working(plus(valid_until, 20));
            lost(desk, local, opportunity, day, "no answer", None);
        }
    }
}

fn lost(
    desk: &mut Desk<'_>,
    local: &str,
    opportunity: OpportunityId,
    day: NaiveDate,
    reason: &str,
    competitor: Option<&str>,
) {
    let body = OpportunityLost {
        opportunity,
        reason: Some(reason.to_owned()),
        competitor: competitor.map(str::to_owned),
        manager: Some(desk.owner(day)),
    };
    let say = desk.manager(day, format!("{local}-lost"), body);
    desk.put(say);
}
