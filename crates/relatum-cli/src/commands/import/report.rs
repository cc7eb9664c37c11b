//! `relatum import report`: what a batch did.

use chrono::{DateTime, Utc};
use clap::Args;
use relatum::{Batch, Undone};
use serde_json::Value;

pub(super) use relatum::domain::event::audit::ImportedType as Told;

use super::list::in_words;
use crate::failure::{Exit, Failure};
use crate::output::{Cell, Column, Page, Sheet, Shown, Tone, grouped, json as to_json};
use crate::session::Session;

/// Say what a batch did: files, rows, and events by type with their sums
#[derive(Debug, Args)]
pub(crate) struct Report {
    /// The batch: its id, the beginning of it, or `last`
    #[arg(value_name = "BATCH")]
    batch: String,
}

impl Report {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let engine = session.read()?;
        let batch = super::batch(&engine, &self.batch)?;
        session.show(&Answer(batch))?;
        Ok(Exit::Done)
    }
}

/// A batch as JSON.
pub(super) fn document(batch: &Batch) -> Value {
    let mut document = to_json(batch);
    if let Value::Object(fields) = &mut document {
        fields.insert("state".to_owned(), to_json(&batch.state()));
    }
    document
}

/// The last part of a path.
pub(super) fn name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// An instant to the second.
pub(super) fn instant(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S").to_string()
}

struct Answer(Batch);

impl Answer {
    fn facts(&self) -> Page {
        let Batch { id, recorded_at, told, ended, undone, .. } = &self.0;
        let mut facts = vec![
            ("batch", id.to_string()),
            ("state", in_words(self.0.state()).to_owned()),
            ("begun", format!("{} UTC, {}", instant(*recorded_at), self.0.begun)),
            ("mapping", format!("{} ({:.12})", told.mapping.name, told.mapping.sha256)),
        ];
        if told.no_amend {
            facts.push(("amended", "nothing, as asked".to_owned()));
        }
        if let Some((at, ended)) = ended {
            facts.push(("ended", format!("{} UTC", instant(*at))));
            facts.push((
                "rows",
                format!(
                    "{} read, {} left out, {} rejected",
                    grouped(&ended.rows_read.to_string()),
                    grouped(&ended.rows_skipped.to_string()),
                    grouped(&ended.rows_rejected.to_string()),
                ),
            ));
        }
        if let Some(Undone { by, reason, ended, .. }) = undone {
            let when = ended.map_or_else(
                || "begun and cut off".to_owned(),
                |(at, events)| format!("{} UTC, {events} events", instant(at)),
            );
            facts.push(("undone", format!("{when}, by {by}: {reason}")));
        }
        let page = Page::default().facts(0, facts);
        told.files.iter().fold(page, |page, file| {
            let size = grouped(&file.bytes.to_string());
            let text = format!("{}, {size} bytes, SHA-256 {:.12}", file.path, file.sha256);
            page.toned(Tone::Faint, text)
        })
    }
}

impl Shown for Answer {
    fn document(&self) -> Value {
        document(&self.0)
    }

    fn sheet(&self) -> Sheet {
        let columns = vec![
            Column::text("type", "event type"),
            Column::number("recorded", "new"),
            Column::number("changed", "changed"),
            Column::number("already", "there"),
            Column::number("refused", "refused"),
            Column::number("sums", "sum"),
        ];
        let row = |it: &Told| {
            let sums = it.sums.iter();
            let plain: Vec<String> =
                sums.clone().map(|sum| format!("{} {}", sum.sum, sum.currency)).collect();
            let shown: Vec<String> =
                sums.map(|sum| format!("{} {}", grouped(&sum.sum), sum.currency)).collect();
            vec![
                Cell::text(it.event_type.clone()),
                Cell::count(it.recorded),
                Cell::count(it.changed),
                Cell::count(it.already),
                Cell::count(it.refused),
                Cell::of(shown.join(", "), plain.join("; ")),
            ]
        };
        let ended = self.0.ended.iter().flat_map(|(_, ended)| &ended.events);
        Sheet::new(columns).with(ended.map(row))
    }

    fn page(&self) -> Page {
        let page = self.facts();
        if self.0.ended.is_none() {
            return page.note("It did not come to its end: what it did was not told.");
        }
        page.gap().sheet(self.sheet())
    }
}
