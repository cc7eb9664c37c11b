//! What was appended and `record` would have refused, and what looks odd.
//!
//! Flags are derived from the log, never stored: a fact stays as it came, and a rule that is
//! learnt later sheds its light on the past too.

use std::borrow::Cow;
use std::collections::BTreeSet;

use chrono::NaiveDate;
use relatum_domain::decide::State;
use relatum_domain::event::line::Line;
use relatum_domain::{Event, EventBody, Recorded, Secret, TypeName};
use relatum_stream::{EventRef, StreamId};
use serde::Serialize;

use crate::as_of::AsOf;
use crate::engine::Engine;
use crate::error::Error;

impl Engine {
    /// The same event with the discounts open that its lines state, where the tenant's key is
    /// there: a decision looks at them.
    fn with_discounts<'a>(&self, event: &'a Event) -> Cow<'a, Event> {
        let mut event = Cow::Borrowed(event);
        let lines = |event: &Event| match &event.body {
            EventBody::OrderPlaced(it) => it.lines.clone(),
            EventBody::OfferMade(it) => it.lines.clone(),
            EventBody::OfferRevised(it) => it.lines.clone(),
            _ => Vec::new(),
        };
        let mut all: Vec<Line> = lines(&event);
        if all.iter().all(|line| line.discount.is_none()) {
            return event;
        }
        for line in &mut all {
            let open = line.discount.as_ref().and_then(|sealed| self.secret(sealed));
            line.discount = open.map(Secret::of).or_else(|| line.discount.clone());
        }
        match &mut event.to_mut().body {
            EventBody::OrderPlaced(it) => it.lines = all,
            EventBody::OfferMade(it) => it.lines = all,
            EventBody::OfferRevised(it) => it.lines = all,
            _ => {}
        }
        event
    }
}

/// A fact that `record` would have refused, or that looks odd.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Flag {
    /// Which event.
    pub event: EventRef,
    /// Its type.
    pub kind: TypeName,
    /// The day on which it holds.
    pub day: NaiveDate,
    /// The code of the refusal, or of what is odd.
    pub code: &'static str,
    /// The same with its numbers.
    pub reason: String,
}

impl AsOf {
    /// The flags of one stream, in the order of its events.
    ///
    /// Each event is judged by what the log held before it, whatever its day.
    pub(crate) fn flags_of(&self, stream: StreamId) -> Result<Vec<Flag>, Error> {
        let rules = self.policies()?;
        let (mut state, mut flags) = (State::default(), Vec::new());
        let mut undone = BTreeSet::new();
        let mut judge = |at: EventRef, recorded: Recorded, event: &Event| {
            let seen = recorded <= self.view.known_at && event.effective <= self.view.as_of;
            let opened = self.engine.with_discounts(event);
            if let EventBody::EventUndone(undo) = &event.body {
                undone.insert(undo.event);
            }
            let found = match state.check(stream, &opened, &rules) {
                _ if !seen || matches!(event.body, EventBody::EventUndone(_)) => None,
                Err(refused) => Some((refused.code(), refused.to_string())),
                Ok(()) => state.odd(event).map(|odd| (odd.code(), odd.to_string())),
            };
            flags.extend(found.map(|(code, reason)| Flag {
                event: at,
                kind: event.body.type_name(),
                day: event.effective,
                code,
                reason,
            }));
            state.evolve(at, recorded, event);
        };
        for envelope in self.engine.replay().stream(stream).events()? {
            let envelope = envelope?;
            if Recorded::from(envelope.recorded_at) <= self.known_under() {
                judge(envelope.event, envelope.recorded_at.into(), &envelope.data);
            }
        }
        for laid in self.laid_over(stream) {
            judge(laid.event, laid.recorded_at.into(), &laid.data);
        }
        // What a batch told that was taken back was never told.
        flags.retain(|flag: &Flag| !undone.contains(&flag.event));
        Ok(flags)
    }
}
