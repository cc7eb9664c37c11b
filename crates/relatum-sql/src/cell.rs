//! What stands in a row of an answer, for who shows it.

use datafusion::arrow::array::cast::AsArray;
use datafusion::arrow::array::types::{
    Decimal128Type, Decimal256Type, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type,
    Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use datafusion::arrow::array::{Array, ArrayRef, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};

/// A value, as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SqlCell {
    /// Nothing.
    Null,
    /// Yes or no.
    Flag(bool),
    /// A whole number, or one of floating point, as JSON writes it.
    Number(String),
    /// An exact decimal, with its digits.
    Decimal(String),
    /// A text, a day, an instant.
    Text(String),
}

/// A column of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqlColumn {
    /// Its name.
    pub name: String,
    /// Whether it holds numbers.
    pub is_number: bool,
}

impl SqlColumn {
    pub(crate) fn of(name: String, kind: &DataType) -> Self {
        Self { name, is_number: kind.is_numeric() }
    }
}

/// The rows of a batch.
pub(crate) fn rows(batch: &RecordBatch) -> Result<Vec<Vec<SqlCell>>, crate::SqlError> {
    let columns: Vec<Vec<SqlCell>> =
        batch.columns().iter().map(column).collect::<Result<_, _>>()?;
    let mut rows: Vec<Vec<SqlCell>> =
        (0..batch.num_rows()).map(|_| Vec::with_capacity(columns.len())).collect();
    for column in columns {
        for (row, cell) in rows.iter_mut().zip(column) {
            row.push(cell);
        }
    }
    Ok(rows)
}

fn column(array: &ArrayRef) -> Result<Vec<SqlCell>, crate::SqlError> {
    macro_rules! numbers {
        ($type:ty) => {
            array
                .as_primitive::<$type>()
                .iter()
                .map(|it| number(it.map(|it| it.to_string())))
                .collect()
        };
    }
    Ok(match array.data_type() {
        DataType::Int8 => numbers!(Int8Type),
        DataType::Int16 => numbers!(Int16Type),
        DataType::Int32 => numbers!(Int32Type),
        DataType::Int64 => numbers!(Int64Type),
        DataType::UInt8 => numbers!(UInt8Type),
        DataType::UInt16 => numbers!(UInt16Type),
        DataType::UInt32 => numbers!(UInt32Type),
        DataType::UInt64 => numbers!(UInt64Type),
        DataType::Float16 => {
            floats(array.as_primitive::<Float16Type>().iter().map(|it| it.map(f64::from)))
        }
        DataType::Float32 => {
            let shortest = |it: f32| it.is_finite().then(|| it.to_string());
            array.as_primitive::<Float32Type>().iter().map(|it| float(it, shortest)).collect()
        }
        DataType::Float64 => floats(array.as_primitive::<Float64Type>().iter()),
        DataType::Decimal128(_, scale) => {
            let scale = *scale;
            let values = array.as_primitive::<Decimal128Type>().iter();
            values.map(|it| exact(it.map(|it| it.to_string()), scale)).collect()
        }
        DataType::Decimal256(_, scale) => {
            let scale = *scale;
            let values = array.as_primitive::<Decimal256Type>().iter();
            values.map(|it| exact(it.map(|it| it.to_string()), scale)).collect()
        }
        DataType::Boolean => {
            let values = array.as_boolean().iter();
            values.map(|it| it.map_or(SqlCell::Null, SqlCell::Flag)).collect()
        }
        DataType::Dictionary(_, value) if value.is_numeric() => {
            let plain = cast(array, value).map_err(|error| failed(&error.to_string()))?;
            column(&plain)?
        }
        _ => texts(array)?,
    })
}

fn texts(array: &ArrayRef) -> Result<Vec<SqlCell>, crate::SqlError> {
    let options = FormatOptions::default()
        .with_display_error(false)
        .with_timestamp_tz_format(Some("%Y-%m-%dT%H:%M:%S%.fZ"))
        .with_timestamp_format(Some("%Y-%m-%dT%H:%M:%S%.f"));
    let shown = ArrayFormatter::try_new(array.as_ref(), &options);
    let shown = shown.map_err(|error| failed(&error.to_string()))?;
    let text = |row: usize| {
        if array.is_null(row) {
            return Ok(SqlCell::Null);
        }
        let text = shown.value(row).try_to_string();
        text.map(SqlCell::Text).map_err(|error| failed(&error.to_string()))
    };
    (0..array.len()).map(text).collect()
}

fn failed(message: &str) -> crate::SqlError {
    crate::SqlError::Failed { message: message.to_owned() }
}

fn number(text: Option<String>) -> SqlCell {
    text.map_or(SqlCell::Null, SqlCell::Number)
}

fn exact(unscaled: Option<String>, scale: i8) -> SqlCell {
    unscaled.map_or(SqlCell::Null, |it| SqlCell::Decimal(decimal(&it, scale)))
}

fn floats(values: impl Iterator<Item = Option<f64>>) -> Vec<SqlCell> {
    values.map(|it| float(it, |it| it.is_finite().then(|| it.to_string()))).collect()
}

/// What is no number in JSON is a text.
fn float<T: ToString + Copy>(value: Option<T>, finite: impl Fn(T) -> Option<String>) -> SqlCell {
    match value {
        None => SqlCell::Null,
        Some(value) => match finite(value) {
            Some(text) => SqlCell::Number(text),
            None => SqlCell::Text(value.to_string()),
        },
    }
}

/// A decimal with its digits, and two after the point where it has any: `1190.00`, `0.25`, `12`.
fn decimal(unscaled: &str, scale: i8) -> String {
    let (sign, digits) = match unscaled.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", unscaled),
    };
    let Ok(places) = usize::try_from(scale) else {
        let zeros = "0".repeat(usize::from(scale.unsigned_abs()));
        return format!("{sign}{digits}{zeros}");
    };
    let digits = format!("{digits:0>width$}", width = places + 1);
    let (whole, after) = digits.split_at(digits.len() - places);
    let kept = after.trim_end_matches('0').len().max(places.min(2));
    match after.get(..kept) {
        Some(after) if !after.is_empty() => format!("{sign}{whole}.{after}"),
        _ => format!("{sign}{whole}"),
    }
}

#[cfg(test)]
mod tests {
    use super::decimal;

    #[test]
    fn a_decimal_has_all_its_digits_and_no_more_zeros_than_money() {
        let shown = |unscaled, scale| decimal(unscaled, scale);
        assert_eq!(shown("1190000000", 6), "1190.00");
        assert_eq!(shown("-1190123456", 6), "-1190.123456");
        assert_eq!(shown("5", 6), "0.000005");
        assert_eq!(shown("0", 6), "0.00");
        assert_eq!(shown("12", 0), "12");
        assert_eq!(shown("12", 1), "1.2");
        assert_eq!(shown("12", -2), "1200");
    }
}
