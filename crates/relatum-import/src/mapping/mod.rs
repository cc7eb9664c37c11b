//! The mapping language: what a mapping file says, understood and checked.
//!
//! Owns templates, conditions, rules and their comparison with the shapes of the events. Knows no
//! file and no row.
//!
//! *Invariant: every field that a rule sets is one that its event type has.*

mod cleaning;
mod condition;
mod form;
mod options;
mod path;
mod pattern;
mod reading;
mod retold;
mod rule;
mod scope;
mod settings;
mod shape;
mod stream;
mod table;
mod template;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

use crate::error::{ImportError, MappingError};
use crate::file::{Format, Input, zone as zone_of};

pub(crate) use cleaning::Cleaning;
use cleaning::Values;
pub(crate) use form::NeedForm;
pub(crate) use options::{Options, texts};
pub(crate) use path::compact;
pub(crate) use pattern::{Files, fits};
pub(crate) use reading::{Found, Parsing, Reading};
pub(crate) use retold::RuleRetold;
pub(crate) use rule::{Each, Field, Rule};
pub(crate) use scope::{Scope, Side, Slot};
pub use settings::Settings;
pub(crate) use stream::Unassigned;
pub(crate) use table::{Layout, Lines, Lookup, Table};

/// A mapping, understood and checked: which files, which rows, which events.
///
/// # Example
/// ```
/// let mapping = relatum_import::Mapping::parse(r#"
///     system = "erp"
///     [[table]]
///     name = "payments"
///     files = "payments*.csv"
///     currency = "EUR"
///     format = { delimiter = ";", decimal = ",", days = ["%d.%m.%Y"] }
///     id = "{Number}"
///     stream = { account = "{Client}" }
///     effective = "{Day}"
///     [[table.event]]
///     type = "payment_received"
///     body.payment = { id = "{Number}", of = "payment" }
///     body.amount = { money = "{Amount}" }
/// "#)?;
/// assert_eq!(mapping.patterns(), ["payments*.csv"]);
/// # Ok::<(), relatum_import::MappingError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Mapping {
    system: String,
    title: Option<String>,
    needs: Vec<NeedForm>,
    signs: Vec<String>,
    tables: Vec<Table>,
}

impl Mapping {
    /// Reads a mapping file.
    ///
    /// # Errors
    /// [`Form`](MappingError::Form) for what is no mapping at all, then, table by table,
    /// [`Table`](MappingError::Table) and [`Rule`](MappingError::Rule) for the first thing that
    /// is wrong in it, such as a field that the event type does not have.
    pub fn parse(text: &str) -> Result<Self, MappingError> {
        Self::with(text, &Settings::default())
    }

    /// Reads a mapping file, with what whoever imports says beside it.
    ///
    /// # Errors
    /// As [`parse`](Self::parse); and [`Setting`](MappingError::Setting) for a map that the
    /// mapping does not have.
    pub fn with(text: &str, settings: &Settings) -> Result<Self, MappingError> {
        let form: form::MappingForm = toml::from_str(text)
            .map_err(|error| MappingError::Form { reason: error.to_string() })?;
        if form.table.is_empty() || form.system.is_empty() {
            let reason = "it needs a `system` and at least one [[table]]".to_owned();
            return Err(MappingError::Form { reason });
        }
        let base = Format::default()
            .with(&form.format)
            .map_err(|reason| MappingError::Form { reason: format!("format: {reason}") })?;
        let maps = maps(&form, settings)?;
        let parse = |table| Table::parse(table, &form, &base, &maps, settings);
        let mut tables: Vec<Table> = form.table.iter().map(parse).collect::<Result<_, _>>()?;
        let zone = settings.zone.as_deref().map(zone_of).transpose();
        let zone = zone.map_err(|reason| MappingError::Setting { reason })?;
        let change = |format: &mut Format| format.say(zone, &settings.days, settings.decimal);
        tables.iter_mut().for_each(|table| table.reformat(&change));
        let zoned = settings.zone.is_some() || base.zone.is_some();
        let said = |need: &NeedForm| match need {
            NeedForm::Zone => zoned,
            NeedForm::Currency => settings.currency.is_some(),
        };
        let needs = form.needs.iter().filter(|need| !said(need)).copied().collect();
        Ok(Self { system: form.system, title: form.title, needs, signs: form.signs, tables })
    }

    /// How many columns the table knows that fits `header` best, if the header is of these files.
    pub(crate) fn recognises(&self, header: &[String]) -> Option<(usize, &str)> {
        let signs = |name: &String| self.signs.iter().any(|sign| fits(sign, name.trim()));
        if !header.iter().any(signs) {
            return None;
        }
        let known = |table: &Table| table.scopes.head.knows(header);
        self.tables.iter().filter_map(|it| Some((known(it)?, it.name.as_str()))).max()
    }

    /// What whoever imports has not said yet.
    pub(crate) fn needs(&self) -> &[NeedForm] {
        &self.needs
    }

    /// The source system, under which ids are derived and facts are known again.
    #[must_use]
    pub fn system(&self) -> &str {
        &self.system
    }

    /// What it is for.
    #[must_use]
    pub fn title(&self) -> Option<&str> {
        self.title.as_deref()
    }

    /// The names of files that it reads, each once.
    #[must_use]
    pub fn patterns(&self) -> Vec<&str> {
        let mut known = BTreeSet::new();
        let patterns = self.tables.iter().flat_map(Table::patterns);
        patterns.filter(|pattern| known.insert(*pattern)).collect()
    }

    /// The files at `paths`; of a folder, those that the mapping reads, by name, and archives and
    /// workbooks, which may hold some; where there are none, the tables in it, by their columns.
    ///
    /// # Errors
    /// [`Open`](ImportError::Open) for a path that is not there or cannot be listed.
    pub fn inputs(&self, paths: &[impl AsRef<FilePath>]) -> Result<Vec<Input>, ImportError> {
        let mut inputs = Vec::new();
        for path in paths {
            let path = path.as_ref();
            let failed = |source| ImportError::Open { file: path.display().to_string(), source };
            if !path.metadata().map_err(failed)?.is_dir() {
                inputs.push(Input::path(path));
                continue;
            }
            let entries = path.read_dir().map_err(failed)?;
            let mut found: Vec<PathBuf> = entries
                .map(|entry| entry.map(|entry| entry.path()))
                .collect::<Result<_, _>>()
                .map_err(failed)?;
            found.retain(|path| path.is_file());
            found.sort();
            let found = found.into_iter().map(Input::path);
            let fitting = |input: &Input| {
                let patterns = self.patterns();
                let holds = ["*.zip", "*.xlsx", "*.xlsm"].iter().chain(&patterns);
                holds.into_iter().any(|pattern| fits(pattern, input.file_name()))
            };
            let (named, others): (Vec<Input>, Vec<Input>) = found.partition(fitting);
            if named.is_empty() {
                // By their columns, then: whoever names a folder means what lies in it.
                let table = |input: &Input| fits("*.csv", input.file_name());
                inputs.extend(others.into_iter().filter(table));
            } else {
                inputs.extend(named.into_iter().map(Input::found));
            }
        }
        Ok(inputs)
    }

    pub(crate) fn tables(&self) -> &[Table] {
        &self.tables
    }

    /// Whether any file will do, whatever its name.
    pub(crate) fn takes_any_file(&self) -> bool {
        matches!(self.tables.as_slice(), [only] if only.patterns().len() == 1)
    }
}

/// The maps of the mapping, of the files that it names, and of whoever imports.
fn maps(
    form: &form::MappingForm,
    settings: &Settings,
) -> Result<BTreeMap<String, cleaning::ValueMap>, MappingError> {
    let mut maps = BTreeMap::new();
    for (name, map) in &form.maps {
        let values = match (settings.maps.get(name), map.get("file")) {
            (Some(given), _) => given.clone(),
            (None, Some(path)) if map.len() == 1 => settings::read_map(FilePath::new(path))
                .map_err(|reason| MappingError::Form {
                    reason: format!("maps.{name}: {reason}"),
                })?,
            _ => Values { values: map.clone(), closed: false },
        };
        maps.insert(name.clone(), Arc::new(values));
    }
    match settings.maps.keys().find(|name| !maps.contains_key(*name)) {
        None => Ok(maps),
        Some(name) => {
            let known: Vec<&str> = maps.keys().map(String::as_str).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            let reason = format!("the mapping has no map `{name}`; it has: {known}");
            Err(MappingError::Setting { reason })
        }
    }
}
