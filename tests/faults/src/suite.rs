//! Which scenarios run with which seeds, two at a time.
//!
//! *Invariant: the jobs of a run are a function of its options.*

use std::fs;
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Instant;

use relatum_log_sled::BUGS;

use crate::Outcome;
use crate::report::{Report, Row};
use crate::scenario::{Bench, Scenario, pairs, points};
use crate::store::Variant;
use crate::trace::build_shim;

/// How many scenarios run at a time.
const THREADS: usize = 2;

/// What sizes are divided by, in turn.
const SCALES: &[u64] = &[1, 16, 64, 256];

/// Where a mistake shows: in which scenarios, of what kind of store. The same runs without the
/// mistake must pass.
struct Stage {
    bug: &'static str,
    scenarios: &'static [Scenario],
    variant: Option<Variant>,
    scales: &'static [u64],
    /// How many times as many changes of a store.
    changes: u64,
}

const STAGES: &[Stage] = &[
    Stage::of("acknowledge_before_sync", &[Scenario::Power]).with(Variant::Default),
    Stage::of("skip_folder_sync", &[Scenario::Power]).with(Variant::Default),
    Stage::of("head_ahead_of_store", &[Scenario::Power]).with(Variant::SledOnly),
    // It takes large values to make a large node, and no journal that would make sled anew.
    Stage::of("big_node", &[Scenario::Power]).with(Variant::SledOnly).at(&[1]),
    // It takes small files to fill some.
    Stage::of("delete_segment_before_sync", &[Scenario::Power])
        .with(Variant::NoArchive)
        .at(&[64, 256]),
    Stage::of("seal_not_atomic", &[Scenario::Point, Scenario::Kill, Scenario::Power]),
    Stage::of("index_outside_batch", &[Scenario::Point, Scenario::Kill, Scenario::Power]),
    Stage::of("wrong_order_on_replay", &[Scenario::Kill]).with(Variant::Default),
    Stage::of("torn_tail_accepted", &[Scenario::Corrupt]).with(Variant::Default).changed(3),
    Stage::of("twin_not_compared", &[Scenario::Exchange]),
    Stage::of("checksum_not_checked", &[Scenario::Exchange]).at(&[16, 64, 256]).changed(3),
    Stage::of("root_not_checked", &[Scenario::Exchange]).at(&[16, 64, 256]),
];

impl Stage {
    const fn of(bug: &'static str, scenarios: &'static [Scenario]) -> Self {
        Self { bug, scenarios, variant: None, scales: SCALES, changes: 1 }
    }

    const fn with(mut self, variant: Variant) -> Self {
        self.variant = Some(variant);
        self
    }

    const fn at(mut self, scales: &'static [u64]) -> Self {
        self.scales = scales;
        self
    }

    const fn changed(mut self, times: u64) -> Self {
        self.changes = times;
        self
    }

    fn called(bug: &str) -> Outcome<&'static Self> {
        let found = STAGES.iter().find(|stage| stage.bug == bug);
        found.ok_or_else(|| format!("no mistake {bug} has a stage").into())
    }

    /// A bench where the mistake can show at all.
    fn fitted(&self, bench: &Bench) -> Bench {
        let heavy = self.bug == "big_node";
        let in_use = self.bug == "torn_tail_accepted";
        let (variant, scales, each) = (self.variant, self.scales, bench.each * self.changes);
        Bench { heavy, in_use, variant, scales, each, ..bench.clone() }
    }
}

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
    /// How often each pair of a point and a failure has its turn.
    error_rounds: u64,
    /// Only each of so many pairs is tried; coprime to the number of failures.
    error_step: u64,
    /// How many seeds each mistake gets to show itself.
    tries: u64,
    /// How often it has to; then the next one has its turn.
    catches: u64,
    mistakes_only: bool,
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
            error_rounds: 2,
            error_step: 1,
            tries: 30,
            catches: 3,
            mistakes_only: false,
            one: None,
            bug: None,
            each: 25,
        };
        if mode == "short" {
            (this.kills, this.power_cuts, this.corruptions) = (120, 200, 200);
            (this.failures, this.tries, this.catches) = (30, 8, 1);
            (this.error_rounds, this.error_step) = (1, 5);
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
                "--error-rounds" => this.error_rounds = value()?.parse()?,
                "--tries" => this.tries = value()?.parse()?,
                "--catches" => this.catches = value()?.parse()?,
                "--mistakes-only" => this.mistakes_only = true,
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
        if self.mistakes_only {
            return Vec::new();
        }
        let points = relatum_log_sled::POINTS.len() as u64;
        let errors = (pairs() * self.error_rounds).div_ceil(self.error_step);
        let counts = [
            (Scenario::Power, (self.power_cuts * 4 / 5).div_ceil(self.each)),
            (Scenario::PowerTwice, (self.power_cuts / 5).div_ceil(self.each)),
            (Scenario::Kill, (self.kills * 6 / 10).div_ceil(10)),
            (Scenario::Point, (self.kills * 3 / 10).div_ceil(4).next_multiple_of(points)),
            (Scenario::Engine, (self.kills / 10).div_ceil(6)),
            (Scenario::Io, self.failures),
            (Scenario::Error, errors),
            (Scenario::Mend, (self.kills / 60).next_multiple_of(2)),
            (Scenario::Corrupt, (self.corruptions * 4 / 5).div_ceil(self.each)),
            (Scenario::Exchange, (self.corruptions / 5).div_ceil(self.each)),
        ];
        let mut jobs = Vec::new();
        for (scenario, count) in counts {
            // Each pair of a point and a failure has a seed.
            let (from, step) = match scenario {
                Scenario::Error => (self.seed % self.error_step, self.error_step),
                _ => (self.seed, 1),
            };
            let seeds = (0..count).map(|at| from + at * step);
            jobs.extend(seeds.map(|seed| Job { scenario, seed, bug: self.bug }));
        }
        jobs
    }
}

fn bug_called(name: &str) -> Outcome<&'static str> {
    let found = BUGS.iter().find(|bug| **bug == name).copied();
    found.ok_or_else(|| format!("no mistake is called {name}; there are {BUGS:?}").into())
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
        in_use: false,
        variant: None,
        scales: SCALES,
        scale: 1,
        each: options.each,
    };
    let report = Mutex::new(Report::new(options.seed));
    in_parallel(options.jobs(), |job| run_job(&bench, job, &report))?;
    if options.one.is_none() && options.tries > 0 {
        let asked = BUGS.iter().filter(|bug| options.bug.is_none_or(|asked| asked == **bug));
        in_parallel(asked.copied().collect(), |bug| show_bug(&bench, options, bug, &report))?;
    }
    let mut report = report.into_inner().map_err(|_| "a thread panicked")?;
    if options.one.is_none() && !options.mistakes_only {
        report.must_have_met(points())?;
    }
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
    let bench = match bug {
        Some(name) => Bench { bug, ..Stage::called(name)?.fitted(bench) },
        None => bench.clone(),
    };
    let tally = scenario.run(&bench, seed)?;
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
    let stage = Stage::called(bug)?;
    let folder = bench.folder.join(bug);
    let bench = &stage.fitted(bench);
    let mut row = Row::of(bug);
    for seed in options.seed..options.seed + options.tries {
        if row.caught.len() as u64 >= options.catches {
            break;
        }
        for scenario in stage.scenarios {
            fs::create_dir_all(&folder)?;
            let wrong =
                Bench { bug: Some(bug), folder: folder.clone(), keep: true, ..bench.clone() };
            let tally = scenario.run(&wrong, seed)?;
            row.runs += 1;
            let own = folder.join(format!("{scenario}-{seed}"));
            row.reached += u64::from(own.join("reached").exists());
            let caught = tally.violations.into_iter().next();
            fs::remove_dir_all(&folder)?;
            let Some(text) = caught else { continue };
            fs::create_dir_all(&folder)?;
            let right = Bench { folder: folder.clone(), ..bench.clone() };
            let without = scenario.run(&right, seed)?.violations;
            let without = without.into_iter().next();
            row.fails_without.extend(without.map(|text| format!("{scenario} {seed}: {text}")));
            row.caught.push((*scenario, seed, text));
            fs::remove_dir_all(&folder)?;
        }
    }
    row.took = began.elapsed();
    let mut report = report.lock().map_err(|_| "a thread panicked")?;
    report.bug(row)
}
