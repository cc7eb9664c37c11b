//! Columns from small files, held in memory.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use crate::convert::Context;
use crate::error::ImportError;
use crate::file::{Format, Input, Problem, Record, Rows};
use crate::mapping::{Found, Lookup, Scope};

/// The most rows of a file that is held in memory.
const MAX_ROWS: usize = 2_000_000;

/// The most text of a file that is held in memory.
const MAX_BYTES: usize = 256 * 1024 * 1024;

/// The line of a row and the columns kept of it, with whether each is in plain notation.
type Kept = (u64, Vec<(Box<str>, bool)>);

/// A file whose columns are added to rows.
pub(crate) struct Loaded<'m> {
    lookup: &'m Lookup,
    file: String,
    /// The slots to fill in the rows that look something up.
    slots: Vec<usize>,
    rows: HashMap<String, Kept>,
    bytes: usize,
}

impl<'m> Loaded<'m> {
    /// Reads `inputs` whole. Keeps the columns that rows of `scope` look up, and no others.
    pub(crate) fn load(
        lookup: &'m Lookup,
        scope: &Scope,
        inputs: Vec<Input>,
        read: &Arc<AtomicU64>,
    ) -> Result<Self, ImportError> {
        let mut own = lookup.scope.clone();
        let wanted = scope.looked_up(&lookup.name);
        let slots = wanted.iter().map(|binding| binding.slot).collect();
        let from: Vec<usize> =
            wanted.iter().map(|binding| own.slot(&binding.column, &binding.needed_by)).collect();
        let own = own.wanted();
        let file = lookup.files.shown();
        let mut loaded = Self { lookup, file, slots, rows: HashMap::new(), bytes: 0 };
        for input in inputs {
            loaded.file = input.name().to_owned();
            loaded.add(Rows::open(input, &lookup.format, &own, read)?, &from)?;
        }
        Ok(loaded)
    }

    /// Adds the rows of one file; `from` says where the columns are that are kept.
    fn add(&mut self, mut rows: Rows, from: &[usize]) -> Result<(), ImportError> {
        let lookup = self.lookup;
        while let Some(mut record) = rows.next()? {
            let key = match record.problem.take() {
                Some(problem) => Err(problem),
                None => lookup.key.read(&alone(&record, &lookup.format)),
            };
            let key = match key {
                Ok(Found::Absent) => continue,
                Ok(key) => key.text().to_owned(),
                // Its own table rejects it.
                Err(_) if lookup.lenient => continue,
                Err(problem) => return Err(self.wrong(record.line, problem)),
            };
            if let Some((line, _)) = self.rows.get(&key) {
                if lookup.lenient {
                    continue;
                }
                let reason = format!("stands in line {line} already; a key must be there once");
                return Err(self.wrong(record.line, lookup.key.problem(&key, reason)));
            }
            let value = |slot: &usize| (record.get(*slot).into(), record.is_plain(*slot));
            let values: Vec<(Box<str>, bool)> = from.iter().map(value).collect();
            self.bytes += key.len() + values.iter().map(|(value, _)| value.len()).sum::<usize>();
            self.rows.insert(key.clone(), (record.line, values));
            if self.rows.len() > MAX_ROWS || self.bytes > MAX_BYTES {
                let reason = "is one key too many to hold in memory; import a smaller file";
                return Err(self.wrong(record.line, lookup.key.problem(&key, reason)));
            }
        }
        Ok(())
    }

    fn wrong(&self, line: u64, problem: Problem) -> ImportError {
        let Problem { column, value, reason } = problem;
        ImportError::Lookup { file: self.file.clone(), line, column, value, reason }
    }

    /// Adds the columns to `record`.
    pub(crate) fn fill(&self, record: &mut Record, format: &Format) {
        if record.problem.is_some() {
            return;
        }
        let found = self.lookup.on.read(&alone(record, format));
        let key = match found {
            Ok(Found::Absent) => return,
            Ok(key) => key.text().to_owned(),
            Err(problem) => return record.fail(problem),
        };
        match self.rows.get(&key) {
            Some((_, values)) => {
                for (slot, (value, plain)) in self.slots.iter().zip(values) {
                    record.set(*slot, value, *plain);
                }
            }
            None if self.lookup.strict => {
                let reason = format!(
                    "is not in `{}`; if that may be, give the lookup missing = \"empty\"",
                    self.file
                );
                record.fail(self.lookup.on.problem(&key, reason));
            }
            None => {}
        }
    }
}

/// `record` by itself.
pub(crate) fn alone<'a>(record: &'a Record, format: &'a Format) -> Context<'a> {
    Context {
        head: record,
        line: record,
        lines: &[],
        format,
        line_format: format,
        digest: &|text| text.to_owned(),
        column: None,
        stream: None,
    }
}
