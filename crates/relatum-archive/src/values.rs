//! Cells of record batches as JSON and as text, for files that people and other programs read.
//!
//! *Invariant: decimals are texts with every digit; the data of an event stays as it is stored.*

use std::io::{self, Write};

use arrow_array::cast::AsArray as _;
use arrow_array::types::{
    Date32Type, Decimal128Type, Int32Type, Int64Type, TimestampMicrosecondType,
};
use arrow_array::{Array, RecordBatch};
use arrow_schema::DataType;
use chrono::{DateTime, NaiveDate, SecondsFormat, TimeDelta, Utc};
use serde_json::{Map, Value};

/// The column that is JSON already.
const DATA: &str = "data";

/// Writes the rows of a batch of events, a JSON object a line, cells that hold nothing left out.
///
/// # Errors
/// Those of `to`.
pub fn write_jsonl(batch: &RecordBatch, to: &mut dyn Write) -> io::Result<()> {
    let schema = batch.schema();
    for row in 0..batch.num_rows() {
        let mut before = b'{';
        for (field, column) in schema.fields().iter().zip(batch.columns()) {
            if column.is_null(row) {
                continue;
            }
            to.write_all(&[before])?;
            before = b',';
            serde_json::to_writer(&mut *to, field.name())?;
            to.write_all(b":")?;
            match column.as_string_opt::<i32>() {
                Some(texts) if field.name() == DATA => to.write_all(texts.value(row).as_bytes())?,
                _ => serde_json::to_writer(&mut *to, &value(column, row))?,
            }
        }
        to.write_all(b"}\n")?;
    }
    Ok(())
}

/// The cells of a row as text, nothing as the empty one, lists as JSON.
#[must_use]
pub fn row_texts(batch: &RecordBatch, row: usize) -> Vec<String> {
    let text = |column: &dyn Array| match value(column, row) {
        Value::Null => String::new(),
        Value::String(text) => text,
        other => other.to_string(),
    };
    batch.columns().iter().map(|column| text(column)).collect()
}

/// A cell as JSON.
fn value(column: &dyn Array, row: usize) -> Value {
    if column.is_null(row) {
        return Value::Null;
    }
    match column.data_type() {
        DataType::Utf8 => column.as_string::<i32>().value(row).into(),
        DataType::Boolean => column.as_boolean().value(row).into(),
        DataType::Int32 => column.as_primitive::<Int32Type>().value(row).into(),
        DataType::Int64 => column.as_primitive::<Int64Type>().value(row).into(),
        DataType::Date32 => day(column.as_primitive::<Date32Type>().value(row)).into(),
        DataType::Timestamp(..) => {
            instant(column.as_primitive::<TimestampMicrosecondType>().value(row)).into()
        }
        DataType::Decimal128(..) => {
            decimal(column.as_primitive::<Decimal128Type>().value(row)).into()
        }
        DataType::List(_) => {
            let items = column.as_list::<i32>().value(row);
            (0..items.len()).map(|at| value(&items, at)).collect::<Vec<_>>().into()
        }
        DataType::Struct(fields) => {
            let columns = column.as_struct();
            let named = fields.iter().zip(columns.columns());
            let cells = named.map(|(field, column)| (field.name().clone(), value(column, row)));
            cells.filter(|(_, it)| !it.is_null()).collect::<Map<_, _>>().into()
        }
        // No column of events or tables has another type.
        _ => Value::Null,
    }
}

fn day(days: i32) -> String {
    let day = NaiveDate::default().checked_add_signed(TimeDelta::days(days.into()));
    day.map(|it| it.to_string()).unwrap_or_default()
}

fn instant(micros: i64) -> String {
    let at = DateTime::<Utc>::from_timestamp_micros(micros);
    at.map(|it| it.to_rfc3339_opts(SecondsFormat::Micros, true)).unwrap_or_default()
}

/// Millionths with all digits that there are, and none more.
fn decimal(micro: i128) -> String {
    let (sign, all) = (if micro < 0 { "-" } else { "" }, micro.unsigned_abs());
    let text = format!("{sign}{}.{:06}", all / 1_000_000, all % 1_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_keep_every_digit() {
        for (micro, text) in [
            (0, "0"),
            (147_703_180_000, "147703.18"),
            (-11_062_060, "-11.06206"),
            (-1, "-0.000001"),
            (100_000_000, "100"),
            (i128::MIN, "-170141183460469231731687303715884.105728"),
        ] {
            assert_eq!(decimal(micro), text);
        }
        assert_eq!(day(20_000), "2024-10-04");
        assert_eq!(instant(-1), "1969-12-31T23:59:59.999999Z");
    }
}
