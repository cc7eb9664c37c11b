//! How a command can fail, and the exit codes.

use std::error::Error as StdError;
use std::io;
use std::process::ExitCode;

use relatum::domain::AmountError;
use relatum::log::LogError;
use relatum::{Class, Error, KeyError};
use relatum_import::{ImportError, MappingError};

/// What a program learns from a command's end; `relatum --help` lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// It was done.
    Done = 0,
    /// A decision refused it, a row was rejected, a fault was found.
    Refused = 1,
    /// The command line is wrong.
    Usage = 2,
    /// Somebody else kept writing in between.
    Conflict = 3,
    /// The store or its keys are missing, in use or not writable.
    Unavailable = 4,
    /// What is stored is damaged or not understood, or a report does not add up.
    Corrupt = 5,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

impl From<Class> for Exit {
    fn from(class: Class) -> Self {
        match class {
            Class::Refused => Self::Refused,
            Class::Conflict => Self::Conflict,
            Class::Unavailable => Self::Unavailable,
            Class::Corrupt => Self::Corrupt,
        }
    }
}

/// Why a command was not done, and what may help.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    error: Box<dyn StdError + Send + Sync>,
    hint: Option<String>,
}

/// A message of the command line's own.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Message(String);

impl Failure {
    /// A failure with a message of our own.
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self::of(exit, Message(message.into()))
    }

    pub(crate) fn of(exit: Exit, error: impl StdError + Send + Sync + 'static) -> Self {
        Self { exit, error: Box::new(error), hint: None }
    }

    /// A file or stream of the caller's that cannot be read or written.
    pub(crate) fn io(op: impl Into<String>, source: io::Error) -> Self {
        #[derive(Debug, thiserror::Error)]
        #[error("could not {op}")]
        struct Io {
            op: String,
            source: io::Error,
        }
        let op = op.into();
        Self::of(Exit::Unavailable, Io { op, source })
    }

    #[must_use]
    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// Whether the reader of standard output has gone away.
    pub(crate) fn is_closed_pipe(&self) -> bool {
        let mut error: Option<&(dyn StdError + 'static)> = Some(&*self.error);
        while let Some(at) = error {
            if let Some(io) = at.downcast_ref::<io::Error>()
                && io.kind() == io::ErrorKind::BrokenPipe
            {
                return true;
            }
            error = at.source();
        }
        false
    }

    /// The message with its causes, and the hint.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!("error: {}", chain(&*self.error))];
        lines.extend(self.hint.iter().map(|hint| format!("hint: {hint}")));
        lines
    }
}

/// An error and its causes, joined.
pub(crate) fn chain(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let hint = match &error {
            Error::Log(LogError::NotFound { .. }) => Some(
                "`relatum demo` makes an example book; `relatum import` makes one of your files"
                    .to_owned(),
            ),
            Error::Keys(KeyError::Missing { .. }) => None,
            Error::Log(LogError::Corrupt(_)) => {
                Some("`relatum log verify` says how far the log is sound".to_owned())
            }
            _ => None,
        };
        Self { exit: error.class().into(), error: Box::new(error), hint }
    }
}

impl From<KeyError> for Failure {
    fn from(error: KeyError) -> Self {
        Error::from(error).into()
    }
}

impl From<io::Error> for Failure {
    /// Of writing the answer.
    fn from(error: io::Error) -> Self {
        Self::io("write the answer", error)
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::io("write the answer", error.into())
    }
}

impl From<csv::Error> for Failure {
    fn from(error: csv::Error) -> Self {
        Self::io("write the answer", error.into())
    }
}

impl From<AmountError> for Failure {
    fn from(error: AmountError) -> Self {
        Self::of(Exit::Usage, error)
    }
}

impl From<MappingError> for Failure {
    fn from(error: MappingError) -> Self {
        let exit = match error {
            MappingError::UnknownPreset { .. } | MappingError::Setting { .. } => Exit::Usage,
            _ => Exit::Refused,
        };
        Self::of(exit, error)
    }
}

impl From<ImportError> for Failure {
    fn from(error: ImportError) -> Self {
        let exit = match &error {
            ImportError::NoFile { .. } | ImportError::Needs { .. } => Exit::Usage,
            ImportError::Sink { source, .. } => {
                let cause = source.cause().downcast_ref::<Error>();
                cause.map_or(Exit::Unavailable, |cause| cause.class().into())
            }
            ImportError::Open { .. } | ImportError::Rejects { .. } => Exit::Unavailable,
            _ => Exit::Refused,
        };
        Self::of(exit, error)
    }
}
