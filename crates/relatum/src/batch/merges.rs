//! Merges that rest on a batch: of accounts of which nobody else has told anything.

use std::collections::HashMap;

use relatum_domain::{Family, Gist, Recorded, Voids};
use relatum_stream::{EventRef, StreamId, Version};

use super::undo::Dependence;
use crate::engine::Engine;
use crate::error::Error;

/// The merges that hold, by the version of the event that tells of each, and how it rests on a
/// batch, if it does.
pub(super) struct Held(HashMap<Version, Option<Dependence>>);

impl Held {
    /// What is known of the merge that an event tells of; none: it does not hold.
    pub(super) fn get(&self, version: Version) -> Option<Option<&Dependence>> {
        self.0.get(&version).map(Option::as_ref)
    }
}

impl Engine {
    /// The merges that hold, seen from a batch that told the versions `members`.
    pub(super) fn held_merges(&self, members: &HashMap<StreamId, Vec<u64>>) -> Result<Held, Error> {
        let latest = Recorded(i64::MAX);
        let merges = self.with_folded(|folded| Some(folded.identities()?.known(latest)))?;
        let mut held = HashMap::new();
        for merge in merges.all() {
            let mut rests = None;
            for account in [merge.kept, merge.merged] {
                let stream = StreamId::from(account);
                if rests.is_none()
                    && let Some(of_batch) = members.get(&stream)
                    && let Some(event) = self.only_told_by(stream, of_batch)?
                {
                    rests = Some(Dependence::Merges { account, event });
                }
            }
            held.insert(merge.version, rests);
        }
        Ok(Held(held))
    }

    /// The first event of a batch in a stream of which nothing else holds.
    fn only_told_by(&self, stream: StreamId, members: &[u64]) -> Result<Option<EventRef>, Error> {
        let (mut voids, mut others) = (Voids::default(), Vec::new());
        for told in self.replay().stream(stream).events()? {
            let told = told?;
            voids.learn(&Gist::of(told.event, told.recorded_at.into(), &told.data));
            let version = told.event.version.0;
            let corrects = told.data.body.family() == Family::Correction;
            if !corrects && members.binary_search(&version).is_err() {
                others.push(version);
            }
        }
        let is_void = |version: u64| voids.is_void(version, Recorded(i64::MAX));
        if others.into_iter().any(|version| !is_void(version)) {
            return Ok(None);
        }
        let first = members.iter().find(|version| !is_void(**version));
        Ok(first.map(|version| EventRef::new(stream, Version(*version))))
    }
}
