//! What people read: lines of text and tables.

use std::io::Write as _;

use super::look::{Look, Tone};
use super::sheet::Sheet;
use super::{Out, table};
use crate::failure::Failure;

#[derive(Debug, Clone)]
enum Block {
    /// Pieces of one line; what does not fit goes on below, under the place after the indent.
    Line {
        indent: usize,
        pieces: Vec<(Tone, String)>,
    },
    Sheet(Sheet),
    Verbatim(String),
}

/// A page of text and tables.
#[derive(Debug, Clone, Default)]
pub(crate) struct Page(Vec<Block>);

impl Page {
    /// A page that begins with a heading, and what it is about.
    pub(crate) fn titled(title: impl Into<String>, about: impl Into<String>) -> Self {
        let about = format!(" · {}", about.into());
        Self::default().pieces(0, vec![(Tone::Strong, title.into()), (Tone::Faint, about)])
    }

    /// A text that is printed as it is.
    pub(crate) fn verbatim(text: impl Into<String>) -> Self {
        Self(vec![Block::Verbatim(text.into())])
    }

    /// A line of several tones.
    #[must_use]
    pub(crate) fn pieces(mut self, indent: usize, pieces: Vec<(Tone, String)>) -> Self {
        self.0.push(Block::Line { indent, pieces });
        self
    }

    /// A line.
    #[must_use]
    pub(crate) fn line(self, text: impl Into<String>) -> Self {
        self.pieces(0, vec![(Tone::Plain, text.into())])
    }

    /// A line in a tone.
    #[must_use]
    pub(crate) fn toned(self, tone: Tone, text: impl Into<String>) -> Self {
        self.pieces(0, vec![(tone, text.into())])
    }

    /// An empty line.
    #[must_use]
    pub(crate) fn gap(self) -> Self {
        self.line("")
    }

    /// A table.
    #[must_use]
    pub(crate) fn sheet(mut self, sheet: Sheet) -> Self {
        self.0.push(Block::Sheet(sheet));
        self
    }

    /// A remark after an empty line.
    #[must_use]
    pub(crate) fn note(self, text: impl Into<String>) -> Self {
        self.gap().toned(Tone::Faint, text)
    }

    /// Labels and what they stand for, lined up.
    #[must_use]
    pub(crate) fn facts(self, indent: usize, facts: Vec<(&str, String)>) -> Self {
        let widest = facts.iter().map(|(label, _)| label.chars().count()).max().unwrap_or(0);
        facts.into_iter().fold(self, |page, (label, text)| {
            let label = format!("{:indent$}{label:<widest$}  ", "");
            page.pieces(indent + widest + 2, vec![(Tone::Faint, label), (Tone::Plain, text)])
        })
    }

    /// The blocks of `other` after these.
    #[must_use]
    pub(crate) fn then(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    pub(super) fn print(&self, look: &Look, out: &mut Out) -> Result<(), Failure> {
        for block in &self.0 {
            match block {
                Block::Line { indent, pieces } => {
                    for line in wrapped(*indent, pieces, look) {
                        writeln!(out, "{line}")?;
                    }
                }
                Block::Sheet(sheet) => {
                    for line in table::lines(sheet, look) {
                        writeln!(out, "{line}")?;
                    }
                }
                Block::Verbatim(text) => out.write_all(text.as_bytes())?,
            }
        }
        Ok(())
    }
}

/// The line, broken between words where it is too wide.
fn wrapped(indent: usize, pieces: &[(Tone, String)], look: &Look) -> Vec<String> {
    let width = look.text_width();
    let (mut lines, mut line, mut used) = (Vec::new(), Vec::new(), 0);
    for (tone, text) in pieces {
        for (at, word) in text.split(' ').enumerate() {
            let length = word.chars().count();
            let space = usize::from(at > 0);
            if used > indent && used + space + length > width && length > 0 {
                lines.push(painted(&line, look));
                line = vec![(Tone::Plain, " ".repeat(indent))];
                used = indent;
            } else if space > 0 {
                add(&mut line, *tone, " ");
                used += 1;
            }
            add(&mut line, *tone, word);
            used += length;
        }
    }
    lines.push(painted(&line, look));
    lines
}

/// Adds to the last piece if it has the same tone.
fn add(line: &mut Vec<(Tone, String)>, tone: Tone, text: &str) {
    match line.last_mut() {
        Some((last, so_far)) if *last == tone => so_far.push_str(text),
        _ => line.push((tone, text.to_owned())),
    }
}

/// The pieces in their colours, without white space at the end.
fn painted(line: &[(Tone, String)], look: &Look) -> String {
    let full = line.iter().rposition(|(_, text)| !text.trim_end().is_empty());
    let pieces = line.iter().take(full.map_or(0, |last| last + 1)).enumerate();
    let painted = pieces.map(|(at, (tone, text))| {
        let text = if Some(at) == full { text.trim_end() } else { text };
        look.paint(*tone, text)
    });
    painted.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_broken_between_words_and_goes_on_under_its_indent() {
        let look = Look { width: Some(20), colour: true };
        let pieces =
            [(Tone::Plain, "  visit  ".to_owned()), (Tone::Bad, "one two three four".to_owned())];
        let bad = |text| format!("\u{1b}[31m{text}\u{1b}[0m");
        assert_eq!(
            wrapped(9, &pieces, &look),
            [format!("  visit  {}", bad("one two")), format!("         {}", bad("three four"))]
        );
        assert_eq!(wrapped(0, &[(Tone::Plain, String::new())], &look), [""]);
    }
}
