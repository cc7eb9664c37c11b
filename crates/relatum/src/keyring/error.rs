//! Why keys could not be had.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use relatum_domain::SubjectId;

/// Why keys could not be had.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The store has events, and no key file is there.
    #[error(
        "the key file {} is missing; name it with --keys, or put it back from a backup: without \
         it personal and secret fields cannot be read or written", path.display()
    )]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The file cannot be read or written.
    #[error("could not {op} the key file {}", path.display())]
    Io {
        /// What was tried.
        op: &'static str,
        /// Which file.
        path: PathBuf,
        /// Why it failed.
        source: Arc<std::io::Error>,
    },
    /// The file is not what it should be.
    #[error("the key file {} is damaged in line {line}; put it back from a backup", path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
    },
    /// The file is of a newer version.
    #[error(
        "the key file {} has format {found}, this version knows up to {supported}; use a newer one",
        path.display()
    )]
    Format {
        /// Which file.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// The newest known here.
        supported: u32,
    },
    /// The keys in the file are wrapped, and no passphrase was given.
    #[error(
        "the key file {} is protected by a passphrase; set RELATUM_PASSPHRASE, or name a file that \
         holds it with --passphrase-file", path.display()
    )]
    PassphraseNeeded {
        /// Which file.
        path: PathBuf,
    },
    /// The passphrase opens nothing.
    #[error(
        "the passphrase does not open the key file {}; give the one that was set last, or put the \
         file back from a backup if its first line was changed", path.display()
    )]
    WrongPassphrase {
        /// Which file.
        path: PathBuf,
    },
    /// The file with the passphrase cannot be read.
    #[error("could not read the passphrase in {}", path.display())]
    PassphraseUnread {
        /// Which file.
        path: PathBuf,
        /// Why it failed.
        source: Arc<std::io::Error>,
    },
    /// A passphrase of no letters.
    #[error("the passphrase is empty; give one of at least one letter, better of six words")]
    EmptyPassphrase,
    /// Another process put a new file in its place.
    #[error(
        "the key file {} was written anew by another process meanwhile; open the store again",
        path.display()
    )]
    Replaced {
        /// Which file.
        path: PathBuf,
    },
    /// The system has no random numbers.
    #[error("the system gave no random numbers for a new key")]
    NoRandomness,
    /// A field could not be sealed.
    #[error("a field of {subject} could not be sealed")]
    NotSealed {
        /// A subject, or the tenant.
        subject: String,
    },
}

impl KeyError {
    /// What failed on the file at `path`.
    pub(super) fn io(op: &'static str, path: &Path) -> impl Fn(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { op, path: path.clone(), source: Arc::new(source) }
    }
}

/// Whose a field is, in words.
pub(super) fn whose(subject: Option<SubjectId>) -> String {
    subject.map_or_else(|| "the tenant".to_owned(), |id| id.to_string())
}
