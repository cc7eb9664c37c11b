//! Calls and visits: planned, moved, cancelled, held, and some that nobody turned up for.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use relatum_domain::event::activity::{
    ActionDone, ActionItem, ActivityCancelled, ActivityHeld, ActivityKind, ActivityPlanned,
    ActivityRescheduled, NextStep, Outcome,
};
use relatum_domain::{ActionId, ActivityId, Personal};

use crate::calendar::{plus, working};
use crate::desk::Desk;
use crate::story::StoryLine as S;

/// What activities are about.
const PURPOSES: [&str; 7] = [
    "order of the month",
    "prices of next year",
    "open deliveries",
    "new products",
    "settlement of open items",
    "stock review",
    "satisfaction",
];

/// An activity to come, or one that came.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) kind: ActivityKind,
    pub(crate) day: NaiveDate,
    /// Planned so many days before.
    pub(crate) ahead: i64,
    pub(crate) purpose: &'static str,
}

/// The account's regular contact, up to now.
pub(crate) fn write(desk: &mut Desk<'_>) {
    let who = desk.who;
    let every = match who.class {
        "A" => 12,
        "B" => 20,
        _ => 34,
    };
    let until = match who.story {
        S::NoContact => desk.span.ago(desk.draw.between(110, 140)),
        S::Insolvent => desk.span.ago(90),
        S::Lapsing => desk.span.ago(35),
        _ => desk.span.close,
    };
    let mut day = working(plus(who.opened.max(desk.span.start), desk.draw.between(14, 14 + every)));
    while day <= until {
        let kind = kind(desk);
        let purpose = desk.draw.pick(&PURPOSES);
        let ahead = desk.draw.between(3, 13);
        one(desk, Plan { kind, day, ahead, purpose });
        if desk.draw.chance(16) {
            let day = working(plus(day, desk.draw.between(2, 6)));
            if day <= until {
                let local = desk.number("activity");
                held(desk, &local, ActivityKind::Call, day, "question about an order", None);
            }
        }
        day = working(plus(day, every * desk.draw.between(75, 125) / 100));
    }
    if who.story == S::ContractEnding {
        fortnightly(desk);
    }
}

fn kind(desk: &mut Desk<'_>) -> ActivityKind {
    match desk.draw.below(100) {
        0..=57 => ActivityKind::Call,
        58..=83 => ActivityKind::Visit,
        84..=91 => ActivityKind::Meeting,
        92..=95 => ActivityKind::Training,
        _ => ActivityKind::Merchandising,
    }
}

fn one(desk: &mut Desk<'_>, plan: Plan) {
    let Some(local) = planned(desk, plan) else {
        return;
    };
    let activity: ActivityId = desk.id(&local);
    // What failed lately is told by the story lines alone.
    let luck = if plan.day > desk.span.ago(30) { 0 } else { desk.draw.below(100) };
    let before = working(plus(plan.day, -1));
    match luck {
        0..=83 => {
            held(desk, &local, plan.kind, plan.day, plan.purpose, None);
        }
        84..=90 => {
            let day = working(plus(plan.day, desk.draw.between(2, 8)));
            let body = ActivityRescheduled {
                activity,
                occurrence: None,
                day,
                starts: None,
                reason: Some("asked for by the client".to_owned()),
            };
            let say = desk.manager(before, format!("{local}-moved"), body);
            desk.put(say);
            held(desk, &local, plan.kind, day, plan.purpose, None);
        }
        91..=95 => {
            let reason = Some("client has no time".to_owned());
            let body = ActivityCancelled { activity, occurrence: None, reason };
            let say = desk.manager(before, format!("{local}-cancelled"), body);
            desk.put(say);
        }
        _ => {}
    }
}

/// Puts it into the calendar.
pub(crate) fn planned(desk: &mut Desk<'_>, plan: Plan) -> Option<String> {
    let local = desk.number("activity");
    let day = desk.span.close.min(working(plus(plan.day, -plan.ahead)));
    let body = ActivityPlanned {
        activity: desk.id(&local),
        kind: plan.kind,
        manager: desk.owner(plan.day),
        day: plan.day,
        starts: start(desk, plan.day),
        minutes: Some(minutes(plan.kind)),
        purpose: Some(plan.purpose.to_owned()),
        note: None,
        contacts: desk.contact().into_iter().collect(),
        recurrence: None,
    };
    let say = desk.manager(day, local.clone(), body);
    desk.put(say).map(|_| local)
}

/// A quarter of an hour between eight and four.
fn start(desk: &mut Desk<'_>, day: NaiveDate) -> Option<DateTime<Utc>> {
    let quarters = desk.draw.between(0, 31);
    let eight = day.and_hms_opt(8, 0, 0)?.and_utc();
    eight.checked_add_signed(TimeDelta::minutes(15 * quarters))
}

const fn minutes(kind: ActivityKind) -> u32 {
    match kind {
        ActivityKind::Call => 20,
        ActivityKind::Visit => 90,
        ActivityKind::Meeting => 60,
        ActivityKind::Training => 180,
        ActivityKind::Merchandising => 120,
    }
}

fn held(
    desk: &mut Desk<'_>,
    local: &str,
    kind: ActivityKind,
    day: NaiveDate,
    purpose: &str,
    occurrence: Option<NaiveDate>,
) {
    let outcome = match desk.draw.below(100) {
        0..=11 if kind == ActivityKind::Call => Outcome::NotReached,
        0..=54 => Outcome::Neutral,
        55..=89 => Outcome::Positive,
        _ => Outcome::Negative,
    };
    let reached = outcome != Outcome::NotReached;
    let contact = desk.contact().filter(|_| reached);
    let about = |text: &str| contact.map(|contact| Personal::about(contact, text));
    let manager = desk.acting(day);
    let key = occurrence.map_or_else(|| format!("{local}-held"), |on| format!("{local}-{on}"));
    let action: ActionId = desk.id(&key);
    let due = working(plus(day, desk.draw.between(3, 12)));
    let promised = reached && desk.draw.chance(14);
    let actions = about("Send the data sheets and a sample").filter(|_| promised);
    let action_item =
        |what| ActionItem { action, what, manager: Some(manager), contact: None, due: Some(due) };
    let next = NextStep {
        kind: Some(ActivityKind::Call),
        due: Some(plus(day, 14)),
        what: about("Ask how the trial went"),
    };
    let decisions = about("Takes the larger pack from next quarter on");
    let decided = outcome == Outcome::Positive && desk.draw.chance(12);
    let body = ActivityHeld {
        activity: desk.id(local),
        kind,
        manager,
        occurrence,
        outcome,
        minutes: Some(if reached { minutes(kind) + desk.draw.below(25) } else { 2 }),
        purpose: Some(purpose.to_owned()),
        participants: contact.into_iter().collect(),
        note: about("Spoke about the current orders and the plans for the season"),
        decisions: decisions.filter(|_| decided).into_iter().collect(),
        actions: actions.map(action_item).into_iter().collect(),
        next_step: Some(next).filter(|_| reached && desk.draw.chance(30)),
    };
    let late = if desk.draw.chance(8) { desk.draw.between(1, 5) } else { 0 };
    let say = desk.manager(day, key.clone(), body.clone()).late(late);
    let Some(said) = desk.put(say) else { return };
    match desk.draw.below(150) {
        0 => {
            let body = ActivityHeld { outcome: Outcome::Positive, ..body };
            let say = desk.manager(day, format!("{key}-amended"), body).late(late + 2);
            desk.put(say.amends(said));
        }
        1 if occurrence.is_none() => {
            let day = working(plus(day, late + 3));
            desk.journal.void(said, day, &format!("{key}-void"), "entered for the wrong account");
            return;
        }
        _ => {}
    }
    if promised && desk.draw.chance(80) {
        let say = desk.manager(due, format!("{key}-done"), ActionDone { action });
        desk.put(say.caused_by(said));
    }
}

/// A call every other week: kept so far, once moved, and to go on.
fn fortnightly(desk: &mut Desk<'_>) {
    let local = desk.number("activity");
    let first = working(plus(desk.span.today, -45));
    let body = ActivityPlanned {
        activity: desk.id(&local),
        kind: ActivityKind::Call,
        manager: desk.owner(first),
        day: first,
        starts: None,
        minutes: Some(30),
        purpose: Some("terms of the new contract".to_owned()),
        note: None,
        contacts: desk.contact().into_iter().collect(),
        recurrence: Some("FREQ=WEEKLY;INTERVAL=2;COUNT=8".to_owned()),
    };
    let say = desk.manager(working(plus(first, -5)), local.clone(), body);
    desk.put(say);
    for place in 0..3 {
        let occurrence = plus(first, 14 * place);
        let moved = place == 1;
        let day = if moved { working(plus(occurrence, 1)) } else { working(occurrence) };
        if moved {
            let body = ActivityRescheduled {
                activity: desk.id(&local),
                occurrence: Some(occurrence),
                day,
                starts: None,
                reason: None,
            };
            let say = desk.manager(working(plus(occurrence, -3)), format!("{local}-moved"), body);
            desk.put(say);
        }
        held(desk, &local, ActivityKind::Call, day, "terms of the new contract", Some(occurrence));
    }
}
