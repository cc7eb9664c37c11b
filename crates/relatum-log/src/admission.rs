//! Whether a commit may be recorded, and what exactly is stored then.
//!
//! Owns every rule of submitting (shape and limits, idempotency keys, expected versions, versions,
//! recorded times, the stored bytes), once for all logs. Knows no store: what streams hold
//! already it reads through [`StoredStreams`].
//!
//! *Invariant: what is refused changes nothing; what is admitted is the next commit of the log.*

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, Utc};
use relatum_stream::{EventRef, StreamId, Version};

use crate::canonical::{CommitBytes, Encoder, WriteView};
use crate::clock::Clock;
use crate::commit::{Limits, NewCommit, NewEvent, StreamWrite};
use crate::corruption::{Corruption, CorruptionKind, Place};
use crate::error::{AppendError, EventContent, Limit, LogError};
use crate::event_log::StoredCommit;
use crate::position::{Cut, Position, Seq};
use crate::receipt::{Receipt, RecordedEvent};
use crate::recorded_at;
use crate::writer_state::{Digest, StateCache, UsedKey, content_digest, key_digest};

/// How many keys an [`Admission`] remembers: at most about 400 MB of them.
const REMEMBERED_KEYS: usize = 4_000_000;

/// What a store tells an [`Admission`] of its streams.
pub trait StoredStreams {
    /// The commit that holds `version` of `stream`, from 1; `None` past the end of the stream.
    ///
    /// Must show every commit that was admitted before, durable or not.
    ///
    /// # Errors
    /// Those of reading the store.
    fn commit_at(
        &self,
        stream: StreamId,
        version: Version,
    ) -> Result<Option<CommitBytes>, LogError>;
}

/// An admitted commit: the answer to give, and what to store before giving it.
#[derive(Debug, Clone)]
pub struct Admitted {
    /// The answer, true as soon as everything admitted so far is durable.
    pub receipt: Receipt,
    /// What to store; `None` if every event was already recorded.
    pub stored: Option<StoredCommit>,
    /// The streams that it writes.
    pub writes: Vec<WriteView>,
}

/// Decides, one commit after the other, what goes into a log.
///
/// There is one per log and partition, owned by the log's single writer. A store that could not
/// store what was admitted must not go on with the same admission.
pub struct Admission {
    clock: Box<dyn Clock>,
    head: Position,
    last_recorded_at: Option<DateTime<Utc>>,
    states: StateCache,
}

impl Admission {
    /// Begins after the last commit of a log: `head` is the position of its last event, seq 0 if
    /// there is none.
    #[must_use]
    pub fn resume(
        clock: impl Clock + 'static,
        head: Position,
        last_recorded_at: Option<DateTime<Utc>>,
    ) -> Self {
        let states = StateCache::new(REMEMBERED_KEYS);
        Self {
            clock: Box::new(clock),
            head,
            last_recorded_at,
            states,
        }
    }

    /// Changes how many idempotency keys are remembered; others are read again when needed.
    #[must_use]
    pub fn remember_keys(mut self, keys: usize) -> Self {
        self.states = StateCache::new(keys);
        self
    }

    /// Admits `commit` as the next one, or refuses it.
    ///
    /// # Errors
    /// For a write, in check order: [`Empty`](AppendError::Empty), [`TooLarge`] in streams,
    /// [`EmptyWrite`](AppendError::EmptyWrite), [`StreamTwice`](AppendError::StreamTwice),
    /// [`TooLarge`] in events; then per write [`KeyConflict`](AppendError::KeyConflict) and
    /// [`Conflict`](AppendError::Conflict); then [`TooLarge`] in bytes. For a copy,
    /// [`CopyRefused`](AppendError::CopyRefused).
    ///
    /// [`TooLarge`]: AppendError::TooLarge
    pub fn admit(
        &mut self,
        commit: NewCommit,
        stored: &dyn StoredStreams,
    ) -> Result<Admitted, AppendError> {
        let admitted = match commit {
            NewCommit::Write(writes) => self.admit_writes(&writes, stored),
            NewCommit::Copy(bytes) => self.admit_copy(bytes, stored),
        };
        self.states.trim();
        admitted
    }

    fn admit_writes(
        &mut self,
        writes: &[StreamWrite],
        stored: &dyn StoredStreams,
    ) -> Result<Admitted, AppendError> {
        check_shape(writes)?;
        let mut plans = Vec::with_capacity(writes.len());
        for write in writes {
            plans.push(self.plan(write, stored)?);
        }
        let events = plans
            .iter()
            .flat_map(|plan| plan.answers.iter().copied())
            .collect();
        plans.retain(|plan| !plan.fresh.is_empty());
        if plans.is_empty() {
            let recorded_at = self.last_recorded_at.unwrap_or(DateTime::UNIX_EPOCH);
            let receipt = Receipt {
                position: None,
                cut: self.cut(),
                recorded_at,
                events,
            };
            return Ok(Admitted {
                receipt,
                stored: None,
                writes: Vec::new(),
            });
        }
        let recorded_at = self.next_instant()?;
        let bytes = encode(&plans, recorded_at);
        if bytes.len() > Limits::BYTES {
            return Err(too_large(Limit::Bytes, bytes.len(), Limits::BYTES));
        }
        let views = plans.iter().map(Plan::view).collect();
        for plan in plans {
            self.states.note(plan.stream, plan.last(), plan.keys);
        }
        Ok(self.take(
            CommitBytes::new(bytes.into_bytes()),
            recorded_at,
            views,
            events,
        ))
    }

    /// Sorts the events of one write into those that are recorded and those that are new.
    fn plan<'a>(
        &mut self,
        write: &'a StreamWrite,
        stored: &dyn StoredStreams,
    ) -> Result<Plan<'a>, AppendError> {
        let stream = write.stream;
        self.states.touch(stream, stored)?;
        let state = self.states.get(stream).ok_or(LogError::Poisoned)?;
        let mut plan = Plan::new(stream, state.version);
        for event in &write.events {
            let Some(key) = &event.key else {
                plan.add(event);
                continue;
            };
            let digest = key_digest(key.as_str());
            let content =
                content_digest(event.event_type.as_str(), event.schema, event.data.as_str());
            match plan.keys.get(&digest).or_else(|| state.keys.get(&digest)) {
                None => {
                    let version = plan.add(event);
                    plan.keys.insert(digest, (version, content));
                }
                Some((version, existing)) if *existing == content => plan.repeat(*version),
                Some((version, _)) => {
                    let existing = EventRef::new(stream, *version);
                    let existing_content = match plan.fresh_at(*version) {
                        Some(event) => content_of(event),
                        None => recorded_content(existing, stored)?,
                    };
                    return Err(AppendError::KeyConflict {
                        key: key.clone(),
                        existing,
                        existing_content: Box::new(existing_content),
                        offered_content: Box::new(content_of(event)),
                    });
                }
            }
        }
        // A request that was recorded before succeeds again, wherever the stream is by now.
        if !plan.fresh.is_empty() && !write.expected.allows(state.version) {
            let (expected, actual) = (write.expected, state.version);
            return Err(AppendError::Conflict {
                stream,
                expected,
                actual,
            });
        }
        Ok(plan)
    }

    fn admit_copy(
        &mut self,
        bytes: CommitBytes,
        stored: &dyn StoredStreams,
    ) -> Result<Admitted, AppendError> {
        let refused = |kind| AppendError::CopyRefused { kind };
        let view = bytes.canonical_view().map_err(refused)?;
        let found = view.recorded_at;
        if let Some(last) = self.last_recorded_at.filter(|last| found <= *last) {
            return Err(refused(CorruptionKind::NotLater { last, found }));
        }
        let mut added: Vec<BTreeMap<Digest, UsedKey>> = Vec::with_capacity(view.writes.len());
        for (at, write) in view.writes.iter().enumerate() {
            let stream = write.stream;
            self.states.touch(stream, stored)?;
            let state = self.states.get(stream).ok_or(LogError::Poisoned)?;
            let expected = state.version.plus(1);
            if write.version != expected {
                let found = write.version;
                return Err(refused(CorruptionKind::Version {
                    stream,
                    expected,
                    found,
                }));
            }
            let mut keys = BTreeMap::new();
            for event in view.events.iter().filter(|event| event.write == at) {
                let Some(key) = &event.key else { continue };
                let digest = key_digest(key);
                if let Some((version, _)) = keys.get(&digest).or_else(|| state.keys.get(&digest)) {
                    let (existing, found) = (*version, event.event);
                    return Err(refused(CorruptionKind::KeyTwice { existing, found }));
                }
                let content = content_digest(event.event_type, event.schema, event.data);
                keys.insert(digest, (event.event.version, content));
            }
            added.push(keys);
        }
        let new = |event| RecordedEvent {
            event,
            already_recorded: false,
        };
        let events = view.events.iter().map(|event| new(event.event)).collect();
        let writes = view.writes;
        for (write, keys) in writes.iter().zip(added) {
            self.states.note(write.stream, write.last(), keys);
        }
        Ok(self.take(bytes, found, writes, events))
    }

    /// Makes `bytes` the last commit of the log.
    fn take(
        &mut self,
        bytes: CommitBytes,
        recorded_at: DateTime<Utc>,
        writes: Vec<WriteView>,
        events: Vec<RecordedEvent>,
    ) -> Admitted {
        let position = Position {
            seq: self.head.seq.plus(1),
            ..self.head
        };
        let count = writes.iter().map(|write| write.events).sum();
        self.head.seq = self.head.seq.plus(count);
        self.last_recorded_at = Some(recorded_at);
        let receipt = Receipt {
            position: Some(position),
            cut: self.cut(),
            recorded_at,
            events,
        };
        Admitted {
            receipt,
            stored: Some(StoredCommit { position, bytes }),
            writes,
        }
    }

    fn cut(&self) -> Cut {
        Cut::of([(self.head.partition, self.head.seq)])
    }

    fn next_instant(&self) -> Result<DateTime<Utc>, LogError> {
        let last = self.last_recorded_at;
        recorded_at::next(self.clock.now(), last).ok_or(LogError::NoLaterInstant {
            last: last.unwrap_or_default(),
        })
    }

    /// The seq of the last event that was admitted.
    #[must_use]
    pub const fn head(&self) -> Seq {
        self.head.seq
    }
}

impl fmt::Debug for Admission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            head,
            last_recorded_at,
            ..
        } = self;
        f.debug_struct("Admission")
            .field("head", head)
            .field("last_recorded_at", last_recorded_at)
            .finish_non_exhaustive()
    }
}

/// What one write adds to its stream.
struct Plan<'a> {
    stream: StreamId,
    before: Version,
    fresh: Vec<&'a NewEvent>,
    keys: BTreeMap<Digest, UsedKey>,
    answers: Vec<RecordedEvent>,
}

impl<'a> Plan<'a> {
    const fn new(stream: StreamId, before: Version) -> Self {
        Self {
            stream,
            before,
            fresh: Vec::new(),
            keys: BTreeMap::new(),
            answers: Vec::new(),
        }
    }

    fn add(&mut self, event: &'a NewEvent) -> Version {
        self.fresh.push(event);
        let version = self.last();
        let event = EventRef::new(self.stream, version);
        self.answers.push(RecordedEvent {
            event,
            already_recorded: false,
        });
        version
    }

    fn repeat(&mut self, version: Version) {
        let event = EventRef::new(self.stream, version);
        self.answers.push(RecordedEvent {
            event,
            already_recorded: true,
        });
    }

    fn fresh_at(&self, version: Version) -> Option<&'a NewEvent> {
        let at = version.0.checked_sub(self.before.0)?.checked_sub(1)?;
        self.fresh.get(usize::try_from(at).ok()?).copied()
    }

    fn last(&self) -> Version {
        self.before.plus(self.fresh.len() as u64)
    }

    fn view(&self) -> WriteView {
        let version = self.before.plus(1);
        WriteView {
            stream: self.stream,
            version,
            events: self.fresh.len() as u64,
        }
    }
}

fn check_shape(writes: &[StreamWrite]) -> Result<(), AppendError> {
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
        if writes
            .iter()
            .take(at)
            .any(|earlier| earlier.stream == *stream)
        {
            return Err(AppendError::StreamTwice { stream: *stream });
        }
    }
    let events = writes.iter().map(|write| write.events.len()).sum();
    if events > Limits::EVENTS {
        return Err(too_large(Limit::Events, events, Limits::EVENTS));
    }
    Ok(())
}

const fn too_large(what: Limit, size: usize, limit: usize) -> AppendError {
    AppendError::TooLarge {
        what,
        size: size as u64,
        limit: limit as u64,
    }
}

fn encode(plans: &[Plan<'_>], recorded_at: DateTime<Utc>) -> String {
    let heads = plans.iter().map(|plan| (plan.stream, plan.before.plus(1)));
    let mut encoder = Encoder::new(recorded_at, heads);
    for (write, plan) in plans.iter().enumerate() {
        for event in &plan.fresh {
            let NewEvent {
                event_type,
                schema,
                key,
                data,
            } = event;
            let key = key.as_ref().map(|key| key.as_str());
            encoder.event(write, event_type.as_str(), *schema, key, data.as_str());
        }
    }
    encoder.finish()
}

fn content_of(event: &NewEvent) -> EventContent {
    let NewEvent {
        event_type,
        schema,
        data,
        ..
    } = event.clone();
    EventContent {
        event_type,
        schema,
        data,
    }
}

/// Reads what the log holds under a name, to show it beside what was offered.
fn recorded_content(event: EventRef, stored: &dyn StoredStreams) -> Result<EventContent, LogError> {
    let EventRef { stream, version } = event;
    let damage = |kind| Corruption {
        at: Place::Stream(stream, version),
        kind,
    };
    let missing = || {
        damage(CorruptionKind::Missing {
            what: "an event that was read before",
        })
    };
    let bytes = stored.commit_at(stream, version)?.ok_or_else(missing)?;
    let view = bytes.view().map_err(damage)?;
    let mut envelopes = view.envelopes(Position::of(0));
    let found = envelopes
        .find(|envelope| envelope.event == event)
        .ok_or_else(missing)?;
    Ok(EventContent {
        event_type: found.event_type,
        schema: found.schema,
        data: found.data,
    })
}
