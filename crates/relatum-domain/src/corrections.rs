//! What later events of a stream made of earlier ones: which are void, and in whose place those
//! stand that replaced them.

use std::collections::BTreeMap;

use bitcode::{Decode, Encode};
use serde::{Deserialize, Serialize};

use crate::gist::Gist;
use crate::history::{Recorded, Stamp, View, Voids};

/// The corrections within one stream.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
pub struct Corrections {
    voids: Voids,
    /// The first version of what each amending event replaces.
    places: BTreeMap<u64, u64>,
}

impl Corrections {
    /// Notes what an event voids or amends.
    pub fn learn(&mut self, gist: &Gist<'_>) {
        self.voids.learn(gist);
        let version = gist.stamp.version;
        if let Some(amended) = gist.amends.filter(|amended| *amended < version) {
            self.places.insert(version, self.place(amended));
        }
    }

    /// As if the event of version `next` replaced that of `amended`.
    pub(crate) fn replace(&mut self, amended: u64, next: u64) {
        self.voids.replace(amended, next);
    }

    /// Whether the event at `version` was known to be void at `known_at`.
    #[must_use]
    pub fn is_void(&self, version: u64, known_at: Recorded) -> bool {
        self.voids.is_void(version, known_at)
    }

    /// Whether a row of `stamp` is seen from `view`.
    #[must_use]
    pub fn shows(&self, stamp: Stamp, view: &View) -> bool {
        self.voids.shows(stamp, view)
    }

    /// Where the event of `version` stands among those of its stream: an amendment stands where
    /// what it replaces stood, not after all that was built on it since.
    #[must_use]
    pub fn place(&self, version: u64) -> u64 {
        self.places.get(&version).copied().unwrap_or(version)
    }
}
