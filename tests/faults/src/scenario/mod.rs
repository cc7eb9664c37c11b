//! The scenarios: each is a function of a seed that does something bad to a store.
//!
//! Owns their list, and what they share: a folder, the shim, the mistake that is asked for.
//!
//! *Invariant: a scenario leaves nothing behind, unless it found a violation.*

mod corrupt;
mod engine;
mod exchange;
mod io;
mod kill;
mod mend;
mod point;
mod power;

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::Outcome;
use crate::check::Verdict;
use crate::child::Work;
use crate::content::{Author, Mix};
use crate::draw::Draw;
use crate::process::Environment;
use crate::store::Variant;
use crate::witness;

pub(crate) use engine::work as engine_work;
pub(crate) use point::{KILLS, pairs, points};

/// What can happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Scenario {
    /// The process is killed at random times, over and over on one store.
    Kill,
    /// The process ends at a named point.
    Point,
    /// The power goes at many moments of one run.
    Power,
    /// The power goes, and again while the store recovers and goes on.
    PowerTwice,
    /// A call fails.
    Io,
    /// A call fails after a named point, each kind of call after each point.
    Error,
    /// The process that restores or repairs ends at any of its calls.
    Mend,
    /// Files are changed, cut short or deleted.
    Corrupt,
    /// Parts are taken from another store, or from an earlier time.
    Exchange,
    /// An engine with projections and a replay cache is killed.
    Engine,
}

impl Scenario {
    pub(crate) const ALL: &[Self] = &[
        Self::Kill,
        Self::Point,
        Self::Power,
        Self::PowerTwice,
        Self::Io,
        Self::Error,
        Self::Mend,
        Self::Corrupt,
        Self::Exchange,
        Self::Engine,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Kill => "kill",
            Self::Point => "point",
            Self::Power => "power",
            Self::PowerTwice => "power-twice",
            Self::Io => "io",
            Self::Error => "error",
            Self::Mend => "mend",
            Self::Corrupt => "corrupt",
            Self::Exchange => "exchange",
            Self::Engine => "engine",
        }
    }

    /// Runs the scenario in a folder of its own.
    pub(crate) fn run(self, bench: &Bench, seed: u64) -> Outcome<Tally> {
        let mut bench = bench.below(&format!("{self}-{seed}"))?;
        let scale = usize::try_from(seed)? % bench.scales.len().max(1);
        bench.scale = bench.scales.get(scale).copied().unwrap_or(1);
        let mut tally = Tally::default();
        let outcome = match self {
            Self::Kill => kill::random(&bench, seed, &mut tally),
            Self::Point => point::killed(&bench, seed, &mut tally),
            Self::Power => power::once(&bench, seed, &mut tally),
            Self::PowerTwice => power::twice(&bench, seed, &mut tally),
            Self::Io => io::failing(&bench, seed, &mut tally),
            Self::Error => point::failing(&bench, seed, &mut tally),
            Self::Mend => mend::killed(&bench, seed, &mut tally),
            Self::Corrupt => corrupt::changed(&bench, seed, &mut tally),
            Self::Exchange => exchange::parts(&bench, seed, &mut tally),
            Self::Engine => engine::killed(&bench, seed, &mut tally),
        };
        if let Err(error) = outcome {
            tally.violation(format!("the scenario could not go on: {error}"));
        }
        if tally.violations.is_empty() && !bench.keep {
            fs::remove_dir_all(&bench.folder)?;
        } else {
            tally.kept = Some(bench.folder);
        }
        Ok(tally)
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Scenario {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.iter().find(|scenario| scenario.name() == text);
        found.copied().ok_or_else(|| format!("no scenario is called {text}"))
    }
}

/// Where and how scenarios run.
#[derive(Debug, Clone)]
pub(crate) struct Bench {
    pub(crate) folder: PathBuf,
    pub(crate) shim: PathBuf,
    /// The mistake that the store is to make.
    pub(crate) bug: Option<&'static str>,
    /// Whether folders stay when all was well.
    pub(crate) keep: bool,
    /// Whether commits are large, and sizes as they are.
    pub(crate) heavy: bool,
    /// Whether every store that is changed was killed before.
    pub(crate) in_use: bool,
    /// The only variant to use.
    pub(crate) variant: Option<Variant>,
    /// What sizes are divided by: the seed takes one of these.
    pub(crate) scales: &'static [u64],
    pub(crate) scale: u64,
    /// How many images of one trace, and how many changes of one store.
    pub(crate) each: u64,
}

impl Bench {
    fn below(&self, name: &str) -> Outcome<Self> {
        let folder = self.folder.join(name);
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        Ok(Self { folder, ..self.clone() })
    }

    /// The file that says that the mistake was made.
    pub(crate) fn reached(&self) -> PathBuf {
        self.folder.join("reached")
    }

    fn environment(&self) -> Environment {
        let mut environment = Environment::new();
        environment.push(("RELATUM_FAULT_SCALE", self.scale.to_string()));
        if let Some(bug) = self.bug {
            environment.push(("RELATUM_FAULT_BUG", bug.to_owned()));
            let reached = self.reached().display().to_string();
            environment.push(("RELATUM_FAULT_REACHED", reached));
        }
        environment
    }

    /// The variables for a process that only looks: its power is not cut, so it syncs nothing.
    fn looking(&self, root: &Path) -> Environment {
        let mut environment = self.environment();
        environment.push(("LD_PRELOAD", self.shim.display().to_string()));
        environment.push(("SHIM_ROOT", root.display().to_string()));
        environment.push(("SHIM_SYNC", "0".to_owned()));
        environment
    }

    /// The variables that put the shim between the process and what is below `root`.
    fn shimmed(&self, root: &Path, marks: &Path) -> Environment {
        let mut environment = self.environment();
        environment.push(("LD_PRELOAD", self.shim.display().to_string()));
        environment.push(("SHIM_ROOT", root.display().to_string()));
        environment.push(("SHIM_MARKS", marks.display().to_string()));
        environment
    }

    /// An empty root, a witness that has begun, and a workload that a seed decides.
    fn work(&self, seed: u64) -> Outcome<Work> {
        let mut draw = Draw::from_parts(&[seed, 11]);
        let mix = match draw.below(5) {
            _ if self.heavy => Mix::Large,
            0..3 => Mix::Small,
            3 => Mix::Large,
            _ => Mix::Bulk,
        };
        let variant = draw.one_of(Variant::ALL).copied().unwrap_or(Variant::Default);
        let variant = self.variant.unwrap_or(variant);
        self.work_of(seed, variant, mix, draw)
    }

    fn work_of(&self, seed: u64, variant: Variant, mix: Mix, mut draw: Draw) -> Outcome<Work> {
        let root = self.folder.join("root");
        fs::create_dir_all(&root)?;
        let witness = self.folder.join("witness");
        witness::begin(&witness, Author { seed, salt: 0, mix })?;
        let threads = draw.between(if self.heavy { 4 } else { 1 }, 6);
        let commits = match mix {
            Mix::Small => draw.between(40, 240),
            Mix::Large if self.heavy => draw.between(60, 100),
            Mix::Large => draw.between(10, 40),
            Mix::Bulk => draw.between(5, 40),
        };
        let stages = draw.between(1, 4);
        let reopen_every = if stages == 1 { 0 } else { commits / stages + 1 };
        Ok(Work { root, witness, variant, run: 0, threads, commits, reopen_every })
    }
}

/// Numbers by table, row and column.
pub(crate) type Tables =
    BTreeMap<&'static str, BTreeMap<&'static str, BTreeMap<&'static str, u64>>>;

/// Stores whose journal alone made them.
const MADE_ANEW: &str = "made anew from the journal";

/// Whether the store below `root` set sled aside: a power cut may make that necessary, the end of a
/// process must not.
fn is_made_anew(root: &Path) -> bool {
    root.join("store/sled.damaged").exists()
}

/// What came of scenarios.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) counts: BTreeMap<&'static str, u64>,
    /// Numbers by table, row and column.
    pub(crate) tables: Tables,
    pub(crate) violations: Vec<String>,
    /// The folder that was left for a look at it.
    pub(crate) kept: Option<PathBuf>,
}

impl Tally {
    fn count(&mut self, what: &'static str) {
        self.add(what, 1);
    }

    fn add(&mut self, what: &'static str, times: u64) {
        *self.counts.entry(what).or_default() += times;
    }

    /// Counts in a table.
    fn note(&mut self, table: &'static str, row: &'static str, column: &'static str) {
        *self.cell(table, row, column) += 1;
    }

    fn cell(&mut self, table: &'static str, row: &'static str, column: &'static str) -> &mut u64 {
        self.tables.entry(table).or_default().entry(row).or_default().entry(column).or_default()
    }

    fn violation(&mut self, text: String) {
        self.violations.push(text);
    }

    /// Notes the verdict on a store that must be sound.
    fn must_be_sound(&mut self, verdict: Verdict, when: &str) {
        match verdict {
            Verdict::Sound { commits } => self.add("commits checked", commits),
            Verdict::Detected(text) => self.violation(format!("{when}: does not open: {text}")),
            Verdict::Violation(text) => self.violation(format!("{when}: {text}")),
        }
    }
}
