//! The second door: facts as they are.

use std::collections::{BTreeMap, VecDeque};

use relatum_domain::Event;
use relatum_log::{
    AppendError, ExpectedVersion, Limits, NewCommit, NewEvent, Pending, Receipt, StreamWrite,
};
use relatum_stream::{EventRef, StreamId};

use crate::codec;
use crate::engine::Engine;
use crate::error::{Class, Error};

/// Commits that may be under way at once: enough for the writer to share syncs.
const IN_FLIGHT: usize = 64;

/// Facts that are grouped by stream, and kept encoded, at once.
const WINDOW: usize = 16 * Limits::EVENTS;

/// Bytes of keys and data a commit, well under the log's limit for the rest's sake.
const BYTES: usize = Limits::BYTES / 2;

/// A fact and the stream that it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// Where.
    pub stream: StreamId,
    /// What.
    pub event: Event,
}

impl Fact {
    /// `event` on `stream`.
    pub fn new(stream: impl Into<StreamId>, event: Event) -> Self {
        Self { stream: stream.into(), event }
    }
}

/// What became of one fact.
#[derive(Debug)]
#[non_exhaustive]
pub enum Appended {
    /// It is recorded now.
    Recorded(EventRef),
    /// It was there before, the same.
    AlreadyRecorded(EventRef),
    /// The log did not take it: another fact has the same source, its source id is none, or it is
    /// too large.
    Refused(Error),
}

/// A fact by its place in the batch, as the log takes it.
type Placed = (usize, NewEvent);

/// A commit in the making.
#[derive(Default)]
struct Draft {
    writes: Vec<(StreamId, Vec<Placed>)>,
    events: usize,
    bytes: usize,
}

struct Sent {
    draft: Draft,
    pending: Pending<Receipt, AppendError>,
}

/// A batch on its way into the log.
struct Batch<'a> {
    engine: &'a Engine,
    sent: VecDeque<Sent>,
    outcomes: Vec<Option<Appended>>,
}

impl Engine {
    /// Appends facts as they are, without deciding on them; what [`record`](Self::record) would
    /// have refused is flagged when it is read ([`AsOf::flags`](crate::AsOf::flags)).
    ///
    /// Shape: one outcome a fact, in their order. Facts of one stream keep their order; those of
    /// different streams may be recorded in another. A batch that fits into one commit (1,024
    /// events, 16 streams, 384 KiB) is written whole or not at all, unless a fact of it is
    /// refused: then the others are written in smaller ones.
    ///
    /// # Errors
    /// [`Error::Log`], [`Error::Keys`]: then it is not known which facts were recorded; appending
    /// the same batch again is safe.
    pub fn append(&self, facts: Vec<Fact>) -> Result<Vec<Appended>, Error> {
        let encode = |fact: Fact| (fact.stream, codec::encode(&fact.event, &self.0.keys));
        self.append_encoded(facts.into_iter().map(encode))
    }

    /// Appends facts as [`append`](Self::append) does, each encoded when its turn comes.
    pub(crate) fn append_encoded(
        &self,
        facts: impl ExactSizeIterator<Item = (StreamId, Result<NewEvent, Error>)>,
    ) -> Result<Vec<Appended>, Error> {
        let mut outcomes = Vec::new();
        outcomes.resize_with(facts.len(), || None);
        let mut batch = Batch { engine: self, sent: VecDeque::new(), outcomes };
        let taken = batch.take(facts);
        let settled = batch.settle_all();
        taken.and(settled)?;
        Ok(batch.outcomes.into_iter().flatten().collect())
    }
}

impl Batch<'_> {
    /// Groups by stream what is looked at together, so that a commit is not cut short because
    /// neighbours belong to different streams.
    fn take(
        &mut self,
        facts: impl Iterator<Item = (StreamId, Result<NewEvent, Error>)>,
    ) -> Result<(), Error> {
        let mut facts = facts.enumerate().peekable();
        while facts.peek().is_some() {
            let mut order: Vec<StreamId> = Vec::new();
            let mut by_stream: BTreeMap<StreamId, Vec<Placed>> = BTreeMap::new();
            for (place, (stream, event)) in facts.by_ref().take(WINDOW) {
                match event {
                    Ok(event) => {
                        let events = by_stream.entry(stream).or_default();
                        if events.is_empty() {
                            order.push(stream);
                        }
                        events.push((place, event));
                    }
                    Err(error) => self.refused(place, error)?,
                }
            }
            let mut draft = Draft::default();
            for stream in order {
                for placed in by_stream.remove(&stream).unwrap_or_default() {
                    if !draft.has_room_for(stream, &placed.1) {
                        self.send(std::mem::take(&mut draft))?;
                    }
                    draft.push(stream, placed);
                }
            }
            if draft.events > 0 {
                self.send(draft)?;
            }
        }
        Ok(())
    }

    fn send(&mut self, draft: Draft) -> Result<(), Error> {
        // If an earlier commit is refused, parts of it come again: nothing of its streams may be
        // recorded before that.
        while self.sent.len() >= IN_FLIGHT || self.sent.iter().any(|it| it.draft.meets(&draft)) {
            let Some(oldest) = self.sent.pop_front() else { break };
            self.settle(oldest)?;
        }
        let pending = self.engine.submit(draft.commit());
        self.sent.push_back(Sent { draft, pending });
        Ok(())
    }

    /// Waits for all that is under way, whatever comes of it.
    fn settle_all(&mut self) -> Result<(), Error> {
        let mut outcome = Ok(());
        while let Some(oldest) = self.sent.pop_front() {
            outcome = outcome.and(self.settle(oldest));
        }
        outcome
    }

    /// Waits for a commit; one that was refused is tried again in halves.
    fn settle(&mut self, sent: Sent) -> Result<(), Error> {
        let Sent { draft, pending } = sent;
        match pending.wait() {
            Ok(receipt) => {
                self.engine.grown(&receipt);
                draft.note(&receipt, &mut self.outcomes);
                Ok(())
            }
            Err(error) => match draft.halves() {
                Ok(place) => self.refused(place, error.into()),
                Err(halves) => {
                    let error = Error::from(error);
                    if error.class() != Class::Refused {
                        return Err(error);
                    }
                    for draft in halves {
                        let pending = self.engine.submit(draft.commit());
                        self.settle(Sent { draft, pending })?;
                    }
                    Ok(())
                }
            },
        }
    }

    /// Notes what speaks against one fact; anything else speaks against the batch.
    fn refused(&mut self, place: usize, error: Error) -> Result<(), Error> {
        if error.class() != Class::Refused {
            return Err(error);
        }
        if let Some(outcome) = self.outcomes.get_mut(place) {
            *outcome = Some(Appended::Refused(error));
        }
        Ok(())
    }
}

impl Draft {
    fn has_room_for(&self, stream: StreamId, event: &NewEvent) -> bool {
        // Events come stream by stream.
        let known = self.writes.last().is_some_and(|(at, _)| *at == stream);
        self.events == 0
            || self.events < Limits::EVENTS
                && (known || self.writes.len() < Limits::STREAMS)
                && self.bytes.saturating_add(bytes_of(event)) <= BYTES
    }

    fn push(&mut self, stream: StreamId, placed: Placed) {
        self.events = self.events.saturating_add(1);
        self.bytes = self.bytes.saturating_add(bytes_of(&placed.1));
        match self.writes.last_mut().filter(|(at, _)| *at == stream) {
            Some((_, events)) => events.push(placed),
            None => self.writes.push((stream, vec![placed])),
        }
    }

    fn meets(&self, other: &Self) -> bool {
        self.writes.iter().any(|(at, _)| other.writes.iter().any(|(also, _)| also == at))
    }

    fn commit(&self) -> NewCommit {
        let write = |(stream, events): &(StreamId, Vec<Placed>)| StreamWrite {
            stream: *stream,
            expected: ExpectedVersion::Any,
            events: events.iter().map(|(_, event)| event.clone()).collect(),
        };
        NewCommit::Write(self.writes.iter().map(write).collect())
    }

    /// The receipt lists events in the order of the writes.
    fn note(&self, receipt: &Receipt, outcomes: &mut [Option<Appended>]) {
        let places = self.writes.iter().flat_map(|(_, events)| events.iter().map(|it| it.0));
        for (place, recorded) in places.zip(&receipt.events) {
            if let Some(outcome) = outcomes.get_mut(place) {
                *outcome = Some(if recorded.already_recorded {
                    Appended::AlreadyRecorded(recorded.event)
                } else {
                    Appended::Recorded(recorded.event)
                });
            }
        }
    }

    /// The place of the only fact, or two drafts of half as many facts each.
    fn halves(self) -> Result<usize, [Self; 2]> {
        let half = self.events / 2;
        let mut halves = [Self::default(), Self::default()];
        let [first, second] = &mut halves;
        for (stream, events) in self.writes {
            for placed in events {
                if half == 0 {
                    return Ok(placed.0);
                }
                let half = if first.events < half { &mut *first } else { &mut *second };
                half.push(stream, placed);
            }
        }
        Err(halves)
    }
}

fn bytes_of(event: &NewEvent) -> usize {
    let key = event.key.as_ref().map_or(0, |key| key.as_str().len());
    key.saturating_add(event.data.as_str().len())
}
