//! What the run found, as Markdown; violations also at once, on standard error.
//!
//! *Invariant: whatever is not well is in the report with the scenario and the seed.*

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::Outcome;
use crate::scenario::{KILLS, Scenario, Tables, Tally};

/// What became of one mistake.
#[derive(Debug)]
pub(crate) struct Row {
    bug: &'static str,
    pub(crate) runs: u64,
    /// In how many of them the mistake was made.
    pub(crate) reached: u64,
    pub(crate) caught: Vec<(Scenario, u64, String)>,
    /// What the same runs found without it.
    pub(crate) fails_without: Vec<String>,
    pub(crate) took: Duration,
}

impl Row {
    pub(crate) const fn of(bug: &'static str) -> Self {
        Self {
            bug,
            runs: 0,
            reached: 0,
            caught: Vec::new(),
            fails_without: Vec::new(),
            took: Duration::ZERO,
        }
    }

    const fn is_sound(&self) -> bool {
        self.reached > 0 && !self.caught.is_empty() && self.fails_without.is_empty()
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
    tables: Tables,
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
            tables: Tables::new(),
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
        for (table, rows) in tally.tables {
            for (row, cells) in rows {
                let here = self.tables.entry(table).or_default().entry(row).or_default();
                cells.into_iter().for_each(|(column, times)| {
                    *here.entry(column).or_default() += times;
                });
            }
        }
        let kept = tally.kept.map_or(String::new(), |path| format!(" (see {})", path.display()));
        for text in tally.violations {
            let line = format!("`relatum-faults one {scenario} {seed}`: {text}{kept}");
            writeln!(std::io::stderr(), "VIOLATION {line}")?;
            self.violations.push(line);
        }
        Ok(())
    }

    /// A named point at which no process was ended is a violation.
    pub(crate) fn must_have_met(
        &mut self,
        points: impl Iterator<Item = &'static str>,
    ) -> Outcome<()> {
        let met = self.tables.get(KILLS);
        for point in points.filter(|point| met.is_none_or(|met| !met.contains_key(point))) {
            let line = format!("no process was ended at `{point}`");
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
        for (name, rows) in &self.tables {
            table_text(&mut text, name, rows)?;
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
        writeln!(text, "| mistake | runs | made in | caught in | first by | as | without it |")?;
        writeln!(text, "| --- | --- | --- | --- | --- | --- | --- |")?;
        for row in &self.bugs {
            let Row { bug, runs, reached, caught, fails_without, .. } = row;
            let (by, said) = match caught.first() {
                Some((scenario, seed, said)) => (format!("{scenario} {seed}"), said.as_str()),
                None => ("NOTHING".to_owned(), ""),
            };
            let said: String = said.replace(['\n', '|'], " ").chars().take(160).collect();
            let without = if fails_without.is_empty() { "passes" } else { "DOES NOT PASS" };
            let caught = caught.len();
            writeln!(
                text,
                "| `{bug}` | {runs} | {reached} | {caught} | {by} | {said} | {without} |"
            )?;
        }
        Ok(())
    }
}

/// A table with the columns that any row has.
fn table_text(
    text: &mut String,
    name: &str,
    rows: &BTreeMap<&'static str, BTreeMap<&'static str, u64>>,
) -> std::fmt::Result {
    let mut columns: Vec<_> = rows.values().flat_map(BTreeMap::keys).copied().collect();
    columns.sort_unstable();
    columns.dedup();
    writeln!(text, "\n## {name}\n\n| | {} |", columns.join(" | "))?;
    writeln!(text, "| ---{} |", " | ---".repeat(columns.len()))?;
    for (row, cells) in rows {
        let cells = columns.iter().map(|column| match cells.get(column) {
            Some(0) => "–".to_owned(),
            Some(times) => times.to_string(),
            None => String::new(),
        });
        writeln!(text, "| {row} | {} |", cells.collect::<Vec<_>>().join(" | "))?;
    }
    Ok(())
}
