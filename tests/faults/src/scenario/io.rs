//! A call of the system fails: the store says so, and nothing acknowledged is lost by it.

use std::fs;

use super::power::{Cut, first_line, recording};
use super::{Bench, Tally};
use crate::Outcome;
use crate::disk::{Disk, Kind, Taste};
use crate::draw::Draw;
use crate::process::{self, End};
use crate::trace::{Call, Trace};

/// What fails, and how.
const FAILURES: &[(&str, &str)] = &[
    ("sync", "EIO"),
    ("sync", "EIO"),
    ("sync", "ENOSPC"),
    ("write", "EIO"),
    ("write", "ENOSPC"),
    ("write", "SHORT"),
    ("read", "EIO"),
    ("open", "EIO"),
    ("rename", "EIO"),
    ("unlink", "EIO"),
    ("truncate", "ENOSPC"),
    ("mkdir", "ENOSPC"),
];

/// Which files it fails for: parts of their paths.
const FILES: &[&str] = &["", "", "", "head", "journal", "sled/db", "sled/snap", "sled/conf"];

pub(super) fn failing(bench: &Bench, seed: u64, tally: &mut Tally) -> Outcome<()> {
    let mut draw = Draw::from_parts(&[seed, 5]);
    let mut work = bench.work(seed)?;
    let (op, errno) = draw.one_of(FAILURES).copied().unwrap_or(("sync", "EIO"));
    let mut initial = None;
    if draw.once_in(2) {
        // A store that is there already: opening it, too, may meet the failure.
        let end = process::work(&work, &bench.environment())?;
        if end != End::Code(0) {
            tally.violation(format!("the run without a fault ended with {end:?}"));
        }
        let copy = bench.folder.join("initial");
        super::corrupt::copy(&work.root, &copy)?;
        initial = Some(copy);
        work.run = 1;
    }
    let before = match initial {
        Some(_) => fs::read_to_string(&work.witness)?,
        None => first_line(&work.witness)?,
    };
    let file = draw.one_of(FILES).copied().unwrap_or_default();
    let many = matches!(op, "sync" | "write") && matches!(file, "" | "journal" | "sled/db");
    let nth = draw.magnitude(if many { 1_500 } else { 60 });
    let lasting = if draw.once_in(3) { "+" } else { "" };
    let mut fault = format!("{op}:{nth}{lasting}:{errno}:{file}");
    let hit = bench.folder.join("hit");
    let trace = bench.folder.join("trace");
    let mut environment = recording(bench, &work, &trace, draw.magnitude(200))?;
    environment.push(("SHIM_FAIL", fault.clone()));
    environment.push(("SHIM_HIT", hit.display().to_string()));
    let end = process::work(&work, &environment)?;
    if !hit.exists() {
        tally.count("failures not reached");
        return Ok(());
    }
    tally.count("failing calls");
    fault.push_str(&format!(" ({})", fs::read_to_string(&hit)?));
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
        let (found, _) = cut.check(bench, &disk, &read, &work, &before)?;
        tally.must_be_sound(found, &format!("{fault}, then a power cut ({kind:?}, {at})"));
    }
    let found =
        process::check(&work.root, &work.witness, work.variant, false, &bench.environment())?;
    tally.must_be_sound(found, &fault);
    Ok(())
}
