//! The occurrences of one plan, and what became of each.

use std::collections::BTreeMap;

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, Utc};

use serde::{Deserialize, Serialize};

use super::recurrence::Recurrence;

/// What is told of an activity that was planned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Told<T> {
    /// It is planned for a day, and by a rule for others; none: it does not recur.
    Planned {
        /// The first day.
        first: NaiveDate,
        /// The rule, as it is written.
        rule: Option<String>,
        /// At which instant the first one begins.
        starts: Option<DateTime<Utc>>,
    },
    /// One occurrence, or all that are to come, were moved.
    Moved {
        /// Which, by the day it goes by; none: all that are to come.
        occurrence: Option<NaiveDate>,
        /// To which day.
        to: NaiveDate,
        /// At which instant it begins now.
        starts: Option<DateTime<Utc>>,
    },
    /// One occurrence ended.
    Ended {
        /// Which, by the day it goes by; none: the last that was due or else the next.
        occurrence: Option<NaiveDate>,
        /// How.
        how: T,
    },
    /// There are no more.
    Stopped(T),
}

/// What a plan comes to: one occurrence, or one for each day of its recurrence.
///
/// An occurrence goes by the day for which it is planned, wherever it is moved by itself. A plan
/// that does not recur has one occurrence, however it is called. `T` says how one ended.
///
/// # Example
/// ```
/// use chrono::{Days, NaiveDate};
/// use relatum_domain::activities::{Series, Told};
/// let monday = NaiveDate::from_ymd_opt(2026, 1, 5).unwrap();
/// let week = |weeks: u64| monday + Days::new(7 * weeks);
/// let tuesday = week(1) + Days::new(1);
/// let rule = Some("FREQ=WEEKLY;COUNT=3".to_owned());
/// let calls = Series::told([
///     (monday, Told::Planned { first: monday, rule, starts: None }),
///     (monday, Told::Ended { occurrence: Some(monday), how: "held" }),
///     (monday, Told::Moved { occurrence: Some(week(1)), to: tuesday, starts: None }),
/// ]);
/// let calls = calls.unwrap();
/// let all: Vec<_> = calls.occurrences(week(9)).into_iter().map(|it| (it.day, it.end)).collect();
/// assert_eq!(all, [(monday, Some(&"held")), (tuesday, None), (week(2), None)]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series<T> {
    first: NaiveDate,
    rule: Option<Recurrence>,
    /// How long after the beginning of their day, in UTC, they begin.
    begin: Option<TimeDelta>,
    shifts: Vec<Shift>,
    /// To which day single ones were moved, and when they begin there.
    moved: BTreeMap<NaiveDate, (NaiveDate, Option<TimeDelta>)>,
    ended: BTreeMap<NaiveDate, T>,
    /// From which day on there are no more, and how that came.
    stopped: Option<(NaiveDate, T)>,
}

/// All occurrences from a day on were moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Shift {
    from: NaiveDate,
    by: TimeDelta,
    begin: Option<TimeDelta>,
}

/// One occurrence of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occurrence<'a, T> {
    /// What it goes by: the day for which the plan has it.
    pub planned: NaiveDate,
    /// At which instant the plan has it.
    pub planned_at: Option<DateTime<Utc>>,
    /// On which day it should be.
    pub day: NaiveDate,
    /// At which instant it should begin.
    pub starts: Option<DateTime<Utc>>,
    /// How it ended, if it did.
    pub end: Option<&'a T>,
}

impl<T> Series<T> {
    /// What is told comes to, each with the day of its event, in the order in which it stands;
    /// none: it was not planned. The first plan is the plan. What is no rule makes one occurrence.
    pub fn told(all: impl IntoIterator<Item = (NaiveDate, Told<T>)>) -> Option<Self> {
        let mut series = None;
        let mut rest = Vec::new();
        for (today, told) in all {
            match (told, &series) {
                (Told::Planned { first, rule, starts }, None) => {
                    series = Some(Self {
                        first,
                        rule: rule.and_then(|rule| rule.parse().ok()),
                        begin: since_midnight(first, starts),
                        shifts: Vec::new(),
                        moved: BTreeMap::new(),
                        ended: BTreeMap::new(),
                        stopped: None,
                    });
                }
                (told, _) => rest.push((today, told)),
            }
        }
        let mut series = series?;
        rest.into_iter().for_each(|(today, told)| series.take(today, told));
        Some(series)
    }

    fn take(&mut self, today: NaiveDate, told: Told<T>) {
        match told {
            Told::Planned { .. } => {}
            Told::Moved { occurrence, to, starts } => {
                let begin = since_midnight(to, starts);
                match occurrence {
                    _ if self.rule.is_none() => drop(self.moved.insert(self.first, (to, begin))),
                    Some(occurrence) => drop(self.moved.insert(occurrence, (to, begin))),
                    None => self.shift(today, to, begin),
                }
            }
            Told::Ended { occurrence, how } => {
                if let Some(planned) = self.meant(occurrence, today) {
                    self.ended.entry(planned).or_insert(how);
                }
            }
            Told::Stopped(how) => {
                let from = if self.rule.is_some() { today } else { NaiveDate::MIN };
                self.stopped.get_or_insert((from, how));
            }
        }
    }

    /// Moves all that are still to come on `today`, so that the next one falls on `to` and the
    /// others keep their distance from it.
    fn shift(&mut self, today: NaiveDate, to: NaiveDate, begin: Option<TimeDelta>) {
        let Some(from) = self.next(today) else { return };
        let by = to.signed_duration_since(from);
        // Single ones that are to come go with the others; those that were stay where they were.
        let singles = self.moved.split_off(&from).into_iter();
        let past = singles.filter(|(_, (day, _))| *day < today);
        self.moved.extend(past.map(|(planned, moved)| (plus(planned, by), moved)));
        let later = self.ended.split_off(&from);
        self.ended.extend(later.into_iter().map(|(planned, end)| (plus(planned, by), end)));
        self.shifts.push(Shift { from, by, begin });
    }

    /// Whether it has several occurrences.
    #[must_use]
    pub const fn recurs(&self) -> bool {
        self.rule.is_some()
    }

    /// The first day.
    #[must_use]
    pub const fn first(&self) -> NaiveDate {
        self.first
    }

    /// The rule, where it still says on which days the occurrences are, and when: the first day is
    /// one of them, they begin on it in UTC too, and were neither moved as a whole nor stopped.
    #[must_use]
    pub fn rule(&self) -> Option<&Recurrence> {
        let as_planned = self.shifts.is_empty() && self.stopped.is_none();
        let rule = self.rule.as_ref().filter(|_| as_planned && self.begin.is_none_or(within_a_day));
        rule.filter(|rule| rule.days(self.first).next() == Some(self.first))
    }

    /// The last day on which anything is known to be of an occurrence; none: it goes on for ever.
    #[must_use]
    pub fn last(&self) -> Option<NaiveDate> {
        match &self.rule {
            Some(rule) if !rule.ends() => None,
            _ => Some(NaiveDate::MAX),
        }
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
        self.rule.is_none() || self.laid_out(planned).any(|(day, _)| day == planned)
    }

    /// How the occurrence of a day ended, if it did.
    #[must_use]
    pub fn ended(&self, planned: NaiveDate) -> Option<&T> {
        self.ended.get(&planned).or_else(|| self.stop_of(self.day_of(planned)))
    }

    /// The next occurrence that is open and is still to come on `today`, by the day it goes by. One
    /// that was planned for before and moved by itself is none: it stays where it was moved.
    #[must_use]
    pub fn next(&self, today: NaiveDate) -> Option<NaiveDate> {
        if self.rule.is_none() {
            return Some(self.first).filter(|first| self.ended(*first).is_none());
        }
        let open = |(day, _): &(NaiveDate, _)| {
            self.ended(*day).is_none() && *day >= today && self.day_of(*day) >= today
        };
        // Not all are in the order of their days once they were moved: the earliest of those that
        // may come before the first one that is found.
        let found = self.raw().find(open)?;
        let earlier = self.laid_out(found.0).filter(open).map(|(day, _)| day);
        earlier.min().or(Some(found.0))
    }

    /// The last occurrence that goes by a day before `planned`.
    #[must_use]
    pub fn before(&self, planned: NaiveDate) -> Option<NaiveDate> {
        let until = planned.pred_opt()?;
        self.laid_out(until).map(|(day, _)| day).max()
    }

    /// All occurrences that go by a day up to `until`, and later ones that were moved or ended, in
    /// the order of the days they go by.
    #[must_use]
    pub fn occurrences(&self, until: NaiveDate) -> Vec<Occurrence<'_, T>> {
        let mut planned: BTreeMap<NaiveDate, Option<TimeDelta>> = BTreeMap::new();
        let told = || self.moved.keys().chain(self.ended.keys()).copied();
        planned.extend(told().map(|day| (day, self.begin)));
        let last = told().max().map_or(until, |last| last.max(until));
        let wanted = |day: &NaiveDate| *day <= until || told().any(|told| told == *day);
        planned.extend(self.laid_out(last).filter(|(day, _)| wanted(day)));
        let one = |(planned, begin): (NaiveDate, Option<TimeDelta>)| {
            let (day, other) = self.moved.get(&planned).copied().unwrap_or((planned, None));
            Occurrence {
                planned,
                planned_at: at(planned, begin),
                day,
                starts: at(day, other.or(begin)),
                end: self.ended(planned),
            }
        };
        planned.into_iter().map(one).collect()
    }

    fn day_of(&self, planned: NaiveDate) -> NaiveDate {
        self.moved.get(&planned).map_or(planned, |(day, _)| *day)
    }

    fn stop_of(&self, day: NaiveDate) -> Option<&T> {
        self.stopped.as_ref().filter(|(from, _)| day >= *from).map(|(_, how)| how)
    }

    /// The days up to `until` that occurrences go by, and when those begin, in no order.
    fn laid_out(
        &self,
        until: NaiveDate,
    ) -> impl Iterator<Item = (NaiveDate, Option<TimeDelta>)> + '_ {
        // So much earlier than the rule says may one be.
        let zero = TimeDelta::zero();
        let earlier = self.shifts.iter().filter(|it| it.by < zero);
        let slack = earlier.fold(zero, |sum, it| sum.checked_sub(&it.by).unwrap_or(TimeDelta::MAX));
        let last = until.checked_add_signed(slack).unwrap_or(NaiveDate::MAX);
        let days = self.by_rule().take_while(move |day| *day <= last);
        days.map(|day| self.shifted(day)).filter(move |(day, _)| *day <= until)
    }

    /// The same without an end, in the order of the rule.
    fn raw(&self) -> impl Iterator<Item = (NaiveDate, Option<TimeDelta>)> + '_ {
        self.by_rule().map(|day| self.shifted(day))
    }

    /// The first day, and those of the rule after it.
    fn by_rule(&self) -> impl Iterator<Item = NaiveDate> + '_ {
        let after = self.first.checked_add_days(Days::new(1)).unwrap_or(NaiveDate::MAX);
        let rest = self.rule.iter().flat_map(|rule| rule.days(self.first));
        std::iter::once(self.first).chain(rest.skip_while(move |day| *day < after))
    }

    /// What an occurrence goes by now, and when it begins.
    fn shifted(&self, day: NaiveDate) -> (NaiveDate, Option<TimeDelta>) {
        self.shifts.iter().fold((day, self.begin), |(day, begin), shift| {
            if day < shift.from {
                return (day, begin);
            }
            (plus(day, shift.by), shift.begin.or(begin))
        })
    }
}

fn plus(day: NaiveDate, by: TimeDelta) -> NaiveDate {
    day.checked_add_signed(by).unwrap_or(day)
}

/// How long after the beginning of a day, in UTC, an instant is; the day is that of the business.
fn since_midnight(day: NaiveDate, starts: Option<DateTime<Utc>>) -> Option<TimeDelta> {
    starts.map(|at| at.signed_duration_since(day.and_time(NaiveTime::MIN).and_utc()))
}

fn within_a_day(begin: TimeDelta) -> bool {
    begin >= TimeDelta::zero() && begin < TimeDelta::days(1)
}

fn at(day: NaiveDate, begin: Option<TimeDelta>) -> Option<DateTime<Utc>> {
    day.and_time(NaiveTime::MIN).and_utc().checked_add_signed(begin?)
}
