//! Digests of states by stream and projection: what two caches are compared by, and where they
//! part.
//!
//! *Invariant: caches that fold to the same states have the same digests, however their files are
//! cut, merged and spread.*

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};

use relatum_domain::gist::Topics;
use relatum_domain::{Gist, Recorded};
use relatum_projections::{Models, Which};
use relatum_stream::{StreamId, Version};
use sha2::{Digest as _, Sha256};

use crate::block::Row;
use crate::replay::Replay;

/// So many bytes of a SHA-256 stand for the state of one stream.
pub type StateDigest = [u8; 16];

/// The digests of the states of streams, one for each projection in the order of [`Models::LIST`],
/// of some or of all. Of all it needs about two hundred bytes a stream.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Digests(BTreeMap<StreamId, Vec<StateDigest>>);

impl Digests {
    /// The hash of all states of a projection, by its place in the list: of the names of the
    /// streams and their digests, in the order of the names. Lower-case hexadecimal.
    #[must_use]
    pub fn hash(&self, projection: usize) -> String {
        let mut hasher = Sha256::new();
        for (stream, digests) in &self.0 {
            hasher.update(stream.to_string().as_bytes());
            hasher.update(digests.get(projection).copied().unwrap_or_default());
        }
        hasher.finalize().iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }

    /// The streams of which the states of a projection are not the same, in the order of their
    /// names.
    #[must_use]
    pub fn differing(&self, other: &Self, projection: usize) -> BTreeSet<StreamId> {
        self.differing_at(projection, other, projection)
    }

    /// The same, of a projection that has another place in the list of the other.
    #[must_use]
    pub fn differing_at(&self, place: usize, other: &Self, there: usize) -> BTreeSet<StreamId> {
        let streams = self.0.keys().chain(other.0.keys());
        let differs = |it: &&StreamId| self.of(**it, place) != other.of(**it, there);
        streams.filter(differs).copied().collect()
    }

    fn of(&self, stream: StreamId, place: usize) -> Option<&StateDigest> {
        self.0.get(&stream)?.get(place)
    }

    /// Of how many streams there are any.
    #[must_use]
    pub fn streams(&self) -> usize {
        self.0.len()
    }

    /// The digests by stream.
    pub fn iter(&self) -> impl Iterator<Item = (StreamId, &[StateDigest])> {
        self.0.iter().map(|(stream, digests)| (*stream, digests.as_slice()))
    }
}

impl FromIterator<(StreamId, Vec<StateDigest>)> for Digests {
    fn from_iter<I: IntoIterator<Item = (StreamId, Vec<StateDigest>)>>(all: I) -> Self {
        Self(all.into_iter().collect())
    }
}

impl Replay {
    /// The digests of what `which` projections fold the cache to, as far as it was recorded `until`
    /// then, by any of `threads` threads; with `only`, of these streams and of what is no account.
    /// None: the cache is damaged. Needs the memory of a part, and of the digests.
    #[must_use]
    pub fn digests(
        &self,
        threads: usize,
        which: Which,
        only: Option<&BTreeSet<StreamId>>,
        until: Option<Recorded>,
    ) -> Option<Digests> {
        let all: Mutex<BTreeMap<StreamId, Vec<StateDigest>>> = Mutex::default();
        let note = |rows: &[Row<'_, '_>]| {
            let of = |row: &Row<'_, '_>| (row.0, digests_of(which, row.0, row.1));
            let digests: Vec<_> = rows.iter().map(of).collect();
            all.lock().unwrap_or_else(PoisonError::into_inner).extend(digests);
        };
        self.common_rows(until, note)?;
        let sound = match only {
            Some(streams) => {
                self.streams(streams, which.topics(), until, note)?;
                true
            }
            None => self.each_rows(threads, which.topics(), None, until, |_, rows| note(rows)),
        };
        sound.then(|| Digests(all.into_inner().unwrap_or_else(PoisonError::into_inner)))
    }

    /// The states of `which` projections of one stream, up to and with a version of it; none: the
    /// cache is damaged.
    #[must_use]
    pub fn state_at(&self, stream: StreamId, which: Which, upto: Version) -> Option<Models> {
        let mut models = Models::default();
        self.stream(stream, Topics::ALL, None, |gists| {
            let known = gists.partition_point(|gist| gist.stamp.version <= upto.0);
            models.fold_only(which, stream, gists.get(..known).unwrap_or_default());
        })?;
        Some(models)
    }

    /// The first version of a stream with which the states of `which` projections are not those of
    /// another cache, found by halving; none: all are the same, or a cache is damaged.
    #[must_use]
    pub fn parts_from(&self, other: &Self, stream: StreamId, which: Which) -> Option<Version> {
        let differ = |version: u64| {
            let state =
                |cache: &Self| Some(cache.state_at(stream, which, Version(version))?.save());
            Some(state(self)? != state(other)?)
        };
        let (mut same, mut differing) = (0, self.last_of(stream)?.max(other.last_of(stream)?));
        if !differ(differing)? {
            return None;
        }
        while differing.saturating_sub(same) > 1 {
            let middle = same.midpoint(differing);
            if differ(middle)? { differing = middle } else { same = middle }
        }
        Some(Version(differing))
    }

    fn last_of(&self, stream: StreamId) -> Option<u64> {
        let mut last = 0;
        self.stream(stream, Topics::ALL, None, |gists| {
            last = gists.last().map_or(0, |gist| gist.stamp.version);
        })?;
        Some(last)
    }
}

/// The digests of what `which` projections fold the gists of a stream to, in their order.
#[must_use]
pub fn digests_of(which: Which, stream: StreamId, gists: &[&Gist<'_>]) -> Vec<StateDigest> {
    let mut models = Models::default();
    models.fold_only(which, stream, gists);
    let digest = |state: &[u8]| Sha256::digest(state).first_chunk().copied().unwrap_or_default();
    models.save_only(which).iter().map(|it| digest(&it.state)).collect()
}
