//! Reading files into the book: as a new batch, or to go on with one.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use relatum::Engine;
use relatum::domain::event::audit::{ImportEnded, ImportedSum, ImportedType};
use relatum::domain::{Actor, BatchId};
use relatum_import::{EngineSink, Import as Reading, ImportError, Report, Sink, Tally};

use super::answer::{Answer, Came};
use crate::book;
use crate::failure::{Exit, Failure};
use crate::progress::Progress;
use crate::session::Session;
use crate::viewpoint::today;

/// So many new events are worth a checkpoint.
const MANY: u64 = 1_000;

/// Which batch is read, where its rejected rows go, and whether it was begun before.
pub(super) struct Batch<'a> {
    pub(super) id: BatchId,
    pub(super) rejects: Option<&'a Path>,
    pub(super) resumed: bool,
}

/// Reads everything into the book, tells the end of the batch, and what it did.
pub(super) fn take_in(
    session: &mut Session,
    engine: &Engine,
    reading: &mut Reading<'_>,
    sink: &mut EngineSink,
    batch: &Batch<'_>,
) -> Result<Exit, Failure> {
    let mut rejects = writer(batch.rejects)?;
    let mut failed = read(reading, sink, &mut *rejects).err().map(Failure::from);
    let report = reading.report();
    if failed.is_none() && sink.is_told() {
        let actor = Actor::system("relatum");
        failed = engine.end_batch(today(), actor, ended(batch.id, report)).err().map(Failure::from);
    }
    if report.recorded() > MANY {
        book::checkpoint(engine)?;
    }
    let id = batch.id.to_string();
    let came = match (sink.is_told(), &failed) {
        (false, _) => Came::Nothing,
        (true, None) => Came::In(&id),
        (true, Some(_)) => Came::CutOff(&id),
    };
    session.show(&Answer { report, came, resumed: batch.resumed, rejects: batch.rejects })?;
    end(report, failed)
}

/// What a command comes to that read files.
pub(super) fn end(report: &Report, failed: Option<Failure>) -> Result<Exit, Failure> {
    match failed {
        Some(failure) => Err(failure),
        None if report.rows_rejected > 0 => Ok(Exit::Refused),
        None => Ok(Exit::Done),
    }
}

/// Where rejected rows go.
pub(super) fn writer(rejects: Option<&Path>) -> Result<Box<dyn Write>, Failure> {
    let Some(path) = rejects else {
        return Ok(Box::new(io::sink()));
    };
    let file = File::create(path);
    let file = file.map_err(|error| Failure::io(format!("create {}", path.display()), error))?;
    Ok(Box::new(BufWriter::new(file)))
}

/// Reads everything into `sink`, with a look at how it goes.
pub(super) fn read(
    reading: &mut Reading<'_>,
    sink: &mut dyn Sink,
    rejects: &mut dyn Write,
) -> Result<(), ImportError> {
    let bar = Progress::of_bytes("importing");
    reading.run(sink, rejects, &mut |at| bar.set(at.bytes, at.total.unwrap_or(at.bytes)))?;
    rejects.flush().map_err(|source| ImportError::Rejects { source })
}

/// What is told of the end of a batch.
fn ended(batch: BatchId, report: &Report) -> ImportEnded {
    let event = |(event_type, tally): (&&'static str, &Tally)| ImportedType {
        event_type: (*event_type).to_owned(),
        recorded: tally.recorded,
        changed: tally.changed,
        already: tally.already,
        refused: tally.refused,
        sums: tally
            .sums
            .values()
            .map(|sum| ImportedSum { currency: sum.currency, sum: sum.to_string() })
            .collect(),
    };
    ImportEnded {
        batch,
        rows_read: report.rows_read,
        rows_skipped: report.rows_skipped,
        rows_rejected: report.rows_rejected,
        events: report.events.iter().map(event).collect(),
    }
}
