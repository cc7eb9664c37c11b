//! Bytes to records: quotes and delimiters, with line numbers and a cap on size.
//!
//! Knows no columns, no encoding and no mapping.
//!
//! *Invariant: every byte of the file is in exactly one record or between records; no record is
//! kept in memory beyond the cap.*

use std::io::{self, Read};

use csv_core::ReadRecordResult;

use super::format::Format;

/// The longest row that is read, in bytes.
pub const MAX_ROW_BYTES: usize = 16 * 1024 * 1024;

/// The most columns that a row can have.
pub(crate) const MAX_COLUMNS: usize = 16 * 1024;

const CHUNK_BYTES: usize = 64 * 1024;

/// How a record came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// By the end of its line.
    Line,
    /// By the end of the file, without a line break.
    File,
    /// By the end of the file, within a quote.
    Unclosed,
    /// By the end of its line, with text after a closing quote: where its columns end is a guess.
    Misquoted,
    /// By nothing that was kept: it is longer than the cap.
    TooLong,
}

/// Reads records one by one. After [`next`](Self::next) the record is in `self`.
pub(crate) struct Records {
    reader: Box<dyn Read + Send>,
    core: csv_core::Reader,
    chunk: Vec<u8>,
    at: usize,
    filled: usize,
    /// Line breaks consumed so far.
    breaks: u64,
    /// First line of the record, from 1.
    pub(crate) line: u64,
    /// Whether the record has begun, after the line breaks before it.
    begun: bool,
    raw: Vec<u8>,
    fields: Vec<u8>,
    written: usize,
    ends: Vec<usize>,
    columns: usize,
    max_bytes: usize,
    delimiter: u8,
    quote: Option<u8>,
}

impl Records {
    pub(crate) fn new(reader: Box<dyn Read + Send>, format: &Format, max_bytes: usize) -> Self {
        let mut builder = csv_core::ReaderBuilder::new();
        builder.delimiter(format.delimiter).quoting(format.quote.is_some());
        if let Some(quote) = format.quote {
            builder.quote(quote);
        }
        Self {
            reader,
            core: builder.build(),
            chunk: vec![0; CHUNK_BYTES],
            at: 0,
            filled: 0,
            breaks: 0,
            line: 1,
            begun: false,
            raw: Vec::new(),
            fields: vec![0; 1024],
            written: 0,
            ends: vec![0; 64],
            columns: 0,
            max_bytes,
            delimiter: format.delimiter,
            quote: format.quote,
        }
    }

    /// Lines read to their end.
    pub(crate) const fn lines_read(&self) -> u64 {
        self.breaks
    }

    /// The record's bytes as they stand in the file, without the line break at its end.
    pub(crate) fn raw(&self) -> &[u8] {
        let end = self.raw.iter().rposition(|byte| !is_break(*byte)).map_or(0, |last| last + 1);
        self.raw.get(..end).unwrap_or_default()
    }

    /// How many columns the record has.
    pub(crate) const fn columns(&self) -> usize {
        self.columns
    }

    /// The bytes of column `at`, unquoted.
    pub(crate) fn field(&self, at: usize) -> Option<&[u8]> {
        if at >= self.columns {
            return None;
        }
        let start = match at.checked_sub(1) {
            Some(before) => *self.ends.get(before)?,
            None => 0,
        };
        self.fields.get(start..*self.ends.get(at)?)
    }

    /// Passes over one line, whatever is in it; false at the end of the file.
    pub(crate) fn skip_line(&mut self) -> io::Result<bool> {
        loop {
            if self.at == self.filled && !self.refill()? {
                return Ok(false);
            }
            let rest = self.chunk.get(self.at..self.filled).unwrap_or_default();
            let Some(length) = rest.iter().position(|byte| *byte == b'\n') else {
                self.at = self.filled;
                continue;
            };
            self.at += length + 1;
            self.breaks += 1;
            return Ok(true);
        }
    }

    /// Moves to the next record; none at the end of the file.
    pub(crate) fn next(&mut self) -> io::Result<Option<Ending>> {
        self.raw.clear();
        self.written = 0;
        self.columns = 0;
        self.line = self.breaks + 1;
        self.begun = false;
        let mut too_long = false;
        loop {
            let mut ending = Ending::Line;
            let at_end = self.at == self.filled && !self.refill()?;
            if at_end {
                if !self.begun {
                    return Ok(None);
                }
                // A line break ends every record but one within a quote.
                ending = Ending::File;
            }
            let done = self.step(at_end, &mut too_long);
            match (done, at_end) {
                (true, _) if too_long => return Ok(Some(Ending::TooLong)),
                (true, _) if self.is_misquoted() => return Ok(Some(Ending::Misquoted)),
                (true, _) => return Ok(Some(ending)),
                (false, true) if too_long => return Ok(Some(Ending::TooLong)),
                (false, true) => return Ok(Some(Ending::Unclosed)),
                (false, false) => {}
            }
        }
    }

    /// Feeds what is there to the parser; true when a record is complete.
    fn step(&mut self, at_end: bool, too_long: &mut bool) -> bool {
        loop {
            let input: &[u8] = if at_end {
                b"\n"
            } else {
                self.chunk.get(self.at..self.filled).unwrap_or_default()
            };
            let (result, taken, wrote, ended) = self.core.read_record(
                input,
                self.fields.get_mut(self.written..).unwrap_or_default(),
                self.ends.get_mut(self.columns..).unwrap_or_default(),
            );
            let taken_bytes = input.get(..taken).unwrap_or_default();
            if !at_end {
                self.at += taken;
                let mut rest = taken_bytes;
                while let Some((first, after)) = rest.split_first() {
                    if self.begun || !is_break(*first) {
                        break;
                    }
                    self.breaks += u64::from(*first == b'\n');
                    rest = after;
                }
                if !self.begun && !rest.is_empty() {
                    self.begun = true;
                    self.line = self.breaks + 1;
                }
                let breaks = rest.iter().filter(|byte| **byte == b'\n').count();
                self.breaks += u64::try_from(breaks).unwrap_or(0);
                self.raw.extend_from_slice(rest);
            }
            self.written += wrote;
            self.columns += ended;
            if self.raw.len() > self.max_bytes || *too_long {
                *too_long = true;
                self.raw.clear();
                self.written = 0;
                self.columns = 0;
            }
            match result {
                ReadRecordResult::Record => return true,
                ReadRecordResult::InputEmpty | ReadRecordResult::End => return false,
                ReadRecordResult::OutputFull => self.fields.resize(self.fields.len() * 2, 0),
                ReadRecordResult::OutputEndsFull if self.ends.len() < MAX_COLUMNS => {
                    self.ends.resize(self.ends.len() * 2, 0);
                }
                ReadRecordResult::OutputEndsFull => {
                    *too_long = true;
                    self.written = 0;
                    self.columns = 0;
                }
            }
        }
    }

    /// Whether a closing quote is followed by something else than the end of its column.
    fn is_misquoted(&self) -> bool {
        #[derive(Clone, Copy)]
        enum At {
            Start,
            Bare,
            Quoted,
            Closed,
        }
        let Some(quote) = self.quote.filter(|quote| self.raw.contains(quote)) else { return false };
        let mut at = At::Start;
        for byte in self.raw() {
            let ends = *byte == self.delimiter || is_break(*byte);
            at = match at {
                At::Start | At::Closed if *byte == quote => At::Quoted,
                At::Start | At::Bare | At::Closed if ends => At::Start,
                At::Start | At::Bare => At::Bare,
                At::Quoted if *byte == quote => At::Closed,
                At::Quoted => At::Quoted,
                At::Closed => return true,
            };
        }
        false
    }

    fn refill(&mut self) -> io::Result<bool> {
        loop {
            match self.reader.read(&mut self.chunk) {
                Ok(count) => {
                    self.at = 0;
                    self.filled = count;
                    return Ok(count > 0);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

const fn is_break(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str, max_bytes: usize) -> Vec<(u64, Ending, Vec<String>)> {
        let reader = Box::new(io::Cursor::new(text.as_bytes().to_vec()));
        let mut records = Records::new(reader, &Format::default(), max_bytes);
        let mut found = Vec::new();
        while let Some(ending) = records.next().unwrap() {
            let field = |at| String::from_utf8_lossy(records.field(at).unwrap()).into_owned();
            found.push((records.line, ending, (0..records.columns()).map(field).collect()));
        }
        found
    }

    fn row(line: u64, ending: Ending, fields: &[&str]) -> (u64, Ending, Vec<String>) {
        (line, ending, fields.iter().map(|field| (*field).to_owned()).collect())
    }

    #[test]
    fn lines_are_counted_through_quotes_blank_lines_and_both_line_breaks() {
        let text = "a,b\r\n1,\"x\ny\"\r\n\r\n\r\n2,z\n3,w";
        let expected = [
            row(1, Ending::Line, &["a", "b"]),
            row(2, Ending::Line, &["1", "x\ny"]),
            row(6, Ending::Line, &["2", "z"]),
            row(7, Ending::File, &["3", "w"]),
        ];
        assert_eq!(all(text, 100), expected);
    }

    #[test]
    fn an_unclosed_quote_is_not_a_row() {
        let found = all("a,b\n1,\"x\n2,y\n", 100);
        assert_eq!(found[1], row(2, Ending::Unclosed, &["1"]));
        assert_eq!(found.len(), 2);
    }

    #[test]
    fn a_quote_that_swallows_rows_is_not_a_row() {
        let found = all("a,b\n1,\"open\n2,\"x\n3,\"\"\"in\"\" quotes\"\n4,5\" pipe\n", 100);
        let endings: Vec<(u64, Ending)> = found.iter().map(|row| (row.0, row.1)).collect();
        let expected =
            [(1, Ending::Line), (2, Ending::Misquoted), (4, Ending::Line), (5, Ending::Line)];
        assert_eq!(endings, expected);
    }

    #[test]
    fn a_row_above_the_cap_is_passed_over_and_the_next_one_read() {
        let long = format!("a\n{}\nb\n", "x".repeat(300_000));
        let found = all(&long, 1000);
        assert_eq!(found[1], row(2, Ending::TooLong, &[]));
        assert_eq!(found[2], row(3, Ending::Line, &["b"]));
    }

    #[test]
    fn a_file_may_be_empty_or_only_line_breaks() {
        assert!(all("", 10).is_empty());
        assert!(all("\n\r\n\n", 10).is_empty());
    }
}
