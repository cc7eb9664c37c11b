//! How answers are shown: the one place that knows tables, JSON, CSV and colours.
//!
//! Owns [`Shown`], which every answer is. Knows no command.
//!
//! *Invariant: an answer says the same in every form; only people get totals, notes and colour.*

mod amount;
mod inert;
mod look;
mod out;
mod page;
mod rows;
mod sheet;
mod table;

use std::io::Write as _;

use serde_json::Value;

use crate::failure::Failure;

pub(crate) use amount::{grouped, grouped_in, money, sums};
pub(crate) use inert::{inert, is_formula};
pub(crate) use look::{Look, Tone};
pub(crate) use out::Out;
pub(crate) use page::Page;
pub(crate) use rows::Rows;
pub(crate) use sheet::{Cell, Column, Sheet};

/// The form in which an answer is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Tables and sentences.
    People,
    /// One document.
    Json,
    /// An object a row.
    Jsonl,
    /// A line a row, the first one with the names of the columns.
    Csv,
}

/// An answer that can be shown in every form.
pub(crate) trait Shown {
    /// The whole answer as one JSON document.
    fn document(&self) -> Value;

    /// Its rows and columns.
    fn sheet(&self) -> Sheet;

    /// Its rows as JSON objects: those of the sheet, unless they have more to say.
    fn lines(&self) -> Vec<Value> {
        let Sheet { columns, rows, .. } = self.sheet();
        rows.iter().map(|row| sheet::object(&columns, row)).collect()
    }

    /// What people read.
    fn page(&self) -> Page;
}

/// `value` as JSON.
pub(crate) fn json(value: &impl serde::Serialize) -> Value {
    // Nothing that is shown has a map whose keys are no text.
    serde_json::to_value(value).unwrap_or_default()
}

/// Shows `answer` in `form`.
pub(crate) fn show(
    answer: &dyn Shown,
    form: Form,
    look: &Look,
    out: &mut Out,
) -> Result<(), Failure> {
    match form {
        Form::People => answer.page().print(look, out)?,
        Form::Json => {
            serde_json::to_writer_pretty(&mut *out, &answer.document())?;
            out.write_all(b"\n")?;
        }
        Form::Jsonl => {
            for line in answer.lines() {
                serde_json::to_writer(&mut *out, &line)?;
                out.write_all(b"\n")?;
            }
        }
        Form::Csv => {
            let Sheet { columns, rows, .. } = answer.sheet();
            let mut writer = Rows::begin(form, &columns, look, out)?;
            for row in &rows {
                writer.row(row)?;
            }
            writer.end()?;
        }
    }
    Ok(())
}
