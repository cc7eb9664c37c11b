//! What the log tells of each subject: which fields of which events its keys open.
//!
//! Owns the walk over the log that looks for sealed fields, in their stored form. Knows no key:
//! what opens is asked of the engine.

use std::collections::{BTreeMap, BTreeSet};

use aho_corasick::AhoCorasick;
use relatum_domain::{ACCOUNT, AccountId, MANAGER, SealedBox, SubjectId};
use relatum_log::{ByteSize, Cursor, Cut, Envelope, EventData};
use relatum_stream::{EventRef, StreamId};
use serde::{Deserialize as _, Serialize};
use serde_json::Value;

use crate::engine::Engine;
use crate::error::Error;

/// How much of the log is walked at once.
const READ: ByteSize = ByteSize::mib(4);

/// Shorter texts stand everywhere: to find one says nothing.
const SHORTEST: usize = 3;

/// What a sealed field of a subject looks like in stored bytes.
const SEALED: &str = "\"sealed\":";

/// Who a subject is, as far as events tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SubjectRole {
    /// Somebody who works for an account.
    Contact {
        /// Which.
        account: AccountId,
    },
    /// A manager.
    Manager,
    /// An account.
    Account,
    /// Somebody whom no event names.
    Unnamed,
}

/// A subject in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SubjectLine {
    /// Who.
    pub subject: SubjectId,
    /// Who that is.
    pub role: SubjectRole,
    /// The name told last, if its key is there.
    pub name: Option<String>,
    /// In how many events something about it is sealed.
    pub events: u64,
    /// In how many fields.
    pub fields: u64,
    /// How many of its keys are there.
    pub keys: u64,
    /// The event that tells of its last erasure.
    pub erased: Option<EventRef>,
}

/// What is sealed about a subject in one stream, in events of one type, in one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SealedFields {
    /// Of whose stream.
    pub stream: StreamId,
    /// The event type.
    pub event_type: String,
    /// The field in the body, such as `name` or `actions.what`.
    pub field: String,
    /// How many times.
    pub fields: u64,
    /// How many of these can be read now.
    pub readable: u64,
}

/// Everything that the log tells of one subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Footprint {
    /// In one line.
    #[serde(flatten)]
    pub subject: SubjectLine,
    /// What is sealed about it.
    pub sealed: Vec<SealedFields>,
    /// Events that hold one of its readable texts, whole, in the clear: in a free text, a name of
    /// something else, or the key of a source. No key hides these.
    pub in_clear: Vec<EventRef>,
    /// Where texts about it could be, in the store and in memory.
    pub places: Vec<Place>,
}

/// A place where texts about a subject could be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Place {
    /// What it is.
    pub name: &'static str,
    /// How many files, where that is known.
    pub files: Option<u64>,
    /// What it holds.
    pub holds: Holds,
}

/// What a place holds about a subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Holds {
    /// Sealed fields: nothing once the keys are gone.
    Sealed,
    /// Nothing: no personal field gets there.
    Nothing,
    /// What some events say in the clear all the same.
    ClearCopies,
    /// What the fold of a user kept: thrown away, and derived again without the keys.
    Derived,
}

/// What is found of one subject on the way.
#[derive(Default)]
struct Found {
    role: Option<SubjectRole>,
    name: Option<SealedBox>,
    events: u64,
    fields: u64,
    sealed: BTreeMap<(StreamId, String, String), (u64, u64)>,
    texts: BTreeSet<String>,
}

impl Engine {
    /// Every subject: those about whom something is sealed, and those who have a key. By id.
    ///
    /// Reads the whole log.
    ///
    /// # Errors
    /// [`Error::Log`].
    pub fn subjects(&self) -> Result<Vec<SubjectLine>, Error> {
        let mut found = self.found(None)?;
        for subject in self.0.keys.subjects_with_keys() {
            found.entry(subject).or_default();
        }
        let erased = self.erased_by()?;
        let line = |(subject, found): (SubjectId, Found)| self.line(subject, &found, &erased);
        Ok(found.into_iter().map(line).collect())
    }

    /// Everything that the log tells of `subject`: what erasing it would leave unreadable, and what
    /// it could not reach.
    ///
    /// Reads the whole log, twice where something can be read.
    ///
    /// # Errors
    /// [`Error::NotFound`] if nothing is sealed about it, [`Error::Log`].
    pub fn footprint(&self, subject: SubjectId) -> Result<Footprint, Error> {
        Ok(self.traced(subject)?.0)
    }

    /// The same, with the texts about `subject` that can be read.
    pub(crate) fn traced(
        &self,
        subject: SubjectId,
    ) -> Result<(Footprint, BTreeSet<String>), Error> {
        let mut found = self.found(Some(subject))?;
        let Some(found) = found.remove(&subject) else {
            return Err(Error::NotFound { what: "subject", name: subject.to_string() });
        };
        let in_clear = self.holding(&found.texts)?;
        let line = self.line(subject, &found, &self.erased_by()?);
        let sealed = found.sealed.into_iter();
        let sealed = sealed.map(|((stream, event_type, field), (fields, readable))| SealedFields {
            stream,
            event_type,
            field,
            fields,
            readable,
        });
        let sealed = sealed.collect();
        let places = self.places_that_hold(!in_clear.is_empty())?;
        Ok((Footprint { subject: line, sealed, in_clear, places }, found.texts))
    }

    /// Where texts about a subject could be, in the store and in memory.
    fn places_that_hold(&self, in_clear: bool) -> Result<Vec<Place>, Error> {
        let place = |name, files, holds| Place { name, files, holds };
        let copied = if in_clear { Holds::ClearCopies } else { Holds::Nothing };
        #[cfg(feature = "sled")]
        let stored = self.stats()?.map(|stats| {
            [
                place("journal", None, Holds::Sealed),
                place("archive", Some(stats.archive_files), Holds::Sealed),
                place("replay cache", Some(stats.replay_runs), copied),
                place(
                    "projections of one's own",
                    Some(stats.own_projections.len() as u64),
                    Holds::Derived,
                ),
            ]
        });
        #[cfg(not(feature = "sled"))]
        let stored: Option<[Place; 0]> = None;
        let all = [
            place("log", None, Holds::Sealed),
            place("projections", None, copied),
            place("states of decisions", None, copied),
        ];
        Ok(all.into_iter().chain(stored.into_iter().flatten()).collect())
    }

    fn line(
        &self,
        subject: SubjectId,
        found: &Found,
        erased: &BTreeMap<SubjectId, EventRef>,
    ) -> SubjectLine {
        SubjectLine {
            subject,
            role: found.role.unwrap_or(SubjectRole::Unnamed),
            name: found.name.as_ref().and_then(|name| self.open_box(name)),
            events: found.events,
            fields: found.fields,
            keys: self.0.keys.names_of(subject).len() as u64,
            erased: erased.get(&subject).copied(),
        }
    }

    /// What is sealed about each subject, or about one.
    fn found(&self, only: Option<SubjectId>) -> Result<BTreeMap<SubjectId, Found>, Error> {
        let told = only.map_or_else(|| SEALED.to_owned(), |subject| subject.to_string());
        let mut all: BTreeMap<SubjectId, Found> = BTreeMap::new();
        self.walk(|envelope| {
            if !envelope.data.as_str().contains(&told) {
                return;
            }
            let Ok(json) = envelope.data.to::<Value>() else { return };
            let mut seen = BTreeSet::new();
            each_sealed(&json, &mut Vec::new(), &mut |path, sealed| {
                let Some(subject) = sealed.subject else { return };
                if only.is_some_and(|only| only != subject) {
                    return;
                }
                let found = all.entry(subject).or_default();
                found.events = found.events.saturating_add(u64::from(seen.insert(subject)));
                let clear = self.open_box(&sealed);
                found.take(envelope, subject, path, sealed, clear);
            });
        })?;
        Ok(all)
    }

    /// The events that hold one of `texts` in the clear.
    fn holding(&self, texts: &BTreeSet<String>) -> Result<Vec<EventRef>, Error> {
        // As they stand in JSON.
        let texts = texts.iter().map(|text| Value::from(text.as_str()).to_string());
        let texts = texts.map(|text| text.trim_matches('"').to_owned());
        let Some(search) = Search::of(texts) else { return Ok(Vec::new()) };
        let mut holding = Vec::new();
        self.walk(|envelope| {
            let key = envelope.key.as_ref().map_or("", |key| key.as_str());
            if search.finds(key) || search.finds(&plainly(envelope.data.as_str())) {
                holding.push(envelope.event);
            }
        })?;
        Ok(holding)
    }

    /// Visits every event of the log by now, as it is stored.
    fn walk(&self, mut visit: impl FnMut(&Envelope<EventData>)) -> Result<(), Error> {
        let mut cursor = Cursor::start();
        let mut upto: Option<Cut> = None;
        loop {
            let block = self.0.log.read(cursor, READ).wait()?;
            let upto = upto.get_or_insert_with(|| block.head.clone());
            if block.commits.is_empty() {
                return Ok(());
            }
            for commit in &block.commits {
                if !upto.includes(commit.position) {
                    return Ok(());
                }
                commit.envelopes()?.iter().for_each(&mut visit);
            }
            cursor = block.next;
        }
    }
}

impl Found {
    fn take(
        &mut self,
        envelope: &Envelope<EventData>,
        subject: SubjectId,
        path: &[&str],
        sealed: SealedBox,
        clear: Option<String>,
    ) {
        let Envelope { event: EventRef { stream, .. }, event_type, .. } = envelope;
        self.fields = self.fields.saturating_add(1);
        let field = path.strip_prefix(&["body"]).unwrap_or(path).join(".");
        if self.role.is_none() && stream.id == subject.uuid() {
            self.role = match stream.kind {
                ACCOUNT => Some(SubjectRole::Account),
                MANAGER => Some(SubjectRole::Manager),
                _ => None,
            };
        }
        let tells = ["contact_added", "contact_changed", "manager_joined"];
        if field == "name" && tells.contains(&event_type.as_str()) {
            if let Some(account) = AccountId::of_stream(*stream) {
                self.role = Some(SubjectRole::Contact { account });
            }
            self.name = Some(sealed);
        }
        let sum = self.sealed.entry((*stream, event_type.as_str().to_owned(), field));
        let (fields, readable) = sum.or_default();
        *fields = fields.saturating_add(1);
        *readable = readable.saturating_add(u64::from(clear.is_some()));
        self.texts.extend(clear);
    }
}

/// Visits every sealed field with the names of the fields that lead to it.
fn each_sealed<'a>(
    json: &'a Value,
    path: &mut Vec<&'a str>,
    visit: &mut dyn FnMut(&[&str], SealedBox),
) {
    match json {
        Value::Object(fields) => {
            let guarded = (fields.len() == 1).then(|| fields.get("sealed")).flatten();
            if let Some(Ok(sealed)) = guarded.map(SealedBox::deserialize) {
                return visit(path, sealed);
            }
            for (name, field) in fields {
                path.push(name);
                each_sealed(field, path, visit);
                path.pop();
            }
        }
        Value::Array(items) => items.iter().for_each(|item| each_sealed(item, path, visit)),
        _ => {}
    }
}

/// `json` without escapes that it need not have.
fn plainly(json: &str) -> std::borrow::Cow<'_, str> {
    let read = json.contains("\\u").then(|| serde_json::from_str::<Value>(json).ok()).flatten();
    read.map_or(json.into(), |value| value.to_string().into())
}

/// Looks for whole words and phrases, whatever their case.
pub(crate) struct Search(AhoCorasick);

impl Search {
    /// None: there is nothing to look for. Very short texts stand everywhere.
    pub(crate) fn of(texts: impl IntoIterator<Item = String>) -> Option<Self> {
        let long = |text: &String| text.chars().count() >= SHORTEST;
        let texts: Vec<String> = texts.into_iter().filter(long).collect();
        let mut builder = AhoCorasick::builder();
        let search = builder.ascii_case_insensitive(true).build(&texts).ok();
        search.filter(|_| !texts.is_empty()).map(Self)
    }

    /// Whether one of the texts stands in `text`, and not in the midst of a word.
    pub(crate) fn finds(&self, text: &str) -> bool {
        let part_of_word = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
        self.0.find_overlapping_iter(text).any(|found| {
            let before = text.get(..found.start()).and_then(|it| it.chars().next_back());
            let after = text.get(found.end()..).and_then(|it| it.chars().next());
            !part_of_word(before) && !part_of_word(after)
        })
    }
}
