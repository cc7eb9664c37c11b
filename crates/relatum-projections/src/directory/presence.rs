//! Since when something is there, as far as any event tells.

use bitcode::{Decode, Encode};
use relatum_domain::{Day, Gist, Matter, Recorded, View};

/// For every instant, the earliest day of which an event had told by then; none: all that was told
/// was told by batches that were taken back. Grows only where that changes.
///
/// A batch is taken back as a whole: of each, and of all that no batch told, only those events
/// matter that tell of an earlier day than those before them: a cache need not hand over others.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub(super) struct Presence {
    since: Vec<(Recorded, Option<Day>)>,
    /// What holds, by version.
    told: Vec<Told>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
struct Told {
    version: u64,
    batch: Option<u64>,
    day: Day,
}

impl Presence {
    /// Notes that something happened there, or that it was taken back.
    pub(super) fn learn(&mut self, gist: &Gist<'_>) {
        let stamp = gist.stamp;
        if let Matter::Untold(target) = gist.matter {
            let before = self.told.len();
            self.told.retain(|told| Some(told.version) != target);
            if self.told.len() < before {
                let earliest = self.told.iter().map(|told| told.day).min();
                self.turn(stamp.recorded, earliest);
            }
            return;
        }
        // The last one of a batch is the earliest.
        let of_batch = self.told.iter().rev().find(|told| told.batch == gist.batch);
        if of_batch.is_some_and(|told| told.day <= stamp.day) {
            return;
        }
        self.told.push(Told { version: stamp.version, batch: gist.batch, day: stamp.day });
        let earliest = self.since.last().and_then(|(_, earliest)| *earliest);
        if earliest.is_none_or(|earliest| stamp.day < earliest) {
            self.turn(stamp.recorded, Some(stamp.day));
        }
    }

    fn turn(&mut self, at: Recorded, earliest: Option<Day>) {
        if self.since.last().and_then(|(_, earliest)| *earliest) != earliest {
            self.since.push((at, earliest));
        }
    }

    /// Whether anything had happened there by the day of the view, as known then.
    pub(super) fn is_seen(&self, view: &View) -> bool {
        let known = self.since.partition_point(|(recorded, _)| *recorded <= view.known_at);
        let last = known.checked_sub(1).and_then(|at| self.since.get(at));
        let earliest = last.and_then(|(_, earliest)| *earliest);
        earliest.is_some_and(|earliest| earliest <= view.as_of.into())
    }
}
