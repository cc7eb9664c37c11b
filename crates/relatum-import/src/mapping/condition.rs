//! Conditions on columns: which rows a table or a rule is for.

use std::cmp::Ordering;

use chrono::NaiveDate;
use relatum_domain::Rate;

use super::options::{Options, texts};
use super::reading::{Found, Parsing, Reading};
use crate::convert::{Context, day_of, plain_day, plain_number};
use crate::file::Problem;

#[derive(Debug, Clone)]
enum Test {
    In(Vec<String>, bool),
    Empty(bool),
    StartsWith(Vec<String>, bool),
    EndsWith(Vec<String>),
    Contains(Vec<String>),
    Compared(Ordering, Rate),
    /// The day of it, before or after another; none: the day of the import, which nobody said.
    Dated(Ordering, Option<NaiveDate>),
}

/// `when`: alternatives, of each of which all tests must hold. Nothing said holds always.
#[derive(Debug, Clone, Default)]
pub(crate) struct When(Vec<Vec<(Reading, Test)>>);

impl When {
    pub(crate) fn parse(
        value: Option<toml::Value>,
        parsing: &mut Parsing<'_>,
    ) -> Result<Self, String> {
        let alternatives = match value {
            None => return Ok(Self::default()),
            Some(toml::Value::Array(values)) => values,
            Some(value) => vec![value],
        };
        let mut all = Vec::new();
        for alternative in alternatives {
            let toml::Value::Table(table) = alternative else {
                return Err("write { Column = \"value\" }, or a list of such".to_owned());
            };
            let mut tests = Vec::new();
            for (column, value) in table {
                // Keys are columns; braces are needed only for several of them.
                let text = if column.contains('{') { column } else { format!("{{{column}}}") };
                let (mut tidying, value) = tidied(value);
                let reading = Reading::of(vec![text], &mut tidying, parsing)?;
                for test in tests_of(value, parsing.settings.today)? {
                    tests.push((reading.clone(), test));
                }
            }
            all.push(tests);
        }
        Ok(Self(all))
    }

    pub(crate) fn holds(&self, context: &Context<'_>) -> Result<bool, Problem> {
        if self.0.is_empty() {
            return Ok(true);
        }
        for alternative in &self.0 {
            let mut all = true;
            for (reading, test) in alternative {
                let found = reading.read(context)?;
                if !test.holds(&found, reading, context)? {
                    all = false;
                    break;
                }
            }
            if all {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl Test {
    fn holds(
        &self,
        found: &Found<'_>,
        reading: &Reading,
        context: &Context<'_>,
    ) -> Result<bool, Problem> {
        let text = found.text();
        Ok(match self {
            Self::In(list, wanted) => list.iter().any(|item| item == text) == *wanted,
            Self::Empty(wanted) => text.is_empty() == *wanted,
            Self::StartsWith(list, wanted) => {
                list.iter().any(|item| text.starts_with(item.as_str())) == *wanted
            }
            Self::EndsWith(list) => list.iter().any(|item| text.ends_with(item.as_str())),
            Self::Contains(list) => list.iter().any(|item| text.contains(item.as_str())),
            Self::Compared(wanted, bound) => {
                if text.is_empty() {
                    return Ok(false);
                }
                let plain = match found {
                    Found::Said(_) => Ok(std::borrow::Cow::Borrowed(text)),
                    _ => plain_number(text, context.format),
                };
                let number = plain
                    .and_then(|number| number.parse::<Rate>().map_err(|error| error.to_string()))
                    .map_err(|reason| reading.problem(text, reason))?;
                number.cmp(bound) == *wanted
            }
            Self::Dated(wanted, bound) => {
                let Some(bound) = bound.filter(|_| !text.is_empty()) else { return Ok(false) };
                let day = day_of(found, context.format);
                let day = day.map_err(|reason| reading.problem(text, reason))?;
                day.cmp(&bound) == *wanted
            }
        })
    }
}

/// What tidies the value before it is tested, apart from the tests. A `map` makes empty what it
/// does not know, unless it says otherwise.
fn tidied(value: toml::Value) -> (Options, toml::Value) {
    let toml::Value::Table(table) = value else { return (Options::default(), value) };
    let keys = ["strip_prefix", "strip_suffix", "case", "split", "part", "map", "unmapped"];
    let (mut tidying, tests): (toml::Table, toml::Table) =
        table.into_iter().partition(|(key, _)| keys.contains(&key.as_str()));
    if tidying.contains_key("map") {
        tidying.entry("unmapped").or_insert_with(|| "empty".into());
    }
    (Options::new(tidying), toml::Value::Table(tests))
}

fn tests_of(value: toml::Value, today: Option<NaiveDate>) -> Result<Vec<Test>, String> {
    let toml::Value::Table(table) = value else {
        return Ok(vec![Test::In(texts("when", value)?, true)]);
    };
    let mut options = Options::new(table);
    let mut tests = Vec::new();
    for key in ["is", "in"] {
        tests.extend(options.texts(key)?.map(|list| Test::In(list, true)));
    }
    for key in ["not", "not_in"] {
        tests.extend(options.texts(key)?.map(|list| Test::In(list, false)));
    }
    tests.extend(options.texts("starts_with")?.map(|list| Test::StartsWith(list, true)));
    tests.extend(options.texts("not_starts_with")?.map(|list| Test::StartsWith(list, false)));
    tests.extend(options.texts("ends_with")?.map(Test::EndsWith));
    tests.extend(options.texts("contains")?.map(Test::Contains));
    if options.has("empty") {
        tests.push(Test::Empty(options.flag("empty")?));
    }
    for (key, ordering) in [("before", Ordering::Less), ("after", Ordering::Greater)] {
        if let Some(text) = options.text(key)? {
            let day = if text == "today" { today } else { Some(plain_day(&text)?) };
            tests.push(Test::Dated(ordering, day));
        }
    }
    for (key, ordering) in [("above", Ordering::Greater), ("below", Ordering::Less)] {
        if let Some(value) = options.any(key) {
            let text = match value {
                toml::Value::String(text) => text,
                toml::Value::Integer(number) => number.to_string(),
                _ => return Err(format!("{key}: write a whole number or a text like \"0.5\"")),
            };
            let bound = text.parse().map_err(|error| format!("{key}: {error}"))?;
            tests.push(Test::Compared(ordering, bound));
        }
    }
    options.finish()?;
    if tests.is_empty() {
        return Err("a condition says nothing; write { is = \"…\" } or { empty = false }".into());
    }
    Ok(tests)
}
