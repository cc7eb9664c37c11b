//! The columns that a table reads, and the slots that they get.

use std::collections::BTreeMap;

use super::cleaning::Cleaning;
use crate::file::{Binding, ColumnForm, Wanted, has_all};

/// Which record a column is read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// The row, or the first row of a group, or the row of the header file.
    Head,
    /// A row of a group or of the lines file.
    Line,
    /// The column of a form, for which the rule is applied.
    Column,
}

/// Where a column's value is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Slot {
    pub(crate) side: Side,
    pub(crate) at: usize,
}

/// What a mapping says about a column beside where it goes.
#[derive(Debug, Clone, Default)]
pub(crate) struct ColumnRule {
    pub(crate) cleaning: Cleaning,
    /// Other names that it has in other files.
    pub(crate) also: Vec<String>,
    pub(crate) optional: bool,
}

/// The columns read from one file, with those that lookups add.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scope {
    /// Names and first users, by slot.
    columns: Vec<(String, String)>,
    /// Prefixes of the columns that lookups add.
    pub(crate) lookups: Vec<String>,
    rules: BTreeMap<String, ColumnRule>,
    /// The columns that a file must have; none: all but those that are optional by themselves.
    required: Option<Vec<String>>,
    /// Forms of names; each column that has one is read.
    pub(crate) forms: Vec<ColumnForm>,
    /// Whether the columns that nobody names are read too, and which of them are not.
    pub(crate) rest: bool,
    pub(crate) ignored: Vec<String>,
}

impl Scope {
    /// What is said about columns, and those that every file must have.
    pub(crate) fn new(rules: BTreeMap<String, ColumnRule>, required: Option<&Vec<String>>) -> Self {
        let mut scope = Self { rules, required: required.cloned(), ..Self::default() };
        for name in required.into_iter().flatten() {
            scope.slot(name, "required");
        }
        scope
    }

    pub(crate) fn slot(&mut self, name: &str, user: &str) -> usize {
        if let Some(at) = self.columns.iter().position(|(known, _)| known == name) {
            return at;
        }
        self.columns.push((name.to_owned(), user.to_owned()));
        self.columns.len() - 1
    }

    /// All that is read of the file itself.
    pub(crate) fn wanted(&self) -> Wanted {
        let bindings = self.select(|name| self.lookup_of(name).is_none().then(|| name.to_owned()));
        let (slots, forms) = (self.columns.len(), self.forms.clone());
        let ignored = self.ignored.clone();
        Wanted { bindings, slots, forms, rest: self.rest, ignored }
    }

    /// The columns that the lookup called `alias` adds, by their names in its file.
    pub(crate) fn looked_up(&self, alias: &str) -> Vec<Binding> {
        self.select(|name| {
            let (of, column) = self.lookup_of(name)?;
            (of == alias).then(|| column.to_owned())
        })
    }

    /// The columns that every file must have, with their other names; none where all must.
    pub(crate) fn required(&self) -> Option<impl Iterator<Item = (&str, &[String])>> {
        let also = |name: &String| self.rules.get(name).map_or(&[][..], |rule| &rule.also);
        let required = self.required.as_ref().filter(|required| !required.is_empty())?;
        Some(required.iter().map(move |name| (name.as_str(), also(name))))
    }

    /// How many of its columns are in `header`, if all that a file must have are.
    pub(crate) fn knows(&self, header: &[String]) -> Option<usize> {
        if !has_all(header, self.required()?) {
            return None;
        }
        let is_there = |it: &Binding| {
            has_all(header, std::iter::once((it.column.as_str(), it.also.as_slice())))
        };
        Some(self.wanted().bindings.iter().filter(|it| is_there(it)).count())
    }

    fn lookup_of<'a>(&self, name: &'a str) -> Option<(&'a str, &'a str)> {
        let (alias, column) = name.split_once('.')?;
        self.lookups.iter().any(|known| known == alias).then_some((alias, column))
    }

    fn select(&self, column: impl Fn(&str) -> Option<String>) -> Vec<Binding> {
        let columns = self.columns.iter().enumerate();
        let binding = |(slot, (name, user)): (usize, &(String, String))| {
            let rule = self.rules.get(name).cloned().unwrap_or_default();
            let listed = self.required.as_ref().is_none_or(|required| required.contains(name));
            Some(Binding {
                column: column(name)?,
                also: rule.also,
                optional: rule.optional || !listed,
                slot,
                needed_by: user.clone(),
                cleaning: rule.cleaning,
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
    /// What `each.` can name: the places of the form of the rule at hand.
    pub(crate) places: Option<Vec<String>>,
}

impl Scopes {
    /// The slot of the column called `name`, read from `side`.
    ///
    /// Beside lines, `header.X` is column `X` of the head. In a rule for each column of a form,
    /// `each.value` is its cell, `each.column` its name and `each.X` what stands in place `X`.
    pub(crate) fn slot(&mut self, side: Side, name: &str, user: &str) -> Slot {
        if let (Some(places), Some(name)) = (&self.places, name.strip_prefix("each.")) {
            let known = places.iter().position(|place| place == name);
            let at = match name {
                "value" => Some(0),
                "column" => Some(1),
                _ => known.map(|at| at + 2),
            };
            if let Some(at) = at {
                return Slot { side: Side::Column, at };
            }
        }
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
