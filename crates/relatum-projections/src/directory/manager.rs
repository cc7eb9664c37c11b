//! What is known of one manager, by effective date.

use chrono::NaiveDate;
use relatum_domain::{Event, EventBody, ManagerId, Recorded, Stamp, TeamId, View};
use relatum_stream::{EventRef, StreamId, Version};
use serde::{Deserialize, Serialize};

use super::presence::Presence;
use super::seen;
use crate::corrections::Corrections;

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
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Fact {
    Joined { code: Option<String>, named: bool },
    Left,
    Away { until: NaiveDate, deputy: Option<ManagerId> },
    InTeam { team: TeamId, until: Option<NaiveDate> },
    OutOfTeam(TeamId),
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ManagerCard {
    facts: Vec<(Stamp, Fact)>,
    presence: Presence,
    corrections: Corrections,
}

impl ManagerCard {
    pub(super) fn apply(&mut self, at: EventRef, recorded: Recorded, event: &Event) {
        let stamp = Stamp::of(at, recorded, event);
        self.corrections.learn(at, recorded, event);
        self.presence.learn(stamp);
        self.facts.extend(fact(&event.body).map(|fact| (stamp, fact)));
    }

    pub(super) fn profile(&self, manager: ManagerId, view: &View) -> Option<ManagerProfile> {
        if !self.presence.is_seen(view) {
            return None;
        }
        let stream = StreamId::from(manager);
        let (code, named_by, deputy) = (None, None, None);
        let mut profile = ManagerProfile { code, named_by, left: false, deputy, teams: Vec::new() };
        for (stamp, fact) in seen(&self.facts, &self.corrections, view) {
            match fact {
                Fact::Joined { code, named } => {
                    profile.code.clone_from(code);
                    let named_by = EventRef::new(stream, Version(stamp.version));
                    profile.named_by = named.then_some(named_by);
                    profile.left = false;
                }
                Fact::Left => profile.left = true,
                Fact::Away { until, deputy } if view.as_of <= *until => profile.deputy = *deputy,
                Fact::Away { .. } => {}
                Fact::InTeam { team, until } => {
                    profile.teams.retain(|member| member != team);
                    if until.is_none_or(|until| view.as_of <= until) {
                        profile.teams.push(*team);
                    }
                }
                Fact::OutOfTeam(team) => profile.teams.retain(|member| member != team),
            }
        }
        Some(profile)
    }
}

fn fact(body: &EventBody) -> Option<Fact> {
    use EventBody as B;
    Some(match body {
        B::ManagerJoined(it) => Fact::Joined { code: it.code.clone(), named: it.name.is_some() },
        B::ManagerLeft(_) => Fact::Left,
        B::AbsenceStated(it) => Fact::Away { until: it.until, deputy: it.deputy },
        B::TeamJoined(it) => Fact::InTeam { team: it.team, until: it.until },
        B::TeamLeft(it) => Fact::OutOfTeam(it.team),
        _ => return None,
    })
}
