//! What reading hands on: units in chunks, with what is to be counted beside them.

use std::sync::Arc;
use std::sync::mpsc::SyncSender;

use super::unit::Unit;
use crate::error::ImportError;
use crate::file::{Problem, Record};

/// Rows after which a chunk is handed on.
const CHUNK_ROWS: u64 = 4096;

/// Bytes of rows after which a chunk is handed on.
const CHUNK_BYTES: usize = 512 * 1024;

/// Chunks that wait between two that work on them.
pub(crate) const WAITING: usize = 2;

/// A part of what was read, in the order of the files. What reading calls a unit is, further on,
/// what was made of it.
pub(crate) struct Chunk<U> {
    /// Place among the tables that are read.
    pub(crate) table: usize,
    pub(crate) steps: Vec<Step<U>>,
    /// Rows read, by file, and of no file where lines below a table were passed over.
    pub(crate) rows: Vec<(Option<usize>, u64)>,
    pub(crate) skipped: u64,
}

/// What happens next.
#[expect(clippy::large_enum_variant, reason = "nearly every step is a unit")]
pub(crate) enum Step<U> {
    /// A file is read from now on.
    Begun {
        file: Arc<str>,
    },
    /// A file is at its end. Its last line has no line break where it is named.
    Ended {
        file: usize,
        open_last_line: Option<u64>,
    },
    Unit(U),
    /// A row goes in with no other.
    Rejected {
        file: Arc<str>,
        row: Record,
        problem: Problem,
    },
}

impl<U> Chunk<U> {
    const fn new(table: usize) -> Self {
        Self { table, steps: Vec::new(), rows: Vec::new(), skipped: 0 }
    }

    /// The same, with what `make` makes of each unit.
    pub(crate) fn map<V>(self, mut make: impl FnMut(U) -> V) -> Chunk<V> {
        let Self { table, steps, rows, skipped } = self;
        let steps = steps.into_iter().map(|step| match step {
            Step::Begun { file } => Step::Begun { file },
            Step::Ended { file, open_last_line } => Step::Ended { file, open_last_line },
            Step::Unit(unit) => Step::Unit(make(unit)),
            Step::Rejected { file, row, problem } => Step::Rejected { file, row, problem },
        });
        Chunk { table, steps: steps.collect(), rows, skipped }
    }
}

/// Why reading ends before its end.
pub(crate) enum Halt {
    /// A file cannot be read on.
    Error(ImportError),
    /// Nobody takes any more: what went wrong is known there.
    Unwanted,
}

impl From<ImportError> for Halt {
    fn from(error: ImportError) -> Self {
        Self::Error(error)
    }
}

/// Where what is read goes.
pub(crate) struct Feed {
    to: SyncSender<Chunk<Unit>>,
    chunk: Chunk<Unit>,
    files: usize,
    rows: u64,
    bytes: usize,
}

impl Feed {
    pub(crate) const fn new(to: SyncSender<Chunk<Unit>>) -> Self {
        Self { to, chunk: Chunk::new(0), files: 0, rows: 0, bytes: 0 }
    }

    /// Hands on what there is; what comes after belongs to `table`.
    pub(crate) fn turn_to(&mut self, table: usize) -> Result<(), Halt> {
        let chunk = std::mem::replace(&mut self.chunk, Chunk::new(table));
        (self.rows, self.bytes) = (0, 0);
        self.to.send(chunk).map_err(|_| Halt::Unwanted)
    }

    /// Hands on what there is, if it is enough.
    fn pass(&mut self) -> Result<(), Halt> {
        if self.rows < CHUNK_ROWS && self.bytes < CHUNK_BYTES {
            return Ok(());
        }
        self.turn_to(self.chunk.table)
    }

    fn put(&mut self, step: Step<Unit>, bytes: usize) -> Result<(), Halt> {
        self.chunk.steps.push(step);
        self.bytes += bytes;
        self.pass()
    }

    /// Begins to count a file; returns its place among the counts.
    pub(crate) fn begin(&mut self, file: &Arc<str>) -> usize {
        self.chunk.steps.push(Step::Begun { file: Arc::clone(file) });
        self.files += 1;
        self.files - 1
    }

    /// Notes that a file is at its end, and its last line if it has no line break.
    pub(crate) fn end(&mut self, file: usize, open_last_line: Option<u64>) {
        self.chunk.steps.push(Step::Ended { file, open_last_line });
    }

    fn count(&mut self, file: Option<usize>, rows: u64) {
        self.rows += rows;
        match self.chunk.rows.last_mut().filter(|(last, _)| *last == file) {
            Some((_, count)) => *count += rows,
            None => self.chunk.rows.push((file, rows)),
        }
    }

    pub(crate) fn row_read(&mut self, file: usize) -> Result<(), Halt> {
        self.count(Some(file), 1);
        self.pass()
    }

    /// Counts rows that the table leaves out.
    pub(crate) const fn skip(&mut self, rows: u64) {
        self.chunk.skipped += rows;
    }

    /// Counts lines below a table, which are none of its rows.
    pub(crate) fn passed_over(&mut self, lines: u64) {
        self.count(None, lines);
        self.skip(lines);
    }

    pub(crate) fn take(&mut self, unit: Unit) -> Result<(), Halt> {
        let bytes = unit.rows().map(|(_, row)| row.raw.len()).sum();
        self.put(Step::Unit(unit), bytes)
    }

    pub(crate) fn reject_row(
        &mut self,
        file: &Arc<str>,
        row: Record,
        problem: Problem,
    ) -> Result<(), Halt> {
        let bytes = row.raw.len();
        self.put(Step::Rejected { file: Arc::clone(file), row, problem }, bytes)
    }
}
