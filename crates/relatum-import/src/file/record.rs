//! One row, reduced to the columns that the mapping reads.

use std::ops::Range;
use std::sync::Arc;

/// What is wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The column, or the columns of a template; empty when it is the row as a whole.
    pub(crate) column: String,
    /// What stands there.
    pub(crate) value: String,
    /// Why that will not do, and what would.
    pub(crate) reason: String,
}

impl Problem {
    pub(crate) fn of_row(reason: impl Into<String>) -> Self {
        Self { column: String::new(), value: String::new(), reason: reason.into() }
    }
}

/// A cell of a column that was found by its form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Matched {
    /// Which of the table's forms the column has.
    pub(crate) form: usize,
    /// The column's name, then what stands in the places of the form.
    pub(crate) captures: Arc<[String]>,
    /// What stands in the cell.
    pub(crate) value: String,
    /// Whether it is in plain notation.
    pub(crate) plain: bool,
}

/// One row: a cell for each column that the mapping reads, by slot.
#[derive(Debug, Clone, Default)]
pub(crate) struct Record {
    /// First line, from 1.
    pub(crate) line: u64,
    /// As it stands in the file.
    pub(crate) raw: Box<[u8]>,
    /// What was wrong already on reading.
    pub(crate) problem: Option<Problem>,
    text: String,
    cells: Vec<(Range<usize>, bool)>,
    /// The cells of columns found by their form, none of them empty.
    pub(crate) matched: Vec<Matched>,
    /// The cells of columns that the mapping does not name, none of them empty.
    pub(crate) rest: Vec<(Arc<str>, String)>,
}

impl Record {
    pub(crate) fn new(line: u64, raw: &[u8], slots: usize) -> Self {
        Self {
            line,
            raw: raw.into(),
            problem: None,
            text: String::with_capacity(raw.len()),
            cells: vec![(0..0, false); slots],
            matched: Vec::new(),
            rest: Vec::new(),
        }
    }

    /// The cell in `slot`; empty where there is none.
    pub(crate) fn get(&self, slot: usize) -> &str {
        let cell = self.cells.get(slot).map_or(0..0, |(cell, _)| cell.clone());
        self.text.get(cell).unwrap_or_default()
    }

    /// Whether the cell in `slot` is in plain notation, whatever its file's format says.
    pub(crate) fn is_plain(&self, slot: usize) -> bool {
        self.cells.get(slot).is_some_and(|(_, plain)| *plain)
    }

    /// Fills `slot`.
    pub(crate) fn set(&mut self, slot: usize, text: &str, plain: bool) {
        let start = self.text.len();
        self.text.push_str(text);
        if let Some(cell) = self.cells.get_mut(slot) {
            *cell = (start..self.text.len(), plain);
        }
    }

    /// Notes what is wrong, unless something was before.
    pub(crate) fn fail(&mut self, problem: Problem) {
        self.problem.get_or_insert(problem);
    }
}
