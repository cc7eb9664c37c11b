//! The table that comes out, in Markdown, a line as soon as it is known.

use std::io::Write;

use crate::Outcome;

/// Writes figures as they come.
#[derive(Debug)]
pub(crate) struct Table<W> {
    out: W,
    has_head: bool,
}

/// One line: a figure and what it is measured by.
#[derive(Debug)]
pub(crate) struct Figure<'a> {
    pub(crate) what: &'a str,
    pub(crate) value: String,
    pub(crate) yardstick: &'a str,
    pub(crate) yardstick_value: String,
    /// The figure as a multiple of the yardstick, with the least and the most of all rounds.
    pub(crate) ratio: Option<Ratio>,
}

/// A ratio and how far it swung.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ratio {
    pub(crate) median: f64,
    pub(crate) least: f64,
    pub(crate) most: f64,
}

impl<W: Write> Table<W> {
    pub(crate) const fn new(out: W) -> Self {
        Self { out, has_head: false }
    }

    pub(crate) fn title(&mut self, text: &str) -> Outcome<()> {
        writeln!(self.out, "\n{text}\n")?;
        self.has_head = false;
        Ok(())
    }

    pub(crate) fn line(&mut self, figure: &Figure<'_>) -> Outcome<()> {
        if !self.has_head {
            writeln!(self.out, "| measured | figure | yardstick | its figure | ratio (range) |")?;
            writeln!(self.out, "| --- | ---: | --- | ---: | ---: |")?;
            self.has_head = true;
        }
        let ratio = figure.ratio.map_or_else(String::new, |ratio| {
            // Small ratios need a digit more.
            let digits = if ratio.median < 0.1 { 3 } else { 2 };
            let Ratio { median, least, most } = ratio;
            format!("{median:.digits$} ({least:.digits$}-{most:.digits$})")
        });
        let Figure { what, value, yardstick, yardstick_value, .. } = figure;
        writeln!(self.out, "| {what} | {value} | {yardstick} | {yardstick_value} | {ratio} |")?;
        self.out.flush()?;
        Ok(())
    }
}

/// `1234567` as `1,234,567`.
pub(crate) fn thousands(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Bytes as megabytes.
pub(crate) fn megabytes(bytes: f64) -> String {
    thousands(bytes / 1e6) + " MB"
}

/// Seconds in a unit that fits.
pub(crate) fn time(seconds: f64) -> String {
    match seconds {
        long if long >= 1.0 => format!("{long:.2} s"),
        short if short >= 0.001 => format!("{:.1} ms", short * 1e3),
        tiny => format!("{:.1} µs", tiny * 1e6),
    }
}
