//! Both axes of time on a book of five million events: looking back, comparing, certifying, and
//! deriving the cache again beside the live one while events come in.
//!
//! The store is the one that `RELATUM_BENCH_STORE` names, else the demo's book is recorded first,
//! which takes minutes.

use std::hint::black_box;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use chrono::{Days, NaiveDate, NaiveTime};
use relatum::domain::event::order::SalesAdjusted;
use relatum::domain::{AccountId, Actor, Derived as _, Event, Source, Value};
use relatum::{AgingOptions, AsOf, Certify, Engine, Fact, Pace};

use crate::rounds::{Seconds, alternate, median, quantile, time_ratio, timed};
use crate::table::{Figure, Table, time};
use crate::{Outcome, Size, books};

/// What was known at the end of a day.
fn known(engine: &Engine, as_of: NaiveDate, known_at: NaiveDate) -> Outcome<AsOf> {
    let evening = known_at.and_time(NaiveTime::MIN).and_utc() + chrono::TimeDelta::days(1);
    Ok(engine.as_of(as_of).known_at(evening)?)
}

/// Of the store that `RELATUM_BENCH_STORE` names, else of the demo's large book.
pub(crate) fn large<W: std::io::Write>(size: Size, table: &mut Table<W>) -> Outcome<()> {
    let rounds = size.rounds.div_ceil(5);
    books::with_large(|engine| measure(engine, rounds, table))
}

pub(crate) fn measure<W: std::io::Write>(
    engine: &Engine,
    rounds: usize,
    table: &mut Table<W>,
) -> Outcome<()> {
    let today = books::today()?;
    let back = |days| today.checked_sub_days(Days::new(days)).ok_or("no such day");
    let all = AgingOptions::default();
    let plain = engine.as_of(today);
    let (month, earlier) = (back(30)?, back(60)?);
    let then = known(engine, month, month)?;
    let (before, late) = (known(engine, earlier, earlier)?, engine.as_of(month));
    let accounts = plain.accounts()?;
    let one = accounts.get(accounts.len() / 2).ok_or("a book without accounts")?.0;
    let own = AgingOptions { account: Some(one), ..AgingOptions::default() };
    let aging = |at: &AsOf, options: &AgingOptions| -> Outcome<()> {
        black_box(at.figures(options)?);
        Ok(())
    };
    let certify = |at: &AsOf| -> Outcome<()> {
        black_box(at.certify(&AgingOptions::default(), &Certify::default())?);
        Ok(())
    };
    type Asked<'a> = (&'a str, Box<dyn Fn() -> Outcome<()> + 'a>, &'a str);
    let of_all = "aging of all, everything known";
    let asked: [Asked<'_>; 6] = [
        ("aging of all as known a month ago, p50", Box::new(|| aging(&then, &all)), of_all),
        ("of one account as known a month ago, p50", Box::new(|| aging(&then, &own)), of_all),
        (
            "what changed in a day's aging since it was known, p50",
            Box::new(|| {
                black_box(late.changes_since(&then, &all)?);
                Ok(())
            }),
            of_all,
        ),
        (
            "what changed from one month to the next, p50",
            Box::new(|| {
                black_box(then.changes_since(&before, &all)?);
                Ok(())
            }),
            of_all,
        ),
        ("certificate of the aging of all, p50", Box::new(|| certify(&plain)), of_all),
        (
            "the same as known a month ago, checked, p50",
            Box::new(|| {
                let made = then.certify(&all, &Certify::default())?;
                black_box(made.check(engine, &all)?);
                Ok(())
            }),
            of_all,
        ),
    ];
    for (what, ask, yardstick) in asked {
        let mut once = || Ok(timed(&*ask)?.0);
        let mut now = || Ok(timed(|| aging(&plain, &all))?.0);
        let figures = alternate(rounds, &mut [&mut once, &mut now])?;
        let [took, yard] = figures.as_slice() else { return Err("no figures".into()) };
        table.line(&Figure {
            what,
            value: time(median(took)),
            yardstick,
            yardstick_value: time(median(yard)),
            ratio: Some(time_ratio(took, yard)),
        })?;
    }
    rebuilding(engine, table)
}

/// A small fact of an account of its own.
fn fact(number: u64, day: NaiveDate) -> Outcome<Fact> {
    let account = AccountId::derived("bench", &(number % 97).to_string());
    let (source, net) = (format!("bench-{number}"), Value::new(1_000_000, "EUR".parse()?));
    let body = SalesAdjusted { number: source.clone(), net, reason: None, manager: None };
    let event = Event::new(day, Actor::system("bench"), Source::new("bench", source), body);
    Ok(Fact::new(account, event))
}

/// Appends a fact a millisecond until told to stop; how long each took.
fn appends(engine: &Engine, stop: &AtomicBool, from: u64) -> Outcome<Seconds> {
    let (day, begun) = (books::today()?, Instant::now());
    let mut took = Seconds::new();
    while !stop.load(Ordering::Relaxed) {
        let number = took.len() as u64;
        let due = Duration::from_millis(number);
        std::thread::sleep(due.saturating_sub(begun.elapsed()));
        let fact = fact(from + number, day)?;
        let (one, _) = timed(|| Ok(engine.append(vec![fact])?))?;
        took.push(one);
    }
    Ok(took)
}

/// Deriving beside the live cache, against deriving anew with nobody else there; and what it does
/// to those who append meanwhile.
fn rebuilding<W: std::io::Write>(engine: &Engine, table: &mut Table<W>) -> Outcome<()> {
    let (plain, _) = timed(|| Ok(engine.rebuild(|_, _| {})?))?;
    let stop = AtomicBool::new(false);
    let from = u64::from(std::process::id()) << 32;
    let quiet = std::thread::scope(|scope| -> Outcome<Seconds> {
        let appending = scope.spawn(|| appends(engine, &stop, from).map_err(|it| it.to_string()));
        std::thread::sleep(Duration::from_secs(10));
        stop.store(true, Ordering::Relaxed);
        Ok(appending.join().map_err(|_| "the appending thread ended")??)
    })?;
    stop.store(false, Ordering::Relaxed);
    let stop = &stop;
    let (beside, disturbed) = std::thread::scope(|scope| -> Outcome<(f64, Seconds)> {
        let from = from + (1 << 31);
        let appending =
            scope.spawn(move || appends(engine, stop, from).map_err(|it| it.to_string()));
        let (took, rebuilt) =
            timed(|| Ok(engine.rebuild_beside(false, Pace::UNBOUNDED, |_, _| {})?))?;
        stop.store(true, Ordering::Relaxed);
        if !rebuilt.is_some_and(|it| it.promoted) {
            return Err("the shadow was not promoted".into());
        }
        Ok((took, appending.join().map_err(|_| "the appending thread ended")??))
    })?;
    table.line(&Figure {
        what: "rebuild beside the live cache, with up to 1,000 appends a second",
        value: time(beside),
        yardstick: "rebuild with nobody else there",
        yardstick_value: time(plain),
        ratio: Some(time_ratio(&[beside], &[plain])),
    })?;
    table.line(&Figure {
        what: "p99 of these appends",
        value: time(quantile(&disturbed, 0.99)),
        yardstick: "p99 with nobody else there",
        yardstick_value: time(quantile(&quiet, 0.99)),
        ratio: Some(time_ratio(&[quantile(&disturbed, 0.99)], &[quantile(&quiet, 0.99)])),
    })?;
    Ok(())
}
