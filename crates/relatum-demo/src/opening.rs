//! How an account enters the book: opened, classified, assigned, its people, its relations, its
//! credit.

use relatum_domain::event::account::{
    AccountAssigned, AccountClassified, AccountFactStated, AccountNeedStated, AccountOpened,
    AccountStageChanged, ContactAdded, ContactLeft, ExternalId, ParentNamed, PaysForNamed, Stage,
};
use relatum_domain::event::credit::{CheckResult, CreditChecked, CreditLimitSet, ExposureKind};
use relatum_domain::{AccountId, ContactId, Derived, Personal, Secret};

use crate::calendar::{plus, working};
use crate::catalogue::GROUPS;
use crate::desk::Desk;
use crate::names;
use crate::story::{StoryLine, code};

/// Everything that is said about the account when it is opened, and the years' changes to it.
pub(crate) fn write(desk: &mut Desk<'_>, accounts: u32) {
    let who = desk.who;
    let prospect = matches!(who.story, StoryLine::Prospect | StoryLine::Converted);
    let body = AccountOpened {
        name: who.name.clone(),
        stage: if prospect { Stage::Prospect } else { Stage::Client },
        country: Some(who.country.code.to_owned()),
        sector: Some(who.sector.to_owned()),
        class: Some(who.class.to_owned()),
        segment: Some(who.segment.to_owned()),
        external_ids: vec![ExternalId { system: "ledger".to_owned(), id: who.code.clone() }],
        unassigned: false,
    };
    let say = desk.manager(who.opened, "opened", body);
    desk.put(say);
    let manager = desk.owner(who.opened);
    let say = desk.manager(who.opened, "assigned-1", AccountAssigned { manager, credit: vec![] });
    desk.put(say);
    if let Some((_, day)) = who.earlier {
        let body = AccountAssigned { manager: desk.owner(day), credit: vec![] };
        let say = desk.manager(day, "assigned-2", body);
        desk.put(say);
    }
    relations(desk, accounts);
    contacts(desk);
    facts(desk);
    checks(desk);
    if who.story == StoryLine::Converted {
        let body = AccountStageChanged { stage: Stage::Client };
        let say = desk.manager(working(plus(who.opened, 70)), "client", body);
        desk.put(say);
    }
}

fn relations(desk: &mut Desk<'_>, accounts: u32) {
    let who = desk.who;
    let other = |index: u32| AccountId::derived("demo", &code(index));
    let say = match who.story {
        StoryLine::Parent if who.index + 5 < accounts => {
            let body = PaysForNamed { account: other(who.index + 5), until: None };
            desk.ledger(who.opened, "pays-for", body)
        }
        StoryLine::Child => {
            let body = ParentNamed { parent: other(who.index - 5), until: None };
            desk.ledger(who.opened, "parent", body)
        }
        _ => return,
    };
    desk.put(say);
}

fn contacts(desk: &mut Desk<'_>) {
    let who = desk.who;
    let count = if who.class == "A" { 4 } else { desk.draw.between(2, 3) };
    for role in ["purchasing", "accounts payable", "production", "management"]
        .into_iter()
        .take(usize::try_from(count).unwrap_or(2))
    {
        let local = desk.number("contact");
        let contact: ContactId = desk.id(&local);
        let person = names::person(&mut desk.draw);
        let line = desk.draw.between(1_000_000, 9_999_999);
        let body = ContactAdded {
            contact,
            name: Personal::about(contact, format!("{} {}", person.0, person.1)),
            role: Some(role.to_owned()),
            email: Some(Personal::about(contact, names::email(person, &who.code.to_lowercase()))),
            phone: Some(Personal::about(contact, format!("{} 555 {line}", who.country.dial))),
            key: role == "purchasing",
        };
        let day = working(plus(who.opened, desk.draw.between(0, 9)));
        let said = desk.manager(day, local.clone(), body.clone());
        let added = desk.put(said);
        if let (Some(added), true) = (added, desk.draw.chance(4)) {
            // A digit was mistyped.
            let phone =
                format!("{} 555 {}", who.country.dial, desk.draw.between(1_000_000, 9_999_999));
            let body = ContactAdded { phone: Some(Personal::about(contact, phone)), ..body };
            let say = desk.manager(day, format!("{local}-amended"), body).late(6).amends(added);
            desk.put(say);
        }
        desk.contacts.push(contact);
    }
    if desk.contacts.len() > 3 && desk.draw.chance(40) {
        let day = working(plus(desk.span.start, desk.draw.between(200, 500)));
        if let Some(contact) = desk.contacts.last().copied() {
            let say = desk.manager(day, "contact-left", ContactLeft { contact });
            if desk.put(say).is_some() {
                desk.contacts.pop();
            }
        }
    }
}

fn facts(desk: &mut Desk<'_>) {
    let who = desk.who;
    let staff = desk.draw.between(2, 90) * if who.class == "A" { 25 } else { 6 };
    let lines = desk.draw.between(1, 9);
    for (topic, fact) in [("employees", staff), ("production lines", lines)] {
        let body = AccountFactStated {
            topic: topic.to_owned(),
            fact: Some(fact.to_string()),
            personal: None,
        };
        let day = working(plus(who.opened, desk.draw.between(5, 40)));
        let say = desk.manager(day, topic.replace(' ', "-"), body);
        desk.put(say);
    }
    if let (Some(group), true) = (GROUPS.get(who.groups), desk.draw.chance(50)) {
        let day = desk.span.ago(desk.draw.between(20, 200)).max(who.opened);
        let body = AccountNeedStated {
            product_group: Some((*group).to_owned()),
            need: Personal::about(who.id, format!("Looks for a second source of {group}")),
            by: Some(plus(day, 180)),
        };
        let say = desk.manager(day, "need-1", body);
        desk.put(say);
    }
    if desk.draw.chance(20) && who.class != "C" {
        let body = AccountClassified {
            class: Some(who.class.to_owned()),
            segment: Some(who.segment.to_owned()),
        };
        let day = working(plus(desk.span.start, desk.draw.between(100, 400))).max(who.opened);
        let say = desk.manager(day, "classified-1", body);
        desk.put(say);
    }
}

fn checks(desk: &mut Desk<'_>) {
    let who = desk.who;
    let mut day = working(plus(who.opened, 2));
    for year in 1..=4 {
        let (result, low) = match who.story {
            StoryLine::LateHeld | StoryLine::Insolvent if year > 1 => (CheckResult::Poor, 180),
            late if late.pays_late() => (CheckResult::Watch, 420),
            StoryLine::Insolvent => (CheckResult::Watch, 400),
            _ => (CheckResult::Good, 700),
        };
        let body = CreditChecked {
            agency: "Kreditmaat".to_owned(),
            result,
            score: Some(Secret::of(low + desk.draw.between(0, 90))),
            recommended: None,
            valid_until: Some(plus(day, 365)),
        };
        if who.story == StoryLine::Insolvent && year > 2 {
            return;
        }
        let say = desk.ledger(day, format!("check-{year}"), body);
        desk.put(say);
        day = working(plus(day, 365));
    }
}

/// Sets a limit that the account's exposure stayed within.
///
/// Written last, because the exposure is known only then; recorded when the account was opened.
pub(crate) fn limit(desk: &mut Desk<'_>) {
    if desk.who.story == StoryLine::Prospect {
        return;
    }
    desk.exposure.sort_by_key(|(day, change)| (*day, -change));
    let (mut owed, mut most) = (0, 0);
    for (_, change) in &desk.exposure {
        owed += change;
        most = most.max(owed);
    }
    let room = if desk.who.story.pays_late() { 108 } else { desk.draw.between(120, 180) };
    // Whole five thousands.
    let limit = (most * room / 100 / 500_000 + 1) * 500_000;
    let body = CreditLimitSet {
        kind: ExposureKind::Total,
        limit: Some(desk.who.market.money(limit)),
        until: None,
        reason: Some("on opening".to_owned()),
    };
    let say = desk.ledger(desk.who.opened, "limit-1", body);
    desk.put(say);
}
