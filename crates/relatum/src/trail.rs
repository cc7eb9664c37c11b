//! Audit trails: the story of one thing, in the order in which the log learned of it.
//!
//! A trail holds what is of the thing itself, and follows causes both ways: what led to it, what
//! it led to, what belongs to the same conversation, and what took any of it back.
//!
//! *Invariant: a trail as known at an instant is not changed by anything recorded later.*

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use relatum_domain::event::correction::{EventUndone, EventVoided};
use relatum_domain::event::settlement::{Reversed, Reversible};
use relatum_domain::receivables::ItemKey;
use relatum_domain::{
    AccountId, Actor, Event, EventBody, Gist, Matter, Recorded, Source, TypeName, Voids,
};
use relatum_log::{Envelope, Position};
use relatum_projections::Sum;
use relatum_stream::{EventRef, StreamId, Version};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use crate::as_of::AsOf;
use crate::error::Error;
use crate::replay::Replay;

/// The fields by which a body says which document it is about.
const IDS: [&str; 8] =
    ["document", "payment", "order", "offer", "contract", "goods_return", "refund", "promise"];
/// The fields in which its number stands.
const NUMBERS: [&str; 2] = ["number", "reference"];

/// Whose story is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrailOf {
    /// Everything that is recorded of an account.
    Account(AccountId),
    /// Everything that a manager or a program did.
    Actor(Actor),
    /// Everything that concerns a document, payment, order, offer or contract: by its id, or by
    /// its number.
    Document(String),
}

/// Why an event is part of a trail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Because {
    /// It is of the thing itself.
    Itself,
    /// It led to an event of the trail.
    Cause,
    /// An event of the trail led to it.
    Effect,
    /// It belongs to the same conversation of events.
    Conversation,
    /// It takes back or replaces an event of the trail.
    Correction,
}

/// A line of a trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TrailLine {
    /// Its place in the log.
    pub position: Position,
    /// When the log learned of it.
    pub recorded_at: DateTime<Utc>,
    /// Which event.
    pub event: EventRef,
    /// Its type.
    pub kind: TypeName,
    /// The day from which it holds.
    pub day: NaiveDate,
    /// Who did it.
    pub actor: Actor,
    /// Where the fact comes from.
    pub source: Source,
    /// A number or subject.
    pub label: Option<String>,
    /// An amount.
    pub amount: Option<Sum>,
    /// Why it is here.
    pub because: Because,
    /// The event that led to it.
    pub causation: Option<EventRef>,
    /// The conversation to which it belongs.
    pub correlation: Option<Uuid>,
    /// The rules under which it was decided.
    pub policies: Vec<EventRef>,
    /// The event that takes it back or replaces it, of what is known.
    pub undone_by: Option<EventRef>,
}

impl AsOf {
    /// The story of one thing: what is recorded of it up to the day and the instant of the view,
    /// with causes followed both ways, in the order of the log.
    ///
    /// Reads the log once or twice. `progress` gets how far this is, and how far it goes.
    ///
    /// # Errors
    /// [`Error::NotFound`] if no event concerns the document; [`Error::Log`], [`Error::Decode`];
    /// [`Error::Speculative`] for a [what-if](Self::what_if).
    pub fn trail(
        &self,
        of: &TrailOf,
        mut progress: impl FnMut(u64, u64),
    ) -> Result<Vec<TrailLine>, Error> {
        self.of_the_log_alone("a trail")?;
        let wanted = self.wanted(of, &mut progress)?;
        let mut trail = Trail::default();
        for replay in wanted.replays(&self.engine.replay()) {
            let mut own = replay.events()?;
            while let Some(envelope) = own.next().transpose()? {
                let (done, all) = own.progress();
                progress(done, all);
                if self.knows(&envelope) && wanted.takes(&envelope)? {
                    trail.add(envelope, Because::Itself);
                }
            }
        }
        self.causes(&mut trail)?;
        self.linked(&mut trail, &mut progress)?;
        Ok(trail.lines(self.view.known_at))
    }

    fn knows(&self, envelope: &Envelope<Event>) -> bool {
        self.has_learned(envelope) && envelope.data.effective <= self.view.as_of
    }

    fn has_learned(&self, envelope: &Envelope<Event>) -> bool {
        Recorded::from(envelope.recorded_at) <= self.view.known_at
    }

    fn wanted(&self, of: &TrailOf, progress: &mut dyn FnMut(u64, u64)) -> Result<Wanted, Error> {
        Ok(match of {
            TrailOf::Account(account) => {
                self.stands_for_itself(*account)?;
                Wanted::Streams(self.streams_of(*account)?)
            }
            TrailOf::Actor(actor) => Wanted::Actor(actor.clone()),
            TrailOf::Document(text) => Wanted::Ids(self.ids_of(text, progress)?),
        })
    }

    /// What led to the events of the trail, and what led to that.
    fn causes(&self, trail: &mut Trail) -> Result<(), Error> {
        let mut next: Vec<EventRef> =
            trail.events.values().filter_map(|it| it.0.data.causation).collect();
        while let Some(cause) = next.pop() {
            if trail.known.contains(&cause) {
                continue;
            }
            let found = self.engine.event(cause)?.filter(|it| self.knows(it));
            let Some(envelope) = found else { continue };
            next.extend(envelope.data.causation);
            trail.add(envelope, Because::Cause);
        }
        Ok(())
    }

    /// What the events of the trail led to, and what belongs to their conversations, and what took
    /// any of it back: later than these, so that one walk finds all of it.
    fn linked(&self, trail: &mut Trail, progress: &mut dyn FnMut(u64, u64)) -> Result<(), Error> {
        let links =
            ["\"causation\":", "\"correlation\":", "\"amends\":", "\"event\":", "\"what\":"];
        let replay = links.into_iter().fold(self.engine.replay(), Replay::mentioning);
        let conversations: BTreeSet<Uuid> =
            trail.events.values().filter_map(|it| it.0.data.correlation).collect();
        let mut events = replay.events()?;
        while let Some(envelope) = events.next().transpose()? {
            let (done, all) = events.progress();
            progress(done, all);
            if !self.has_learned(&envelope) {
                continue;
            }
            let gist = Gist::of(envelope.event, envelope.recorded_at.into(), &envelope.data);
            // A reversal holds from a day; what voids or replaces, whatever the day of its own.
            let holds = self.knows(&envelope);
            let reversed = match &envelope.data.body {
                EventBody::Reversed(_) if !holds => None,
                EventBody::Reversed(Reversed { what: Reversible::Event(event), .. }) => {
                    Some(*event).filter(|it| trail.known.contains(it))
                }
                EventBody::Reversed(_) => trail.begun_by(&gist),
                _ => None,
            };
            trail.voids.entry(envelope.event.stream).or_default().learn(&gist);
            let is_known = |event: Option<EventRef>| event.filter(|it| trail.known.contains(it));
            let (event, data) = (envelope.event, &envelope.data);
            let because = if is_known(undone(data)).is_some() || reversed.is_some() {
                Because::Correction
            } else if !holds {
                continue;
            } else if is_known(data.causation).is_some() {
                Because::Effect
            } else if data.correlation.is_some_and(|it| conversations.contains(&it)) {
                Because::Conversation
            } else {
                continue;
            };
            if let Some(reversed) = reversed {
                trail.reversed.insert(reversed, event);
            }
            trail.add(envelope, because);
        }
        Ok(())
    }
}

/// What an event voids or replaces.
const fn undone(event: &Event) -> Option<EventRef> {
    match &event.body {
        EventBody::EventVoided(EventVoided { event, .. })
        | EventBody::EventUndone(EventUndone { event, .. }) => Some(*event),
        _ => event.amends,
    }
}

/// Which events are of the thing itself.
enum Wanted {
    Streams(Vec<StreamId>),
    Actor(Actor),
    Ids(BTreeSet<String>),
}

impl Wanted {
    /// What of the log holds it.
    fn replays(&self, all: &Replay) -> Vec<Replay> {
        match self {
            Self::Streams(streams) => streams.iter().map(|it| all.clone().stream(*it)).collect(),
            Self::Actor(actor) => vec![all.clone().actor(actor.clone())],
            Self::Ids(ids) => {
                vec![ids.iter().cloned().fold(all.clone(), Replay::mentioning)]
            }
        }
    }

    fn takes(&self, envelope: &Envelope<Event>) -> Result<bool, Error> {
        let Self::Ids(ids) = self else { return Ok(true) };
        let mut found = false;
        each_object(&body(&envelope.data)?, &mut |fields| {
            let lists = fields.values().filter_map(Value::as_array).flatten();
            let mut values = fields.values().chain(lists).filter_map(Value::as_str);
            found |= values.any(|it| ids.contains(it));
        });
        Ok(found)
    }
}

/// What an event says in its body, not in a text beside it.
fn body(event: &Event) -> Result<Value, Error> {
    let mut json: Value = serde_json::from_str(event.encode()?.get()).unwrap_or_default();
    Ok(json.get_mut("body").map(Value::take).unwrap_or_default())
}

/// Every object in a value, itself included, those in its lists as well.
fn each_object(value: &Value, take: &mut dyn FnMut(&serde_json::Map<String, Value>)) {
    match value {
        Value::Object(fields) => {
            take(fields);
            fields.values().for_each(|it| each_object(it, take));
        }
        Value::Array(all) => all.iter().for_each(|it| each_object(it, take)),
        _ => {}
    }
}

impl AsOf {
    /// The ids of what goes by a number; an id is its own.
    fn ids_of(
        &self,
        text: &str,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<BTreeSet<String>, Error> {
        if let Ok(id) = text.parse::<Uuid>() {
            return Ok(BTreeSet::from([id.to_string()]));
        }
        let quoted = serde_json::to_string(text).unwrap_or_default();
        let mut ids = BTreeSet::new();
        let mut events = self.engine.replay().mentioning(quoted).events()?;
        while let Some(envelope) = events.next().transpose()? {
            let (done, all) = events.progress();
            progress(done, all);
            if !self.has_learned(&envelope) {
                continue;
            }
            each_object(&body(&envelope.data)?, &mut |fields| {
                let string = |key: &str| fields.get(key).and_then(Value::as_str);
                if NUMBERS.iter().any(|key| string(key) == Some(text)) {
                    // The first is what the number is of; others are what that refers to.
                    ids.extend(IDS.iter().find_map(|key| string(key)).map(str::to_owned));
                }
            });
        }
        let missing = || Error::NotFound { what: "document", name: text.to_owned() };
        if ids.is_empty() { Err(missing()) } else { Ok(ids) }
    }
}

/// What was found so far.
#[derive(Default)]
struct Trail {
    events: BTreeMap<Position, (Envelope<Event>, Because)>,
    known: BTreeSet<EventRef>,
    /// The events by which documents and payments begin.
    begun: BTreeMap<ItemKey, EventRef>,
    /// What was voided or amended, by stream.
    voids: BTreeMap<StreamId, Voids>,
    /// The events that were reversed, and by which.
    reversed: BTreeMap<EventRef, EventRef>,
}

impl Trail {
    /// Adds an event that is not there for a reason of its own.
    fn add(&mut self, envelope: Envelope<Event>, because: Because) {
        let gist = Gist::of(envelope.event, envelope.recorded_at.into(), &envelope.data);
        let begins = matches!(
            gist.matter,
            Matter::Document(_)
                | Matter::Credit(..)
                | Matter::Payment { .. }
                | Matter::Refund { .. }
        );
        if begins && let Some(item) = gist.items().first() {
            self.begun.insert(*item, envelope.event);
        }
        self.known.insert(envelope.event);
        self.events.entry(envelope.position).or_insert((envelope, because));
    }

    /// The event of the trail that a reversal takes back.
    fn begun_by(&self, reversal: &Gist<'_>) -> Option<EventRef> {
        reversal.items().iter().find_map(|item| self.begun.get(item)).copied()
    }

    /// The event that takes another back or replaces it, as known at an instant.
    fn undone_by(&self, event: EventRef, known_at: Recorded) -> Option<EventRef> {
        let voided_by = |it: EventRef| {
            let voids = self.voids.get(&it.stream)?;
            let by = voids.last_correction(it.version.0, known_at)?;
            let is_void = voids.is_void(it.version.0, known_at);
            is_void.then(|| EventRef::new(it.stream, Version(by)))
        };
        let reversed_by = || self.reversed.get(&event).copied();
        voided_by(event).or_else(|| reversed_by().filter(|it| voided_by(*it).is_none()))
    }

    fn lines(&self, known_at: Recorded) -> Vec<TrailLine> {
        let lines = self.events.values().map(|(envelope, because)| {
            let gist = Gist::of(envelope.event, envelope.recorded_at.into(), &envelope.data);
            let amount = gist.amount.map(|it| Sum { micro: it.micro(), currency: it.currency() });
            let data = &envelope.data;
            TrailLine {
                position: envelope.position,
                recorded_at: envelope.recorded_at,
                event: envelope.event,
                kind: gist.kind,
                day: data.effective,
                actor: data.actor.clone(),
                source: data.source.clone(),
                label: gist.label.map(str::to_owned),
                amount,
                because: *because,
                causation: data.causation,
                correlation: data.correlation,
                policies: data.policies.clone(),
                undone_by: self.undone_by(envelope.event, known_at),
            }
        });
        lines.collect()
    }
}
