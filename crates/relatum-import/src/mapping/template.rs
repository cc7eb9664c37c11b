//! Texts with columns in braces: `INV-{Number}`.

use std::borrow::Cow;

use super::scope::{Scopes, Side, Slot};
use crate::convert::Context;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Column(Slot),
}

/// A text in which `{Column}` stands for that column's value; `{{` and `}}` are braces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template {
    parts: Vec<Part>,
    /// The columns, as a reject names them.
    pub(crate) columns: Vec<String>,
}

impl Template {
    pub(crate) fn parse(
        text: &str,
        side: Side,
        scopes: &mut Scopes,
        user: &str,
    ) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut columns = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            let (before, after) = rest.split_at(at);
            plain.push_str(before);
            if let Some(after) = after.strip_prefix("{{") {
                plain.push('{');
                rest = after;
            } else if let Some(after) = after.strip_prefix("}}") {
                plain.push('}');
                rest = after;
            } else if let Some((name, after)) =
                after.strip_prefix('{').and_then(|after| after.split_once('}'))
            {
                let name = name.trim();
                if name.is_empty() {
                    return Err(format!("`{text}` has empty braces; write {{Column}}"));
                }
                if !plain.is_empty() {
                    parts.push(Part::Text(std::mem::take(&mut plain)));
                }
                parts.push(Part::Column(scopes.slot(side, name, user)));
                columns.push(name.to_owned());
                rest = after;
            } else {
                return Err(format!("`{text}` has a single brace; write {{Column}}, or {{{{"));
            }
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            parts.push(Part::Text(plain));
        }
        Ok(Self { parts, columns })
    }

    /// Whether it names no column.
    pub(crate) const fn is_constant(&self) -> bool {
        self.columns.is_empty()
    }

    /// Whether it is a single column whose cell is in plain notation.
    pub(crate) fn is_plain(&self, context: &Context<'_>) -> bool {
        matches!(self.parts.as_slice(), [Part::Column(slot)] if context.is_plain(*slot))
    }

    /// The text; empty if it names columns and all of them are.
    pub(crate) fn render<'a>(&'a self, context: &Context<'a>) -> Cow<'a, str> {
        match self.parts.as_slice() {
            [] => Cow::Borrowed(""),
            [Part::Text(text)] => Cow::Borrowed(text),
            [Part::Column(slot)] => Cow::Borrowed(context.get(*slot)),
            parts => {
                let mut text = String::new();
                let mut empty = true;
                for part in parts {
                    match part {
                        Part::Text(plain) => text.push_str(plain),
                        Part::Column(slot) => {
                            let value = context.get(*slot);
                            empty &= value.is_empty();
                            text.push_str(value);
                        }
                    }
                }
                Cow::Owned(if empty { String::new() } else { text })
            }
        }
    }
}
