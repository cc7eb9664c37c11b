//! Why a query is not answered: what is wrong, where, and what was meant.
//!
//! *Invariant: nothing of the query engine's inner workings is shown.*

use std::fmt;
use std::sync::Arc;

/// A place in the text of a query, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The line.
    pub line: u64,
    /// The column.
    pub column: u64,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// What a caller does about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SqlClass {
    /// Writes another query.
    Query,
    /// Looks at the data: a value cannot be computed or read.
    Data,
    /// Makes room, or a file reachable.
    Unavailable,
    /// As the engine's error says.
    Engine,
}

/// Why a query is not answered.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum SqlError {
    /// The text is no SQL.
    #[error("this is no SQL: {message}{}", at(*place))]
    Syntax {
        /// What was expected, and found.
        message: String,
        /// Where.
        place: Option<Place>,
    },
    /// There is no such table.
    #[error("no table `{name}`{}{}", meant(near), at(*place))]
    UnknownTable {
        /// As it is written.
        name: String,
        /// What may have been meant, the nearest first.
        near: Vec<String>,
        /// What there is.
        known: Vec<String>,
        /// Where.
        place: Option<Place>,
    },
    /// No table of the query has such a column.
    #[error("no column `{name}`{}{}{}", of(tables), meant(near), at(*place))]
    UnknownColumn {
        /// As it is written.
        name: String,
        /// The tables in which it could be.
        tables: Vec<String>,
        /// What may have been meant, the nearest first.
        near: Vec<String>,
        /// The columns that they have.
        known: Vec<String>,
        /// Where.
        place: Option<Place>,
    },
    /// There is no such function.
    #[error("no function `{name}`{}{}", meant(near), at(*place))]
    UnknownFunction {
        /// As it is written.
        name: String,
        /// What may have been meant.
        near: Vec<String>,
        /// Where.
        place: Option<Place>,
    },
    /// The statement would change something.
    #[error("`{statement}` is refused: a book is asked by SQL, and never written")]
    Refused {
        /// Its first words.
        statement: String,
    },
    /// Not one query, but none or several.
    #[error("{message}")]
    NotOne {
        /// What is there instead.
        message: &'static str,
    },
    /// No point in time.
    #[error("`{text}` is {form}")]
    Point {
        /// As it is written.
        text: String,
        /// What it must be.
        form: &'static str,
    },
    /// The query is SQL, and does not make sense.
    #[error("the query cannot be answered: {message}{}", at(*place))]
    Query {
        /// Why.
        message: String,
        /// Where.
        place: Option<Place>,
    },
    /// A file cannot be read as a table, or not be written.
    #[error("{path}: {message}")]
    File {
        /// Its name as it was given.
        path: String,
        /// Why.
        message: String,
        /// Whether it is not there.
        missing: bool,
    },
    /// The query needs more memory, or more room for what it puts aside, than it may have.
    #[error("the query needs more memory than the {} MiB that it may have", limit >> 20)]
    Memory {
        /// What it may have, in bytes.
        limit: usize,
    },
    /// A value cannot be computed or read.
    #[error("the query failed: {message}")]
    Failed {
        /// Why.
        message: String,
    },
    /// The book.
    #[error(transparent)]
    Engine(Arc<relatum::Error>),
}

impl From<relatum::Error> for SqlError {
    fn from(error: relatum::Error) -> Self {
        Self::Engine(Arc::new(error))
    }
}

impl SqlError {
    /// What to do about it.
    #[must_use]
    pub const fn class(&self) -> SqlClass {
        match self {
            Self::Failed { .. } | Self::File { missing: false, .. } => SqlClass::Data,
            Self::Memory { .. } => SqlClass::Unavailable,
            Self::Engine(_) => SqlClass::Engine,
            _ => SqlClass::Query,
        }
    }

    /// What may help, beside the message.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::UnknownColumn { known, tables, .. } if !known.is_empty() => {
                let them = match tables.as_slice() {
                    [one] => format!("{one} has"),
                    _ => "there are".to_owned(),
                };
                Some(format!("{them}: {}", known.join(", ")))
            }
            Self::UnknownTable { known, .. } => Some(format!(
                "there are: {}; a file is a table too, by its path: from 'list.csv'",
                known.join(", ")
            )),
            Self::Memory { .. } => {
                Some("allow it more by --memory, or ask for less at once".to_owned())
            }
            Self::Refused { .. } => Some(
                "one query a time: select, with, values, explain, describe, show tables".to_owned(),
            ),
            _ => None,
        }
    }
}

fn at(place: Option<Place>) -> String {
    place.map_or_else(String::new, |place| format!(" ({place})"))
}

fn meant(near: &[String]) -> String {
    match near.first() {
        Some(near) => format!("; did you mean `{near}`?"),
        None => String::new(),
    }
}

fn of(tables: &[String]) -> String {
    if tables.is_empty() { String::new() } else { format!(" in {}", tables.join(", ")) }
}
