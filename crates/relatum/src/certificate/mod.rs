//! Certificates: a report as it was given, with what it takes to give it again and to compare.
//!
//! A certificate is a [signed note](https://c2sp.org/signed-note) whose text is a line of JSON
//! for the question, one for each projection that answered it, the table line by line, the digest
//! of the table, the tree over the log with its head, and the events behind cells with their
//! proofs; docs/audit.md has the form in full. Whoever holds one can check digest, root, proofs
//! and signature without this program; with the log, [`Certificate::check`] gives the report again.
//!
//! *Invariant: a certificate is a function of the log, the question and the key, to the byte.*

mod check;
mod lines;
mod make;

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;
use std::str::FromStr;

use chrono::{DateTime, NaiveDate, Utc};
use relatum_log::Seq;

use crate::error::Error;
use crate::note::{Note, Unsigned};
use crate::note_keys::VerifyingKey;

pub use check::{CellDivergence, Checked, Divergence, EventDivergence};
use lines::{Line, Question};
pub use make::{Certify, Proofs};

/// Why a text is no certificate, or not one that can be trusted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// The text has not the form of a certificate.
    #[error("line {line} is none of a certificate: {problem}")]
    NoCertificate {
        /// Which line, from 1.
        line: usize,
        /// What is wrong.
        problem: String,
    },
    /// It is of a newer version.
    #[error("the certificate has format {found}, this version knows up to {supported}")]
    Format {
        /// Its format.
        found: u32,
        /// The newest known here.
        supported: u32,
    },
    /// It was not signed by the key that it names, or not by the one that is asked for.
    #[error("the certificate is not signed by `{name}`, or was changed since")]
    NotSigned {
        /// The name of the key.
        name: String,
    },
}

/// A report as it was given, and what it takes to give it again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    note: Note,
    question: Question,
    lines: Vec<Line>,
}

impl Certificate {
    /// Writes it to a file, which is there whole or not at all.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn write(&self, path: &Path) -> Result<(), Error> {
        crate::whole_file::write_whole(path, self.to_string().as_bytes(), false).map_err(|source| {
            Error::Io { op: format!("write the certificate {}", path.display()), source }
        })
    }

    /// The report, by name.
    #[must_use]
    pub fn report(&self) -> &str {
        &self.question.report
    }

    /// The words in which it was asked for: whatever its maker understands again.
    #[must_use]
    pub fn asked(&self) -> &str {
        &self.question.asked
    }

    /// The day from which it looks.
    #[must_use]
    pub const fn as_of(&self) -> NaiveDate {
        self.question.as_of
    }

    /// The last event of the log that was known; 0: none.
    #[must_use]
    pub const fn position(&self) -> Seq {
        Seq(self.question.position)
    }

    /// When the last event that was known was recorded; none: nothing was known.
    #[must_use]
    pub const fn known_at(&self) -> Option<DateTime<Utc>> {
        self.question.known_at
    }

    /// Whose signature it says that it has.
    #[must_use]
    pub fn signer(&self) -> Option<&str> {
        self.question.signer.as_deref()
    }

    /// Checks that the key signed it that it names itself and, if `key` is given, that it is this
    /// one. One that names none is only as good as the place where it is kept.
    ///
    /// # Errors
    /// [`CertificateError::NotSigned`].
    pub fn verify(&self, key: Option<&VerifyingKey>) -> Result<(), CertificateError> {
        let signed = |key: &VerifyingKey| {
            self.note.verify(key).map_err(|unsigned| {
                let (Unsigned::Not { name } | Unsigned::Wrong { name }) = unsigned;
                CertificateError::NotSigned { name }
            })
        };
        if let Some(key) = key {
            signed(key)?;
        }
        let Some(signer) = &self.question.signer else {
            let changed = || CertificateError::NotSigned { name: "nobody".to_owned() };
            return if self.note.is_signed() { Err(changed()) } else { Ok(()) };
        };
        let wrong = || CertificateError::NotSigned { name: signer.clone() };
        let own: VerifyingKey = signer.parse().map_err(|_| wrong())?;
        signed(&own)?;
        if key.is_some_and(|key| *key != own) { Err(wrong()) } else { Ok(()) }
    }
}

impl fmt::Display for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.note.fmt(f)
    }
}

impl FromStr for Certificate {
    type Err = CertificateError;

    fn from_str(text: &str) -> Result<Self, CertificateError> {
        let at = |line: usize, problem: String| CertificateError::NoCertificate { line, problem };
        let note = Note::read(text).map_err(|problem| at(text.lines().count(), problem.into()))?;
        if !note.text().ends_with('\n') {
            return Err(at(text.lines().count(), "it does not end".to_owned()));
        }
        let mut lines = Vec::new();
        for (line, number) in note.text().split_terminator('\n').zip(1..) {
            let read = Line::read(line).map_err(|problem| at(number, problem))?;
            lines.push(read);
        }
        let Some(Line::Question(question)) = lines.first().cloned() else {
            return Err(at(1, "it is not the question".to_owned()));
        };
        if question.certificate > lines::FORMAT {
            let (found, supported) = (question.certificate, lines::FORMAT);
            return Err(CertificateError::Format { found, supported });
        }
        let cells: Vec<&str> = lines.iter().filter_map(Line::cell).collect();
        let unique: BTreeSet<&str> = cells.iter().copied().collect();
        if cells.len() != question.explained || unique.len() != cells.len() {
            return Err(at(1, "it does not have the cells that it names, each once".to_owned()));
        }
        Ok(Self { note, question, lines })
    }
}
