//! Decisions on calls, visits and other activities.

use chrono::NaiveDate;

use super::refused::ActivityRefused;
use super::state::{End, State, Step};
use crate::activities::{Recurrence, Series};
use crate::event::{Event, EventBody};
use crate::ids::ActivityId;

pub(super) fn check(state: &State, event: &Event) -> Result<(), ActivityRefused> {
    use EventBody as B;
    let today = event.effective;
    match &event.body {
        B::ActivityPlanned(it) => {
            if state.exists(it.activity.uuid()) {
                return Err(ActivityRefused::Exists { activity: it.activity });
            }
            it.recurrence.as_deref().map_or(Ok(()), |rule| recurs(rule, it.day))
        }
        // One that is moved or cancelled must be planned; without an occurrence all of it is meant.
        B::ActivityRescheduled(it) => {
            let series = planned(state, it.activity)?;
            open(&series, it.activity, it.occurrence, today)
        }
        B::ActivityCancelled(it) => {
            let series = planned(state, it.activity)?;
            open(&series, it.activity, it.occurrence, today)
        }
        // Held without a plan is a fact like any other.
        B::ActivityHeld(it) => match planned(state, it.activity) {
            Ok(series) if series.recurs() && it.occurrence.is_none() => {
                Err(ActivityRefused::WhichOccurrence { activity: it.activity })
            }
            Ok(series) => open(&series, it.activity, it.occurrence, today),
            Err(_) if state.exists(it.activity.uuid()) => {
                let how = End::Held.in_words();
                Err(ActivityRefused::Over { activity: it.activity, how })
            }
            Err(_) => Ok(()),
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

/// The occurrences of an activity that was planned, as they stand.
fn planned(state: &State, activity: ActivityId) -> Result<Series<End>, ActivityRefused> {
    let mut series = None;
    for step in state.steps(activity.uuid()) {
        match (step, &mut series) {
            (Step::Planned { first, rule }, _) => {
                series = Some(Series::new(*first, rule.as_deref()));
            }
            (Step::Moved { told, occurrence, to }, Some(series)) => {
                series.move_to(*occurrence, *told, *to);
            }
            (
                Step::OccurrenceOver { told, occurrence: None, how: End::Cancelled },
                Some(series),
            ) => {
                series.stop(*told, End::Cancelled);
            }
            (Step::OccurrenceOver { told, occurrence, how }, Some(series)) => {
                series.end(*occurrence, *told, *how);
            }
            _ => {}
        }
    }
    series.ok_or(ActivityRefused::Unknown { activity })
}

/// What is meant is there and is not over.
fn open(
    series: &Series<End>,
    activity: ActivityId,
    occurrence: Option<NaiveDate>,
    today: NaiveDate,
) -> Result<(), ActivityRefused> {
    if let Some(occurrence) = occurrence.filter(|day| !series.has(*day)) {
        return Err(ActivityRefused::OccurrenceUnknown { activity, occurrence });
    }
    match (series.ended(occurrence, today), occurrence) {
        (None, _) => Ok(()),
        (Some(_), Some(occurrence)) if series.recurs() => {
            Err(ActivityRefused::OccurrenceOver { activity, occurrence })
        }
        (Some(end), _) => Err(ActivityRefused::Over { activity, how: end.in_words() }),
    }
}
