//! A call of the system fails: the store says so, and nothing acknowledged is lost by it.

use std::fs;
use std::path::{Path, PathBuf};

use super::power::{Cut, first_line, recording};
use super::{Bench, MADE_ANEW, Tally};
use crate::Outcome;
use crate::child::Work;
use crate::disk::{Disk, Kind, Taste};
use crate::draw::Draw;
use crate::process::{self, End, Environment};
use crate::trace::{Call, Trace};

/// What fails, and how, and what that is called.
pub(super) const FAILURES: &[(&str, &str, &str)] = &[
    ("sync", "EIO", "sync EIO"),
    ("sync", "ENOSPC", "sync ENOSPC"),
    ("write", "EIO", "write EIO"),
    ("write", "ENOSPC", "write ENOSPC"),
    ("write", "SHORT", "write short"),
    ("read", "EIO", "read EIO"),
    ("open", "EIO", "open EIO"),
    ("open", "ENOSPC", "open ENOSPC"),
    ("rename", "EIO", "rename EIO"),
    ("unlink", "EIO", "unlink EIO"),
    ("truncate", "ENOSPC", "truncate ENOSPC"),
    ("mkdir", "ENOSPC", "mkdir ENOSPC"),
];

/// Which files it fails for: parts of their paths.
const FILES: &[&str] = &["", "", "", "head", "journal", "sled/db", "sled/snap", "sled/conf"];

/// A failure that a process is to meet.
#[derive(Debug)]
pub(super) struct Failure {
    /// As the shim wants it.
    pub(super) fault: String,
    /// The point after which it happens, and at which passing.
    pub(super) after: Option<String>,
}

impl Failure {
    fn hit(bench: &Bench) -> PathBuf {
        bench.folder.join("hit")
    }

    /// The variables that let a process meet it below `root`.
    pub(super) fn environment(&self, bench: &Bench, root: &Path) -> Outcome<Environment> {
        let points = bench.folder.join("points");
        fs::write(&points, "")?;
        let mut environment = bench.looking(root);
        environment.push(("SHIM_POINTS", points.display().to_string()));
        environment.push(("RELATUM_FAULT_MARKS", points.display().to_string()));
        environment.extend(self.variables(bench));
        Ok(environment)
    }

    fn variables(&self, bench: &Bench) -> Environment {
        let hit = Self::hit(bench).display().to_string();
        let mut environment = vec![("SHIM_FAIL", self.fault.clone()), ("SHIM_HIT", hit)];
        environment.extend(self.after.clone().map(|after| ("SHIM_AFTER", after)));
        environment
    }

    pub(super) fn was_met(&self, bench: &Bench) -> bool {
        Self::hit(bench).exists()
    }

    pub(super) fn described(&self, bench: &Bench) -> Outcome<String> {
        let Self { fault, after } = self;
        let hit = Self::hit(bench);
        let path = if hit.exists() { fs::read_to_string(hit)? } else { "not met".to_owned() };
        let after = after.as_deref().map_or(String::new(), |after| format!(" after {after}"));
        Ok(format!("{fault}{after} ({path})"))
    }
}

pub(super) fn failing(bench: &Bench, seed: u64, tally: &mut Tally) -> Outcome<()> {
    let mut draw = Draw::from_parts(&[seed, 5]);
    let mut work = bench.work(seed)?;
    let (op, errno, _) = draw.one_of(FAILURES).copied().unwrap_or(("sync", "EIO", ""));
    let is_there = draw.once_in(2);
    if is_there {
        // A store that is there already: opening it, too, may meet the failure.
        let end = process::work(&work, &bench.looking(&work.root))?;
        if end != End::Code(0) {
            tally.violation(format!("the run without a fault ended with {end:?}"));
        }
        work.run = 1;
    }
    let file = draw.one_of(FILES).copied().unwrap_or_default();
    let most = match op {
        "sync" | "write" if matches!(file, "" | "journal" | "sled/db") => 1_000,
        "open" | "read" => 30,
        _ => 10,
    };
    let nth = draw.magnitude(most);
    let lasting = if draw.once_in(3) { "+" } else { "" };
    let failure = Failure { fault: format!("{op}:{nth}{lasting}:{errno}:{file}"), after: None };
    let met = self::met(bench, &work, is_there, &failure, &mut draw, tally)?;
    tally.count(if met { "failing calls" } else { "failures not reached" });
    Ok(())
}

/// Lets a workload meet the failure, and looks at the store, and at what power cuts leave of it.
/// Gives whether the failure happened.
pub(super) fn met(
    bench: &Bench,
    work: &Work,
    is_there: bool,
    failure: &Failure,
    draw: &mut Draw,
    tally: &mut Tally,
) -> Outcome<bool> {
    let initial = is_there.then(|| bench.folder.join("initial"));
    if let Some(initial) = &initial {
        super::corrupt::copy(&work.root, initial)?;
    }
    let before = match initial {
        Some(_) => fs::read_to_string(&work.witness)?,
        None => first_line(&work.witness)?,
    };
    let trace = bench.folder.join("trace");
    let mut environment = recording(bench, work, &trace, draw.magnitude(200))?;
    environment.extend(failure.variables(bench));
    let end = process::work(work, &environment)?;
    if !failure.was_met(bench) {
        return Ok(false);
    }
    let fault = failure.described(bench)?;
    match end {
        End::Code(0) => tally.count("failures borne"),
        End::Code(10) => tally.count("failures answered"),
        End::Code(11) => tally.count("failures at opening"),
        end => tally.violation(format!("{fault}: the process ended with {end:?}")),
    }
    let read = Trace::read(&trace)?;
    let disk = Disk::of(&read, &work.root, initial.as_deref())?;
    for kind in [Kind::Nothing, Kind::Mixed, Kind::Mixed] {
        let after = read.calls.iter().position(|call| matches!(call, Call::Failed)).unwrap_or(0);
        let at = match kind {
            Kind::Nothing => read.calls.len(),
            _ => usize::try_from(draw.between(after as u64, read.calls.len() as u64 + 1))?,
        };
        let cut = Cut { at, taste: Taste { kind, seed: draw.next() } };
        let (found, anew) = cut.check(bench, &disk, &read, work, &before)?;
        tally.add(MADE_ANEW, u64::from(anew));
        tally.must_be_sound(found, &format!("{fault}, then a power cut ({kind:?}, {at})"));
    }
    let looking = bench.looking(&work.root);
    let found = process::check(&work.root, &work.witness, work.variant, false, &looking)?;
    tally.must_be_sound(found, &fault);
    Ok(true)
}
