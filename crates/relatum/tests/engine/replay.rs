//! Reading again: what a filter gives is what one picks out of all events by hand.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use relatum::domain::event::Family;
use relatum::domain::{ACCOUNT, Actor, Event};
use relatum::log::{
    AppendError, Block, ByteSize, Cursor, Cut, Envelope, EventLog, LogError, MemoryLog, NewCommit,
    Pending, Receipt, Seq,
};
use relatum::{Engine, Error, Fact, Replay};

use crate::books::{account, adjusted, append, clock, day, demo, fill, on_both, record};

fn book() -> (Engine, Vec<Envelope<Event>>) {
    let clock = clock();
    let engine = Engine::builder().clock(clock.clone()).in_memory().unwrap();
    fill(&engine, &clock, &demo(6));
    let mut events = engine.follow(Cut::start());
    let all = std::iter::from_fn(|| events.try_next().unwrap()).map(|it| it.envelope).collect();
    (engine, all)
}

#[track_caller]
fn picks(
    replay: Replay,
    all: &[Envelope<Event>],
    by_hand: impl Fn(&Envelope<Event>) -> bool,
) -> usize {
    let found: Vec<_> = replay.events().unwrap().map(Result::unwrap).collect();
    let expected: Vec<_> = all.iter().filter(|it| by_hand(it)).cloned().collect();
    assert_eq!(found, expected);
    found.len()
}

#[test]
fn every_filter_gives_what_one_picks_by_hand() {
    let (engine, all) = book();
    let count = u64::try_from(all.len()).unwrap();
    assert_eq!(picks(engine.replay(), &all, |_| true), all.len());
    for seq in [0, 1, count / 2, count, count + 9] {
        picks(engine.replay().after(Cut::single(Seq(seq))), &all, |it| it.position.seq.0 > seq);
    }
    let streams: BTreeSet<_> = all.iter().map(|it| it.event.stream).collect();
    for stream in streams {
        picks(engine.replay().stream(stream), &all, |it| it.event.stream == stream);
        let kind = stream.kind;
        picks(engine.replay().streams_of(kind), &all, |it| it.event.stream.kind == kind);
    }
    let types: BTreeSet<_> = all.iter().map(|it| it.data.body.event_type()).collect();
    for name in types {
        let replay = engine.replay().event_type(name).unwrap();
        assert!(picks(replay, &all, |it| it.data.body.event_type() == name) > 0);
    }
    let actors: BTreeSet<_> = all.iter().map(|it| it.data.actor.clone()).collect();
    for actor in actors {
        picks(engine.replay().actor(actor.clone()), &all, |it| it.data.actor == actor);
    }
    let systems: BTreeSet<_> = all.iter().map(|it| it.data.source.system.clone()).collect();
    for system in systems {
        picks(engine.replay().system(&system), &all, |it| it.data.source.system == system);
    }
    // One of two families, and two things at once.
    let either = engine.replay().family(Family::Document).family(Family::Order);
    let money =
        |it: &Envelope<Event>| matches!(it.data.body.family(), Family::Document | Family::Order);
    assert!(picks(either.clone(), &all, money) > 0);
    let one = account_of(&all);
    assert!(picks(either.stream(one), &all, |it| money(it) && it.event.stream == one) > 0);
}

fn account_of(all: &[Envelope<Event>]) -> relatum::StreamId {
    let found = all.iter().find(|it| it.data.body.family() == Family::Document);
    found.unwrap().event.stream
}

#[test]
fn periods_on_both_axes_hold_at_their_ends() {
    let (engine, all) = book();
    let middle = &all[all.len() / 2];
    let (on, at) = (middle.data.effective, middle.recorded_at);
    picks(engine.replay().effective(on..=on), &all, |it| it.data.effective == on);
    picks(engine.replay().effective(..on), &all, |it| it.data.effective < on);
    let picked = picks(engine.replay().recorded(at..=at), &all, |it| it.recorded_at == at);
    assert!(picked > 0);
    picks(engine.replay().recorded(at..), &all, |it| it.recorded_at >= at);
    picks(engine.replay().recorded(..at), &all, |it| it.recorded_at < at);
    let later = at + TimeDelta::days(30);
    let stream = account_of(&all);
    picks(engine.replay().stream(stream).recorded(at..later), &all, |it| {
        it.event.stream == stream && (at..later).contains(&it.recorded_at)
    });
    let none = DateTime::<Utc>::MAX_UTC..;
    assert_eq!(picks(engine.replay().recorded(none), &all, |_| false), 0);
}

#[test]
fn a_batch_that_a_mapping_marked_is_found() {
    on_both(|engine| {
        let marked = |number: u64, batch: &str| {
            let mut event = adjusted(number, number.to_string());
            event.metadata.insert("batch".to_owned(), batch.into());
            Fact::new(account(number), event)
        };
        append(engine, vec![marked(1, "a"), marked(2, "b"), marked(3, "a")]);
        record(engine, 1, adjusted(0, "by hand")).unwrap();
        let found = engine.replay().tagged("batch", "a").events().unwrap();
        let days: Vec<_> = found.map(|it| it.unwrap().data.effective).collect();
        assert_eq!(days, [day(1), day(3)]);
    });
}

/// Notes where it is read.
struct Noting(MemoryLog, Mutex<Vec<Cursor>>);

impl EventLog for Noting {
    fn submit(&self, commit: NewCommit) -> Pending<Receipt, AppendError> {
        self.0.submit(commit)
    }

    fn read(&self, from: Cursor, max: ByteSize) -> Pending<Block, LogError> {
        if max > ByteSize(1) {
            self.1.lock().unwrap().push(from);
        }
        self.0.read(from, max)
    }
}

#[test]
fn a_stream_is_read_without_the_log_and_a_period_without_what_is_before_it() {
    let log = Arc::new(Noting(MemoryLog::new(clock()), Mutex::default()));
    let engine = Engine::builder().over(log.clone()).unwrap();
    for who in 0..50 {
        record(&engine, who, adjusted(0, "1")).unwrap();
    }
    let reads = || std::mem::take(&mut *log.1.lock().unwrap());
    reads();
    let own = account(7).into();
    assert_eq!(engine.replay().stream(own).events().unwrap().count(), 1);
    assert!(reads().iter().all(|it| matches!(it, Cursor::Stream(stream, _) if *stream == own)));
    let all: Vec<_> = engine.replay().events().unwrap().map(Result::unwrap).collect();
    reads();
    let last = engine.replay().recorded(all[49].recorded_at..).events().unwrap();
    assert_eq!(last.count(), 1);
    assert_eq!(reads().first(), Some(&Cursor::after(Seq(49))));
}

#[test]
fn it_tells_how_far_it_is_and_ends_with_what_was_there() {
    on_both(|engine| {
        append(engine, (0..10).map(|it| Fact::new(account(it), adjusted(it, "x"))).collect());
        let mut events = engine.replay().streams_of(ACCOUNT).events().unwrap();
        assert_eq!(events.progress(), (0, 10));
        for seen in 1..=10 {
            assert!(events.next().unwrap().is_ok());
            assert_eq!(events.progress(), (seen, 10));
        }
        record(engine, 1, adjusted(3, "later")).unwrap();
        assert!(events.next().is_none() && events.next().is_none());
        // What nothing is picked from is looked at all the same.
        let mut nobody = engine.replay().actor(Actor::system("nobody")).events().unwrap();
        assert!(nobody.next().is_none());
        assert_eq!(nobody.progress(), (11, 11));
    });
}

#[test]
fn an_event_type_that_is_none_is_refused_by_name() {
    let engine = Engine::in_memory().unwrap();
    let error = engine.replay().event_type("eclipse_seen").unwrap_err();
    assert!(matches!(error, Error::NotFound { what: "event type", .. }), "{error}");
}
