//! What is done to a text before it is converted: stripping, case, translation.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::options::Options;

/// A translation of values, by a table of the mapping or by a file beside it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Values {
    pub(crate) values: BTreeMap<String, String>,
    /// Whether it was given from outside: what it does not know is wrong then, unless the mapping
    /// says otherwise.
    pub(crate) closed: bool,
}

/// A translation of values in several places.
pub(crate) type ValueMap = Arc<Values>;

/// The entry for all values that have none; `*` on its other side keeps them.
const OTHERS: &str = "*";

#[derive(Debug, Clone, Copy)]
enum Case {
    Lower,
    Upper,
}

/// What becomes of a value that the map does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unmapped {
    Keep,
    Reject,
    Empty,
}

/// Tidies texts. Empty texts stay empty.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cleaning {
    strip_prefix: Option<String>,
    strip_suffix: Option<String>,
    case: Option<Case>,
    /// The sign between several texts, and which of them counts, from 1.
    part: Option<(String, usize)>,
    map: Option<ValueMap>,
    unmapped: Option<Unmapped>,
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
        let unmapped = match options.text("unmapped")?.as_deref() {
            None => None,
            Some("keep") => Some(Unmapped::Keep),
            Some("reject") => Some(Unmapped::Reject),
            Some("empty") => Some(Unmapped::Empty),
            Some(other) => {
                return Err(format!("unmapped `{other}`: write keep, reject or empty"));
            }
        };
        let map = value_map(options.any("map"), maps)?;
        if unmapped.is_some() && map.is_none() {
            return Err("`unmapped` says what happens beside a `map`; there is none".to_owned());
        }
        Ok(Self {
            strip_prefix: options.text("strip_prefix")?,
            strip_suffix: options.text("strip_suffix")?,
            case,
            part: part(options)?,
            map,
            unmapped,
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
        if let Some((sign, part)) = &self.part {
            let found = text.split(sign.as_str()).map(str::trim).filter(|part| !part.is_empty());
            text = Cow::Owned(found.skip(part - 1).take(1).collect());
        }
        let Some(map) = self.map.as_ref().filter(|_| !text.is_empty()) else { return Ok(text) };
        match map.values.get(text.as_ref()) {
            Some(mapped) => Ok(Cow::Owned(mapped.clone())),
            None => self.others(text, map),
        }
    }

    /// What becomes of a `text` that `map` does not know.
    fn others<'a>(&self, text: Cow<'a, str>, map: &Values) -> Result<Cow<'a, str>, String> {
        if let Some(others) = map.values.get(OTHERS) {
            return Ok(if others == OTHERS { text } else { Cow::Owned(others.clone()) });
        }
        let usual = if map.closed { Unmapped::Reject } else { Unmapped::Keep };
        match self.unmapped.unwrap_or(usual) {
            Unmapped::Keep => Ok(text),
            Unmapped::Empty => Ok(Cow::Borrowed("")),
            Unmapped::Reject => {
                let mut known: Vec<&str> =
                    map.values.keys().take(SHOWN).map(String::as_str).collect();
                if map.values.len() > SHOWN {
                    known.push("…");
                }
                Err(format!("the mapping knows only: {}", known.join(", ")))
            }
        }
    }
}

/// Values named in a message.
const SHOWN: usize = 40;

/// `split` and `part`.
fn part(options: &mut Options) -> Result<Option<(String, usize)>, String> {
    let sign = options.text("split")?;
    let part = match options.any("part") {
        None => 1,
        Some(toml::Value::Integer(part)) => match usize::try_from(part) {
            Ok(part) if part > 0 => part,
            _ => return Err("part: the first is 1".to_owned()),
        },
        Some(_) => return Err("part: write a whole number".to_owned()),
    };
    match sign {
        None if part > 1 => Err("`part` needs a `split`, the sign between the parts".to_owned()),
        Some(sign) if sign.is_empty() => Err("split: write the sign between the parts".to_owned()),
        sign => Ok(sign.map(|sign| (sign, part))),
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
            Ok(Some(Arc::new(Values { values: map, closed: false })))
        }
        Some(_) => Err("map: write { \"old\" = \"new\" } or the name of a map".to_owned()),
    }
}
