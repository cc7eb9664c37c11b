//! What the columns of a CSV file hold, so that nothing is lost.
//!
//! A code like `00417` stays a text, and an amount like `1190.10` is exact.

use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};

/// So many rows tell what a column holds.
pub(super) const SAMPLE: usize = 100_000;

/// So many digits are kept after the point of a decimal at least.
const PLACES: i8 = 6;

/// What stands between the values: the one that the first line has most of.
pub(super) fn delimiter(path: &Path) -> u8 {
    let mut bytes = Vec::new();
    let file = fs::File::open(path);
    if let Ok(file) = file {
        // Where it cannot be read, reading it says so.
        let _ = file.take(64 * 1_024).read_to_end(&mut bytes);
    }
    let (mut quoted, mut counts) = (false, [(b',', 0_usize), (b';', 0), (b'\t', 0), (b'|', 0)]);
    for byte in bytes {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => break,
            _ if quoted => {}
            _ => {
                for (_, count) in counts.iter_mut().filter(|(it, _)| *it == byte) {
                    *count += 1;
                }
            }
        }
    }
    // Of several as frequent ones the first.
    let most = counts.iter().rev().max_by_key(|(_, count)| *count);
    most.filter(|(_, count)| *count > 0).map_or(b',', |(it, _)| *it)
}

/// What is known of a column that holds numbers.
#[derive(Debug, Clone, Copy, Default)]
struct Numbers {
    /// Some begin with a zero that a number would lose.
    codes: bool,
    /// Some are no plain decimals.
    powers: bool,
    before: usize,
    places: usize,
}

impl Numbers {
    fn see(&mut self, value: &str) {
        let digits = value.trim_start_matches(['-', '+']);
        let (before, after) = digits.split_once('.').unwrap_or((digits, ""));
        let plain = |text: &str| text.bytes().all(|it| it.is_ascii_digit());
        self.codes |= before.len() > 1 && before.starts_with('0');
        self.powers |= !plain(before) || !plain(after);
        self.before = self.before.max(before.len());
        self.places = self.places.max(after.len());
    }
}

/// The schema with codes as texts and amounts as decimals.
pub(super) fn exact(schema: &SchemaRef, path: &Path, delimiter: u8) -> csv::Result<SchemaRef> {
    let is_number = |kind: &DataType| matches!(kind, DataType::Int64 | DataType::Float64);
    let mut seen = vec![Numbers::default(); schema.fields().len()];
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_path(path)?;
    let mut record = csv::ByteRecord::new();
    let mut rows = 0;
    while rows < SAMPLE && reader.read_byte_record(&mut record)? {
        for ((field, numbers), value) in schema.fields().iter().zip(&mut seen).zip(&record) {
            if is_number(field.data_type()) && !value.is_empty() {
                numbers.see(&String::from_utf8_lossy(value));
            }
        }
        rows += 1;
    }
    let kept = |(field, numbers): (&Arc<Field>, Numbers)| {
        let kind = match field.data_type() {
            kind if is_number(kind) && numbers.codes => DataType::Utf8,
            DataType::Float64 if !numbers.powers && numbers.before + numbers.places <= 30 => {
                let places = i8::try_from(numbers.places).unwrap_or(PLACES);
                DataType::Decimal128(38, places.max(PLACES))
            }
            kind => kind.clone(),
        };
        field.as_ref().clone().with_data_type(kind)
    };
    let fields: Vec<Field> = schema.fields().iter().zip(seen).map(kept).collect();
    Ok(Arc::new(Schema::new(fields)))
}
