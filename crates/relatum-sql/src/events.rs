//! The log as a table: every event, with what it says in columns of its own and its stored JSON.
//!
//! What is asked of stream, account, type, seq and time of recording spares reading: a stream is
//! read as a stream, and a stretch of the log from where it begins.

use std::ops::{Bound, ControlFlow};
use std::sync::Arc;

use chrono::TimeDelta;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::TableProvider;
use relatum::Engine;
use relatum::log::{Cut, known_at};
use relatum_archive::{Events, events_schema};
use relatum_stream::StreamId;

use crate::error::SqlError;
use crate::point::Point;
use crate::source::{BookTable, Give, Source};
use crate::table::Kind;
use crate::wanted::Wanted;

const NAME: &str = "events";

/// For more streams than that the log is read once.
const FEW: usize = 64;

/// The columns by which reading is spared.
const SPARING: &[&str] = &["account", "stream", "event_type", "seq", "recorded_at"];

/// The log as a table.
pub(crate) fn kind(engine: &Engine, head: &Cut) -> Kind {
    let (engine, head) = (engine.clone(), head.clone());
    let make = move |point: &Point| {
        let upto = match &point.known_at {
            None => head.clone(),
            Some(known) => known_upto(&engine, known, &head)?,
        };
        let source = Arc::new(OfLog { engine: engine.clone(), upto });
        Ok(Arc::new(BookTable(source)) as Arc<dyn TableProvider>)
    };
    let about = "an event of the log, as it was recorded; not bound by as_of".to_owned();
    let docs = Vec::new();
    Kind { name: NAME, about, schema: events_schema(), docs, make: Arc::new(make) }
}

/// How much of the log was known.
fn known_upto(engine: &Engine, known: &relatum::KnownAt, head: &Cut) -> Result<Cut, SqlError> {
    // It says whether a cut is one.
    engine.as_of(chrono::NaiveDate::MAX).known_at(known.clone())?;
    let upto = match known {
        relatum::KnownAt::Instant(instant) => {
            known_at(engine.log(), *instant).map_err(relatum::Error::from)?
        }
        relatum::KnownAt::Cut(cut) => cut.clone(),
    };
    Ok(if head.is_within(&upto) { head.clone() } else { upto })
}

#[derive(Debug)]
struct OfLog {
    engine: Engine,
    upto: Cut,
}

impl Source for OfLog {
    fn name(&self) -> &'static str {
        NAME
    }

    fn schema(&self) -> SchemaRef {
        events_schema()
    }

    fn sparing(&self) -> &'static [&'static str] {
        SPARING
    }

    fn read(
        &self,
        wanted: &Wanted,
        columns: &[usize],
        most: usize,
        give: &mut Give<'_>,
    ) -> Result<(), SqlError> {
        let types = wanted.texts("event_type");
        if types.as_ref().is_some_and(Vec::is_empty) {
            return Ok(());
        }
        let (first, last) = self.stretch(wanted)?;
        let streams: Vec<Option<StreamId>> = match streams(wanted) {
            Some(streams) if streams.len() <= FEW => streams.into_iter().map(Some).collect(),
            _ => vec![None],
        };
        for stream in streams {
            let events = Events::of(&self.engine).map_err(archive)?.upto(&self.upto);
            let events = events.seqs(first..=last).batch_rows(most);
            let events = match &types {
                Some(types) => events.types(types.iter().copied()),
                None => events,
            };
            let events = match stream {
                Some(stream) => events.stream(stream),
                None => events,
            };
            for batch in events {
                let batch = batch.map_err(archive)?.project(columns);
                let batch = batch.map_err(|it| SqlError::Failed { message: it.to_string() })?;
                if give(batch) == ControlFlow::Break(()) {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

impl OfLog {
    /// The stretch of the log in which everything is that is wanted.
    fn stretch(&self, wanted: &Wanted) -> Result<(u64, u64), SqlError> {
        let (above, below) = wanted.numbers("seq");
        let mut first = match above {
            Bound::Unbounded => 1,
            Bound::Included(seq) => seq,
            Bound::Excluded(seq) => seq.saturating_add(1),
        };
        let mut last = match below {
            Bound::Unbounded => u64::MAX,
            Bound::Included(seq) => seq,
            Bound::Excluded(seq) => seq.saturating_sub(1),
        };
        let (above, below) = wanted.instants("recorded_at");
        let known = |instant| -> Result<u64, SqlError> {
            let cut = known_at(self.engine.log(), instant).map_err(relatum::Error::from)?;
            Ok(cut.seq(0).0)
        };
        // Instants are told apart by microseconds.
        let before = match above {
            Bound::Unbounded => None,
            Bound::Excluded(instant) => Some(instant),
            Bound::Included(instant) => instant.checked_sub_signed(TimeDelta::microseconds(1)),
        };
        if let Some(before) = before {
            first = first.max(known(before)?.saturating_add(1));
        }
        if let Bound::Included(upto) | Bound::Excluded(upto) = below {
            last = last.min(known(upto)?);
        }
        Ok((first, last))
    }
}

/// The streams that are wanted; none: all. What is no name of a stream is none.
fn streams(wanted: &Wanted) -> Option<Vec<StreamId>> {
    let named = |texts: Vec<&str>| -> Vec<StreamId> {
        texts.into_iter().filter_map(|text| text.parse().ok()).collect()
    };
    let accounts = wanted.texts("account").map(|ids| {
        let names: Vec<String> = ids.into_iter().map(|id| format!("account/{id}")).collect();
        named(names.iter().map(String::as_str).collect())
    });
    let mut streams = match (wanted.texts("stream").map(named), accounts) {
        (None, None) => return None,
        (Some(streams), None) | (None, Some(streams)) => streams,
        (Some(streams), Some(accounts)) => {
            streams.into_iter().filter(|it| accounts.contains(it)).collect()
        }
    };
    streams.sort_unstable();
    streams.dedup();
    Some(streams)
}

fn archive(error: relatum_archive::ArchiveError) -> SqlError {
    match error {
        relatum_archive::ArchiveError::Engine(error) => error.into(),
        other => SqlError::Failed { message: other.to_string() },
    }
}
