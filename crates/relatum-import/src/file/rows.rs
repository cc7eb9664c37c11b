//! A file as rows: the columns that a mapping reads, decoded and tidied.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::io::{Cursor, Read};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::format::{Encoding, Format};
use super::header::{Bound, Wanted, bind};
use super::input::{Input, Opened, peek};
use super::record::{Matched, Problem, Record};
use super::records::{Ending, MAX_COLUMNS, MAX_ROW_BYTES};
use super::source::Source;
use super::utf16::{self, Utf16};
use crate::error::ImportError;

const SHOWN_CHARS: usize = 80;

/// How much of a file is looked at to find out its delimiter.
const BEGINNING: u64 = 64 * 1024;

/// How much is looked at in any case.
const FIRST_SIGNS: u64 = 16;

/// The most rows above the names of columns: titles, filters, the day of the report.
const MAX_ABOVE: u64 = 30;

/// The most lines below a table.
const MAX_FOOTER: usize = 64;

/// Reads the rows of one file.
pub(crate) struct Rows {
    pub(crate) file: String,
    format: Format,
    source: Source,
    bound: Bound,
    header: Vec<String>,
    slots: usize,
    /// Rows that may be lines below the table.
    held: VecDeque<Record>,
    /// A row that stood after them.
    after: Option<Record>,
    /// Rows above and below the table that were passed over.
    pub(crate) passed_over: u64,
    /// Whether the last row has no line break after it.
    pub(crate) ends_open: bool,
}

impl Rows {
    /// Opens `input`, reads its header row and finds the columns that are wanted in it.
    pub(crate) fn open(
        input: Input,
        format: &Format,
        wanted: &Wanted,
        read: &Arc<AtomicU64>,
    ) -> Result<Self, ImportError> {
        let (file, mut source, format) = source(input, format, read)?;
        let (header, passed_over) = match &format.columns {
            Some(names) => (names.clone(), 0),
            None => header(&mut source, &file, &format, &|names| wanted.is_met_by(names))?,
        };
        let line = if format.columns.is_some() { 1 } else { source.line() };
        let bound = bind((&file, line), &format, &header, wanted)?;
        let (held, after) = (VecDeque::new(), None);
        let slots = wanted.slots;
        let ends_open = false;
        Ok(Self { file, format, source, bound, header, slots, held, after, passed_over, ends_open })
    }

    /// The header row of `input`, if that is its first one.
    pub(crate) fn names(
        input: Input,
        format: &Format,
        read: &Arc<AtomicU64>,
    ) -> Result<Vec<String>, ImportError> {
        let (file, mut source, format) = source(input, format, read)?;
        head(&mut source, &file, &format)
    }

    /// The rows at the beginning of `input` that may be its header row, by their lines.
    pub(crate) fn heads(
        input: Input,
        format: &Format,
        read: &Arc<AtomicU64>,
    ) -> Result<Vec<(u64, Vec<String>)>, ImportError> {
        let (file, mut source, format) = source(input, format, read)?;
        let mut heads = Vec::new();
        let mut first = None;
        for _ in 0..=MAX_ABOVE {
            match head(&mut source, &file, &format) {
                Ok(names) => heads.push((source.line(), names)),
                Err(error @ ImportError::Header { .. }) => _ = first.get_or_insert(error),
                Err(error) => {
                    first.get_or_insert(error);
                    break;
                }
            }
        }
        match first {
            Some(error) if heads.is_empty() => Err(error),
            _ => Ok(heads),
        }
    }

    /// The sign between columns.
    pub(crate) fn delimiter(&self) -> char {
        char::from(self.format.delimiter)
    }

    /// The next row; none at the end of the file.
    pub(crate) fn next(&mut self) -> Result<Option<Record>, ImportError> {
        if self.format.footer.is_empty() {
            return self.read();
        }
        loop {
            // What was held came before a row of the table, so it is none of what stands below.
            if self.after.is_some() || self.held.len() > MAX_FOOTER {
                if let Some(record) = self.held.pop_front() {
                    return Ok(Some(record));
                }
                return Ok(self.after.take());
            }
            match self.read()? {
                None => {
                    self.passed_over += u64::try_from(self.held.len()).unwrap_or(0);
                    self.held.clear();
                    return Ok(None);
                }
                Some(row) if self.is_below() => self.held.push_back(row),
                Some(row) if self.held.is_empty() => return Ok(Some(row)),
                Some(row) => self.after = Some(row),
            }
        }
    }

    /// Whether the row at hand looks like a line below the table.
    fn is_below(&self) -> bool {
        if self.header.len() > 1 && self.source.columns() == 1 {
            return true;
        }
        let fields = (0..self.source.columns()).map(|at| self.source.field(at).unwrap_or_default());
        let mut filled = fields.filter(|field| !field.trim_ascii().is_empty());
        let Some(first) = filled.next() else { return true };
        let first = String::from_utf8_lossy(first).trim().to_lowercase();
        let begins = |start: &String| first.starts_with(&start.to_lowercase());
        filled.count() + 1 < self.header.len() && self.format.footer.iter().any(begins)
    }

    fn read(&mut self) -> Result<Option<Record>, ImportError> {
        let ending = self.source.next().map_err(|source| ImportError::Read {
            file: self.file.clone(),
            line: self.source.lines_read(),
            source,
        })?;
        let Some(ending) = ending else { return Ok(None) };
        self.ends_open = ending != Ending::Line;
        let mut record = Record::new(self.source.line(), self.source.raw(), self.slots);
        match ending {
            Ending::Line | Ending::File => self.fill(&mut record),
            Ending::TooLong => record.fail(Problem::of_row(format!(
                "the row is longer than {} MiB or has far too many columns; \
                 is a quote not closed?",
                MAX_ROW_BYTES / (1024 * 1024)
            ))),
            Ending::Misquoted => {
                self.fill(&mut record);
                record.problem = Some(Problem::of_row(format!(
                    "text follows a closing quote between lines {} and {}; is a quote before it \
                     not closed? A quote within quotes is written twice",
                    record.line,
                    self.source.lines_read()
                )));
            }
            Ending::Unclosed => {
                self.fill(&mut record);
                record.problem = Some(Problem::of_row(format!(
                    "a quote that this row opens is not closed before the end of the file, in \
                     line {}; is the file cut off?",
                    self.source.lines_read()
                )));
            }
        }
        Ok(Some(record))
    }

    /// The last line that was read to its end.
    pub(crate) const fn lines_read(&self) -> u64 {
        self.source.lines_read()
    }

    fn fill(&self, record: &mut Record) {
        for (at, binding) in &self.bound.named {
            let Some(text) = self.text(*at, &binding.column, record) else { continue };
            match binding.cleaning.apply(Cow::Borrowed(&text)) {
                Ok(text) => record.set(binding.slot, &text, self.source.is_plain(*at)),
                Err(reason) => {
                    let (column, value) = (binding.column.clone(), text.into_owned());
                    record.fail(Problem { column, value, reason });
                }
            }
        }
        for (at, form, captures) in &self.bound.matched {
            let name = captures.first().map(String::as_str).unwrap_or_default();
            let Some(value) = self.text(*at, name, record) else { continue };
            let (form, captures, value) = (*form, Arc::clone(captures), value.into_owned());
            let plain = self.source.is_plain(*at);
            if !value.is_empty() {
                record.matched.push(Matched { form, captures, value, plain });
            }
        }
        for (at, name) in &self.bound.rest {
            let Some(value) = self.text(*at, name, record) else { continue };
            if !value.is_empty() {
                record.rest.push((Arc::clone(name), value.into_owned()));
            }
        }
        self.count(record);
    }

    /// The text of a cell; none where it stands for nothing or is none.
    fn text(&self, at: usize, column: &str, record: &mut Record) -> Option<Cow<'_, str>> {
        let bytes = self.source.field(at)?;
        let column = || column.to_owned();
        if let Some(reason) = self.source.fault(at) {
            let value = shortened(&String::from_utf8_lossy(bytes));
            record.fail(Problem { column: column(), value, reason });
            return None;
        }
        let text = match decode(bytes, self.format.encoding) {
            Ok(text) => text,
            Err(reason) => {
                let value = shortened(&String::from_utf8_lossy(bytes));
                record.fail(Problem { column: column(), value, reason });
                return None;
            }
        };
        let text = match text {
            Cow::Borrowed(text) if self.format.trim => Cow::Borrowed(text.trim()),
            Cow::Owned(text) if self.format.trim => Cow::Owned(text.trim().to_owned()),
            text => text,
        };
        let empty = self.format.empty.iter().any(|empty| *empty == text);
        (!empty).then_some(text)
    }

    /// Compares the number of columns with that of the header row.
    fn count(&self, record: &mut Record) {
        let (found, expected) = (self.source.columns(), self.header.len());
        if found < expected && !self.source.may_be_short() {
            // Whatever else is wrong follows from this.
            record.problem = Some(Problem {
                column: self.header.get(found).cloned().unwrap_or_default(),
                value: String::new(),
                reason: format!(
                    "the row has {found} of {expected} columns; is the file cut off, or a line \
                     break not quoted?"
                ),
            });
        } else if found > expected {
            let surplus = self.source.field(expected).unwrap_or_default();
            record.problem = Some(Problem {
                column: String::new(),
                value: shortened(&String::from_utf8_lossy(surplus)),
                reason: format!(
                    "the row has {found} columns, {expected} are named; is there a `{}` in a text \
                     without quotes?",
                    char::from(self.format.delimiter)
                ),
            });
        }
    }
}

/// Opens `input` up to its header row; the format is the given one with what the file shows.
fn source(
    input: Input,
    format: &Format,
    read: &Arc<AtomicU64>,
) -> Result<(String, Source, Format), ImportError> {
    let file = input.name().to_owned();
    let mut format = format.clone();
    let mut reader = match input.open(read)? {
        Opened::Sheet(mut sheet) => {
            sheet.skip(format.skip_lines);
            return Ok((file, Source::Sheet(sheet), format));
        }
        Opened::Bytes(reader) => reader,
    };
    let failed = |source| ImportError::Read { file: file.clone(), line: 0, source };
    let start = peek(&mut reader, 3).map_err(failed)?;
    let refused =
        |reason: &str| ImportError::Header { file: file.clone(), line: 1, reason: reason.into() };
    let mut start = if start == [0xef, 0xbb, 0xbf] { Vec::new() } else { start };
    if let Some(encoding) = utf16::encoding(&start) {
        let rest = start.split_off(start.len().min(2));
        reader = Box::new(Utf16::new(Cursor::new(rest).chain(reader), encoding));
        format.encoding = Encoding::Utf8;
        start.clear();
    }
    let looked_at = if format.detect_delimiter { BEGINNING } else { FIRST_SIGNS };
    start.extend(peek(&mut reader, looked_at).map_err(failed)?);
    // Spreadsheets write and read such a line above the names.
    let said = separator(&start);
    if let Some(sign) = said {
        format.delimiter = sign;
        format.skip_lines = format.skip_lines.max(1);
    } else if format.detect_delimiter {
        format.delimiter = delimiter(&start, format.skip_lines);
    }
    if [&b"<ht"[..], b"<!D", b"<!d", b"<?x", b"<ta"].iter().any(|sign| start.starts_with(sign)) {
        return Err(refused(
            "is HTML or XML, whatever the file is called; export it as CSV or .xlsx",
        ));
    }
    let reader = Box::new(Cursor::new(start).chain(reader));
    let mut source = Source::delimited(reader, &format);
    for _ in 0..format.skip_lines {
        source.skip_line().map_err(failed)?;
    }
    Ok((file, source, format))
}

/// The sign that a first line `sep=;` says.
fn separator(start: &[u8]) -> Option<u8> {
    match start.get(..6)? {
        [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', sign, b'\r' | b'\n'] => Some(*sign),
        _ => None,
    }
}

/// The sign that stands most often between the names of the header row: the first line that has
/// such a sign, since a title above the names has none.
pub(crate) fn delimiter(start: &[u8], skip_lines: u32) -> u8 {
    let lines = start.splitn(usize::try_from(skip_lines).unwrap_or(0) + 1, |b| *b == b'\n');
    let rest = lines.last().unwrap_or_default();
    let (mut quoted, mut counts) = (false, [(b',', 0), (b';', 0), (b'\t', 0), (b'|', 0)]);
    for byte in rest.trim_ascii_start() {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' | b'\r' if !quoted && counts.iter().any(|(_, count)| *count > 0) => break,
            sign if !quoted => {
                counts.iter_mut().filter(|(known, _)| *known == *sign).for_each(|(_, n)| *n += 1);
            }
            _ => {}
        }
    }
    // Of equals the first: a comma, unless another sign is there more often.
    let most = counts.iter().map(|(_, count)| *count).max().unwrap_or(0);
    counts.iter().find(|(_, count)| *count == most).map_or(b',', |(sign, _)| *sign)
}

fn decode(bytes: &[u8], encoding: Encoding) -> Result<Cow<'_, str>, String> {
    match encoding {
        Encoding::Detect => Ok(match std::str::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0,
        }),
        Encoding::Windows1252 => Ok(encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0),
        Encoding::Utf8 => match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Cow::Borrowed(text)),
            Err(error) => {
                let at = error.valid_up_to();
                let byte = bytes.get(at).copied().unwrap_or_default();
                Err(format!(
                    "byte 0x{byte:02X} at place {} is not UTF-8; if the file is Windows-1252, say \
                     `encoding = \"windows-1252\"`",
                    at + 1
                ))
            }
        },
    }
}

/// At most 80 characters of `text`, for a message.
pub(crate) fn shortened(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARS) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// The names of the columns, and how many rows stand above them: the first row that `fits` among
/// those at the beginning; else the first one.
fn header(
    records: &mut Source,
    file: &str,
    format: &Format,
    fits: &dyn Fn(&[String]) -> bool,
) -> Result<(Vec<String>, u64), ImportError> {
    let first = head(records, file, format);
    if let Ok(names) = &first
        && fits(names)
    {
        return first.map(|names| (names, 0));
    }
    for above in 1..=MAX_ABOVE {
        match head(records, file, format) {
            Ok(names) if fits(&names) => return Ok((names, above)),
            Ok(_) | Err(ImportError::Header { .. }) => {}
            Err(_) => break,
        }
    }
    first.map(|names| (names, 0))
}

/// The next row as one of names.
fn head(records: &mut Source, file: &str, format: &Format) -> Result<Vec<String>, ImportError> {
    let ending = records.next().map_err(|source| ImportError::Read {
        file: file.to_owned(),
        line: records.lines_read(),
        source,
    })?;
    let wrong = |records: &Source, reason: String| ImportError::Header {
        file: file.to_owned(),
        line: records.line(),
        reason,
    };
    match ending {
        None => return Err(ImportError::Empty { file: file.to_owned() }),
        Some(Ending::TooLong) => {
            let reason = format!(
                "is longer than 16 MiB or names more than {MAX_COLUMNS} columns; is this a text \
                 file?"
            );
            return Err(wrong(records, reason));
        }
        Some(Ending::Unclosed) => {
            return Err(wrong(records, "opens a quote that is never closed".to_owned()));
        }
        Some(Ending::Misquoted) => {
            return Err(wrong(records, "has text after a closing quote".to_owned()));
        }
        Some(Ending::Line | Ending::File) => {}
    }
    if let Some(reason) = records.header_fault() {
        return Err(wrong(records, reason));
    }
    let mut names = Vec::with_capacity(records.columns());
    for at in 0..records.columns() {
        let bytes = records.field(at).unwrap_or_default();
        let name = decode(bytes, format.encoding)
            .map_err(|reason| wrong(records, format!("cannot be read: {reason}")))?;
        names.push(name.trim().to_owned());
    }
    Ok(names)
}
