//! What the run found, as Markdown; violations also at once, on standard error.
//!
//! *Invariant: whatever is not well is in the report with the scenario and the seed.*

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::Outcome;
use crate::scenario::{Scenario, Tally};

/// What became of one mistake.
#[derive(Debug)]
pub(crate) struct Row {
    bug: &'static str,
    pub(crate) runs: u64,
    pub(crate) reached: bool,
    pub(crate) caught: Option<(Scenario, u64, String)>,
    pub(crate) passes_without: bool,
    pub(crate) took: Duration,
}

impl Row {
    pub(crate) const fn of(bug: &'static str) -> Self {
        let took = Duration::ZERO;
        Self { bug, runs: 0, reached: false, caught: None, passes_without: false, took }
    }

    const fn is_sound(&self) -> bool {
        self.reached && self.caught.is_some() && self.passes_without
    }
}

#[derive(Debug, Default)]
struct Section {
    runs: u64,
    took: Duration,
    counts: BTreeMap<&'static str, u64>,
}

/// The report so far.
#[derive(Debug)]
pub(crate) struct Report {
    began: Instant,
    date: String,
    seed: u64,
    sections: BTreeMap<Scenario, Section>,
    violations: Vec<String>,
    bugs: Vec<Row>,
}

impl Report {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            began: Instant::now(),
            date: chrono::Utc::now().format("%Y-%m-%d %H:%M UTC").to_string(),
            seed,
            sections: BTreeMap::new(),
            violations: Vec::new(),
            bugs: Vec::new(),
        }
    }

    pub(crate) fn is_sound(&self) -> bool {
        self.violations.is_empty() && self.bugs.iter().all(Row::is_sound)
    }

    pub(crate) fn add(
        &mut self,
        scenario: Scenario,
        seed: u64,
        tally: Tally,
        took: Duration,
    ) -> Outcome<()> {
        let section = self.sections.entry(scenario).or_default();
        section.runs += 1;
        section.took += took;
        for (what, times) in tally.counts {
            *section.counts.entry(what).or_default() += times;
        }
        let kept = tally.kept.map_or(String::new(), |path| format!(" (see {})", path.display()));
        for text in tally.violations {
            let line = format!("`relatum-faults one {scenario} {seed}`: {text}{kept}");
            writeln!(std::io::stderr(), "VIOLATION {line}")?;
            self.violations.push(line);
        }
        Ok(())
    }

    pub(crate) fn bug(&mut self, row: Row) -> Outcome<()> {
        if !row.is_sound() {
            writeln!(std::io::stderr(), "NOT CAUGHT {row:?}")?;
        }
        self.bugs.push(row);
        Ok(())
    }

    pub(crate) fn write(&self, to: Option<&Path>) -> Outcome<()> {
        let text = self.text()?;
        match to {
            Some(path) => std::fs::write(path, &text)?,
            None => std::io::stdout().write_all(text.as_bytes())?,
        }
        Ok(())
    }

    fn text(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        let Self { date, seed, .. } = self;
        writeln!(text, "# Faults\n")?;
        let took = self.began.elapsed().as_secs();
        writeln!(text, "{date}, seeds from {seed}, {took} s, two scenarios at a time.\n")?;
        writeln!(text, "## Scenarios\n")?;
        writeln!(text, "| scenario | runs | seconds | what |\n| --- | --- | --- | --- |")?;
        for (scenario, section) in &self.sections {
            let counts: Vec<_> =
                section.counts.iter().map(|(what, times)| format!("{times} {what}")).collect();
            let (runs, took) = (section.runs, section.took.as_secs());
            writeln!(text, "| {scenario} | {runs} | {took} | {} |", counts.join(", "))?;
        }
        writeln!(text, "\n## Violations\n")?;
        if self.violations.is_empty() {
            writeln!(text, "None.")?;
        }
        for line in &self.violations {
            writeln!(text, "- {}", line.replace('\n', " "))?;
        }
        if !self.bugs.is_empty() {
            self.bugs_text(&mut text)?;
        }
        Ok(text)
    }

    fn bugs_text(&self, text: &mut String) -> std::fmt::Result {
        writeln!(text, "\n## Mistakes on purpose\n")?;
        writeln!(text, "| mistake | reached | caught by | as | without it | runs | seconds |")?;
        writeln!(text, "| --- | --- | --- | --- | --- | --- | --- |")?;
        for row in &self.bugs {
            let Row { bug, runs, reached, caught, passes_without, took } = row;
            let reached = if *reached { "yes" } else { "NO" };
            let (by, said) = match caught {
                Some((scenario, seed, said)) => (format!("{scenario} {seed}"), said.as_str()),
                None => ("NOTHING".to_owned(), ""),
            };
            let said: String = said.replace(['\n', '|'], " ").chars().take(160).collect();
            let without = if *passes_without { "passes" } else { "DOES NOT PASS" };
            let took = took.as_secs();
            writeln!(text, "| {bug} | {reached} | {by} | {said} | {without} | {runs} | {took} |")?;
        }
        Ok(())
    }
}
