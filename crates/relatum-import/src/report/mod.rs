//! What an import did: counts, sums, rejected rows.

mod rejects;
mod tally;

pub use rejects::Reject;
pub(crate) use rejects::Rejects;
pub use tally::{FileCount, Report, Sum, Tally};
