//! Tables from another point in time: `open_items('2026-03-31', '@1234')`.

use std::sync::Arc;

use chrono::NaiveDate;
use datafusion::catalog::TableProvider;
use datafusion::common::ScalarValue;

use crate::error::SqlError;
use crate::point::{self, Point};

/// Makes a table that looks from a point.
pub(crate) type Make = dyn Fn(&Point) -> Result<Arc<dyn TableProvider>, SqlError> + Send + Sync;

/// The point that the arguments of a table say. What is not given is that of the query.
pub(crate) fn point(
    name: &str,
    arguments: &[(Option<String>, ScalarValue)],
    otherwise: &Point,
) -> Result<Point, SqlError> {
    let Point { mut as_of, mut known_at } = otherwise.clone();
    for (at, (said, value)) in arguments.iter().enumerate() {
        match (said.as_deref(), at) {
            (Some("as_of"), _) | (None, 0) => match constant(name, value)? {
                Constant::Null => {}
                Constant::Text(text) => as_of = point::day(&text)?,
                Constant::Day(day) => as_of = day,
            },
            (Some("known_at"), _) | (None, 1) => match constant(name, value)? {
                Constant::Null => {}
                Constant::Text(text) => known_at = Some(point::known_at(&text)?),
                Constant::Day(day) => known_at = Some(point::known_at(&day.to_string())?),
            },
            _ => return Err(wrong(name, "takes a day and what was known, and no more")),
        }
    }
    Ok(Point { as_of, known_at })
}

/// An argument.
enum Constant {
    Null,
    Text(String),
    Day(NaiveDate),
}

fn constant(name: &str, value: &ScalarValue) -> Result<Constant, SqlError> {
    match value {
        value if value.is_null() => Ok(Constant::Null),
        ScalarValue::Date32(Some(days)) => NaiveDate::from_epoch_days(*days)
            .map(Constant::Day)
            .ok_or_else(|| wrong(name, "takes a day of the calendar")),
        value => match value.try_as_str().flatten() {
            Some(text) => Ok(Constant::Text(text.to_owned())),
            None => Err(wrong(name, "takes texts or days")),
        },
    }
}

/// What is wrong with arguments.
pub(crate) fn wrong(name: &str, what: &str) -> SqlError {
    let message = format!("{name}(as_of, known_at) {what}, like {name}('2026-03-31', '@1234')");
    SqlError::Query { message, place: None }
}
