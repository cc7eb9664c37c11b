//! Answers as files of lines: whole, or not there.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use relatum_sql::Answer;

use super::shown::{column, each};
use crate::failure::{Exit, Failure};
use crate::output::{Column, Form, Look, Out, Rows};

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

/// A file under a temporary name, which is gone unless it was finished.
struct Unfinished {
    path: PathBuf,
    finished: bool,
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if !self.finished {
            // Where it cannot be removed, its name says that it is nothing.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Writes an answer, and says how many rows it has.
pub(super) fn save(answer: Answer<'_>, path: &Path, form: Form) -> Result<u64, Failure> {
    let fails = |error| Failure::io(format!("write {}", path.display()), error);
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.unfinished", std::process::id()));
    let mut unfinished = Unfinished { path: path.with_file_name(name), finished: false };
    let file = File::create(&unfinished.path).map_err(fails)?;
    let synced = file.try_clone().map_err(fails)?;
    let mut out = Out::file(file);
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
    out.flush().map_err(fails)?;
    synced.sync_all().map_err(fails)?;
    fs::rename(&unfinished.path, path).map_err(fails)?;
    unfinished.finished = true;
    Ok(count)
}
