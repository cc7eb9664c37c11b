//! `relatum audit certify`: a report to be filed, with what proves it.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::Args;
use relatum::{CellKey, Certificate, Certify as How, Proofs, SigningKey};
use serde_json::{Value, json};

use super::Words;
use crate::export;
use crate::failure::{Exit, Failure};
use crate::output::{Cell, Column, Page, Sheet, Shown};
use crate::people;
use crate::session::{Question, Session};
use crate::values::{self, Known};
use crate::viewpoint::ViewArguments;

/// Write a certificate of a report: the table, from where it looks, the rules, digests of the
/// states it rests on, and the tree head of the log
///
/// `audit check` gives the report again and compares. docs/audit.md has the form, so that digest,
/// root, proofs and signature can be checked without this program.
#[derive(Debug, Args)]
pub(crate) struct Certify {
    #[command(flatten)]
    report: Words,
    /// The day to look from; today unless said otherwise
    #[arg(long, value_name = "DAY", value_parser = values::day)]
    as_of: Option<NaiveDate>,
    /// What was recorded by then only: an instant, a day (its end, UTC) or a position like @1234
    #[arg(long, value_name = "WHEN", value_parser = values::known)]
    known_at: Option<Known>,
    /// The file with the key that signs (`log tree-head --new-key` makes one)
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Add the events behind these cells, such as total/EUR/overdue, each with its proof; of every
    /// line without a cell
    #[arg(long, value_name = "CELL", num_args = 0..)]
    with_proofs: Option<Vec<CellKey>>,
    /// Where the certificate goes
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Do not record that it is given out: for a replica, which holds what its original does
    #[arg(long)]
    unrecorded: bool,
}

impl Certify {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let key = self.key.as_deref().map(SigningKey::read).transpose()?;
        let view = ViewArguments::at(self.as_of, self.known_at);
        let words = self.report.words()?;
        let Question { book, report, managers, .. } = session.ask(&words, &view)?;
        let words = people::by_id(&session.read()?, &managers, words)?;
        let asked = shlex::try_join(words.iter().map(String::as_str)).unwrap_or_default();
        let proofs = match self.with_proofs {
            None => Proofs::None,
            Some(cells) if cells.is_empty() => Proofs::All,
            Some(cells) => Proofs::Of(cells),
        };
        let how = How { asked: &asked, key: key.as_ref(), proofs };
        let certificate = book.certify(&*report, &how)?;
        if !self.unrecorded {
            export::note(&session.read()?, &asked, "certificate", &self.output)?;
        }
        certificate.write(&self.output)?;
        session.show(&Answer { certificate, file: self.output.display().to_string() })?;
        Ok(Exit::Done)
    }
}

struct Answer {
    certificate: Certificate,
    file: String,
}

/// What a certificate is about, for people.
pub(super) fn facts(it: &Certificate) -> Vec<(&'static str, String)> {
    let known_at = it.known_at().map(|at| format!(" of {}", values::instant(at)));
    vec![
        ("report", it.asked().to_owned()),
        ("as of", it.as_of().to_string()),
        ("known", format!("@{}{}", it.position(), known_at.unwrap_or_default())),
        ("signer", it.signer().unwrap_or("nobody").to_owned()),
    ]
}

/// The same for programs.
pub(super) fn fields(it: &Certificate) -> Value {
    json!({
        "report": it.report(),
        "asked": it.asked(),
        "as_of": it.as_of(),
        "known_at": it.known_at().map(values::instant),
        "position": it.position().0,
        "signer": it.signer(),
    })
}

impl Shown for Answer {
    fn document(&self) -> Value {
        let mut document = fields(&self.certificate);
        if let Value::Object(fields) = &mut document {
            fields.insert("file".to_owned(), self.file.as_str().into());
        }
        document
    }

    fn sheet(&self) -> Sheet {
        let it = &self.certificate;
        let columns = ["file", "asked", "as_of", "position", "signer"];
        let columns = columns.map(|key| Column::text(key, key)).into();
        Sheet::new(columns).with([vec![
            Cell::text(&*self.file),
            Cell::text(it.asked()),
            Cell::day(it.as_of()),
            Cell::count(it.position().0),
            Cell::maybe(it.signer()),
        ]])
    }

    fn page(&self) -> Page {
        let about = format!("in {}", self.file);
        Page::titled("Certified", about).gap().facts(0, facts(&self.certificate))
    }
}
