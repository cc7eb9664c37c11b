//! What an import did: counts, sums, rejected rows.

mod amount;
mod rejects;
mod samples;
mod tally;

pub(crate) use amount::main_amount;
pub use rejects::Reject;
pub(crate) use rejects::Rejects;
pub(crate) use samples::changes;
pub use samples::{FieldChange, Sample, Samples};
pub use tally::{FileCount, Report, Sum, Tally};
