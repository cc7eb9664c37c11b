//! Managers, teams and territories, and who belonged where.

use relatum_domain::event::organisation::TeamKind;
use relatum_domain::{ManagerId, TeamId};

use super::fields::{Field, From, Of};
use crate::directory::{ManagerProfile, Member, TeamProfile};
use crate::merged;
use crate::models::Which;

const DIRECTORY: Which = Which { directory: true, ..Which::NONE };

type Manager = (ManagerId, ManagerProfile);

/// Who the managers are.
pub(super) static MANAGERS: Of<Manager> = Of {
    name: "managers",
    about: "a manager, as known on the day; names are personal and stay in the log",
    fields: &[
        Field::id("manager", "the manager", |it| it.0.into()),
        Field::text("code", "the tenant's number or code for them", |it| it.1.code.as_ref().into()),
        Field::flag("gone", "whether they left", |it| it.1.left.into()),
        Field::id("deputy", "who stands in for them on the day", |it| it.1.deputy.into()),
        Field::text("pay_plan", "the pay plan that applies to them", |it| {
            it.1.pay_plan.as_ref().into()
        }),
        Field::integer("teams", "to how many teams and territories they belong", |it| {
            it.1.teams.len().into()
        }),
        Field::event("event", "the event that tells their name", |it| it.1.named_by.into()),
    ],
    which: |_, _| DIRECTORY,
    from: From::Common(|from, row| {
        from.common.directory.managers(from.view).for_each(|it| row(it.0.into(), &it));
    }),
};

type Team = (TeamId, TeamProfile);

/// Teams and territories.
pub(super) static TEAMS: Of<Team> = Of {
    name: "teams",
    about: "a team or a territory, as known on the day",
    fields: &[
        Field::id("team", "the team", |it| it.0.into()),
        Field::text("name", "its name", |it| it.1.name.as_ref().into()),
        Field::text("kind", "`team` or `territory`", |it| {
            let word = match it.1.kind {
                TeamKind::Team => "team",
                TeamKind::Territory => "territory",
            };
            word.into()
        }),
        Field::id("lead", "who leads it", |it| it.1.lead.into()),
        Field::id("parent", "of which it is part", |it| it.1.parent.into()),
        Field::flag("dissolved", "whether it is no more", |it| it.1.dissolved.into()),
    ],
    which: |_, _| DIRECTORY,
    from: From::Common(|from, row| {
        from.common.directory.teams(from.view).for_each(|it| row(it.0.into(), &it));
    }),
};

type Membership = (ManagerId, Member);

/// Who belonged where from when to when.
pub(super) static MEMBERSHIPS: Of<Membership> = Of {
    name: "memberships",
    about: "a manager in a team or a territory from a day to a day",
    fields: &[
        Field::id("manager", "who", |it| it.0.into()),
        Field::id("team", "where", |it| it.1.team.into()),
        Field::day("first_day", "the first day", |it| it.1.from.into()),
        Field::day("last_day", "the last day; none: none is known", |it| it.1.to.into()),
        Field::event("event", "the event that says so", |it| {
            merged::event(it.0, it.1.version).into()
        }),
    ],
    which: |_, _| DIRECTORY,
    from: From::Common(|from, row| {
        from.common.directory.memberships(from.view).for_each(|it| row(it.0.into(), &it));
    }),
};
