//! Which file serves which table, and opening them all before anything is read.
//!
//! A file serves a table by its name. One whose name fits none serves the table whose columns it
//! has, if there is exactly one.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::lookup::Loaded;
use crate::error::ImportError;
use crate::file::{Input, Rows};
use crate::mapping::{Files, Layout, Lines, Lookup, Mapping, NeedForm, Scope, Table};

/// A table with its files, opened.
pub(crate) struct Job<'m> {
    pub(crate) table: &'m Table,
    pub(crate) lookups: Vec<Loaded<'m>>,
    pub(crate) files: Vec<Rows>,
    pub(crate) lines: Option<(&'m Lines, Vec<Loaded<'m>>, Rows)>,
}

/// What is open: the work, the tables without a file, the size of all that is read.
pub(crate) struct Opened<'m> {
    pub(crate) jobs: Vec<Job<'m>>,
    pub(crate) idle: Vec<String>,
    pub(crate) total: Option<u64>,
}

/// Opens `inputs` for the tables of `mapping`.
pub(crate) fn open<'m>(
    mapping: &'m Mapping,
    inputs: Vec<Input>,
    read: &Arc<AtomicU64>,
) -> Result<Opened<'m>, ImportError> {
    if let Some(need) = mapping.needs().first() {
        return Err(needed(*need));
    }
    if inputs.is_empty() {
        return Err(ImportError::NoFile { patterns: patterns(mapping) });
    }
    let any = mapping.takes_any_file();
    let mut shelf = Shelf { mapping, inputs: Vec::new(), any, read };
    for input in inputs {
        shelf.put(input)?;
    }
    let total = shelf.inputs.iter().map(|placed| placed.input.size()).sum();
    let (mut jobs, mut idle) = (Vec::new(), Vec::new());
    for table in mapping.tables() {
        match shelf.job(table)? {
            Some(job) => jobs.push(job),
            None => idle.push(table.name.clone()),
        }
    }
    if jobs.is_empty() {
        let needed: Vec<String> =
            mapping.tables().iter().map(|table| table.files.shown()).collect();
        return Err(ImportError::NoFile { patterns: format!("`{}`", needed.join("`, `")) });
    }
    Ok(Opened { jobs, idle, total })
}

fn patterns(mapping: &Mapping) -> String {
    format!("`{}`", mapping.patterns().join("`, `"))
}

fn needed(need: NeedForm) -> ImportError {
    let (what, advice) = match need {
        NeedForm::Zone => (
            "in which time zone their times are",
            "say it, as the vendor's settings show it: `--zone Europe/Berlin`",
        ),
        NeedForm::Currency => (
            "in which currency their amounts are",
            "say it, as the vendor's settings show it: `--currency EUR`",
        ),
    };
    ImportError::Needs { what: what.to_owned(), advice: advice.to_owned() }
}

/// An input, and the table that it serves by its columns rather than by its name.
struct Placed<'m> {
    input: Input,
    by_columns: Option<&'m Table>,
}

struct Shelf<'m, 'a> {
    mapping: &'m Mapping,
    inputs: Vec<Placed<'m>>,
    any: bool,
    read: &'a Arc<AtomicU64>,
}

impl<'m> Shelf<'m, '_> {
    /// Takes `input`, or what it holds and the mapping reads.
    fn put(&mut self, input: Input) -> Result<(), ImportError> {
        let (name, found) = (input.name().to_owned(), input.is_inner());
        let parts = input.unpack()?;
        let (named, strange): (Vec<Input>, Vec<Input>) =
            parts.into_iter().partition(|part| self.is_named(part));
        let mut taken = Vec::new();
        for mut input in named {
            let by_columns = self.of_several(&mut input)?;
            taken.push(Placed { input, by_columns });
        }
        if taken.is_empty() {
            for mut input in strange {
                if any_takes(self.any, &input) {
                    taken.push(Placed { input, by_columns: None });
                } else if !found
                    && let Some(table) = self.by_columns(self.mapping.tables(), &mut input)?
                {
                    taken.push(Placed { input, by_columns: Some(table) });
                }
            }
        }
        if taken.is_empty() && !found {
            let patterns = patterns(self.mapping);
            return Err(ImportError::NoTable { file: name, patterns });
        }
        self.inputs.extend(taken);
        Ok(())
    }

    /// Whether some table, its lines or its lookups read a file of that name.
    fn is_named(&self, input: &Input) -> bool {
        let mut files = self.mapping.tables().iter().flat_map(Table::all_files);
        files.any(|files| files.takes(input))
    }

    /// Of several tables that read files of that name and say which columns they need, the one
    /// whose columns it has.
    fn of_several(&self, input: &mut Input) -> Result<Option<&'m Table>, ImportError> {
        let fitting = self.mapping.tables().iter().filter(|table| table.files.takes(input));
        let fitting: Vec<&Table> = fitting.collect();
        let strict = |table: &&Table| table.scopes.head.required().is_some();
        if fitting.len() < 2 || !fitting.iter().all(strict) {
            return Ok(None);
        }
        self.by_columns(fitting, input)
    }

    /// The only table that needs columns that `input` has, or the one that knows most of them.
    fn by_columns(
        &self,
        tables: impl IntoIterator<Item = &'m Table>,
        input: &mut Input,
    ) -> Result<Option<&'m Table>, ImportError> {
        if !input.is_repeatable() {
            return Ok(None);
        }
        let mut best: Option<(usize, bool, &Table)> = None;
        for table in tables {
            if table.scopes.head.required().is_none() {
                continue;
            }
            // What cannot be opened is told when it is, by the table that it serves.
            let heads = Rows::heads(input.again()?, &table.format, self.read).unwrap_or_default();
            let known = heads.iter().find_map(|(_, names)| table.scopes.head.knows(names));
            let Some(known) = known else { continue };
            best = match best {
                Some((most, _, table)) if most == known => Some((most, false, table)),
                Some(best) if best.0 > known => Some(best),
                _ => Some((known, true, table)),
            };
        }
        Ok(best.and_then(|(_, single, table)| single.then_some(table)))
    }

    fn job(&mut self, table: &'m Table) -> Result<Option<Job<'m>>, ImportError> {
        let wanted = table.scopes.head.wanted();
        let mut files = Vec::new();
        for input in self.matching(&table.files)? {
            files.push(Rows::open(input, &table.format, &wanted, self.read)?);
        }
        let Some(first) = files.first() else { return Ok(None) };
        let first = first.file.clone();
        let lookups = self.lookups(table, &table.lookups, &table.scopes.head)?;
        let lines = match (&table.layout, &table.scopes.line) {
            (Layout::Joined(lines), Some(scope)) => {
                if let Some(second) = files.get(1) {
                    let (pattern, second) = (table.files.shown(), second.file.clone());
                    return Err(ImportError::TwoFiles { pattern, first, second });
                }
                let input = self.single(table, &lines.files)?;
                let rows = Rows::open(input, &lines.format, &scope.wanted(), self.read)?;
                Some((&**lines, self.lookups(table, &lines.lookups, scope)?, rows))
            }
            _ => None,
        };
        Ok(Some(Job { table, lookups, files, lines }))
    }

    fn lookups(
        &mut self,
        table: &Table,
        lookups: &'m [Lookup],
        scope: &Scope,
    ) -> Result<Vec<Loaded<'m>>, ImportError> {
        let mut loaded = Vec::new();
        for lookup in lookups {
            let inputs = self.matching(&lookup.files)?;
            if inputs.is_empty() && !lookup.optional {
                return Err(ImportError::MissingFile {
                    table: table.name.clone(),
                    pattern: lookup.files.shown(),
                });
            }
            loaded.push(Loaded::load(lookup, scope, inputs, self.read)?);
        }
        Ok(loaded)
    }

    fn single(&mut self, table: &Table, files: &Files) -> Result<Input, ImportError> {
        let mut found = self.matching(files)?.into_iter();
        match (found.next(), found.next()) {
            (Some(only), None) => Ok(only),
            (Some(first), Some(second)) => Err(ImportError::TwoFiles {
                pattern: files.shown(),
                first: first.name().to_owned(),
                second: second.name().to_owned(),
            }),
            (None, _) => {
                Err(ImportError::MissingFile { table: table.name.clone(), pattern: files.shown() })
            }
        }
    }

    /// The inputs that are such files, in their order, each able to be read from its beginning.
    fn matching(&mut self, files: &Files) -> Result<Vec<Input>, ImportError> {
        let any = self.any;
        let fitting = self.inputs.iter_mut().filter(|placed| match placed.by_columns {
            Some(table) => {
                let own = &table.files.patterns;
                own.iter().any(|pattern| files.patterns.contains(pattern))
            }
            None => any_takes(any, &placed.input) || files.takes(&placed.input),
        });
        fitting.map(|placed| placed.input.again()).collect()
    }
}

/// Whether `input` will do where any file does: of a workbook, only its only sheet.
fn any_takes(any: bool, input: &Input) -> bool {
    any && input.sheet().is_none_or(|sheet| sheet.only)
}
