//! What later events of a stream made of earlier ones: which are void, and in whose place those
//! stand that replaced them.

use std::collections::BTreeMap;

use relatum_domain::{Event, Recorded, Stamp, View, Voids};
use relatum_stream::EventRef;
use serde::{Deserialize, Serialize};

/// The corrections within one stream.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Corrections {
    voids: Voids,
    /// The first version of what each amending event replaces.
    places: BTreeMap<u64, u64>,
}

impl Corrections {
    /// Notes what `event`, which stands at `at`, voids or amends.
    pub(crate) fn learn(&mut self, at: EventRef, recorded: Recorded, event: &Event) {
        self.voids.learn(at, recorded, event);
        let earlier = event.amends.filter(|it| it.stream == at.stream && it.version < at.version);
        if let Some(amended) = earlier {
            self.places.insert(at.version.0, self.place(amended.version.0));
        }
    }

    /// Whether a row of `stamp` is seen from `view`.
    pub(crate) fn shows(&self, stamp: Stamp, view: &View) -> bool {
        self.voids.shows(stamp, view)
    }

    /// Where the event of `version` stands among those of its stream: an amendment stands where
    /// what it replaces stood, not after all that was built on it since.
    pub(crate) fn place(&self, version: u64) -> u64 {
        self.places.get(&version).copied().unwrap_or(version)
    }
}
