//! Workbooks: sheets as rows of texts.
//!
//! A sheet is read whole, up to a limit: cells come as texts that are plain already, days as
//! `2024-02-29`, numbers with the fifteen digits that a workbook keeps. What a cell cannot tell (an
//! error, a formula that nobody computed, an id cut to fifteen digits) is a fault of that cell.
//!
//! *Invariant: no cell gives another text than the one a spreadsheet shows for it in full, or it
//! is at fault.*

use std::io::{self, Read};

use calamine::{DataRef, ExcelDateTime, Reader, SheetType, SheetVisible, Xlsx};
use chrono::{Days, NaiveDate, NaiveTime};

use super::archive::{Contents, Place, Seekable};
use super::records::Ending;

/// The most text of a sheet that is held in memory.
const MAX_TEXT: usize = 512 * 1024 * 1024;

/// The most bytes that the parts of a workbook may unpack to.
const MAX_PARTS: u64 = 4 * 1024 * 1024 * 1024;

/// A text, and how it came about.
#[derive(Debug, Clone)]
struct Cell {
    column: u32,
    text: String,
    /// Whether it is in plain notation, whatever the format says.
    plain: bool,
    /// Why it tells nothing.
    fault: Option<&'static str>,
}

/// The rows of one sheet.
pub(crate) struct Sheet {
    name: String,
    rows: Vec<(u32, Vec<Cell>)>,
    /// The row at hand, from 1.
    next: usize,
    merged: Vec<((u32, u32), (u32, u32))>,
    pub(crate) line: u64,
    current: Vec<Cell>,
    columns: usize,
    raw: Vec<u8>,
}

/// The names of the sheets that hold tables and can be seen.
pub(crate) fn sheets(place: &Place, contents: &Contents) -> Result<Vec<String>, String> {
    unpacked(contents)?;
    let book = open(place)?;
    let sheets = book.sheets_metadata().iter();
    let seen = sheets.filter(|sheet| {
        sheet.typ == SheetType::WorkSheet && sheet.visible == SheetVisible::Visible
    });
    Ok(seen.map(|sheet| sheet.name.clone()).collect())
}

/// Makes sure that the parts unpack to what their directory says: the reader of workbooks trusts
/// it.
fn unpacked(contents: &Contents) -> Result<(), String> {
    let mut total = 0_u64;
    for member in &contents.members {
        total = total.saturating_add(member.size);
        if total > MAX_PARTS {
            return Err("is a workbook that unpacks to more than 4 GiB; save it as CSV".to_owned());
        }
        let drained = member.open().and_then(|mut part| io::copy(&mut part, &mut io::sink()));
        drained.map_err(|error| format!("is a broken workbook, in `{}`: {error}", member.name))?;
    }
    Ok(())
}

fn open(place: &Place) -> Result<Xlsx<Box<dyn Seekable>>, String> {
    let reader = place.open().map_err(|error| format!("cannot be opened: {error}"))?;
    Xlsx::new(reader).map_err(|error| broken(&error))
}

fn broken(error: &calamine::XlsxError) -> String {
    format!("is a broken workbook ({error}); open it in a spreadsheet and save it again")
}

impl Sheet {
    /// Reads the sheet called `name`.
    pub(crate) fn read(place: &Place, name: &str) -> Result<Self, String> {
        let mut book = open(place)?;
        let merged = book.merge_cells_by_sheet_name(name).map_err(|error| broken(&error))?;
        let merged = merged.into_iter().map(|area| (area.start, area.end)).collect();
        let mut cells = book.worksheet_cells_reader(name).map_err(|error| broken(&error))?;
        let mut rows: Vec<(u32, Vec<Cell>)> = Vec::new();
        let mut bytes = 0_usize;
        while let Some(found) =
            cells.next_cell_with_formula_metadata().map_err(|error| broken(&error))?
        {
            let (row, column) = found.pos;
            let Some(cell) = cell(column, &found.value, found.formula.is_some()) else {
                continue;
            };
            bytes = bytes.saturating_add(cell.text.len() + size_of::<Cell>());
            if bytes > MAX_TEXT {
                return Err(format!(
                    "has more than {} MiB in sheet `{name}`; save the sheet as CSV",
                    MAX_TEXT / (1024 * 1024)
                ));
            }
            match rows.last_mut() {
                Some((last, cells)) if *last == row => cells.push(cell),
                Some((last, _)) if *last > row => {
                    return Err(format!("has the rows of sheet `{name}` in disorder"));
                }
                _ => rows.push((row, vec![cell])),
            }
        }
        for (_, cells) in &mut rows {
            cells.sort_by_key(|cell| cell.column);
        }
        let name = name.to_owned();
        let (current, raw) = (Vec::new(), Vec::new());
        Ok(Self { name, rows, next: 0, merged, line: 0, current, columns: 0, raw })
    }

    /// Moves to the next row that is not blank.
    pub(crate) fn next(&mut self) -> Option<Ending> {
        let (row, cells) = self.rows.get_mut(self.next)?;
        self.line = u64::from(*row) + 1;
        self.current = std::mem::take(cells);
        self.next += 1;
        let last = self.current.last().map_or(0, |cell| cell.column + 1);
        self.columns = usize::try_from(last).unwrap_or(0);
        self.raw = raw(&self.current);
        Some(Ending::Line)
    }

    /// Passes over the rows above line `lines` + 1.
    pub(crate) fn skip(&mut self, lines: u32) {
        while self.rows.get(self.next).is_some_and(|(row, _)| *row < lines) {
            self.next += 1;
        }
    }

    /// What is wrong with the row at hand as a row of names.
    pub(crate) fn header_fault(&self) -> Option<String> {
        let row = self.line.checked_sub(1)?;
        let touches = |((top, left), (bottom, right)): &&((u32, u32), (u32, u32))| {
            (u64::from(*top)..=u64::from(*bottom)).contains(&row) && (left, top) != (right, bottom)
        };
        let ((top, left), (bottom, right)) = self.merged.iter().find(touches)?;
        Some(format!(
            "has merged cells ({}:{}) in sheet `{}`, so that a name stands over several columns or \
             rows; unmerge them and give each column its own name, or say `skip_lines` if the \
             names stand below",
            reference(*top, *left),
            reference(*bottom, *right),
            self.name
        ))
    }

    pub(crate) const fn columns(&self) -> usize {
        self.columns
    }

    pub(crate) fn raw(&self) -> &[u8] {
        &self.raw
    }

    fn cell(&self, at: usize) -> Option<&Cell> {
        let at = u32::try_from(at).ok()?;
        let found = self.current.binary_search_by_key(&at, |cell| cell.column).ok()?;
        self.current.get(found)
    }

    pub(crate) fn field(&self, at: usize) -> Option<&[u8]> {
        Some(self.cell(at)?.text.as_bytes())
    }

    pub(crate) fn is_plain(&self, at: usize) -> bool {
        self.cell(at).is_some_and(|cell| cell.plain)
    }

    /// Why the cell in column `at` tells nothing.
    pub(crate) fn fault(&self, at: usize) -> Option<String> {
        let cell = self.cell(at)?;
        let row = u32::try_from(self.line).unwrap_or(1).saturating_sub(1);
        let place = format!("{}!{}", self.name, reference(row, cell.column));
        Some(format!("cell {place} {}", cell.fault?))
    }
}

/// `C7` of row 6 and column 2, both from 0.
fn reference(row: u32, column: u32) -> String {
    let mut letters = Vec::new();
    let mut left = column + 1;
    while left > 0 {
        let digit = u8::try_from((left - 1) % 26).unwrap_or(0);
        letters.push(char::from(b'A' + digit));
        left = (left - 1) / 26;
    }
    letters.reverse();
    format!("{}{}", letters.into_iter().collect::<String>(), row + 1)
}

fn raw(cells: &[Cell]) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
    let last = cells.last().map_or(0, |cell| cell.column);
    let mut cells = cells.iter().peekable();
    // A sheet has at most 16,384 columns.
    for column in 0..=last.min(16_384) {
        let text = cells.next_if(|cell| cell.column == column).map_or("", |cell| &cell.text);
        if writer.write_field(text).is_err() {
            break;
        }
    }
    let _ = writer.write_record(None::<&[u8]>);
    let mut bytes = writer.into_inner().unwrap_or_default();
    while bytes.last().is_some_and(|byte| matches!(byte, b'\n' | b'\r')) {
        bytes.pop();
    }
    bytes
}

fn cell(column: u32, value: &DataRef<'_>, formula: bool) -> Option<Cell> {
    let fine = |text: String, plain| Cell { column, text, plain, fault: None };
    let faulty = |text: String, fault| Cell { column, text, plain: false, fault: Some(fault) };
    Some(match value {
        DataRef::Empty if formula => faulty(
            String::new(),
            "holds a formula that nobody has computed; open the workbook in a spreadsheet and \
             save it",
        ),
        DataRef::Empty => return None,
        DataRef::String(text) if text.trim().is_empty() && !formula => return None,
        DataRef::SharedString(text) if text.trim().is_empty() => return None,
        DataRef::String(text) => fine(text.clone(), false),
        DataRef::SharedString(text) => fine((*text).to_owned(), false),
        DataRef::Bool(flag) => fine(flag.to_string(), true),
        DataRef::Int(number) => fine(number.to_string(), true),
        DataRef::Float(number) => match number_text(*number) {
            Ok(text) => fine(text, true),
            Err(fault) => faulty(number.to_string(), fault),
        },
        DataRef::DateTime(at) => match day_text(at) {
            Some(text) => fine(text, true),
            None => faulty(at.as_f64().to_string(), "holds a day that there is not"),
        },
        DataRef::DateTimeIso(text) => fine(text.trim_end_matches('Z').to_owned(), true),
        DataRef::DurationIso(text) => fine(text.clone(), true),
        DataRef::Error(error) => {
            faulty(error.to_string(), "holds an error; put it right in the workbook")
        }
    })
}

/// A number with the digits that a spreadsheet keeps of it: `0.3` of 0.1 + 0.2.
fn number_text(number: f64) -> Result<String, &'static str> {
    if !number.is_finite() {
        return Err("holds no number");
    }
    if number.abs() >= 1e15 {
        return Err(
            "holds a number of more than 15 digits, of which a workbook does not keep the last; \
             give the column the format text before the ids are put in, or use CSV",
        );
    }
    let rounded: f64 = format!("{number:.14e}").parse().unwrap_or(number);
    // Zero has no sign.
    let rounded = if rounded == 0.0 { 0.0 } else { rounded };
    Ok(rounded.to_string())
}

/// `2024-02-29`, `2024-02-29T12:30:00` or `12:30:00`.
fn day_text(at: &ExcelDateTime) -> Option<String> {
    let serial = at.as_f64();
    if at.is_duration() {
        // Days as a number of hours, minutes and seconds.
        let seconds = whole((serial * 86_400.0).round())?;
        let (hours, rest) = (seconds / 3600, seconds % 3600);
        return Some(format!("{hours}:{:02}:{:02}", rest / 60, rest % 60));
    }
    let (year, month, day, hour, minute, second, milli) = at.to_ymd_hms_milli();
    let time =
        NaiveTime::from_hms_milli_opt(hour.into(), minute.into(), second.into(), milli.into())?;
    if (0.0..1.0).contains(&serial) {
        return Some(time.to_string());
    }
    if serial < 0.0 {
        return None;
    }
    let day = NaiveDate::from_ymd_opt(year.into(), month.into(), day.into())?;
    // Half a second before midnight is the next day, badly kept.
    let (day, time) = match (time.format("%H:%M:%S").to_string().as_str(), milli) {
        ("23:59:59", 500..) => (day.checked_add_days(Days::new(1))?, NaiveTime::MIN),
        _ => (day, time),
    };
    if time == NaiveTime::MIN {
        return Some(day.to_string());
    }
    Some(format!("{day}T{}", time.format("%H:%M:%S")))
}

fn whole(number: f64) -> Option<i64> {
    // Through text: a cast would cut what does not fit.
    if number < 0.0 { None } else { format!("{number:.0}").parse().ok() }
}

/// Whether the first bytes are those of an old or protected workbook.
pub(crate) fn is_old(start: &[u8]) -> bool {
    start.starts_with(&[0xd0, 0xcf, 0x11, 0xe0])
}

/// The first bytes of `place`.
pub(crate) fn start(place: &Place) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    place.open()?.take(8).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_carry_no_noise() {
        for (number, text) in [
            (0.1 + 0.2, "0.3"),
            (1.0, "1"),
            (-0.0, "0"),
            (1234.56, "1234.56"),
            (999_999_999_999_999.0, "999999999999999"),
            (1e-7, "0.0000001"),
        ] {
            assert_eq!(number_text(number).unwrap(), text);
        }
        assert!(number_text(4_876_876_000_000_312_001.0).is_err());
        assert!(number_text(f64::NAN).is_err());
    }

    #[test]
    fn cells_are_named_as_a_spreadsheet_names_them() {
        assert_eq!(reference(6, 2), "C7");
        assert_eq!(reference(0, 25), "Z1");
        assert_eq!(reference(0, 26), "AA1");
        assert_eq!(reference(1_048_575, 16_383), "XFD1048576");
    }
}
