//! What is known of one account, by effective date.

use std::collections::BTreeMap;

use bitcode::{Decode, Encode};
use chrono::NaiveDate;
use relatum_domain::event::account::{CreditShare, Stage};
use relatum_domain::{
    AccountId, ContactId, Corrections, Day, Gist, ManagerId, Matter, Stamp, View,
};
use relatum_stream::EventRef;

use super::presence::Presence;
use super::seen;
use crate::merged;

/// A dated fact about an account.
#[derive(Debug, Clone, Encode, Decode)]
enum Fact {
    Opened(Opened),
    Stage(Stage),
    Classified {
        class: Option<String>,
        segment: Option<String>,
    },
    ExternalId(String, String),
    Contact {
        contact: ContactId,
        role: Option<String>,
        key: bool,
    },
    ContactChanged {
        contact: ContactId,
        named: bool,
        role: Option<String>,
        key: Option<bool>,
    },
    ContactLeft(ContactId),
    Parent {
        parent: AccountId,
        until: Option<Day>,
    },
    NoParent(AccountId),
    Closed,
    /// An account that was merged into this one was opened; the stage counts if it is a client.
    Joined(Opened),
}

/// What the opening of an account tells.
#[derive(Debug, Clone, Encode, Decode)]
struct Opened {
    name: String,
    stage: Stage,
    country: Option<String>,
    sector: Option<String>,
    class: Option<String>,
    segment: Option<String>,
    external_ids: Vec<(String, String)>,
    unassigned: bool,
}

/// What is known of an account at a view.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct AccountProfile {
    /// Its name; the id, if no event told one.
    pub name: String,
    /// Prospect or client.
    pub stage: Stage,
    /// Country.
    pub country: Option<String>,
    /// Line of business.
    pub sector: Option<String>,
    /// Class.
    pub class: Option<String>,
    /// Market segment.
    pub segment: Option<String>,
    /// What other systems call it: system and id.
    pub external_ids: Vec<(String, String)>,
    /// True for the account that keeps what belongs to no known client.
    pub unassigned: bool,
    /// Who answers for it.
    pub manager: Option<ManagerId>,
    /// To which account it belongs.
    pub parent: Option<AccountId>,
    /// The people there: contact, function, whether much depends on them, and the event that
    /// tells the name.
    pub contacts: Vec<(ContactId, Option<String>, bool, EventRef)>,
    /// Whether the relationship ended.
    pub closed: bool,
}

impl AccountProfile {
    const fn nameless(name: String) -> Self {
        Self {
            name,
            stage: Stage::Client,
            country: None,
            sector: None,
            class: None,
            segment: None,
            external_ids: Vec::new(),
            unassigned: false,
            manager: None,
            parent: None,
            contacts: Vec::new(),
            closed: false,
        }
    }

    /// An account that is the same client was opened: what it tells fills what is not known.
    fn joined(mut self, opened: &Opened) -> Self {
        let more = opened.external_ids.iter().filter(|id| !self.external_ids.contains(id));
        let more: Vec<_> = more.cloned().collect();
        self.external_ids.extend(more);
        if opened.stage == Stage::Client {
            self.stage = Stage::Client;
        }
        Self {
            country: self.country.or_else(|| opened.country.clone()),
            sector: self.sector.or_else(|| opened.sector.clone()),
            class: self.class.or_else(|| opened.class.clone()),
            segment: self.segment.or_else(|| opened.segment.clone()),
            ..self
        }
    }

    /// The account is opened, or opened again; what the event does not tell stays.
    fn opened(self, opened: &Opened) -> Self {
        let mut external_ids = self.external_ids;
        let more = opened.external_ids.iter().filter(|id| !external_ids.contains(id));
        let more: Vec<_> = more.cloned().collect();
        external_ids.extend(more);
        Self {
            country: opened.country.clone().or(self.country),
            sector: opened.sector.clone().or(self.sector),
            class: opened.class.clone().or(self.class),
            segment: opened.segment.clone().or(self.segment),
            external_ids,
            manager: self.manager,
            parent: self.parent,
            contacts: self.contacts,
            name: opened.name.clone(),
            stage: opened.stage,
            unassigned: opened.unassigned,
            closed: false,
        }
    }
}

/// The rows about one account.
#[derive(Debug, Clone, Default, Encode, Decode)]
pub struct AccountCard {
    facts: Vec<(Stamp, Fact)>,
    assigned: Vec<(Stamp, Owner)>,
    presence: Presence,
    corrections: Corrections,
}

/// Who answers for an account, and who shares in the credit for its sales.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Owner {
    pub(crate) manager: ManagerId,
    /// None: the manager alone.
    pub(crate) credit: Vec<CreditShare>,
}

/// Who answered for an account when, as known at one instant.
#[derive(Debug, Clone, Default)]
pub(crate) struct Assignments<'a>(Vec<(NaiveDate, &'a Owner)>);

/// What class an account has from a day on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Standing {
    /// The first day.
    pub(crate) from: NaiveDate,
    /// None: it has none, is closed, or is nobody.
    pub(crate) class: Option<String>,
    /// The event that says so.
    pub(crate) event: EventRef,
}

impl Standing {
    /// The one in force on `day`, of those that an account had one after the other.
    pub(crate) fn on(standings: &[Self], day: NaiveDate) -> Option<&Self> {
        standings.iter().rev().find(|it| it.from <= day)
    }
}

/// The key contacts of an account.
#[derive(Debug, Clone, Default)]
pub(crate) struct KeyContacts {
    /// How many there are.
    pub(crate) present: usize,
    /// Who left: the day, the version of the event, their function.
    pub(crate) left: Vec<(NaiveDate, u64, Option<String>)>,
}

/// For how long somebody answers for an account.
#[derive(Debug, Clone)]
pub(crate) struct Term<'a> {
    pub(crate) owner: &'a Owner,
    /// The first day.
    pub(crate) from: NaiveDate,
    /// The last day; none: as far as the view sees.
    pub(crate) to: Option<NaiveDate>,
    /// The event that says so.
    pub(crate) version: u64,
}

impl<'a> Assignments<'a> {
    /// Who answered for it from which day on.
    pub(crate) fn managers(&self) -> Vec<(NaiveDate, ManagerId)> {
        self.0.iter().map(|(from, owner)| (*from, owner.manager)).collect()
    }

    /// Who answered for it on `day`.
    pub(crate) fn on(&self, day: NaiveDate) -> Option<&'a Owner> {
        let after = self.0.partition_point(|(from, _)| *from <= day);
        after.checked_sub(1).and_then(|at| self.0.get(at)).map(|(_, owner)| *owner)
    }
}

impl AccountCard {
    pub(super) fn take(&mut self, gist: &Gist<'_>) {
        self.corrections.learn(gist);
        self.presence.learn(gist);
        if let Matter::Assigned { manager, credit } = &gist.matter {
            let owner = Owner { manager: *manager, credit: credit.clone() };
            self.assigned.push((gist.stamp, owner));
        } else {
            self.facts.extend(fact(gist).map(|fact| (gist.stamp, fact)));
        }
    }

    pub(super) fn profile(&self, account: AccountId, view: &View) -> Option<AccountProfile> {
        if !self.presence.is_seen(view) {
            return None;
        }
        let mut profile = AccountProfile::nameless(account.to_string());
        for (stamp, fact) in seen(&self.facts, &self.corrections, view) {
            let told_by = merged::event(account, stamp.version);
            profile = take(profile, fact, told_by, view.as_of);
        }
        profile.manager = self.manager(view);
        self.name_by_another(&mut profile, view);
        Some(profile)
    }

    /// Before it was opened itself, an account has the name of the first that was merged into it.
    fn name_by_another(&self, profile: &mut AccountProfile, view: &View) {
        let mut joined = None;
        for (_, fact) in seen(&self.facts, &self.corrections, view) {
            match fact {
                Fact::Opened(_) => return,
                Fact::Joined(opened) => joined = joined.or(Some(&opened.name)),
                _ => {}
            }
        }
        if let Some(name) = joined {
            profile.name.clone_from(name);
        }
    }

    /// What class it had from which day on, as a view shows it.
    pub(super) fn standing(&self, account: AccountId, view: &View) -> Vec<Standing> {
        let mut profile = AccountProfile::nameless(String::new());
        let mut standing: Vec<Standing> = Vec::new();
        for (stamp, fact) in seen(&self.facts, &self.corrections, view) {
            let event = merged::event(account, stamp.version);
            profile = take(profile, fact, event, view.as_of);
            let counts = !profile.closed && !profile.unassigned;
            let class = profile.class.clone().filter(|_| counts);
            if standing.last().and_then(|last| last.class.as_ref()) != class.as_ref() {
                standing.push(Standing { from: stamp.effective(), class, event });
            }
        }
        standing
    }

    /// Whether it is closed on the day of the view.
    pub(super) fn is_closed(&self, view: &View) -> bool {
        let mut closed = false;
        for (_, fact) in seen(&self.facts, &self.corrections, view) {
            match fact {
                Fact::Opened(_) => closed = false,
                Fact::Closed => closed = true,
                _ => {}
            }
        }
        closed
    }

    /// Whether it was ever closed, on any day and by whatever is known.
    pub(super) fn was_ever_closed(&self) -> bool {
        self.facts.iter().any(|(_, fact)| matches!(fact, Fact::Closed))
    }

    /// The key contacts that there are, and those who left: the day, the event, their function.
    pub(super) fn key_contacts(&self, view: &View) -> KeyContacts {
        let mut known: BTreeMap<ContactId, (bool, Option<String>)> = BTreeMap::new();
        let mut left = Vec::new();
        for (stamp, fact) in seen(&self.facts, &self.corrections, view) {
            match fact {
                Fact::Contact { contact, role, key } => {
                    known.insert(*contact, (*key, role.clone()));
                }
                Fact::ContactChanged { contact, role, key, .. } => {
                    if let Some(it) = known.get_mut(contact) {
                        *it = (key.unwrap_or(it.0), role.clone().or_else(|| it.1.clone()));
                    }
                }
                Fact::ContactLeft(contact) => {
                    if let Some((true, role)) = known.remove(contact) {
                        left.push((stamp.effective(), stamp.version, role));
                    }
                }
                _ => {}
            }
        }
        KeyContacts { present: known.values().filter(|it| it.0).count(), left }
    }

    pub(super) fn manager(&self, view: &View) -> Option<ManagerId> {
        let shown = self.assigned.iter().filter(|(stamp, _)| self.corrections.shows(*stamp, view));
        let last = shown.max_by_key(|(it, _)| (it.day, self.corrections.place(it.version)));
        last.map(|(_, owner)| owner.manager)
    }

    /// Who answered for it, one after the other, as the view shows it.
    pub(super) fn terms(&self, view: &View) -> Vec<Term<'_>> {
        let seen: Vec<_> = seen(&self.assigned, &self.corrections, view).collect();
        let next = seen.iter().skip(1).map(|(stamp, _)| Some(stamp.effective()));
        let terms = seen.iter().zip(next.chain([None])).map(|((stamp, owner), next)| Term {
            owner,
            from: stamp.effective(),
            to: next.and_then(|next| next.pred_opt()),
            version: stamp.version,
        });
        // Of several told for one day the last holds.
        terms.filter(|term| term.to.is_none_or(|to| term.from <= to)).collect()
    }

    pub(super) fn assignments(&self, view: &View) -> Assignments<'_> {
        let ever = View { as_of: NaiveDate::MAX, ..*view };
        let seen = seen(&self.assigned, &self.corrections, &ever);
        Assignments(seen.map(|(stamp, owner)| (stamp.effective(), owner)).collect())
    }
}

fn take(
    mut profile: AccountProfile,
    fact: &Fact,
    told_by: EventRef,
    today: NaiveDate,
) -> AccountProfile {
    match fact {
        Fact::Opened(opened) => return profile.opened(opened),
        Fact::Joined(opened) => return profile.joined(opened),
        Fact::Stage(stage) => profile.stage = *stage,
        Fact::Classified { class, segment } => {
            profile.class.clone_from(class);
            profile.segment.clone_from(segment);
        }
        Fact::ExternalId(system, id) => {
            let id = (system.clone(), id.clone());
            if !profile.external_ids.contains(&id) {
                profile.external_ids.push(id);
            }
        }
        Fact::Contact { contact, role, key } => {
            profile.contacts.retain(|(known, ..)| known != contact);
            profile.contacts.push((*contact, role.clone(), *key, told_by));
        }
        Fact::ContactChanged { contact, named, role, key } => {
            let known = profile.contacts.iter_mut().filter(|(known, ..)| known == contact);
            for (_, its_role, its_key, named_by) in known {
                if role.is_some() {
                    its_role.clone_from(role);
                }
                *its_key = key.unwrap_or(*its_key);
                if *named {
                    *named_by = told_by;
                }
            }
        }
        Fact::ContactLeft(gone) => profile.contacts.retain(|(contact, ..)| contact != gone),
        Fact::Parent { parent, until } => {
            profile.parent = until.is_none_or(|until| today <= until.date()).then_some(*parent);
        }
        Fact::NoParent(parent) => {
            profile.parent = profile.parent.filter(|still| still != parent);
        }
        Fact::Closed => profile.closed = true,
    }
    profile
}

fn fact(gist: &Gist<'_>) -> Option<Fact> {
    let owned = |text: &Option<&str>| text.map(str::to_owned);
    let label = || owned(&gist.label);
    Some(match &gist.matter {
        Matter::Opened { stage, country, sector, class, segment, external_ids, unassigned } => {
            let ids = external_ids.iter();
            Fact::Opened(Opened {
                name: label().unwrap_or_default(),
                stage: *stage,
                country: owned(country),
                sector: owned(sector),
                class: owned(class),
                segment: owned(segment),
                external_ids: ids
                    .map(|(system, id)| ((*system).to_owned(), (*id).to_owned()))
                    .collect(),
                unassigned: *unassigned,
            })
        }
        Matter::Joined { stage, country, sector, class, segment, external_ids } => {
            let ids = external_ids.iter();
            Fact::Joined(Opened {
                name: label().unwrap_or_default(),
                stage: *stage,
                country: owned(country),
                sector: owned(sector),
                class: owned(class),
                segment: owned(segment),
                external_ids: ids
                    .map(|(system, id)| ((*system).to_owned(), (*id).to_owned()))
                    .collect(),
                unassigned: false,
            })
        }
        Matter::Stage(stage) => Fact::Stage(*stage),
        Matter::Classified { segment } => {
            Fact::Classified { class: label(), segment: owned(segment) }
        }
        Matter::ExternalId(system, id) => Fact::ExternalId((*system).to_owned(), (*id).to_owned()),
        Matter::ContactAdded { contact, key } => {
            Fact::Contact { contact: *contact, role: label(), key: *key }
        }
        Matter::ContactChanged { contact, named, role, key } => {
            let (contact, named, role, key) = (*contact, *named, owned(role), *key);
            Fact::ContactChanged { contact, named, role, key }
        }
        Matter::ContactLeft(contact) => Fact::ContactLeft(*contact),
        Matter::Parent { parent, until } => Fact::Parent { parent: *parent, until: *until },
        Matter::NoParent(parent) => Fact::NoParent(*parent),
        Matter::Closed => Fact::Closed,
        _ => return None,
    })
}
