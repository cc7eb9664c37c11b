//! Answers as files of lines: whole, or not there.

use std::path::Path;

use relatum_sql::Answer;

use super::shown::{column, each};
use crate::failure::{Exit, Failure};
use crate::output::{Column, Form, Look, Rows};
use crate::whole_file::WholeFile;

/// What is written, by the end of a file's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FileForm {
    Parquet,
    Rows(Form),
}

impl FileForm {
    /// The form that the end of a name says.
    pub(super) fn of(path: &Path) -> Result<Self, Failure> {
        let end = path.extension().and_then(|end| end.to_str()).map(str::to_ascii_lowercase);
        Ok(match end.as_deref() {
            Some("parquet" | "pq") => Self::Parquet,
            Some("csv") => Self::Rows(Form::Csv),
            Some("jsonl" | "ndjson") => Self::Rows(Form::Jsonl),
            Some("json") => Self::Rows(Form::Json),
            _ => {
                let message = format!(
                    "`{}` does not say in which form; end it in .parquet, .csv, .jsonl or .json",
                    path.display()
                );
                return Err(Failure::new(Exit::Usage, message));
            }
        })
    }

    /// Its name.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Parquet => "parquet",
            Self::Rows(Form::Csv) => "csv",
            Self::Rows(Form::Jsonl) => "jsonl",
            Self::Rows(_) => "json",
        }
    }
}

/// Writes an answer, and says how many rows it has.
pub(super) fn save(answer: Answer<'_>, path: &Path, form: Form) -> Result<u64, Failure> {
    let mut out = WholeFile::begin(path)?;
    let columns: Vec<Column> = answer.columns().iter().map(column).collect();
    let mut rows = answer.rows()?;
    let plain = Look { width: None, colour: false };
    let mut written = Rows::begin(form, &columns, &plain, &mut out)?;
    let mut count = 0;
    for row in each(&mut rows) {
        written.row(&row?)?;
        count += 1;
    }
    written.end()?;
    out.end()?;
    Ok(count)
}
