//! Decisions on calls, visits and other activities.

use chrono::NaiveDate;

use super::refused::ActivityRefused;
use super::state::{End, State, Step};
use crate::activities::{Recurrence, Series, Told};
use crate::event::{Event, EventBody};
use crate::ids::ActivityId;

pub(super) fn check(state: &State, event: &Event) -> Result<(), ActivityRefused> {
    use EventBody as B;
    let about = |activity| About { state, activity, event };
    match &event.body {
        B::ActivityPlanned(it) => {
            about(it.activity).is_new()?;
            it.recurrence.as_deref().map_or(Ok(()), |rule| recurs(rule, it.day))
        }
        // What is moved or cancelled must be planned; without an occurrence all of it is meant.
        B::ActivityRescheduled(it) => {
            let series = about(it.activity).planned()?;
            match it.occurrence {
                None if series.recurs() => about(it.activity).movable(&series, it.day),
                occurrence => about(it.activity).open(&series, occurrence),
            }
        }
        B::ActivityCancelled(it) => {
            let series = about(it.activity).planned()?;
            about(it.activity).open(&series, it.occurrence)
        }
        // Held without a plan is a fact like any other.
        B::ActivityHeld(it) => match about(it.activity).planned() {
            Ok(series) if series.recurs() && it.occurrence.is_none() => {
                Err(ActivityRefused::WhichOccurrence { activity: it.activity })
            }
            Ok(series) => about(it.activity).open(&series, it.occurrence),
            Err(_) => about(it.activity).is_new(),
        },
        _ => Ok(()),
    }
}

/// A rule must be readable, end, and begin on the first day.
fn recurs(rule: &str, day: NaiveDate) -> Result<(), ActivityRefused> {
    let read: Recurrence = rule.parse().map_err(|error| ActivityRefused::Unreadable { error })?;
    let rule = rule.to_owned();
    if !read.ends() {
        return Err(ActivityRefused::Endless { rule });
    }
    if read.days(day).next() != Some(day) {
        return Err(ActivityRefused::FirstDay { rule, day });
    }
    Ok(())
}

/// An activity, and the event that is about it.
struct About<'a> {
    state: &'a State,
    activity: ActivityId,
    event: &'a Event,
}

impl About<'_> {
    /// What was told of it.
    fn told(&self) -> impl Iterator<Item = (NaiveDate, Told<End>)> {
        self.state.steps(self.activity.uuid()).filter_map(|step| match step {
            Step::Activity(day, told) => Some((*day, told.clone())),
            _ => None,
        })
    }

    /// Nobody planned it or held it. An amendment stands where what it replaces stood: what came
    /// after that is not in its way.
    fn is_new(&self) -> Result<(), ActivityRefused> {
        let activity = self.activity;
        if self.event.amends.is_some() {
            return Ok(());
        }
        let mut told = self.told();
        match (&self.event.body, told.find(|(_, told)| !matches!(told, Told::Moved { .. }))) {
            (_, None) => Ok(()),
            (
                EventBody::ActivityHeld(_),
                Some((_, Told::Ended { how, .. } | Told::Stopped(how))),
            ) => Err(ActivityRefused::Over { activity, how: how.in_words() }),
            _ => Err(ActivityRefused::Exists { activity }),
        }
    }

    /// Its occurrences, as they stand.
    fn planned(&self) -> Result<Series<End>, ActivityRefused> {
        Series::told(self.told()).ok_or(ActivityRefused::Unknown { activity: self.activity })
    }

    /// The occurrence that is meant is there and is not over.
    fn open(
        &self,
        series: &Series<End>,
        occurrence: Option<NaiveDate>,
    ) -> Result<(), ActivityRefused> {
        let activity = self.activity;
        if let Some(occurrence) = occurrence.filter(|day| !series.has(*day)) {
            return Err(ActivityRefused::OccurrenceUnknown { activity, occurrence });
        }
        if self.event.amends.is_some() {
            return Ok(());
        }
        let planned = series.meant(occurrence, self.event.effective);
        match (planned.and_then(|planned| series.ended(planned)), occurrence) {
            (None, _) => Ok(()),
            (Some(_), Some(occurrence)) if series.recurs() => {
                Err(ActivityRefused::OccurrenceOver { activity, occurrence })
            }
            (Some(end), _) => Err(ActivityRefused::Over { activity, how: end.in_words() }),
        }
    }

    /// Something of the series is still to come, and does not come to lie on or before what stays.
    fn movable(&self, series: &Series<End>, to: NaiveDate) -> Result<(), ActivityRefused> {
        let activity = self.activity;
        let today = self.event.effective;
        let Some(next) = series.next(today) else {
            return Err(ActivityRefused::NothingToCome { activity, today });
        };
        match series.before(next) {
            Some(before) if to <= before => {
                Err(ActivityRefused::Overtakes { activity, to, before })
            }
            _ => Ok(()),
        }
    }
}
