//! Plans as calendars want them: a series as one appointment, with what differs from it.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use relatum_domain::activities::{Occurrence, Recurrence};
use relatum_domain::event::activity::ActivityKind;
use relatum_domain::{AccountId, ActivityId, ManagerId, Recorded, Stamp, View};

use super::line::{End, Plan, a_year_after};
use super::{AccountActivities, Step};
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

/// When something is: on a day, and at an instant where one is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct When {
    /// The day of the business.
    pub day: NaiveDate,
    /// The instant; in UTC it may be of another day.
    pub at: Option<DateTime<Utc>>,
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
    /// The first occurrence, as the plan has it where it recurs.
    pub first: When,
    /// How long.
    pub minutes: Option<u32>,
    /// By which rule it recurs, if one says so.
    pub rule: Option<Recurrence>,
    /// The other occurrences, where no rule says them.
    pub others: Vec<When>,
    /// Occurrences of the plan that do not take place.
    pub cancelled: Vec<When>,
    /// Occurrences that are not when the plan has them: when it has them, and when they are.
    pub moved: Vec<(When, When)>,
    /// Whether none of it takes place.
    pub off: bool,
    /// Grows with everything that is told about it.
    pub sequence: u32,
    /// When the log learned the last of that.
    pub changed: Recorded,
}

impl AppointmentsOptions {
    /// The appointments with the accounts of `part`, in no particular order.
    ///
    /// A plan that is known and no longer stands, or is another manager's now, is off: a calendar
    /// that has it should take it out.
    #[must_use]
    pub fn part(&self, part: &Models, view: &View) -> Vec<Appointment> {
        let mut all = Vec::new();
        for (account, activities) in &part.activities.accounts {
            if self.account.is_some_and(|only| only != *account) {
                continue;
            }
            for (activity, steps) in &activities.activities {
                let account_name = || part.directory.account_name(*account, view);
                let ids = (*account, *activity);
                all.extend(self.one(ids, account_name, activities, steps, view));
            }
        }
        all
    }

    fn one(
        &self,
        (account, activity): (AccountId, ActivityId),
        account_name: impl Fn() -> String,
        activities: &AccountActivities,
        steps: &[(Stamp, Step)],
        view: &View,
    ) -> Option<Appointment> {
        let shown = activities.shown(steps, view);
        let ours =
            |plan: &Plan<'_>| self.managers.is_empty() || self.managers.contains(&plan.manager);
        let stands = Plan::of(&shown).filter(|plan| ours(plan));
        let off = stands.is_none();
        let known: Vec<(Stamp, &Step)> = steps
            .iter()
            .filter(|(stamp, _)| view.sees(*stamp))
            .map(|(stamp, step)| (*stamp, step))
            .collect();
        // What was told of a plan of ours and no longer holds, with all that was told of it.
        let plan = stands.or_else(|| {
            let plans = known.iter().filter(|(_, step)| matches!(step, Step::Planned { .. }));
            plans
                .filter_map(|plan| {
                    let others =
                        known.iter().filter(|(_, step)| !matches!(step, Step::Planned { .. }));
                    let told: Vec<_> = std::iter::once(plan).chain(others).copied().collect();
                    Plan::of(&told)
                })
                .find(|plan| ours(plan))
        })?;
        // A rule says what is later itself, but for what is told of it.
        let until = plan.series.last().unwrap_or_else(|| self.to.max(a_year_after(view.as_of)));
        let occurrences = plan.series.occurrences(until);
        let wanted = |day: NaiveDate| (self.from..=self.to).contains(&day);
        if !occurrences.iter().any(|it| wanted(it.day) || wanted(it.planned)) {
            return None;
        }
        let corrected = activities.corrected.iter().filter(|it| **it <= view.known_at);
        let told = known.iter().map(|(stamp, _)| stamp.recorded).chain(corrected.copied());
        let told: Vec<Recorded> = told.collect();
        let is_off = off || occurrences.iter().all(|it| is_off(it)) && plan.series.last().is_some();
        let mut it = Appointment {
            activity,
            account,
            account_name: account_name(),
            kind: plan.kind,
            purpose: plan.purpose.map(str::to_owned),
            manager: plan.manager,
            first: When { day: plan.series.first(), at: None },
            minutes: plan.minutes,
            rule: plan.series.rule().cloned(),
            others: Vec::new(),
            cancelled: Vec::new(),
            moved: Vec::new(),
            off: is_off,
            sequence: u32::try_from(told.len().saturating_sub(1)).unwrap_or(u32::MAX),
            changed: told.iter().copied().max().unwrap_or_default(),
        };
        it.lay_out(&occurrences, plan.series.recurs());
        Some(it)
    }

    /// All of them, by their first day.
    #[must_use]
    pub fn whole(mut all: Vec<Appointment>) -> Vec<Appointment> {
        all.sort_by_key(|it| (it.first, it.activity));
        all
    }
}

impl Appointment {
    fn lay_out(&mut self, occurrences: &[Occurrence<'_, End<'_>>], recurs: bool) {
        let Some(first) = occurrences.first() else { return };
        // What does not recur is where it is; a series keeps its first day, and says what differs.
        if !recurs {
            self.first = is_on(first);
            return;
        }
        self.first = has(first);
        let mut others = BTreeSet::new();
        for it in occurrences {
            let (planned, is) = (has(it), is_on(it));
            if self.rule.is_none() && planned != self.first && !is_off(it) {
                others.insert(planned);
            }
            if is_off(it) {
                // Without a rule only the first is there unless it is said.
                if self.rule.is_some() || planned == self.first {
                    self.cancelled.push(planned);
                }
            } else if planned != is {
                self.moved.push((planned, is));
            }
        }
        self.others = others.into_iter().collect();
    }
}

fn is_off(it: &Occurrence<'_, End<'_>>) -> bool {
    it.end.is_some_and(|end| end.held.is_none())
}

/// When the plan has it.
fn has(it: &Occurrence<'_, End<'_>>) -> When {
    When { day: it.planned, at: it.planned_at }
}

/// When it is, or was held.
fn is_on(it: &Occurrence<'_, End<'_>>) -> When {
    match it.end {
        Some(end) if end.held.is_some() && end.stamp.effective() != it.day => {
            When { day: end.stamp.effective(), at: None }
        }
        _ => When { day: it.day, at: it.starts },
    }
}
