//! Converters as the mapping writes them.

use relatum_domain::ID_KINDS;
use serde_json::Value as Json;

use super::context::Context;
use super::converter::{AmountKind, AmountOf, Converter};
use crate::file::{Format, Record};
use crate::mapping::{Options, Parsing, Reading, Side, texts};

const KEYS: &[&str] = &[
    "const", "text", "day", "day_of", "instant", "money", "value", "quantity", "rate", "integer",
    "bool", "id", "personal", "secret", "sum",
];

/// What is wrong with an amount of no currency.
const NO_CURRENCY: &str = "no currency; write currency = \"EUR\" here or for the table, or \
                           currency = \"{Column}\"";

impl Converter {
    /// Parses what stands on the right side of a rule.
    ///
    /// A text is a template; other scalars and arrays are constants; a table is one converter
    /// with its options.
    pub(crate) fn parse(value: toml::Value, parsing: &mut Parsing<'_>) -> Result<Self, String> {
        let converter = match value {
            toml::Value::String(text) => Self::Text(Reading::plain(&text, parsing)?),
            toml::Value::Table(table) => Self::of_table(table, parsing)?,
            other => Self::Const(json(other)?),
        };
        converter.folded()
    }

    /// As [`parse`](Self::parse), where a bare text is a day.
    pub(crate) fn parse_day(value: toml::Value, parsing: &mut Parsing<'_>) -> Result<Self, String> {
        let converter = match value {
            toml::Value::String(text) => {
                Self::Day { of: Reading::plain(&text, parsing)?, plus_days: None }.folded()?
            }
            toml::Value::Datetime(day) => {
                let of = Reading::plain(&day.to_string(), parsing)?;
                Self::Day { of, plus_days: None }.folded()?
            }
            other => Self::parse(other, parsing)?,
        };
        Ok(converter)
    }

    /// A constant is converted once, here, and found wrong before any row is read.
    fn folded(self) -> Result<Self, String> {
        if !self.is_constant() {
            return Ok(self);
        }
        let (record, format) = (Record::default(), Format::default());
        let context = Context {
            head: &record,
            line: &record,
            lines: &[],
            format: &format,
            line_format: &format,
            digest: &|text| text.to_owned(),
            column: None,
            stream: None,
        };
        match self.evaluate(&context) {
            Ok(Some(node)) => Ok(Self::Const(node.to_json())),
            Ok(None) => Err("the constant is empty".to_owned()),
            Err(fault) => Err(format!(
                "the constant `{}` is {}; if a column is meant, write {{Column}} in braces",
                fault.problem.value, fault.problem.reason
            )),
        }
    }

    fn of_table(table: toml::Table, parsing: &mut Parsing<'_>) -> Result<Self, String> {
        let mut options = Options::new(table);
        // `personal = true` is an option of other converters.
        let personal_is_option = options.is_flag("personal");
        let is_key = |key: &&&str| options.has(key) && !(**key == "personal" && personal_is_option);
        let keys: Vec<&str> = KEYS.iter().filter(is_key).copied().collect();
        let [key] = keys.as_slice() else {
            let found = if keys.is_empty() { "none".to_owned() } else { keys.join(", ") };
            return Err(format!(
                "write one converter of {}; here: {found}. Fields within fields are written as \
                 \"outer.inner\"",
                KEYS.join(", ")
            ));
        };
        let value = options.any(key).unwrap_or(toml::Value::Boolean(false));
        let converter = Self::of_key(key, value, &mut options, parsing)?;
        options.finish().map_err(|reason| format!("{key}: {reason}"))?;
        Ok(converter)
    }

    fn of_key(
        key: &str,
        value: toml::Value,
        options: &mut Options,
        parsing: &mut Parsing<'_>,
    ) -> Result<Self, String> {
        match key {
            "const" => return Ok(Self::Const(json(value)?)),
            "secret" => return Ok(Self::Secret(Box::new(Self::parse(value, parsing)?))),
            "sum" => return sum(value, parsing),
            _ => {}
        }
        let currency = options.text("currency")?;
        let times = options.any("times");
        let of = Reading::of(texts(key, value)?, options, parsing)?;
        Ok(match key {
            "text" => Self::Text(of),
            "day" => {
                let plus_days = reading(options.any("plus_days"), "plus_days", parsing)?;
                Self::Day { of, plus_days }
            }
            "day_of" => Self::DayOf(of),
            "instant" => Self::Instant(of),
            "money" | "value" => {
                let kind = if key == "money" { AmountKind::Money } else { AmountKind::Value };
                let round = rounds(kind, options)?;
                let currency = match (currency, parsing.currency) {
                    (Some(text), _) => {
                        Reading::plain(&text, parsing)?.or(parsing.settings.currency.as_ref())
                    }
                    (None, Some(currency)) => currency.clone(),
                    (None, None) => {
                        return Err(NO_CURRENCY.to_owned());
                    }
                };
                let times = reading(times, "times", parsing)?;
                let negate = options.flag("negate")?;
                let amount = AmountOf { kind, of, currency, times, negate, round };
                return Ok(Self::Amount(Box::new(amount)));
            }
            "quantity" => Self::Quantity { of, negate: options.flag("negate")? },
            "rate" => Self::Rate { of, percent: options.flag("percent")? },
            "integer" => {
                let divide_by = divisor(options)?;
                Self::Integer { of, negate: options.flag("negate")?, divide_by }
            }
            "bool" => Self::Bool {
                of,
                yes: options.texts("true")?.unwrap_or_else(|| words(&["true", "yes", "y", "1"])),
                no: options.texts("false")?.unwrap_or_else(|| words(&["false", "no", "n", "0"])),
            },
            "id" => {
                let kind = options.text("of")?.unwrap_or_default();
                if !ID_KINDS.contains(&kind.as_str()) {
                    let kinds = ID_KINDS.join(", ");
                    return Err(format!("id: of = `{kind}`; write what it is an id of: {kinds}"));
                }
                let system = options.text("system")?.unwrap_or_else(|| parsing.system.to_owned());
                Self::Id { of, kind, system }
            }
            _ => {
                let subject = options.any("subject");
                let subject = subject.map(|value| Self::parse(value, parsing)).transpose()?;
                Self::Personal { of, subject: subject.map(Box::new) }
            }
        })
    }
}

fn divisor(options: &mut Options) -> Result<i64, String> {
    match options.any("divide_by") {
        None => Ok(1),
        Some(toml::Value::Integer(number)) if number > 0 => Ok(number),
        Some(_) => Err("divide_by: write a whole number above 0".to_owned()),
    }
}

/// The rounding, where there is one.
fn rounds(kind: AmountKind, options: &mut Options) -> Result<bool, String> {
    match options.text("round")?.as_deref() {
        None => Ok(false),
        Some("half_up") if kind == AmountKind::Money => Ok(true),
        Some(_) => Err("round: write half_up, and only for money".to_owned()),
    }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn reading(
    value: Option<toml::Value>,
    key: &str,
    parsing: &mut Parsing<'_>,
) -> Result<Option<Reading>, String> {
    let value = match value {
        None => return Ok(None),
        Some(toml::Value::Integer(number)) => toml::Value::String(number.to_string()),
        Some(value) => value,
    };
    Reading::parse(key, value, parsing).map(Some)
}

fn sum(value: toml::Value, parsing: &mut Parsing<'_>) -> Result<Converter, String> {
    if !parsing.scopes.has_lines {
        return Err("sum: the table has no lines; give it a `group` or `lines`".to_owned());
    }
    let side = std::mem::replace(&mut parsing.side, Side::Line);
    let inner = Converter::parse(value, parsing);
    parsing.side = side;
    match inner? {
        inner @ (Converter::Amount(_) | Converter::Quantity { .. }) => {
            Ok(Converter::Sum(Box::new(inner)))
        }
        _ => Err("sum: write money, value or quantity of a line".to_owned()),
    }
}

/// TOML as JSON; floats are refused, days are texts.
fn json(value: toml::Value) -> Result<Json, String> {
    Ok(match value {
        toml::Value::String(text) => Json::String(text),
        toml::Value::Integer(number) => Json::from(number),
        toml::Value::Boolean(flag) => Json::Bool(flag),
        toml::Value::Datetime(day) => Json::String(day.to_string()),
        toml::Value::Float(number) => {
            return Err(format!("{number}: write numbers with decimals as texts, \"0.5\""));
        }
        toml::Value::Array(values) => {
            Json::Array(values.into_iter().map(json).collect::<Result<_, _>>()?)
        }
        toml::Value::Table(table) => {
            let entry = |(key, value)| json(value).map(|value| (key, value));
            Json::Object(table.into_iter().map(entry).collect::<Result<_, _>>()?)
        }
    })
}
