//! What the single writer remembers of the streams that it writes.
//!
//! Owns, per stream, the last version and the keys used, as digests; bounded, least recently used
//! goes first, read again from the log when needed. Knows nothing of commits under way.
//!
//! *Invariant: what is remembered equals what reading the stream gives.*

use std::collections::BTreeMap;

use relatum_stream::{StreamId, Version};
use sha2::{Digest as _, Sha256};

use crate::admission::StoredStreams;
use crate::canonical::{CommitView, WriteView};
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

#[derive(Debug, Default)]
pub(crate) struct StreamState {
    pub(crate) version: Version,
    pub(crate) keys: BTreeMap<Digest, UsedKey>,
}

impl StreamState {
    fn load(stream: StreamId, stored: &dyn StoredStreams) -> Result<Self, LogError> {
        let mut state = Self::default();
        loop {
            let next = state.version.plus(1);
            let Some(bytes) = stored.commit_at(stream, next)? else {
                return Ok(state);
            };
            let damage = |kind| Corruption { at: Place::Stream(stream, next), kind };
            let view = bytes.view().map_err(damage)?;
            let (at, write) = write_of(&view, stream)
                .ok_or_else(|| damage(CorruptionKind::Missing { what: "the stream's write" }))?;
            if write.version != next {
                let (expected, found) = (next, write.version);
                return Err(damage(CorruptionKind::Version { stream, expected, found }).into());
            }
            for event in view.events.iter().filter(|event| event.write == at) {
                if let Some(key) = &event.key {
                    let content = content_digest(event.event_type, event.schema, event.data);
                    state.keys.insert(key_digest(key), (event.event.version, content));
                }
            }
            state.version = write.last();
        }
    }
}

fn write_of(view: &CommitView<'_>, stream: StreamId) -> Option<(usize, WriteView)> {
    view.writes.iter().copied().enumerate().find(|(_, write)| write.stream == stream)
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
                self.weight += state.keys.len() + STREAM_WEIGHT;
                self.streams.insert(stream, (self.uses, state));
            }
        }
        self.by_last_use.insert(self.uses, stream);
        Ok(())
    }

    /// The state of a stream that was touched.
    pub(crate) fn get(&self, stream: StreamId) -> Option<&StreamState> {
        self.streams.get(&stream).map(|(_, state)| state)
    }

    /// Notes what a commit added to a stream that was touched.
    pub(crate) fn note(
        &mut self,
        stream: StreamId,
        version: Version,
        keys: impl IntoIterator<Item = (Digest, UsedKey)>,
    ) {
        if let Some((_, state)) = self.streams.get_mut(&stream) {
            let before = state.keys.len();
            state.version = version;
            state.keys.extend(keys);
            self.weight += state.keys.len() - before;
        }
    }

    /// Forgets the streams that were not used for longest, down to the bound.
    pub(crate) fn trim(&mut self) {
        while self.weight > self.max_weight && self.streams.len() > 1 {
            let Some((_, stream)) = self.by_last_use.pop_first() else {
                return;
            };
            if let Some((_, state)) = self.streams.remove(&stream) {
                self.weight -= state.keys.len() + STREAM_WEIGHT;
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
        fn commit_at(&self, _: StreamId, _: Version) -> Result<Option<CommitBytes>, LogError> {
            Ok(None)
        }
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
            let keys = (0..10).map(|key| (key_digest(&key.to_string()), Default::default()));
            cache.note(stream(1 + u128::from(number)), Version(10), keys);
            cache.trim();
            assert!(cache.weight <= 100, "{}", cache.weight);
        }
        assert!(cache.get(stream(0)).is_some(), "used all the time");
        assert!(cache.get(stream(50)).is_some_and(|state| state.keys.len() == 10));
        assert!(cache.get(stream(1)).is_none(), "not used for long");
        assert_eq!(cache.streams.len(), cache.by_last_use.len());
    }

    #[test]
    fn one_stream_above_the_bound_is_kept_whole() {
        let mut cache = StateCache::new(10);
        cache.touch(stream(0), &Nothing).unwrap();
        let keys = (0..50).map(|key| (key_digest(&key.to_string()), Default::default()));
        cache.note(stream(0), Version(50), keys);
        cache.trim();
        assert_eq!(cache.get(stream(0)).map(|state| state.keys.len()), Some(50));
    }
}
