//! A table of the mapping: which files, how rows belong together, which rules.

use std::collections::BTreeMap;

use super::cleaning::{Cleaning, ValueMap};
use super::condition::When;
use super::form::{LookupForm, MappingForm, MissingForm, TableForm};
use super::options::{Options, texts};
use super::pattern::Files;
use super::reading::{Parsing, Reading};
use super::rule::Rule;
use super::scope::{ColumnRule, Scope, Scopes, Side};
use super::settings::Settings;
use crate::error::MappingError;
use crate::file::Format;

/// Groups kept open where the mapping does not say.
const WINDOW: usize = 8;

/// The most groups kept open.
const MAX_WINDOW: usize = 10_000;

/// A small file whose columns are added to rows.
#[derive(Debug, Clone)]
pub(crate) struct Lookup {
    pub(crate) name: String,
    pub(crate) files: Files,
    pub(crate) format: Format,
    /// The columns of the key, in the lookup's own file.
    pub(crate) scope: Scope,
    pub(crate) key: Reading,
    /// What is looked up.
    pub(crate) on: Reading,
    /// Whether a key that is not there rejects the row.
    pub(crate) strict: bool,
    /// Whether there may be no such file; nothing is found then.
    pub(crate) optional: bool,
    /// Whether rows that cannot be read are passed over, and the first of several counts.
    pub(crate) lenient: bool,
}

/// Rows of one file that belong to a row of another; both sorted by the key.
#[derive(Debug, Clone)]
pub(crate) struct Lines {
    pub(crate) files: Files,
    pub(crate) format: Format,
    pub(crate) lookups: Vec<Lookup>,
    /// The key in the lines file.
    pub(crate) by: Reading,
    /// The key in the header file.
    pub(crate) header_by: Reading,
    /// Whether a header may have none.
    pub(crate) optional: bool,
}

/// How rows make up what a rule sees.
#[derive(Debug, Clone)]
pub(crate) enum Layout {
    Rows,
    Groups { by: Reading, window: usize },
    Joined(Box<Lines>),
}

/// A table of the mapping.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    pub(crate) name: String,
    pub(crate) files: Files,
    pub(crate) format: Format,
    pub(crate) scopes: Scopes,
    pub(crate) lookups: Vec<Lookup>,
    pub(crate) when: When,
    /// Which rows tell of what is no longer there, if the table has any.
    pub(crate) gone: Option<When>,
    pub(crate) layout: Layout,
    pub(crate) rules: Vec<Rule>,
}

impl Table {
    /// All names of files that it reads.
    pub(crate) fn patterns(&self) -> Vec<&str> {
        self.all_files().into_iter().flat_map(|files| &files.patterns).map(String::as_str).collect()
    }

    /// The files of its rows, of their lines, and those to look things up in.
    pub(crate) fn all_files(&self) -> Vec<&Files> {
        let mut all = vec![&self.files];
        let mut lookups: Vec<&Lookup> = self.lookups.iter().collect();
        if let Layout::Joined(lines) = &self.layout {
            all.push(&lines.files);
            lookups.extend(&lines.lookups);
        }
        all.extend(lookups.iter().map(|lookup| &lookup.files));
        all
    }

    /// Applies `change` to the formats of all its files.
    pub(crate) fn reformat(&mut self, change: &dyn Fn(&mut Format)) {
        change(&mut self.format);
        self.lookups.iter_mut().for_each(|lookup| change(&mut lookup.format));
        if let Layout::Joined(lines) = &mut self.layout {
            change(&mut lines.format);
            lines.lookups.iter_mut().for_each(|lookup| change(&mut lookup.format));
        }
    }

    /// How lines are written.
    pub(crate) fn line_format(&self) -> &Format {
        match &self.layout {
            Layout::Joined(lines) => &lines.format,
            Layout::Rows | Layout::Groups { .. } => &self.format,
        }
    }

    pub(crate) fn parse(
        form: &TableForm,
        mapping: &MappingForm,
        base: &Format,
        maps: &BTreeMap<String, ValueMap>,
        settings: &Settings,
    ) -> Result<Self, MappingError> {
        let wrong = |reason: String| MappingError::Table { table: form.name.clone(), reason };
        if form.group.is_some() && form.lines.is_some() {
            return Err(wrong("it has both `group` and `lines`; one of them".to_owned()));
        }
        let format = base.with(&form.format).map_err(wrong)?;
        let mut scopes = Scopes {
            head: Scope::new(rules(&form.column, maps).map_err(wrong)?, form.required.as_ref()),
            line: None,
            has_lines: form.group.is_some() || form.lines.is_some(),
            places: None,
        };
        scopes.head.ignored.clone_from(&form.ignore);
        if let Some(lines) = &form.lines {
            scopes.line = Some(Scope::new(rules(&lines.column, maps).map_err(wrong)?, None));
        }
        let mut parsing = Parsing {
            scopes: &mut scopes,
            maps,
            side: Side::Head,
            user: String::new(),
            system: &mapping.system,
            currency: None,
            settings,
        };
        let lookups = lookups(&form.lookup, &format, &mut parsing).map_err(wrong)?;
        parsing.user = "for when of the table".to_owned();
        let when = When::parse(form.when.clone(), &mut parsing);
        let when = when.map_err(|reason| wrong(format!("when: {reason}")))?;
        parsing.user = "for gone of the table".to_owned();
        let gone = form.gone.clone().map(|gone| When::parse(Some(gone), &mut parsing)).transpose();
        let gone = gone.map_err(|reason| wrong(format!("gone: {reason}")))?;
        let layout = layout(form, &format, &mut parsing).map_err(wrong)?;
        parsing.user = "for the currency".to_owned();
        let currency = currency(form.currency.as_ref(), &mut parsing);
        let currency = currency.map_err(|reason| wrong(format!("currency: {reason}")))?;
        parsing.currency = currency.as_ref();
        let parse = |rule| Rule::parse(rule, form, &mut parsing);
        let rules: Vec<Rule> = form.event.iter().map(parse).collect::<Result<_, _>>()?;
        if rules.is_empty() {
            return Err(wrong("it has no [[table.event]]".to_owned()));
        }
        let name = form.name.clone();
        let files = Files { patterns: form.files.texts(), sheet: form.sheet.clone() };
        Ok(Self { name, files, format, scopes, lookups, when, gone, layout, rules })
    }
}

/// The currency of the table's amounts; where it is empty, the one that whoever imports said.
fn currency(
    form: Option<&toml::Value>,
    parsing: &mut Parsing<'_>,
) -> Result<Option<Reading>, String> {
    let said = parsing.settings.currency.as_ref();
    let reading = form.map(|value| Reading::parse("text", value.clone(), parsing)).transpose()?;
    match (reading, said) {
        (Some(reading), said) => Ok(Some(reading.or(said))),
        (None, Some(said)) => Reading::plain(said, parsing).map(Some),
        (None, None) => Ok(None),
    }
}

fn rules(
    forms: &BTreeMap<String, toml::Table>,
    maps: &BTreeMap<String, ValueMap>,
) -> Result<BTreeMap<String, ColumnRule>, String> {
    let mut all = BTreeMap::new();
    for (column, table) in forms {
        let rule = rule(table, maps).map_err(|reason| format!("column `{column}`: {reason}"))?;
        all.insert(column.clone(), rule);
    }
    Ok(all)
}

fn rule(table: &toml::Table, maps: &BTreeMap<String, ValueMap>) -> Result<ColumnRule, String> {
    let mut options = Options::new(table.clone());
    let also = options.any("also").map(|value| texts("also", value)).transpose()?;
    let optional = options.flag("optional")?;
    let cleaning = Cleaning::take(&mut options, maps)?;
    options.finish()?;
    Ok(ColumnRule { cleaning, also: also.unwrap_or_default(), optional })
}

fn layout(form: &TableForm, format: &Format, parsing: &mut Parsing<'_>) -> Result<Layout, String> {
    if let Some(group) = &form.group {
        parsing.user = "for the group".to_owned();
        let by = Reading::parse("text", group.by.clone(), parsing)?;
        let window = group.window.unwrap_or(WINDOW);
        if window == 0 || window > MAX_WINDOW {
            return Err(format!("window {window}: write 1 to {MAX_WINDOW}"));
        }
        return Ok(Layout::Groups { by, window });
    }
    let Some(lines) = &form.lines else { return Ok(Layout::Rows) };
    let line_format = format.with(&lines.format)?;
    parsing.side = Side::Line;
    parsing.user = "for the lines' key".to_owned();
    let by = Reading::parse("text", lines.by.clone(), parsing)?;
    let lookups = lookups(&lines.lookup, &line_format, parsing)?;
    parsing.side = Side::Head;
    let header_by = lines.header_by.as_ref().unwrap_or(&lines.by);
    let header_by = Reading::parse("text", header_by.clone(), parsing)?;
    Ok(Layout::Joined(Box::new(Lines {
        files: Files { patterns: lines.files.texts(), sheet: lines.sheet.clone() },
        format: line_format,
        lookups,
        by,
        header_by,
        optional: lines.optional,
    })))
}

fn lookups(
    forms: &[LookupForm],
    format: &Format,
    parsing: &mut Parsing<'_>,
) -> Result<Vec<Lookup>, String> {
    let mut all: Vec<Lookup> = Vec::new();
    for (at, form) in forms.iter().enumerate() {
        let wrong = |reason: String| format!("lookup `{}`: {reason}", form.name);
        let format = format.with(&form.format).map_err(wrong)?;
        let rules = rules(&form.column, parsing.maps).map_err(wrong)?;
        let head = Scope::new(rules, form.required.as_ref());
        let mut own = Scopes { head, ..Scopes::default() };
        let mut key_parsing = Parsing {
            scopes: &mut own,
            maps: parsing.maps,
            side: Side::Head,
            user: format!("for lookup {}", form.name),
            system: parsing.system,
            currency: None,
            settings: parsing.settings,
        };
        let key = Reading::parse("text", form.key.clone(), &mut key_parsing).map_err(wrong)?;
        parsing.user = format!("for lookup {}", form.name);
        let on = Reading::parse("text", form.on.clone(), parsing).map_err(wrong)?;
        let later = forms.iter().skip(at).find(|later| {
            on.columns()
                .split(", ")
                .any(|column| column.split_once('.').is_some_and(|(alias, _)| alias == later.name))
        });
        if let Some(later) = later {
            let reason = format!("it looks up by a column of `{}`; put that first", later.name);
            return Err(wrong(reason));
        }
        let scope = match (parsing.side, &mut parsing.scopes.line) {
            (Side::Line, Some(line)) => line,
            _ => &mut parsing.scopes.head,
        };
        scope.lookups.push(form.name.clone());
        all.push(Lookup {
            name: form.name.clone(),
            files: Files { patterns: form.files.texts(), sheet: form.sheet.clone() },
            format,
            scope: own.head,
            key,
            on,
            strict: form.missing == MissingForm::Reject,
            optional: form.optional,
            lenient: form.lenient,
        });
    }
    Ok(all)
}
