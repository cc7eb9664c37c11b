//! A store of the large book: making its replay cache, opening it after a close and after a crash,
//! and asking it. Each step is a process of its own, so that its time begins with nothing and its
//! memory is that of the step.

use std::hint::black_box;
use std::path::Path;

use chrono::NaiveDate;
use relatum::{AgingOptions, Engine, Fact, HistoryFilter};
use relatum_domain::AccountId;
use relatum_replay::Replay;
use relatum_stream::EventRef;

use crate::process::{alone, killed, most_resident};
use crate::rounds::{median, quantile, timed};
use crate::table::{Figure, Table, megabytes, thousands, time};
use crate::{Outcome, Size, books, large};

/// Accounts that are recorded before a process is killed: some 48,000 events, of the 65,536 that an
/// engine which is asked meanwhile has in no file of its cache at most.
const LAST: u32 = 500;

fn today() -> Outcome<NaiveDate> {
    Ok(NaiveDate::from_ymd_opt(2026, 11, 23).ok_or("no such day")?)
}

fn append(engine: &Engine, slice: Vec<(EventRef, relatum_demo::Fact)>) -> Outcome<()> {
    books::append(engine, slice.into_iter().map(|(_, it)| Fact::new(it.stream, it.event)))
}

pub(crate) fn measure<W: std::io::Write>(size: Size, table: &mut Table<W>) -> Outcome<()> {
    let folder = books::folder()?;
    let path = folder.path().join("book");
    let run = |step: &str, argument: &str| alone(&format!("store-{step}"), &path, argument);
    let mut say = |what: &str, value: String, yardstick: &str, yardstick_value: String| {
        table.line(&Figure { what, value, yardstick, yardstick_value, ratio: None })
    };
    let made = run("make", &size.large.to_string())?;
    let [seconds, events, on_disk, json] = made.as_slice() else { return Ok(()) };
    let what = format!("{} events of {} accounts", thousands(*events), size.large);
    let rate = |seconds: f64| thousands(events / seconds) + " events/s";
    say(&format!("recorded, {what}"), rate(*seconds), "its JSON", megabytes(*json))?;
    say("on disk, without a cache", megabytes(*on_disk), "", String::new())?;

    let rebuilt = run("rebuild", "")?;
    let [opened, seconds, _, resident] = rebuilt.as_slice() else { return Ok(()) };
    let memory = "most memory resident";
    say("open for the first time after that", time(*opened), "", String::new())?;
    say("first rebuild without a cache", rate(*seconds), memory, megabytes(*resident))?;

    let accounts = accounts(size.rounds, size.large)?;
    let rounds = |crashes: bool| -> Outcome<Vec<Vec<f64>>> {
        let mut figures = Vec::new();
        for (account, number) in accounts.iter().zip(0_u32..) {
            if crashes {
                let slice = size.large + number;
                killed("store-crash", &path, &slice.to_string())?;
            }
            figures.push(run("open", &account.to_string())?);
        }
        Ok(figures)
    };
    for (after, crashes) in [("a clean close", false), ("a crash", true)] {
        let figures = rounds(crashes)?;
        let column =
            |at: usize| figures.iter().filter_map(|it| it.get(at).copied()).collect::<Vec<f64>>();
        let (opened, answered, resident) = (column(0), column(1), column(2));
        say(
            &format!("open to the first answer after {after}, p50"),
            time(median(&answered)),
            "to open alone, p50",
            time(median(&opened)),
        )?;
        say(
            &format!("the slowest of {}", figures.len()),
            time(quantile(&answered, 1.0)),
            memory,
            megabytes(quantile(&resident, 1.0)),
        )?;
    }

    let merged = run("merge", "")?;
    let [seconds, resident] = merged.as_slice() else { return Ok(()) };
    let what = "the longest merge: all files of the cache into one, by one thread";
    say(what, time(*seconds), memory, megabytes(*resident))?;

    let asked = run("ask", "")?;
    let [p50, p99, aging, resident] = asked.as_slice() else { return Ok(()) };
    say("history of an account, warm, p50", time(*p50), "p99", time(*p99))?;
    say("aging of all accounts", time(*aging), memory, megabytes(*resident))
}

/// Accounts of the book.
fn accounts(count: usize, of: u32) -> Outcome<Vec<AccountId>> {
    let first = large::slices(of).next().ok_or("an empty book")??.into_iter();
    Ok(first
        .filter_map(|(at, _)| AccountId::of_stream(at.stream).filter(|_| at.version.0 == 1))
        .take(count)
        .collect())
}

/// One step, as a process of its own; says its figures.
pub(crate) fn step(what: &str, path: &Path, argument: &str) -> Outcome<Vec<f64>> {
    match what {
        "make" => make(path, argument.parse()?),
        "crash" => crash(path, argument.parse()?),
        "rebuild" => rebuild(path),
        "open" => open(path, argument.parse()?),
        "merge" => merge(path),
        "ask" => ask(path),
        other => Err(format!("{other} is nothing to measure").into()),
    }
}

/// Records the book; says the seconds, the events and the bytes on disk.
fn make(path: &Path, accounts: u32) -> Outcome<Vec<f64>> {
    let engine = Engine::open(path)?;
    let mut seconds = 0.0;
    for slice in large::slices(accounts) {
        let slice = slice?;
        seconds += timed(|| append(&engine, slice))?.0;
    }
    let stats = engine.stats()?.ok_or("no store")?;
    Ok(vec![seconds, stats.events as f64, stats.disk_bytes as f64, stats.block_bytes as f64])
}

/// Records a slice more, which the cache does not have then, and ends without closing.
fn crash(path: &Path, number: u32) -> Outcome<Vec<f64>> {
    let engine = Engine::open(path)?;
    append(&engine, large::slice(number, LAST)?)?;
    std::process::abort()
}

/// Opens without a cache and makes it; says the seconds to open, the seconds to make it and the
/// most memory that was resident.
fn rebuild(path: &Path) -> Outcome<Vec<f64>> {
    let (opened, engine) = timed(|| Ok(Engine::open(path)?))?;
    let (made, cut) = timed(|| Ok(engine.rebuild(|_, _| {})?))?;
    let (kept, ()) = timed(|| Ok(engine.checkpoint()?))?;
    Ok(vec![opened, made + kept, cut.events() as f64, most_resident()?])
}

/// Opens and asks for the history of one account; says the seconds to open, the seconds from the
/// beginning to the answer, and the most memory until then.
fn open(path: &Path, account: AccountId) -> Outcome<Vec<f64>> {
    let (opened, engine) = timed(|| Ok(Engine::open(path)?))?;
    let history = || Ok(engine.as_of(today()?).history(account, &HistoryFilter::default())?);
    let (answered, lines) = timed(history)?;
    if lines.is_empty() {
        return Err("an account without a history".into());
    }
    let resident = most_resident()?;
    // As a program does before it ends: what comes next begins with a cache that is up to date.
    engine.checkpoint()?;
    Ok(vec![opened, opened + answered, resident])
}

/// Merges a copy of the cache into one file, the longest merge there can be; says the seconds and
/// the most memory.
fn merge(path: &Path) -> Outcome<Vec<f64>> {
    let copy = path.with_extension("merged");
    std::fs::create_dir_all(&copy)?;
    for file in std::fs::read_dir(path.join("replay"))? {
        let file = file?;
        std::fs::copy(file.path(), copy.join(file.file_name()))?;
    }
    let mut replay = Replay::open(&copy, |_| true);
    let (seconds, ()) = timed(|| Ok(replay.compact()?))?;
    std::fs::remove_dir_all(&copy)?;
    Ok(vec![seconds, most_resident()?])
}

/// Asks for histories until all is warm, and then again; says the p50 and the p99 in seconds,
/// the seconds of an answer about all accounts, and the most memory.
fn ask(path: &Path) -> Outcome<Vec<f64>> {
    let engine = Engine::open(path)?;
    let now = engine.as_of(today()?);
    let accounts: Vec<AccountId> = now.accounts()?.into_iter().map(|(id, _)| id).collect();
    let some: Vec<&AccountId> = accounts.iter().step_by(accounts.len().div_ceil(2_000)).collect();
    let filter = HistoryFilter::default();
    let history = |account| Ok(timed(|| Ok(black_box(now.history(account, &filter)?)))?.0);
    let mut seconds = Vec::new();
    for _ in 0..2 {
        seconds = some.iter().map(|it| history(**it)).collect::<Outcome<Vec<f64>>>()?;
    }
    let aging = || Ok(black_box(now.aging(&AgingOptions::default())?));
    let mut agings = Vec::new();
    for _ in 0..3 {
        agings.push(timed(aging)?.0);
    }
    Ok(vec![quantile(&seconds, 0.5), quantile(&seconds, 0.99), median(&agings), most_resident()?])
}
