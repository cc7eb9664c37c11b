//! Since when something is there, as far as any event tells.

use bitcode::{Decode, Encode};
use relatum_domain::{Day, Recorded, Stamp, View};

/// For every instant, the earliest day of which an event had told by then. Grows only where an
/// event tells of an earlier day than all before it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub(super) struct Presence(Vec<(Recorded, Day)>);

impl Presence {
    /// Notes that something happened there.
    pub(super) fn learn(&mut self, stamp: Stamp) {
        if self.0.last().is_none_or(|(_, earliest)| stamp.day < *earliest) {
            self.0.push((stamp.recorded, stamp.day));
        }
    }

    /// Whether anything had happened there by the day of the view, as known then.
    pub(super) fn is_seen(&self, view: &View) -> bool {
        let known = self.0.partition_point(|(recorded, _)| *recorded <= view.known_at);
        let last = known.checked_sub(1).and_then(|at| self.0.get(at));
        last.is_some_and(|(_, earliest)| *earliest <= view.as_of.into())
    }
}
