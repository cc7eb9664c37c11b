//! Folding a large book out of the replay cache. What is measured of memory, and what is compared
//! with another store, is measured in processes of their own.

use std::hint::black_box;
use std::path::Path;

use relatum_domain::{AccountId, Event, Gist, Recorded, View};
use relatum_projections::{HistoryFilter, Models, Which};
use relatum_replay::{LeftOut, Replay};
use relatum_stream::{EventRef, StreamId, Version};

use crate::process::{alone, most_resident};
use crate::rounds::{alternate, quantile, rate_ratio, timed};
use crate::table::{Figure, Ratio, Table, megabytes, thousands, time};
use crate::{Outcome, Size, books, large};

/// History, aging, quota and churn.
const FOUR: Which = Which { history: true, aging: true, sales: true, churn: true, ..Which::NONE };

/// It reads the gists of all topics, as the four do, and does little with them.
const HISTORY: Which = Which { history: true, ..Which::NONE };

/// Folds all, part by part, and keeps nothing.
fn fold(replay: &Replay, threads: usize, which: Which) -> Outcome<()> {
    let sound = replay.each_part(threads, which, None, None, LeftOut::default(), |_, part| {
        black_box(part);
    });
    if sound { Ok(()) } else { Err("the cache is damaged".into()) }
}

/// One JSON value an event in sled, by seq, with what else the fold needs of the envelope.
fn in_sled(folder: &Path, accounts: u32) -> Outcome<sled::Db> {
    let store = sled::open(folder)?;
    for piece in large::pieces(accounts) {
        for it in piece? {
            let value = serde_json::json!({
                "event": it.event,
                "recorded": Recorded::from(it.recorded_at),
                "type": it.event_type.as_str(),
                "data": it.data.encode()?,
            });
            let key = it.position.seq.0.to_be_bytes();
            store.insert(key, serde_json::to_vec(&value)?)?;
        }
    }
    store.flush()?;
    Ok(store)
}

#[derive(serde::Deserialize)]
struct InSled<'a> {
    event: EventRef,
    recorded: Recorded,
    r#type: &'a str,
    #[serde(borrow)]
    data: &'a serde_json::value::RawValue,
}

/// The same folds over it, in the order of the log.
fn fold_sled(store: &sled::Db) -> Outcome<()> {
    let mut models = Models::default();
    for entry in store.iter() {
        let (_, value) = entry?;
        let InSled { event: at, recorded, r#type, data } = serde_json::from_slice(&value)?;
        let event = Event::decode(r#type, 1, data.get())?;
        models.fold_only(FOUR, at.stream, &[&Gist::of(at, recorded, &event)]);
    }
    black_box(models);
    Ok(())
}

pub(crate) fn measure<W: std::io::Write>(size: Size, table: &mut Table<W>) -> Outcome<()> {
    let folder = books::folder()?;
    against_sled(folder.path(), size, table)?;
    let path = folder.path().join("large");
    let events = large::make(&path, size.large)?;
    let replay = Replay::open(&path, |_| true);
    let what = format!("{} events of {} accounts", thousands(events as f64), size.large);
    by_cores(&replay, &what, size, table)?;
    memory(&path, &what, table)?;
    drop(replay);
    history(&path, &what, size, table)
}

/// Each round in a process of its own: what one leaves behind in memory is no burden of the other.
fn against_sled<W: std::io::Write>(folder: &Path, size: Size, table: &mut Table<W>) -> Outcome<()> {
    let accounts = size.large / 25;
    let (cache, sled) = (folder.join("small"), folder.join("sled"));
    let events = large::make(&cache, accounts)? as f64;
    drop(in_sled(&sled, accounts)?);
    let seconds = alternate(
        size.rounds.min(5),
        &mut [&mut || one("fold-cache", &cache), &mut || one("fold-sled", &sled)],
    )?;
    let [cache, sled] = seconds.as_slice() else { return Ok(()) };
    let rate = |seconds: &[f64]| thousands(events / quantile(seconds, 0.5)) + " events/s";
    table.line(&Figure {
        what: &format!("fold 4 projections out of the replay cache, {} events", thousands(events)),
        value: rate(cache),
        yardstick: "the same folds over one JSON value an event in sled",
        yardstick_value: rate(sled),
        ratio: Some(rate_ratio(cache, sled)),
    })
}

pub(crate) fn one(what: &str, path: &Path) -> Outcome<f64> {
    let figures = alone(what, path, "")?;
    Ok(*figures.first().ok_or("no figure")?)
}

/// The part of a process of its own: seconds of the second time, or bytes.
pub(crate) fn as_one(what: &str, path: &Path) -> Outcome<f64> {
    if what == "fold-sled" {
        let store = sled::open(path)?;
        fold_sled(&store)?;
        return Ok(timed(|| fold_sled(&store))?.0);
    }
    let replay = Replay::open(path, |_| true);
    match what {
        "fold-cache" => {
            fold(&replay, 1, FOUR)?;
            Ok(timed(|| fold(&replay, 1, FOUR))?.0)
        }
        "resident-parts" => {
            fold(&replay, 2, Which::ALL)?;
            most_resident()
        }
        "resident-whole" => {
            black_box(replay.fold(2, None).ok_or("the cache is damaged")?);
            most_resident()
        }
        other => Err(format!("{other} is nothing to measure").into()),
    }
}

fn by_cores<W: std::io::Write>(
    replay: &Replay,
    what: &str,
    size: Size,
    table: &mut Table<W>,
) -> Outcome<()> {
    let events = replay.upto().0 as f64;
    let run = |threads, which| Ok(timed(|| fold(replay, threads, which))?.0);
    let seconds = alternate(
        size.rounds.min(5),
        &mut [
            &mut || run(2, FOUR),
            &mut || run(1, FOUR),
            &mut || run(2, Which::ALL),
            &mut || run(1, Which::ALL),
            &mut || run(1, HISTORY),
        ],
    )?;
    let [two, one, two_all, one_all, history] = seconds.as_slice() else { return Ok(()) };
    let rate = |seconds: &[f64]| thousands(events / quantile(seconds, 0.5)) + " events/s";
    let all = format!("all {} projections", Models::LIST.len());
    let lines = [("4 projections", two, one), (all.as_str(), two_all, one_all)];
    for (which, two, one) in lines {
        table.line(&Figure {
            what: &format!("fold {which} out of the cache, two cores, {what}"),
            value: rate(two),
            yardstick: "one core",
            yardstick_value: rate(one),
            ratio: Some(rate_ratio(two, one)),
        })?;
    }
    table.line(&Figure {
        what: &format!("fold 4 projections out of the cache, one core, {what}"),
        value: rate(one),
        yardstick: "read the same gists and fold history alone, one core",
        yardstick_value: rate(history),
        ratio: Some(rate_ratio(one, history)),
    })
}

/// What one process needs for it that does nothing else.
fn memory<W: std::io::Write>(path: &Path, what: &str, table: &mut Table<W>) -> Outcome<()> {
    let (parts, whole) = (one("resident-parts", path)?, one("resident-whole", path)?);
    let ratio = parts / whole;
    table.line(&Figure {
        what: &format!("most memory resident while all are folded part by part, {what}"),
        value: megabytes(parts),
        yardstick: "all states at once",
        yardstick_value: megabytes(whole),
        ratio: Some(Ratio { median: ratio, least: ratio, most: ratio }),
    })
}

fn history<W: std::io::Write>(
    path: &Path,
    what: &str,
    size: Size,
    table: &mut Table<W>,
) -> Outcome<()> {
    let accounts: Vec<AccountId> = large::slices(size.large.min(1_000))
        .next()
        .ok_or("an empty book")??
        .into_iter()
        .filter_map(|(at, _)| AccountId::of_stream(at.stream).filter(|_| at.version == Version(1)))
        .collect();
    let which = HISTORY;
    let ask = |replay: &Replay, account: AccountId| {
        let mut models = Models::default();
        let stream = StreamId::from(account);
        let read = replay
            .stream(stream, which.topics(), None, |gists| models.fold_only(which, stream, gists));
        read.ok_or("the cache is damaged")?;
        let lines = models.history.of(account, &HistoryFilter::default(), &View::latest());
        Ok(black_box(lines).len())
    };
    let (mut warm, mut first) = (Vec::new(), Vec::new());
    for account in &accounts {
        let opened = timed(|| ask(&Replay::open(path, |_| true), *account))?;
        first.push(opened.0);
    }
    let replay = Replay::open(path, |_| true);
    for _ in 0..size.rounds.min(3) {
        for account in &accounts {
            warm.push(timed(|| ask(&replay, *account))?.0);
        }
    }
    for (label, share) in [("p50", 0.5), ("p99", 0.99)] {
        let (value, yardstick) = (quantile(&warm, share), quantile(&first, share));
        let ratio = value / yardstick;
        table.line(&Figure {
            what: &format!("history of an account out of the cache, {label}, {what}"),
            value: time(value),
            yardstick: &format!("open the cache and answer, {label}"),
            yardstick_value: time(yardstick),
            ratio: Some(Ratio { median: ratio, least: ratio, most: ratio }),
        })?;
    }
    Ok(())
}
