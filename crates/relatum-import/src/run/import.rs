//! The import itself, from files to the report.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread::ScopedJoinHandle;

use super::emit::{Emitted, Emitter};
use super::feed::{Chunk, Feed, Halt, WAITING};
use super::groups::{groups, rows};
use super::joined::joined;
use super::open::{Job, Opened, open};
use super::unit::Unit;
use super::worker::Worker;
use crate::error::ImportError;
use crate::file::Input;
use crate::mapping::{Layout, Mapping, Table};
use crate::report::{Rejects, Report, Samples};
use crate::sink::Sink;

/// How far an import is.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Progress<'a> {
    /// The file being read.
    pub file: &'a str,
    /// Bytes read of all files, as stored.
    pub bytes: u64,
    /// Bytes of all files, where every size is known.
    pub total: Option<u64>,
    /// Rows read of all files.
    pub rows: u64,
}

/// An import whose files are open and whose columns are all there.
///
/// # Example
/// ```
/// use relatum_import::{DryRun, Import, Input, Mapping};
/// let mapping = Mapping::parse(r#"
///     system = "erp"
///     [[table]]
///     name = "invoices"
///     files = "*"
///     currency = "EUR"
///     format = { delimiter = ";", decimal = ",", days = ["%d.%m.%Y"] }
///     id = "{Number}"
///     stream = { account = "{Client}" }
///     effective = "{Day}"
///     [[table.event]]
///     type = "invoice_issued"
///     body.document = { id = "{Number}", of = "document" }
///     body.number = "{Number}"
///     body.gross = { money = "{Gross}" }
/// "#)?;
/// let file = "Number;Client;Day;Gross\n7;A;29.02.2024;12,50\n8;A;31.02.2024;1,00\n";
/// let mut import = Import::open(&mapping, vec![Input::bytes("january.csv", file)])?;
/// let mut rejects = Vec::new();
/// import.run(&mut DryRun, &mut rejects, &mut |_| {})?;
///
/// let report = import.report();
/// assert_eq!((report.rows_read, report.rows_rejected), (2, 1));
/// let euro = "EUR".parse()?;
/// assert_eq!(report.of("invoice_issued").sums[&euro].to_string(), "12.50");
/// let first = &report.first_rejects[0];
/// assert_eq!((first.line, first.column.as_str(), first.value.as_str()), (3, "Day", "31.02.2024"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Import<'m> {
    jobs: Vec<Job<'m>>,
    read: Arc<AtomicU64>,
    total: Option<u64>,
    report: Report,
}

impl std::fmt::Debug for Import<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Import").field("report", &self.report).finish_non_exhaustive()
    }
}

impl<'m> Import<'m> {
    /// Opens `inputs`, reads their header rows and the files that others look things up in.
    ///
    /// # Errors
    /// In check order: [`Needs`](ImportError::Needs), [`NoFile`](ImportError::NoFile),
    /// [`Container`](ImportError::Container), [`NoTable`](ImportError::NoTable), then
    /// for each table [`Open`](ImportError::Open), [`Empty`](ImportError::Empty),
    /// [`Header`](ImportError::Header), [`MissingColumns`](ImportError::MissingColumns),
    /// [`MissingFile`](ImportError::MissingFile), [`TwoFiles`](ImportError::TwoFiles),
    /// [`Lookup`](ImportError::Lookup). Nothing has gone into any sink then.
    pub fn open(mapping: &'m Mapping, inputs: Vec<Input>) -> Result<Self, ImportError> {
        let read = Arc::new(AtomicU64::new(0));
        let Opened { jobs, idle, total } = open(mapping, inputs, &read)?;
        let report = Report { tables_without_file: idle, ..Report::default() };
        Ok(Self { jobs, read, total, report })
    }

    /// Keeps the first facts of each outcome in the report, to look at.
    #[must_use]
    pub fn with_samples(mut self) -> Self {
        self.report.samples = Some(Samples::default());
        self
    }

    /// Reads everything and sends it to `sink`; rows that cannot go in are written to `rejects`
    /// as CSV (file, line, column, value, reason, row). `progress` is called every few thousand
    /// rows.
    ///
    /// The report is up to date however this ends. A second call finds nothing left to read.
    ///
    /// # Errors
    /// [`Read`](ImportError::Read) and [`Unsorted`](ImportError::Unsorted) for a file that
    /// cannot be read on; [`Sink`](ImportError::Sink), [`Rejects`](ImportError::Rejects). What
    /// came before is in.
    pub fn run(
        &mut self,
        sink: &mut dyn Sink,
        rejects: &mut dyn Write,
        progress: &mut dyn FnMut(&Progress<'_>),
    ) -> Result<(), ImportError> {
        let mut rejects = rejects;
        let mut worker = Worker::new(
            sink,
            Rejects::new(&mut rejects),
            &mut self.report,
            progress,
            Arc::clone(&self.read),
            self.total,
        );
        let jobs = std::mem::take(&mut self.jobs);
        let result = run(&mut worker, jobs);
        // What was understood before a file broke goes in all the same.
        let flushed = match &result {
            Err(ImportError::Sink { .. }) => Ok(()),
            _ => worker.flush(),
        };
        let written = worker.rejects.flush();
        let (bytes, rows) = (worker.read.load(Ordering::Relaxed), worker.report.rows_read);
        (worker.progress)(&Progress { file: "", bytes, total: worker.total, rows });
        result.and(flushed).and(written)
    }

    /// What was done so far.
    #[must_use]
    pub const fn report(&self) -> &Report {
        &self.report
    }
}

/// Reads `jobs` in one thread, makes facts in another, and sends them on here.
fn run(worker: &mut Worker<'_>, jobs: Vec<Job<'_>>) -> Result<(), ImportError> {
    let tables: Vec<&Table> = jobs.iter().map(|job| job.table).collect();
    let digester = worker.sink.digester();
    std::thread::scope(|threads| {
        let (units, read) = mpsc::sync_channel(WAITING);
        let (made, ready) = mpsc::sync_channel(WAITING);
        let reading = threads.spawn(move || read_all(Feed::new(units), jobs));
        let making = threads.spawn({
            let tables = tables.as_slice();
            move || make_all(read, &made, tables, &*digester)
        });
        let name = |table: usize| tables.get(table).map_or("", |table| table.name.as_str());
        // Whoever hands on ends as soon as nobody takes.
        let sent = ready.into_iter().try_for_each(|chunk: Chunk<Emitted>| {
            let table = name(chunk.table);
            worker.take(chunk, table)
        });
        let read = joined_up(reading);
        joined_up(making);
        sent.and(match read {
            Err(Halt::Error(error)) => Err(error),
            Ok(()) | Err(Halt::Unwanted) => Ok(()),
        })
    })
}

/// What a thread gave; its panic goes on here.
fn joined_up<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

fn make_all(
    units: Receiver<Chunk<Unit>>,
    made: &SyncSender<Chunk<Emitted>>,
    tables: &[&Table],
    digest: &dyn Fn(&str) -> String,
) {
    let mut emitters = tables.iter().map(|table| Emitter::new(table)).enumerate();
    let mut emitter = None;
    for chunk in units {
        while emitter.as_ref().is_none_or(|(table, _)| *table != chunk.table) {
            emitter = emitters.next();
            if emitter.is_none() {
                return;
            }
        }
        let Some((_, emitter)) = &mut emitter else { return };
        if made.send(chunk.map(|unit| emitter.emit(unit, digest))).is_err() {
            return;
        }
    }
}

/// Reads everything. What was read before a file broke is handed on.
fn read_all(mut feed: Feed, jobs: Vec<Job<'_>>) -> Result<(), Halt> {
    let mut result = Ok(());
    let mut at = 0;
    for job in jobs {
        feed.turn_to(at)?;
        at += 1;
        result = read(&mut feed, job);
        if result.is_err() {
            break;
        }
    }
    feed.turn_to(at)?;
    result
}

fn read(feed: &mut Feed, job: Job<'_>) -> Result<(), Halt> {
    let Job { table, lookups, files, lines } = job;
    let mut files = files.into_iter();
    if let Some((lines, line_lookups, line_rows)) = lines {
        let Some(head_rows) = files.next() else { return Ok(()) };
        let both = (lookups.as_slice(), line_lookups.as_slice());
        return joined(feed, table, both, lines, (head_rows, line_rows));
    }
    for file in files {
        match &table.layout {
            Layout::Groups { by, window } => groups(feed, table, &lookups, (by, *window), file)?,
            Layout::Rows | Layout::Joined(_) => rows(feed, table, &lookups, file)?,
        }
    }
    Ok(())
}
