//! What was planned and what became of it, occurrence by occurrence.

use chrono::{DateTime, NaiveDate, Utc};
use relatum_domain::activities::{Series, Told};
use relatum_domain::event::activity::{ActivityKind, Outcome};
use relatum_domain::{AccountId, ActivityId, Day, ManagerId, Stamp, View};
use relatum_stream::EventRef;
use serde::Serialize;

use super::{AccountActivities, Activities, Step};
use crate::merged;
use crate::models::Models;

/// What became of an activity, as of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ActivityState {
    /// Its day has not passed.
    Planned,
    /// It took place.
    Held,
    /// It will not take place.
    Cancelled,
    /// Its day has passed without a result.
    Missed,
}

/// An activity, or one occurrence of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ActivityLine {
    /// With which account.
    pub account: AccountId,
    /// Which activity.
    pub activity: ActivityId,
    /// The day for which it was planned, by which an occurrence goes; none: it was not planned.
    pub planned: Option<NaiveDate>,
    /// On which day it should be, or should have been; for what was not planned, when it was held.
    pub day: NaiveDate,
    /// On which day it was held.
    pub held_on: Option<NaiveDate>,
    /// At which instant it should begin.
    pub starts: Option<DateTime<Utc>>,
    /// How long it took, or should take.
    pub minutes: Option<u32>,
    /// What kind.
    pub kind: ActivityKind,
    /// Who held it, or should.
    pub manager: ManagerId,
    /// Whose plan it was, or who held it unplanned.
    pub planned_by: ManagerId,
    /// What became of it.
    pub state: ActivityState,
    /// What came of it.
    pub outcome: Option<Outcome>,
    /// What for.
    pub purpose: Option<String>,
    /// The event that ended it, else the one that planned it.
    pub event: EventRef,
}

impl ActivityLine {
    /// Whether somebody was reached.
    #[must_use]
    pub fn is_contact(&self) -> bool {
        self.outcome.is_some_and(|outcome| outcome != Outcome::NotReached)
    }
}

/// How far ahead plans that recur are looked at.
pub(crate) fn a_year_after(day: NaiveDate) -> NaiveDate {
    day.checked_add_days(chrono::Days::new(366)).unwrap_or(day)
}

/// How an occurrence ended: by which event, and what it tells if it was held.
#[derive(Debug)]
pub(super) struct End<'a> {
    pub(super) stamp: Stamp,
    pub(super) held: Option<&'a Step>,
}

/// What a plan says of all its occurrences.
pub(super) struct Plan<'a> {
    stamp: Stamp,
    pub(super) kind: ActivityKind,
    pub(super) manager: ManagerId,
    pub(super) purpose: Option<&'a str>,
    pub(super) minutes: Option<u32>,
    pub(super) series: Series<End<'a>>,
}

fn instant(seconds: Option<i64>) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(seconds?, 0)
}

impl<'a> Plan<'a> {
    /// What the steps of an activity come to, if it was planned.
    pub(super) fn of(steps: &[(Stamp, &'a Step)]) -> Option<Self> {
        let days = steps.iter().map(|(stamp, step)| (stamp.effective(), told(*stamp, step)));
        let series = Series::told(days)?;
        let plan = steps.iter().find(|(_, step)| matches!(step, Step::Planned { .. }))?;
        let (stamp, Step::Planned { kind, manager, purpose, minutes, .. }) = *plan else {
            return None;
        };
        let (kind, manager, minutes) = (*kind, *manager, *minutes);
        Some(Self { stamp, kind, manager, purpose: purpose.as_deref(), minutes, series })
    }
}

fn told(stamp: Stamp, step: &Step) -> Told<End<'_>> {
    let date = |day: &Option<Day>| day.map(Day::date);
    match step {
        Step::Planned { day, rule, starts, .. } => {
            let (first, rule) = (day.date(), rule.clone());
            Told::Planned { first, rule, starts: instant(*starts) }
        }
        Step::Moved { occurrence, day, starts } => {
            let (occurrence, to) = (date(occurrence), day.date());
            Told::Moved { occurrence, to, starts: instant(*starts) }
        }
        Step::Cancelled(None) => Told::Stopped(End { stamp, held: None }),
        Step::Cancelled(occurrence) => {
            let how = End { stamp, held: None };
            Told::Ended { occurrence: date(occurrence), how }
        }
        Step::Held { occurrence, .. } => {
            let how = End { stamp, held: Some(step) };
            Told::Ended { occurrence: date(occurrence), how }
        }
    }
}

impl Activities {
    /// What is known of the activities with an account up to `until`, in no particular order.
    pub(crate) fn lines(
        &self,
        account: AccountId,
        until: NaiveDate,
        view: &View,
    ) -> Vec<ActivityLine> {
        let Some(activities) = self.accounts.get(&account) else { return Vec::new() };
        let all = activities.activities.iter();
        all.flat_map(|(activity, steps)| lines(account, *activity, activities, steps, until, view))
            .collect()
    }

    /// For when the next activity with an account is planned, up to a year ahead.
    pub(crate) fn next_planned(&self, account: AccountId, view: &View) -> Option<NaiveDate> {
        let lines = self.lines(account, a_year_after(view.as_of), view);
        let planned = lines.into_iter().filter(|it| it.state == ActivityState::Planned);
        planned.map(|it| it.day).min()
    }

    /// Every account with which anything was planned or held.
    pub(crate) fn accounts(&self) -> impl Iterator<Item = AccountId> + '_ {
        self.accounts.keys().copied()
    }
}

/// What was held without a plan.
fn unplanned(
    account: AccountId,
    activity: ActivityId,
    (stamp, step): (Stamp, &Step),
) -> Option<ActivityLine> {
    let Step::Held { kind, manager, outcome, minutes, purpose, .. } = step else { return None };
    Some(ActivityLine {
        account,
        activity,
        planned: None,
        day: stamp.effective(),
        held_on: Some(stamp.effective()),
        starts: None,
        minutes: *minutes,
        kind: *kind,
        manager: *manager,
        planned_by: *manager,
        state: ActivityState::Held,
        outcome: Some(*outcome),
        purpose: purpose.clone(),
        event: merged::event(account, stamp.version),
    })
}

/// The occurrences of one activity.
fn lines(
    account: AccountId,
    activity: ActivityId,
    activities: &AccountActivities,
    steps: &[(Stamp, Step)],
    until: NaiveDate,
    view: &View,
) -> Vec<ActivityLine> {
    let shown = activities.shown(steps, view);
    let event = |stamp: Stamp| merged::event(account, stamp.version);
    let Some(plan) = Plan::of(&shown) else {
        // One identity is held once.
        let held = shown.iter().find_map(|it| unplanned(account, activity, *it));
        return held.into_iter().filter(|it| it.day <= until).collect();
    };
    // What is over is known, whatever day it was for.
    let occurrences = plan.series.occurrences(until).into_iter();
    let occurrences = occurrences.filter(|it| it.day <= until || it.end.is_some());
    let mut lines = Vec::new();
    for it in occurrences {
        let state = match it.end {
            Some(End { held: Some(_), .. }) => ActivityState::Held,
            Some(_) => ActivityState::Cancelled,
            None if it.day < view.as_of => ActivityState::Missed,
            None => ActivityState::Planned,
        };
        let mut line = ActivityLine {
            account,
            activity,
            planned: Some(it.planned),
            day: it.day,
            held_on: None,
            starts: it.starts,
            minutes: plan.minutes,
            kind: plan.kind,
            manager: plan.manager,
            planned_by: plan.manager,
            state,
            outcome: None,
            purpose: plan.purpose.map(str::to_owned),
            event: event(it.end.map_or(plan.stamp, |end| end.stamp)),
        };
        if let Some(End {
            stamp,
            held: Some(Step::Held { kind, manager, outcome, minutes, purpose, .. }),
        }) = it.end
        {
            line.held_on = Some(stamp.effective());
            line.minutes = minutes.or(line.minutes);
            (line.kind, line.manager, line.outcome) = (*kind, *manager, Some(*outcome));
            line.purpose = purpose.clone().or(line.purpose);
        }
        lines.push(line);
    }
    lines
}

/// Which part of the plan is wanted: the days from `from` to `to`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanOptions {
    /// The first day.
    pub from: NaiveDate,
    /// The last day; it may be later than that of the view.
    pub to: NaiveDate,
    /// Only with this account.
    pub account: Option<AccountId>,
    /// Only what these managers hold or should; empty: all.
    pub managers: Vec<ManagerId>,
    /// Only what stands so; empty: all.
    pub states: Vec<ActivityState>,
}

/// An activity in a plan, with the account's name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlanLine {
    /// The account's name.
    pub account_name: String,
    /// The activity.
    #[serde(flatten)]
    pub activity: ActivityLine,
}

impl PlanOptions {
    /// The activities with the accounts of `part`, in no particular order.
    #[must_use]
    pub fn part(&self, part: &Models, view: &View) -> Vec<PlanLine> {
        let mut plan = Vec::new();
        for account in part.activities.accounts() {
            if self.account.is_some_and(|only| only != account) {
                continue;
            }
            let mut lines = part.activities.lines(account, self.to, view);
            lines.retain(|it| self.takes(it));
            if lines.is_empty() {
                continue;
            }
            let name = part.directory.account_name(account, view);
            let named = |activity| PlanLine { account_name: name.clone(), activity };
            plan.extend(lines.into_iter().map(named));
        }
        plan
    }

    fn takes(&self, line: &ActivityLine) -> bool {
        (self.from..=self.to).contains(&line.day)
            && (self.managers.is_empty() || self.managers.contains(&line.manager))
            && (self.states.is_empty() || self.states.contains(&line.state))
    }

    /// All of them, by day and instant.
    #[must_use]
    pub fn whole(mut plan: Vec<PlanLine>) -> Vec<PlanLine> {
        plan.sort_by_cached_key(|it| {
            let line = &it.activity;
            (line.day, line.starts, it.account_name.clone(), line.activity, line.planned)
        });
        plan
    }
}
