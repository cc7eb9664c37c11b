//! What becomes of a fact of which the source told something before, where amending that would be
//! wrong: fields that hold as they were told first, changes that are events of their own, and what
//! is no longer there.
//!
//! *Invariant: telling the same again, however often and by whichever batch, adds nothing.*

use std::sync::Arc;

use chrono::NaiveDate;
use relatum_domain::event::correction::EventVoided;
use relatum_domain::{Event, EventBody, Source};
use relatum_stream::{EventRef, StreamId, Version};
use serde_json::Value;

use super::intake::{Intake, Sending, Slot, Taken};
use super::told::{self, Before, GONE};
use crate::codec;
use crate::error::Error;

/// How a field of the metadata is named among those that hold.
const METADATA: &str = "metadata.";

/// What becomes of a fact of which the source told something before.
///
/// A record of a source is not a fact for ever: a deal is open in one export and won in the next.
/// The opening was true all the same, and what the later export says is not its correction.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Retold {
    /// What it says otherwise amends what was told.
    #[default]
    Amends,
    /// These fields of its body, and of its metadata those after `metadata.`, hold as they were
    /// told first; what it says otherwise in others amends.
    Keeps(Arc<[String]>),
    /// It is an event of its own. It is told only where the last telling under its source id, of
    /// its own type or of one of these, does not say the same; where there is none, it has nothing
    /// to change.
    Changes(Arc<[&'static str]>),
    /// Where the last telling says otherwise, it is told as a new event, of this day, and what was
    /// told before holds until then.
    Anew(NaiveDate),
    /// It tells the end of something. It is told only where something was told under its source
    /// id, of one of these types, and not its end since.
    Ends(Arc<[&'static str]>),
    /// It is an [`EventVoided`], whose target is not known yet: all that was told under this source
    /// id, of this type. Where that is nothing, it has nothing to take back.
    TakesBack {
        /// The source id.
        id: String,
        /// The event type.
        event_type: &'static str,
    },
}

impl Intake {
    /// Whether the last telling of an event, or of one of `types` under its source id, says
    /// otherwise; not where nothing was told. A change holds from no day before what it changes.
    pub(super) fn is_change(
        &mut self,
        stream: StreamId,
        event: &mut Event,
        types: &[&str],
        sending: &Sending,
    ) -> Result<bool, Error> {
        let Some(last) = self.last(stream, event, types, sending)? else { return Ok(false) };
        let (told, now) = (self.body(&last)?, self.body(event)?);
        let Value::Object(now) = now else { return Ok(true) };
        let differs =
            now.iter().any(|(key, value)| !value.is_null() && told.get(key) != Some(value));
        if differs && last.effective > event.effective {
            (event.effective, event.at) = (last.effective, None);
        }
        Ok(differs)
    }

    /// What is told in the place of an event that says otherwise than `before`; nothing, where that
    /// says the same; none, where the event itself is told.
    pub(super) fn otherwise(
        &self,
        event: &Event,
        before: EventRef,
        retold: &Retold,
    ) -> Result<Option<Option<Event>>, Error> {
        Ok(match retold {
            Retold::Keeps(fields) => Some(Some(self.with_kept(event, before, fields)?)),
            Retold::Anew(day) => {
                let told = self.engine.event(before)?.map(|it| self.body(&it.data)).transpose()?;
                let changed = told.is_none_or(|told| self.body(event).is_ok_and(|now| now != told));
                Some(changed.then(|| Event { effective: *day, at: None, ..event.clone() }))
            }
            Retold::Amends | Retold::Changes(_) | Retold::Ends(_) | Retold::TakesBack { .. } => {
                None
            }
        })
    }

    /// Whether something of `types` was told under the source id of an event, and not its end.
    pub(super) fn is_end(
        &mut self,
        stream: StreamId,
        event: &Event,
        types: &[&str],
        sending: &Sending,
    ) -> Result<bool, Error> {
        let last = self.last(stream, event, types, sending)?;
        Ok(last.is_some_and(|last| last.body.event_type() != event.body.event_type()))
    }

    /// The last telling of an event, or of one of `types` under its source id.
    fn last(
        &mut self,
        stream: StreamId,
        event: &Event,
        types: &[&str],
        sending: &Sending,
    ) -> Result<Option<Event>, Error> {
        let own = event.body.event_type();
        let key = |kind: &str| told::name(&event.idempotency_key(kind));
        let names: Vec<_> = types.iter().copied().chain([own]).map(key).collect();
        let pending = names.iter().filter_map(|name| sending.of(stream, *name));
        if let Some((_, fact)) = pending.max_by_key(|(at, _)| *at) {
            return Ok(Some(fact.clone()));
        }
        let known = self.known(stream)?;
        let version = |name| match known.before(name) {
            Before::Told(telling, _) => Some(telling.version),
            Before::Nothing | Before::TakenBack(_) => None,
        };
        let Some(last) = names.iter().filter_map(version).max() else { return Ok(None) };
        Ok(self.engine.event(EventRef::new(stream, Version(last)))?.map(|it| it.data))
    }

    /// The event with `fields` as they stand in what was told as `before`.
    fn with_kept(
        &self,
        event: &Event,
        before: EventRef,
        fields: &[String],
    ) -> Result<Event, Error> {
        let Some(before) = self.engine.event(before)? else { return Ok(event.clone()) };
        let before = self.stored(&before.data)?;
        let text = event.encode()?;
        let mut json: Value = serde_json::from_str(text.get()).map_err(codec::shape_of(event))?;
        for field in fields {
            let (part, key) = match field.strip_prefix(METADATA) {
                Some(key) => ("metadata", key),
                None => ("body", field.as_str()),
            };
            let told = before.get(part).and_then(|part| part.get(key));
            match (json.get_mut(part), told) {
                (Some(Value::Object(now)), Some(told)) => {
                    now.insert(key.to_owned(), told.clone());
                }
                (Some(Value::Object(now)), None) => _ = now.remove(key),
                (_, Some(told)) => {
                    if let Value::Object(event) = &mut json {
                        let only = serde_json::Map::from_iter([(key.to_owned(), told.clone())]);
                        event.insert(part.to_owned(), Value::Object(only));
                    }
                }
                (_, None) => {}
            }
        }
        let (kind, schema) = (event.body.event_type(), event.body.schema());
        Ok(Event::decode(kind, schema, &json.to_string())?)
    }

    /// An event as it would be stored.
    fn stored(&self, event: &Event) -> Result<Value, Error> {
        let stored = codec::encode_by_known_keys(event, &self.engine.0.keys)?;
        Ok(serde_json::from_str(stored.data.as_str()).map_err(codec::shape_of(event))?)
    }

    /// The body of an event as it would be stored.
    fn body(&self, event: &Event) -> Result<Value, Error> {
        Ok(self.stored(event)?.get_mut("body").map(Value::take).unwrap_or_default())
    }

    /// Takes back all that was told under a source id, of one type.
    pub(super) fn take_back(
        &mut self,
        (stream, event): (StreamId, &Event),
        (id, event_type): (&str, &str),
        slot: usize,
        sending: &mut Sending,
    ) -> Result<Slot, Error> {
        let named = Event { source: Source::new(&event.source.system, id), ..event.clone() };
        let name = told::name(&named.idempotency_key(event_type));
        if let Some(slot) = sending.slot_of(stream, name) {
            // One import says both that it is there and that it is not.
            return Ok(Slot::Clash(slot));
        }
        let known = self.known(stream)?;
        let (targets, next) = (known.standing_tellings(&name), known.next());
        let EventBody::EventVoided(EventVoided { reason, .. }) = &event.body else {
            return Ok(Slot::Done(Taken::Nothing));
        };
        if !self.amends {
            let last = targets.first().map(|it| EventRef::new(stream, Version(*it)));
            return Ok(Slot::Done(last.map_or(Taken::Nothing, Taken::Differs)));
        }
        let mut sent = None;
        // The last one first: what it amended does not hold again in between.
        for target in targets {
            let target = EventRef::new(stream, Version(target));
            // What was undone is taken back anew, under another name.
            let id = format!("{GONE}{id}/{event_type}@{}~{next}", target.version);
            let void = Event {
                source: Source::new(&event.source.system, id),
                body: EventVoided { event: target, reason: reason.clone() }.into(),
                ..event.clone()
            };
            let known = match self.identify(&void) {
                Ok(known) => known,
                Err(error) => return self.refused(error),
            };
            let at = sending.put(stream, void, slot, known, false);
            sent.get_or_insert(at);
        }
        Ok(sent.map_or(Slot::Done(Taken::Nothing), |at| Slot::Sent(at, None)))
    }
}
