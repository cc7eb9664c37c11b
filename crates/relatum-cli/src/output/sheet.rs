//! Rows and columns, for people and for programs.

use chrono::NaiveDate;
use relatum::Sum;
use serde_json::{Map, Value};

use super::amount::{grouped, sums};
use super::look::Tone;

/// For whom a column is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum For {
    All,
    People,
    Programs,
}

/// A column.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    /// Its name in JSON and CSV.
    pub(crate) key: String,
    /// Its name for people.
    pub(crate) title: String,
    /// Whether it holds numbers, to be lined up on the right.
    pub(crate) right: bool,
    /// Its width where rows are printed as they come.
    pub(crate) width: usize,
    seen: For,
}

impl Column {
    /// A column of text.
    pub(crate) fn text(key: impl Into<String>, title: impl Into<String>) -> Self {
        Self { key: key.into(), title: title.into(), right: false, width: 0, seen: For::All }
    }

    /// A column of numbers.
    pub(crate) fn number(key: impl Into<String>, title: impl Into<String>) -> Self {
        Self { right: true, ..Self::text(key, title) }
    }

    /// Left out for people.
    pub(crate) fn programs(key: impl Into<String>) -> Self {
        Self { seen: For::Programs, ..Self::text(key, "") }
    }

    /// Left out for programs, which find the same elsewhere.
    pub(crate) fn people(self) -> Self {
        Self { seen: For::People, ..self }
    }

    pub(crate) fn wide(self, width: usize) -> Self {
        Self { width, ..self }
    }

    pub(super) fn is_for_people(&self) -> bool {
        self.seen != For::Programs
    }

    pub(super) fn is_for_programs(&self) -> bool {
        self.seen != For::People
    }
}

/// What stands in a row under one column.
#[derive(Debug, Clone)]
pub(crate) struct Cell {
    /// For people.
    pub(crate) text: String,
    /// For programs.
    pub(crate) value: Value,
    /// How it stands out.
    pub(crate) tone: Tone,
}

impl Cell {
    /// Text, the same for all.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { value: Value::String(text.clone()), text, tone: Tone::Plain }
    }

    /// One text for people, another value for programs.
    pub(crate) fn of(text: impl Into<String>, value: impl Into<Value>) -> Self {
        Self { text: text.into(), value: value.into(), tone: Tone::Plain }
    }

    /// Nothing.
    pub(crate) fn none() -> Self {
        Self::of("", Value::Null)
    }

    /// Text, or nothing.
    pub(crate) fn maybe(text: Option<impl Into<String>>) -> Self {
        text.map_or_else(Self::none, Self::text)
    }

    /// A count.
    pub(crate) fn count(number: u64) -> Self {
        Self::of(grouped(&number.to_string()), number)
    }

    /// A number, or nothing.
    pub(crate) fn number(number: Option<i64>) -> Self {
        number.map_or_else(Self::none, |number| Self::of(grouped(&number.to_string()), number))
    }

    /// A day.
    pub(crate) fn day(day: NaiveDate) -> Self {
        Self::text(day.to_string())
    }

    /// An amount whose currency stands elsewhere; nothing is faint, a credit stands out.
    pub(crate) fn amount(sum: &Sum) -> Self {
        let number = sum.number();
        let tone = match sum.micro {
            0 => Tone::Faint,
            ..0 => Tone::Warning,
            _ => Tone::Plain,
        };
        Self { text: grouped(&number), value: Value::String(number), tone }
    }

    /// Amounts in several currencies in one cell; for programs `1234.50 EUR; 2.00 USD`.
    pub(crate) fn sums(of: &[Sum]) -> Self {
        let plain: Vec<String> = of.iter().map(ToString::to_string).collect();
        match of {
            [] => Self::none(),
            of => Self::of(sums(of), plain.join("; ")),
        }
    }

    pub(crate) fn tone(self, tone: Tone) -> Self {
        Self { tone, ..self }
    }
}

/// Rows under columns.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sheet {
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: Vec<Vec<Cell>>,
    /// Rows that sum others up, for people only.
    pub(crate) totals: Vec<Vec<Cell>>,
}

impl Sheet {
    pub(crate) fn new(columns: Vec<Column>) -> Self {
        Self { columns, ..Self::default() }
    }

    pub(crate) fn with(mut self, rows: impl IntoIterator<Item = Vec<Cell>>) -> Self {
        self.rows.extend(rows);
        self
    }
}

/// A row as programs read it.
pub(crate) fn object(columns: &[Column], row: &[Cell]) -> Value {
    let fields = columns
        .iter()
        .zip(row)
        .filter(|(column, _)| column.is_for_programs())
        .map(|(column, cell)| (column.key.clone(), cell.value.clone()));
    Value::Object(fields.collect::<Map<_, _>>())
}
