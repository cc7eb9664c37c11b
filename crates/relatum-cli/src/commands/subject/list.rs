//! `relatum subject list`: about whom something is sealed.

use clap::Args;
use relatum::SubjectLine;
use serde_json::{Value, json};

use super::traces::{Names, counted};
use crate::book;
use crate::failure::{Exit, Failure};
use crate::output::{Cell, Column, Page, Sheet, Shown, Tone, json as to_json};
use crate::session::Session;

/// List the people and accounts about whom something is sealed, and those who have a key
#[derive(Debug, Args)]
pub(crate) struct List {}

impl List {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let Self {} = self;
        let engine = session.read()?;
        book::catch_up(&engine)?;
        let (lines, names) = (engine.subjects()?, Names::of(&engine)?);
        session.show(&Answer { lines, names })?;
        Ok(Exit::Done)
    }
}

struct Answer {
    lines: Vec<SubjectLine>,
    names: Names,
}

impl Shown for Answer {
    fn document(&self) -> Value {
        json!({ "subjects": to_json(&self.lines) })
    }

    fn sheet(&self) -> Sheet {
        let columns = vec![
            Column::text("subject", "subject"),
            Column::text("role", "who"),
            Column::text("name", "name"),
            Column::number("events", "events"),
            Column::number("fields", "fields"),
            Column::number("keys", "keys"),
            Column::text("erased", "erased by"),
        ];
        let row = |it: &SubjectLine| {
            let state = match (it.keys, it.erased) {
                (0, Some(event)) => Cell::text(event.to_string()).tone(Tone::Faint),
                (_, event) => Cell::maybe(event.map(|event| event.to_string())),
            };
            vec![
                Cell::text(it.subject.to_string()),
                Cell::text(self.names.role(it.role)),
                Cell::maybe(it.name.clone()),
                Cell::count(it.events),
                Cell::count(it.fields),
                Cell::count(it.keys),
                state,
            ]
        };
        Sheet::new(columns).with(self.lines.iter().map(row))
    }

    fn lines(&self) -> Vec<Value> {
        self.lines.iter().map(to_json).collect()
    }

    fn page(&self) -> Page {
        let readable = self.lines.iter().filter(|it| it.keys > 0).count() as u64;
        let all = counted(self.lines.len() as u64, "subject");
        Page::titled("Subjects", format!("{all}, {readable} with a key")).sheet(self.sheet())
    }
}
