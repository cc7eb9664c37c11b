//! What is known of one manager, by effective date.

use bitcode::{Decode, Encode};
use chrono::NaiveDate;
use relatum_domain::{Corrections, Day, Gist, ManagerId, Matter, Stamp, TeamId, View};
use relatum_stream::{EventRef, StreamId};

use super::presence::Presence;
use super::seen;
use super::team::{Membership, Organisation};
use crate::merged;

/// What is known of a manager at a view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManagerProfile {
    /// The tenant's number or code for them.
    pub code: Option<String>,
    /// The event that tells their name.
    pub named_by: Option<EventRef>,
    /// Whether they left.
    pub left: bool,
    /// Who stands in for them on the day of the view.
    pub deputy: Option<ManagerId>,
    /// The teams and territories to which they belong.
    pub teams: Vec<TeamId>,
    /// The name of the pay plan that applies to them.
    pub pay_plan: Option<String>,
}

#[derive(Debug, Clone, Encode, Decode)]
enum Fact {
    Joined { code: Option<String>, named: bool },
    Left,
    Away { until: Day, deputy: Option<ManagerId> },
    InTeam { team: TeamId, until: Option<Day> },
    OutOfTeam(TeamId),
    PayPlan { plan: String, until: Option<Day> },
}

#[derive(Debug, Clone, Default, Encode, Decode)]
pub(super) struct ManagerCard {
    facts: Vec<(Stamp, Fact)>,
    presence: Presence,
    corrections: Corrections,
}

impl ManagerCard {
    pub(super) fn take(&mut self, gist: &Gist<'_>) {
        self.corrections.learn(gist);
        self.presence.learn(gist);
        self.facts.extend(fact(&gist.matter).map(|fact| (gist.stamp, fact)));
    }

    pub(super) fn profile(&self, manager: ManagerId, view: &View) -> Option<ManagerProfile> {
        if !self.presence.is_seen(view) {
            return None;
        }
        let stream = StreamId::from(manager);
        let (code, named_by, deputy) = (None, None, None);
        let (teams, pay_plan) = (Vec::new(), None);
        let mut profile = ManagerProfile { code, named_by, left: false, deputy, teams, pay_plan };
        for (stamp, fact) in seen(&self.facts, &self.corrections, view) {
            match fact {
                Fact::Joined { code, named } => {
                    profile.code.clone_from(code);
                    let named_by = merged::event(stream, stamp.version);
                    profile.named_by = named.then_some(named_by);
                    profile.left = false;
                }
                Fact::Left => profile.left = true,
                Fact::Away { until, deputy } if view.as_of <= until.date() => {
                    profile.deputy = *deputy
                }
                Fact::Away { .. } => {}
                Fact::InTeam { team, until } => {
                    profile.teams.retain(|member| member != team);
                    if until.is_none_or(|until| view.as_of <= until.date()) {
                        profile.teams.push(*team);
                    }
                }
                Fact::OutOfTeam(team) => profile.teams.retain(|member| member != team),
                Fact::PayPlan { plan, until } => {
                    let holds = until.is_none_or(|until| view.as_of <= until.date());
                    profile.pay_plan = holds.then(|| plan.clone());
                }
            }
        }
        Some(profile)
    }
}

/// From which day to which a manager belonged to a team.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) team: TeamId,
    pub(crate) from: NaiveDate,
    /// The last day, if one is known.
    pub(crate) to: Option<NaiveDate>,
    /// The event that says so.
    pub(crate) version: u64,
}

impl ManagerCard {
    /// Where the manager belonged, by the first day. Told again, membership goes on by what was
    /// told last.
    pub(super) fn memberships(&self, view: &View) -> Vec<Member> {
        let mut all: Vec<Member> = Vec::new();
        for (stamp, fact) in seen(&self.facts, &self.corrections, view) {
            let (Fact::InTeam { team, .. } | Fact::OutOfTeam(team)) = fact else { continue };
            let (from, version) = (stamp.effective(), stamp.version);
            // Whatever is told of a team ends what was told of it before.
            let before = all.iter_mut().rev().find(|it| it.team == *team);
            if let Some(before) = before.filter(|it| it.to.is_none_or(|to| from <= to)) {
                before.to = from.pred_opt();
            }
            if let Fact::InTeam { until, .. } = fact {
                all.push(Member { team: *team, from, to: until.map(Day::date), version });
            }
        }
        all.retain(|it| it.to.is_none_or(|to| it.from <= to));
        all
    }

    /// Who was ever to stand in, whether or not that still holds.
    pub(super) fn deputies(&self) -> impl Iterator<Item = ManagerId> {
        self.facts.iter().filter_map(|(_, fact)| match fact {
            Fact::Away { deputy, .. } => *deputy,
            _ => None,
        })
    }

    /// Says where the manager belonged and when they were away.
    pub(super) fn join(&self, manager: ManagerId, view: &View, all: &mut Organisation) {
        let ever = View { as_of: chrono::NaiveDate::MAX, ..*view };
        let (mut members, mut absences) = (Vec::new(), Vec::new());
        for (stamp, fact) in seen(&self.facts, &self.corrections, &ever) {
            let day = stamp.effective();
            match fact {
                Fact::InTeam { team, until } => {
                    members.push((day, Membership::In(*team, until.map(Day::date))));
                }
                Fact::OutOfTeam(team) => members.push((day, Membership::Out(*team))),
                Fact::Away { until, deputy } => absences.push((day, until.date(), *deputy)),
                Fact::Joined { .. } | Fact::Left | Fact::PayPlan { .. } => {}
            }
        }
        all.add(manager, members, absences);
    }
}

fn fact(matter: &Matter<'_>) -> Option<Fact> {
    Some(match matter {
        Matter::ManagerJoined { code, named } => {
            Fact::Joined { code: code.map(str::to_owned), named: *named }
        }
        Matter::ManagerLeft => Fact::Left,
        Matter::Away { until, deputy } => Fact::Away { until: *until, deputy: *deputy },
        Matter::InTeam { team, until } => Fact::InTeam { team: *team, until: *until },
        Matter::OutOfTeam(team) => Fact::OutOfTeam(*team),
        Matter::PayPlan { plan, until } => {
            Fact::PayPlan { plan: (*plan).to_owned(), until: *until }
        }
        _ => return None,
    })
}
