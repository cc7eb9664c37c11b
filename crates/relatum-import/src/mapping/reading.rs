//! A reading: which columns are read into one text, and how it is tidied.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::cleaning::{Cleaning, ValueMap};
use super::options::{Options, texts};
use super::scope::{Scopes, Side};
use super::settings::Settings;
use super::template::Template;
use crate::convert::Context;
use crate::file::Problem;

/// What a mapping is parsed with: the columns met so far, the named maps, and whose turn it is.
pub(crate) struct Parsing<'a> {
    pub(crate) scopes: &'a mut Scopes,
    pub(crate) maps: &'a BTreeMap<String, ValueMap>,
    pub(crate) side: Side,
    /// Rule and field, for messages about missing columns.
    pub(crate) user: String,
    /// The source system, under which ids are derived.
    pub(crate) system: &'a str,
    /// The table's currency.
    pub(crate) currency: Option<&'a Reading>,
    /// What whoever imports says.
    pub(crate) settings: &'a Settings,
}

/// A text read from columns.
#[derive(Debug, Clone)]
pub(crate) struct Reading {
    /// The first that is not empty counts.
    templates: Vec<Template>,
    /// What is taken off its end, where that stands in other columns.
    suffix: Option<Template>,
    cleaning: Cleaning,
    default: Option<String>,
    /// Whether it is replaced by its keyed digest.
    pub(crate) personal: bool,
}

/// What a reading gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Found<'a> {
    /// Nothing.
    Absent,
    /// A text that the mapping itself says, in plain notation.
    Said(Cow<'a, str>),
    /// A text as the file writes it.
    Read(Cow<'a, str>),
}

impl Found<'_> {
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Absent => "",
            Self::Said(text) | Self::Read(text) => text,
        }
    }
}

impl Reading {
    /// A reading of one template with nothing else said.
    pub(crate) fn plain(text: &str, parsing: &mut Parsing<'_>) -> Result<Self, String> {
        Self::of(vec![text.to_owned()], &mut Options::default(), parsing)
    }

    /// A reading of `templates`, with the options that it takes out of `options`.
    pub(crate) fn of(
        templates: Vec<String>,
        options: &mut Options,
        parsing: &mut Parsing<'_>,
    ) -> Result<Self, String> {
        let (side, user) = (parsing.side, parsing.user.clone());
        let parse = |text: &String| Template::parse(text, side, parsing.scopes, &user);
        let templates = templates.iter().map(parse).collect::<Result<_, _>>()?;
        let suffix = match options.text("strip_suffix")? {
            Some(text) if text.contains('{') => {
                Some(Template::parse(&text, side, parsing.scopes, &user)?)
            }
            Some(text) => {
                options.put("strip_suffix", text);
                None
            }
            None => None,
        };
        Ok(Self {
            templates,
            suffix,
            cleaning: Cleaning::take(options, parsing.maps)?,
            default: default(options, parsing)?,
            personal: options.flag("personal")?,
        })
    }

    /// A text, a list of texts, or a table with them under `key` and options beside.
    pub(crate) fn parse(
        key: &str,
        value: toml::Value,
        parsing: &mut Parsing<'_>,
    ) -> Result<Self, String> {
        let toml::Value::Table(table) = value else {
            return Self::of(texts(key, value)?, &mut Options::default(), parsing);
        };
        let mut options = Options::new(table);
        let Some(value) = options.any(key) else {
            return Err(format!("write a text, or {{ {key} = \"{{Column}}\", … }}"));
        };
        let reading = Self::of(texts(key, value)?, &mut options, parsing)?;
        options.finish()?;
        Ok(reading)
    }

    /// The same with `text` where it is empty and says nothing of that itself.
    pub(crate) fn or(mut self, text: Option<&String>) -> Self {
        self.default = self.default.or_else(|| text.cloned());
        self
    }

    /// Whether it always says the same.
    pub(crate) fn is_constant(&self) -> bool {
        !self.personal && self.templates.iter().all(Template::is_constant)
    }

    /// The columns it reads, for a message.
    pub(crate) fn columns(&self) -> String {
        let columns = self.templates.iter().flat_map(|template| &template.columns);
        columns.map(String::as_str).collect::<Vec<_>>().join(", ")
    }

    /// A problem with `value`, as read from these columns.
    pub(crate) fn problem(&self, value: &str, reason: impl Into<String>) -> Problem {
        Problem { column: self.columns(), value: value.to_owned(), reason: reason.into() }
    }

    pub(crate) fn read<'a>(&'a self, context: &Context<'a>) -> Result<Found<'a>, Problem> {
        let found = self.read_clear(context)?;
        Ok(match found {
            Found::Read(text) | Found::Said(text) if self.personal => {
                Found::Said(Cow::Owned((context.digest)(&text)))
            }
            found => found,
        })
    }

    /// `text` without what other columns say stands at its end.
    fn shortened<'a>(&'a self, text: Cow<'a, str>, context: &Context<'a>) -> Cow<'a, str> {
        let Some(suffix) = self.suffix.as_ref().map(|suffix| suffix.render(context)) else {
            return text;
        };
        match text.strip_suffix(suffix.as_ref()) {
            Some(rest) if !suffix.is_empty() => Cow::Owned(rest.to_owned()),
            _ => text,
        }
    }

    fn read_clear<'a>(&'a self, context: &Context<'a>) -> Result<Found<'a>, Problem> {
        for template in &self.templates {
            let text = template.render(context);
            if text.is_empty() {
                continue;
            }
            if template.is_constant() {
                return Ok(Found::Said(text));
            }
            let plain = template.is_plain(context);
            let text = self.shortened(text, context);
            let cleaned = match self.cleaning.apply(text.clone()) {
                Ok(cleaned) => cleaned,
                Err(reason) => return Err(self.problem(&text, reason)),
            };
            if !cleaned.is_empty() {
                return Ok(if plain { Found::Said(cleaned) } else { Found::Read(cleaned) });
            }
        }
        Ok(match &self.default {
            Some(text) => Found::Said(Cow::Borrowed(text)),
            None => Found::Absent,
        })
    }
}

/// What stands in for an empty text; `today` is the day of the import.
fn default(options: &mut Options, parsing: &Parsing<'_>) -> Result<Option<String>, String> {
    Ok(match options.text("default")? {
        Some(text) if text == "today" => parsing.settings.today.map(|day| day.to_string()),
        text => text,
    })
}
