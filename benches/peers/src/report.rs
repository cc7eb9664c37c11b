//! What comes out: tables in Markdown between two marks of a document, and plots beside it.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::rounds::{Seconds, median, quantile, rate_ratio};
use crate::table::{Ratio, thousands};
use crate::{Outcome, Size, machine, plot};

/// The document, and the marks in it.
const DOCUMENT: &str = "performance.md";
const BEGIN: &str = "<!-- written by benches/peers -->\n";
const END: &str = "<!-- end of what benches/peers wrote -->\n";

/// One comparison; relatum is the first of the stores.
#[derive(Debug)]
pub(crate) struct Measured {
    /// Of its plot.
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    /// What was done, in a few sentences.
    pub(crate) said: &'static str,
    pub(crate) stores: Vec<Taken>,
}

/// How long one store took, a round each.
#[derive(Debug)]
pub(crate) struct Taken {
    pub(crate) name: &'static str,
    /// Events of a round.
    pub(crate) events: usize,
    pub(crate) seconds: Seconds,
}

impl Taken {
    /// Events a second: the least of all rounds, the median, the most.
    pub(crate) fn rates(&self) -> [f64; 3] {
        let rate = |seconds: f64| self.events as f64 / seconds;
        [
            rate(quantile(&self.seconds, 1.0)),
            rate(median(&self.seconds)),
            rate(quantile(&self.seconds, 0.0)),
        ]
    }
}

impl Measured {
    /// The fastest of the others.
    fn best(&self) -> Option<&Taken> {
        let others = self.stores.iter().skip(1);
        others.min_by(|a, b| median(&a.seconds).total_cmp(&median(&b.seconds)))
    }

    fn write(&self, out: &mut String) -> Outcome<()> {
        let Some(relatum) = self.stores.first() else { return Ok(()) };
        writeln!(out, "### {}\n\n{}\n", self.title, wrapped(self.said))?;
        writeln!(out, "| store | events/s | least-most | relatum is times as fast (range) |")?;
        writeln!(out, "| --- | ---: | ---: | ---: |")?;
        for store in &self.stores {
            let [least, median, most] = store.rates().map(thousands);
            let ratio = if std::ptr::eq(store, relatum) {
                String::new()
            } else {
                shown(rate_ratio(&relatum.seconds, &store.seconds))
            };
            writeln!(out, "| {} | {median} | {least}-{most} | {ratio} |", store.name)?;
        }
        if let Some(best) = self.best() {
            let ratio = shown(rate_ratio(&relatum.seconds, &best.seconds));
            writeln!(out, "\nrelatum / the best of the others, {}: {ratio}.", best.name)?;
        }
        writeln!(out, "\n![{}](plots/{}.svg)\n", self.title, self.name)?;
        Ok(())
    }
}

fn shown(Ratio { median, least, most }: Ratio) -> String {
    format!("{median:.2} ({least:.2}-{most:.2})")
}

/// Lines of at most 116 columns.
fn wrapped(text: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.len() + word.len() < 116 => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines.join("\n")
}

/// All comparisons.
pub(crate) fn text(all: &[Measured], size: Size) -> Outcome<String> {
    let mut out = wrapped(&machine::described(size.rounds)?) + "\n\n";
    all.iter().try_for_each(|it| it.write(&mut out))?;
    Ok(out)
}

/// Puts the text between its marks, and the plots into their folder.
pub(crate) fn write(docs: &Path, text: &str, all: &[Measured]) -> Outcome<()> {
    let path = docs.join(DOCUMENT);
    let document = fs::read_to_string(&path)?;
    let no_marks = || format!("{} has no marks of benches/peers", path.display());
    let (before, rest) = document.split_once(BEGIN).ok_or_else(no_marks)?;
    let (_, after) = rest.split_once(END).ok_or_else(no_marks)?;
    fs::write(&path, format!("{before}{BEGIN}\n{text}{END}{after}"))?;
    let plots = docs.join("plots");
    fs::create_dir_all(&plots)?;
    for measured in all {
        fs::write(plots.join(format!("{}.svg", measured.name)), plot::bars(measured)?)?;
    }
    Ok(())
}
