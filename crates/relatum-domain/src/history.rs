//! Two time axes: when a fact holds and when it became known.
//!
//! Owns [`Stamp`], [`View`] and [`Voids`]. A fold keeps immutable rows with a stamp; a report
//! for any pair of days is a filter over them. Knows nothing of what the rows say.
//!
//! *Invariant: what a view shows is not changed by anything recorded after its `known_at`.*

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use relatum_stream::EventRef;
use serde::{Deserialize, Serialize};

use crate::event::Event;
use crate::gist::Gist;

/// The instant at which the log learned something, in microseconds since 1970.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    Default,
    bitcode::Encode,
    bitcode::Decode,
)]
#[serde(transparent)]
pub struct Recorded(pub i64);

impl From<DateTime<Utc>> for Recorded {
    fn from(instant: DateTime<Utc>) -> Self {
        Self(instant.timestamp_micros())
    }
}

/// A business day as rows keep it: four bytes, counted from the first of January of year 1.
///
/// # Example
/// ```
/// use chrono::NaiveDate;
/// use relatum_domain::Day;
/// let date = NaiveDate::from_ymd_opt(2026, 1, 31).unwrap();
/// assert_eq!(Day::from(date).date(), date);
/// ```
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    bitcode::Encode,
    bitcode::Decode,
)]
#[serde(transparent)]
pub struct Day(i32);

impl Day {
    /// The day as a date.
    #[must_use]
    pub const fn date(self) -> NaiveDate {
        match NaiveDate::from_num_days_from_ce_opt(self.0) {
            Some(date) => date,
            // No date makes such a day: it was read from bytes that are damaged.
            None => NaiveDate::MAX,
        }
    }
}

impl From<NaiveDate> for Day {
    fn from(date: NaiveDate) -> Self {
        Self(date.num_days_from_ce())
    }
}

/// When a row holds, when it became known, and which event of its stream it comes from.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    bitcode::Encode,
    bitcode::Decode,
)]
pub struct Stamp {
    /// The event's version in its stream.
    pub version: u64,
    /// The first day on which the row holds.
    pub day: Day,
    /// When the log learned of it.
    pub recorded: Recorded,
}

impl Stamp {
    /// The stamp of `event`, which stands at `at` and became known at `recorded`.
    #[must_use]
    pub fn of(at: EventRef, recorded: Recorded, event: &Event) -> Self {
        Self { version: at.version.0, day: event.effective.into(), recorded }
    }

    /// The first day on which the row holds.
    #[must_use]
    pub const fn effective(self) -> NaiveDate {
        self.day.date()
    }
}

/// A point on both axes from which to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct View {
    /// The business day; what holds from a later day on is not seen.
    pub as_of: NaiveDate,
    /// What was recorded later is not known.
    pub known_at: Recorded,
}

impl View {
    /// The end of `day`, with everything known that the log holds.
    #[must_use]
    pub const fn as_of(day: NaiveDate) -> Self {
        Self { as_of: day, known_at: Recorded(i64::MAX) }
    }

    /// The same day, as known at `instant`.
    #[must_use]
    pub const fn known_at(self, instant: Recorded) -> Self {
        Self { known_at: instant, ..self }
    }

    /// Everything known, of whatever day: what decisions are taken on.
    #[must_use]
    pub const fn latest() -> Self {
        Self::as_of(NaiveDate::MAX)
    }

    /// Whether a row of this stamp is seen, if it is not void.
    #[must_use]
    pub fn sees(&self, stamp: Stamp) -> bool {
        stamp.day <= self.as_of.into() && stamp.recorded <= self.known_at
    }
}

/// How a later event takes an earlier one back.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, bitcode::Encode, bitcode::Decode,
)]
enum Link {
    /// It never was.
    Void,
    /// The later one stands in its place.
    Amend,
}

/// One event taking back another.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, bitcode::Encode, bitcode::Decode,
)]
struct Correction {
    by: u64,
    recorded: Recorded,
    link: Link,
}

/// Which events of one stream were voided or amended, by which, and when that became known.
#[derive(
    Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, bitcode::Encode, bitcode::Decode,
)]
pub struct Voids(BTreeMap<u64, Vec<Correction>>);

impl Voids {
    /// Whether nothing was ever corrected.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Notes what an event voids or amends.
    ///
    /// Only an earlier event of the same stream can be; naming any other has no effect.
    pub fn learn(&mut self, gist: &Gist<'_>) {
        let Stamp { version, recorded, .. } = gist.stamp;
        if let Some(target) = gist.amends {
            self.note(target, version, recorded, Link::Amend);
        }
        if let Some(target) = gist.takes_back() {
            self.note(target, version, recorded, Link::Void);
        }
    }

    /// Notes that the event at `target` is about to be replaced by the one at `by`.
    pub(crate) fn replace(&mut self, target: u64, by: u64) {
        self.note(target, by, Recorded(i64::MAX), Link::Amend);
    }

    fn note(&mut self, target: u64, by: u64, recorded: Recorded, link: Link) {
        if target < by {
            self.0.entry(target).or_default().push(Correction { by, recorded, link });
        }
    }

    fn corrections(&self, version: u64, known_at: Recorded) -> impl Iterator<Item = &Correction> {
        let all = self.0.get(&version).into_iter().flatten();
        all.filter(move |it| it.recorded <= known_at)
    }

    /// Whether the event at `version` was known to be void at `known_at`.
    ///
    /// A void can itself be voided; then its target holds again. An amendment can itself be
    /// amended; then its target stays replaced, by the newest one.
    #[must_use]
    pub fn is_void(&self, version: u64, known_at: Recorded) -> bool {
        if !self.0.contains_key(&version) {
            return false;
        }
        // Not by recursion: the chain may be as long as the stream.
        let mut reached = BTreeSet::from([version]);
        let mut next = vec![version];
        while let Some(at) = next.pop() {
            let later = self.corrections(at, known_at).map(|it| it.by);
            next.extend(later.filter(|by| reached.insert(*by)));
        }
        // What corrects is always later than what it corrects: decided from the last one back.
        let mut void = BTreeSet::new();
        let mut replaced = BTreeSet::new();
        for at in reached.iter().rev() {
            for it in self.corrections(*at, known_at) {
                let stands = !void.contains(&it.by);
                let took_place = it.link == Link::Amend && (stands || replaced.contains(&it.by));
                if took_place {
                    replaced.insert(*at);
                }
                if stands || took_place {
                    void.insert(*at);
                }
            }
        }
        void.contains(&version)
    }

    /// The last of the events by which the one at `version` was voided or amended, as known at
    /// `known_at`; itself it may be void since.
    #[must_use]
    pub fn last_correction(&self, version: u64, known_at: Recorded) -> Option<u64> {
        self.corrections(version, known_at).map(|it| it.by).max()
    }

    /// Whether the event at `version` stands in the place of an earlier one.
    #[must_use]
    pub fn is_amendment(&self, version: u64) -> bool {
        let mut all = self.0.values().flatten();
        all.any(|it| it.by == version && it.link == Link::Amend)
    }

    /// Whether a row of `stamp` is seen from `view`.
    #[must_use]
    pub fn shows(&self, stamp: Stamp, view: &View) -> bool {
        view.sees(stamp) && !self.is_void(stamp.version, view.known_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_voided_void_restores_what_it_voided() {
        let mut voids = Voids::default();
        voids.note(1, 3, Recorded(30), Link::Void);
        voids.note(3, 5, Recorded(50), Link::Void);
        let seen = |known| !voids.is_void(1, Recorded(known));
        assert_eq!([20, 30, 40, 50].map(seen), [true, false, false, true]);
    }

    #[test]
    fn an_amended_amendment_keeps_replacing() {
        let mut voids = Voids::default();
        voids.note(1, 2, Recorded(20), Link::Amend);
        voids.note(2, 3, Recorded(30), Link::Amend);
        let held = |known| [1, 2, 3].map(|version| !voids.is_void(version, Recorded(known)));
        assert_eq!(held(10), [true, true, true], "before anything was known");
        assert_eq!(held(20), [false, true, true]);
        assert_eq!(held(30), [false, false, true]);
        voids.note(3, 4, Recorded(40), Link::Void);
        let held = |known| [1, 2, 3].map(|version| !voids.is_void(version, Recorded(known)));
        assert_eq!(held(40), [false, true, false], "the second one voided, the first holds again");
        voids.note(2, 5, Recorded(50), Link::Void);
        let held = |known| [1, 2, 3].map(|version| !voids.is_void(version, Recorded(known)));
        assert_eq!(held(50), [true, false, false], "both voided, the original holds again");
    }

    #[test]
    fn nothing_voids_itself_or_the_future() {
        let mut voids = Voids::default();
        voids.note(2, 2, Recorded(1), Link::Void);
        voids.note(9, 2, Recorded(1), Link::Amend);
        assert!(!voids.is_void(2, Recorded(9)) && !voids.is_void(9, Recorded(9)));
    }

    #[test]
    fn a_chain_as_long_as_a_stream_neither_overflows_nor_branches_out() {
        let mut voids = Voids::default();
        for by in 2..=200_001 {
            voids.note(by - 1, by, Recorded(1), Link::Void);
            if by > 2 {
                voids.note(by - 2, by, Recorded(1), Link::Amend);
            }
        }
        assert!(!voids.is_void(200_001, Recorded(1)));
        assert!(voids.is_void(1, Recorded(1)));
    }
}
