//! Everything that can go wrong, in four classes.

use relatum_domain::PayloadError;
use relatum_domain::decide::Refused;
use relatum_log::{AppendError, CutError, DecodeError, LogError};
use relatum_replay::ReplayError;

use crate::keyring::KeyError;

/// Why the engine did not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A decision refused it.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The log refused the commit.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// The log could not answer.
    #[error(transparent)]
    Log(#[from] LogError),
    /// A point on the recorded axis is not there.
    #[error(transparent)]
    Cut(#[from] CutError),
    /// A stored event could not be understood.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// An event could not be written down.
    #[error(transparent)]
    Payload(#[from] PayloadError),
    /// The keys are not there or do not fit.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The replay cache could not be written or read.
    #[error(transparent)]
    Replay(#[from] ReplayError),
    /// What was asked for is not in the book.
    #[error("there is no {what} `{name}`")]
    NotFound {
        /// What kind of thing.
        what: &'static str,
        /// How it was called.
        name: String,
    },
    /// The work was given up because the program ends.
    #[error("the work was given up before it was done")]
    Cancelled,
}

/// What a caller does about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Show it to the user: the input or the wish is at fault.
    Refused,
    /// Read again and decide again.
    Conflict,
    /// Try later, or look after the machine.
    Unavailable,
    /// Stop, and verify the store.
    Corrupt,
}

impl Error {
    /// What a caller does about it.
    #[must_use]
    pub const fn class(&self) -> Class {
        match self {
            Self::Append(AppendError::Conflict { .. }) => Class::Conflict,
            Self::Append(AppendError::Log(error)) | Self::Log(error) => of_log(error),
            Self::Cut(CutError::Log(error)) => of_log(error),
            Self::Decode(_) => Class::Corrupt,
            Self::Keys(_) | Self::Replay(_) | Self::Cancelled => Class::Unavailable,
            Self::Refused(_)
            | Self::Append(_)
            | Self::Cut(_)
            | Self::Payload(_)
            | Self::NotFound { .. } => Class::Refused,
        }
    }
}

const fn of_log(error: &LogError) -> Class {
    match error {
        LogError::Corrupt(_) | LogError::Format { .. } => Class::Corrupt,
        _ => Class::Unavailable,
    }
}
