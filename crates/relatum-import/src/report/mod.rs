//! What an import did: counts, sums, rejected rows.

mod rejects;
mod samples;
mod tally;

pub use rejects::Reject;
pub(crate) use rejects::Rejects;
pub(crate) use samples::changes;
pub use samples::{FieldChange, Sample, Samples};
pub use tally::{FileCount, Report, Sum, Tally};
