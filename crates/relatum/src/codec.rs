//! Between events and what a log stores: JSON, sealed where it must be.
//!
//! Sealing works on the JSON, not on the types: a guarded field that is clear has one form
//! (`{"clear": …}`), wherever it stands, so none can be forgotten.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::OnceLock;

use relatum_domain::{Event, EventBody, PayloadError, SealedBox, SubjectId, VOCABULARY};
use relatum_log::{
    DecodeError, Envelope, EventData, EventType, IdempotencyKey, LabelError, NewEvent,
    StoredCommit, Upcasters,
};
use serde::Deserialize;
use serde_json::Value;

use crate::error::Error;
use crate::keyring::Keyring;
use crate::rights::{Rights, withhold};

/// How guarded fields look before they are sealed: a text about a subject, or a secret value.
#[derive(Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Clear {
    Personal { subject: SubjectId, text: String },
    Secret { value: Value },
}

/// The registered upcasters: every type is at its first schema.
pub(crate) fn upcasters() -> Upcasters {
    VOCABULARY.iter().fold(Upcasters::new(), |all, entry| all.with(EventType::of(entry.name), &[]))
}

/// What the log stores of an event: sealed, typed, with its idempotency key.
pub(crate) fn encode(event: &Event, keys: &Keyring) -> Result<NewEvent, Error> {
    encode_by(event, keys, true)
}

/// What the log would store of an event, if no key is made for it: what is about somebody who has
/// none stays clear, as it is in no log.
pub(crate) fn encode_by_known_keys(event: &Event, keys: &Keyring) -> Result<NewEvent, Error> {
    encode_by(event, keys, false)
}

fn encode_by(event: &Event, keys: &Keyring, makes_keys: bool) -> Result<NewEvent, Error> {
    Ok(NewEvent {
        event_type: EventType::of(event.body.event_type()),
        schema: event.body.schema(),
        key: Some(key_of(event)?),
        data: sealed(event, keys, makes_keys)?,
    })
}

fn sealed(event: &Event, keys: &Keyring, makes_keys: bool) -> Result<EventData, Error> {
    let (name, shape) = (event.body.event_type(), shape_of(event));
    let raw = event.encode()?;
    // Most events guard nothing; they are spared the detour.
    if !raw.get().contains("{\"clear\":") {
        return Ok(EventData::from(raw));
    }
    let mut json: Value = serde_json::from_str(raw.get()).map_err(shape)?;
    if makes_keys {
        let mut subjects = BTreeSet::new();
        each_clear(&mut json, &mut |clear| {
            if let Clear::Personal { subject, .. } = clear {
                subjects.insert(*subject);
            }
            Ok(None)
        })?;
        keys.ensure(subjects)?;
    }
    each_clear(&mut json, &mut |clear| {
        Ok(match clear {
            Clear::Personal { subject, .. } if !makes_keys && !keys.knows(*subject) => None,
            Clear::Personal { subject, text } => Some(keys.seal(Some(*subject), text)?),
            Clear::Secret { value } => Some(keys.seal(None, &value.to_string())?),
        })
    })?;
    // Back through the types: the fields stand in their own order then, as without sealing.
    let sealed = Event::decode(name, event.body.schema(), &json.to_string())?;
    Ok(EventData::from(sealed.encode()?))
}

/// The key under which the stream recognises an event when it arrives again.
pub(crate) fn key_of(event: &Event) -> Result<IdempotencyKey, Error> {
    let key = event.idempotency_key(event.body.event_type());
    Ok(key.parse().map_err(shape_of::<LabelError>(event))?)
}

/// What is wrong with the shape of an event.
pub(crate) fn shape_of<E: std::fmt::Display>(event: &Event) -> impl Fn(E) -> PayloadError + use<E> {
    let name = event.body.event_type();
    move |reason| PayloadError::Shape { name: name.to_owned(), reason: reason.to_string() }
}

/// Visits every clear guarded field; what the visitor gives takes its place.
fn each_clear(
    json: &mut Value,
    visit: &mut dyn FnMut(&Clear) -> Result<Option<SealedBox>, Error>,
) -> Result<(), Error> {
    match json {
        Value::Object(fields) => {
            let guarded = (fields.len() == 1).then(|| fields.get("clear")).flatten();
            if let Some(Ok(clear)) = guarded.map(Clear::deserialize) {
                if let Some(sealed) = visit(&clear)? {
                    *json = serde_json::json!({ "sealed": sealed });
                }
                return Ok(());
            }
            fields.values_mut().try_for_each(|field| each_clear(field, visit))
        }
        Value::Array(items) => items.iter_mut().try_for_each(|item| each_clear(item, visit)),
        _ => Ok(()),
    }
}

/// Opens every sealed field that `open` opens; the others stay sealed.
pub(crate) fn open_all(json: &mut Value, open: &dyn Fn(&SealedBox) -> Option<String>) {
    match json {
        Value::Object(fields) => {
            let guarded = (fields.len() == 1).then(|| fields.get("sealed")).flatten();
            if let Some(Ok(sealed)) = guarded.map(SealedBox::deserialize) {
                if let Some(clear) = open(&sealed) {
                    *json = match sealed.subject {
                        Some(subject) => {
                            serde_json::json!({ "clear": { "subject": subject, "text": clear } })
                        }
                        None => {
                            let value: Value =
                                serde_json::from_str(&clear).unwrap_or(Value::String(clear));
                            serde_json::json!({ "clear": { "value": value } })
                        }
                    };
                }
                return;
            }
            fields.values_mut().for_each(|field| open_all(field, open));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| open_all(item, open)),
        _ => {}
    }
}

/// Understands a stored event that was taken out of a log, as every engine does, with all rights;
/// sealed fields stay sealed.
///
/// # Errors
/// [`Error::Decode`] if its type, its schema or its shape is not known here.
pub fn understand(stored: Envelope<EventData>) -> Result<Envelope<Event>, Error> {
    static KNOWN: OnceLock<Upcasters> = OnceLock::new();
    decode(stored, KNOWN.get_or_init(upcasters), Rights::ALL)
}

/// Understands one stored event, as far as the rights go.
pub(crate) fn decode(
    envelope: Envelope<EventData>,
    upcasters: &Upcasters,
    rights: Rights,
) -> Result<Envelope<Event>, Error> {
    let envelope = upcasters.apply(envelope)?;
    Ok(envelope.try_map(|envelope, data| {
        let mut seen = Cow::Borrowed(data.as_str());
        if rights != Rights::ALL
            && seen.contains("\"clear\"")
            && let Ok(mut json) = data.to::<Value>()
        {
            withhold(&mut json, rights);
            seen = Cow::Owned(json.to_string());
        }
        Event::decode(envelope.event_type.as_str(), envelope.schema, &seen).map_err(|source| {
            DecodeError::Payload {
                event: envelope.event,
                event_type: envelope.event_type.clone(),
                schema: envelope.schema,
                source: std::sync::Arc::new(source),
            }
        })
    })?)
}

/// Understands all events of a commit.
pub(crate) fn decode_commit(
    commit: &StoredCommit,
    upcasters: &Upcasters,
    rights: Rights,
) -> Result<Vec<Envelope<Event>>, Error> {
    let envelopes = commit.envelopes()?.into_iter();
    envelopes.map(|envelope| decode(envelope, upcasters, rights)).collect()
}

/// The name in an event that tells one: of a contact, or of a manager.
pub(crate) fn told_name(event: &Event) -> Option<&relatum_domain::Personal> {
    match &event.body {
        EventBody::ContactAdded(it) => Some(&it.name),
        EventBody::ContactChanged(it) => it.name.as_ref(),
        EventBody::ManagerJoined(it) => it.name.as_ref(),
        _ => None,
    }
}
