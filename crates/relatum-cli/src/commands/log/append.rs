//! `relatum log append`: facts in, a JSON object a line.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use relatum::domain::{Event, EventType};
use relatum::{Allocate, Appended, Engine, Error, EventRef, Fact, Proposal, Refused, StreamId};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::input::{Line, Lines};
use crate::book;
use crate::failure::{Exit, Failure, chain};
use crate::output::{Cell, Column, Page, Sheet, Shown, Tone};
use crate::session::Session;
use crate::viewpoint::Viewpoint;

/// Append facts, a JSON object a line
///
/// A line is {"stream": "account/…", "type": "invoice_issued", "event": {"effective": …, …}};
/// `relatum schema TYPE` prints the form of the event. Facts go in as they are, and those that a
/// decision would have refused are flagged.
#[derive(Debug, Args)]
pub(crate) struct Append {
    /// The file to read; - or none: standard input
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// Decide on every fact, and refuse what a decision refuses
    #[arg(long)]
    decide: bool,
    /// What is left of a payment that names no items, and a credit note against an invoice
    #[arg(long, value_name = "RULE", requires = "decide", default_value = "as-written")]
    allocate: Rule,
}

/// How money that names no items is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Rule {
    /// It stays on account, the credit stands alone
    AsWritten,
    /// To the oldest due first
    OldestDueFirst,
    /// By the tenant's rule in force on the day
    ByPolicy,
}

impl From<Rule> for Allocate {
    fn from(rule: Rule) -> Self {
        match rule {
            Rule::AsWritten => Self::AsWritten,
            Rule::OldestDueFirst => Self::OldestDueFirst,
            Rule::ByPolicy => Self::ByPolicy,
        }
    }
}

/// So many lines are appended together.
const BATCH: usize = 256;

/// So many new events are worth a checkpoint.
const MANY: usize = 1_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written<'a> {
    stream: StreamId,
    #[serde(rename = "type")]
    kind: String,
    schema: Option<u16>,
    #[serde(borrow)]
    event: &'a RawValue,
}

/// What became of a line.
enum Fate {
    Recorded(Vec<EventRef>),
    Already(EventRef),
    Refused { code: Option<&'static str>, reason: String },
}

struct Outcome {
    line: u64,
    of: Option<(StreamId, &'static str)>,
    fate: Fate,
    /// Why a decision would have refused it.
    flags: Vec<String>,
}

impl Append {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let mut lines = Lines::open(self.file.as_deref())?;
        let engine = session.write()?;
        let mut outcomes = Vec::new();
        if self.decide {
            while let Some((line, text)) = lines.next()? {
                outcomes.push(decided(&engine, line, &text, self.allocate.into())?);
            }
        } else {
            append(&engine, &mut lines, &mut outcomes)?;
            flag(&engine, &mut outcomes)?;
        }
        let answer = Answer(outcomes);
        if answer.recorded() > MANY {
            book::checkpoint(&engine)?;
        }
        session.show(&answer)?;
        Ok(if answer.refused() == 0 { Exit::Done } else { Exit::Refused })
    }
}

fn append(engine: &Engine, lines: &mut Lines, outcomes: &mut Vec<Outcome>) -> Result<(), Failure> {
    loop {
        let mut facts = Vec::with_capacity(BATCH);
        let mut places = Vec::with_capacity(BATCH);
        while facts.len() < BATCH {
            let Some((line, text)) = lines.next()? else { break };
            match understood(&text) {
                Ok(fact) => {
                    places.push(outcomes.len());
                    let of = Some((fact.stream, fact.event.body.event_type()));
                    outcomes.push(refused(line, of, None, String::new()));
                    facts.push(fact);
                }
                Err(reason) => outcomes.push(refused(line, None, None, reason)),
            }
        }
        if facts.is_empty() {
            return Ok(());
        }
        let appended = engine.append(facts)?;
        for (place, appended) in places.into_iter().zip(appended) {
            if let Some(outcome) = outcomes.get_mut(place) {
                outcome.fate = match appended {
                    Appended::Recorded(event) => Fate::Recorded(vec![event]),
                    Appended::AlreadyRecorded(event) => Fate::Already(event),
                    Appended::Refused(error) => Fate::Refused { code: None, reason: chain(&error) },
                    _ => continue,
                };
            }
        }
    }
}

fn decided(engine: &Engine, line: u64, text: &Line, rule: Allocate) -> Result<Outcome, Failure> {
    let fact = match understood(text) {
        Ok(fact) => fact,
        Err(reason) => return Ok(refused(line, None, None, reason)),
    };
    let of = Some((fact.stream, fact.event.body.event_type()));
    match engine.record(Proposal::new(fact.stream, fact.event).allocated(rule)) {
        Ok(recorded) => Ok(Outcome {
            line,
            of,
            fate: match recorded.events.first() {
                Some(event) if recorded.already_recorded => Fate::Already(*event),
                _ => Fate::Recorded(recorded.events),
            },
            flags: Vec::new(),
        }),
        Err(error) if error.class() == relatum::Class::Refused => {
            let code = match &error {
                Error::Refused(why) => Some(Refused::code(why)),
                _ => None,
            };
            Ok(refused(line, of, code, chain(&error)))
        }
        Err(error) => Err(Failure::from(error).hint(format!(
            "the lines before line {line} are in; the same lines can be appended again"
        ))),
    }
}

fn refused(
    line: u64,
    of: Option<(StreamId, &'static str)>,
    code: Option<&'static str>,
    reason: String,
) -> Outcome {
    Outcome { line, of, fate: Fate::Refused { code, reason }, flags: Vec::new() }
}

/// The fact in a line, or what is wrong with it.
fn understood(line: &Line) -> Result<Fact, String> {
    let text = match line {
        Line::Text(text) => text,
        Line::Bad(reason) => return Err(reason.clone()),
    };
    let written: Written<'_> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let newest = EventType::named(&written.kind).map_or(1, |entry| entry.schema);
    let schema = written.schema.unwrap_or(newest);
    let event = Event::decode(&written.kind, schema, written.event.get())
        .map_err(|error| error.to_string())?;
    let again = event.encode().map_err(|error| error.to_string())?;
    let parsed = |text: &str| serde_json::from_str::<Value>(text).map_err(|it| it.to_string());
    let mut unknown = Vec::new();
    lost(&parsed(written.event.get())?, &parsed(again.get())?, "", &mut unknown);
    if unknown.is_empty() {
        return Ok(Fact::new(written.stream, event));
    }
    Err(format!(
        "`{}` has no field {}; `relatum schema {}` prints its form",
        written.kind,
        unknown.join(", "),
        written.kind
    ))
}

/// Paths of `given` that `kept` does not have. What says nothing may go: the encoder leaves it out.
fn lost(given: &Value, kept: &Value, path: &str, unknown: &mut Vec<String>) {
    match (given, kept) {
        (Value::Object(given), Value::Object(kept)) => {
            for (key, value) in given {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                match kept.get(key) {
                    Some(kept) => lost(value, kept, &path, unknown),
                    None if says_nothing(value) => {}
                    None => unknown.push(format!("`{path}`")),
                }
            }
        }
        (Value::Array(given), Value::Array(kept)) => {
            for (at, (value, kept)) in given.iter().zip(kept).enumerate() {
                lost(value, kept, &format!("{path}.{at}"), unknown);
            }
        }
        _ => {}
    }
}

fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.values().all(says_nothing),
        _ => false,
    }
}

/// Looks up what a decision would have said to the facts that went in.
fn flag(engine: &Engine, outcomes: &mut [Outcome]) -> Result<(), Failure> {
    let new: BTreeSet<EventRef> = outcomes.iter().flat_map(Outcome::new_events).copied().collect();
    let streams: BTreeSet<StreamId> = new.iter().map(|event| event.stream).collect();
    let book = engine.as_of(Viewpoint::of_day(chrono::NaiveDate::MAX).day);
    let mut flags: BTreeMap<EventRef, Vec<String>> = BTreeMap::new();
    for stream in streams {
        for flag in book.flags(stream)? {
            flags.entry(flag.event).or_default().push(format!("{}: {}", flag.code, flag.reason));
        }
    }
    for outcome in outcomes {
        let found = outcome.new_events().iter().filter_map(|event| flags.get(event));
        outcome.flags = found.flatten().cloned().collect();
    }
    Ok(())
}

impl Outcome {
    fn new_events(&self) -> &[EventRef] {
        match &self.fate {
            Fate::Recorded(events) => events,
            Fate::Already(_) | Fate::Refused { .. } => &[],
        }
    }

    fn word(&self) -> &'static str {
        match &self.fate {
            Fate::Recorded(_) => "recorded",
            Fate::Already(_) => "already_recorded",
            Fate::Refused { .. } => "refused",
        }
    }
}

struct Answer(Vec<Outcome>);

impl Answer {
    fn recorded(&self) -> usize {
        self.0.iter().map(|outcome| outcome.new_events().len()).sum()
    }

    fn refused(&self) -> usize {
        let refused = |outcome: &&Outcome| matches!(outcome.fate, Fate::Refused { .. });
        self.0.iter().filter(refused).count()
    }
}

impl Shown for Answer {
    fn document(&self) -> Value {
        json!({
            "recorded": self.recorded(),
            "refused": self.refused(),
            "lines": self.lines(),
        })
    }

    fn sheet(&self) -> Sheet {
        let columns = vec![
            Column::number("line", "line"),
            Column::text("outcome", "outcome"),
            Column::text("type", "type"),
            Column::text("event", "event"),
            Column::programs("code"),
            Column::programs("reason"),
            Column::programs("flags"),
            Column::text("why", "").people(),
        ];
        let row = |outcome: &Outcome| {
            let events: Vec<String> = match &outcome.fate {
                Fate::Recorded(events) => events.iter().map(ToString::to_string).collect(),
                Fate::Already(event) => vec![event.to_string()],
                Fate::Refused { .. } => Vec::new(),
            };
            let (code, reason) = match &outcome.fate {
                Fate::Refused { code, reason } => (*code, Some(reason.as_str())),
                _ => (None, None),
            };
            let tone = match (reason, outcome.flags.is_empty()) {
                (Some(_), _) => Tone::Bad,
                (None, false) => Tone::Warning,
                (None, true) => Tone::Good,
            };
            let flags = outcome.flags.join("; ");
            let why = match reason {
                Some(reason) => reason.to_owned(),
                None if flags.is_empty() => String::new(),
                None => format!("flagged: {flags}"),
            };
            vec![
                Cell::count(outcome.line),
                Cell::of(outcome.word().replace('_', " "), outcome.word()).tone(tone),
                Cell::maybe(outcome.of.map(|(_, kind)| kind)),
                Cell::text(events.join(" ")),
                Cell::maybe(code),
                Cell::maybe(reason),
                Cell::maybe(Some(flags).filter(|flags| !flags.is_empty())),
                Cell::text(why),
            ]
        };
        Sheet::new(columns).with(self.0.iter().map(row))
    }

    fn page(&self) -> Page {
        let flagged = self.0.iter().filter(|outcome| !outcome.flags.is_empty()).count();
        Page::default().sheet(self.sheet()).note(format!(
            "{} events recorded, {flagged} lines flagged, {} lines refused",
            self.recorded(),
            self.refused()
        ))
    }
}
