//! Reading the log again: which events, and from where.
//!
//! Owns the filters. A stream is read as a stream and a period of recording is found by bisection,
//! so neither scans the log; what the name, the type or the position of an event tells is decided
//! before its JSON is looked at.

use std::ops::{Bound, RangeBounds};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use relatum_domain::event::{EventType, Family};
use relatum_domain::{Actor, Event};
use relatum_log::{Cursor, Cut, Envelope, EventData, known_at};
use relatum_stream::{StreamId, StreamKind};

use crate::engine::Engine;
use crate::error::Error;
use crate::reading::Reading;

/// Which events to read again, and from where; all of them unless said otherwise.
///
/// What is said of different things holds at once; of one thing said twice, either holds.
#[derive(Debug, Clone)]
pub struct Replay {
    engine: Engine,
    after: Cut,
    stream: Option<StreamId>,
    kinds: Vec<StreamKind>,
    families: Vec<Family>,
    types: Vec<&'static str>,
    actors: Vec<Actor>,
    systems: Vec<String>,
    tags: Vec<(String, serde_json::Value)>,
    texts: Vec<String>,
    effective: (Bound<NaiveDate>, Bound<NaiveDate>),
    recorded: (Bound<DateTime<Utc>>, Bound<DateTime<Utc>>),
}

/// The events that were asked for, in the order of the log.
///
/// Ends with what the log held when it was begun. After an error the next call tries the same event
/// again. Needs the memory of one read of the log, about a mebibyte.
#[derive(Debug)]
pub struct Replayed {
    replay: Replay,
    reading: Reading,
    /// What was looked at last.
    seen: u64,
    head: Cut,
    ended: bool,
}

impl Engine {
    /// Reads events again, as they are recorded by now.
    ///
    /// # Example
    /// ```
    /// # use relatum::Engine;
    /// use relatum::domain::Actor;
    /// use relatum::domain::event::Family;
    /// # let engine = Engine::in_memory()?;
    /// let erp = engine.replay().family(Family::Document).actor(Actor::system("erp"));
    /// for envelope in erp.events()? {
    ///     println!("{}", envelope?.event);
    /// }
    /// # Ok::<(), relatum::Error>(())
    /// ```
    #[must_use]
    pub fn replay(&self) -> Replay {
        Replay {
            engine: self.clone(),
            after: Cut::start(),
            stream: None,
            kinds: Vec::new(),
            families: Vec::new(),
            types: Vec::new(),
            actors: Vec::new(),
            systems: Vec::new(),
            tags: Vec::new(),
            texts: Vec::new(),
            effective: (Bound::Unbounded, Bound::Unbounded),
            recorded: (Bound::Unbounded, Bound::Unbounded),
        }
    }
}

impl Replay {
    /// Only what the log holds after `cut`.
    #[must_use]
    pub fn after(self, cut: Cut) -> Self {
        Self { after: cut, ..self }
    }

    /// Only this stream. The rest of the log is not read.
    #[must_use]
    pub fn stream(self, stream: impl Into<StreamId>) -> Self {
        Self { stream: Some(stream.into()), ..self }
    }

    /// Only streams of this kind, such as [`ACCOUNT`](relatum_domain::ACCOUNT).
    #[must_use]
    pub fn streams_of(mut self, kind: StreamKind) -> Self {
        self.kinds.push(kind);
        self
    }

    /// Only events of this family.
    #[must_use]
    pub fn family(mut self, family: Family) -> Self {
        self.families.push(family);
        self
    }

    /// Only events of this type.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the vocabulary has none of this name.
    pub fn event_type(mut self, name: &str) -> Result<Self, Error> {
        let found = EventType::named(name);
        let missing = || Error::NotFound { what: "event type", name: name.to_owned() };
        self.types.push(found.ok_or_else(missing)?.name);
        Ok(self)
    }

    /// Only what this manager or program did.
    #[must_use]
    pub fn actor(mut self, actor: Actor) -> Self {
        self.actors.push(actor);
        self
    }

    /// Only facts that this system states: the first half of their source.
    #[must_use]
    pub fn system(mut self, name: impl Into<String>) -> Self {
        self.systems.push(name.into());
        self
    }

    /// Only events whose metadata say `value` under `key`, as a mapping keeps it there. Which batch
    /// an event came with is in no metadata: the event that began the batch is its cause.
    #[must_use]
    pub fn tagged(mut self, key: impl Into<String>, value: impl Into<serde_json::Value>) -> Self {
        self.tags.push((key.into(), value.into()));
        self
    }

    /// Only events in whose stored JSON this text stands, such as the id of a document.
    #[must_use]
    pub fn mentioning(mut self, text: impl Into<String>) -> Self {
        self.texts.push(text.into());
        self
    }

    /// Only events that hold from a day of this period on.
    #[must_use]
    pub fn effective(self, period: impl RangeBounds<NaiveDate>) -> Self {
        let effective = (period.start_bound().cloned(), period.end_bound().cloned());
        Self { effective, ..self }
    }

    /// Only events that the log learned of in this period.
    #[must_use]
    pub fn recorded(self, period: impl RangeBounds<DateTime<Utc>>) -> Self {
        let recorded = (period.start_bound().cloned(), period.end_bound().cloned());
        Self { recorded, ..self }
    }

    /// Begins to read.
    ///
    /// # Errors
    /// [`Error::Log`].
    pub fn events(mut self) -> Result<Replayed, Error> {
        let head = self.engine.head()?;
        let before = match self.recorded.0 {
            Bound::Unbounded => None,
            Bound::Excluded(from) => Some(from),
            // Instants are told apart by microseconds.
            Bound::Included(from) => from.checked_sub_signed(TimeDelta::microseconds(1)),
        };
        if let Some(before) = before {
            for position in known_at(self.engine.log(), before)?.positions() {
                self.after.extend_to(position);
            }
        }
        let cursor = match self.stream {
            Some(stream) => Cursor::stream(stream),
            None => Cursor::after(self.after.seq(0)),
        };
        let (reading, seen) = (Reading::from(cursor), self.after.seq(0).0);
        Ok(Replayed { replay: self, reading, seen, head, ended: false })
    }

    /// Whether what can be told without its JSON speaks for an event.
    fn wants_stored(&self, envelope: &Envelope<EventData>) -> bool {
        let name = envelope.event_type.as_str();
        let family = || EventType::named(name).map(|it| it.family);
        !self.after.includes(envelope.position)
            && is_one_of(&self.kinds, |it| *it == envelope.event.stream.kind)
            && is_one_of(&self.types, |it| *it == name)
            && is_one_of(&self.families, |it| Some(*it) == family())
            && self.recorded.contains(&envelope.recorded_at)
            && is_one_of(&self.texts, |it| envelope.data.as_str().contains(it.as_str()))
    }

    fn wants(&self, event: &Event) -> bool {
        is_one_of(&self.actors, |it| *it == event.actor)
            && is_one_of(&self.systems, |it| *it == event.source.system)
            && self.tags.iter().all(|(key, value)| event.metadata.get(key) == Some(value))
            && self.effective.contains(&event.effective)
    }

    /// Whether an event was recorded after everything that is asked for.
    fn ends_before(&self, recorded_at: DateTime<Utc>) -> bool {
        match self.recorded.1 {
            Bound::Unbounded => false,
            Bound::Included(upto) => recorded_at > upto,
            Bound::Excluded(upto) => recorded_at >= upto,
        }
    }
}

/// Whether one of `wanted` is met; nothing is wanted in particular if it is empty.
fn is_one_of<T>(wanted: &[T], is_met_by: impl Fn(&T) -> bool) -> bool {
    wanted.is_empty() || wanted.iter().any(is_met_by)
}

impl Replayed {
    /// How far this is: the place in the log of what was looked at last, and where it ends.
    #[must_use]
    pub fn progress(&self) -> (u64, u64) {
        (self.seen, self.head.events())
    }

    fn try_next(&mut self) -> Result<Option<Envelope<Event>>, Error> {
        let Self { replay, reading, seen, head, ended } = self;
        while !*ended {
            let taken =
                reading.take_or_read(replay.engine.log(), replay.engine.understands(), |it| {
                    // An event behind the end is taken, so that it ends the search.
                    *ended |= !head.includes(it.position) || replay.ends_before(it.recorded_at);
                    *seen = (*seen).max(it.position.seq.0.min(head.seq(0).0));
                    *ended || replay.wants_stored(it)
                });
            if *ended {
                break;
            }
            match taken? {
                Some(envelope) if replay.wants(&envelope.data) => return Ok(Some(envelope)),
                Some(_) => {}
                None => *ended = true,
            }
        }
        Ok(None)
    }
}

impl Iterator for Replayed {
    type Item = Result<Envelope<Event>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.try_next().transpose()
    }
}
