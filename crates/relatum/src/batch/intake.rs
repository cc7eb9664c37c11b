//! Taking in what a source tells: what is new is recorded, what it tells otherwise than before
//! amends that, and what it told before is left alone.

use std::collections::HashMap;

use chrono::NaiveDate;
use lru::LruCache;
use relatum_domain::event::audit::ImportBegun;
use relatum_domain::{Actor, BatchId, Event, Family, Source};
use relatum_log::{AppendError, Limits, NewEvent};
use relatum_stream::{EventRef, StreamId, Version};

use super::retold::Retold;
use super::told::{self, Before, Digest, Telling, Told};
use crate::append::{Appended, Fact};
use crate::codec;
use crate::engine::Engine;
use crate::erasure::SYSTEM;
use crate::error::{Class, Error, in_words};

/// How many facts of earlier streams are remembered: some two hundred megabytes of them.
const REMEMBERED: usize = 1_000_000;

/// What a stream costs beside its facts, counted in facts.
const STREAM_WEIGHT: usize = 4;

/// A fact that a source tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Where.
    pub stream: StreamId,
    /// What. Its cause is set by the intake.
    pub event: Event,
    /// Whether it holds as told once anything was told under its name.
    pub once: bool,
    /// What becomes of it where something was told under its name before.
    pub retold: Retold,
}

/// What became of a fact that a source tells.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Taken {
    /// It is new.
    New(EventRef),
    /// The source told the same before.
    Same(EventRef),
    /// The source told it otherwise before: the event that says so now, and what it amends.
    Changed(EventRef, EventRef),
    /// Something else was told under the same name, and was left as it is.
    Differs(EventRef),
    /// It would change or take back something, and that is so already, or was never told.
    Nothing,
    /// It was not taken, for this reason.
    Refused(String),
}

/// A batch that is about to begin.
#[derive(Debug, Clone)]
pub struct NewBatch {
    /// The day.
    pub day: NaiveDate,
    /// Who imports.
    pub actor: Actor,
    /// What is to be told of it.
    pub told: ImportBegun,
}

/// Whether a batch is told in the log.
#[derive(Debug)]
enum Cause {
    /// There is none.
    None,
    /// It is, as soon as it records something.
    ToTell(Box<NewBatch>),
    /// It is.
    Told(EventRef),
}

/// Takes in what a source tells, in the light of what it told before.
///
/// Compares with the last telling of the source, not with what stands: what a person corrected
/// since stays corrected, until the source itself tells something else.
#[derive(Debug)]
pub struct Intake {
    pub(super) engine: Engine,
    cause: Cause,
    pub(super) amends: bool,
    writes: bool,
    streams: LruCache<StreamId, Told>,
    weight: usize,
}

/// A fact on its way.
pub(super) enum Slot {
    Done(Taken),
    /// Said before among those that are on their way, there.
    Twin(usize),
    /// Said otherwise there.
    Clash(usize),
    /// To be recorded, as that one of the facts, amending this.
    Sent(usize, Option<EventRef>),
}

/// A fact as it would be recorded, and by what it is known again.
pub(super) struct Known {
    name: Digest,
    content: Digest,
    encoded: NewEvent,
    /// Whether something of the content was not sealed yet.
    is_clear: bool,
}

/// By what a fact that is to be recorded is known again.
struct Named {
    name: Digest,
    content: Digest,
    /// The fact as the log takes it, unless something of it changes yet.
    encoded: Option<NewEvent>,
    /// Whether something of the content was not sealed yet.
    is_clear: bool,
    /// Whether the source id has a version behind it.
    has_version: bool,
}

/// What is to be recorded of the facts at hand.
#[derive(Default)]
pub(super) struct Sending {
    facts: Vec<Fact>,
    named: Vec<Named>,
    /// The slot and the place of the fact of this name, and what it says.
    at: HashMap<(StreamId, Digest), (usize, usize, Digest)>,
}

impl Sending {
    /// The place of the fact of this name, and the fact.
    pub(super) fn of(&self, stream: StreamId, name: Digest) -> Option<(usize, &Event)> {
        let (_, at, _) = self.at.get(&(stream, name))?;
        Some((*at, &self.facts.get(*at)?.event))
    }

    /// The slot of the fact of this name.
    pub(super) fn slot_of(&self, stream: StreamId, name: Digest) -> Option<usize> {
        self.at.get(&(stream, name)).map(|(slot, ..)| *slot)
    }

    /// Puts a fact on its way; gives its place.
    pub(super) fn put(
        &mut self,
        stream: StreamId,
        event: Event,
        slot: usize,
        known: Known,
        has_version: bool,
    ) -> usize {
        let Known { name, content, encoded, is_clear } = known;
        // Every change gives it a version as well.
        let encoded = (!is_clear && !has_version).then_some(encoded);
        let at = self.facts.len();
        self.at.insert((stream, name), (slot, at, content));
        self.facts.push(Fact { stream, event });
        self.named.push(Named { name, content, encoded, is_clear, has_version });
        at
    }
}

impl Cause {
    /// The event that tells of the batch.
    const fn event(&self) -> Option<EventRef> {
        match self {
            Self::Told(event) => Some(*event),
            Self::None | Self::ToTell(_) => None,
        }
    }
}

impl Intake {
    /// For facts that belong to no batch. What differs is left as it is.
    #[must_use]
    pub fn new(engine: Engine) -> Self {
        Self::of(engine, Cause::None, false)
    }

    /// For a new batch, which is told in the log as soon as it records something.
    #[must_use]
    pub fn begin(engine: Engine, batch: NewBatch) -> Self {
        let amends = !batch.told.no_amend;
        Self::of(engine, Cause::ToTell(Box::new(batch)), amends)
    }

    /// To go on with a batch that was cut off.
    ///
    /// # Errors
    /// [`Error::Batch`] if it was not; [`Error::NotFound`], [`Error::Log`], [`Error::Decode`].
    pub fn resume(engine: Engine, batch: BatchId) -> Result<Self, Error> {
        let batch = engine.batch(batch)?;
        batch.can_resume()?;
        Ok(Self::of(engine, Cause::Told(batch.begun), !batch.told.no_amend))
    }

    /// To see what would become of facts. Nothing is recorded, no key is made.
    #[must_use]
    pub fn preview(engine: Engine, amends: bool) -> Self {
        Self { writes: false, ..Self::of(engine, Cause::None, amends) }
    }

    fn of(engine: Engine, cause: Cause, amends: bool) -> Self {
        let streams = LruCache::unbounded();
        Self { engine, cause, amends, writes: true, streams, weight: 0 }
    }

    /// Whether the batch is told in the log: whether it recorded anything.
    #[must_use]
    pub const fn is_told(&self) -> bool {
        matches!(self.cause, Cause::Told(_))
    }

    /// Takes facts in.
    ///
    /// Shape: one outcome a fact, in their order. Facts of one stream keep their order.
    ///
    /// # Errors
    /// [`Error::Log`], [`Error::Keys`]: then it is not known what was recorded; taking in the same
    /// facts again is safe.
    pub fn offer(&mut self, facts: Vec<Offer>) -> Result<Vec<Taken>, Error> {
        let (mut slots, mut sending) = (Vec::with_capacity(facts.len()), Sending::default());
        for fact in facts {
            let slot = self.look(fact, slots.len(), &mut sending)?;
            slots.push(slot);
        }
        let appended = self.send(&mut sending)?;
        self.trim();
        Ok(settled(slots, &appended))
    }

    /// What is to be done about a fact.
    fn look(&mut self, fact: Offer, slot: usize, sending: &mut Sending) -> Result<Slot, Error> {
        let Offer { stream, event, once, retold } = fact;
        let mut event = Event { causation: self.cause.event(), amends: None, ..event };
        let mut changes = false;
        match &retold {
            Retold::Amends | Retold::Keeps(_) => {}
            Retold::TakesBack { id, event_type } => {
                return self.take_back((stream, &event), (id, event_type), slot, sending);
            }
            Retold::Changes(types) if self.is_change(stream, &mut event, types, sending)? => {
                changes = true;
            }
            Retold::Ends(types) if self.is_end(stream, &event, types, sending)? => changes = true,
            Retold::Changes(_) | Retold::Ends(_) => return Ok(Slot::Done(Taken::Nothing)),
            Retold::Anew(_) => {}
        }
        let mut known = match self.identify(&event) {
            Ok(known) => known,
            Err(error) => return self.refused(error),
        };
        if let Some((earlier, _, told)) = sending.at.get(&(stream, known.name)) {
            let is_same = once || *told == known.content;
            return Ok(if is_same { Slot::Twin(*earlier) } else { Slot::Clash(*earlier) });
        }
        let mut before = self.known(stream)?.before(&known.name);
        let at = |version| EventRef::new(stream, Version(version));
        if let Before::Told(told, _) = before
            && told.content != known.content
            && let Some(other) = self.otherwise(&event, at(told.version), &retold)?
        {
            match other {
                Some(other) => event = other,
                None => return Ok(Slot::Done(Taken::Same(at(told.version)))),
            }
            changes |= matches!(retold, Retold::Anew(_));
            known = Known { name: known.name, ..self.identify(&event)? };
        }
        if let (true, Before::Told(_, last)) = (changes, before) {
            before = Before::TakenBack(last);
        }
        let standing = match before {
            Before::Told(told, _) => self.known(stream)?.standing(told.version),
            _ => None,
        };
        let (replaces, last) = match before {
            Before::Nothing => (None, None),
            Before::TakenBack(last) => (None, Some(last)),
            Before::Told(told, _) if told.content == known.content || once => {
                return Ok(Slot::Done(Taken::Same(at(told.version))));
            }
            Before::Told(told, _) if told.own || !self.amends => {
                return Ok(Slot::Done(Taken::Differs(at(told.version))));
            }
            Before::Told(told, last) => {
                match self.can_amend(&event, at(told.version), standing)? {
                    Ok(standing) => (Some(at(standing)), Some(last)),
                    Err(reason) => return Ok(Slot::Done(Taken::Refused(reason))),
                }
            }
        };
        if let Some(last) = last {
            event.source.id = format!("{}~{last}", event.source.id);
        }
        event.amends = replaces;
        let at = sending.put(stream, event, slot, known, last.is_some());
        Ok(Slot::Sent(at, replaces))
    }

    /// What a refusal comes to; anything else is an error.
    pub(super) fn refused(&self, error: Error) -> Result<Slot, Error> {
        match error.class() {
            Class::Refused => Ok(Slot::Done(Taken::Refused(in_words(&error)))),
            _ => Err(error),
        }
    }

    /// By what a fact is known again, and what it says. No key is made for it: who was erased
    /// keeps having none.
    pub(super) fn identify(&self, event: &Event) -> Result<Known, Error> {
        let encoded = codec::encode_by_known_keys(event, &self.engine.0.keys)?;
        let text = encoded.data.as_str();
        let size = text.len();
        if size > Limits::BYTES {
            let (size, limit) = (size as u64, Limits::BYTES as u64);
            let what = relatum_log::Limit::Bytes;
            return Err(AppendError::TooLarge { what, size, limit }.into());
        }
        let is_clear = text.contains("{\"clear\":");
        let content = told::offered_content(event, text);
        let name = told::name(encoded.key.as_ref().map_or("", |key| key.as_str()));
        Ok(Known { name, content, encoded, is_clear })
    }

    /// Which version an event that says otherwise than the one at `told` can amend, or why none.
    fn can_amend(
        &self,
        event: &Event,
        told: EventRef,
        standing: Option<u64>,
    ) -> Result<Result<u64, String>, Error> {
        let was = format!("it is in the book as {told} with other content, and");
        if matches!(event.body.family(), Family::Audit | Family::Correction) {
            let reason = "amending an event of this type changes nothing; give it another id";
            return Ok(Err(format!("{was} {reason}")));
        }
        let Some(standing) = standing else {
            let reason = "was voided by hand since; void that void first, or give it another id";
            return Ok(Err(format!("{was} {reason}")));
        };
        if self.is_erased(told)? {
            let reason = "what that says about somebody was erased; it is not told again";
            return Ok(Err(format!("{was} {reason}")));
        }
        Ok(Ok(standing))
    }

    /// Whether something that an event says about somebody cannot be opened any more.
    fn is_erased(&self, event: EventRef) -> Result<bool, Error> {
        let Some(told) = self.engine.event(event)? else { return Ok(false) };
        let mut json: serde_json::Value =
            serde_json::from_str(told.data.encode()?.get()).map_err(codec::shape_of(&told.data))?;
        let lost = std::cell::Cell::new(false);
        codec::open_all(&mut json, &|sealed| {
            let open = self.engine.0.keys.open_box(sealed);
            lost.set(lost.get() || open.is_none());
            open
        });
        Ok(lost.get())
    }

    /// What is known of a stream.
    pub(super) fn known(&mut self, stream: StreamId) -> Result<&mut Told, Error> {
        if !self.streams.contains(&stream) {
            let told = Told::read(self.engine.log(), stream, self.cause.event())?;
            self.weight = self.weight.saturating_add(told.len().saturating_add(STREAM_WEIGHT));
            self.streams.put(stream, told);
        }
        self.streams.get_mut(&stream).ok_or(Error::Cancelled)
    }

    /// Records what is to be recorded, and remembers it.
    fn send(&mut self, sending: &mut Sending) -> Result<Vec<Taken>, Error> {
        let Sending { mut facts, mut named, .. } = std::mem::take(sending);
        if facts.is_empty() {
            return Ok(Vec::new());
        }
        let cause = self.begun()?;
        let outcomes = if self.writes {
            let keys = &self.engine.0.keys;
            let encoded =
                facts.iter_mut().zip(&mut named).map(|(Fact { stream, event }, named)| {
                    let encoded = named.encoded.take().filter(|_| event.causation == cause);
                    event.causation = cause;
                    (*stream, encoded.map_or_else(|| codec::encode(event, keys), Ok))
                });
            self.engine.append_encoded(encoded)?
        } else {
            facts.iter().map(|fact| self.as_if(fact.stream)).collect::<Result<_, _>>()?
        };
        let mut taken = Vec::with_capacity(outcomes.len());
        for ((fact, named), outcome) in facts.iter().zip(named).zip(outcomes) {
            let Named { name, mut content, is_clear, has_version, .. } = named;
            if is_clear && self.writes {
                content = self.now_sealed(fact, has_version)?;
            }
            taken.push(match outcome {
                Appended::Recorded(event) => {
                    self.remember(fact, event, name, content)?;
                    Taken::New(event)
                }
                // Somebody else told it since this looked.
                Appended::AlreadyRecorded(event) => {
                    self.remember(fact, event, name, content)?;
                    Taken::Same(event)
                }
                Appended::Refused(Error::Append(AppendError::KeyConflict { existing, .. })) => {
                    Taken::Differs(existing)
                }
                Appended::Refused(error) => Taken::Refused(in_words(&error)),
            });
        }
        Ok(taken)
    }

    /// What a fact says for which keys were made when it was recorded.
    fn now_sealed(&self, fact: &Fact, has_version: bool) -> Result<Digest, Error> {
        let mut event = Event { causation: None, amends: None, ..fact.event.clone() };
        if has_version && let Some((base, _)) = fact.event.source.id.rsplit_once('~') {
            event.source.id = base.to_owned();
        }
        Ok(self.identify(&event)?.content)
    }

    /// The event that began the batch.
    fn begun(&mut self) -> Result<Option<EventRef>, Error> {
        if let Cause::ToTell(batch) = &self.cause {
            let NewBatch { day, actor, told } = (**batch).clone();
            let source = Source::new(SYSTEM, format!("batch/{}", told.batch));
            let event = self.engine.tell(Event::new(day, actor, source, told))?;
            self.cause = Cause::Told(event);
        }
        Ok(self.cause.event())
    }

    /// Where the next event of a stream would be.
    fn as_if(&mut self, stream: StreamId) -> Result<Appended, Error> {
        let known = self.known(stream)?;
        let version = known.next();
        known.skip_to(version);
        Ok(Appended::Recorded(EventRef::new(stream, Version(version))))
    }

    fn remember(
        &mut self,
        fact: &Fact,
        event: EventRef,
        name: Digest,
        content: Digest,
    ) -> Result<(), Error> {
        self.weight = self.weight.saturating_add(1);
        let known = self.known(fact.stream)?;
        known.note(name, Telling { version: event.version.0, content, own: true });
        known.take_back(event, &fact.event);
        if let Some(target) = fact.event.amends {
            known.amend(target, event, &fact.event);
        }
        Ok(())
    }

    /// Forgets the streams that were not looked at for longest, down to the bound.
    fn trim(&mut self) {
        while self.weight > REMEMBERED && self.streams.len() > 1 {
            let Some((_, told)) = self.streams.pop_lru() else { return };
            self.weight = self.weight.saturating_sub(told.len().saturating_add(STREAM_WEIGHT));
        }
    }
}

/// The outcomes, where what was sent has come to this.
fn settled(slots: Vec<Slot>, sent: &[Taken]) -> Vec<Taken> {
    let mut taken: Vec<Taken> = Vec::with_capacity(slots.len());
    for slot in slots {
        let outcome = match slot {
            Slot::Done(taken) => taken,
            Slot::Sent(at, replaces) => match (sent.get(at).cloned(), replaces) {
                (Some(Taken::New(event)), Some(replaced)) => Taken::Changed(event, replaced),
                (Some(taken), _) => taken,
                (None, _) => no_answer(),
            },
            Slot::Twin(at) => match taken.get(at) {
                Some(Taken::New(event) | Taken::Changed(event, _)) => Taken::Same(*event),
                Some(other) => other.clone(),
                None => no_answer(),
            },
            Slot::Clash(at) => match taken.get(at) {
                Some(Taken::New(event) | Taken::Changed(event, _) | Taken::Same(event)) => {
                    Taken::Differs(*event)
                }
                Some(other) => other.clone(),
                None => no_answer(),
            },
        };
        taken.push(outcome);
    }
    taken
}

fn no_answer() -> Taken {
    Taken::Refused("the log gave no answer to it".to_owned())
}
