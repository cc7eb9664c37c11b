//! A rule: how a row becomes one event.

use std::collections::BTreeMap;

use relatum_domain::{EventType, VOCABULARY};

use super::condition::When;
use super::form::{RuleForm, TableForm};
use super::path::Path;
use super::reading::{Parsing, Reading};
use super::retold::RuleRetold;
use super::scope::Side;
use super::shape;
use super::stream::{ActorRule, StreamRule};
use crate::convert::{Converter, Kind};
use crate::error::MappingError;
use crate::file::ColumnForm;

/// One field of an event body.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    pub(crate) path: Path,
    pub(crate) converter: Converter,
    /// The length of the part of its path that must be filled for it to be needed.
    pub(crate) required: Option<usize>,
}

/// An array that gets an element from each line.
#[derive(Debug, Clone)]
pub(crate) struct Each {
    pub(crate) path: Path,
    pub(crate) fields: Vec<Field>,
}

/// How a row becomes one event.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    pub(crate) name: String,
    /// The source system.
    pub(crate) system: String,
    pub(crate) event: &'static EventType,
    pub(crate) once: bool,
    /// What becomes of an event where something was told under its name before.
    pub(crate) retold: RuleRetold,
    /// Whether it is for rows of what is no longer there.
    pub(crate) gone: bool,
    /// Whether it is for each column of a form rather than for the row: which form.
    pub(crate) columns: Option<usize>,
    /// The key of the metadata that keeps the columns that nobody names.
    pub(crate) rest: Option<String>,
    pub(crate) when: When,
    pub(crate) stream: StreamRule,
    /// None: the key of the stream.
    pub(crate) id: Option<Reading>,
    pub(crate) effective: Converter,
    pub(crate) at: Option<Converter>,
    pub(crate) actor: ActorRule,
    pub(crate) metadata: Vec<(String, Converter)>,
    pub(crate) body: Vec<Field>,
    pub(crate) each: Vec<Each>,
}

impl Rule {
    pub(crate) fn parse(
        form: &RuleForm,
        table: &TableForm,
        parsing: &mut Parsing<'_>,
    ) -> Result<Self, MappingError> {
        let name = form.name.clone().unwrap_or_else(|| form.event_type.clone());
        let wrong = |field: &str, reason: String| MappingError::Rule {
            table: table.name.clone(),
            rule: name.clone(),
            field: field.to_owned(),
            reason,
        };
        let event = EventType::named(&form.event_type).ok_or_else(|| {
            let known: Vec<&str> = VOCABULARY.iter().map(|entry| entry.name).collect();
            wrong("type", format!("there is no such event type; there are: {}", known.join(", ")))
        })?;
        let user = |field: &str| format!("for {field} of {name}");
        let columns = columns(form, parsing).map_err(|why| wrong("columns", why))?;
        parsing.scopes.head.rest |= form.rest.is_some();
        parsing.user = user("when");
        let when = When::parse(form.when.clone(), parsing).map_err(|why| wrong("when", why))?;
        parsing.user = user("stream");
        let stream = stream(form, table, event, parsing).map_err(|why| wrong("stream", why))?;
        parsing.user = user("id");
        let id = id(form, table, parsing).map_err(|why| wrong("id", why))?;
        parsing.user = user("effective");
        let effective = form.effective.clone().or_else(|| table.effective.clone());
        let effective =
            effective.ok_or_else(|| wrong("effective", "give the rule or table one".into()))?;
        let effective =
            Converter::parse_day(effective, parsing).map_err(|why| wrong("effective", why))?;
        parsing.user = user("at");
        let at = form.at.clone().or_else(|| table.at.clone());
        let at = at.map(|at| Converter::parse(at, parsing)).transpose();
        let at = at.map_err(|why| wrong("at", why))?;
        if at.as_ref().is_some_and(|at| at.kind() != Kind::Instant) {
            return Err(wrong("at", "write { instant = \"{Column}\" }".to_owned()));
        }
        parsing.user = user("actor");
        let actor = form.actor.clone().or_else(|| table.actor.clone());
        let actor = ActorRule::parse(actor, parsing).map_err(|why| wrong("actor", why))?;
        let metadata = metadata(form, &name, parsing).map_err(|(key, why)| wrong(&key, why))?;
        let body = fields(&form.body, &name, parsing).map_err(|(field, why)| wrong(&field, why))?;
        let each = each(&form.each, &name, parsing).map_err(|(field, why)| wrong(&field, why))?;
        parsing.user = user("since");
        let retold = RuleRetold::parse(form, event, parsing).map_err(|it| wrong(it.0, it.1))?;
        parsing.scopes.places = None;
        let body = retold.fill(body, stream.kind());
        let mut rule = Self {
            name: name.clone(),
            system: parsing.system.to_owned(),
            event,
            once: form.once,
            retold,
            gone: form.gone || form.voids.is_some(),
            columns,
            rest: form.rest.clone(),
            when,
            stream,
            id,
            effective,
            at,
            actor,
            metadata,
            body,
            each,
        };
        rule.fit().map_err(|misfit| wrong(&misfit.field, misfit.reason))?;
        Ok(rule)
    }

    /// Compares the fields with the shape of the event type.
    fn fit(&mut self) -> Result<(), shape::Misfit> {
        let of_lines: Vec<Path> = self
            .each
            .iter()
            .flat_map(|each| each.fields.iter().map(|field| each.path.element(&field.path)))
            .collect();
        let line_fields = self.each.iter().flat_map(|each| &each.fields);
        let fields: Vec<(&Path, Kind)> = self
            .body
            .iter()
            .map(|field| (&field.path, field.converter.kind()))
            .chain(of_lines.iter().zip(line_fields.map(|field| field.converter.kind())))
            .collect();
        let required = shape::check(&self.event.json_schema(), &fields)?;
        let mut required = required.into_iter();
        for (field, required) in self.body.iter_mut().zip(&mut required) {
            field.required = required;
        }
        for each in &mut self.each {
            // Within an element, the path begins anew.
            let above = each.path.len() + 1;
            for (field, required) in each.fields.iter_mut().zip(&mut required) {
                field.required = required.map(|length| length.saturating_sub(above));
            }
        }
        Ok(())
    }
}

/// The form of the columns that the rule is for, added to those of the table.
fn columns(form: &RuleForm, parsing: &mut Parsing<'_>) -> Result<Option<usize>, String> {
    let Some(texts) = &form.columns else { return Ok(None) };
    if parsing.scopes.has_lines {
        return Err("a table with lines has no rule for columns".to_owned());
    }
    let columns = ColumnForm::parse(&texts.texts())?;
    parsing.scopes.places = Some(columns.places.clone());
    parsing.scopes.head.forms.push(columns);
    Ok(Some(parsing.scopes.head.forms.len() - 1))
}

/// What is kept beside the body, by its keys.
fn metadata(
    form: &RuleForm,
    rule: &str,
    parsing: &mut Parsing<'_>,
) -> Result<Vec<(String, Converter)>, (String, String)> {
    let mut metadata = Vec::new();
    for (key, value) in form.metadata.clone() {
        parsing.user = format!("for {key} of {rule}");
        let converter = Converter::parse(value, parsing).map_err(|why| (key.clone(), why))?;
        metadata.push((key, converter));
    }
    Ok(metadata)
}

fn fields(
    table: &toml::Table,
    rule: &str,
    parsing: &mut Parsing<'_>,
) -> Result<Vec<Field>, (String, String)> {
    let mut fields = Vec::new();
    for (key, value) in table {
        parsing.user = format!("for {key} of {rule}");
        let path = Path::parse(key).map_err(|reason| (key.clone(), reason))?;
        let converter = Converter::parse(value.clone(), parsing);
        let converter = converter.map_err(|reason| (key.clone(), reason))?;
        fields.push(Field { path, converter, required: None });
    }
    Ok(fields)
}

fn each(
    tables: &BTreeMap<String, toml::Table>,
    rule: &str,
    parsing: &mut Parsing<'_>,
) -> Result<Vec<Each>, (String, String)> {
    let mut all = Vec::new();
    for (key, table) in tables {
        if !parsing.scopes.has_lines {
            let reason = "the table has no lines; give it a `group` or `lines`";
            return Err((key.clone(), reason.to_owned()));
        }
        let path = Path::parse(key).map_err(|reason| (key.clone(), reason))?;
        parsing.side = Side::Line;
        let fields = fields(table, rule, parsing);
        parsing.side = Side::Head;
        all.push(Each { path, fields: fields? });
    }
    Ok(all)
}

/// The stream of the rule, or of its table.
fn stream(
    form: &RuleForm,
    table: &TableForm,
    event: &EventType,
    parsing: &mut Parsing<'_>,
) -> Result<StreamRule, String> {
    let stream = form.stream.clone().or_else(|| table.stream.clone());
    let stream = StreamRule::parse(stream.ok_or("give the rule or table one")?, parsing)?;
    if !event.streams.contains(&stream.kind()) {
        let kinds: Vec<&str> = event.streams.iter().map(|kind| kind.as_str()).collect();
        return Err(format!("{} goes into a stream of: {}", event.name, kinds.join(", ")));
    }
    Ok(stream)
}

/// The id of the rule, or of its table; none for what is said once for each stream.
fn id(
    form: &RuleForm,
    table: &TableForm,
    parsing: &mut Parsing<'_>,
) -> Result<Option<Reading>, String> {
    let id = match (&form.id, form.once) {
        (Some(id), _) => id,
        (None, true) => return Ok(None),
        (None, false) => table.id.as_ref().ok_or(
            "give the rule or table one, such as \"{Number}\": by it, a second import knows \
             what it has already",
        )?,
    };
    let id = Reading::parse("text", id.clone(), parsing)?;
    if !form.once && id.is_constant() {
        return Err("it is the same for every row; write {Column}".to_owned());
    }
    Ok(Some(id))
}
