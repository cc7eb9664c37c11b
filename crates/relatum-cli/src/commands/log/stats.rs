//! `relatum log stats`: how much the store holds, and how far behind what is derived from it is.

use std::collections::BTreeMap;

use clap::Args;
use relatum::log::{ByteSize, Cursor};
use relatum::{Engine, Error, OwnProjectionStats, ProjectionStats, StoreStats};
use serde_json::Value;

use crate::failure::{Exit, Failure};
use crate::output::{Cell, Column, Page, Sheet, Shown, grouped, json as to_json};
use crate::progress::Progress;
use crate::session::Session;

/// How much the store holds, by event type, and what its replay cache has of it
#[derive(Debug, Args)]
pub(crate) struct Stats {}

impl Stats {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let Self {} = self;
        let engine = session.read()?;
        let Some(stats) = engine.stats()? else {
            let message = "the book is not in a store";
            return Err(Failure::new(Exit::Unavailable, message));
        };
        let types = types(&engine)?;
        session.show(&Answer { stats, types })?;
        Ok(Exit::Done)
    }
}

/// How many events of each type the log holds.
fn types(engine: &Engine) -> Result<BTreeMap<String, u64>, Failure> {
    let bar = Progress::of_count("counting");
    let mut types: BTreeMap<String, u64> = BTreeMap::new();
    let mut cursor = Cursor::start();
    loop {
        let block = engine.log().read(cursor, ByteSize::mib(4)).wait().map_err(Error::from)?;
        let Some(last) = block.commits.last() else {
            return Ok(types);
        };
        bar.set(last.position.seq.0, block.head.events());
        for commit in &block.commits {
            for event in &commit.view().map_err(Error::from)?.events {
                match types.get_mut(event.event_type) {
                    Some(count) => *count += 1,
                    None => {
                        types.insert(event.event_type.to_owned(), 1);
                    }
                }
            }
        }
        cursor = block.next;
    }
}

struct Answer {
    stats: StoreStats,
    types: BTreeMap<String, u64>,
}

impl Shown for Answer {
    fn document(&self) -> Value {
        let mut document = to_json(&self.stats);
        if let Value::Object(fields) = &mut document {
            fields.insert("types".to_owned(), to_json(&self.types));
        }
        document
    }

    fn sheet(&self) -> Sheet {
        let columns = vec![Column::text("type", "event type"), Column::number("events", "events")];
        let row =
            |(name, count): (&String, &u64)| vec![Cell::text(name.as_str()), Cell::count(*count)];
        Sheet::new(columns).with(self.types.iter().map(row))
    }

    fn page(&self) -> Page {
        let it = &self.stats;
        let number = |number: u64| grouped(&number.to_string());
        let bytes = |bytes: u64| format!("{} bytes", number(bytes));
        let time = |at: Option<chrono::DateTime<chrono::Utc>>| {
            let text = at.map(|at| at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true));
            text.unwrap_or_else(|| "never".to_owned())
        };
        let behind = |events: u64| match events {
            0 => "up to date".to_owned(),
            events => format!("{} events behind", number(events)),
        };
        let projection = |it: &ProjectionStats| {
            format!("{} revision {} {}", it.name, it.revision, behind(it.behind))
        };
        let projections: Vec<String> = it.projections.iter().map(projection).collect();
        let own = |it: &OwnProjectionStats| {
            let position = number(it.position);
            format!("{} revision {} at {position}, {}", it.name, it.revision, behind(it.behind))
        };
        let own: Vec<String> = it.own_projections.iter().map(own).collect();
        let own = Some(("own projections", own.join("; "))).filter(|(_, text)| !text.is_empty());
        let merging = if it.replay_merging { ", being merged" } else { "" };
        let mut facts = vec![
            ("events", number(it.events)),
            ("commits", number(it.commits)),
            ("root", it.root.to_string()),
            ("last recorded", time(it.last_recorded_at)),
            ("blocks", format!("{}, of {}", number(it.blocks), bytes(it.block_bytes))),
            ("young", format!("{} events, {}", number(it.young_events), bytes(it.young_bytes))),
            ("on disk", bytes(it.disk_bytes)),
            ("  store", bytes(it.sled_disk_bytes)),
            ("  journal", bytes(it.journal_disk_bytes)),
            (
                "  archive",
                format!("{} in {} files", bytes(it.archive_disk_bytes), number(it.archive_files)),
            ),
            ("at opening", projections.join(", ")),
            (
                "replay cache",
                format!(
                    "generation {}, {}, {} events in {} files{merging}, {}, written {}",
                    it.replay_generation,
                    behind(it.replay_behind),
                    number(it.replay_cut.events()),
                    number(it.replay_runs),
                    bytes(it.replay_disk_bytes),
                    time(it.replay_at)
                ),
            ),
        ];
        facts.extend(own);
        if let (Some(cut), Some(events)) = (&it.shadow_cut, it.shadow_behind) {
            let next = it.replay_generation.saturating_add(1);
            let reached = number(cut.events());
            facts.push(("shadow", format!("generation {next} at {reached}, {}", behind(events))));
        }
        Page::default().facts(0, facts).gap().sheet(self.sheet())
    }
}
