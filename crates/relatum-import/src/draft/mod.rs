//! A mapping drafted from files: what each column is likely to be, and why.
//!
//! Owns the evidence (values, names) and the words in which the guesses are explained. A draft is
//! a beginning to be read by a person; what it could not know is marked `CHECK`.
//!
//! *Invariant: a draft is a mapping, and what it says that it saw stands in the file.*

mod column;
mod table;
mod words;

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use column::Column;

use crate::error::ImportError;
use crate::file::{Format, Input, Rows, Wanted};
use crate::mapping::Mapping;
use crate::presets::PRESETS;

/// Rows of a file that are looked at.
const MAX_ROWS: u64 = 500_000;

/// What was made of some files.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Drafted {
    /// The preset that knows these files, if one does; the text only says so then.
    pub preset: Option<&'static str>,
    /// A mapping with its reasons as comments, or, for files that a preset knows, a comment.
    pub text: String,
}

/// What was seen in one file.
struct Evidence {
    /// The file, and the sheet of it.
    file: String,
    sheet: Option<String>,
    columns: Vec<Column>,
    /// Lines above the header row.
    above: u32,
    /// How the last row begins, if that sums up the others.
    total: Option<String>,
    /// Names that stand there twice.
    doubled: Vec<String>,
    rows: u64,
    /// Whether there are more rows than were looked at.
    more: bool,
    broken: u64,
    delimiter: Option<char>,
    /// Rows that are not UTF-8.
    other_encoding: u64,
    /// Rows that are, and have letters beyond ASCII.
    utf8: u64,
}

/// Drafts a mapping of `files`, archives and workbooks among them.
///
/// # Errors
/// As [`Import::open`](crate::Import::open) for files that cannot be read.
///
/// # Example
/// ```
/// use relatum_import::{Input, Mapping, draft};
/// let file = "Nr;Kunde;Datum;Betrag\n7;Nord;29.02.2024;1.234,50\n8;Nord;13.03.2024;9,00\n";
/// let drafted = draft(vec![Input::bytes("rechnungen.csv", file)])?;
/// assert!(drafted.text.contains("decimal = \",\""));
/// Mapping::parse(&drafted.text)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn draft(files: Vec<Input>) -> Result<Drafted, ImportError> {
    let mut parts = Vec::new();
    for file in files {
        parts.extend(file.unpack()?);
    }
    if parts.is_empty() {
        return Err(ImportError::NoFile { patterns: "any file with a header row".to_owned() });
    }
    let read = Arc::new(AtomicU64::new(0));
    let format = Format { encoding: crate::file::Encoding::Detect, ..Format::default() };
    let format = Format { detect_delimiter: true, ..format };
    if let Some(drafted) = recognised(&mut parts, &format, &read)? {
        return Ok(drafted);
    }
    let several = parts.len() > 1;
    let mut all = Vec::new();
    for part in &mut parts {
        match look(part, &format, &read) {
            // Of an archive or workbook, what is no table is passed over.
            Err(_) if several && part.is_inner() => {}
            found => all.push(found?),
        }
    }
    if all.is_empty() {
        let patterns = "files with a header row; none of these has one".to_owned();
        return Err(ImportError::NoFile { patterns });
    }
    let text = table::mapping(&all);
    Mapping::parse(&text)?;
    Ok(Drafted { preset: None, text })
}

/// The preset that knows all of the files that any preset knows, if there is one.
fn recognised(
    parts: &mut [Input],
    format: &Format,
    read: &Arc<AtomicU64>,
) -> Result<Option<Drafted>, ImportError> {
    let mut lines = Vec::new();
    let mut found: Option<&'static str> = None;
    for part in parts.iter_mut().filter(|part| part.is_repeatable()) {
        let heads = Rows::heads(part.again()?, format, read).unwrap_or_default();
        let mut best: Option<(usize, &'static str, String, usize)> = None;
        for preset in PRESETS {
            let Ok(mapping) = preset.mapping() else { continue };
            for (_, header) in &heads {
                if let Some((known, table)) = mapping.recognises(header)
                    && best.as_ref().is_none_or(|(most, ..)| known > *most)
                {
                    best = Some((known, preset.name, table.to_owned(), header.len()));
                }
            }
        }
        let best = best.filter(|(known, ..)| *known >= 3);
        let Some((known, name, table, columns)) = best else { continue };
        if found.is_some_and(|found| found != name) {
            return Ok(None);
        }
        found = Some(name);
        lines.push(format!(
            "# {}: table `{table}` of `{name}`, which knows {known} of its {} columns",
            part.name(),
            columns
        ));
    }
    let Some(name) = found else { return Ok(None) };
    let names: Vec<&str> = parts.iter().map(Input::name).collect();
    let shown = if names.len() > 3 { "FILE…".to_owned() } else { names.join(" ") };
    let text = format!(
        "# No mapping is needed: these files are in a layout that is known here.\n{}\n#\n\
         #   relatum import --mapping {name} {shown}\n#\n\
         # `relatum import --show {name}` prints that mapping, to be copied and changed.\n",
        lines.join("\n")
    );
    Ok(Some(Drafted { preset: Some(name), text }))
}

/// Looks at all columns of a file.
fn look(part: &mut Input, format: &Format, read: &Arc<AtomicU64>) -> Result<Evidence, ImportError> {
    if !part.is_repeatable() {
        let text = "it is read twice; give it as a file, not as a stream";
        let source = std::io::Error::new(std::io::ErrorKind::InvalidInput, text);
        return Err(ImportError::Open { file: part.name().to_owned(), source });
    }
    let (line, header) = names(Rows::heads(part.again()?, format, read)?);
    let above = u32::try_from(line.saturating_sub(1)).unwrap_or(0);
    let format = &Format { skip_lines: above, ..format.clone() };
    let strict = Format { encoding: crate::file::Encoding::Utf8, ..format.clone() };
    let other_encoding = u64::from(Rows::names(part.again()?, &strict, read).is_err());
    let (file, sheet) = match part.sheet() {
        Some(sheet) => (sheet.book.clone(), Some(sheet.name.clone())),
        None => (part.file_name().to_owned(), None),
    };
    let wanted = Wanted { rest: true, ..Wanted::default() };
    let mut rows = Rows::open(part.again()?, format, &wanted, read)?;
    let mut evidence = Evidence {
        delimiter: sheet.is_none().then(|| rows.delimiter()),
        file,
        sheet,
        above,
        total: None,
        columns: Vec::new(),
        doubled: Vec::new(),
        rows: 0,
        more: false,
        broken: 0,
        other_encoding,
        utf8: 0,
    };
    for name in header {
        let known = evidence.columns.iter().any(|column| column.name == name);
        // Braces cannot be said in a template.
        if known {
            evidence.doubled.push(name);
        } else if !name.is_empty() && !name.contains(['{', '}']) {
            evidence.columns.push(Column::new(&name));
        }
    }
    evidence.columns.retain(|column| !evidence.doubled.contains(&column.name));
    if evidence.columns.is_empty() {
        let reason = "gives no column a name of its own; name each column once, without braces";
        let (file, reason) = (part.name().to_owned(), reason.to_owned());
        return Err(ImportError::Header { file, line: 1, reason });
    }
    while let Some(row) = rows.next()? {
        if evidence.rows == MAX_ROWS {
            evidence.more = true;
            break;
        }
        evidence.rows += 1;
        evidence.broken += u64::from(row.problem.is_some());
        let first = row.rest.first().filter(|_| row.rest.len() < evidence.columns.len());
        evidence.total = first.and_then(|(_, text)| words::total(text)).map(str::to_owned);
        let utf8 = std::str::from_utf8(&row.raw);
        evidence.other_encoding += u64::from(utf8.is_err());
        evidence.utf8 += u64::from(utf8.is_ok_and(|text| !text.is_ascii()));
        // Columns come in the order of the header row, and empty ones not at all.
        let mut columns = evidence.columns.iter_mut();
        for (name, value) in &row.rest {
            if let Some(column) = columns.find(|column| column.name == **name) {
                column.look(row.line, value);
            }
        }
    }
    Ok(evidence)
}

/// The row that names the columns: the first one that is about as full as the fullest, and that no
/// number stands in, unless it is the very first.
fn names(heads: Vec<(u64, Vec<String>)>) -> (u64, Vec<String>) {
    let filled = |names: &[String]| names.iter().filter(|name| !name.is_empty()).count();
    let most = heads.iter().map(|(_, names)| filled(names)).max().unwrap_or(0);
    let number = |name: &String| {
        name.contains(|sign: char| sign.is_ascii_digit()) && !name.contains(char::is_alphabetic)
    };
    let fits = |(_, names): &(u64, Vec<String>)| {
        filled(names) * 5 >= most * 4 && !names.iter().any(number)
    };
    let at = heads.iter().position(fits).unwrap_or(0);
    heads.into_iter().nth(at).unwrap_or_default()
}
