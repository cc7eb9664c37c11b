//! What the single writer remembers of the streams that it writes.
//!
//! Owns, per stream, the last version, the marks of its keys and the keys looked at, as digests;
//! bounded, least recently used goes first, read again from the log when needed. Knows nothing of
//! commits under way.
//!
//! *Invariant: what is remembered equals what reading the stream gives.*

use std::collections::{BTreeMap, BTreeSet};

use relatum_stream::{StreamId, Version};
use sha2::{Digest as _, Sha256};

use crate::admission::StoredStreams;
use crate::corruption::{Corruption, CorruptionKind, Place};
use crate::error::LogError;

/// 128 bits of SHA-256: enough that two texts never share one by accident or by effort.
pub(crate) type Digest = [u8; 16];

pub(crate) fn key_digest(key: &str) -> Digest {
    truncated(Sha256::new().chain_update(key))
}

pub(crate) fn content_digest(event_type: &str, schema: u16, data: &str) -> Digest {
    // No event type holds a zero byte, so that the parts cannot run into each other.
    truncated(
        Sha256::new()
            .chain_update(event_type)
            .chain_update([0])
            .chain_update(schema.to_be_bytes())
            .chain_update(data),
    )
}

fn truncated(digest: Sha256) -> Digest {
    let mut out = Digest::default();
    out.iter_mut().zip(digest.finalize()).for_each(|(to, from)| *to = from);
    out
}

/// A key that is used in a stream: the version of its event, and what that event is.
pub(crate) type UsedKey = (Version, Digest);

/// 32 bits of a key's digest: without a stored event of the same mark, a key is new for certain.
///
/// A store keeps one for each event, so that nothing needs to be read to admit what is new.
///
/// # Example
/// ```
/// use relatum_log::KeyMark;
/// assert_ne!(KeyMark::of(Some("erp:R-1")), KeyMark::of(Some("erp:R-2")));
/// assert_eq!(KeyMark::of(None).get(), 0);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyMark(u32);

impl KeyMark {
    /// The mark of a key; that of an event without one is 0, which no key has.
    #[must_use]
    pub fn of(key: Option<&str>) -> Self {
        let Some(key) = key else { return Self(0) };
        Self::of_digest(&key_digest(key))
    }

    pub(crate) fn of_digest(digest: &Digest) -> Self {
        let [a, b, c, d, ..] = *digest;
        Self(u32::from_be_bytes([a, b, c, d]).max(1))
    }

    /// The mark as a number.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }

    /// The mark that was stored as `number`.
    #[must_use]
    pub const fn from_stored(number: u32) -> Self {
        Self(number)
    }
}

#[derive(Debug, Default)]
pub(crate) struct StreamState {
    pub(crate) version: Version,
    /// The mark of each event that has a key.
    marks: BTreeSet<(KeyMark, Version)>,
    /// Keys that were read, because an event with the same mark was offered.
    keys: BTreeMap<Digest, UsedKey>,
}

impl StreamState {
    fn load(stream: StreamId, stored: &dyn StoredStreams) -> Result<Self, LogError> {
        let mut state = Self::default();
        state.note(&stored.marks(stream)?);
        Ok(state)
    }

    /// Takes in the events that follow.
    fn note(&mut self, marks: &[KeyMark]) {
        for mark in marks {
            self.version = self.version.plus(1);
            if *mark != KeyMark::default() {
                self.marks.insert((*mark, self.version));
            }
        }
    }

    /// The event of `stream` that uses `key`; reads the log where a mark says that it may be there.
    pub(crate) fn used(
        &mut self,
        stream: StreamId,
        key: &Digest,
        stored: &dyn StoredStreams,
    ) -> Result<Option<UsedKey>, LogError> {
        let mark = KeyMark::of_digest(key);
        let same = (mark, Version::NONE)..=(mark, Version(u64::MAX));
        let versions: Vec<Version> = self.marks.range(same).map(|(_, version)| *version).collect();
        for version in versions {
            if !self.keys.contains_key(key) {
                self.read_keys(stream, version, stored)?;
            }
        }
        Ok(self.keys.get(key).copied())
    }

    /// Learns the keys of the commit that holds `version`.
    fn read_keys(
        &mut self,
        stream: StreamId,
        version: Version,
        stored: &dyn StoredStreams,
    ) -> Result<(), LogError> {
        let damage = |kind| Corruption { at: Place::Stream(stream, version), kind };
        let missing = || damage(CorruptionKind::Missing { what: "an event of the stream" });
        let bytes = stored.commit_at(stream, version)?.ok_or_else(missing)?;
        let view = bytes.view().map_err(damage)?;
        let at = view.writes.iter().position(|write| write.stream == stream);
        let at = at.ok_or_else(missing)?;
        for event in view.events.iter().filter(|event| event.write == at) {
            if let Some(key) = &event.key {
                let content = content_digest(event.event_type, event.schema, event.data);
                self.keys.insert(key_digest(key), (event.event.version, content));
            }
        }
        Ok(())
    }

    fn weight(&self) -> usize {
        self.keys.len() + self.marks.len() / MARKS_PER_KEY + STREAM_WEIGHT
    }
}

/// The states of the streams written lately.
#[derive(Debug)]
pub(crate) struct StateCache {
    streams: BTreeMap<StreamId, (u64, StreamState)>,
    by_last_use: BTreeMap<u64, StreamId>,
    uses: u64,
    weight: usize,
    max_weight: usize,
}

/// What a stream costs beside its keys, counted in keys.
const STREAM_WEIGHT: usize = 4;

/// How many marks cost as much as a key.
const MARKS_PER_KEY: usize = 4;

impl StateCache {
    /// Remembers about `max_keys` keys; a single stream with more is remembered whole.
    pub(crate) fn new(max_keys: usize) -> Self {
        Self {
            streams: BTreeMap::new(),
            by_last_use: BTreeMap::new(),
            uses: 0,
            weight: 0,
            max_weight: max_keys,
        }
    }

    /// Makes the state of `stream` present until the next [`trim`](Self::trim).
    pub(crate) fn touch(
        &mut self,
        stream: StreamId,
        stored: &dyn StoredStreams,
    ) -> Result<(), LogError> {
        self.uses += 1;
        match self.streams.get_mut(&stream) {
            Some((last_use, _)) => {
                self.by_last_use.remove(last_use);
                *last_use = self.uses;
            }
            None => {
                let state = StreamState::load(stream, stored)?;
                self.weight += state.weight();
                self.streams.insert(stream, (self.uses, state));
            }
        }
        self.by_last_use.insert(self.uses, stream);
        Ok(())
    }

    /// Looks into the state of a stream that was touched; `None` for another.
    pub(crate) fn with<T>(
        &mut self,
        stream: StreamId,
        look: impl FnOnce(&mut StreamState) -> T,
    ) -> Option<T> {
        let (_, state) = self.streams.get_mut(&stream)?;
        let before = state.weight();
        let seen = look(state);
        self.weight = self.weight + state.weight() - before;
        Some(seen)
    }

    /// Notes the marks of the events that a commit added to a stream that was touched.
    pub(crate) fn note(&mut self, stream: StreamId, marks: &[KeyMark]) {
        self.with(stream, |state| state.note(marks));
    }

    /// Forgets the streams that were not used for longest, down to the bound.
    pub(crate) fn trim(&mut self) {
        while self.weight > self.max_weight && self.streams.len() > 1 {
            let Some((_, stream)) = self.by_last_use.pop_first() else {
                return;
            };
            if let Some((_, state)) = self.streams.remove(&stream) {
                self.weight -= state.weight();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use relatum_stream::StreamKind;
    use uuid::Uuid;

    use super::*;
    use crate::canonical::CommitBytes;

    struct Nothing;

    impl StoredStreams for Nothing {
        fn marks(&self, _: StreamId) -> Result<Vec<KeyMark>, LogError> {
            Ok(Vec::new())
        }

        fn commit_at(&self, _: StreamId, _: Version) -> Result<Option<CommitBytes>, LogError> {
            Ok(None)
        }
    }

    fn marks(count: u64) -> Vec<KeyMark> {
        (0..count).map(|key| KeyMark::of(Some(&key.to_string()))).collect()
    }

    fn stream(number: u128) -> StreamId {
        StreamId::new(StreamKind::of("account"), Uuid::from_u128(number))
    }

    #[test]
    fn what_was_used_last_is_remembered_and_the_rest_is_bounded() {
        let mut cache = StateCache::new(100);
        for number in 0..50_u64 {
            cache.touch(stream(0), &Nothing).unwrap();
            cache.touch(stream(1 + u128::from(number)), &Nothing).unwrap();
            cache.note(stream(1 + u128::from(number)), &marks(40));
            cache.trim();
            assert!(cache.weight <= 100, "{}", cache.weight);
        }
        assert!(cache.with(stream(0), |_| ()).is_some(), "used all the time");
        assert_eq!(cache.with(stream(50), |state| state.marks.len()), Some(40));
        assert!(cache.with(stream(1), |_| ()).is_none(), "not used for long");
        assert_eq!(cache.streams.len(), cache.by_last_use.len());
    }

    #[test]
    fn one_stream_above_the_bound_is_kept_whole() {
        let mut cache = StateCache::new(10);
        cache.touch(stream(0), &Nothing).unwrap();
        cache.note(stream(0), &marks(50));
        cache.trim();
        assert_eq!(cache.with(stream(0), |state| state.marks.len()), Some(50));
    }
}
