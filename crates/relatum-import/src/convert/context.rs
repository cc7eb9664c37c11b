//! What a field is converted in: the rows at hand and how their files write things.

use uuid::Uuid;

use crate::file::{Format, Matched, Problem, Record};
use crate::mapping::{Side, Slot};

/// The rows at hand.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    /// The row, or the first row of a group, or the row of the header file.
    pub(crate) head: &'a Record,
    /// The line at hand; the head where there is none.
    pub(crate) line: &'a Record,
    /// All lines.
    pub(crate) lines: &'a [Record],
    /// How the row at hand is written.
    pub(crate) format: &'a Format,
    /// How lines are written.
    pub(crate) line_format: &'a Format,
    /// The keyed digest of a personal text.
    pub(crate) digest: &'a dyn Fn(&str) -> String,
    /// The column of a form for which the rule is applied.
    pub(crate) column: Option<&'a Matched>,
    /// The stream that the event goes into, once it is known.
    pub(crate) stream: Option<Uuid>,
}

impl<'a> Context<'a> {
    pub(crate) fn get(&self, slot: Slot) -> &'a str {
        match slot.side {
            Side::Head => self.head.get(slot.at),
            Side::Line => self.line.get(slot.at),
            Side::Column => self.column.map_or("", |column| match slot.at.checked_sub(1) {
                None => &column.value,
                Some(at) => column.captures.get(at).map(String::as_str).unwrap_or_default(),
            }),
        }
    }

    /// Whether the cell is in plain notation, whatever its file's format says.
    pub(crate) fn is_plain(&self, slot: Slot) -> bool {
        match slot.side {
            Side::Head => self.head.is_plain(slot.at),
            Side::Line => self.line.is_plain(slot.at),
            Side::Column => slot.at == 0 && self.column.is_some_and(|column| column.plain),
        }
    }

    /// The same with `line` at hand.
    pub(crate) const fn at_line(&self, line: &'a Record) -> Self {
        Self { line, format: self.line_format, ..*self }
    }
}

/// A problem, and the line of a group in which it is; none: the head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) line: Option<usize>,
    pub(crate) problem: Problem,
}

impl From<Problem> for Fault {
    fn from(problem: Problem) -> Self {
        Self { line: None, problem }
    }
}

impl Fault {
    pub(crate) fn in_line(self, line: usize) -> Self {
        Self { line: Some(line), ..self }
    }
}
