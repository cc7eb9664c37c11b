//! The process is killed: the system lives on, and with it what was written but not synced.

use std::time::Duration;

use relatum_log_sled::POINTS;

use super::{Bench, Tally};
use crate::Outcome;
use crate::draw::Draw;
use crate::process::{self, End};

/// How often the process is killed in one scenario.
const ROUNDS: u64 = 10;

pub(super) fn random(bench: &Bench, seed: u64, tally: &mut Tally) -> Outcome<()> {
    let mut draw = Draw::from_parts(&[seed, 1]);
    let mut work = bench.work(seed)?;
    work.commits = 1_000_000;
    for round in 0..ROUNDS {
        work.run = round;
        work.reopen_every = if draw.once_in(3) { draw.between(5, 100) } else { 0 };
        let delay = Duration::from_millis(draw.magnitude(300));
        match process::kill(&work, &bench.environment(), delay)? {
            End::Signal => tally.count("kills"),
            end => tally.violation(format!("round {round}: ended by itself with {end:?}")),
        }
        let found =
            process::check(&work.root, &work.witness, work.variant, false, &bench.environment())?;
        tally.must_be_sound(found, &format!("round {round}, killed after {delay:?}"));
        if !tally.violations.is_empty() {
            break;
        }
    }
    Ok(())
}

pub(super) fn at_point(bench: &Bench, seed: u64, tally: &mut Tally) -> Outcome<()> {
    let mut draw = Draw::from_parts(&[seed, 2]);
    let points = POINTS.len() as u64;
    let point = usize::try_from(seed % points)?;
    let point = POINTS.get(point).copied().unwrap_or_default();
    let mut work = bench.work(seed)?;
    work.commits *= 2;
    // First on a new store, then on the one that this leaves.
    for nth in [1, 2, draw.between(3, 20), draw.magnitude(300)] {
        let mut environment = bench.environment();
        environment.push(("RELATUM_FAULT_POINT", format!("{point}:{nth}")));
        match process::work(&work, &environment)? {
            End::Signal => tally.count("kills at points"),
            End::Code(0) => tally.count("points not reached"),
            end => tally.violation(format!("{point}:{nth}: ended with {end:?}")),
        }
        work.run += 1;
        // The opening that follows may pass the point too.
        let mut environment = bench.environment();
        environment.push(("RELATUM_FAULT_POINT", format!("{point}:1")));
        let witness = &work.witness;
        if draw.once_in(2) {
            process::check(&work.root, witness, work.variant, false, &environment)?;
        }
        let found = process::check(&work.root, witness, work.variant, false, &bench.environment())?;
        tally.must_be_sound(found, &format!("after {point}:{nth}"));
        if !tally.violations.is_empty() {
            break;
        }
    }
    Ok(())
}
