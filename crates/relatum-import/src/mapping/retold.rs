//! What a rule says of rows that come again otherwise.

use std::sync::Arc;

use relatum_domain::EventType;
use relatum_stream::StreamKind;
use serde_json::Value as Json;

use super::form::{RuleForm, TextsForm};
use super::path::Path;
use super::reading::Parsing;
use super::rule::Field;
use super::shape;
use crate::convert::{Context, Converter, Fault};
use crate::sink::Retold;

/// What becomes of the events of a rule where the source told something before.
#[derive(Debug, Clone)]
pub(crate) enum RuleRetold {
    /// The same for each event.
    Each(Retold),
    /// They are told anew, of the day that stands here, where they say otherwise.
    Since(Box<Converter>),
    /// They void what was told under their source ids, of these types.
    Voids(Vec<&'static str>),
}

/// The type of the events that void.
const VOIDED: &str = "event_voided";

impl RuleRetold {
    /// Reads `keeps`, `changes`, `ends`, `since` and `voids`, of which a rule has one; an error
    /// names the key.
    pub(crate) fn parse(
        form: &RuleForm,
        event: &'static EventType,
        parsing: &mut Parsing<'_>,
    ) -> Result<Self, (&'static str, String)> {
        let lists = [&form.keeps, &form.changes, &form.ends, &form.voids];
        let lists = lists.into_iter().filter(|it| it.is_some()).count();
        if lists + usize::from(form.once) + usize::from(form.since.is_some()) > 1 {
            let reason = "say one of `once`, `keeps`, `changes`, `ends`, `since` and `voids`";
            return Err(("keeps", reason.to_owned()));
        }
        if (event.name == VOIDED) != form.voids.is_some() {
            let reason =
                format!("a rule of type `{VOIDED}` says what it `voids`, and no other does");
            return Err(("voids", reason));
        }
        if let Some(fields) = &form.keeps {
            let (schema, fields) = (event.json_schema(), fields.texts());
            return match fields
                .iter()
                .find(|field| !field.starts_with("metadata.") && !shape::has_field(&schema, field))
            {
                Some(field) => Err(("keeps", format!("`{}` has no field `{field}`", event.name))),
                None => Ok(Self::Each(Retold::Keeps(Arc::from(fields)))),
            };
        }
        let types = |key, texts: &TextsForm| types(texts).map_err(|why| (key, why));
        if let Some(texts) = &form.changes {
            return Ok(Self::Each(Retold::Changes(Arc::from(types("changes", texts)?))));
        }
        if let Some(texts) = &form.ends {
            return Ok(Self::Each(Retold::Ends(Arc::from(types("ends", texts)?))));
        }
        if let Some(day) = &form.since {
            let day = Converter::parse_day(day.clone(), parsing).map_err(|why| ("since", why))?;
            if !matches!(day, Converter::Day { .. } | Converter::DayOf(_)) {
                return Err(("since", "write { day_of = \"{Column}\" }".to_owned()));
            }
            return Ok(Self::Since(Box::new(day)));
        }
        match &form.voids {
            Some(texts) => Ok(Self::Voids(types("voids", texts)?)),
            None => Ok(Self::Each(Retold::Amends)),
        }
    }

    /// Whether its events tell something of what was told before, and nothing by themselves.
    pub(crate) const fn is_later(&self) -> bool {
        matches!(self, Self::Voids(_) | Self::Each(Retold::Changes(_) | Retold::Ends(_)))
    }

    /// For an event of the row at hand.
    pub(crate) fn of_row(&self, context: &Context<'_>) -> Result<Retold, Fault> {
        Ok(match self {
            Self::Each(retold) => retold.clone(),
            Self::Voids(_) => Retold::Amends,
            Self::Since(day) => match day.evaluate(context)?.map(|day| day.to_json()) {
                Some(Json::String(day)) => day.parse().map_or(Retold::Amends, Retold::Anew),
                _ => Retold::Amends,
            },
        })
    }

    /// The fields of the body with what only the book knows: which event is voided.
    pub(crate) fn fill(&self, mut body: Vec<Field>, kind: StreamKind) -> Vec<Field> {
        if matches!(self, Self::Voids(_))
            && let Ok(path) = Path::parse("event")
        {
            let unknown = format!("{kind}/00000000-0000-0000-0000-000000000000@1");
            let converter = Converter::Const(Json::String(unknown));
            body.push(Field { path, converter, required: None });
        }
        body
    }
}

/// Event types by their names.
fn types(texts: &TextsForm) -> Result<Vec<&'static str>, String> {
    let named = |name: String| match EventType::named(&name) {
        Some(event) => Ok(event.name),
        None => Err(format!("there is no event type `{name}`; `relatum schema` lists them")),
    };
    texts.texts().into_iter().map(named).collect()
}
