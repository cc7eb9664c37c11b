//! Files in, by mapping: rules that turn rows into events.
//!
//! Owns the mapping language, the reading of delimited files and the account of what went in and
//! what did not. Knows no log, and the engine only as one [`Sink`] among others: facts go wherever
//! a sink takes them. Which field an event has is the domain's word; no rule here is about one
//! event type.
//!
//! *Invariant: a row that cannot be read goes in not at all, and is rejected with file, line,
//! column, value and reason, as is a fact that the sink refuses; no bytes make an import panic; a
//! second import of the same file makes the same ids and the same idempotency keys.*
#![forbid(unsafe_code)]

mod convert;
mod draft;
mod engine_sink;
mod error;
mod file;
mod holidays;
mod mapping;
mod presets;
mod report;
mod run;
mod sink;

pub use draft::{Drafted, draft};
pub use engine_sink::EngineSink;
pub use error::{ImportError, MappingError};
pub use file::{Input, MAX_ROW_BYTES};
pub use holidays::{CalendarFile, Holidays, HolidaysError};
pub use mapping::{Mapping, Settings};
pub use presets::{PRESETS, Preset};
pub use report::{FieldChange, FileCount, Reject, Report, Sample, Samples, Sum, Tally};
pub use run::{Import, Progress};
pub use sink::{Digester, DryRun, Offer, Outcome, Retold, Sink, SinkError};
