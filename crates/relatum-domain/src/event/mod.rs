//! What can happen: the closed, versioned vocabulary of events.
//!
//! Owns the [`Event`] that wraps every happening (when, who, whence, why) and, one module a
//! family, the bodies. Type names and shapes are for ever: a change of meaning is a new schema
//! number with an upcaster, never an edit.
//!
//! *Invariant: what is decoded and encoded again says the same.*

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use relatum_stream::EventRef;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;
use uuid::Uuid;

use crate::ids::ManagerId;

pub mod account;
pub mod activity;
mod amount;
pub mod audit;
pub mod contract;
pub mod correction;
pub mod credit;
pub mod document;
pub mod line;
pub mod offer;
pub mod opportunity;
pub mod order;
pub mod organisation;
pub mod pay;
pub mod policy;
pub mod settlement;
mod vocabulary;
pub mod voice;

pub use vocabulary::{EventBody, EventType, Family, PayloadError, TypeName, VOCABULARY};

/// One thing that happened, as the log keeps it.
///
/// The body's type name and schema number stand beside the event in the log, not in it.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Event<B = EventBody> {
    /// The business day from which it holds.
    pub effective: NaiveDate,
    /// The instant, where the business knows one.
    pub at: Option<DateTime<Utc>>,
    /// Who did it.
    pub actor: Actor,
    /// Where the fact comes from; its idempotency key within the stream.
    pub source: Source,
    /// The event of the same stream and type that this one replaces.
    pub amends: Option<EventRef>,
    /// The event that led to this one.
    pub causation: Option<EventRef>,
    /// What ties a whole conversation of events together.
    pub correlation: Option<Uuid>,
    /// The policies under which it was decided.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<EventRef>,
    /// Whatever else the source knows. Never read by a fold.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, serde_json::Value>,
    /// What happened.
    pub body: B,
}

impl Event {
    /// An event with nothing said but the necessary.
    pub fn new(
        effective: NaiveDate,
        actor: Actor,
        source: Source,
        body: impl Into<EventBody>,
    ) -> Self {
        Self {
            effective,
            at: None,
            actor,
            source,
            amends: None,
            causation: None,
            correlation: None,
            policies: Vec::new(),
            metadata: BTreeMap::new(),
            body: body.into(),
        }
    }

    /// The same circumstances with another body, for events that one decision writes together.
    #[must_use]
    pub fn with_body(&self, body: impl Into<EventBody>) -> Self {
        Self { body: body.into(), ..self.clone() }
    }
}

impl<B> Event<B> {
    /// The key under which the stream recognises this fact when it arrives again.
    ///
    /// One source row may tell several facts: the type name keeps them apart.
    #[must_use]
    pub fn idempotency_key(&self, event_type: &str) -> String {
        format!("{}:{}:{event_type}", self.source.system, self.source.id)
    }

    pub(crate) fn map<C>(self, f: impl FnOnce(B) -> C) -> Event<C> {
        Event {
            effective: self.effective,
            at: self.at,
            actor: self.actor,
            source: self.source,
            amends: self.amends,
            causation: self.causation,
            correlation: self.correlation,
            policies: self.policies,
            metadata: self.metadata,
            body: f(self.body),
        }
    }

    pub(crate) fn replacing<'a, C>(&'a self, body: &'a C) -> Event<&'a C> {
        Event {
            effective: self.effective,
            at: self.at,
            actor: self.actor.clone(),
            source: self.source.clone(),
            amends: self.amends,
            causation: self.causation,
            correlation: self.correlation,
            policies: self.policies.clone(),
            metadata: self.metadata.clone(),
            body,
        }
    }
}

/// Who did something.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// A manager of the tenant.
    Manager(ManagerId),
    /// A program, by its name.
    System(String),
}

impl Actor {
    /// A program, by its name.
    pub fn system(name: impl Into<String>) -> Self {
        Self::System(name.into())
    }
}

/// Where a fact comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Source {
    /// The system that states it, such as `erp`.
    pub system: String,
    /// Its id there. If that is personal, a keyed digest of it.
    pub id: String,
}

impl Source {
    /// The fact called `id` in `system`.
    pub fn new(system: impl Into<String>, id: impl Into<String>) -> Self {
        Self { system: system.into(), id: id.into() }
    }
}
