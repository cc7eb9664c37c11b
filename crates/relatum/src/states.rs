//! What decisions need to know of streams, kept between decisions.
//!
//! *Invariant: a state is never copied to be brought up to date or to be decided on: the work of
//! a decision does not grow with what the stream holds already.*

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use lru::LruCache;
use relatum_domain::Event;
use relatum_domain::decide::State;
use relatum_log::{Cursor, Envelope, EventLog, IdempotencyKey, Upcasters};
use relatum_stream::{EventRef, StreamId, Version};

use crate::error::Error;
use crate::reading::Reading;
use crate::rights::Rights;

/// How many streams are remembered.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(4_096).unwrap();

/// Which event told each fact, by its idempotency key.
type Keys = BTreeMap<IdempotencyKey, Version>;

/// The streams that were decided upon lately.
#[derive(Debug)]
pub(crate) struct States(LruCache<StreamId, (State, Keys)>);

/// What is known of a few streams, taken out of the memory for one decision.
#[derive(Debug, Default)]
pub(crate) struct Drawn {
    pub(crate) states: BTreeMap<StreamId, State>,
    keys: BTreeMap<StreamId, Keys>,
}

impl Default for States {
    fn default() -> Self {
        Self(LruCache::new(REMEMBERED))
    }
}

impl States {
    /// Draws what is known of `stream` by now: what was remembered, and what the log has beyond
    /// it. What was read before an error is drawn too.
    pub(crate) fn draw(
        &mut self,
        stream: StreamId,
        drawn: &mut Drawn,
        log: &dyn EventLog,
        upcasters: &Upcasters,
    ) -> Result<(), Error> {
        if drawn.states.contains_key(&stream) {
            return Ok(());
        }
        let (mut state, mut keys) = self.0.pop(&stream).unwrap_or_default();
        let read =
            each_from(stream, state.version().plus(1), log, (upcasters, Rights::ALL), |envelope| {
                state.evolve(envelope.event, envelope.recorded_at.into(), &envelope.data);
                if let Some(key) = envelope.key {
                    keys.insert(key, envelope.event.version);
                }
            });
        drawn.states.insert(stream, state);
        drawn.keys.insert(stream, keys);
        read
    }

    /// Remembers what was drawn.
    pub(crate) fn give_back(&mut self, drawn: Drawn) {
        let Drawn { states, mut keys } = drawn;
        for (stream, state) in states {
            let keys = keys.remove(&stream).unwrap_or_default();
            self.0.put(stream, (state, keys));
        }
    }
}

impl Drawn {
    /// The event of `stream` that told the fact called `key`.
    pub(crate) fn told_by(&self, stream: StreamId, key: &IdempotencyKey) -> Option<EventRef> {
        let version = self.keys.get(&stream)?.get(key)?;
        Some(EventRef::new(stream, *version))
    }
}

/// Gives every event of `stream` from `version` on, in order.
pub(crate) fn each_from(
    stream: StreamId,
    version: Version,
    log: &dyn EventLog,
    by: (&Upcasters, Rights),
    mut take: impl FnMut(Envelope<Event>),
) -> Result<(), Error> {
    let mut reading = Reading::from(Cursor::Stream(stream, version));
    while let Some(envelope) = reading.take_or_read(log, by, |_| true)? {
        take(envelope);
    }
    Ok(())
}
