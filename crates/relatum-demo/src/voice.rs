//! What clients say: complaints, feedback, use, competitors; and how we rate them.

use relatum_domain::event::voice::{
    CompetitorNoted, ComplaintMade, ComplaintResolved, FeedbackGiven, RatingGiven, UsageStated,
};
use relatum_domain::{ComplaintId, Personal, Quantity};

use crate::calendar::{plus, quarter_start, working};
use crate::catalogue::METERED;
use crate::desk::Desk;
use crate::item::Item;
use crate::names::RIVALS;
use crate::story::StoryLine as S;

/// The voice of the account through the years.
pub(crate) fn write(desk: &mut Desk<'_>, items: &[Item]) {
    complaints(desk, items);
    feedback(desk);
    usage(desk);
    rivals(desk);
}

fn complaints(desk: &mut Desk<'_>, items: &[Item]) {
    let story = desk.who.story;
    let old = desk.span.ago(70);
    for item in items.iter().filter(|item| item.order.is_some() && item.day < old) {
        if desk.draw.chance(3) {
            let days = desk.draw.between(3, 25);
            complaint(desk, item, 3, Some(days));
        }
    }
    if story == S::OpenComplaint {
        let recent = items.iter().filter(|item| item.order.is_some()).max_by_key(|item| item.day);
        if let Some(item) = recent {
            complaint(desk, item, 4, None);
        }
    }
}

/// About an invoiced order; resolved after so many days, or still open since last week.
fn complaint(desk: &mut Desk<'_>, item: &Item, severity: u8, resolved: Option<i64>) {
    let local = desk.number("complaint");
    let complaint: ComplaintId = desk.id(&local);
    let day = match resolved {
        Some(_) => working(plus(item.day, desk.draw.between(1, 9))),
        None => desk.span.ago(desk.draw.between(5, 9)).max(item.day),
    };
    let cause = desk.draw.pick(&["late delivery", "leaking goods", "wrong documents"]);
    let contact = desk.contact();
    let body = ComplaintMade {
        complaint,
        cause: cause.to_owned(),
        text: contact.map(|contact| Personal::about(contact, "Third time this year, wants a plan")),
        severity: Some(severity),
        contact,
        order: item.order,
        document: Some(item.id),
    };
    let say = desk.manager(day, local.clone(), body);
    let said = desk.put(say);
    if let (Some(days), Some(said)) = (resolved, said) {
        let body = ComplaintResolved {
            complaint,
            resolution: "replaced free of charge".to_owned(),
            satisfied: Some(desk.draw.chance(75)),
        };
        let say = desk.manager(working(plus(day, days)), format!("{local}-resolved"), body);
        desk.put(say.caused_by(said));
    }
}

fn feedback(desk: &mut Desk<'_>) {
    let best = match desk.who.story {
        S::OpenComplaint | S::Lapsing => 7,
        _ => 10,
    };
    let mut day = working(plus(desk.who.opened, desk.draw.between(100, 250)));
    while day <= desk.span.close && desk.who.buys.is_some_and(|(_, last)| day <= last) {
        let local = desk.number("feedback");
        let score = i32::try_from(desk.draw.between(best - 5, best)).ok();
        let contact = desk.contact();
        let scale = Some(10);
        let body = FeedbackGiven { topic: "nps".to_owned(), score, scale, text: None, contact };
        let say = desk.manager(day, local, body);
        desk.put(say);
        let rating = RatingGiven {
            manager: desk.acting(day),
            rating: i32::try_from(desk.draw.between(2, 5)).unwrap_or(3),
            scale: 5,
            reason: None,
        };
        let local = desk.number("rating");
        let say = desk.manager(day, local, rating);
        desk.put(say);
        day = working(plus(day, desk.draw.between(230, 380)));
    }
}

/// Metered every quarter for those who buy all groups.
fn usage(desk: &mut Desk<'_>) {
    let (Some((_, last)), 3) = (desk.who.buys, desk.who.groups) else {
        return;
    };
    let mut level = desk.draw.between(300, 2_000);
    for (first, end) in desk.span.quarters() {
        let day = working(plus(end, 1));
        if first < quarter_start(desk.who.opened) || day > last {
            continue;
        }
        level = level * desk.draw.between(88, 114) / 100;
        let body = UsageStated {
            product: METERED.to_owned(),
            since: first,
            quantity: Quantity::whole(i32::try_from(level).unwrap_or(0)),
            unit: Some("hours".to_owned()),
        };
        let say = desk.ledger(day, format!("usage-{first}"), body);
        desk.put(say);
    }
}

fn rivals(desk: &mut Desk<'_>) {
    if desk.draw.chance(55) || desk.who.story == S::Lapsing {
        let day = desk.span.ago(desk.draw.between(40, 500)).max(desk.who.opened);
        let body = CompetitorNoted {
            competitor: desk.draw.pick(&RIVALS).to_owned(),
            product: Some("shaft seals".to_owned()),
            segment: Some(desk.who.segment.to_owned()),
            text: None,
        };
        let say = desk.manager(day, "rival-1", body);
        desk.put(say);
    }
}
