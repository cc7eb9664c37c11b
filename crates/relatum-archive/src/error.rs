//! Why columns could not be written or read, with the place.

use relatum::Class;

/// Why an archive could not be written or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// The book could not answer.
    #[error(transparent)]
    Engine(#[from] relatum::Error),
    /// A file could not be read or written.
    #[error("could not {op}")]
    Io {
        /// What was tried, with the file.
        op: String,
        /// Why it failed.
        source: std::io::Error,
    },
    /// An object store refused or could not be reached.
    #[error("could not {op}")]
    Store {
        /// What was tried, with the object.
        op: String,
        /// Why it failed.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The text names no place for an archive.
    #[error("`{url}` is no place for an archive: {problem}")]
    Url {
        /// What was given.
        url: String,
        /// What is wrong.
        problem: String,
    },
    /// Columns that do not fit together.
    #[error("columns do not fit together")]
    Arrow(#[source] arrow_schema::ArrowError),
    /// A file that is no Parquet, or could not be made one.
    #[error("{file}")]
    Parquet {
        /// The file.
        file: String,
        /// What is wrong.
        source: parquet::errors::ParquetError,
    },
    /// There is something else.
    #[error("{place} holds files that are no archive; name an empty folder")]
    NotEmpty {
        /// Where.
        place: String,
    },
    /// There is no archive.
    #[error("there is no archive at {place}: it has no {}", crate::manifest::FILE)]
    NotFound {
        /// Where.
        place: String,
    },
    /// Somebody else writes it now.
    #[error("another export writes to {place} now")]
    InUse {
        /// Where.
        place: String,
    },
    /// The archive has a format that this program does not know.
    #[error("{place} has format {found}; this program knows {supported}")]
    Format {
        /// Where.
        place: String,
        /// What was found.
        found: u32,
        /// What is known.
        supported: u32,
    },
    /// The manifest contradicts itself or was changed.
    #[error("{file} is damaged: {problem}")]
    Manifest {
        /// The file.
        file: String,
        /// What is wrong.
        problem: String,
    },
    /// The archive is of another log.
    #[error(
        "{place} holds the archive of another log: its first {size} events have the root \
         {expected}, those of this log {found}"
    )]
    OtherLog {
        /// Where.
        place: String,
        /// How many events the archive has.
        size: u64,
        /// Their root there.
        expected: String,
        /// Their root here.
        found: String,
    },
    /// The archive goes further than what is to be written.
    #[error("{place} goes up to {has} already, and {asked} was asked for; name another folder")]
    Beyond {
        /// Where.
        place: String,
        /// How far it goes.
        has: u64,
        /// What was asked for.
        asked: u64,
    },
    /// A file of the archive is not there.
    #[error("{file} is missing; the manifest names it")]
    Missing {
        /// The file.
        file: String,
    },
    /// A file of the archive is not what the manifest says.
    #[error("{file} was altered: {problem}")]
    Altered {
        /// The file.
        file: String,
        /// What is wrong.
        problem: String,
    },
    /// A row of a file that cannot be where it is.
    #[error("{file}, row {row}: {problem}")]
    Disorder {
        /// The file.
        file: String,
        /// The row, from 1.
        row: u64,
        /// What is wrong.
        problem: String,
    },
    /// A cell that is no such value.
    #[error("event {seq}, column {column}: `{value}` cannot be")]
    Row {
        /// Its place in the log.
        seq: u64,
        /// The column.
        column: &'static str,
        /// What stands there.
        value: String,
    },
    /// What was asked for cannot be.
    #[error("{problem}")]
    Asked {
        /// What is wrong, and what to do.
        problem: String,
    },
}

impl From<arrow_schema::ArrowError> for ArchiveError {
    fn from(error: arrow_schema::ArrowError) -> Self {
        match error {
            // A full disk is no fault of the columns.
            arrow_schema::ArrowError::IoError(_, source) => {
                Self::Io { op: "write Arrow".to_owned(), source }
            }
            error => Self::Arrow(error),
        }
    }
}

impl ArchiveError {
    /// What a caller does about it.
    #[must_use]
    pub const fn class(&self) -> Class {
        match self {
            Self::Engine(error) => error.class(),
            Self::Io { .. } | Self::Store { .. } | Self::NotFound { .. } | Self::InUse { .. } => {
                Class::Unavailable
            }
            Self::Url { .. }
            | Self::NotEmpty { .. }
            | Self::OtherLog { .. }
            | Self::Beyond { .. }
            | Self::Asked { .. } => Class::Refused,
            Self::Arrow(_)
            | Self::Parquet { .. }
            | Self::Format { .. }
            | Self::Manifest { .. }
            | Self::Missing { .. }
            | Self::Altered { .. }
            | Self::Disorder { .. }
            | Self::Row { .. } => Class::Corrupt,
        }
    }

    pub(crate) fn io(op: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let op = op.into();
        move |source| Self::Io { op, source }
    }

    pub(crate) fn parquet(
        file: impl Into<String>,
    ) -> impl FnOnce(parquet::errors::ParquetError) -> Self {
        let file = file.into();
        // A full disk is no fault of the file.
        move |source| match source {
            parquet::errors::ParquetError::External(cause) => match cause.downcast() {
                Ok(io) => Self::Io { op: format!("write {file}"), source: *io },
                Err(cause) => {
                    Self::Parquet { file, source: parquet::errors::ParquetError::External(cause) }
                }
            },
            source => Self::Parquet { file, source },
        }
    }
}
