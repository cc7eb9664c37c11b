//! What was appended and `record` would have refused.
//!
//! Flags are derived from the log, never stored: a fact stays as it came, and a rule that is
//! learnt later sheds its light on the past too.

use chrono::NaiveDate;
use relatum_domain::decide::State;
use relatum_domain::{Recorded, TypeName, View};
use relatum_stream::{EventRef, StreamId, Version};
use serde::Serialize;

use crate::engine::Engine;
use crate::error::Error;
use crate::states::each_from;

/// A fact that `record` would have refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Flag {
    /// Which event.
    pub event: EventRef,
    /// Its type.
    pub kind: TypeName,
    /// The day on which it holds.
    pub day: NaiveDate,
    /// The code of the refusal.
    pub code: &'static str,
    /// The refusal, with its numbers.
    pub reason: String,
}

impl Engine {
    /// The flags of one stream, in the order of its events.
    ///
    /// Each event is judged by what the log held before it, whatever its day.
    pub(crate) fn flags_of(&self, stream: StreamId, view: &View) -> Result<Vec<Flag>, Error> {
        let rules = self.as_of(view.as_of).policies()?;
        let mut state = State::default();
        let mut flags = Vec::new();
        each_from(stream, Version(1), self.log(), &self.0.upcasters, |envelope| {
            let recorded = Recorded::from(envelope.recorded_at);
            let event = &envelope.data;
            let seen = recorded <= view.known_at && event.effective <= view.as_of;
            if let (true, Err(refused)) = (seen, state.check(stream, event, &rules)) {
                flags.push(Flag {
                    event: envelope.event,
                    kind: event.body.type_name(),
                    day: event.effective,
                    code: refused.code(),
                    reason: refused.to_string(),
                });
            }
            state.evolve(envelope.event, recorded, event);
        })?;
        Ok(flags)
    }
}
