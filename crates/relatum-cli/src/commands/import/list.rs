//! `relatum import list`: the batches.

use clap::Args;
use relatum::{Batch, BatchState};
use serde_json::Value;

use super::report;
use crate::failure::{Exit, Failure};
use crate::output::{Cell, Column, Page, Sheet, Shown, Tone};
use crate::session::Session;

/// List the batches, the first one first
#[derive(Debug, Args)]
pub(crate) struct List {}

impl List {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let batches = session.read()?.batches()?;
        session.show(&Batches(batches))?;
        Ok(Exit::Done)
    }
}

struct Batches(Vec<Batch>);

/// A state as people read it.
pub(super) const fn in_words(state: BatchState) -> &'static str {
    match state {
        BatchState::CutOff => "cut off",
        BatchState::Ended => "in",
        BatchState::Undoing => "half undone",
        BatchState::Undone => "undone",
        _ => "unknown",
    }
}

impl Shown for Batches {
    fn document(&self) -> Value {
        self.0.iter().map(report::document).collect()
    }

    fn sheet(&self) -> Sheet {
        let columns = vec![
            Column::text("batch", "batch"),
            Column::text("begun", "begun"),
            Column::text("state", "state"),
            Column::text("mapping", "mapping"),
            Column::text("files", "files"),
            Column::number("recorded", "new"),
            Column::number("changed", "changed"),
            Column::number("rejected", "rejected"),
        ];
        let row = |batch: &Batch| {
            let files = batch.told.files.iter().map(|file| report::name(&file.path));
            let files: Vec<&str> = files.collect();
            let state = Cell::text(in_words(batch.state()));
            let ended = batch.ended.as_ref().map(|(_, ended)| ended);
            let sum = |of: fn(&report::Told) -> u64| {
                ended.map_or_else(Cell::none, |it| Cell::count(it.events.iter().map(of).sum()))
            };
            vec![
                Cell::text(batch.id.to_string()),
                Cell::text(report::instant(batch.recorded_at)),
                match batch.state() {
                    BatchState::CutOff | BatchState::Undoing => state.tone(Tone::Bad),
                    _ => state,
                },
                Cell::text(report::name(&batch.told.mapping.name)),
                Cell::text(files.join(", ")),
                sum(|it| it.recorded),
                sum(|it| it.changed),
                ended.map_or_else(Cell::none, |it| Cell::count(it.rows_rejected)),
            ]
        };
        Sheet::new(columns).with(self.0.iter().map(row))
    }

    fn page(&self) -> Page {
        if self.0.is_empty() {
            return Page::default().line("no batch was imported");
        }
        Page::default().sheet(self.sheet())
    }
}
