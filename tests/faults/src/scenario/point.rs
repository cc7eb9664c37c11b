//! Named points: the process ends there, or a call of the system fails after it.
//!
//! Owns what has to be done so that a point is passed.
//!
//! *Invariant: what a seed asks for is a function of the lists of points and failures.*

use std::fs;

use relatum_log_sled::POINTS;

use super::engine::{self, INVOICES, Look};
use super::io::{FAILURES, Failure};
use super::{Bench, MADE_ANEW, Tally, io, is_made_anew, mend};
use crate::Outcome;
use crate::child::Work;
use crate::draw::Draw;
use crate::process::{self, End, errors_of};
use crate::store::Variant;

/// How often the process was ended at each point.
pub(crate) const KILLS: &str = "Kills at named points";
pub(super) const KILLED: &str = "killed";

/// How often each kind of call failed after each point; 0: no such call followed.
const ERRORS: &str = "Failing calls after named points";

/// Stores get so many groups of commits before something happens to them.
const BEFORE: (u64, u64) = (5, 30);

/// All points, those of the log first.
pub(crate) fn points() -> impl Iterator<Item = &'static str> {
    POINTS.iter().chain(relatum_replay::POINTS).copied()
}

/// How many pairs of a point and a failure there are.
pub(crate) fn pairs() -> u64 {
    (points().count() * FAILURES.len()) as u64
}

/// What passes a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Passage {
    Work,
    /// Opening a store that was killed.
    Recovery,
    Restore,
    Repair,
    Engine,
}

impl Passage {
    fn of(point: &str) -> Self {
        match point {
            "open_recover" => Self::Recovery,
            "restore_copy" => Self::Restore,
            "repair_write" => Self::Repair,
            _ if relatum_replay::POINTS.contains(&point) => Self::Engine,
            _ => Self::Work,
        }
    }
}

/// A workload that passes a point, if anything does.
fn work_for(point: &str, bench: &Bench, seed: u64) -> Outcome<(Bench, Work)> {
    let mut draw = Draw::from_parts(&[seed, 13]);
    let variants: &[Variant] = match point {
        "archive_append" | "archive_sync" => {
            &[Variant::Default, Variant::Elsewhere, Variant::Forgetful]
        }
        "segment_delete" => &[Variant::Default, Variant::NoArchive],
        "seal_before" | "seal_after" | "sled_sync_before" | "sled_sync_after" | "head_write"
        | "open_compare" => Variant::ALL,
        _ => &[
            Variant::Default,
            Variant::Forgetful,
            Variant::Elsewhere,
            Variant::NoArchive,
            Variant::Batched,
        ],
    };
    let variant = bench.variant.or(draw.one_of(variants).copied());
    let mut bench = Bench { variant, ..bench.clone() };
    // It takes small files to fill some, and small blocks to seal some.
    if point.starts_with("archive") || matches!(point, "segment_delete" | "journal_roll") {
        bench.scale = 256;
    } else if point.starts_with("seal") {
        bench.scale = bench.scale.max(64);
    }
    let mut work = bench.work(seed)?;
    work.threads = work.threads.max(3);
    work.reopen_every = work.commits.div_ceil(2);
    Ok((bench, work))
}

/// Ends a workload in the middle, so that the next opening has something to do.
fn end_in_the_middle(bench: &Bench, work: &Work, draw: &mut Draw) -> Outcome<End> {
    let mut environment = bench.environment();
    let nth = draw.between(BEFORE.0, BEFORE.1);
    environment.push(("RELATUM_FAULT_POINT", format!("{}:{nth}", work.variant.recording_point())));
    process::work(&Work { commits: 1_000_000, reopen_every: 0, ..work.clone() }, &environment)
}

/// How often a workload passes a point.
fn passes(bench: &Bench, work: &Work, point: &str) -> Outcome<u64> {
    let marks = bench.folder.join("marks");
    let mut environment = bench.looking(&work.root);
    environment.push(("RELATUM_FAULT_MARKS", marks.display().to_string()));
    process::work(work, &environment)?;
    let text = fs::read_to_string(&marks)?;
    Ok(text.lines().filter(|line| *line == point).count() as u64)
}

pub(super) fn killed(bench: &Bench, seed: u64, tally: &mut Tally) -> Outcome<()> {
    let point = usize::try_from(seed)? % POINTS.len();
    let point = POINTS.get(point).copied().unwrap_or_default();
    let passage = Passage::of(point);
    if matches!(passage, Passage::Restore | Passage::Repair) {
        return mend::at_point(bench, seed, point, tally);
    }
    let mut draw = Draw::from_parts(&[seed, 2]);
    let (bench, mut work) = work_for(point, bench, seed)?;
    let aside = bench.below("counted")?;
    let counted = aside.work(seed)?;
    let counted = Work {
        variant: work.variant,
        root: counted.root,
        witness: counted.witness,
        ..work.clone()
    };
    if passage == Passage::Recovery {
        end_in_the_middle(&aside, &counted, &mut draw)?;
    }
    let passes = passes(&aside, &Work { run: 1, ..counted }, point)?;
    fs::remove_dir_all(&aside.folder)?;
    for most in [1, 2, passes, passes] {
        if passage == Passage::Recovery {
            end_in_the_middle(&bench, &work, &mut draw)?;
            work.run += 1;
        }
        let nth = if most <= 2 { most } else { draw.between(1, most + 1) };
        let mut environment = bench.environment();
        environment.push(("RELATUM_FAULT_POINT", format!("{point}:{nth}")));
        match process::work(&work, &environment)? {
            End::Signal => {
                tally.count("kills at points");
                tally.note(KILLS, point, KILLED);
            }
            End::Code(0) => tally.count("points not reached"),
            end => tally.violation(format!("{point}:{nth}: ended with {end:?}")),
        }
        work.run += 1;
        // The opening that follows may pass the point too.
        let witness = &work.witness;
        if draw.once_in(2) {
            let mut environment = bench.environment();
            environment.push(("RELATUM_FAULT_POINT", format!("{point}:1")));
            process::check(&work.root, witness, work.variant, false, &environment)?;
        }
        let looking = bench.looking(&work.root);
        let found = process::check(&work.root, witness, work.variant, false, &looking)?;
        tally.must_be_sound(found, &format!("after {point}:{nth}"));
        if is_made_anew(&work.root) {
            tally.violation(format!("after {point}:{nth}: {MADE_ANEW}"));
        }
        if !tally.violations.is_empty() {
            break;
        }
    }
    Ok(())
}

/// The `seed`th pair of a point and a failure: the first such call after the first passing, in
/// later rounds any.
pub(super) fn failing(bench: &Bench, seed: u64, tally: &mut Tally) -> Outcome<()> {
    let mut draw = Draw::from_parts(&[seed, 14]);
    let pair = usize::try_from(seed % pairs())?;
    let point = points().nth(pair / FAILURES.len()).unwrap_or_default();
    let Some((op, errno, name)) = FAILURES.get(pair % FAILURES.len()).copied() else {
        return Ok(());
    };
    for attempt in 0..3 {
        let first = attempt == 0 && seed < pairs();
        let (passing, nth) = if first { (1, 1) } else { (draw.between(1, 4), draw.magnitude(6)) };
        let fault = format!("{op}:{nth}:{errno}:");
        let failure = Failure { fault, after: Some(format!("{point}:{passing}")) };
        let bench = &bench.below(&format!("attempt-{attempt}"))?;
        let own = seed + attempt * 1_000_000;
        let reached = match Passage::of(point) {
            Passage::Work | Passage::Recovery => in_log(bench, point, own, &failure, tally)?,
            Passage::Restore => mend::failing(bench, own, mend::Task::Restore, &failure, tally)?,
            Passage::Repair => mend::failing(bench, own, mend::Task::Repair, &failure, tally)?,
            Passage::Engine => in_engine(bench, own, &failure, tally)?,
        };
        *tally.cell(ERRORS, point, name) += u64::from(reached);
        if reached || !tally.violations.is_empty() {
            tally.count("failing calls after points");
            return Ok(());
        }
    }
    tally.count("no such call after the point");
    Ok(())
}

/// A log that was killed is opened, written to, and opened once more.
fn in_log(
    bench: &Bench,
    point: &str,
    seed: u64,
    failure: &Failure,
    tally: &mut Tally,
) -> Outcome<bool> {
    let mut draw = Draw::from_parts(&[seed, 15]);
    let (bench, mut work) = work_for(point, bench, seed)?;
    let end = end_in_the_middle(&bench, &work, &mut draw)?;
    if end != End::Signal {
        tally.violation(format!("the run before the failure ended with {end:?}"));
    }
    work.commits = work.commits.min(40);
    work.reopen_every = work.commits.div_ceil(2);
    work.run = 1;
    io::met(&bench, &work, true, failure, &mut draw, tally)
}

/// A book is recorded into and checkpointed.
fn in_engine(bench: &Bench, seed: u64, failure: &Failure, tally: &mut Tally) -> Outcome<bool> {
    let root = bench.folder.join("root");
    fs::create_dir_all(&root)?;
    let before = engine::recording(&root, &format!("{seed}.0"), INVOICES / 2);
    let (end, said) = process::ask(&before, &bench.environment(), &errors_of(&root))?;
    if end != End::Code(0) {
        tally.violation(format!("recording without a fault: {end:?}: {}", said.trim()));
    }
    let environment = failure.environment(bench, &root)?;
    let words = engine::recording(&root, &format!("{seed}.1"), INVOICES);
    let (end, said) = process::ask(&words, &environment, &errors_of(&root))?;
    let what = failure.described(bench)?;
    match end {
        End::Code(0) => {}
        End::Code(engine::REFUSED) => tally.count("failures answered"),
        end => tally.violation(format!("{what}: {end:?}: {}", said.trim())),
    }
    match engine::looked(bench, &root)? {
        Look::Sound => {}
        look => tally.violation(format!("after {what}: {look:?}")),
    }
    Ok(failure.was_met(bench))
}
