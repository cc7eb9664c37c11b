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

/// A file whose columns are added to rows.
pub(crate) struct Loaded<'m> {
    lookup: &'m Lookup,
    file: String,
    /// The slots to fill in the rows that look something up.
    slots: Vec<usize>,
    rows: HashMap<String, (u64, Vec<Box<str>>)>,
}

impl<'m> Loaded<'m> {
    /// Reads `input` whole. Keeps the columns that rows of `scope` look up, and no others.
    pub(crate) fn load(
        lookup: &'m Lookup,
        scope: &Scope,
        input: Input,
        read: &Arc<AtomicU64>,
    ) -> Result<Self, ImportError> {
        let mut own = lookup.scope.clone();
        let wanted = scope.looked_up(&lookup.name);
        let slots = wanted.iter().map(|binding| binding.slot).collect();
        let from: Vec<usize> =
            wanted.iter().map(|binding| own.slot(&binding.column, &binding.needed_by)).collect();
        let mut rows = Rows::open(input, &lookup.format, &own.bindings(), own.len(), read)?;
        let file = rows.file.clone();
        let mut loaded = Self { lookup, file, slots, rows: HashMap::new() };
        let mut bytes = 0_usize;
        while let Some(mut record) = rows.next()? {
            if let Some(problem) = record.problem.take() {
                return Err(loaded.wrong(record.line, problem));
            }
            let context = alone(&record, &lookup.format);
            let key = lookup.key.read(&context);
            let key = key.map_err(|problem| loaded.wrong(record.line, problem))?;
            if key == Found::Absent {
                continue;
            }
            let key = key.text().to_owned();
            let values: Vec<Box<str>> = from.iter().map(|slot| record.get(*slot).into()).collect();
            bytes += key.len() + values.iter().map(|value| value.len()).sum::<usize>();
            let before = loaded.rows.insert(key.clone(), (record.line, values));
            let too_large = loaded.rows.len() > MAX_ROWS || bytes > MAX_BYTES;
            if let Some((line, _)) = before {
                let reason = format!("stands in line {line} already; a key must be there once");
                return Err(loaded.wrong(record.line, lookup.key.problem(&key, reason)));
            }
            if too_large {
                let reason = "is one key too many to hold in memory; import a smaller file";
                return Err(loaded.wrong(record.line, lookup.key.problem(&key, reason)));
            }
        }
        Ok(loaded)
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
                for (slot, value) in self.slots.iter().zip(values) {
                    record.set(*slot, value);
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
        stream: None,
    }
}
