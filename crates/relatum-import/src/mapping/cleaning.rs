//! What is done to a text before it is converted: stripping, case, translation.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::options::Options;

/// A translation of values, by the mapping's own table.
pub(crate) type ValueMap = Arc<BTreeMap<String, String>>;

#[derive(Debug, Clone, Copy)]
enum Case {
    Lower,
    Upper,
}

/// Tidies texts. Empty texts stay empty.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cleaning {
    strip_prefix: Option<String>,
    strip_suffix: Option<String>,
    case: Option<Case>,
    map: Option<ValueMap>,
    /// Whether a value that `map` does not know is wrong.
    strict: bool,
}

impl Cleaning {
    /// Takes what it knows out of `options`.
    pub(crate) fn take(
        options: &mut Options,
        maps: &BTreeMap<String, ValueMap>,
    ) -> Result<Self, String> {
        let case = match options.text("case")?.as_deref() {
            None => None,
            Some("lower") => Some(Case::Lower),
            Some("upper") => Some(Case::Upper),
            Some(other) => return Err(format!("case `{other}`: write lower or upper")),
        };
        let strict = match options.text("unmapped")?.as_deref() {
            None | Some("keep") => false,
            Some("reject") => true,
            Some(other) => return Err(format!("unmapped `{other}`: write keep or reject")),
        };
        let map = value_map(options.any("map"), maps)?;
        if strict && map.is_none() {
            return Err("`unmapped` says what happens beside a `map`; there is none".to_owned());
        }
        Ok(Self {
            strip_prefix: options.text("strip_prefix")?,
            strip_suffix: options.text("strip_suffix")?,
            case,
            map,
            strict,
        })
    }

    /// The tidied text, or what is wrong with it.
    pub(crate) fn apply<'a>(&self, text: Cow<'a, str>) -> Result<Cow<'a, str>, String> {
        if text.is_empty() {
            return Ok(text);
        }
        let mut text = text;
        if let Some(prefix) = &self.strip_prefix {
            text = narrowed(text, |text| text.strip_prefix(prefix.as_str()));
        }
        if let Some(suffix) = &self.strip_suffix {
            text = narrowed(text, |text| text.strip_suffix(suffix.as_str()));
        }
        text = match self.case {
            None => text,
            Some(Case::Lower) => Cow::Owned(text.to_lowercase()),
            Some(Case::Upper) => Cow::Owned(text.to_uppercase()),
        };
        let Some(map) = &self.map else { return Ok(text) };
        match map.get(text.as_ref()) {
            Some(mapped) => Ok(Cow::Owned(mapped.clone())),
            None if self.strict && !text.is_empty() => {
                let known: Vec<&str> = map.keys().map(String::as_str).collect();
                Err(format!("the mapping knows only: {}", known.join(", ")))
            }
            None => Ok(text),
        }
    }
}

fn narrowed<'a>(text: Cow<'a, str>, cut: impl Fn(&str) -> Option<&str>) -> Cow<'a, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(cut(text).unwrap_or(text)),
        Cow::Owned(text) => Cow::Owned(cut(&text).map(str::to_owned).unwrap_or(text)),
    }
}

/// A map as it stands, or the name of one under `[maps]`.
fn value_map(
    value: Option<toml::Value>,
    maps: &BTreeMap<String, ValueMap>,
) -> Result<Option<ValueMap>, String> {
    match value {
        None => Ok(None),
        Some(toml::Value::String(name)) => match maps.get(&name) {
            Some(map) => Ok(Some(Arc::clone(map))),
            None => Err(format!("there is no `[maps.{name}]`")),
        },
        Some(toml::Value::Table(table)) => {
            let mut map = BTreeMap::new();
            for (from, to) in table {
                let toml::Value::String(to) = to else {
                    return Err(format!("map `{from}`: write the new value as a text"));
                };
                map.insert(from, to);
            }
            Ok(Some(Arc::new(map)))
        }
        Some(_) => Err("map: write { \"old\" = \"new\" } or the name of a map".to_owned()),
    }
}
