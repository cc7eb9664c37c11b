//! Restoring and repairing are cut short: done again, they give everything.

use std::fs;
use std::path::{Path, PathBuf};

use super::corrupt::{copy, files_below, kind_of};
use super::io::Failure;
use super::point::{KILLED, KILLS};
use super::{Bench, Tally};
use crate::Outcome;
use crate::check::Verdict;
use crate::child::Work;
use crate::content::Mix;
use crate::draw::Draw;
use crate::mend::Mended;
use crate::process::{self, End, Environment};
use crate::store::Variant;

/// Calls at which the process ends, and how many of each kind in one scenario.
const CALLS: &[(&str, u64)] =
    &[("rename", 40), ("unlink", 6), ("mkdir", 4), ("truncate", 2), ("sync", 6), ("open", 4)];

/// What is cut short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Task {
    Restore,
    Repair,
}

impl Task {
    const fn name(self) -> &'static str {
        match self {
            Self::Restore => "restore",
            Self::Repair => "repair",
        }
    }
}

/// Ends the process at the named point.
pub(super) fn at_point(
    bench: &Bench,
    seed: u64,
    point: &'static str,
    tally: &mut Tally,
) -> Outcome<()> {
    let task = if point == "restore_copy" { Task::Restore } else { Task::Repair };
    let place = Place::made(bench, seed, task)?;
    for nth in [1, 2, 3, 1] {
        let mut environment = bench.environment();
        environment.push(("RELATUM_FAULT_POINT", format!("{point}:{nth}")));
        if place.ended(&environment, &format!("{point}:{nth}"), tally)? {
            tally.count("kills at points");
            tally.note(KILLS, point, KILLED);
        }
    }
    Ok(())
}

/// Ends the process at its calls of the system, one after the other.
pub(super) fn killed(bench: &Bench, seed: u64, tally: &mut Tally) -> Outcome<()> {
    let task = if seed.is_multiple_of(2) { Task::Restore } else { Task::Repair };
    let place = Place::made(bench, seed / 2, task)?;
    for (op, most) in CALLS {
        for nth in 1..=*most {
            let failure = Failure { fault: format!("{op}:{nth}:KILL:"), after: None };
            let environment = failure.environment(bench, &place.area)?;
            if !place.ended(&environment, &failure.fault, tally)? {
                break;
            }
            tally.count(match task {
                Task::Restore => "kills of a restore",
                Task::Repair => "kills of a repair",
            });
        }
    }
    Ok(())
}

/// Lets it meet a failure; gives whether that happened.
pub(super) fn failing(
    bench: &Bench,
    seed: u64,
    task: Task,
    failure: &Failure,
    tally: &mut Tally,
) -> Outcome<bool> {
    let place = Place::made(bench, seed, task)?;
    place.begin()?;
    let done = place.mend(&failure.environment(bench, &place.area)?)?;
    let what = failure.described(bench)?;
    let was_done = done == Some(Mended::Whole);
    match done {
        Some(Mended::Whole) => tally.count("failures borne"),
        Some(Mended::Refused(_)) => tally.count("failures answered"),
        done => tally.violation(format!("{what}: {done:?}")),
    }
    place.done_again(was_done, &what, tally)?;
    Ok(failure.was_met(bench))
}

/// A store to be restored or repaired.
struct Place<'a> {
    bench: &'a Bench,
    task: Task,
    work: Work,
    /// What everything happens below: the backup, and the store.
    area: PathBuf,
    /// A backup, or a damaged store.
    from: PathBuf,
}

impl<'a> Place<'a> {
    fn made(bench: &'a Bench, seed: u64, task: Task) -> Outcome<Self> {
        let mut draw = Draw::from_parts(&[seed, 16]);
        let variants = [Variant::Default, Variant::Elsewhere, Variant::Forgetful, Variant::Batched];
        let variant = draw.one_of(&variants).copied().unwrap_or(Variant::Default);
        // Small files, so that there are some.
        let bench_here = Bench { scale: 256, ..bench.clone() };
        let mut work = bench_here.work_of(seed, variant, Mix::Small, draw.clone())?;
        work.threads = 4;
        work.commits = 60;
        let environment = bench_here.looking(&work.root);
        let end = process::work(&work, &environment)?;
        if end != End::Code(0) {
            return Err(format!("the run without a fault ended with {end:?}").into());
        }
        let (area, from) = (bench.folder.join("area"), bench.folder.join("from"));
        let place = Self { bench, task, work, area, from };
        match task {
            Task::Restore => {
                let Work { root, variant, .. } = &place.work;
                match process::mend("backup", root, *variant, &place.from, &environment)? {
                    Some(Mended::Whole) => {}
                    other => return Err(format!("the backup: {other:?}").into()),
                }
            }
            Task::Repair => {
                copy(&place.work.root, &place.from)?;
                damage(&place.from, draw.below(3))?;
            }
        }
        Ok(place)
    }

    fn root(&self) -> PathBuf {
        self.area.join("root")
    }

    /// Begins from nothing, or from the damaged store.
    fn begin(&self) -> Outcome<()> {
        if self.area.exists() {
            fs::remove_dir_all(&self.area)?;
        }
        match self.task {
            Task::Restore => {
                fs::create_dir_all(self.root())?;
                copy(&self.from, &self.area.join("backup"))
            }
            Task::Repair => copy(&self.from, &self.root()),
        }
    }

    fn mend(&self, environment: &Environment) -> Outcome<Option<Mended>> {
        let (other, variant) = match self.task {
            Task::Restore => (self.area.join("backup"), self.work.variant),
            Task::Repair => (self.work.root.clone(), self.work.variant),
        };
        process::mend(self.task.name(), &self.root(), variant, &other, environment)
    }

    fn check(&self, root: &Path) -> Outcome<Verdict> {
        let Work { witness, variant, .. } = &self.work;
        process::check(root, witness, *variant, false, &self.bench.looking(root))
    }

    /// Lets the process end in the middle, looks at what it leaves, and does it again. Gives
    /// whether it did end.
    fn ended(&self, environment: &Environment, what: &str, tally: &mut Tally) -> Outcome<bool> {
        self.begin()?;
        let done = self.mend(environment)?;
        match done {
            None => {}
            Some(Mended::Whole) => return Ok(false),
            Some(done) => {
                tally.violation(format!("{what}: {done:?}"));
                return Ok(false);
            }
        }
        // Opened as it is, it shows everything or says that something is missing.
        let half = self.bench.folder.join("half");
        copy(&self.root(), &half)?;
        let verdict = self.check(&half)?;
        if let Verdict::Violation(text) = verdict {
            tally.violation(format!("{} ended at {what}, opened: {text}", self.task.name()));
        }
        fs::remove_dir_all(&half)?;
        self.done_again(false, what, tally)?;
        Ok(true)
    }

    /// Does it again, unless it was done, and checks the store.
    fn done_again(&self, was_done: bool, what: &str, tally: &mut Tally) -> Outcome<()> {
        let looking = self.bench.looking(&self.bench.folder);
        if !was_done {
            if self.task == Task::Restore {
                // What was begun is no place to restore into.
                fs::remove_dir_all(self.root())?;
                fs::create_dir_all(self.root())?;
            }
            match self.mend(&looking)? {
                Some(Mended::Whole) => {}
                done => tally.violation(format!("{what}, and done again: {done:?}")),
            }
        }
        let verdict = self.check(&self.root())?;
        tally.must_be_sound(verdict, &format!("{} after {what}", self.task.name()));
        Ok(())
    }
}

/// Takes the head record and one of the copies away.
fn damage(root: &Path, which: u64) -> Outcome<()> {
    for file in files_below(root)? {
        let path = root.join(&file);
        match (kind_of(&file), which) {
            ("head record", _) | ("sled: db", 0) => fs::remove_file(path)?,
            ("journal" | "archive", 1) => {
                let bytes = fs::read(&path)?;
                fs::write(&path, bytes.get(..bytes.len() / 2).unwrap_or_default())?;
            }
            _ => {}
        }
    }
    Ok(())
}
