//! What can go wrong where the cache is written. Reading has no errors: what cannot be read is
//! derived again.

/// Why a run could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// The system refused.
    #[error("cannot {op}")]
    Io {
        /// What was tried.
        op: String,
        /// Why not.
        source: std::io::Error,
    },
    /// The events do not follow those that the cache has.
    #[error("the cache ends at {has}, the events begin after {given}")]
    Gap {
        /// Where the cache ends.
        has: u64,
        /// After which event the given ones begin.
        given: u64,
    },
    /// A run that was there when the cache was opened cannot be read any more.
    #[error("a run of the cache is damaged")]
    Damaged,
}

impl ReplayError {
    pub(crate) fn io(op: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let op = op.into();
        move |source| Self::Io { op, source }
    }
}
