//! Taking a batch back: what it would do, what speaks against it, and doing it.
//!
//! Every event of the batch that holds is voided by an event of its own, the last one first, all
//! of them caused by the event that began the undoing. What the batch amended holds again then.
//! Cut off, it is finished by undoing again.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::NaiveDate;
use relatum_domain::event::audit::{ImportUndone, UndoBegun};
use relatum_domain::event::correction::EventUndone;
use relatum_domain::{
    AccountId, Actor, BatchId, Event, EventBody, Family, Gist, Recorded, Source, Voids,
};
use relatum_log::Envelope;
use relatum_stream::{EventRef, StreamId, Version};
use serde::Serialize;
use uuid::Uuid;

use super::{Batch, BatchError, BatchState};
use crate::append::{Appended, Fact};
use crate::engine::Engine;
use crate::erasure::SYSTEM;
use crate::error::Error;

/// How many dependants are named.
const NAMED: usize = 20;

/// How many events are voided at once.
const AT_ONCE: usize = 8_192;

/// Which batch to take back, and who does.
#[derive(Debug, Clone)]
pub struct Undo {
    /// Which.
    pub batch: BatchId,
    /// The id of the batch that takes back; not used where one was cut off.
    pub by: BatchId,
    /// Why.
    pub reason: String,
    /// Who.
    pub actor: Actor,
    /// The day.
    pub day: NaiveDate,
}

/// How an event rests on a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "how")]
#[non_exhaustive]
pub enum Dependence {
    /// It amends an event of the batch.
    Amends {
        /// Which.
        event: EventRef,
    },
    /// It names an event of the batch as its cause, or as a rule of its decision.
    Follows {
        /// Which.
        event: EventRef,
    },
    /// It refers to something that the batch brought in.
    RefersTo {
        /// The id of the thing.
        id: Uuid,
        /// The event that brought it in.
        event: EventRef,
    },
    /// It was told on an account, manager or team that only the batch opened.
    ToldOn {
        /// The event that opened it.
        event: EventRef,
    },
    /// It tells that an account of which nothing but the batch tells is one with another.
    Merges {
        /// Which.
        account: AccountId,
        /// The first event that tells of it.
        event: EventRef,
    },
}

/// An event that rests on a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Dependant {
    /// Which.
    pub event: EventRef,
    /// Its type.
    pub event_type: &'static str,
    /// Its source.
    pub source: Source,
    /// The batch that brought it.
    pub batch: Option<BatchId>,
    /// How it rests on the batch.
    #[serde(flatten)]
    pub dependence: Dependence,
}

/// What taking a batch back would do, or did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct UndoPlan {
    /// The batch.
    pub batch: Batch,
    /// How many events are to be voided.
    pub events: u64,
    /// In how many streams.
    pub streams: u64,
    /// How many of them amend: what they amended holds again.
    pub amendments: u64,
    /// By event type.
    pub by_type: BTreeMap<&'static str, u64>,
    /// How many later events rest on the batch: with any, it is not taken back.
    pub dependants: u64,
    /// The first of them.
    pub first_dependants: Vec<Dependant>,
    #[serde(skip)]
    members: HashMap<StreamId, Vec<u64>>,
}

/// What was learnt of a batch and of what came after it was begun.
#[derive(Default)]
struct Aftermath {
    /// Versions that the batch told, by stream, in order.
    members: HashMap<StreamId, Vec<u64>>,
    kinds: HashMap<EventRef, (&'static str, bool)>,
    voids: HashMap<StreamId, Voids>,
    introduced: HashMap<Uuid, EventRef>,
    opened: HashMap<StreamId, EventRef>,
    /// Streams that something else opens too.
    open_anyway: HashSet<StreamId>,
}

impl Engine {
    /// What taking a batch back would do, and what speaks against it.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Batch`] if it was taken back; [`Error::Log`],
    /// [`Error::Decode`].
    pub fn undo_plan(&self, batch: BatchId) -> Result<UndoPlan, Error> {
        let batch = self.batch(batch)?;
        if batch.state() == BatchState::Undone
            && let Some(undone) = &batch.undone
        {
            return Err(BatchError::Undone { batch: batch.id, by: undone.by }.into());
        }
        let mut found = self.aftermath(batch.begun)?;
        self.find_openings(&mut found)?;
        let (dependants, first_dependants) = self.dependants(batch.begun, &found)?;
        let mut by_type = BTreeMap::new();
        let (mut events, mut amendments) = (0_u64, 0_u64);
        let Aftermath { mut members, voids, kinds, .. } = found;
        for (stream, versions) in &mut members {
            let voids = voids.get(stream);
            versions.retain(|version| {
                !voids.is_some_and(|it| it.is_void(*version, Recorded(i64::MAX)))
            });
            for version in versions.iter() {
                let event = EventRef::new(*stream, Version(*version));
                if let Some((kind, amends)) = kinds.get(&event) {
                    *by_type.entry(*kind).or_insert(0_u64) += 1;
                    amendments += u64::from(*amends);
                }
                events += 1;
            }
        }
        members.retain(|_, versions| !versions.is_empty());
        let streams = members.len() as u64;
        Ok(UndoPlan {
            batch,
            events,
            streams,
            amendments,
            by_type,
            dependants,
            first_dependants,
            members,
        })
    }

    /// Takes a batch back: voids every event that it recorded and that holds.
    ///
    /// `progress` gets the events voided and the events to void.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Batch`] if it was taken back, or if later events rest on it:
    /// then nothing was done. [`Error::Log`], [`Error::Append`]: what was voided stays so; undo
    /// again to finish.
    pub fn undo(&self, undo: &Undo, mut progress: impl FnMut(u64, u64)) -> Result<UndoPlan, Error> {
        let plan = self.undo_plan(undo.batch)?;
        if let Some(first) = plan.first_dependants.first() {
            let (batch, events, first) = (undo.batch, plan.dependants, first.event);
            return Err(BatchError::DependedOn { batch, events, first }.into());
        }
        let Undo { batch, reason, actor, day, .. } = undo.clone();
        let (by, cause) = match &plan.batch.undone {
            Some(undone) => (undone.by, undone.begun),
            None => {
                let body = UndoBegun { batch: undo.by, undoes: batch, reason };
                let source = Source::new(SYSTEM, format!("batch/{}", undo.by));
                (undo.by, self.tell(Event::new(day, actor.clone(), source, body))?)
            }
        };
        let void = |event: EventRef| {
            let source = Source::new(SYSTEM, format!("undo/{batch}/{}", event.version));
            let body = EventUndone { event, batch: by };
            let void = Event::new(day, actor.clone(), source, body);
            Fact::new(event.stream, Event { causation: Some(cause), ..void })
        };
        let streams: BTreeSet<StreamId> = plan.members.keys().copied().collect();
        let events = streams.into_iter().flat_map(|stream| {
            let versions = plan.members.get(&stream).into_iter().flatten().rev();
            versions.map(move |version| EventRef::new(stream, Version(*version)))
        });
        let (mut facts, mut done) = (Vec::new(), 0);
        for event in events {
            facts.push(void(event));
            if facts.len() == AT_ONCE {
                done += self.void(std::mem::take(&mut facts))?;
                progress(done, plan.events);
            }
        }
        done += self.void(facts)?;
        progress(done, plan.events);
        let body = ImportUndone { batch, by, events: plan.events };
        let source = Source::new(SYSTEM, format!("batch/{batch}"));
        self.tell(Event::new(day, actor, source, body))?;
        Ok(plan)
    }

    fn void(&self, facts: Vec<Fact>) -> Result<u64, Error> {
        let count = facts.len() as u64;
        for outcome in self.append(facts)? {
            if let Appended::Refused(error) = outcome {
                return Err(error);
            }
        }
        Ok(count)
    }

    /// Every event after the one that began a batch, in order.
    fn after(&self, begun: EventRef) -> Result<crate::replay::Replayed, Error> {
        let at = self.event(begun)?.map(|it| it.position);
        let replay = match at {
            Some(position) => self.replay().after(relatum_log::Cut::single(position.seq)),
            None => self.replay(),
        };
        replay.events()
    }

    fn aftermath(&self, begun: EventRef) -> Result<Aftermath, Error> {
        let mut found = Aftermath::default();
        for told in self.after(begun)? {
            let told = told?;
            let (at, event) = (told.event, &told.data);
            if event.amends.is_some() || event.body.family() == Family::Correction {
                let gist = Gist::of(at, told.recorded_at.into(), event);
                found.voids.entry(at.stream).or_default().learn(&gist);
            }
            if event.causation != Some(begun) {
                continue;
            }
            found.members.entry(at.stream).or_default().push(at.version.0);
            found.kinds.insert(at, (event.body.event_type(), event.amends.is_some()));
            // What replaces an earlier telling of a thing does not bring it in.
            if event.amends.is_none() {
                found.introduced.extend(event.body.introduces().into_iter().map(|id| (id, at)));
            }
            if event.body.opens_stream() && event.amends.is_none() {
                found.opened.insert(at.stream, at);
            }
        }
        Ok(found)
    }

    /// Finds out which streams are open without the batch.
    fn find_openings(&self, found: &mut Aftermath) -> Result<(), Error> {
        for stream in found.opened.keys() {
            let members = found.members.get(stream);
            let mut voids = Voids::default();
            let mut openings = Vec::new();
            // A stream that begins with the opening of the batch has nothing before it.
            for told in self.replay().stream(*stream).events()? {
                let told = told?;
                voids.learn(&Gist::of(told.event, told.recorded_at.into(), &told.data));
                let version = told.event.version.0;
                let of_batch = members.is_some_and(|it| it.binary_search(&version).is_ok());
                if told.data.body.opens_stream() && !of_batch {
                    openings.push(version);
                }
            }
            if openings.into_iter().any(|at| !voids.is_void(at, Recorded(i64::MAX))) {
                found.open_anyway.insert(*stream);
            }
        }
        Ok(())
    }

    /// The later events that rest on a batch: how many, and the first of them.
    fn dependants(
        &self,
        begun: EventRef,
        found: &Aftermath,
    ) -> Result<(u64, Vec<Dependant>), Error> {
        let (mut count, mut first) = (0, Vec::new());
        let mut batches = None;
        let merges = self.held_merges(&found.members)?;
        for told in self.after(begun)? {
            let told = told?;
            let merged = match told.data.body {
                EventBody::AccountsMerged(_) => merges.get(told.event.version),
                EventBody::AccountsSplit(_) => None,
                _ => Some(None),
            };
            // A merge that was split rests on nothing, and neither does the split.
            let Some(merged) = merged else { continue };
            let dependence = found.dependence(&told, begun)?.or_else(|| merged.cloned());
            let Some(dependence) = dependence else { continue };
            count += 1;
            if first.len() == NAMED {
                continue;
            }
            let batches = match &mut batches {
                Some(known) => known,
                none => none.insert(self.batches()?),
            };
            let cause = told.data.causation;
            let batch = batches.iter().find(|it| cause == Some(it.begun)).map(|it| it.id);
            first.push(Dependant {
                event: told.event,
                event_type: told.data.body.event_type(),
                source: told.data.source,
                batch,
                dependence,
            });
        }
        Ok((count, first))
    }
}

impl Aftermath {
    fn is_member(&self, event: EventRef) -> bool {
        let versions = self.members.get(&event.stream);
        versions.is_some_and(|it| it.binary_search(&event.version.0).is_ok())
    }

    fn is_void(&self, event: EventRef) -> bool {
        let voids = self.voids.get(&event.stream);
        voids.is_some_and(|it| it.is_void(event.version.0, Recorded(i64::MAX)))
    }

    /// How an event rests on the batch, if it does.
    fn dependence(
        &self,
        told: &Envelope<Event>,
        begun: EventRef,
    ) -> Result<Option<Dependence>, Error> {
        let (at, event) = (told.event, &told.data);
        let corrects = matches!(event.body.family(), Family::Audit | Family::Correction);
        if event.causation == Some(begun) || corrects || self.is_void(at) {
            return Ok(None);
        }
        if let Some(amended) = event.amends.filter(|it| self.is_member(*it)) {
            return Ok(Some(Dependence::Amends { event: amended }));
        }
        let mut grounds = event.causation.iter().chain(&event.policies);
        if let Some(ground) = grounds.find(|it| self.is_member(**it) && !self.is_void(**it)) {
            return Ok(Some(Dependence::Follows { event: *ground }));
        }
        let holds = |at: &EventRef| !self.is_void(*at);
        let opening = |stream: &StreamId| {
            let opening = self.opened.get(stream).filter(|_| !self.open_anyway.contains(stream));
            opening.copied().filter(holds)
        };
        if let Some(event) = opening(&at.stream) {
            return Ok(Some(Dependence::ToldOn { event }));
        }
        let text = event.encode()?;
        let ids = uuids(text.get());
        Ok(ids.into_iter().find_map(|id| {
            let brought = self.introduced.get(&id).copied().filter(holds);
            let kinds = [relatum_domain::ACCOUNT, relatum_domain::MANAGER, relatum_domain::TEAM];
            let opened = || kinds.iter().find_map(|kind| opening(&StreamId::new(*kind, id)));
            brought.or_else(opened).map(|event| Dependence::RefersTo { id, event })
        }))
    }
}

/// Every UUID that stands in a text of JSON, in its usual spelling.
fn uuids(text: &str) -> Vec<Uuid> {
    const LENGTH: usize = 36;
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    for (at, window) in bytes.windows(LENGTH).enumerate() {
        if window.get(8) == Some(&b'-')
            && window.get(23) == Some(&b'-')
            && let Some(Ok(id)) = text.get(at..at.saturating_add(LENGTH)).map(Uuid::try_parse)
        {
            found.push(id);
        }
    }
    found
}
