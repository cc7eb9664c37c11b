//! Asking, where SQL is built in.

use std::fs;
use std::io::Read as _;

use relatum::Engine;
use relatum_sql::{Point, Sql, SqlClass, SqlError, SqlOptions};

use super::SqlCommand;
use super::file::{self, FileForm};
use super::shown;
use crate::book;
use crate::export;
use crate::failure::{Exit, Failure};
use crate::session::Session;

impl SqlCommand {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let output = match self.output.as_deref() {
            Some(path) => Some((path, FileForm::of(path)?)),
            None => None,
        };
        let text = self.text()?;
        // Which tables there are does not depend on what is in them.
        let engine = match (self.tables, session.named_store()) {
            (true, None) => Engine::in_memory()?,
            _ => session.read()?,
        };
        book::catch_up(&engine)?;
        let (day, known_at) = self.view.point();
        let point = Point { as_of: day, known_at };
        let memory = usize::try_from(u64::from(self.memory) << 20).unwrap_or(usize::MAX);
        let options = SqlOptions { point, files: self.files, memory };
        let sql = Sql::over(&engine, options)?;
        let answer = sql.query(&text)?;
        match output {
            None => shown::show(answer, session)?,
            Some((path, form)) => {
                if !self.unrecorded {
                    export::note(&engine, "query", form.name(), path)?;
                }
                let rows = match form {
                    FileForm::Parquet => answer.save_parquet(path)?,
                    FileForm::Rows(form) => file::save(answer, path, form)?,
                };
                session.message(&format!("wrote {rows} rows to {}", path.display()));
            }
        }
        Ok(Exit::Done)
    }

    /// The text of the query.
    fn text(&self) -> Result<String, Failure> {
        if let Some(path) = &self.query_file {
            let op = || format!("read the query in {}", path.display());
            return fs::read_to_string(path).map_err(|error| Failure::io(op(), error));
        }
        match self.query.as_deref() {
            None => Ok("show tables".to_owned()),
            Some("-") => {
                let mut text = String::new();
                let read = std::io::stdin().lock().read_to_string(&mut text);
                read.map_err(|error| Failure::io("read the query", error))?;
                Ok(text)
            }
            Some(text) => Ok(text.to_owned()),
        }
    }
}

impl From<SqlError> for Failure {
    fn from(error: SqlError) -> Self {
        let exit = match (error.class(), &error) {
            (_, SqlError::Engine(error)) => error.class().into(),
            (SqlClass::Data, _) => Exit::Refused,
            (SqlClass::Unavailable, _) => Exit::Unavailable,
            _ => Exit::Usage,
        };
        let hint = error.hint();
        let failure = Self::of(exit, error);
        match hint {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}
