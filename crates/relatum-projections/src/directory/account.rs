//! What is known of one account, by effective date.

use chrono::NaiveDate;
use relatum_domain::event::account::{Relation, Stage};
use relatum_domain::{AccountId, ContactId, Event, EventBody, ManagerId, Recorded, Stamp, View};
use relatum_stream::{EventRef, StreamId, Version};
use serde::{Deserialize, Serialize};

use super::presence::Presence;
use super::seen;
use crate::corrections::Corrections;

/// A dated fact about an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Fact {
    Opened(AccountProfile),
    Stage(Stage),
    Classified { class: Option<String>, segment: Option<String> },
    ExternalId(String, String),
    Contact { contact: ContactId, role: Option<String>, key: bool },
    ContactChanged { contact: ContactId, named: bool, role: Option<String>, key: Option<bool> },
    ContactLeft(ContactId),
    Parent { parent: AccountId, until: Option<NaiveDate> },
    NoParent(AccountId),
    Closed,
}

/// What is known of an account at a view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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

    /// The account is opened, or opened again; what the event does not tell stays.
    fn opened(self, opened: &Self) -> Self {
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
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountCard {
    facts: Vec<(Stamp, Fact)>,
    assigned: Vec<(Stamp, ManagerId)>,
    presence: Presence,
    corrections: Corrections,
}

/// Who answered for an account when, as known at one instant.
#[derive(Debug, Clone, Default)]
pub(crate) struct Assignments(Vec<(NaiveDate, ManagerId)>);

impl Assignments {
    /// Who answered for it on `day`.
    pub(crate) fn on(&self, day: NaiveDate) -> Option<ManagerId> {
        let after = self.0.partition_point(|(from, _)| *from <= day);
        after.checked_sub(1).and_then(|at| self.0.get(at)).map(|(_, manager)| *manager)
    }
}

impl AccountCard {
    pub(super) fn apply(&mut self, at: EventRef, recorded: Recorded, event: &Event) {
        let stamp = Stamp::of(at, recorded, event);
        self.corrections.learn(at, recorded, event);
        self.presence.learn(stamp);
        if let EventBody::AccountAssigned(it) = &event.body {
            self.assigned.push((stamp, it.manager));
        } else {
            self.facts.extend(fact(&event.body).map(|fact| (stamp, fact)));
        }
    }

    pub(super) fn profile(&self, account: AccountId, view: &View) -> Option<AccountProfile> {
        if !self.presence.is_seen(view) {
            return None;
        }
        let mut profile = AccountProfile::nameless(account.to_string());
        for (stamp, fact) in seen(&self.facts, &self.corrections, view) {
            let told_by = EventRef::new(StreamId::from(account), Version(stamp.version));
            profile = take(profile, fact, told_by, view.as_of);
        }
        profile.manager = self.manager(view);
        Some(profile)
    }

    pub(super) fn manager(&self, view: &View) -> Option<ManagerId> {
        let shown = self.assigned.iter().filter(|(stamp, _)| self.corrections.shows(*stamp, view));
        let last = shown.max_by_key(|(it, _)| (it.effective, self.corrections.place(it.version)));
        last.map(|(_, manager)| *manager)
    }

    pub(super) fn assignments(&self, view: &View) -> Assignments {
        let ever = View { as_of: NaiveDate::MAX, ..*view };
        let seen = seen(&self.assigned, &self.corrections, &ever);
        Assignments(seen.map(|(stamp, manager)| (stamp.effective, *manager)).collect())
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
            profile.parent = until.is_none_or(|until| today <= until).then_some(*parent);
        }
        Fact::NoParent(parent) => {
            profile.parent = profile.parent.filter(|still| still != parent);
        }
        Fact::Closed => profile.closed = true,
    }
    profile
}

fn fact(body: &EventBody) -> Option<Fact> {
    use EventBody as B;
    Some(match body {
        B::AccountOpened(it) => {
            let ids = it.external_ids.iter().map(|id| (id.system.clone(), id.id.clone()));
            Fact::Opened(AccountProfile {
                stage: it.stage,
                country: it.country.clone(),
                sector: it.sector.clone(),
                class: it.class.clone(),
                segment: it.segment.clone(),
                external_ids: ids.collect(),
                unassigned: it.unassigned,
                ..AccountProfile::nameless(it.name.clone())
            })
        }
        B::AccountStageChanged(it) => Fact::Stage(it.stage),
        B::AccountClassified(it) => {
            Fact::Classified { class: it.class.clone(), segment: it.segment.clone() }
        }
        B::ExternalIdStated(it) => {
            Fact::ExternalId(it.external_id.system.clone(), it.external_id.id.clone())
        }
        B::ContactAdded(it) => {
            Fact::Contact { contact: it.contact, role: it.role.clone(), key: it.key }
        }
        B::ContactChanged(it) => Fact::ContactChanged {
            contact: it.contact,
            named: it.name.is_some(),
            role: it.role.clone(),
            key: it.key,
        },
        B::ContactLeft(it) => Fact::ContactLeft(it.contact),
        B::ParentNamed(it) => Fact::Parent { parent: it.parent, until: it.until },
        B::RelationEnded(it) if it.relation == Relation::Parent => Fact::NoParent(it.with),
        B::AccountClosed(_) => Fact::Closed,
        _ => return None,
    })
}
