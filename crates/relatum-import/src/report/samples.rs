//! A few of the facts of each outcome, to look at before anything is recorded.

use relatum_domain::Source;
use relatum_stream::StreamId;
use serde::Serialize;
use serde_json::Value as Json;

/// One fact of the files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Sample {
    /// The file.
    pub file: String,
    /// The first line of its row.
    pub line: u64,
    /// The event type.
    pub event_type: &'static str,
    /// The stream that it belongs to.
    pub stream: StreamId,
    /// Its name at the source.
    pub source: Source,
    /// What it says otherwise than before, field by field.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldChange>,
}

/// A field that says something else than before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FieldChange {
    /// The field, such as `body.gross.minor`.
    pub field: String,
    /// What it said; none: nothing.
    pub old: Option<Json>,
    /// What it says now.
    pub new: Option<Json>,
}

/// The first facts of each outcome.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Samples {
    /// New ones.
    pub new: Vec<Sample>,
    /// Those that say something else than before.
    pub changed: Vec<Sample>,
    /// Those that the book holds already.
    pub identical: Vec<Sample>,
}

/// What stands for a guarded field: a preview is printed, and kept in files.
const GUARDED: &str = "(guarded)";

/// Compares what an event said with what it is to say. What names the event itself, what it amends
/// and what caused it are no content.
pub(crate) fn changes(old: &Json, new: &Json) -> Vec<FieldChange> {
    let mut found = Vec::new();
    compare("", Some(old), Some(new), &mut found);
    found.retain(|it| !matches!(it.field.as_str(), "source.id" | "amends" | "causation"));
    found
}

fn compare(field: &str, old: Option<&Json>, new: Option<&Json>, found: &mut Vec<FieldChange>) {
    if old == new {
        return;
    }
    let below = |name: &str| {
        if field.is_empty() { name.to_owned() } else { format!("{field}.{name}") }
    };
    match (old, new) {
        (Some(Json::Object(before)), Some(Json::Object(after)))
            if !is_guarded(old) && !is_guarded(new) =>
        {
            let gone = before.keys().filter(|name| !after.contains_key(*name));
            for name in after.keys().chain(gone) {
                compare(&below(name), before.get(name), after.get(name), found);
            }
        }
        (Some(Json::Array(before)), Some(Json::Array(after))) => {
            for at in 0..before.len().max(after.len()) {
                compare(&below(&at.to_string()), before.get(at), after.get(at), found);
            }
        }
        _ => {
            let shown = |it: Option<&Json>| match it {
                Some(_) if is_guarded(it) => Some(Json::from(GUARDED)),
                other => other.cloned(),
            };
            found.push(FieldChange { field: field.to_owned(), old: shown(old), new: shown(new) });
        }
    }
}

fn is_guarded(json: Option<&Json>) -> bool {
    let fields = json.and_then(Json::as_object).filter(|fields| fields.len() == 1);
    fields.is_some_and(|it| it.contains_key("clear") || it.contains_key("sealed"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn changes_are_told_field_by_field_and_guarded_ones_without_their_text() {
        let sealed = json!({ "sealed": { "nonce": "a", "text": "b" } });
        let old = json!({
            "source": { "system": "erp", "id": "1" },
            "body": { "gross": 100, "due": "2026-01-31", "lines": [1, 2], "name": sealed },
        });
        let clear = json!({ "clear": { "subject": "s", "text": "Ada" } });
        let new = json!({
            "source": { "system": "erp", "id": "1~3" }, "amends": "account/x@3",
            "body": { "gross": 120, "lines": [1], "name": clear, "number": "R" },
        });
        let told: Vec<String> = changes(&old, &new)
            .into_iter()
            .map(|it| {
                let show = |value: Option<Json>| value.map_or("-".into(), |it| it.to_string());
                format!("{} {} {}", it.field, show(it.old), show(it.new))
            })
            .collect();
        assert_eq!(
            told,
            [
                "body.gross 100 120",
                "body.lines.1 2 -",
                "body.name \"(guarded)\" \"(guarded)\"",
                "body.number - \"R\"",
                "body.due \"2026-01-31\" -",
            ]
        );
    }
}
