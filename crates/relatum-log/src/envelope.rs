//! An event with what the log knows of it.
//!
//! Owns the envelope. Knows nothing of the data inside.
//!
//! *Invariant: mapping the data leaves the rest as it is.*

use chrono::{DateTime, Utc};
use relatum_stream::EventRef;

use crate::names::{EventType, IdempotencyKey};
use crate::position::Position;

/// A recorded event: what happened, its name, its place, and when the log learned of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope<E> {
    /// The name of the event, for ever.
    pub event: EventRef,
    /// Its place in this log; a copy of the log may have it elsewhere.
    pub position: Position,
    /// When the log learned of it; the same for all events of a commit.
    pub recorded_at: DateTime<Utc>,
    /// What kind of event it is.
    pub event_type: EventType,
    /// The schema number of the data.
    pub schema: u16,
    /// The name that its source gave it.
    pub key: Option<IdempotencyKey>,
    /// What happened.
    pub data: E,
}

impl<E> Envelope<E> {
    /// The same envelope with other data.
    #[must_use]
    pub fn map<F>(self, data: impl FnOnce(E) -> F) -> Envelope<F> {
        let (envelope, inner) = self.split();
        envelope.with(data(inner))
    }

    /// The same envelope with other data, if that can be made.
    ///
    /// # Errors
    /// Those of `data`, which sees the envelope without its data beside the data.
    pub fn try_map<F, X>(
        self,
        data: impl FnOnce(&Envelope<()>, E) -> Result<F, X>,
    ) -> Result<Envelope<F>, X> {
        let (envelope, inner) = self.split();
        let mapped = data(&envelope, inner)?;
        Ok(envelope.with(mapped))
    }

    fn split(self) -> (Envelope<()>, E) {
        let Self { event, position, recorded_at, event_type, schema, key, data } = self;
        (Envelope { event, position, recorded_at, event_type, schema, key, data: () }, data)
    }
}

impl Envelope<()> {
    fn with<F>(self, data: F) -> Envelope<F> {
        let Self { event, position, recorded_at, event_type, schema, key, data: () } = self;
        Envelope { event, position, recorded_at, event_type, schema, key, data }
    }
}
