//! Plans as calendars want them: a series as one appointment, with what differs from it.

use std::collections::BTreeSet;

use chrono::{NaiveDate, NaiveTime};
use relatum_domain::activities::Recurrence;
use relatum_domain::event::activity::ActivityKind;
use relatum_domain::{AccountId, ActivityId, ManagerId, Recorded, View};

use super::line::{ActivityLine, ActivityState, Plan, a_year_after, lines_of};
use crate::models::Models;

/// Whose appointments are wanted: those with an occurrence from `from` to `to`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppointmentsOptions {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
    /// Only with this account.
    pub account: Option<AccountId>,
    /// Only in the plans of these managers; empty: of all.
    pub managers: Vec<ManagerId>,
}

/// An activity that was planned, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appointment {
    /// Which activity.
    pub activity: ActivityId,
    /// With which account.
    pub account: AccountId,
    /// The account's name.
    pub account_name: String,
    /// What kind.
    pub kind: ActivityKind,
    /// What for.
    pub purpose: Option<String>,
    /// In whose plan.
    pub manager: ManagerId,
    /// The first day.
    pub first: NaiveDate,
    /// At which time, in UTC; none: some time of the day.
    pub time: Option<NaiveTime>,
    /// How long.
    pub minutes: Option<u32>,
    /// By which rule it recurs, if one says so.
    pub rule: Option<Recurrence>,
    /// The other days, where no rule says them.
    pub days: Vec<NaiveDate>,
    /// Days of the plan on which nothing takes place.
    pub cancelled: Vec<NaiveDate>,
    /// Occurrences on another day or at another time than the plan has them.
    pub moved: Vec<Exception>,
    /// Whether none of it takes place.
    pub off: bool,
    /// Grows with everything that is told about it.
    pub sequence: u32,
    /// When the log learned the last of that.
    pub changed: Recorded,
}

/// An occurrence on another day or at another time than the plan has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exception {
    /// The day for which the plan has it.
    pub planned: NaiveDate,
    /// On which day it is.
    pub day: NaiveDate,
    /// At which time, in UTC; none: some time of the day.
    pub time: Option<NaiveTime>,
}

impl AppointmentsOptions {
    /// The appointments with the accounts of `part`, in no particular order.
    #[must_use]
    pub fn part(&self, part: &Models, view: &View) -> Vec<Appointment> {
        let mut all = Vec::new();
        for (account, activities) in &part.activities.accounts {
            if self.account.is_some_and(|only| only != *account) {
                continue;
            }
            let corrected = activities.corrected.iter().filter(|it| **it <= view.known_at);
            let corrected: Vec<Recorded> = corrected.copied().collect();
            for (activity, steps) in &activities.activities {
                let shown = activities.shown(steps, view);
                let Some(plan) = Plan::of(&shown) else { continue };
                // A rule says its later days itself.
                let until = self.to.max(a_year_after(view.as_of));
                let lines = lines_of(*account, *activity, &plan, until, view);
                let wanted = (self.managers.is_empty() || self.managers.contains(&plan.manager))
                    && lines.iter().any(|it| (self.from..=self.to).contains(&it.day));
                if !wanted {
                    continue;
                }
                let known = steps.iter().map(|(stamp, _)| stamp.recorded);
                let known: Vec<Recorded> =
                    known.filter(|it| *it <= view.known_at).chain(corrected.clone()).collect();
                let name = part.directory.account_name(*account, view);
                all.push(appointment(*account, name, *activity, &plan, &lines, &known));
            }
        }
        all
    }

    /// All of them, by their first day.
    #[must_use]
    pub fn whole(mut all: Vec<Appointment>) -> Vec<Appointment> {
        all.sort_by_key(|it| (it.first, it.time, it.activity));
        all
    }
}

fn appointment(
    account: AccountId,
    account_name: String,
    activity: ActivityId,
    plan: &Plan<'_>,
    lines: &[ActivityLine],
    known: &[Recorded],
) -> Appointment {
    let is_off = |it: &&ActivityLine| it.state == ActivityState::Cancelled;
    let off = lines.iter().all(|it| is_off(&it));
    let rule = plan.series.rule().cloned();
    let planned = |it: &ActivityLine| it.planned.unwrap_or(it.day);
    // What did not recur is where it is; a series keeps its first day, and says what differs.
    let recurs = plan.series.recurs();
    let first = lines.iter().map(|it| if recurs { planned(it) } else { is_on(it).0 }).min();
    let first = first.unwrap_or(NaiveDate::MAX);
    let one_time = lines.first().and_then(|it| is_on(it).1);
    let (mut days, mut moved) = (BTreeSet::new(), Vec::new());
    let mut cancelled = Vec::new();
    if recurs {
        for it in lines {
            let (day, time) = is_on(it);
            if rule.is_none() && planned(it) != first {
                days.insert(planned(it));
            }
            if is_off(&it) {
                cancelled.push(planned(it));
            } else if (day, time) != (planned(it), plan.time) {
                moved.push(Exception { planned: planned(it), day, time });
            }
        }
    }
    // Series that were stopped keep only what is left of them.
    if rule.is_none() {
        days.retain(|day| !cancelled.contains(day));
        cancelled.retain(|day| *day == first);
    }
    Appointment {
        activity,
        account,
        account_name,
        kind: plan.kind,
        purpose: plan.purpose.map(str::to_owned),
        manager: plan.manager,
        first,
        time: if recurs { plan.time } else { one_time },
        minutes: plan.minutes,
        rule,
        days: days.into_iter().collect(),
        cancelled,
        moved,
        off,
        sequence: u32::try_from(known.len().saturating_sub(1)).unwrap_or(u32::MAX),
        changed: known.iter().copied().max().unwrap_or_default(),
    }
}

/// On which day something is, or was held; and at which time.
fn is_on(line: &ActivityLine) -> (NaiveDate, Option<NaiveTime>) {
    match line.held_on {
        Some(day) if day != line.day => (day, None),
        _ => (line.day, line.starts.map(|at| at.time())),
    }
}
