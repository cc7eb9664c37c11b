//! Two time axes: when a fact holds and when it became known.
//!
//! Owns [`Stamp`], [`View`] and [`Voids`]. A fold keeps immutable rows with a stamp; a report
//! for any pair of days is a filter over them. Knows nothing of what the rows say.
//!
//! *Invariant: what a view shows is not changed by anything recorded after its `known_at`.*

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use relatum_stream::EventRef;
use serde::{Deserialize, Serialize};

use crate::event::{Event, EventBody};

/// The instant at which the log learned something, in microseconds since 1970.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default,
)]
#[serde(transparent)]
pub struct Recorded(pub i64);

impl From<DateTime<Utc>> for Recorded {
    fn from(instant: DateTime<Utc>) -> Self {
        Self(instant.timestamp_micros())
    }
}

/// When a row holds, when it became known, and which event of its stream it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Stamp {
    /// The event's version in its stream.
    pub version: u64,
    /// The first day on which the row holds.
    pub effective: NaiveDate,
    /// When the log learned of it.
    pub recorded: Recorded,
}

impl Stamp {
    /// The stamp of `event`, which stands at `at` and became known at `recorded`.
    #[must_use]
    pub const fn of(at: EventRef, recorded: Recorded, event: &Event) -> Self {
        Self { version: at.version.0, effective: event.effective, recorded }
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
        stamp.effective <= self.as_of && stamp.recorded <= self.known_at
    }
}

/// Which events of one stream were voided or amended, by which, and when that became known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Voids(BTreeMap<u64, Vec<(u64, Recorded)>>);

impl Voids {
    /// Notes what `event`, which stands at `at`, voids or amends.
    ///
    /// Only an earlier event of the same stream can be; naming any other has no effect.
    pub fn learn(&mut self, at: EventRef, recorded: Recorded, event: &Event) {
        let voided = match &event.body {
            EventBody::EventVoided(voided) => Some(voided.event),
            _ => None,
        };
        for target in event.amends.into_iter().chain(voided) {
            if target.stream == at.stream {
                self.note(target.version.0, at.version.0, recorded);
            }
        }
    }

    fn note(&mut self, target: u64, by: u64, recorded: Recorded) {
        if target < by {
            self.0.entry(target).or_default().push((by, recorded));
        }
    }

    /// Whether the event at `version` was known to be void at `known_at`.
    ///
    /// A void can itself be voided; then its target holds again.
    #[must_use]
    pub fn is_void(&self, version: u64, known_at: Recorded) -> bool {
        // Ends: `by` is always greater than what it voids.
        self.0.get(&version).is_some_and(|voids| {
            voids
                .iter()
                .any(|(by, recorded)| *recorded <= known_at && !self.is_void(*by, known_at))
        })
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
        voids.note(1, 3, Recorded(30));
        voids.note(3, 5, Recorded(50));
        let seen = |known| !voids.is_void(1, Recorded(known));
        assert_eq!([20, 30, 40, 50].map(seen), [true, false, false, true]);
    }

    #[test]
    fn nothing_voids_itself_or_the_future() {
        let mut voids = Voids::default();
        voids.note(2, 2, Recorded(1));
        voids.note(9, 2, Recorded(1));
        assert!(!voids.is_void(2, Recorded(9)) && !voids.is_void(9, Recorded(9)));
    }
}
