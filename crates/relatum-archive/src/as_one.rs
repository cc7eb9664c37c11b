//! Accounts that are one: their streams lie in several buckets, and are told by the bucket of the
//! account that answers for them.
//!
//! Owns which streams those are, and what was gathered of them until all are there. How several
//! streams become one account is the business of the projections.

use std::collections::{BTreeMap, BTreeSet};

use relatum_domain::{AccountId, Event, Gist, Identities, Recorded};
use relatum_log::Envelope;
use relatum_projections::{MergedTooLong, Merging, Models};
use relatum_stream::StreamId;

use crate::error::ArchiveError;
use crate::manifest::bucket_of;

/// The accounts that are one, as known at an instant, and those of them that are told here.
#[derive(Debug, Default)]
pub(crate) struct AsOne {
    merging: Merging,
    known: Recorded,
    /// Every stream that is not told alone.
    merged: BTreeSet<StreamId>,
    /// The accounts that answer for others and are told here.
    kept: Vec<AccountId>,
    /// The streams of those.
    wanted: BTreeSet<StreamId>,
    gathered: BTreeMap<StreamId, Vec<Envelope<Event>>>,
}

impl AsOne {
    /// By what was `known` then; `is_here` says which buckets are told.
    pub(crate) fn new(
        identities: &Identities,
        known: Recorded,
        is_here: impl Fn(u16) -> bool,
    ) -> Result<Self, ArchiveError> {
        let merging = Merging::new(identities.known(known))
            .map_err(|error| ArchiveError::Asked { problem: error.to_string() })?;
        let merged = merging.all_streams();
        let kept: Vec<AccountId> =
            merging.kept().filter(|kept| is_here(bucket_of((*kept).into()))).collect();
        let wanted = kept.iter().filter_map(|kept| merging.streams(*kept)).flatten().collect();
        Ok(Self { merging, known, merged, kept, wanted, gathered: BTreeMap::new() })
    }

    /// The streams that are needed here and lie in other buckets than those, by bucket.
    pub(crate) fn elsewhere(
        &self,
        is_read: impl Fn(u16) -> bool,
    ) -> BTreeMap<u16, BTreeSet<StreamId>> {
        let mut elsewhere: BTreeMap<u16, BTreeSet<StreamId>> = BTreeMap::new();
        for stream in &self.wanted {
            let bucket = bucket_of(*stream);
            if !is_read(bucket) {
                elsewhere.entry(bucket).or_default().insert(*stream);
            }
        }
        elsewhere
    }

    /// Whether a stream is one account's alone.
    pub(crate) fn is_alone(&self, stream: StreamId) -> bool {
        !self.merged.contains(&stream)
    }

    /// Takes the events of a stream that is not told alone, if it is told here.
    pub(crate) fn gather(&mut self, stream: StreamId, events: Vec<Envelope<Event>>) {
        if self.wanted.contains(&stream) {
            self.gathered.insert(stream, events);
        }
    }

    /// Folds a stream that is told alone.
    pub(crate) fn fold_alone(&self, models: &mut Models, stream: StreamId, gists: &[&Gist<'_>]) {
        match self.merging.renamed(stream, gists) {
            None => models.fold(stream, gists),
            Some(gists) => models.fold(stream, &gists.iter().collect::<Vec<_>>()),
        }
    }

    /// Folds what was gathered.
    pub(crate) fn fold(&mut self, models: &mut Models) -> Result<(), ArchiveError> {
        for kept in &self.kept {
            let streams = self.merging.streams(*kept).unwrap_or_default();
            let told = streams.into_iter().filter_map(|stream| {
                let events = self.gathered.remove(&stream)?;
                Some((stream, events))
            });
            let told: Vec<(StreamId, Vec<Envelope<Event>>)> = told.collect();
            let gists: Vec<(StreamId, Vec<Gist<'_>>)> =
                told.iter().map(|(stream, events)| (*stream, self.known_of(events))).collect();
            let refs: Vec<(StreamId, Vec<&Gist<'_>>)> =
                gists.iter().map(|(stream, gists)| (*stream, gists.iter().collect())).collect();
            let rows: Vec<_> = refs.iter().map(|(stream, gists)| (*stream, &**gists)).collect();
            let joined = self.merging.joined(*kept, &rows);
            models.fold((*kept).into(), &joined.iter().collect::<Vec<_>>());
        }
        let asked = |error: MergedTooLong| ArchiveError::Asked { problem: error.to_string() };
        self.merging.sound().map_err(asked)
    }

    /// The gists of events, as far as they were known.
    fn known_of<'e>(&self, events: &'e [Envelope<Event>]) -> Vec<Gist<'e>> {
        let gists = events.iter().map(gist);
        gists.filter(|gist| gist.stamp.recorded <= self.known).collect()
    }
}

/// The gist of an event.
pub(crate) fn gist(event: &Envelope<Event>) -> Gist<'_> {
    Gist::of(event.event, event.recorded_at.into(), &event.data)
}
