//! Lines of a file or of standard input, none of them longer than a log could take.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _};
use std::path::Path;

use crate::failure::Failure;

/// The longest line that is read: a commit of any log fits.
const LONGEST: u64 = 1_024 * 1_024;

/// What the next line is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Line {
    /// A text without its line break.
    Text(String),
    /// Not text, or too long; in words.
    Bad(String),
}

/// Numbered lines.
pub(super) struct Lines {
    name: String,
    reader: Box<dyn BufRead>,
    number: u64,
}

impl Lines {
    /// The lines of the file at `path`, of standard input for `-` or none.
    pub(super) fn open(path: Option<&Path>) -> Result<Self, Failure> {
        let (name, reader): (_, Box<dyn BufRead>) = match path {
            Some(path) if path != Path::new("-") => {
                let name = path.display().to_string();
                let file = File::open(path);
                let file = file.map_err(|error| Failure::io(format!("open {name}"), error))?;
                (name, Box::new(BufReader::new(file)))
            }
            _ => ("standard input".to_owned(), Box::new(io::stdin().lock())),
        };
        Ok(Self::new(name, reader))
    }

    fn new(name: String, reader: Box<dyn BufRead>) -> Self {
        Self { name, reader, number: 0 }
    }

    /// What is read, for messages.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The next line that is not blank, and its number from 1.
    pub(super) fn next(&mut self) -> Result<Option<(u64, Line)>, Failure> {
        loop {
            match self.read() {
                Err(error) => return Err(Failure::io(format!("read {}", self.name), error)),
                Ok(Some(Line::Text(text))) if text.trim().is_empty() => {}
                Ok(line) => return Ok(line.map(|line| (self.number, line))),
            }
        }
    }

    fn read(&mut self) -> io::Result<Option<Line>> {
        let mut bytes = Vec::new();
        let mut limited = (&mut self.reader).take(LONGEST + 2);
        if limited.read_until(b'\n', &mut bytes)? == 0 {
            return Ok(None);
        }
        self.number += 1;
        if bytes.last() == Some(&b'\n') {
            bytes.pop();
            bytes.pop_if(|byte| *byte == b'\r');
        } else if bytes.len() as u64 > LONGEST {
            self.reader.skip_until(b'\n')?;
        }
        if bytes.len() as u64 > LONGEST {
            return Ok(Some(Line::Bad("the line is longer than 1 MiB".to_owned())));
        }
        Ok(Some(match String::from_utf8(bytes) {
            Ok(text) => Line::Text(text),
            Err(error) => {
                let at = error.utf8_error().valid_up_to() + 1;
                Line::Bad(format!("the line is not UTF-8 from byte {at} on"))
            }
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_numbered_blank_ones_passed_over_and_long_ones_not_kept() {
        let long = "x".repeat(3 * 1_024 * 1_024);
        let bytes = [b"a\r\n\n".as_slice(), long.as_bytes(), b"\nb\xff\nc"].concat();
        let mut lines = Lines::new("a test".to_owned(), Box::new(io::Cursor::new(bytes)));
        let mut found = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            found.push(line);
        }
        let bad = |text: &str| Line::Bad(text.to_owned());
        let text = |text: &str| Line::Text(text.to_owned());
        assert_eq!(
            found,
            [
                (1, text("a")),
                (3, bad("the line is longer than 1 MiB")),
                (4, bad("the line is not UTF-8 from byte 2 on")),
                (5, text("c")),
            ]
        );
    }
}
