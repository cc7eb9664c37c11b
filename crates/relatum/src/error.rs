//! Everything that can go wrong, in four classes.

use relatum_domain::decide::Refused;
use relatum_domain::{AccountId, PayloadError};
use relatum_log::{AppendError, CutError, DecodeError, LogError, ProofError};
use relatum_projections::{DoesNotFoot, MergedTooLong, TooManyMerged};
use relatum_replay::ReplayError;

use crate::batch::BatchError;
use crate::certificate::CertificateError;
use crate::erasure::ErasureError;
use crate::keyring::KeyError;
use crate::note_keys::NoteKeyError;
use crate::own::ProjectionError;
use crate::subscribe::SubscriptionError;
use crate::tables::TableError;
use crate::tree_head::TreeHeadError;

/// Why the engine did not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A decision refused it.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// A report whose cells are not the sums of their parts.
    #[error("the report does not add up")]
    DoesNotFoot(#[from] Box<DoesNotFoot>),
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
    /// A subject could not be erased.
    #[error(transparent)]
    Erasure(#[from] ErasureError),
    /// Nothing was done about a batch.
    #[error(transparent)]
    Batch(#[from] BatchError),
    /// The replay cache could not be written or read.
    #[error(transparent)]
    Replay(#[from] ReplayError),
    /// There is no such proof.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// A tree head is not what it should be, or the log is not what it says.
    #[error(transparent)]
    TreeHead(#[from] TreeHeadError),
    /// A text is no certificate, or not one that can be trusted.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// A key that signs or checks tree heads could not be had.
    #[error(transparent)]
    NoteKey(#[from] NoteKeyError),
    /// A subscription does not go on.
    #[error(transparent)]
    Subscription(#[from] SubscriptionError),
    /// A projection of one's own cannot be used.
    #[error(transparent)]
    Projection(#[from] ProjectionError),
    /// A table has no such rows.
    #[error(transparent)]
    Table(#[from] TableError),
    /// A file beside the store could not be read or written.
    #[error("could not {op}")]
    Io {
        /// What was tried.
        op: String,
        /// Why it failed.
        source: std::io::Error,
    },
    /// What was asked for is not in the book.
    #[error("there is no {what} `{name}`")]
    NotFound {
        /// What kind of thing.
        what: &'static str,
        /// How it was called.
        name: String,
    },
    /// What is only supposed cannot be proved, nor compared with what was known.
    #[error("{op} is of the log alone, and facts were laid over it: ask without them")]
    Speculative {
        /// What was asked for.
        op: &'static str,
    },
    /// The account goes on under another: nothing is answered about it alone.
    #[error("account {account} was merged into account {into}: ask about that one")]
    MergedAway {
        /// Which was asked about.
        account: AccountId,
        /// The account that answers for it.
        into: AccountId,
    },
    /// The two sides of a comparison do not have the same accounts.
    #[error(
        "account {account} was merged or split between the two points: compare points that both \
         lie before that, or both after it"
    )]
    MergedBetween {
        /// Which account stands alone at one of the points only.
        account: AccountId,
    },
    /// There are more merged accounts than one program answers for.
    #[error(transparent)]
    TooManyMerged(#[from] TooManyMerged),
    /// What was told of accounts that are one is too long for one.
    #[error(transparent)]
    MergedTooLong(#[from] MergedTooLong),
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
            Self::Cut(CutError::Log(error)) | Self::Proof(ProofError::Log(error)) => of_log(error),
            Self::Decode(_)
            | Self::DoesNotFoot(_)
            | Self::Subscription(
                SubscriptionError::Damaged { .. } | SubscriptionError::OtherLog { .. },
            ) => Class::Corrupt,
            Self::Keys(_)
            | Self::Replay(_)
            | Self::Io { .. }
            | Self::Cancelled
            | Self::NoteKey(NoteKeyError::NoRandomness) => Class::Unavailable,
            Self::Refused(_)
            | Self::Append(_)
            | Self::Cut(_)
            | Self::Payload(_)
            | Self::Erasure(_)
            | Self::Batch(_)
            | Self::Proof(_)
            | Self::TreeHead(_)
            | Self::Certificate(_)
            | Self::Speculative { .. }
            | Self::MergedAway { .. }
            | Self::MergedBetween { .. }
            | Self::TooManyMerged(_)
            | Self::MergedTooLong(_)
            | Self::NoteKey(_)
            | Self::Subscription(_)
            | Self::Projection(_)
            | Self::Table(_)
            | Self::NotFound { .. } => Class::Refused,
        }
    }

    pub(crate) fn io(op: impl Into<String>, source: std::io::Error) -> Self {
        Self::Io { op: op.into(), source }
    }
}

const fn of_log(error: &LogError) -> Class {
    match error {
        LogError::Corrupt(_) | LogError::Format { .. } => Class::Corrupt,
        _ => Class::Unavailable,
    }
}

/// An error and what lies behind it, in one line.
pub(crate) fn in_words(error: &Error) -> String {
    let mut text = error.to_string();
    let mut behind = std::error::Error::source(error);
    while let Some(cause) = behind {
        text = format!("{text}: {cause}");
        behind = cause.source();
    }
    text
}
