//! A sink that remembers, for tests.

use std::collections::BTreeMap;
use std::sync::Arc;

use relatum_domain::{Event, EventBody};
use relatum_import::{
    Digester, Import, ImportError, Input, Mapping, Offer, Outcome, Report, Retold, Sink, SinkError,
};
use relatum_stream::{EventRef, StreamId, Version};

/// Recognises facts by their keys, as a book does.
#[derive(Default)]
pub(crate) struct Book {
    pub(crate) events: Vec<(StreamId, Event)>,
    known: BTreeMap<(StreamId, String), usize>,
}

impl Sink for Book {
    fn append(&mut self, facts: Vec<Offer>) -> Result<Vec<Outcome>, SinkError> {
        let mut outcomes = Vec::new();
        for Offer { stream, event, retold, .. } in facts {
            // What was told before, only a book of an engine knows.
            if !matches!(retold, Retold::Amends | Retold::Keeps(_) | Retold::Anew(_)) {
                outcomes.push(Outcome::Nothing);
                continue;
            }
            let key = (stream, event.idempotency_key(event.body.event_type()));
            let at = EventRef::new(stream, Version(1));
            let outcome = match self.known.get(&key) {
                Some(known) if self.events[*known].1 == event => Outcome::Already(at),
                Some(_) => Outcome::Differs(at),
                None if event.metadata.contains_key("refuse") => {
                    outcomes.push(Outcome::Refused("as asked".to_owned()));
                    continue;
                }
                None => {
                    self.known.insert(key, self.events.len());
                    self.events.push((stream, event));
                    Outcome::Recorded(at)
                }
            };
            outcomes.push(outcome);
        }
        Ok(outcomes)
    }

    fn digester(&self) -> Digester {
        Arc::new(|text| text.bytes().rev().map(|byte| format!("{byte:02x}")).collect())
    }
}

impl Book {
    /// `type day id: ` and those fields of the stored event that `fields` name, for each event of
    /// one type.
    pub(crate) fn told(&self, event_type: &str, fields: &[&str]) -> Vec<String> {
        let of_type = self.events.iter().map(|(_, event)| event);
        let of_type = of_type.filter(|event| event.body.event_type() == event_type);
        let tell = |event: &Event| {
            let json: serde_json::Value =
                serde_json::from_str(event.encode().unwrap().get()).unwrap();
            let show = |field: &&str| match json.pointer(&format!("/{field}")) {
                None => "-".to_owned(),
                Some(serde_json::Value::String(text)) => text.clone(),
                Some(value) => value.to_string(),
            };
            let shown: Vec<String> = fields.iter().map(show).collect();
            format!("{} {}: {}", event.effective, event.source.id, shown.join(" | "))
        };
        of_type.map(tell).collect()
    }

    /// How many events there are of each type.
    pub(crate) fn counts(&self) -> BTreeMap<&'static str, usize> {
        let mut counts = BTreeMap::new();
        for (_, event) in &self.events {
            *counts.entry(event.body.event_type()).or_insert(0) += 1;
        }
        counts
    }

    /// The bodies of one type.
    pub(crate) fn bodies(&self, event_type: &str) -> Vec<&EventBody> {
        let bodies = self.events.iter().map(|(_, event)| &event.body);
        bodies.filter(|body| body.event_type() == event_type).collect()
    }
}

/// What an import came to.
pub(crate) struct Done {
    pub(crate) result: Result<(), ImportError>,
    pub(crate) report: Report,
    pub(crate) rejects: String,
}

/// Imports `files` (name and bytes).
pub(crate) fn import(mapping: &str, files: &[(&str, &[u8])], book: &mut Book) -> Done {
    let inputs = files.iter().map(|(name, bytes)| Input::bytes(*name, *bytes)).collect();
    import_inputs(&Mapping::parse(mapping).unwrap(), inputs, book)
}

/// Imports `inputs`.
pub(crate) fn import_inputs(mapping: &Mapping, inputs: Vec<Input>, book: &mut Book) -> Done {
    let mut import = match Import::open(mapping, inputs) {
        Ok(import) => import,
        Err(error) => {
            let (report, rejects) = (Report::default(), String::new());
            return Done { result: Err(error), report, rejects };
        }
    };
    let mut rejects = Vec::new();
    let result = import.run(book, &mut rejects, &mut |_| {});
    let report = import.report().clone();
    Done { result, report, rejects: String::from_utf8(rejects).unwrap() }
}

impl Done {
    /// The rejects as `line column value: reason`.
    pub(crate) fn rejected(&self) -> Vec<String> {
        let show = |reject: &relatum_import::Reject| {
            format!("{} {} {}: {}", reject.line, reject.column, reject.value, reject.reason)
        };
        self.report.first_rejects.iter().map(show).collect()
    }

    /// The message of the error and of its causes.
    pub(crate) fn error(self) -> String {
        let error = self.result.unwrap_err();
        let mut text = error.to_string();
        let mut cause = std::error::Error::source(&error);
        while let Some(error) = cause {
            text = format!("{text}: {error}");
            cause = error.source();
        }
        text
    }
}
