//! Rows as a workbook: a sheet with typed cells, and one that says what its columns are.
//!
//! A spreadsheet keeps fifteen digits of a number: what has more is written, and read back rounded.

use relatum::domain::Currency;
use relatum::{CellKind, Sum, TableCell, TableColumn};
use rust_xlsxwriter::{DocProperties, Format, Workbook, Worksheet, XlsxError};

use super::{Columns, RowsFile, text_of};
use crate::failure::{Exit, Failure};
use crate::output::is_formula;
use crate::whole_file::WholeFile;

/// Rows of a sheet, the one with the names of the columns too.
const ROWS: u32 = 1_048_576;

/// How cells of each kind look.
struct Formats {
    day: Format,
    instant: Format,
    /// By how many digits the minor unit has.
    amounts: [Format; 7],
    number: Format,
    /// A text that looks like a formula.
    text: Format,
    heading: Format,
}

impl Formats {
    fn new() -> Self {
        let digits = ["#,##0", "#,##0.0", "#,##0.00", "#,##0.000", "#,##0.0000", "#,##0.00000"];
        let shown = |at: usize| Format::new().set_num_format(*digits.get(at).unwrap_or(&PRECISE));
        Self {
            day: Format::new().set_num_format("yyyy-mm-dd"),
            instant: Format::new().set_num_format("yyyy-mm-dd hh:mm:ss"),
            amounts: std::array::from_fn(shown),
            number: Format::new().set_num_format("0.######"),
            text: Format::new().set_quote_prefix(),
            heading: Format::new().set_bold(),
        }
    }

    /// How an amount looks: with the digits of the minor unit, with more where there are any.
    fn amount(&self, sum: Sum) -> &Format {
        let places = sum.number().split_once('.').map_or(0, |(_, places)| places.len());
        self.amounts.get(places).unwrap_or(&self.number)
    }
}

const PRECISE: &str = "#,##0.000000";

/// A workbook with the rows of a table.
pub(crate) struct XlsxFile {
    columns: Columns,
    file: WholeFile,
    book: Workbook,
    sheet: Worksheet,
    formats: Formats,
    row: u32,
    about: Vec<(String, String)>,
}

impl XlsxFile {
    /// Begins a workbook whose sheet is called `name`; `about` is said on a sheet of its own.
    pub(crate) fn begin(
        name: &str,
        columns: Columns,
        about: Vec<(String, String)>,
        file: WholeFile,
    ) -> Result<Self, Failure> {
        let mut book = Workbook::new();
        let formats = Formats::new();
        let begin = |book: &mut Workbook| -> Result<Worksheet, XlsxError> {
            // Rows wait in a file beside the workbook: where there is room for the one there is
            // room for the other.
            book.set_tempdir(file.folder())?;
            let mut sheet = book.new_worksheet_with_constant_memory()?;
            sheet.set_name(name)?;
            sheet.set_freeze_panes(1, 0)?;
            for (at, column) in (0..).zip(&columns.all) {
                sheet.set_column_width(at, width(column))?;
                sheet.write_string_with_format(0, at, column.name, &formats.heading)?;
            }
            Ok(sheet)
        };
        let sheet = begin(&mut book).map_err(failed)?;
        Ok(Self { columns, file, book, sheet, formats, row: 0, about })
    }

    fn sheet_of_columns(&self) -> Result<Worksheet, XlsxError> {
        let mut sheet = Worksheet::new();
        sheet.set_name("about")?;
        for (at, width) in [(0, 24.0), (1, 14.0), (2, 80.0)] {
            sheet.set_column_width(at, width)?;
        }
        let heading = &self.formats.heading;
        let mut row = 0;
        for (label, text) in &self.about {
            sheet.write_string_with_format(row, 0, label, heading)?;
            sheet.write_string(row, 1, text)?;
            row += 1;
        }
        row += 1;
        for (at, title) in (0..).zip(["column", "kind", "what it says"]) {
            sheet.write_string_with_format(row, at, title, heading)?;
        }
        for column in &self.columns.all {
            row += 1;
            sheet.write_string(row, 0, column.name)?;
            sheet.write_string(row, 1, column.kind.name())?;
            sheet.write_string(row, 2, column.doc)?;
        }
        Ok(sheet)
    }

    fn save(&mut self) -> Result<(), XlsxError> {
        let last = u16::try_from(self.columns.all.len().saturating_sub(1)).unwrap_or(u16::MAX);
        self.sheet.autofilter(0, 0, self.row, last)?;
        let about = self.sheet_of_columns()?;
        let sheet = std::mem::take(&mut self.sheet);
        self.book.push_worksheet(sheet);
        self.book.push_worksheet(about);
        // Equal rows are equal bytes: no clock is in the file.
        let day =
            chrono::NaiveDate::from_ymd_opt(2000, 1, 1).and_then(|it| it.and_hms_opt(0, 0, 0));
        let made = day.unwrap_or_default().and_utc();
        self.book.set_properties(&DocProperties::new().set_creation_datetime(&made));
        self.book.save_to_writer(&mut self.file)
    }
}

/// Wide enough for what stands in a column.
fn width(column: &TableColumn) -> f64 {
    let cells = match column.kind {
        CellKind::Id => 37,
        CellKind::Event => 50,
        CellKind::Text => 20,
        CellKind::Instant => 20,
        CellKind::Amount => 16,
        _ => 12,
    };
    // The button of the filter wants its room.
    f64::from(u32::try_from(column.name.len() + 4).unwrap_or(0).max(cells))
}

fn failed(error: XlsxError) -> Failure {
    let source = match error {
        XlsxError::IoError(error) => error,
        other => std::io::Error::other(other),
    };
    Failure::io("write the workbook", source)
}

impl RowsFile for XlsxFile {
    fn row(&mut self, cells: &[TableCell<'_>]) -> Result<(), Failure> {
        self.row += 1;
        if self.row >= ROWS {
            let message = format!("a sheet holds {} rows, and there are more", ROWS - 1);
            let hint = "ask for less with --account, or write --format csv or jsonl";
            return Err(Failure::new(Exit::Refused, message).hint(hint));
        }
        let (sheet, formats, row) = (&mut self.sheet, &self.formats, self.row);
        for (at, (column, cell, currency)) in (0..).zip(self.columns.of(cells)) {
            write(sheet, formats, (row, at), cell, currency).map_err(|error| match error {
                XlsxError::MaxStringLengthExceeded => {
                    let message = format!(
                        "row {row}, column {}: a cell of a workbook holds 32,767 characters, this \
                         text has more",
                        column.name
                    );
                    Failure::new(Exit::Refused, message).hint("write --format csv or jsonl")
                }
                error => failed(error),
            })?;
        }
        Ok(())
    }

    fn end(mut self: Box<Self>) -> Result<(), Failure> {
        self.save().map_err(failed)?;
        self.file.end()
    }
}

fn write(
    sheet: &mut Worksheet,
    formats: &Formats,
    (row, at): (u32, u16),
    cell: &TableCell<'_>,
    currency: Currency,
) -> Result<(), XlsxError> {
    match cell {
        TableCell::Null => return Ok(()),
        TableCell::Text(text) if is_formula(text) => {
            sheet.write_string_with_format(row, at, &**text, &formats.text)?
        }
        TableCell::Text(text) => sheet.write_string(row, at, &**text)?,
        // A number that a spreadsheet can count with; there are no longer ones among counts.
        TableCell::Integer(number) => sheet.write_number(row, at, *number as f64)?,
        TableCell::Flag(flag) => sheet.write_boolean(row, at, *flag)?,
        TableCell::Decimal(micro) => {
            let sum = Sum { micro: *micro, currency };
            // The nearest number that there is, from the exact digits.
            let number: f64 = sum.number().parse().unwrap_or(f64::NAN);
            let is_number = currency == Currency::NONE;
            let format = if is_number { &formats.number } else { formats.amount(sum) };
            sheet.write_number_with_format(row, at, number, format)?
        }
        TableCell::Day(day) => {
            match sheet.write_datetime_with_format(row, at, day, &formats.day) {
                Ok(sheet) => sheet,
                // A spreadsheet knows no day before 1900.
                Err(_) => sheet.write_string(row, at, day.to_string())?,
            }
        }
        TableCell::Instant(instant) => {
            match sheet.write_datetime_with_format(row, at, instant.naive_utc(), &formats.instant) {
                Ok(sheet) => sheet,
                Err(_) => sheet.write_string(row, at, text_of(cell, currency))?,
            }
        }
        other => sheet.write_string(row, at, other.to_string())?,
    };
    Ok(())
}
