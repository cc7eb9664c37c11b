//! Checks of recorded times, of the way between instants and cuts, and of verification.
//!
//! Owns what "as it was known then" may rely on. Knows no system clock.
//!
//! *Invariant: time is moved by hand only.*

use chrono::TimeDelta;

use super::{Subject, add, all, clock, event, head, instant};
use crate::{ByteSize, Cut, CutError, Seq, known_at, recorded_at, verify};

/// Recorded times increase by at least a microsecond when the clock stands still or goes back,
/// also over closing and opening.
pub fn recorded_times_increase_whatever_the_clock_does(subject: &impl Subject) {
    let clock = clock();
    let mut log = subject.empty(clock.clone());
    let steps = [
        ("the log is new", None, "2026-11-23T20:48:21.000001Z"),
        ("the clock stands still", None, "2026-11-23T20:48:21.000002Z"),
        ("the clock goes back", Some("1999-12-31T00:00:00Z"), "2026-11-23T20:48:21.000003Z"),
        ("the log is opened again", None, "2026-11-23T20:48:21.000004Z"),
        ("the clock goes on", Some("2026-11-24T08:00:00.123456Z"), "2026-11-24T08:00:00.123456Z"),
    ];
    for (when, shown, recorded) in steps {
        if let Some(shown) = shown {
            clock.set(instant(shown));
        }
        if when == "the log is opened again" {
            log = subject.reopen(log, clock.clone());
        }
        assert_eq!(add(&log, 1, vec![event(1)]).recorded_at, instant(recorded), "{when}");
    }
}

/// The cut at an instant ends with the last commit recorded by then, and the way back finds it.
pub fn an_instant_is_a_cut_and_a_cut_an_instant(subject: &impl Subject) {
    let clock = clock();
    let log = subject.empty(clock.clone());
    assert_eq!(known_at(&log, instant("2030-01-01T00:00:00Z")).unwrap(), Cut::start());
    assert_eq!(recorded_at(&log, &Cut::start()).unwrap(), None);
    let mut ends = Vec::new();
    for size in [1, 3, 2, 7, 1, 1, 4, 2] {
        clock.advance(TimeDelta::seconds(10));
        let receipt = add(&log, 1, (0..size).map(event).collect());
        ends.push((receipt.recorded_at, receipt.cut));
    }
    let before = known_at(&log, ends[0].0 - TimeDelta::microseconds(1)).unwrap();
    assert_eq!(before, Cut::start());
    for (then, cut) in &ends {
        assert_eq!(known_at(&log, *then).unwrap(), *cut);
        assert_eq!(known_at(&log, *then + TimeDelta::seconds(9)).unwrap(), *cut);
        assert_eq!(recorded_at(&log, cut).unwrap(), Some(*then));
    }
    let Err(CutError::InsideCommit { position, first, last }) =
        recorded_at(&log, &Cut::single(Seq(3)))
    else {
        panic!("seq 3 is inside the commit from 2 to 4");
    };
    assert_eq!((position.seq, first, last), (Seq(3), Seq(2), Seq(4)));
    let beyond = recorded_at(&log, &Cut::single(Seq(22)));
    assert!(matches!(beyond, Err(CutError::BeyondHead { head: Seq(21), .. })), "{beyond:?}");
}

/// Verification counts what is there and finds nothing wrong, before and after opening again.
pub fn a_log_verifies(subject: &impl Subject) {
    let log = subject.empty(clock());
    assert_eq!(verify(&log, |_| ()).unwrap().commits, 0);
    let mut last = None;
    for round in 0..5 {
        last = Some(add(&log, u128::from(round % 2), vec![event(round), event(round)]).recorded_at);
    }
    let bytes = all(&log, ByteSize::mib(1)).iter().map(|it| it.bytes.as_slice().len() as u64).sum();
    let log = subject.reopen(log, clock());
    let mut calls = 0;
    let found = verify(&log, |_| calls += 1).unwrap();
    assert!(found.fault.is_none(), "{:?}", found.fault);
    assert_eq!((found.commits, found.events, found.streams), (5, 10, 2));
    assert_eq!((found.bytes, found.last_recorded_at, found.head.events()), (bytes, last, 10));
    assert_eq!((calls, head(&log)), (1, 10));
}
