//! One event, durable: through the engine, through the log, and as bare bytes.

use std::fs::File;
use std::io::{Seek as _, Write as _};

use chrono::NaiveDate;
use relatum::{Engine, Fact};
use relatum_domain::event::activity::{ActivityHeld, ActivityKind, Outcome as Result};
use relatum_domain::{AccountId, ActivityId, Actor, Derived, Event, ManagerId, Source};
use relatum_log::{ByteSize, Cursor, EventLog, ExpectedVersion, NewCommit, NewEvent, StreamWrite};
use relatum_log_sled::{SledLog, SledOptions};
use relatum_stream::StreamId;

use crate::rounds::{alternate, median, rate_ratio, timed};
use crate::table::{Figure, Table, thousands};
use crate::{Outcome, Size, books};

/// Streams that the events are spread over.
const STREAMS: usize = 64;

fn fact(number: usize) -> Outcome<Fact> {
    let account = AccountId::derived("bench", &format!("account-{}", number % STREAMS));
    let manager = ManagerId::derived("bench", "manager");
    let source = Source::new("bench", format!("call-{number}"));
    let activity = ActivityId::derived("bench", &source.id);
    let call = ActivityHeld::new(activity, ActivityKind::Call, manager, Result::Positive);
    let day = NaiveDate::from_ymd_opt(2026, 3, 2).ok_or("no such day")?;
    Ok(Fact::new(account, Event::new(day, Actor::Manager(manager), source, call)))
}

/// What the engine made of a fact: to offer the log the same without the engine.
fn write(number: usize, stored: &NewEvent, fact: &Fact) -> Outcome<NewCommit> {
    let key = Some(format!("bench:call-{number}:activity_held").parse()?);
    let stream: StreamId = fact.stream;
    let events = vec![NewEvent { key, ..stored.clone() }];
    Ok(NewCommit::Write(vec![StreamWrite { stream, expected: ExpectedVersion::Any, events }]))
}

/// The bytes of the first commit of a book, and its event as it was offered.
fn stored(engine: &Engine) -> Outcome<(Vec<u8>, NewEvent)> {
    let block = engine.log().read(Cursor::start(), ByteSize(1)).wait()?;
    let commit = block.commits.first().ok_or("nothing was recorded")?;
    let envelope = commit.envelopes()?.into_iter().next().ok_or("an empty commit")?;
    let event = NewEvent {
        event_type: envelope.event_type,
        schema: envelope.schema,
        key: envelope.key,
        data: envelope.data,
    };
    let mut bytes = commit.bytes.as_slice().to_vec();
    bytes.push(b'\n');
    Ok((bytes, event))
}

pub(crate) fn measure<W: std::io::Write>(size: Size, table: &mut Table<W>) -> Outcome<()> {
    let folder = books::folder()?;
    let engine = Engine::open(folder.path().join("engine"))?;
    let log = SledLog::open(folder.path().join("log"), SledOptions::new().create(true))?;
    engine.append(vec![fact(0)?])?;
    let (bytes, event) = stored(&engine)?;
    let mut growing = File::create(folder.path().join("growing"))?;
    let mut ready = File::create(folder.path().join("ready"))?;
    // Room for all rounds, really there, so that a sync writes data and nothing else.
    ready.write_all(&vec![b' '; bytes.len() * size.appends * size.rounds])?;
    ready.sync_all()?;
    ready.rewind()?;
    let (mut through_engine, mut through_log) = (1, 1);
    let seconds = alternate(
        size.rounds,
        &mut [
            &mut || {
                let facts = (through_engine..through_engine + size.appends).map(fact);
                let facts = facts.collect::<Outcome<Vec<Fact>>>()?;
                through_engine += size.appends;
                let all = || {
                    facts.into_iter().try_for_each(|it| Ok(engine.append(vec![it]).map(drop)?))
                };
                Ok(timed(all)?.0)
            },
            &mut || {
                let numbers = through_log..through_log + size.appends;
                let writes = numbers.map(|number| write(number, &event, &fact(number)?));
                let writes = writes.collect::<Outcome<Vec<NewCommit>>>()?;
                through_log += size.appends;
                let all =
                    || writes.into_iter().try_for_each(|it| Ok(log.submit(it).wait().map(drop)?));
                Ok(timed(all)?.0)
            },
            &mut || Ok(timed(|| write_synced(&mut growing, &bytes, size.appends))?.0),
            &mut || Ok(timed(|| write_synced(&mut ready, &bytes, size.appends))?.0),
        ],
    )?;
    let [engine_took, log_took, growing_took, ready_took] = seconds.as_slice() else {
        return Ok(());
    };
    let a_second = |seconds: &[f64]| thousands(size.appends as f64 / median(seconds)) + "/s";
    let contenders =
        [("one event, durable: Engine::append", engine_took), ("the same: submit", log_took)];
    let yardsticks = [
        ("append the same bytes to a file, fdatasync", growing_took),
        ("the same into a file of full length", ready_took),
    ];
    for (what, took) in contenders {
        for (yardstick, raw_took) in yardsticks {
            table.line(&Figure {
                what,
                value: a_second(took),
                yardstick,
                yardstick_value: a_second(raw_took),
                ratio: Some(rate_ratio(took, raw_took)),
            })?;
        }
    }
    Ok(())
}

/// Writes `bytes` so many times, each time durable.
fn write_synced(file: &mut File, bytes: &[u8], times: usize) -> Outcome<()> {
    for _ in 0..times {
        file.write_all(bytes)?;
        file.sync_data()?;
    }
    Ok(())
}
