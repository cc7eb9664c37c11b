//! `relatum schema`: the event types, and the JSON Schema of each.

use clap::Args;
use relatum::domain::{EventType, VOCABULARY};
use serde_json::{Value, json};

use crate::failure::{Exit, Failure};
use crate::output::{Cell, Column, Page, Sheet, Shown};
use crate::session::Session;
use crate::values;

/// List the event types, or print the JSON Schema of one
#[derive(Debug, Args)]
pub(crate) struct Schema {
    /// The event type, such as invoice_issued
    #[arg(value_name = "TYPE", value_parser = values::event_type)]
    name: Option<String>,
}

impl Schema {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        match self.name.as_deref().and_then(EventType::named) {
            Some(entry) => session.show(&One(entry))?,
            None => session.show(&All)?,
        }
        Ok(Exit::Done)
    }
}

struct All;

impl Shown for All {
    fn document(&self) -> Value {
        VOCABULARY.iter().map(described).collect()
    }

    fn sheet(&self) -> Sheet {
        sheet(VOCABULARY)
    }

    fn page(&self) -> Page {
        Page::default().sheet(self.sheet()).note(
            "`relatum schema TYPE` prints the JSON Schema of one, `relatum schema --json` all.",
        )
    }
}

struct One(&'static EventType);

impl Shown for One {
    fn document(&self) -> Value {
        self.0.json_schema()
    }

    fn sheet(&self) -> Sheet {
        sheet(std::slice::from_ref(self.0))
    }

    fn lines(&self) -> Vec<Value> {
        vec![self.document()]
    }

    fn page(&self) -> Page {
        Page::verbatim(format!("{:#}\n", self.document()))
    }
}

fn described(entry: &EventType) -> Value {
    json!({
        "type": entry.name,
        "family": entry.family,
        "schema": entry.schema,
        "streams": streams(entry),
        "json_schema": entry.json_schema(),
    })
}

fn streams(entry: &EventType) -> Vec<String> {
    entry.streams.iter().map(ToString::to_string).collect()
}

fn sheet(entries: &[EventType]) -> Sheet {
    let columns = vec![
        Column::text("type", "type"),
        Column::text("family", "family"),
        Column::number("schema", "schema"),
        Column::text("streams", "streams"),
    ];
    let row = |entry: &EventType| {
        vec![
            Cell::text(entry.name),
            Cell::text(values::family_name(entry.family)),
            Cell::count(entry.schema.into()),
            Cell::text(streams(entry).join(" ")),
        ]
    };
    Sheet::new(columns).with(entries.iter().map(row))
}
