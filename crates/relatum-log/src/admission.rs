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
use relatum_stream::{StreamId, Version};

use crate::canonical::{CommitBytes, CommitView, WriteView};
use crate::clock::Clock;
use crate::commit::{Limits, NewCommit, StreamWrite};
use crate::corruption::CorruptionKind;
use crate::error::{AppendError, Limit, LogError};
use crate::event_log::StoredCommit;
use crate::plan::{Plan, check_shape, encode, too_large};
use crate::position::{Cut, Position, Seq};
use crate::receipt::{Receipt, RecordedEvent};
use crate::recorded_at;
use crate::writer_state::{KeyMark, StateCache, StreamState, key_digest};

/// How many keys an [`Admission`] remembers: some hundreds of megabytes of them.
const REMEMBERED_KEYS: usize = 4_000_000;

/// What a store tells an [`Admission`] of its streams.
///
/// Must show every commit that was admitted before, durable or not.
pub trait StoredStreams {
    /// The mark of each event of `stream`, from version 1 on; empty for a stream without events.
    ///
    /// # Errors
    /// Those of reading the store.
    fn marks(&self, stream: StreamId) -> Result<Vec<KeyMark>, LogError>;

    /// The commit that holds `version` of `stream`, from 1; `None` past the end of the stream.
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
    /// The mark of each event to store, in order.
    pub marks: Vec<KeyMark>,
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
        Self { clock: Box::new(clock), head, last_recorded_at, states }
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
            self.states.touch(write.stream, stored)?;
            let plan = self.states.with(write.stream, |state| Plan::of(write, state, stored));
            plans.push(plan.ok_or(LogError::Poisoned)??);
        }
        let mut events = Vec::with_capacity(plans.iter().map(|plan| plan.answers.len()).sum());
        plans.iter().for_each(|plan| events.extend_from_slice(&plan.answers));
        plans.retain(|plan| !plan.fresh.is_empty());
        if plans.is_empty() {
            let recorded_at = self.last_recorded_at.unwrap_or(DateTime::UNIX_EPOCH);
            let receipt = Receipt { position: None, cut: self.cut(), recorded_at, events };
            let (writes, marks) = Default::default();
            return Ok(Admitted { receipt, stored: None, writes, marks });
        }
        let recorded_at = self.next_instant()?;
        let bytes = encode(&plans, recorded_at);
        if bytes.len() > Limits::BYTES {
            return Err(too_large(Limit::Bytes, bytes.len(), Limits::BYTES));
        }
        let views = plans.iter().map(Plan::view).collect();
        let mut marks = Vec::with_capacity(plans.iter().map(|plan| plan.marks.len()).sum());
        for plan in &plans {
            self.states.note(plan.stream, &plan.marks);
            marks.extend_from_slice(&plan.marks);
        }
        let bytes = CommitBytes::new(bytes.into_bytes());
        Ok(Admitted { marks, ..self.take(bytes, recorded_at, views, events) })
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
        for (at, write) in view.writes.iter().enumerate() {
            self.states.touch(write.stream, stored)?;
            let check = |state: &mut _| check_copied(&view, at, write, state, stored);
            self.states.with(write.stream, check).ok_or(LogError::Poisoned)??;
        }
        let new = |event| RecordedEvent { event, already_recorded: false };
        let events = view.events.iter().map(|event| new(event.event)).collect();
        let marks: Vec<KeyMark> =
            view.events.iter().map(|event| KeyMark::of(event.key.as_deref())).collect();
        let writes = view.writes;
        let mut rest = marks.as_slice();
        for write in &writes {
            let events = usize::try_from(write.events).unwrap_or(usize::MAX);
            let (of_write, after) = rest.split_at_checked(events).unwrap_or((rest, &[]));
            self.states.note(write.stream, of_write);
            rest = after;
        }
        Ok(Admitted { marks, ..self.take(bytes, found, writes, events) })
    }

    /// Makes `bytes` the last commit of the log.
    fn take(
        &mut self,
        bytes: CommitBytes,
        recorded_at: DateTime<Utc>,
        writes: Vec<WriteView>,
        events: Vec<RecordedEvent>,
    ) -> Admitted {
        let position = Position { seq: self.head.seq.plus(1), ..self.head };
        let count = writes.iter().map(|write| write.events).sum();
        self.head.seq = self.head.seq.plus(count);
        self.last_recorded_at = Some(recorded_at);
        let receipt = Receipt { position: Some(position), cut: self.cut(), recorded_at, events };
        let stored = Some(StoredCommit { position, bytes });
        Admitted { receipt, stored, writes, marks: Vec::new() }
    }

    fn cut(&self) -> Cut {
        Cut::of([(self.head.partition, self.head.seq)])
    }

    fn next_instant(&self) -> Result<DateTime<Utc>, LogError> {
        let last = self.last_recorded_at;
        recorded_at::next(self.clock.now(), last)
            .ok_or(LogError::NoLaterInstant { last: last.unwrap_or_default() })
    }

    /// The seq of the last event that was admitted.
    #[must_use]
    pub const fn head(&self) -> Seq {
        self.head.seq
    }
}

impl fmt::Debug for Admission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { head, last_recorded_at, .. } = self;
        f.debug_struct("Admission")
            .field("head", head)
            .field("last_recorded_at", last_recorded_at)
            .finish_non_exhaustive()
    }
}

/// Refuses a copied write that is not the next one of its stream, or uses a key again.
fn check_copied(
    view: &CommitView<'_>,
    at: usize,
    write: &WriteView,
    state: &mut StreamState,
    stored: &dyn StoredStreams,
) -> Result<(), AppendError> {
    let refused = |kind| AppendError::CopyRefused { kind };
    let expected = state.version.plus(1);
    if write.version != expected {
        let (stream, found) = (write.stream, write.version);
        return Err(refused(CorruptionKind::Version { stream, expected, found }));
    }
    let mut keys = BTreeMap::new();
    for event in view.events.iter().filter(|event| event.write == at) {
        let (Some(key), version) = (&event.key, event.event.version) else { continue };
        let used = match keys.insert(key, version) {
            Some(existing) => Some(existing),
            None => {
                state.used(write.stream, &key_digest(key), stored)?.map(|(existing, _)| existing)
            }
        };
        if let Some(existing) = used {
            let found = event.event;
            return Err(refused(CorruptionKind::KeyTwice { existing, found }));
        }
    }
    Ok(())
}
