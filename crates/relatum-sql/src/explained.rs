//! The query engine's errors in the words of who asked.

use std::error::Error as StdError;

use datafusion::arrow::error::ArrowError;
use datafusion::common::{Column, DataFusionError, Diagnostic, SchemaError};
use datafusion::sql::sqlparser::parser::ParserError;

use crate::error::{Place, SqlError};
use crate::near::near;
use crate::statement::place_of;

/// What is needed to explain an error.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Context<'a> {
    /// The query.
    pub(crate) text: &'a str,
    /// How much memory it may have.
    pub(crate) memory: usize,
}

/// A text that is no SQL.
pub(crate) fn syntax(text: &str, error: DataFusionError) -> SqlError {
    match error {
        DataFusionError::SQL(error, _) => parser(*error),
        other => Context { text, memory: 0 }.error(other),
    }
}

fn parser(error: ParserError) -> SqlError {
    let message = match error {
        ParserError::TokenizerError(message) | ParserError::ParserError(message) => message,
        ParserError::RecursionLimitExceeded => {
            let message = "it is nested too deeply".to_owned();
            return SqlError::Syntax { message, place: None };
        }
    };
    let (message, place) = placed(&message);
    // A parser that expects the end of the input has met a word that it does not know.
    SqlError::Syntax { message: lower(message).replace(": ", " "), place }
}

/// Parts ` at Line: 1, Column: 7` from a message.
fn placed(message: &str) -> (&str, Option<Place>) {
    let read = |at: &str| {
        let (line, column) = at.split_once(", Column: ")?;
        let digits = |text: &str| text.trim().trim_end_matches('.').parse().ok();
        Some(Place { line: digits(line)?, column: digits(column)? })
    };
    match message.rsplit_once(" at Line: ") {
        Some((before, at)) => match read(at) {
            Some(place) => (before, Some(place)),
            None => (message, None),
        },
        None => (message, None),
    }
}

/// The same with a small letter at its beginning.
fn lower(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|it| it.to_lowercase().to_string()).unwrap_or_default();
    first + chars.as_str()
}

impl Context<'_> {
    /// Any error of planning or of running.
    pub(crate) fn error(&self, error: DataFusionError) -> SqlError {
        self.told(&error, None)
    }

    fn told(&self, error: &DataFusionError, diagnostic: Option<&Diagnostic>) -> SqlError {
        let place = diagnostic.and_then(place);
        match error {
            DataFusionError::Diagnostic(diagnostic, error) => self.told(error, Some(diagnostic)),
            DataFusionError::Context(_, error) => self.told(error, diagnostic),
            DataFusionError::Shared(error) => self.told(error, diagnostic),
            DataFusionError::Collection(errors) => match errors.first() {
                Some(error) => self.told(error, diagnostic),
                None => failed("for no reason that it tells"),
            },
            DataFusionError::SQL(error, _) => parser((**error).clone()),
            DataFusionError::SchemaError(error, _) => self.schema(error, place),
            DataFusionError::ResourcesExhausted(_) => SqlError::Memory { limit: self.memory },
            DataFusionError::External(error) => self.external(&**error),
            DataFusionError::ArrowError(error, _) => self.arrow(error),
            DataFusionError::Execution(message) => failed(message),
            DataFusionError::ObjectStore(_)
            | DataFusionError::IoError(_)
            | DataFusionError::ParquetError(_) => failed(&innermost(error)),
            DataFusionError::ExecutionJoin(_) => failed("a part of it broke off"),
            other => {
                let message = other.strip_backtrace();
                self.planned(&message, place)
            }
        }
    }

    fn external(&self, error: &(dyn StdError + Send + Sync + 'static)) -> SqlError {
        if let Some(error) = error.downcast_ref::<SqlError>() {
            return error.clone();
        }
        if let Some(error) = error.downcast_ref::<DataFusionError>() {
            return self.told(error, None);
        }
        if let Some(error) = error.downcast_ref::<ArrowError>() {
            return self.arrow(error);
        }
        failed(&innermost(error))
    }

    fn arrow(&self, error: &ArrowError) -> SqlError {
        match error {
            ArrowError::ExternalError(error) => self.external(&**error),
            ArrowError::DivideByZero => failed("a division by zero"),
            ArrowError::CsvError(message)
            | ArrowError::JsonError(message)
            | ArrowError::ParseError(message)
            | ArrowError::CastError(message)
            | ArrowError::ComputeError(message)
            | ArrowError::InvalidArgumentError(message)
            | ArrowError::ArithmeticOverflow(message) => failed(message),
            other => failed(&other.to_string()),
        }
    }

    fn schema(&self, error: &SchemaError, place: Option<Place>) -> SqlError {
        match error {
            SchemaError::FieldNotFound { field, valid_fields } => {
                self.unknown_column(field, valid_fields, place)
            }
            SchemaError::AmbiguousReference { field } => {
                let name = field.name();
                let message =
                    format!("`{name}` is in several tables; write of which, like t.{name}");
                let place = place.or_else(|| place_of(self.text, name));
                SqlError::Query { message, place }
            }
            other => SqlError::Query { message: lower(&other.to_string()), place },
        }
    }

    fn unknown_column(&self, field: &Column, valid: &[Column], place: Option<Place>) -> SqlError {
        let of = field.relation.as_ref().map(|it| shown(it.table()));
        let theirs = |it: &&Column| match &of {
            Some(of) => it.relation.as_ref().is_some_and(|it| shown(it.table()) == *of),
            None => true,
        };
        let mut fields: Vec<&Column> = valid.iter().filter(theirs).collect();
        if fields.is_empty() {
            fields = valid.iter().collect();
        }
        let names: Vec<&str> = fields.iter().map(|it| it.name()).collect();
        let mut tables: Vec<String> = match of {
            Some(of) => vec![of],
            None => {
                let of = fields.iter().filter_map(|it| it.relation.as_ref());
                of.map(|it| shown(it.table())).collect()
            }
        };
        tables.dedup();
        let mut known: Vec<String> = Vec::new();
        for name in &names {
            if !known.iter().any(|it| it == name) {
                known.push((*name).to_owned());
            }
        }
        // A heading with capitals is written in quotes.
        let quoted = |name: &String| match name.chars().any(|it| !it.is_lowercase() && it != '_')
            && name.chars().any(char::is_uppercase)
        {
            true => format!("\"{name}\""),
            false => name.clone(),
        };
        let near = near(field.name(), names.iter().copied()).iter().map(quoted).collect();
        let name = field.name().to_owned();
        let place = place.or_else(|| place_of(self.text, &name));
        SqlError::UnknownColumn { name, tables, near, known, place }
    }

    /// A message of planning.
    fn planned(&self, message: &str, place: Option<Place>) -> SqlError {
        let message = ["Error during planning: ", "This feature is not implemented: "]
            .iter()
            .fold(message, |message, noise| message.strip_prefix(noise).unwrap_or(message));
        if let Some(name) = between(message, "Invalid function '", "'") {
            let near = between(message, "Did you mean '", "'").map(str::to_owned);
            let place = place.or_else(|| place_of(self.text, name));
            let name = name.to_owned();
            return SqlError::UnknownFunction { name, near: near.into_iter().collect(), place };
        }
        if let Some(name) = between(message, "table function '", "' not found") {
            let (near, place) = (Vec::new(), place.or_else(|| place_of(self.text, name)));
            return SqlError::UnknownFunction { name: name.to_owned(), near, place };
        }
        if let Some(statement) =
            ["DDL not supported: ", "DML not supported: ", "Statement not supported: "]
                .iter()
                .find_map(|it| message.strip_prefix(it))
        {
            return SqlError::Refused { statement: statement.to_owned() };
        }
        // What follows is advice for who works on the query engine.
        let first = message.split("This issue was likely caused").next().unwrap_or(message).trim();
        SqlError::Query { message: lower(first), place }
    }
}

/// A table, without the brackets of a table from another point.
fn shown(table: &str) -> String {
    table.split('(').next().unwrap_or(table).to_owned()
}

fn place(diagnostic: &Diagnostic) -> Option<Place> {
    let start = diagnostic.span?.start;
    Some(Place { line: start.line, column: start.column })
}

fn failed(message: &str) -> SqlError {
    SqlError::Failed { message: lower(message.trim()) }
}

/// The cause of the causes.
fn innermost(error: &(dyn StdError + 'static)) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    Some(rest.split_once(after)?.0)
}
