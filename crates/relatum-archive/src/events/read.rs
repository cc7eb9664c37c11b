//! Stored events out of columns again.

use arrow_array::cast::AsArray as _;
use arrow_array::types::{Int32Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{
    Array as _, Int32Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use uuid::Uuid;

use super::raw::RawEvent;
use crate::error::ArchiveError;

/// The columns of which a stored event is made.
pub(crate) const RAW: &[&str] = &[
    "seq",
    "recorded_at",
    "commit",
    "stream_kind",
    "stream_id",
    "version",
    "event_type",
    "schema",
    "data",
    "commit_writes",
    "key",
];

/// Those columns of a batch.
pub(crate) struct RawColumns {
    seq: Int64Array,
    recorded_at: TimestampMicrosecondArray,
    commit: Int64Array,
    stream_kind: StringArray,
    stream_id: StringArray,
    version: Int64Array,
    event_type: StringArray,
    schema: Int32Array,
    data: StringArray,
    commit_writes: StringArray,
    key: StringArray,
}

impl RawColumns {
    /// The columns of a batch out of what people know as `name`.
    pub(crate) fn of(batch: &RecordBatch, name: &str) -> Result<Self, ArchiveError> {
        let wrong = |column: &str, problem: &str| ArchiveError::Altered {
            file: name.to_owned(),
            problem: format!("column {column} {problem}"),
        };
        let column =
            |name: &str| batch.column_by_name(name).ok_or_else(|| wrong(name, "is missing"));
        let text = |name: &str| {
            let array = column(name)?.as_string_opt::<i32>();
            array.cloned().ok_or_else(|| wrong(name, "is no text"))
        };
        let long = |name: &str| {
            let array = column(name)?.as_primitive_opt::<Int64Type>();
            array.cloned().ok_or_else(|| wrong(name, "is no 64-bit number"))
        };
        let schema = column("schema")?.as_primitive_opt::<Int32Type>().cloned();
        let at = column("recorded_at")?.as_primitive_opt::<TimestampMicrosecondType>().cloned();
        let read = Self {
            seq: long("seq")?,
            recorded_at: at.ok_or_else(|| wrong("recorded_at", "is no instant in microseconds"))?,
            commit: long("commit")?,
            stream_kind: text("stream_kind")?,
            stream_id: text("stream_id")?,
            version: long("version")?,
            event_type: text("event_type")?,
            schema: schema.ok_or_else(|| wrong("schema", "is no 32-bit number"))?,
            data: text("data")?,
            commit_writes: text("commit_writes")?,
            key: text("key")?,
        };
        let nulls = read.nulls();
        nulls.map_or(Ok(read), |column| Err(wrong(column, "has an empty cell")))
    }

    /// A column that has an empty cell and must not.
    fn nulls(&self) -> Option<&'static str> {
        let counts = [
            ("seq", self.seq.null_count()),
            ("recorded_at", self.recorded_at.null_count()),
            ("commit", self.commit.null_count()),
            ("stream_kind", self.stream_kind.null_count()),
            ("stream_id", self.stream_id.null_count()),
            ("version", self.version.null_count()),
            ("event_type", self.event_type.null_count()),
            ("schema", self.schema.null_count()),
            ("data", self.data.null_count()),
        ];
        counts.iter().find(|(_, count)| *count > 0).map(|(column, _)| *column)
    }

    pub(crate) fn len(&self) -> usize {
        self.seq.len()
    }

    /// The event of a row that is there, out of what people know as `name`.
    pub(crate) fn get(&self, row: usize, name: &str) -> Result<RawEvent<'_>, ArchiveError> {
        let wrong = |problem: &str| ArchiveError::Disorder {
            file: name.to_owned(),
            row: row as u64 + 1,
            problem: problem.to_owned(),
        };
        let number = |column: &Int64Array, what: &str| {
            u64::try_from(column.value(row)).map_err(|_| wrong(&format!("{what} is negative")))
        };
        let maybe = |column: &'_ StringArray| column.is_valid(row);
        Ok(RawEvent {
            seq: number(&self.seq, "seq")?,
            commit: number(&self.commit, "commit")?,
            recorded_at: self.recorded_at.value(row),
            kind: self.stream_kind.value(row),
            id: Uuid::try_parse(self.stream_id.value(row))
                .map_err(|_| wrong("stream_id is no UUID"))?,
            version: number(&self.version, "version")?,
            event_type: self.event_type.value(row),
            schema: u16::try_from(self.schema.value(row))
                .map_err(|_| wrong("schema is no schema number"))?,
            key: maybe(&self.key).then(|| self.key.value(row)),
            writes: maybe(&self.commit_writes).then(|| self.commit_writes.value(row)),
            data: self.data.value(row),
        })
    }
}
