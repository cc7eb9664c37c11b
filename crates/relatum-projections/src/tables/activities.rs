//! What was planned and held, and what was undertaken.

use chrono::NaiveDate;

use super::fields::{Field, From, Of};
use crate::activities::{
    ActionLine, ActionsOptions, ActivityState, CadenceLine, CadenceOptions, CadenceState, PlanLine,
    PlanOptions, a_year_after,
};
use crate::models::Which;
use crate::words::kind_of;

const ACTIVITIES: Which = Which { directory: true, activities: true, ..Which::NONE };

/// Activities and their occurrences.
pub(super) static ACTIVITY: Of<PlanLine> = Of {
    name: "activities",
    about: "a call, visit or other activity, or an occurrence of one, up to a year ahead",
    fields: &[
        Field::id("account", "with whom", |it| it.activity.account.into()),
        Field::text("account_name", "their name", |it| (&it.account_name).into()),
        Field::id("activity", "which activity", |it| it.activity.activity.into()),
        Field::text("kind", "`call`, `visit`, `meeting`, `training` or `merchandising`", |it| {
            kind_of(it.activity.kind).into()
        }),
        Field::text("state", "`planned`, `held`, `cancelled` or `missed`", |it| {
            let word = match it.activity.state {
                ActivityState::Planned => "planned",
                ActivityState::Held => "held",
                ActivityState::Cancelled => "cancelled",
                ActivityState::Missed => "missed",
            };
            word.into()
        }),
        Field::day("day", "on which day it should be, or should have been", |it| {
            it.activity.day.into()
        }),
        Field::day("planned_for", "for which day it was planned at first; none: unplanned", |it| {
            it.activity.planned.into()
        }),
        Field::day("held_on", "on which day it was held", |it| it.activity.held_on.into()),
        Field::instant("starts", "at which instant it should begin", |it| {
            it.activity.starts.into()
        }),
        Field::integer("minutes", "how long it took, or should take", |it| {
            it.activity.minutes.into()
        }),
        Field::id("manager", "who held it, or should", |it| it.activity.manager.into()),
        Field::id("planned_by", "whose plan it was, or who held it unplanned", |it| {
            it.activity.planned_by.into()
        }),
        Field::text("outcome", "what came of it, such as `positive` or `not reached`", |it| {
            it.activity.outcome.map(crate::words::outcome_of).into()
        }),
        Field::text("purpose", "what for", |it| it.activity.purpose.as_ref().into()),
        Field::event("event", "the event that ended it, else the one that planned it", |it| {
            it.activity.event.into()
        }),
    ],
    which: |_, _| ACTIVITIES,
    from: From::Accounts(|from, row| {
        let plan = PlanOptions {
            from: NaiveDate::MIN,
            to: a_year_after(from.view.as_of),
            account: from.account,
            managers: Vec::new(),
            states: Vec::new(),
        };
        let lines = plan.part(from.part, from.view);
        lines.iter().for_each(|it| row(it.activity.account.into(), it));
    }),
};

/// What was undertaken and is not done.
pub(super) static ACTIONS: Of<ActionLine> = Of {
    name: "actions",
    about: "something that was undertaken in a talk and is not done",
    fields: &[
        Field::id("account", "with whom", |it| it.account.into()),
        Field::text("account_name", "their name", |it| (&it.account_name).into()),
        Field::id("action", "the action", |it| it.action.into()),
        Field::id("manager", "who undertook it; the client's: who answers for the account", |it| {
            it.manager.into()
        }),
        Field::id("contact", "who on the client's side undertook it", |it| it.contact.into()),
        Field::day("since", "when it was undertaken", |it| it.since.into()),
        Field::day("due", "by when", |it| it.due.into()),
        Field::integer("overdue_days", "for how many days it is overdue", |it| {
            it.overdue_days.into()
        }),
        Field::event("event", "the event of the talk, which says what", |it| it.event.into()),
    ],
    which: |_, _| ACTIVITIES,
    from: From::Accounts(|from, row| {
        let options = ActionsOptions { account: from.account, ..ActionsOptions::default() };
        let lines = options.part(from.part, from.view);
        lines.iter().for_each(|it| row(it.account.into(), it));
    }),
};

/// How accounts stand against what their class asks for.
pub(super) static CADENCE: Of<CadenceLine> = Of {
    name: "cadence",
    about: "how an account stands against one target of its class; days are of the last 90",
    fields: &[
        Field::id("account", "which account", |it| it.account.into()),
        Field::text("account_name", "its name", |it| (&it.account_name).into()),
        Field::text("class", "its class", |it| (&it.class).into()),
        Field::id("manager", "who answers for it", |it| it.manager.into()),
        Field::text("kind", "by what it is to be contacted", |it| kind_of(it.kind).into()),
        Field::integer("every_days", "once in so many days", |it| u32::from(it.every_days).into()),
        Field::day("last", "the last contact of that kind", |it| it.last.map(|it| it.0).into()),
        Field::day("due", "by when the next one is due", |it| it.due.into()),
        Field::integer("overdue_days", "for how many days it is overdue", |it| {
            it.overdue_days.into()
        }),
        Field::day("next_planned", "for when the next one is planned", |it| it.next_planned.into()),
        Field::text(
            "state",
            "`kept`, `overdue`, or `planned`: overdue, and one is planned",
            |it| {
                let word = match it.state {
                    CadenceState::Kept => "kept",
                    CadenceState::Overdue => "overdue",
                    CadenceState::Planned => "planned",
                };
                word.into()
            },
        ),
        Field::integer("due_days", "days on which the target held", |it| it.due_days.into()),
        Field::integer("kept_days", "those of them that were kept", |it| it.kept_days.into()),
        Field::event("event", "the event of the last contact", |it| it.last.map(|it| it.1).into()),
    ],
    which: |_, _| ACTIVITIES,
    from: From::Accounts(|from, row| {
        let options = CadenceOptions { account: from.account, ..CadenceOptions::default() };
        let lines = options.part(from.part, from.common, from.view);
        lines.iter().for_each(|it| row(it.account.into(), it));
    }),
};
