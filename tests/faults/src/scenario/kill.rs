//! The process is killed: the system lives on, and with it what was written but not synced.

use std::time::Duration;

use super::{Bench, MADE_ANEW, Tally, is_made_anew};
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
        let looking = bench.looking(&work.root);
        let found = process::check(&work.root, &work.witness, work.variant, false, &looking)?;
        tally.must_be_sound(found, &format!("round {round}, killed after {delay:?}"));
        if is_made_anew(&work.root) {
            tally.violation(format!("round {round}: {MADE_ANEW}"));
        }
        if !tally.violations.is_empty() {
            break;
        }
    }
    Ok(())
}
