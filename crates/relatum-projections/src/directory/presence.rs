//! Since when something is there, as far as any event tells.

use std::collections::BTreeSet;

use bitcode::{Decode, Encode};
use relatum_domain::gist::Topic;
use relatum_domain::{Day, Gist, Matter, Recorded, View};

/// For every instant, the earliest day of which an event had told by then; none: all that was told
/// of who it is was told by batches that were taken back. Grows only where that changes.
///
/// Only events of the topic that every reader sees can be known to be taken back, all of them: what
/// other topics tell counts as long as any of those holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub(super) struct Presence {
    since: Vec<(Recorded, Option<Day>)>,
    /// The versions of the events that every reader sees, but for those that were taken back.
    standing: BTreeSet<u64>,
}

impl Presence {
    /// Notes that something happened there, or that it was taken back.
    pub(super) fn learn(&mut self, gist: &Gist<'_>) {
        let stamp = gist.stamp;
        if gist.kind.as_str() == "event_undone" {
            let Matter::Voided(Some(target)) = gist.matter else { return };
            if self.standing.remove(&target) && self.standing.is_empty() {
                self.since.push((stamp.recorded, None));
            }
            return;
        }
        if gist.topic() == Topic::Standing {
            self.standing.insert(stamp.version);
        }
        let earliest = self.since.last().and_then(|(_, earliest)| *earliest);
        if earliest.is_none_or(|earliest| stamp.day < earliest) {
            self.since.push((stamp.recorded, Some(stamp.day)));
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
