//! Many events: producers side by side, bulk, the bytes on disk, verification.
//!
//! The yardstick is sled used plainly: one JSON value an event.

use std::fs;
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use relatum_log::{
    ByteSize, CommitBytes, Cursor, EventLog, ExpectedVersion, NewCommit, NewEvent, Position,
    StreamWrite, verify,
};
use relatum_log_sled::{SledLog, SledOptions};
use relatum_stream::StreamId;

use crate::books::{self, Book};
use crate::folding::one;
use crate::rounds::{Seconds, alternate, median, rate_ratio, timed};
use crate::table::{Figure, Ratio, Table, thousands};
use crate::{Outcome, Size};

/// Events of a commit, and the streams that it writes, at most.
const EVENTS: usize = 1_024;
const STREAMS: usize = 16;
/// Bytes of the data of a commit, at most.
const BYTES: usize = 512 * 1_024;
/// Commits that are under way at once.
const AHEAD: usize = 32;

/// An event as it was offered to the log.
type Offered = (StreamId, NewEvent);

pub(crate) fn measure<W: std::io::Write>(
    book: &Book,
    size: Size,
    table: &mut Table<W>,
) -> Outcome<()> {
    let folder = books::folder()?;
    let lines = folder.path().join("lines");
    write_lines(book, &lines)?;
    let events = offered(&lines)?;
    producers(&events, table, size)?;
    live(&events, table)?;
    let count = events.len() as f64;
    drop(events);
    let rounds = size.rounds.min(7);
    let seconds =
        alternate(rounds, &mut [&mut || one("bulk", &lines), &mut || one("bulk-plain", &lines)])?;
    let [ours, theirs] = seconds.as_slice() else { return Ok(()) };
    let rate = |seconds: &Seconds| thousands(count / median(seconds)) + " events/s";
    let yardstick = "one JSON value an event in sled, fdatasync";
    table.line(&Figure {
        what: "bulk, 1,024 events a commit, durable",
        value: rate(ours),
        yardstick,
        yardstick_value: rate(theirs),
        ratio: Some(rate_ratio(ours, theirs)),
    })?;
    let log = SledLog::open(store_of(&lines), SledOptions::new())?;
    sizes("bulk", &log, table)?;
    let stats = log.stats()?;
    let json = stats.block_bytes.0 + stats.young_bytes.0;
    self::size("plain sled", bytes_below(&plain_of(&lines))?, json, table)?;
    let read = || {
        let mut cursor = Cursor::start();
        loop {
            let block = log.read(cursor, ByteSize::mib(4)).wait()?;
            if block.commits.is_empty() {
                return Ok(());
            }
            cursor = block.next;
        }
    };
    let verified = || match verify(&log, |_| ())?.fault {
        None => Ok(()),
        Some(fault) => Err(fault.to_string().into()),
    };
    let seconds =
        alternate(rounds, &mut [&mut || Ok(timed(verified)?.0), &mut || Ok(timed(read)?.0)])?;
    let [ours, theirs] = seconds.as_slice() else { return Ok(()) };
    table.line(&Figure {
        what: "verify, all cores",
        value: rate(ours),
        yardstick: "read every block and check its hashes, one core",
        yardstick_value: rate(theirs),
        ratio: Some(rate_ratio(ours, theirs)),
    })
}

/// The bytes on disk beside those of the commits.
fn sizes<W: std::io::Write>(after: &str, log: &SledLog, table: &mut Table<W>) -> Outcome<()> {
    let stats = log.stats()?;
    let json = stats.block_bytes.0 + stats.young_bytes.0;
    let journal = stats.journal_on_disk.0 + stats.archive_on_disk.0;
    size(&format!("sled's files after {after}"), stats.sled_on_disk.0, json, table)?;
    size(&format!("the journal with its archive after {after}"), journal, json, table)
}

fn size<W: std::io::Write>(what: &str, bytes: u64, json: u64, table: &mut Table<W>) -> Outcome<()> {
    let ratio = bytes as f64 / json as f64;
    table.line(&Figure {
        what,
        value: thousands(bytes as f64) + " bytes",
        yardstick: "the commits as JSON lines",
        yardstick_value: thousands(json as f64) + " bytes",
        ratio: Some(Ratio { median: ratio, least: ratio, most: ratio }),
    })
}

fn store_of(lines: &Path) -> PathBuf {
    lines.with_extension("log")
}

fn plain_of(lines: &Path) -> PathBuf {
    lines.with_extension("plain")
}

/// What a process of its own does, so that nothing else of this program works beside it: seconds
/// until the events of a file are durable in a new store.
pub(crate) fn as_one(what: &str, lines: &Path) -> Outcome<Option<f64>> {
    let into = match what {
        "bulk" => store_of(lines),
        "bulk-plain" => plain_of(lines),
        _ => return Ok(None),
    };
    if into.exists() {
        fs::remove_dir_all(&into)?;
    }
    let mut events = offered(lines)?;
    // As a backfill brings them: one account after the other.
    events.sort_by_key(|(stream, _)| *stream);
    Ok(Some(if what == "bulk" { bulk(&into, &events)? } else { plain(&into, &events)? }))
}

/// Writes the commits of a book as lines.
fn write_lines(book: &Book, to: &Path) -> Outcome<()> {
    let mut file = BufWriter::new(fs::File::create(to)?);
    let mut cursor = Cursor::start();
    loop {
        let block = book.engine.log().read(cursor, ByteSize::mib(4)).wait()?;
        if block.commits.is_empty() {
            return Ok(file.flush()?);
        }
        for commit in &block.commits {
            file.write_all(commit.bytes.as_slice())?;
            file.write_all(b"\n")?;
        }
        cursor = block.next;
    }
}

/// The events of commits in a file, in its order.
fn offered(lines: &Path) -> Outcome<Vec<Offered>> {
    let mut events = Vec::new();
    for line in BufReader::new(fs::File::open(lines)?).lines() {
        let bytes = CommitBytes::new(line?.into_bytes());
        events.extend(bytes.view()?.envelopes(Position::of(1)).map(|it| {
            let (event_type, schema, key, data) = (it.event_type, it.schema, it.key, it.data);
            (it.event.stream, NewEvent { event_type, schema, key, data })
        }));
    }
    Ok(events)
}

/// Commits of events that follow each other.
fn commits(events: &[Offered]) -> Vec<NewCommit> {
    let mut commits = Vec::new();
    let mut writes: Vec<StreamWrite> = Vec::new();
    let (mut count, mut bytes) = (0, 0);
    for (stream, event) in events {
        let is_new = !writes.iter().any(|write| write.stream == *stream);
        if count == EVENTS || bytes > BYTES || (is_new && writes.len() == STREAMS) {
            commits.push(NewCommit::Write(std::mem::take(&mut writes)));
            (count, bytes) = (0, 0);
        }
        count += 1;
        bytes += event.data.as_str().len();
        match writes.iter_mut().find(|write| write.stream == *stream) {
            Some(write) => write.events.push(event.clone()),
            None => writes.push(StreamWrite {
                stream: *stream,
                expected: ExpectedVersion::Any,
                events: vec![event.clone()],
            }),
        }
    }
    commits.push(NewCommit::Write(writes));
    commits
}

/// Seconds until everything is durable.
fn bulk(folder: &Path, events: &[Offered]) -> Outcome<f64> {
    let commits = commits(events);
    let log = SledLog::open(folder, SledOptions::new().create(true))?;
    let all = || {
        let mut pending = std::collections::VecDeque::new();
        for commit in commits {
            pending.push_back(log.submit(commit));
            if pending.len() > AHEAD
                && let Some(first) = pending.pop_front()
            {
                first.wait()?;
            }
        }
        pending.into_iter().try_for_each(|it| Ok(it.wait().map(drop)?))
    };
    Ok(timed(all)?.0)
}

fn plain(folder: &Path, events: &[Offered]) -> Outcome<f64> {
    let config = sled::Config::new().path(folder).segment_size(8 * 1_024 * 1_024);
    let db = config.flush_every_ms(None).cache_capacity(64 * 1_024 * 1_024).open()?;
    let all = || {
        for (chunk, number) in events.chunks(EVENTS).zip(0_u64..) {
            let mut batch = sled::Batch::default();
            for ((stream, event), at) in chunk.iter().zip(0_u64..) {
                let key = event.key.as_ref().map_or("", |key| key.as_str());
                let (kind, schema, data) = (&event.event_type, event.schema, &event.data);
                let at_what = r#""recorded_at":"2026-11-23T20:48:21.000001Z""#;
                let value = format!(
                    r#"{{{at_what},"stream":"{stream}","type":"{kind}","schema":{schema},"#
                ) + &format!(r#""key":"{key}","data":{data}}}"#);
                let seq = number * EVENTS as u64 + at;
                batch.insert(&seq.to_be_bytes(), value.into_bytes());
            }
            db.apply_batch(batch)?;
        }
        db.flush()?;
        Ok(fs::File::open(folder.join("db"))?.sync_data()?)
    };
    Ok(timed(all)?.0)
}

/// Producers side by side, each waiting for its answer before it goes on.
fn producers<W: std::io::Write>(
    events: &[Offered],
    table: &mut Table<W>,
    size: Size,
) -> Outcome<()> {
    for (threads, each) in [(1, 1), (16, 1), (64, 1), (64, 64)] {
        let wanted = (size.appends * threads * each * 3).min(events.len());
        let (few, _) = events.split_at_checked(wanted).unwrap_or((events, &[]));
        let mut seconds = Seconds::new();
        for _ in 0..size.rounds.min(3) {
            let folder = books::folder()?;
            let log = SledLog::open(folder.path().join("log"), SledOptions::new().create(true))?;
            seconds.push(side_by_side(&log, few, threads, each)?);
        }
        table.line(&Figure {
            what: &format!("{threads} producers, {each} events a commit at most"),
            value: thousands(few.len() as f64 / median(&seconds)) + " events/s",
            yardstick: "none",
            yardstick_value: String::new(),
            ratio: None,
        })?;
    }
    Ok(())
}

/// Seconds until so many producers, each with its share, have all their answers.
fn side_by_side(log: &SledLog, events: &[Offered], threads: usize, each: usize) -> Outcome<f64> {
    let shares: Vec<Vec<NewCommit>> = events
        .chunks(events.len().div_ceil(threads).max(1))
        .map(|share| share.chunks(each).flat_map(commits).collect())
        .collect();
    let all = || {
        std::thread::scope(|scope| {
            let share = |share: Vec<NewCommit>| {
                move || share.into_iter().try_for_each(|it| log.submit(it).wait().map(drop))
            };
            let running: Vec<_> = shares.into_iter().map(|it| scope.spawn(share(it))).collect();
            running.into_iter().try_for_each(|it| match it.join() {
                Ok(outcome) => Ok(outcome?),
                Err(_) => Err("a producer panicked".into()),
            })
        })
    };
    Ok(timed(all)?.0)
}

/// What a store takes whose events came one by one and were sealed while others came.
fn live<W: std::io::Write>(events: &[Offered], table: &mut Table<W>) -> Outcome<()> {
    let folder = books::folder()?;
    let path = folder.path().join("log");
    let log = SledLog::open(&path, SledOptions::new().create(true))?;
    side_by_side(&log, events, 64, 1)?;
    drop(log);
    sizes("one event a commit", &SledLog::open(&path, SledOptions::new())?, table)
}

fn bytes_below(folder: &Path) -> Outcome<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        bytes += if path.is_dir() { bytes_below(&path)? } else { fs::metadata(&path)?.len() };
    }
    Ok(bytes)
}
