//! Tables from another point in time: `open_items('2026-03-31', '@1234')`.

use std::fmt;
use std::sync::Arc;

use chrono::NaiveDate;
use datafusion::catalog::{TableFunctionArgs, TableFunctionImpl, TableProvider};
use datafusion::common::{DataFusionError, Result, ScalarValue};
use datafusion::logical_expr::Expr;

use crate::error::SqlError;
use crate::point::{self, Point};

/// Makes a table that looks from a point.
pub(crate) type Make = dyn Fn(&Point) -> Result<Arc<dyn TableProvider>, SqlError> + Send + Sync;

/// A table as a function of `as_of` and `known_at`. What is not given is that of the query.
pub(crate) struct AtPoint {
    pub(crate) name: &'static str,
    pub(crate) otherwise: Point,
    pub(crate) make: Box<Make>,
}

impl fmt::Debug for AtPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AtPoint").field("name", &self.name).finish_non_exhaustive()
    }
}

impl TableFunctionImpl for AtPoint {
    fn call_with_args(&self, args: TableFunctionArgs<'_, '_>) -> Result<Arc<dyn TableProvider>> {
        let made = self.point(args.exprs()).and_then(|point| (self.make)(&point));
        made.map_err(|error| DataFusionError::External(Box::new(error)))
    }
}

impl AtPoint {
    fn point(&self, arguments: &[Expr]) -> Result<Point, SqlError> {
        let Point { as_of, known_at } = self.otherwise.clone();
        let (day, known) = match arguments {
            [] => (None, None),
            [day] => (Some(day), None),
            [day, known] => (Some(day), Some(known)),
            _ => return Err(self.wrong("takes a day and what was known, and no more")),
        };
        let as_of = match day.map(|it| self.constant(it)).transpose()? {
            None | Some(Constant::Null) => as_of,
            Some(Constant::Text(text)) => point::day(&text)?,
            Some(Constant::Day(day)) => day,
        };
        let known_at = match known.map(|it| self.constant(it)).transpose()? {
            None | Some(Constant::Null) => known_at,
            Some(Constant::Text(text)) => Some(point::known_at(&text)?),
            Some(Constant::Day(day)) => Some(point::known_at(&day.to_string())?),
        };
        Ok(Point { as_of, known_at })
    }

    fn constant(&self, argument: &Expr) -> Result<Constant, SqlError> {
        match argument {
            Expr::Literal(ScalarValue::Date32(Some(days)), _) => NaiveDate::from_epoch_days(*days)
                .map(Constant::Day)
                .ok_or_else(|| self.wrong("takes a day of the calendar")),
            Expr::Literal(value, _) if value.is_null() => Ok(Constant::Null),
            Expr::Literal(value, _) => match value.try_as_str().flatten() {
                Some(text) => Ok(Constant::Text(text.to_owned())),
                None => Err(self.wrong("takes texts or days")),
            },
            _ => Err(self.wrong("takes constants: no column, and no query")),
        }
    }

    fn wrong(&self, what: &str) -> SqlError {
        let name = self.name;
        let message = format!("{name}(as_of, known_at) {what}, like {name}('2026-03-31', '@1234')");
        SqlError::Query { message, place: None }
    }
}

/// An argument.
enum Constant {
    Null,
    Text(String),
    Day(NaiveDate),
}
