//! Reading events of older schemas as if they had been written today.
//!
//! Owns the registry of upcasters, JSON to JSON, each from one schema of an event type to the
//! next. Knows no event type by itself. Stored bytes stay as they are.
//!
//! *Invariant: data of the current schema passes through untouched, byte for byte.*

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::sync::Arc;

use relatum_stream::EventRef;
use serde_json::Value;

use crate::data::EventData;
use crate::envelope::Envelope;
use crate::names::EventType;

/// Makes the next schema's data of one event, or says why it cannot.
pub type Upcast = fn(Value) -> Result<Value, Box<dyn Error + Send + Sync>>;

/// An event that this version cannot read. Deploy a version that knows it, or an upcaster.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// Nobody registered the type.
    #[error("{event} is of the type {event_type}, which this version does not know")]
    UnknownType {
        /// The event.
        event: EventRef,
        /// Its type.
        event_type: EventType,
    },
    /// The type is known, but not with this schema.
    #[error(
        "{event} is a {event_type} of schema {schema}; this version knows schemas 1 to {current}"
    )]
    UnknownSchema {
        /// The event.
        event: EventRef,
        /// Its type.
        event_type: EventType,
        /// Its schema.
        schema: u16,
        /// The newest schema known.
        current: u16,
    },
    /// The data has not the shape that its type and schema promise.
    #[error("{event}, a {event_type} of schema {schema}, has other data than that promises")]
    Payload {
        /// The event.
        event: EventRef,
        /// Its type.
        event_type: EventType,
        /// The schema that its data does not have.
        schema: u16,
        /// What is wrong with it.
        source: Arc<dyn Error + Send + Sync>,
    },
}

/// The event types that a program knows, each with its way from schema 1 to the current one.
///
/// # Example
/// ```
/// use relatum_log::{EventType, Upcasters};
/// use serde_json::{Value, json};
///
/// let upcasters = Upcasters::new()
///     .with(EventType::of("call_held"), &[])
///     .with(EventType::of("visit_held"), &[|mut data: Value| {
///         data["minutes"] = json!(data["hours"].as_u64().ok_or("hours is no number")? * 60);
///         Ok(data)
///     }]);
/// assert_eq!(upcasters.current(&EventType::of("call_held")), Some(1));
/// assert_eq!(upcasters.current(&EventType::of("visit_held")), Some(2));
/// assert_eq!(upcasters.current(&EventType::of("invoice_issued")), None);
/// ```
#[derive(Clone, Default)]
pub struct Upcasters(BTreeMap<EventType, Vec<Upcast>>);

impl Upcasters {
    /// Knows no event type yet.
    #[must_use]
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// Knows `event_type` too: the first step makes schema 2 of schema 1, and so on, so that the
    /// current schema is one more than there are steps.
    #[must_use]
    pub fn with(mut self, event_type: EventType, steps: &[Upcast]) -> Self {
        self.0.insert(event_type, steps.to_vec());
        self
    }

    /// The current schema of `event_type`, if it is known.
    #[must_use]
    pub fn current(&self, event_type: &EventType) -> Option<u16> {
        self.0.get(event_type).map(|steps| current(steps))
    }

    /// Brings an event to the current schema of its type.
    ///
    /// # Errors
    /// [`DecodeError`], naming the event.
    pub fn apply(&self, envelope: Envelope<EventData>) -> Result<Envelope<EventData>, DecodeError> {
        let Envelope { event, event_type, schema, .. } = &envelope;
        let Some(steps) = self.0.get(event_type) else {
            let (event, event_type) = (*event, event_type.clone());
            return Err(DecodeError::UnknownType { event, event_type });
        };
        let current = current(steps);
        if *schema == current {
            return Ok(envelope);
        }
        let from = schema.checked_sub(1).and_then(|from| steps.get(usize::from(from)..));
        let Some(steps) = from.filter(|_| *schema < current) else {
            let (event, event_type, schema) = (*event, event_type.clone(), *schema);
            return Err(DecodeError::UnknownSchema { event, event_type, schema, current });
        };
        let mut schema = *schema;
        let upcast = upcast(&envelope.data, steps, &mut schema);
        match upcast {
            Ok(data) => Ok(Envelope { schema: current, data, ..envelope }),
            Err(source) => {
                let Envelope { event, event_type, .. } = envelope;
                Err(DecodeError::Payload { event, event_type, schema, source: source.into() })
            }
        }
    }
}

/// Counts `schema` up as it goes, so that a failure names the schema that it is in.
fn upcast(
    data: &EventData,
    steps: &[Upcast],
    schema: &mut u16,
) -> Result<EventData, Box<dyn Error + Send + Sync>> {
    let mut value = data.to()?;
    for step in steps {
        value = step(value)?;
        *schema += 1;
    }
    Ok(EventData::of(&value)?)
}

fn current(steps: &[Upcast]) -> u16 {
    u16::try_from(steps.len()).unwrap_or(u16::MAX).saturating_add(1)
}

impl fmt::Debug for Upcasters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let current = self.0.iter().map(|(event_type, steps)| (event_type, current(steps)));
        f.debug_map().entries(current).finish()
    }
}
