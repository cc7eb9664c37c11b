//! The columns that a table reads, and the slots that they get.

use std::collections::BTreeMap;

use super::cleaning::Cleaning;
use crate::file::Binding;

/// Which record a column is read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// The row, or the first row of a group, or the row of the header file.
    Head,
    /// A row of a group or of the lines file.
    Line,
}

/// Where a column's value is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Slot {
    pub(crate) side: Side,
    pub(crate) at: usize,
}

/// The columns read from one file, with those that lookups add.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scope {
    /// Names and first users, by slot.
    columns: Vec<(String, String)>,
    /// Prefixes of the columns that lookups add.
    pub(crate) lookups: Vec<String>,
    cleanings: BTreeMap<String, Cleaning>,
}

impl Scope {
    /// No column yet; values of the columns in `cleanings` are tidied.
    pub(crate) fn new(cleanings: BTreeMap<String, Cleaning>) -> Self {
        Self { cleanings, ..Self::default() }
    }

    pub(crate) fn slot(&mut self, name: &str, user: &str) -> usize {
        if let Some(at) = self.columns.iter().position(|(known, _)| known == name) {
            return at;
        }
        self.columns.push((name.to_owned(), user.to_owned()));
        self.columns.len() - 1
    }

    pub(crate) const fn len(&self) -> usize {
        self.columns.len()
    }

    /// The columns of the file itself.
    pub(crate) fn bindings(&self) -> Vec<Binding> {
        self.select(|name| self.lookup_of(name).is_none().then(|| name.to_owned()))
    }

    /// The columns that the lookup called `alias` adds, by their names in its file.
    pub(crate) fn looked_up(&self, alias: &str) -> Vec<Binding> {
        self.select(|name| {
            let (of, column) = self.lookup_of(name)?;
            (of == alias).then(|| column.to_owned())
        })
    }

    fn lookup_of<'a>(&self, name: &'a str) -> Option<(&'a str, &'a str)> {
        let (alias, column) = name.split_once('.')?;
        self.lookups.iter().any(|known| known == alias).then_some((alias, column))
    }

    fn select(&self, column: impl Fn(&str) -> Option<String>) -> Vec<Binding> {
        let columns = self.columns.iter().enumerate();
        let binding = |(slot, (name, user)): (usize, &(String, String))| {
            Some(Binding {
                column: column(name)?,
                slot,
                needed_by: user.clone(),
                cleaning: self.cleanings.get(name).cloned().unwrap_or_default(),
            })
        };
        columns.filter_map(binding).collect()
    }
}

/// All columns that a table can name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scopes {
    pub(crate) head: Scope,
    /// Of the lines file, where there is one; the rows of a group have the head's columns.
    pub(crate) line: Option<Scope>,
    /// Whether there are lines at all.
    pub(crate) has_lines: bool,
}

impl Scopes {
    /// The slot of the column called `name`, read from `side`.
    ///
    /// Beside lines, `header.X` is column `X` of the head.
    pub(crate) fn slot(&mut self, side: Side, name: &str, user: &str) -> Slot {
        if side == Side::Head {
            return Slot { side, at: self.head.slot(name, user) };
        }
        if let Some(name) = name.strip_prefix("header.") {
            return Slot { side: Side::Head, at: self.head.slot(name, user) };
        }
        let scope = self.line.as_mut().unwrap_or(&mut self.head);
        Slot { side, at: scope.slot(name, user) }
    }
}
