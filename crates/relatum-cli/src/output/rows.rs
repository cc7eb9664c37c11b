//! Rows printed as they come, for answers too long to be held.

use std::io::Write;

use serde_json::Value;

use super::Form;
use super::inert::inert;
use super::look::{Look, Tone};
use super::sheet::{Cell, Column, object};
use crate::failure::Failure;

/// Prints rows one by one.
pub(crate) struct Rows<'a> {
    form: Form,
    columns: &'a [Column],
    look: &'a Look,
    out: &'a mut dyn Write,
    empty: bool,
}

impl<'a> Rows<'a> {
    /// Prints what comes before the rows.
    pub(crate) fn begin(
        form: Form,
        columns: &'a [Column],
        look: &'a Look,
        out: &'a mut dyn Write,
    ) -> Result<Self, Failure> {
        match form {
            Form::People => {
                let titles: Vec<Cell> = columns
                    .iter()
                    .map(|column| Cell::text(column.title.as_str()).tone(Tone::Strong))
                    .collect();
                let line = aligned(columns, &titles, look);
                writeln!(out, "{line}")?;
            }
            Form::Json => write!(out, "[")?,
            Form::Jsonl => {}
            Form::Csv => {
                let keys = columns.iter().filter(|column| column.is_for_programs());
                record(out, keys.map(|column| column.key.as_str()))?;
            }
        }
        Ok(Self { form, columns, look, out, empty: true })
    }

    /// Prints a row.
    pub(crate) fn row(&mut self, row: &[Cell]) -> Result<(), Failure> {
        match self.form {
            Form::People => {
                let line = aligned(self.columns, row, self.look);
                writeln!(self.out, "{line}")?;
            }
            Form::Csv => {
                let cells = self.columns.iter().zip(row);
                let told = cells.filter(|(column, _)| column.is_for_programs());
                let fields: Vec<String> = told.map(|(_, cell)| field(&cell.value)).collect();
                record(self.out, fields.iter().map(String::as_str))?;
            }
            Form::Json | Form::Jsonl => self.line(&object(self.columns, row))?,
        }
        self.empty = false;
        Ok(())
    }

    /// Prints a row that has more to say in JSON.
    pub(crate) fn line(&mut self, line: &Value) -> Result<(), Failure> {
        if self.form == Form::Json {
            self.out.write_all(if self.empty { b"\n" } else { b",\n" })?;
        }
        serde_json::to_writer(&mut *self.out, line)?;
        if self.form == Form::Jsonl {
            self.out.write_all(b"\n")?;
        }
        self.empty = false;
        Ok(())
    }

    /// Prints what comes after the rows.
    pub(crate) fn end(self) -> Result<(), Failure> {
        if self.form == Form::Json {
            self.out.write_all(b"\n]\n")?;
        }
        Ok(())
    }
}

/// A value as a field of CSV.
fn field(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => inert(text).into_owned(),
        other => other.to_string(),
    }
}

fn record<'a>(out: &mut dyn Write, fields: impl Iterator<Item = &'a str>) -> Result<(), Failure> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(fields)?;
    writer.flush()?;
    Ok(())
}

fn aligned(columns: &[Column], row: &[Cell], look: &Look) -> String {
    let shown = columns.iter().zip(row);
    let told: Vec<String> = shown
        .filter(|(column, _)| column.is_for_people())
        .map(|(column, cell)| {
            let room = " ".repeat(column.width.saturating_sub(cell.text.chars().count()));
            let text = look.paint(cell.tone, &cell.text);
            if column.right { format!("{room}{text}") } else { format!("{text}{room}") }
        })
        .collect();
    told.join("  ").trim_end().to_owned()
}
