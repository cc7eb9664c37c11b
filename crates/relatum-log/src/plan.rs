//! What a write would add to its stream: new events, and answers for those already recorded.
//!
//! Owns the shape of a commit and the rules of idempotency keys and expected versions. Knows of the
//! log only the state of the streams written, and changes nothing.
//!
//! *Invariant: one answer per offered event, in order; versions of new events follow the stream's.*

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use relatum_stream::{EventRef, StreamId, Version};

use crate::admission::StoredStreams;
use crate::canonical::WriteView;
use crate::commit::{Limits, NewEvent, StreamWrite};
use crate::corruption::{Corruption, CorruptionKind, Place};
use crate::encoder::Encoder;
use crate::error::{AppendError, EventContent, Limit, LogError};
use crate::names::IdempotencyKey;
use crate::position::Position;
use crate::receipt::RecordedEvent;
use crate::writer_state::{Digest, KeyMark, StreamState, content_digest, key_digest};

/// What one write adds to its stream.
pub(crate) struct Plan<'a> {
    pub(crate) stream: StreamId,
    before: Version,
    pub(crate) fresh: Vec<&'a NewEvent>,
    /// The keys of these, each with the version of its event.
    keys: BTreeMap<Digest, Version>,
    /// One for each new event.
    pub(crate) marks: Vec<KeyMark>,
    /// One per offered event, in order.
    pub(crate) answers: Vec<RecordedEvent>,
}

impl<'a> Plan<'a> {
    /// Sorts the events of one write into those that are recorded and those that are new.
    pub(crate) fn of(
        write: &'a StreamWrite,
        state: &mut StreamState,
        stored: &dyn StoredStreams,
    ) -> Result<Self, AppendError> {
        let stream = write.stream;
        let mut plan = Self::new(stream, state.version, write.events.len());
        for event in &write.events {
            let Some(key) = &event.key else {
                plan.add(event, KeyMark::default());
                continue;
            };
            let digest = key_digest(key.as_str());
            if let Some(version) = plan.keys.get(&digest).copied() {
                match plan.fresh_at(version) {
                    Some(earlier) if earlier == event => plan.repeat(version),
                    Some(earlier) => {
                        let existing = content_of(earlier);
                        let at = EventRef::new(stream, version);
                        return Err(key_conflict(key, at, existing, event));
                    }
                    None => {}
                }
                continue;
            }
            match state.used(stream, &digest, stored)? {
                None => {
                    let version = plan.add(event, KeyMark::of_digest(&digest));
                    plan.keys.insert(digest, version);
                }
                Some((version, content)) if content == digest_of(event) => plan.repeat(version),
                Some((version, _)) => {
                    let existing = EventRef::new(stream, version);
                    let content = recorded_content(existing, stored)?;
                    return Err(key_conflict(key, existing, content, event));
                }
            }
        }
        // A request that was recorded before succeeds again, wherever the stream is by now.
        if !plan.fresh.is_empty() && !write.expected.allows(state.version) {
            let (expected, actual) = (write.expected, state.version);
            return Err(AppendError::Conflict { stream, expected, actual });
        }
        Ok(plan)
    }

    /// Nothing yet, with room for so many events.
    fn new(stream: StreamId, before: Version, events: usize) -> Self {
        let (fresh, answers) = (Vec::with_capacity(events), Vec::with_capacity(events));
        let marks = Vec::with_capacity(events);
        Self { stream, before, fresh, keys: BTreeMap::new(), marks, answers }
    }

    fn add(&mut self, event: &'a NewEvent, mark: KeyMark) -> Version {
        self.fresh.push(event);
        self.marks.push(mark);
        let version = self.last();
        let event = EventRef::new(self.stream, version);
        self.answers.push(RecordedEvent { event, already_recorded: false });
        version
    }

    fn repeat(&mut self, version: Version) {
        let event = EventRef::new(self.stream, version);
        self.answers.push(RecordedEvent { event, already_recorded: true });
    }

    fn fresh_at(&self, version: Version) -> Option<&'a NewEvent> {
        let at = version.0.checked_sub(self.before.0)?.checked_sub(1)?;
        self.fresh.get(usize::try_from(at).ok()?).copied()
    }

    pub(crate) fn last(&self) -> Version {
        self.before.plus(self.fresh.len() as u64)
    }

    pub(crate) fn view(&self) -> WriteView {
        let version = self.before.plus(1);
        WriteView { stream: self.stream, version, events: self.fresh.len() as u64 }
    }
}

/// Refuses what is no commit whatever the log holds.
pub(crate) fn check_shape(writes: &[StreamWrite]) -> Result<(), AppendError> {
    if writes.is_empty() {
        return Err(AppendError::Empty);
    }
    if writes.len() > Limits::STREAMS {
        return Err(too_large(Limit::Streams, writes.len(), Limits::STREAMS));
    }
    for (at, StreamWrite { stream, events, .. }) in writes.iter().enumerate() {
        if events.is_empty() {
            return Err(AppendError::EmptyWrite { stream: *stream });
        }
        if writes.iter().take(at).any(|earlier| earlier.stream == *stream) {
            return Err(AppendError::StreamTwice { stream: *stream });
        }
    }
    let events = writes.iter().map(|write| write.events.len()).sum();
    if events > Limits::EVENTS {
        return Err(too_large(Limit::Events, events, Limits::EVENTS));
    }
    Ok(())
}

pub(crate) const fn too_large(what: Limit, size: usize, limit: usize) -> AppendError {
    AppendError::TooLarge { what, size: size as u64, limit: limit as u64 }
}

/// The stored form of what the plans add.
pub(crate) fn encode(plans: &[Plan<'_>], recorded_at: DateTime<Utc>) -> String {
    let heads = plans.iter().map(|plan| (plan.stream, plan.before.plus(1)));
    let events = plans.iter().flat_map(|plan| &plan.fresh);
    let room = events.map(|it| Encoder::room(it.event_type.as_str(), key_of(it), it.data.as_str()));
    let mut encoder = Encoder::new(recorded_at, heads, room.sum());
    for (write, plan) in plans.iter().enumerate() {
        for event in &plan.fresh {
            let NewEvent { event_type, schema, data, .. } = event;
            encoder.event(write, event_type.as_str(), *schema, key_of(event), data.as_str());
        }
    }
    encoder.finish()
}

fn key_of(event: &NewEvent) -> Option<&str> {
    event.key.as_ref().map(|key| key.as_str())
}

fn digest_of(event: &NewEvent) -> Digest {
    content_digest(event.event_type.as_str(), event.schema, event.data.as_str())
}

fn key_conflict(
    key: &IdempotencyKey,
    existing: EventRef,
    content: EventContent,
    offered: &NewEvent,
) -> AppendError {
    AppendError::KeyConflict {
        key: key.clone(),
        existing,
        existing_content: Box::new(content),
        offered_content: Box::new(content_of(offered)),
    }
}

fn content_of(event: &NewEvent) -> EventContent {
    let NewEvent { event_type, schema, data, .. } = event.clone();
    EventContent { event_type, schema, data }
}

/// Reads what the log holds under a name, to show it beside what was offered.
fn recorded_content(event: EventRef, stored: &dyn StoredStreams) -> Result<EventContent, LogError> {
    let EventRef { stream, version } = event;
    let damage = |kind| Corruption { at: Place::Stream(stream, version), kind };
    let missing = || damage(CorruptionKind::Missing { what: "an event that was read before" });
    let bytes = stored.commit_at(stream, version)?.ok_or_else(missing)?;
    let view = bytes.view().map_err(damage)?;
    let mut envelopes = view.envelopes(Position::of(0));
    let found = envelopes.find(|envelope| envelope.event == event).ok_or_else(missing)?;
    Ok(EventContent { event_type: found.event_type, schema: found.schema, data: found.data })
}
