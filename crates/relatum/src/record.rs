//! The first door: decide, then write.

use std::sync::{MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use relatum_domain::decide::{Allocate, Proposal, State};
use relatum_domain::{Event, EventBody, TenantId};
use relatum_log::{
    AppendError, Envelope, ExpectedVersion, IdempotencyKey, NewCommit, Receipt, StreamWrite,
};
use relatum_stream::{EventRef, StreamId, Version};

use crate::codec;
use crate::engine::Engine;
use crate::error::Error;
use crate::states::{Drawn, States};

/// How often a decision is taken anew because somebody else wrote in between.
const ATTEMPTS: usize = 64;

/// How many streams may be decided on side by side in one engine.
pub(crate) const TURNS: usize = 64;

/// What was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Recorded {
    /// The events, the proposed one first. Of a fact that was there before, that one alone.
    pub events: Vec<EventRef>,
    /// When the log learned of them.
    pub recorded_at: DateTime<Utc>,
    /// Whether the same fact was there before, so that nothing was written.
    pub already_recorded: bool,
}

/// What a proposal comes to.
enum Decided {
    /// The fact was told before.
    Told(EventRef),
    /// It is new: one event a stream.
    New(Vec<StreamWrite>),
}

impl Engine {
    /// Records what `proposal` says, unless a decision refuses it.
    ///
    /// A proposal that was recorded before (same source, same content) is not recorded again and
    /// not decided again. If somebody else writes to the stream in between, the decision is taken
    /// anew, a bounded number of times.
    ///
    /// # Errors
    /// [`Error::Refused`] with the numbers that refused it; [`Error::Append`] if another fact has
    /// the same source, or the conflict does not end; [`Error::Log`], [`Error::Keys`]. On any
    /// error nothing is recorded.
    pub fn record(&self, proposal: Proposal) -> Result<Recorded, Error> {
        // Those who decide on one stream take turns, or each would void the other's decision.
        let _turn = self.turn(&proposal.streams());
        let mut attempt = 1;
        loop {
            match self.try_record(&proposal) {
                Err(Error::Append(AppendError::Conflict { .. })) if attempt < ATTEMPTS => {
                    attempt += 1;
                }
                outcome => return outcome,
            }
        }
    }

    fn turn(&self, streams: &[StreamId]) -> Vec<MutexGuard<'_, ()>> {
        let place = |it: &StreamId| (it.id.as_u128() % TURNS as u128) as usize;
        let mut places: Vec<usize> = streams.iter().map(place).collect();
        // In one order, so that no two wait for each other.
        places.sort_unstable();
        places.dedup();
        let turns = places.into_iter().filter_map(|at| self.0.turns.get(at));
        turns.map(|turn| turn.lock().unwrap_or_else(PoisonError::into_inner)).collect()
    }

    fn try_record(&self, proposal: &Proposal) -> Result<Recorded, Error> {
        let decided = {
            let mut states = self.states();
            let mut drawn = Drawn::default();
            let decided = self.decide(proposal, &mut states, &mut drawn);
            states.give_back(drawn);
            decided?
        };
        let writes = match decided {
            Decided::Told(event) => return self.repeat(proposal, event),
            Decided::New(writes) => writes,
        };
        let expected: Vec<_> = writes.iter().map(|it| (it.stream, it.expected)).collect();
        let receipt = self.submit(NewCommit::Write(writes)).wait();
        let receipt = receipt.map_err(|error| as_conflict(error, &expected))?;
        self.grown(&receipt);
        if receipt.added() == 0 {
            // Somebody else recorded the same fact since the decision.
            let event = receipt.events.first().map(|it| it.event);
            return event.map_or(Ok(new(&receipt)), |event| self.told(event, &receipt));
        }
        Ok(new(&receipt))
    }

    fn decide(
        &self,
        proposal: &Proposal,
        states: &mut States,
        drawn: &mut Drawn,
    ) -> Result<Decided, Error> {
        for stream in proposal.streams() {
            states.draw(stream, drawn, self.log(), &self.0.upcasters)?;
        }
        let name = proposal.event.body.event_type();
        let key = proposal.event.idempotency_key(name).parse::<IdempotencyKey>().ok();
        if let Some(event) = key.and_then(|key| drawn.told_by(proposal.stream, &key)) {
            return Ok(Decided::Told(event));
        }
        if proposal.reads_policies() {
            let tenant = TenantId::own().into();
            states.draw(tenant, drawn, self.log(), &self.0.upcasters)?;
        }
        let own = drawn.states.get(&proposal.stream);
        let more = own.map(|own| proposal.more_streams(own)).unwrap_or_default();
        for stream in more {
            states.draw(stream, drawn, self.log(), &self.0.upcasters)?;
        }
        let mut writes: Vec<StreamWrite> = Vec::new();
        for (stream, event) in proposal.decide(&drawn.states)? {
            let version = drawn.states.get(&stream).map_or(Version::NONE, State::version);
            let expected = match version {
                Version::NONE => ExpectedVersion::NoStream,
                version => ExpectedVersion::Exact(version),
            };
            let events = vec![codec::encode(&event, &self.0.keys)?];
            writes.push(StreamWrite { stream, expected, events });
        }
        Ok(Decided::New(writes))
    }

    /// Offers the same fact again, so that the log compares it with what it holds.
    fn repeat(&self, proposal: &Proposal, existing: EventRef) -> Result<Recorded, Error> {
        let mut event = proposal.event.clone();
        if proposal.allocate != Allocate::AsWritten
            && let Some(stored) = self.event(existing)?
        {
            as_allocated(&mut event, &stored.data);
        }
        let events = vec![codec::encode(&event, &self.0.keys)?];
        let expected = ExpectedVersion::Any;
        let write = StreamWrite { stream: proposal.stream, expected, events };
        let receipt = self.submit(NewCommit::Write(vec![write])).wait()?;
        self.grown(&receipt);
        self.told(existing, &receipt)
    }

    /// A fact that was there before, with the instant at which it came.
    fn told(&self, event: EventRef, receipt: &Receipt) -> Result<Recorded, Error> {
        let stored: Option<Envelope<Event>> = self.event(event)?;
        let recorded_at = stored.map_or(receipt.recorded_at, |it| it.recorded_at);
        Ok(Recorded { events: vec![event], recorded_at, already_recorded: true })
    }
}

/// The allocation was decided when the payment was recorded; it is not decided again. What the
/// event names itself is its own and stays.
fn as_allocated(event: &mut Event, stored: &Event) {
    let (own, kept) = match (&mut event.body, &stored.body) {
        (EventBody::PaymentReceived(own), EventBody::PaymentReceived(kept)) => {
            (&mut own.applications, &kept.applications)
        }
        (EventBody::CreditNoteIssued(own), EventBody::CreditNoteIssued(kept)) => {
            (&mut own.applications, &kept.applications)
        }
        _ => return,
    };
    if kept.starts_with(own) {
        own.clone_from(kept);
        event.policies.clone_from(&stored.policies);
    }
}

/// A fact told since the decision under the same source, which may be the same one: the decision
/// was taken on an older stream, and by its state alone the two may differ.
fn as_conflict(error: AppendError, decided_on: &[(StreamId, ExpectedVersion)]) -> AppendError {
    let AppendError::KeyConflict { existing, .. } = &error else {
        return error;
    };
    let EventRef { stream, version: actual } = *existing;
    let expected = decided_on.iter().find(|(at, _)| *at == stream).map(|(_, it)| *it);
    match expected {
        Some(expected @ ExpectedVersion::NoStream) => {
            AppendError::Conflict { stream, expected, actual }
        }
        Some(expected @ ExpectedVersion::Exact(version)) if version < actual => {
            AppendError::Conflict { stream, expected, actual }
        }
        _ => error,
    }
}

fn new(receipt: &Receipt) -> Recorded {
    Recorded {
        events: receipt.events.iter().map(|it| it.event).collect(),
        recorded_at: receipt.recorded_at,
        already_recorded: false,
    }
}
