//! A file as rows: the header bound to the columns that a mapping reads.

use std::borrow::Cow;
use std::io::{Cursor, Read};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::format::{Encoding, Format};
use super::input::{Input, peek};
use super::record::{Problem, Record};
use super::records::{Ending, MAX_ROW_BYTES, Records};
use crate::error::ImportError;
use crate::mapping::Cleaning;

const SHOWN_COLUMNS: usize = 60;
const SHOWN_CHARS: usize = 80;

/// A column that a mapping reads: where it goes, and who needs it.
#[derive(Debug, Clone)]
pub(crate) struct Binding {
    /// Its name in the header row.
    pub(crate) column: String,
    /// The slot of the record that it fills.
    pub(crate) slot: usize,
    /// The rule and field that read it, for the message when it is missing.
    pub(crate) needed_by: String,
    /// What is done to every value.
    pub(crate) cleaning: Cleaning,
}

struct Bound {
    at: usize,
    binding: Binding,
}

/// Reads the rows of one file.
pub(crate) struct Rows {
    pub(crate) file: String,
    format: Format,
    records: Records,
    bound: Vec<Bound>,
    header: Vec<String>,
    slots: usize,
    /// Whether the last row has no line break after it.
    pub(crate) ends_open: bool,
}

impl Rows {
    /// Opens `input`, reads its header row and finds the columns of `bindings` in it.
    pub(crate) fn open(
        input: Input,
        format: &Format,
        bindings: &[Binding],
        slots: usize,
        read: &Arc<AtomicU64>,
    ) -> Result<Self, ImportError> {
        let file = input.name().to_owned();
        let failed = |source| ImportError::Read { file: file.clone(), line: 0, source };
        let mut reader = input.open(read)?;
        let start = peek(&mut reader, 3).map_err(failed)?;
        if start.starts_with(&[0xff, 0xfe]) || start.starts_with(&[0xfe, 0xff]) {
            let reason = "is UTF-16; save the file as UTF-8".to_owned();
            return Err(ImportError::Header { file, line: 1, reason });
        }
        let start = if start == [0xef, 0xbb, 0xbf] { Vec::new() } else { start };
        let reader = Box::new(Cursor::new(start).chain(reader));
        let mut records = Records::new(reader, format, MAX_ROW_BYTES);
        for _ in 0..format.skip_lines {
            records.skip_line().map_err(failed)?;
        }
        let header = match &format.columns {
            Some(names) => names.clone(),
            None => header(&mut records, &file, format)?,
        };
        let bound = bind(&file, format, &header, bindings)?;
        let format = format.clone();
        Ok(Self { file, format, records, bound, header, slots, ends_open: false })
    }

    /// The next row; none at the end of the file.
    pub(crate) fn next(&mut self) -> Result<Option<Record>, ImportError> {
        let ending = self.records.next().map_err(|source| ImportError::Read {
            file: self.file.clone(),
            line: self.records.lines_read(),
            source,
        })?;
        let Some(ending) = ending else { return Ok(None) };
        self.ends_open = ending != Ending::Line;
        let mut record = Record::new(self.records.line, self.records.raw(), self.slots);
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
                    self.records.lines_read()
                )));
            }
            Ending::Unclosed => {
                self.fill(&mut record);
                record.problem = Some(Problem::of_row(format!(
                    "a quote that this row opens is not closed before the end of the file, in \
                     line {}; is the file cut off?",
                    self.records.lines_read()
                )));
            }
        }
        Ok(Some(record))
    }

    /// The last line that was read to its end.
    pub(crate) const fn lines_read(&self) -> u64 {
        self.records.lines_read()
    }

    fn fill(&self, record: &mut Record) {
        for bound in &self.bound {
            let Some(bytes) = self.records.field(bound.at) else { continue };
            let column = &bound.binding.column;
            let text = match decode(bytes, self.format.encoding) {
                Ok(text) => text,
                Err(reason) => {
                    let value = shortened(&String::from_utf8_lossy(bytes));
                    record.fail(Problem { column: column.clone(), value, reason });
                    continue;
                }
            };
            let text = if self.format.trim { text.trim() } else { &text };
            if self.format.empty.iter().any(|empty| empty == text) {
                continue;
            }
            match bound.binding.cleaning.apply(Cow::Borrowed(text)) {
                Ok(text) => record.set(bound.binding.slot, &text),
                Err(reason) => {
                    record.fail(Problem { column: column.clone(), value: text.to_owned(), reason });
                }
            }
        }
        let (found, expected) = (self.records.columns(), self.header.len());
        if found < expected {
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
            let surplus = self.records.field(expected).unwrap_or_default();
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

fn decode(bytes: &[u8], encoding: Encoding) -> Result<Cow<'_, str>, String> {
    match encoding {
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

fn header(records: &mut Records, file: &str, format: &Format) -> Result<Vec<String>, ImportError> {
    let ending = records.next().map_err(|source| ImportError::Read {
        file: file.to_owned(),
        line: records.lines_read(),
        source,
    })?;
    let wrong = |records: &Records, reason: String| ImportError::Header {
        file: file.to_owned(),
        line: records.line,
        reason,
    };
    match ending {
        None => return Err(ImportError::Empty { file: file.to_owned() }),
        Some(Ending::TooLong) => {
            let reason = "is longer than 16 MiB; is this a text file?".to_owned();
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
    let mut names = Vec::with_capacity(records.columns());
    for at in 0..records.columns() {
        let bytes = records.field(at).unwrap_or_default();
        let name = decode(bytes, format.encoding)
            .map_err(|reason| wrong(records, format!("cannot be read: {reason}")))?;
        names.push(name.trim().to_owned());
    }
    Ok(names)
}

fn bind(
    file: &str,
    format: &Format,
    header: &[String],
    bindings: &[Binding],
) -> Result<Vec<Bound>, ImportError> {
    let mut bound = Vec::with_capacity(bindings.len());
    let mut missing = Vec::new();
    for binding in bindings {
        let mut places = header.iter().enumerate().filter(|(_, name)| **name == binding.column);
        match (places.next(), places.next()) {
            (Some((at, _)), None) => bound.push(Bound { at, binding: binding.clone() }),
            (Some(_), Some(_)) => {
                return Err(ImportError::Header {
                    file: file.to_owned(),
                    line: 1,
                    reason: format!("names `{}` twice; rename one", binding.column),
                });
            }
            (None, _) => missing.push(format!("`{}` ({})", binding.column, binding.needed_by)),
        }
    }
    if missing.is_empty() {
        return Ok(bound);
    }
    let mut found: Vec<String> =
        header.iter().take(SHOWN_COLUMNS).map(|name| shortened(name)).collect();
    if header.len() > SHOWN_COLUMNS {
        found.push(format!("and {} more", header.len() - SHOWN_COLUMNS));
    }
    Err(ImportError::MissingColumns {
        file: file.to_owned(),
        missing: missing.join(", "),
        found: found.join(", "),
        advice: advice(format, header),
    })
}

fn advice(format: &Format, header: &[String]) -> String {
    let delimiter = char::from(format.delimiter);
    if let [only] = header {
        let other = [';', ',', '\t', '|'].into_iter().find(|sign| only.contains(*sign));
        if let Some(other) = other.filter(|other| *other != delimiter) {
            return format!(
                "is the delimiter {other:?} rather than {delimiter:?}? Say so under `format`"
            );
        }
    }
    if format.columns.is_some() {
        return "the mapping names the columns itself: check `columns` under `format`".to_owned();
    }
    format!(
        "is the delimiter {delimiter:?} right? If the file has no header row, name its columns \
         with `columns` under `format`"
    )
}
