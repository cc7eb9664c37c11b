//! What a rule sees at once: a row, a group of rows, or a header with its lines.

use std::cell::Cell;
use std::sync::Arc;

use crate::file::{Problem, Record};

/// Rows that are understood together or rejected together.
pub(crate) struct Unit {
    pub(crate) file: Arc<str>,
    /// The file of the lines; the same for a group.
    pub(crate) line_file: Arc<str>,
    pub(crate) head: Record,
    /// The rows of a group, the first one included, or the lines of a header.
    pub(crate) lines: Vec<Record>,
    /// Whether the head is one of the lines.
    grouped: bool,
    rejected: Cell<bool>,
}

impl Unit {
    pub(crate) fn row(file: &Arc<str>, head: Record) -> Self {
        Self {
            file: Arc::clone(file),
            line_file: Arc::clone(file),
            head,
            lines: Vec::new(),
            grouped: false,
            rejected: Cell::new(false),
        }
    }

    pub(crate) fn group(file: &Arc<str>, lines: Vec<Record>) -> Self {
        let head = lines.first().cloned().unwrap_or_default();
        Self { lines, grouped: true, ..Self::row(file, head) }
    }

    pub(crate) fn joined(
        file: &Arc<str>,
        head: Record,
        line_file: &Arc<str>,
        lines: Vec<Record>,
    ) -> Self {
        Self { lines, line_file: Arc::clone(line_file), ..Self::row(file, head) }
    }

    /// The rows with their files, each once.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (&Arc<str>, &Record)> {
        let head = (!self.grouped).then_some((&self.file, &self.head));
        head.into_iter().chain(self.lines.iter().map(|line| (&self.line_file, line)))
    }

    /// The row at fault, by its place in [`rows`](Self::rows); none: the head.
    pub(crate) const fn place(&self, line: Option<usize>) -> usize {
        match line {
            None => 0,
            Some(line) if self.grouped => line,
            Some(line) => line + 1,
        }
    }

    /// What was wrong already on reading, and in which of [`rows`](Self::rows).
    pub(crate) fn problem(&self) -> Option<(usize, Problem)> {
        let problem = |(at, (_, row)): (usize, (_, &Record))| Some((at, row.problem.clone()?));
        self.rows().enumerate().find_map(problem)
    }

    /// Marks it rejected; true the first time.
    pub(crate) fn reject(&self) -> bool {
        !self.rejected.replace(true)
    }
}
