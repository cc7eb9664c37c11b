//! Which file serves which table, and opening them all before anything is read.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::lookup::Loaded;
use crate::error::ImportError;
use crate::file::{Input, Rows};
use crate::mapping::{Layout, Lines, Lookup, Mapping, Scope, Table, fits};

/// A table with its files, opened.
pub(crate) struct Job<'m> {
    pub(crate) table: &'m Table,
    pub(crate) lookups: Vec<Loaded<'m>>,
    pub(crate) files: Vec<Rows>,
    pub(crate) lines: Option<(&'m Lines, Vec<Loaded<'m>>, Rows)>,
}

/// Opens `inputs` for the tables of `mapping`; returns the tables that have none, too.
pub(crate) fn open<'m>(
    mapping: &'m Mapping,
    inputs: Vec<Input>,
    read: &Arc<AtomicU64>,
) -> Result<(Vec<Job<'m>>, Vec<String>), ImportError> {
    let patterns = || format!("`{}`", mapping.patterns().join("`, `"));
    if inputs.is_empty() {
        return Err(ImportError::NoFile { patterns: patterns() });
    }
    let mut shelf = Shelf { inputs, any: mapping.takes_any_file(), read };
    let known = mapping.patterns();
    let stray = shelf
        .inputs
        .iter()
        .find(|input| !shelf.any && !known.iter().any(|pattern| fits(pattern, input.file_name())));
    if let Some(stray) = stray {
        return Err(ImportError::NoTable { file: stray.name().to_owned(), patterns: patterns() });
    }
    let (mut jobs, mut idle) = (Vec::new(), Vec::new());
    for table in mapping.tables() {
        match shelf.job(table)? {
            Some(job) => jobs.push(job),
            None => idle.push(table.name.clone()),
        }
    }
    if jobs.is_empty() {
        let needed: Vec<&str> = mapping.tables().iter().map(|table| table.files.as_str()).collect();
        return Err(ImportError::NoFile { patterns: format!("`{}`", needed.join("`, `")) });
    }
    Ok((jobs, idle))
}

struct Shelf<'a> {
    inputs: Vec<Input>,
    any: bool,
    read: &'a Arc<AtomicU64>,
}

impl Shelf<'_> {
    fn job<'m>(&mut self, table: &'m Table) -> Result<Option<Job<'m>>, ImportError> {
        let bindings = table.scopes.head.bindings();
        let mut files = Vec::new();
        for input in self.matching(&table.files)? {
            let slots = table.scopes.head.len();
            files.push(Rows::open(input, &table.format, &bindings, slots, self.read)?);
        }
        let Some(first) = files.first() else { return Ok(None) };
        let first = first.file.clone();
        let lookups = self.lookups(table, &table.lookups, &table.scopes.head)?;
        let lines = match (&table.layout, &table.scopes.line) {
            (Layout::Joined(lines), Some(scope)) => {
                if let Some(second) = files.get(1) {
                    let (pattern, second) = (table.files.clone(), second.file.clone());
                    return Err(ImportError::TwoFiles { pattern, first, second });
                }
                let input = self.single(table, &lines.files)?;
                let bindings = scope.bindings();
                let rows = Rows::open(input, &lines.format, &bindings, scope.len(), self.read)?;
                Some((&**lines, self.lookups(table, &lines.lookups, scope)?, rows))
            }
            _ => None,
        };
        Ok(Some(Job { table, lookups, files, lines }))
    }

    fn lookups<'m>(
        &mut self,
        table: &Table,
        lookups: &'m [Lookup],
        scope: &Scope,
    ) -> Result<Vec<Loaded<'m>>, ImportError> {
        let mut loaded = Vec::new();
        for lookup in lookups {
            let input = self.single(table, &lookup.files)?;
            loaded.push(Loaded::load(lookup, scope, input, self.read)?);
        }
        Ok(loaded)
    }

    fn single(&mut self, table: &Table, pattern: &str) -> Result<Input, ImportError> {
        let mut found = self.matching(pattern)?.into_iter();
        match (found.next(), found.next()) {
            (Some(only), None) => Ok(only),
            (Some(first), Some(second)) => Err(ImportError::TwoFiles {
                pattern: pattern.to_owned(),
                first: first.name().to_owned(),
                second: second.name().to_owned(),
            }),
            (None, _) => Err(ImportError::MissingFile {
                table: table.name.clone(),
                pattern: pattern.to_owned(),
            }),
        }
    }

    /// The inputs of that name, in their order, each able to be read from its beginning.
    fn matching(&mut self, pattern: &str) -> Result<Vec<Input>, ImportError> {
        let any = self.any;
        let fitting =
            self.inputs.iter_mut().filter(|input| any || fits(pattern, input.file_name()));
        fitting.map(Input::again).collect()
    }
}
