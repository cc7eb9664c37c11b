//! Answers of any shape, in every form.

use relatum_sql::{Answer, SqlCell, SqlColumn, SqlRows};
use serde_json::Value;

use crate::failure::Failure;
use crate::output::{Cell, Column, Form, Page, Sheet, Shown, Tone, grouped};
use crate::session::Session;

/// So many rows are laid out together for people; more are printed as they come.
const TOGETHER: usize = 1_000;

/// No column of rows that are printed as they come is wider.
const WIDEST: usize = 48;

/// Shows an answer.
pub(super) fn show(answer: Answer<'_>, session: &mut Session) -> Result<(), Failure> {
    let about = answer.columns();
    let mut columns: Vec<Column> = about.iter().map(column).collect();
    let mut rows = answer.rows()?;
    if session.form() != Form::People {
        let mut shown = session.rows(&columns)?;
        for row in each(&mut rows) {
            shown.row(&row?)?;
        }
        return shown.end();
    }
    let mut first = Vec::new();
    let mut each = each(&mut rows);
    while first.len() < TOGETHER
        && let Some(row) = each.next()
    {
        first.push(row?);
    }
    let Some(next) = each.next().transpose()? else {
        return session.show(&Whole { columns, rows: first });
    };
    for (at, column) in columns.iter_mut().enumerate() {
        let widths = first.iter().filter_map(|row| Some(row.get(at)?.text.chars().count()));
        let widest = widths.chain([column.title.chars().count()]).max().unwrap_or(0);
        column.width = widest.min(WIDEST);
    }
    let mut shown = session.rows(&columns)?;
    for row in first.into_iter().chain([next]) {
        shown.row(&row)?;
    }
    for row in each {
        shown.row(&row?)?;
    }
    shown.end()
}

/// The rows of an answer, one by one.
pub(super) fn each<'a>(
    rows: &'a mut SqlRows<'_>,
) -> impl Iterator<Item = Result<Vec<Cell>, Failure>> + 'a {
    rows.flat_map(|batch| match batch {
        Ok(rows) => rows.into_iter().map(|row| Ok(row.into_iter().map(cell).collect())).collect(),
        Err(error) => vec![Err(Failure::from(error))],
    })
}

/// A column, for all.
pub(super) fn column(about: &SqlColumn) -> Column {
    let SqlColumn { name, is_number } = about;
    if *is_number { Column::number(name, name) } else { Column::text(name, name) }
}

fn cell(cell: SqlCell) -> Cell {
    match cell {
        SqlCell::Null => Cell::none(),
        SqlCell::Flag(flag) => Cell::of(if flag { "yes" } else { "no" }, flag),
        SqlCell::Number(text) => {
            let whole = text.parse::<i64>().map(Value::from);
            let whole = whole.or_else(|_| text.parse::<u64>().map(Value::from));
            let value = match whole {
                Ok(value) => value,
                Err(_) => text.parse::<f64>().map_or(Value::Null, Value::from),
            };
            Cell::of(text, value)
        }
        // As amounts are everywhere: a text in JSON, so that nobody rounds it.
        SqlCell::Decimal(text) => {
            let tone = if text.starts_with('-') { Tone::Warning } else { Tone::Plain };
            Cell::of(grouped(&text), text).tone(tone)
        }
        SqlCell::Text(text) => Cell::text(text),
    }
}

/// An answer that is laid out at once.
struct Whole {
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
}

impl Shown for Whole {
    fn document(&self) -> Value {
        Value::from(self.lines())
    }

    fn sheet(&self) -> Sheet {
        Sheet::new(self.columns.clone()).with(self.rows.iter().cloned())
    }

    fn page(&self) -> Page {
        let count = match self.rows.len() {
            1 => "1 row".to_owned(),
            count => format!("{count} rows"),
        };
        Page::default().sheet(self.sheet()).note(count)
    }
}
