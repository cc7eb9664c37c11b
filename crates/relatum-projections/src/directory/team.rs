//! Teams and territories: what they are, who belongs to them, and of what they are part.

use std::collections::BTreeMap;

use bitcode::{Decode, Encode};
use chrono::NaiveDate;
use relatum_domain::event::organisation::TeamKind;
use relatum_domain::{Corrections, Gist, ManagerId, Matter, Stamp, TeamId, View};

use super::seen;

/// What is known of a team or territory at a view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeamProfile {
    /// Its name.
    pub name: Option<String>,
    /// Which of the two.
    pub kind: TeamKind,
    /// Who leads it.
    pub lead: Option<ManagerId>,
    /// Of which it is part.
    pub parent: Option<TeamId>,
    /// Whether it is no more.
    pub dissolved: bool,
}

#[derive(Debug, Clone, Encode, Decode)]
enum Fact {
    Formed { name: String, kind: TeamKind },
    Lead(ManagerId),
    Parent(Option<TeamId>),
    Dissolved,
}

#[derive(Debug, Clone, Default, Encode, Decode)]
pub(super) struct TeamCard {
    facts: Vec<(Stamp, Fact)>,
    corrections: Corrections,
}

impl TeamCard {
    pub(super) fn take(&mut self, gist: &Gist<'_>) {
        self.corrections.learn(gist);
        let fact = match gist.matter {
            Matter::TeamFormed { name, kind } => Fact::Formed { name: name.to_owned(), kind },
            Matter::TeamLead(manager) => Fact::Lead(manager),
            Matter::TeamParent(parent) => Fact::Parent(parent),
            Matter::TeamDissolved => Fact::Dissolved,
            _ => return,
        };
        self.facts.push((gist.stamp, fact));
    }

    pub(super) fn profile(&self, view: &View) -> Option<TeamProfile> {
        let (name, lead, parent) = (None, None, None);
        let mut team = TeamProfile { name, kind: TeamKind::Team, lead, parent, dissolved: false };
        let mut is_known = false;
        for (_, fact) in seen(&self.facts, &self.corrections, view) {
            is_known = true;
            match fact {
                Fact::Formed { name, kind } => {
                    (team.name, team.kind, team.dissolved) = (Some(name.clone()), *kind, false);
                }
                Fact::Lead(manager) => team.lead = Some(*manager),
                Fact::Parent(parent) => team.parent = *parent,
                Fact::Dissolved => team.dissolved = true,
            }
        }
        is_known.then_some(team)
    }

    /// Its place in the tree from which day on.
    fn places(&self, view: &View) -> TeamPlaces {
        let ever = View { as_of: NaiveDate::MAX, ..*view };
        let mut places = TeamPlaces::default();
        for (stamp, fact) in seen(&self.facts, &self.corrections, &ever) {
            let day = stamp.effective();
            match fact {
                Fact::Formed { kind, .. } => {
                    places.kind = Some(*kind);
                    places.dissolved.push((day, false));
                }
                Fact::Parent(parent) => places.parents.push((day, *parent)),
                Fact::Dissolved => places.dissolved.push((day, true)),
                Fact::Lead(_) => {}
            }
        }
        places
    }
}

#[derive(Debug, Clone, Default)]
struct TeamPlaces {
    kind: Option<TeamKind>,
    parents: Vec<(NaiveDate, Option<TeamId>)>,
    dissolved: Vec<(NaiveDate, bool)>,
}

/// What a manager was part of, from which day on; the facts in the order in which they hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Membership {
    /// Up to a day, if one is known.
    In(TeamId, Option<NaiveDate>),
    Out(TeamId),
}

/// An absence: from which day to which, and who stands in.
pub(super) type Absence = (NaiveDate, NaiveDate, Option<ManagerId>);

/// Who belonged where and who stood in for whom, on any day, as known at one instant.
#[derive(Debug, Clone, Default)]
pub(crate) struct Organisation {
    teams: BTreeMap<TeamId, TeamPlaces>,
    members: BTreeMap<ManagerId, Vec<(NaiveDate, Membership)>>,
    absences: BTreeMap<ManagerId, Vec<Absence>>,
}

/// What holds on `day` of facts that are sorted by it.
fn on<T: Copy>(facts: &[(NaiveDate, T)], day: NaiveDate) -> Option<T> {
    let after = facts.partition_point(|(from, _)| *from <= day);
    after.checked_sub(1).and_then(|at| facts.get(at)).map(|(_, fact)| *fact)
}

impl Organisation {
    pub(super) fn of<'a>(teams: impl Iterator<Item = (TeamId, &'a TeamCard)>, view: &View) -> Self {
        let teams = teams.map(|(team, card)| (team, card.places(view))).collect();
        Self { teams, ..Self::default() }
    }

    pub(super) fn add(
        &mut self,
        manager: ManagerId,
        members: Vec<(NaiveDate, Membership)>,
        absences: Vec<Absence>,
    ) {
        self.members.insert(manager, members);
        self.absences.insert(manager, absences);
    }

    /// Who stands in for a manager on a day, if they are away then.
    pub(crate) fn deputy(&self, manager: ManagerId, day: NaiveDate) -> Option<ManagerId> {
        let away = self.absences.get(&manager)?.iter().rev();
        let mut away = away.filter(|(from, until, _)| (*from..=*until).contains(&day));
        away.next().and_then(|(.., deputy)| *deputy)
    }

    /// Whoever stands in for a manager on any day.
    pub(crate) fn deputies(&self, manager: ManagerId) -> impl Iterator<Item = ManagerId> {
        self.absences.get(&manager).into_iter().flatten().filter_map(|(.., deputy)| *deputy)
    }

    /// The teams and territories to which a manager belongs on a day, with all that these are part
    /// of, each once.
    pub(crate) fn teams_of(&self, manager: ManagerId, day: NaiveDate) -> Vec<(TeamId, TeamKind)> {
        let mut teams: Vec<TeamId> = Vec::new();
        for (_, membership) in
            self.members.get(&manager).into_iter().flatten().take_while(|(from, _)| *from <= day)
        {
            match membership {
                Membership::In(team, until) => {
                    teams.retain(|member| member != team);
                    if until.is_none_or(|until| day <= until) {
                        teams.push(*team);
                    }
                }
                Membership::Out(team) => teams.retain(|member| member != team),
            }
        }
        let mut found: Vec<(TeamId, TeamKind)> = Vec::new();
        // A tree that bites its tail ends where it was before.
        while let Some(team) = teams.pop() {
            let places = self.teams.get(&team);
            let gone = places.and_then(|it| on(&it.dissolved, day)).unwrap_or(false);
            if gone || found.iter().any(|(known, _)| *known == team) {
                continue;
            }
            let kind = places.and_then(|it| it.kind).unwrap_or(TeamKind::Team);
            found.push((team, kind));
            teams.extend(places.and_then(|it| on(&it.parents, day)).flatten());
        }
        found
    }
}
