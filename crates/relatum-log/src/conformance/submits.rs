//! Checks of submitting from many threads.
//!
//! Owns what holds under any interleaving. Knows no schedule.
//!
//! *Invariant: the outcome is compared with what every order allows, never with one order.*

use std::collections::BTreeSet;
use std::thread;

use super::{Subject, add, all, clock, event, head, keyed, submit, write};
use crate::{AppendError, ByteSize, EventLog, ExpectedVersion, NewCommit, Version, verify};

const THREADS: u64 = 8;
const EACH: u64 = 25;

/// Eight threads write their own stream and a shared one; nothing is lost, doubled or torn.
pub fn concurrent_writers_lose_nothing(subject: &impl Subject) {
    let log = subject.empty(clock());
    thread::scope(|scope| {
        for number in 0..THREADS {
            let log = &log;
            scope.spawn(move || {
                for round in 0..EACH {
                    let own = write(
                        u128::from(number) + 10,
                        ExpectedVersion::Exact(Version(round)),
                        vec![keyed(&round.to_string(), round)],
                    );
                    let key = format!("{number}:{round}");
                    let shared = write(1, ExpectedVersion::Any, vec![keyed(&key, round)]);
                    assert_eq!(submit(log, [own, shared]).unwrap().added(), 2);
                }
            });
        }
    });
    let commits = all(&log, ByteSize::mib(1));
    assert_eq!(commits.len() as u64, THREADS * EACH);
    let keys: BTreeSet<_> = commits
        .iter()
        .flat_map(|commit| commit.envelopes().unwrap())
        .filter(|envelope| envelope.event.stream == super::stream(1))
        .map(|envelope| envelope.key)
        .collect();
    assert_eq!(keys.len() as u64, THREADS * EACH);
    assert!(verify(&log, |_| ()).unwrap().fault.is_none());
}

/// Of those who expect the same version exactly one is recorded; the others learn the actual one.
pub fn a_stream_has_one_winner_per_version(subject: &impl Subject) {
    let log = subject.empty(clock());
    for version in 0..5 {
        let expected = ExpectedVersion::Exact(Version(version));
        let outcomes: Vec<_> = thread::scope(|scope| {
            let one = |number| {
                let log = &log;
                scope.spawn(move || submit(log, [write(1, expected, vec![event(number)])]))
            };
            let threads: Vec<_> = (0..THREADS).map(one).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        for outcome in outcomes {
            match outcome {
                Ok(receipt) => assert_eq!(receipt.events[0].event.version, Version(version + 1)),
                Err(AppendError::Conflict { actual, .. }) => assert_eq!(actual.0, version + 1),
                Err(other) => panic!("expected Conflict, got {other:?}"),
            }
        }
    }
    assert_eq!(head(&log), 5);
}

/// Whoever does not wait for the answer has still asked: the commit is recorded.
pub fn a_dropped_answer_does_not_take_the_commit_back(subject: &impl Subject) {
    let log = subject.empty(clock());
    for number in 0..10 {
        let commit = vec![write(1, ExpectedVersion::Any, vec![event(number)])];
        drop(log.submit(NewCommit::Write(commit)));
    }
    add(&log, 2, vec![event(1)]);
    assert_eq!(head(&log), 11, "what was submitted before is recorded before");
    drop(log.submit(NewCommit::Write(vec![write(1, ExpectedVersion::Any, vec![event(1)])])));
    let log = subject.reopen(log, clock());
    assert_eq!(head(&log), 12, "closing waits for what was submitted");
}

/// Commits that one thread submits without waiting are recorded in its order.
pub fn one_thread_keeps_its_order(subject: &impl Subject) {
    let log = subject.empty(clock());
    let answers: Vec<_> = (0..200)
        .map(|version| {
            let expected = ExpectedVersion::Exact(Version(version));
            log.submit(NewCommit::Write(vec![write(1, expected, vec![event(version)])]))
        })
        .collect();
    for (version, answer) in answers.into_iter().enumerate() {
        assert_eq!(answer.wait().unwrap().cut.events(), version as u64 + 1);
    }
}
