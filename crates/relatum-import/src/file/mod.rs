//! Files as they lie there: unpacking, quotes, encodings, header rows.
//!
//! Owns the way from bytes to rows with the columns that a mapping reads. Knows no rule and no
//! event.
//!
//! *Invariant: a row is whole or has a problem; nothing is repaired silently.*

mod format;
mod input;
mod record;
mod records;
mod rows;

pub(crate) use format::{Format, FormatForm};
pub use input::Input;
pub(crate) use record::{Problem, Record};
pub use records::MAX_ROW_BYTES;
pub(crate) use rows::{Binding, Rows};
