//! The occurrences of one plan, and what became of each.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate, TimeDelta};

use super::recurrence::Recurrence;

/// What a plan comes to: one occurrence, or one for each day of its recurrence.
///
/// An occurrence goes by the day for which it is planned, wherever it is moved by itself. A plan
/// that does not recur has one occurrence, however it is called. `T` says how one ended.
///
/// # Example
/// ```
/// use chrono::{Days, NaiveDate};
/// use relatum_domain::activities::Series;
/// let monday = NaiveDate::from_ymd_opt(2026, 1, 5).unwrap();
/// let week = |weeks: u64| monday + Days::new(7 * weeks);
/// let mut calls = Series::new(monday, Some("FREQ=WEEKLY;COUNT=3"));
/// calls.end(Some(monday), monday, "held");
/// calls.move_to(Some(week(1)), monday, week(1) + Days::new(1));
/// let all: Vec<_> = calls.occurrences(week(9)).into_iter().map(|it| (it.day, it.end)).collect();
/// let tuesday = week(1) + Days::new(1);
/// assert_eq!(all, [(monday, Some(&"held")), (tuesday, None), (week(2), None)]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series<T> {
    first: NaiveDate,
    rule: Option<Recurrence>,
    /// From which day on all were moved, and by how many days; one after the other.
    shifts: Vec<(NaiveDate, TimeDelta)>,
    /// To which day single ones were moved.
    moved: BTreeMap<NaiveDate, NaiveDate>,
    ended: BTreeMap<NaiveDate, T>,
    /// From which day on there are no more, and how that came.
    stopped: Option<(NaiveDate, T)>,
}

/// One occurrence of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occurrence<'a, T> {
    /// What it goes by: the day for which the plan has it.
    pub planned: NaiveDate,
    /// On which day it should be.
    pub day: NaiveDate,
    /// How it ended, if it did.
    pub end: Option<&'a T>,
}

impl<T> Series<T> {
    /// A plan from `first` on, which is its first day whatever `rule` says of it. What is no rule
    /// makes one occurrence.
    #[must_use]
    pub fn new(first: NaiveDate, rule: Option<&str>) -> Self {
        Self {
            first,
            rule: rule.and_then(|rule| rule.parse().ok()),
            shifts: Vec::new(),
            moved: BTreeMap::new(),
            ended: BTreeMap::new(),
            stopped: None,
        }
    }

    /// Whether it has several occurrences.
    #[must_use]
    pub const fn recurs(&self) -> bool {
        self.rule.is_some()
    }

    /// The rule, where it still says on which days the occurrences are: the first day is one of
    /// them, and they were neither moved as a whole nor stopped.
    #[must_use]
    pub fn rule(&self) -> Option<&Recurrence> {
        let rule = self.rule.as_ref().filter(|_| self.shifts.is_empty() && self.stopped.is_none());
        rule.filter(|rule| rule.days(self.first).next() == Some(self.first))
    }

    /// Moves the occurrence of a day to another; none: all that are still to come on `today`, so
    /// that the next one falls on `to` and the others keep their distance from it.
    pub fn move_to(&mut self, occurrence: Option<NaiveDate>, today: NaiveDate, to: NaiveDate) {
        match occurrence {
            _ if self.rule.is_none() => drop(self.moved.insert(self.first, to)),
            Some(occurrence) => drop(self.moved.insert(occurrence, to)),
            None => {
                let Some(next) = self.next(today) else { return };
                let by = to.signed_duration_since(next);
                // Single ones that are to come go with the others.
                self.moved.retain(|planned, _| *planned < next);
                let later = self.ended.split_off(&next);
                let moved = later.into_iter().map(|(planned, end)| (plus(planned, by), end));
                self.ended.extend(moved);
                self.shifts.push((next, by));
            }
        }
    }

    /// The occurrence of a day ended on `today`; none: the one that is meant by then, the last that
    /// should have been or else the next.
    pub fn end(&mut self, occurrence: Option<NaiveDate>, today: NaiveDate, how: T) {
        if let Some(planned) = self.meant(occurrence, today) {
            self.ended.entry(planned).or_insert(how);
        }
    }

    /// There are no more from `today` on. A plan that does not recur ends, whatever its day is.
    pub fn stop(&mut self, today: NaiveDate, how: T) {
        let from = if self.rule.is_some() { today } else { NaiveDate::MIN };
        self.stopped.get_or_insert((from, how));
    }

    /// Which occurrence is meant by a day, or by none on `today`.
    #[must_use]
    pub fn meant(&self, occurrence: Option<NaiveDate>, today: NaiveDate) -> Option<NaiveDate> {
        if self.rule.is_none() {
            return Some(self.first);
        }
        occurrence.or_else(|| {
            let due = self.occurrences(today);
            let mut due = due.into_iter().filter(|it| it.end.is_none() && it.day <= today);
            due.next_back().map(|it| it.planned).or_else(|| self.next(today))
        })
    }

    /// Whether the plan has an occurrence that goes by that day.
    #[must_use]
    pub fn has(&self, planned: NaiveDate) -> bool {
        self.rule.is_none()
            || self.laid_out().take_while(|day| *day <= planned).any(|it| it == planned)
    }

    /// How the occurrence of a day ended, if it did.
    #[must_use]
    pub fn ended(&self, occurrence: Option<NaiveDate>, today: NaiveDate) -> Option<&T> {
        let planned = self.meant(occurrence, today)?;
        self.ended.get(&planned).or_else(|| self.stop_of(self.day_of(planned)))
    }

    /// All occurrences that go by a day up to `until`, and later ones that were moved or ended, in
    /// the order of the days they go by.
    #[must_use]
    pub fn occurrences(&self, until: NaiveDate) -> Vec<Occurrence<'_, T>> {
        let days = self.laid_out().take_while(|day| *day <= until);
        let mut planned: Vec<NaiveDate> = days.collect();
        planned.extend(self.moved.keys().chain(self.ended.keys()));
        planned.sort_unstable();
        planned.dedup();
        let one = |planned| {
            let day = self.day_of(planned);
            let end = self.ended.get(&planned).or_else(|| self.stop_of(day));
            Occurrence { planned, day, end }
        };
        planned.into_iter().map(one).collect()
    }

    fn day_of(&self, planned: NaiveDate) -> NaiveDate {
        self.moved.get(&planned).copied().unwrap_or(planned)
    }

    fn stop_of(&self, day: NaiveDate) -> Option<&T> {
        self.stopped.as_ref().filter(|(from, _)| day >= *from).map(|(_, how)| how)
    }

    /// The first occurrence that is open and goes by `today` or a later day.
    fn next(&self, today: NaiveDate) -> Option<NaiveDate> {
        let open = |planned: &NaiveDate| *planned >= today && !self.ended.contains_key(planned);
        self.laid_out().find(open)
    }

    /// The days of the plan, moved as a whole as often as it was.
    fn laid_out(&self) -> impl Iterator<Item = NaiveDate> + '_ {
        let after = self.first.checked_add_days(Days::new(1));
        let rest = self.rule.iter().flat_map(|rule| rule.days(self.first));
        let rest = rest.skip_while(move |day| after.is_none_or(|after| *day < after));
        std::iter::once(self.first).chain(rest).map(|day| {
            let shifted = self.shifts.iter();
            shifted.fold(day, |day, (from, by)| if day >= *from { plus(day, *by) } else { day })
        })
    }
}

fn plus(day: NaiveDate, by: TimeDelta) -> NaiveDate {
    day.checked_add_signed(by).unwrap_or(day)
}
