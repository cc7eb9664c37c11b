//! Which scenarios run with which seeds, two at a time.
//!
//! *Invariant: the jobs of a run are a function of its options.*

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Instant;

use relatum_log_sled::BUGS;

use crate::Outcome;
use crate::report::{Report, Row};
use crate::scenario::{Bench, Scenario};
use crate::store::Variant;
use crate::trace::build_shim;

/// How many scenarios run at a time.
const THREADS: usize = 2;

/// Where mistakes of each kind are most likely to show.
const WHERE: &[(&str, &[Scenario])] = &[
    ("acknowledge_before_sync", &[Scenario::Power]),
    ("skip_folder_sync", &[Scenario::Power]),
    ("head_ahead_of_store", &[Scenario::Power]),
    ("big_node", &[Scenario::Power]),
    ("delete_segment_before_sync", &[Scenario::Power, Scenario::PowerTwice]),
    ("seal_not_atomic", &[Scenario::Point, Scenario::Power, Scenario::Kill]),
    ("index_outside_batch", &[Scenario::Point, Scenario::Power, Scenario::Kill]),
    ("wrong_order_on_replay", &[Scenario::Kill, Scenario::Power]),
    ("torn_tail_accepted", &[Scenario::Power, Scenario::PowerTwice, Scenario::Corrupt]),
    ("twin_not_compared", &[Scenario::Exchange]),
    ("checksum_not_checked", &[Scenario::Exchange, Scenario::Corrupt]),
    ("root_not_checked", &[Scenario::Exchange]),
];

/// What was asked for.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    work: PathBuf,
    report: Option<PathBuf>,
    seed: u64,
    keep: bool,
    kills: u64,
    power_cuts: u64,
    corruptions: u64,
    failures: u64,
    /// How many seeds each mistake gets to show itself.
    tries: u64,
    one: Option<(Scenario, u64)>,
    bug: Option<&'static str>,
    each: u64,
}

impl Options {
    pub(crate) fn parse(mode: &str, arguments: &[String]) -> Outcome<Self> {
        let work = std::env::temp_dir().join(format!("relatum-faults-{}", std::process::id()));
        let mut this = Self {
            work,
            report: None,
            seed: 1,
            keep: false,
            kills: 1_000,
            power_cuts: 500,
            corruptions: 1_000,
            failures: 300,
            tries: 30,
            one: None,
            bug: None,
            each: 25,
        };
        if mode == "short" {
            let counts = (120, 200, 200, 60, 8);
            (this.kills, this.power_cuts, this.corruptions, this.failures, this.tries) = counts;
        }
        let mut words = arguments.iter();
        let mut plain = Vec::new();
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("{word} wants a value"));
            match word.as_str() {
                "--work" => this.work = value()?.into(),
                "--report" => this.report = Some(value()?.into()),
                "--seed" => this.seed = value()?.parse()?,
                "--kills" => this.kills = value()?.parse()?,
                "--power-cuts" => this.power_cuts = value()?.parse()?,
                "--corruptions" => this.corruptions = value()?.parse()?,
                "--failures" => this.failures = value()?.parse()?,
                "--tries" => this.tries = value()?.parse()?,
                "--each" => this.each = value()?.parse()?,
                "--bug" => this.bug = Some(bug_called(value()?)?),
                "--keep" => this.keep = true,
                _ => plain.push(word.as_str()),
            }
        }
        match (mode, plain.as_slice()) {
            ("one", [scenario, seed]) => this.one = Some((scenario.parse()?, seed.parse()?)),
            ("one", _) => return Err("one SCENARIO SEED".into()),
            (_, []) => {}
            (_, more) => return Err(format!("what is {more:?}?").into()),
        }
        Ok(this)
    }

    fn jobs(&self) -> Vec<Job> {
        if let Some((scenario, seed)) = self.one {
            return vec![Job { scenario, seed, bug: self.bug }];
        }
        let points = relatum_log_sled::POINTS.len() as u64;
        let counts = [
            (Scenario::Power, (self.power_cuts * 4 / 5).div_ceil(self.each)),
            (Scenario::PowerTwice, (self.power_cuts / 5).div_ceil(self.each)),
            (Scenario::Kill, (self.kills * 6 / 10).div_ceil(10)),
            (Scenario::Point, (self.kills * 3 / 10).div_ceil(4).next_multiple_of(points)),
            (Scenario::Engine, (self.kills / 10).div_ceil(6)),
            (Scenario::Io, self.failures),
            (Scenario::Corrupt, (self.corruptions * 4 / 5).div_ceil(self.each)),
            (Scenario::Exchange, (self.corruptions / 5).div_ceil(self.each)),
        ];
        let mut jobs = Vec::new();
        for (scenario, count) in counts {
            jobs.extend((0..count).map(|at| Job { scenario, seed: self.seed + at, bug: self.bug }));
        }
        jobs
    }
}

fn bug_called(name: &str) -> Outcome<&'static str> {
    let found = BUGS.iter().find(|bug| **bug == name).copied();
    found.ok_or_else(|| format!("no mistake is called {name}; there are {BUGS:?}").into())
}

/// A bench where the mistake can show at all.
fn fitted(bench: &Bench, bug: &str) -> Bench {
    let variant = match bug {
        "delete_segment_before_sync" => Some(Variant::NoArchive),
        "head_ahead_of_store" => Some(Variant::SledOnly),
        _ => None,
    };
    // It takes large values to make a large node.
    Bench { heavy: bug == "big_node", variant, ..bench.clone() }
}

#[derive(Debug, Clone, Copy)]
struct Job {
    scenario: Scenario,
    seed: u64,
    bug: Option<&'static str>,
}

/// Runs everything; gives whether all was well.
pub(crate) fn run(options: &Options) -> Outcome<bool> {
    fs::create_dir_all(&options.work)?;
    let folder = options.work.canonicalize()?;
    let bench = Bench {
        shim: build_shim(&folder)?,
        folder: folder.clone(),
        bug: None,
        keep: options.keep,
        heavy: false,
        variant: None,
        scale: 1,
        each: options.each,
    };
    let report = Mutex::new(Report::new(options.seed));
    in_parallel(options.jobs(), |job| run_job(&bench, job, &report))?;
    if options.one.is_none() && options.tries > 0 && options.bug.is_none() {
        in_parallel(BUGS.to_vec(), |bug| show_bug(&bench, options, bug, &report))?;
    }
    let report = report.into_inner().map_err(|_| "a thread panicked")?;
    report.write(options.report.as_deref())?;
    if report.is_sound() && !options.keep {
        fs::remove_dir_all(&folder)?;
    }
    Ok(report.is_sound())
}

/// Does `work` on every item, two at a time, in their order.
fn in_parallel<T: Send>(items: Vec<T>, work: impl Fn(T) -> Outcome<()> + Sync) -> Outcome<()> {
    let items = Mutex::new(items.into_iter());
    let next = || items.lock().ok().and_then(|mut items| items.next());
    std::thread::scope(|scope| {
        let run = || -> Outcome<()> {
            while let Some(item) = next() {
                work(item)?;
            }
            Ok(())
        };
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(run)).collect();
        let ends = threads.into_iter().map(|it| it.join().unwrap_or_else(|_| Err("panic".into())));
        ends.fold(Ok(()), Result::and)
    })
}

fn run_job(bench: &Bench, job: Job, report: &Mutex<Report>) -> Outcome<()> {
    let began = Instant::now();
    let Job { scenario, seed, bug } = job;
    let bench = bug.map_or_else(|| bench.clone(), |bug| fitted(bench, bug));
    let tally = scenario.run(&Bench { bug, ..bench }, seed)?;
    let mut report = report.lock().map_err(|_| "a thread panicked")?;
    report.add(scenario, seed, tally, began.elapsed())
}

/// Lets the store make a mistake until a scenario notices; without it, the same must pass.
fn show_bug(
    bench: &Bench,
    options: &Options,
    bug: &'static str,
    report: &Mutex<Report>,
) -> Outcome<()> {
    let began = Instant::now();
    let everywhere = [Scenario::Power, Scenario::Point, Scenario::Corrupt, Scenario::Io];
    let places: BTreeMap<_, _> = WHERE.iter().copied().collect();
    let places = places.get(bug).copied().unwrap_or(&everywhere);
    let folder = bench.folder.join(bug);
    let bench = &fitted(bench, bug);
    let mut row = Row::of(bug);
    'tries: for seed in options.seed..options.seed + options.tries {
        for scenario in places {
            fs::create_dir_all(&folder)?;
            let wrong =
                Bench { bug: Some(bug), folder: folder.clone(), keep: true, ..bench.clone() };
            let tally = scenario.run(&wrong, seed)?;
            row.runs += 1;
            let own = folder.join(format!("{scenario}-{seed}"));
            row.reached |= own.join("reached").exists();
            let caught = tally.violations.into_iter().next();
            fs::remove_dir_all(&folder)?;
            if let Some(text) = caught {
                fs::create_dir_all(&folder)?;
                let right = Bench { folder: folder.clone(), ..bench.clone() };
                row.caught = Some((*scenario, seed, text));
                row.passes_without = scenario.run(&right, seed)?.violations.is_empty();
                fs::remove_dir_all(&folder)?;
                break 'tries;
            }
        }
    }
    row.took = began.elapsed();
    let mut report = report.lock().map_err(|_| "a thread panicked")?;
    report.bug(row)
}
