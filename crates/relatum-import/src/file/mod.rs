//! Files as they lie there: archives, workbooks, quotes, encodings, header rows.
//!
//! Owns the way from bytes to rows with the columns that a mapping reads. Knows no rule and no
//! event.
//!
//! *Invariant: a row is whole or has a problem; nothing is repaired silently.*

mod archive;
mod format;
mod header;
mod input;
mod record;
mod records;
mod rows;
mod source;
mod utf16;
mod workbook;

pub(crate) use format::{Encoding, Format, FormatForm, date_pattern, zone};
pub(crate) use header::{Binding, ColumnForm, Wanted, has_all};
pub use input::Input;
pub(crate) use record::{Matched, Problem, Record};
pub use records::MAX_ROW_BYTES;
pub(crate) use rows::{Rows, delimiter};
