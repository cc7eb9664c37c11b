//! What was acknowledged, written down outside of the store.
//!
//! | line | meaning |
//! | --- | --- |
//! | `W seed salt mix` | the first line: what the commits are made from |
//! | `A run thread counter seq cut versions` | acknowledged; seq 0 if it was recorded before |
//! | `S cut` | a reader was shown the log up to there |
//! | `E run thread counter text` | answered with an error |
//! | `O text` | the store could not be opened |
//! | `V text` | the store did what it never may |
//!
//! *Invariant: a line is written after the answer, in one call.*

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use crate::Outcome;
use crate::content::{Author, Name};

/// The open file; threads share it.
#[derive(Debug)]
pub(crate) struct Pen(File);

impl Pen {
    pub(crate) fn open(path: &Path) -> Outcome<Self> {
        Ok(Self(OpenOptions::new().append(true).open(path)?))
    }

    pub(crate) fn write(&self, line: &str) -> Outcome<()> {
        (&self.0).write_all(format!("{}\n", line.replace('\n', " ")).as_bytes())?;
        Ok(())
    }
}

/// Begins a witness.
pub(crate) fn begin(path: &Path, author: Author) -> Outcome<()> {
    std::fs::write(path, format!("W {} {} {}\n", author.seed, author.salt, author.mix))?;
    Ok(())
}

/// One acknowledgement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Acknowledged {
    pub(crate) name: Name,
    /// The seq of the first event; 0 if all had been recorded before.
    pub(crate) seq: u64,
    pub(crate) cut: u64,
    /// The version of the first event of each write.
    pub(crate) versions: Vec<u64>,
}

impl Acknowledged {
    pub(crate) fn line(&self) -> String {
        let versions: Vec<String> = self.versions.iter().map(u64::to_string).collect();
        format!("A {} {} {} {}", self.name, self.seq, self.cut, versions.join(","))
    }
}

/// Everything that a witness says.
#[derive(Debug)]
pub(crate) struct Witness {
    pub(crate) author: Author,
    pub(crate) acknowledged: Vec<Acknowledged>,
    /// How far readers were shown the log.
    pub(crate) shown: u64,
    pub(crate) errors: u64,
    pub(crate) violations: Vec<String>,
}

impl Witness {
    pub(crate) fn read(path: &Path) -> Outcome<Self> {
        let text = std::fs::read_to_string(path)?;
        // A last line without its end was being written when the process ended.
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        let mut lines = whole.lines();
        let author = lines.next().and_then(author_in).ok_or("the witness has no first line")?;
        let mut this =
            Self { author, acknowledged: Vec::new(), shown: 0, errors: 0, violations: Vec::new() };
        for line in lines {
            match line.split_at_checked(2) {
                Some(("A ", rest)) => {
                    let found = acknowledged_in(rest).ok_or_else(|| format!("witness: {line}"))?;
                    this.acknowledged.push(found);
                }
                Some(("S ", rest)) => this.shown = this.shown.max(rest.parse()?),
                Some(("V ", rest)) => this.violations.push(rest.to_owned()),
                _ => this.errors += 1,
            }
        }
        Ok(this)
    }

    /// Drops what may be lost, because it was answered before it was durable.
    pub(crate) fn forget(&mut self) {
        self.acknowledged.clear();
        self.shown = 0;
    }

    pub(crate) const fn promises_nothing(&self) -> bool {
        self.acknowledged.is_empty() && self.shown == 0
    }

    /// For each thread of `run`: the first commit that was not acknowledged.
    pub(crate) fn open_ends(&self, run: u64) -> Vec<Name> {
        let mut ends: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
        for Acknowledged { name, .. } in &self.acknowledged {
            if name.run == run {
                ends.entry(name.thread).or_default().push(name.counter);
            }
        }
        let mut names = Vec::new();
        for (thread, mut counters) in ends {
            counters.sort_unstable();
            counters.dedup();
            let gap = (0..).zip(&counters).find(|(at, counter)| at != *counter);
            let counter = gap.map_or(counters.len() as u64, |(at, _)| at);
            names.push(Name { run, thread, counter });
        }
        names
    }
}

fn author_in(line: &str) -> Option<Author> {
    let mut words = line.strip_prefix("W ")?.split(' ');
    let mut word = || words.next();
    let (seed, salt, mix) = (word()?, word()?, word()?);
    Some(Author { seed: seed.parse().ok()?, salt: salt.parse().ok()?, mix: mix.parse().ok()? })
}

fn acknowledged_in(rest: &str) -> Option<Acknowledged> {
    let mut words = rest.split(' ');
    let mut number = || words.next()?.parse().ok();
    let name = Name { run: number()?, thread: number()?, counter: number()? };
    let (seq, cut) = (number()?, number()?);
    let versions = words.next()?.split(',').map(|it| it.parse().ok()).collect::<Option<_>>()?;
    Some(Acknowledged { name, seq, cut, versions })
}
