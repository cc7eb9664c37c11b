//! Following: what is there, then what comes, each event once and in order.

use std::sync::Arc;

use futures_util::StreamExt as _;
use relatum::log::{
    Cut, EventData, EventLog as _, EventType, ExpectedVersion, MemoryLog, NewCommit, NewEvent,
    Position, Seq, StreamWrite,
};
use relatum::{Engine, Error, Fact, Followed, Phase};

use crate::books::{account, adjusted, append, clock, on_both, record};

fn seq(followed: &Followed) -> u64 {
    followed.envelope.position.seq.0
}

fn facts(who: u64, from: u64, to: u64) -> Vec<Fact> {
    (from..to).map(|it| Fact::new(account(who), adjusted(0, it.to_string()))).collect()
}

#[test]
fn catching_up_and_living_on_join_without_gap_or_repetition() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    on_both(|engine| {
        append(engine, facts(9, 0, 500));
        let mut followers = Vec::new();
        // From the start, from within the one commit that is there, and from its end.
        for from in [0, 123, 500] {
            let mut events = engine.follow(Cut::single(Seq(from)));
            followers.push(runtime.spawn(async move {
                for expected in from + 1..=1_300 {
                    assert_eq!(seq(&events.next().await.unwrap()), expected);
                }
                events
            }));
        }
        std::thread::scope(|scope| {
            for who in 0..4 {
                scope.spawn(move || {
                    for batch in 0..20 {
                        append(engine, facts(who, batch * 9, batch * 9 + 9));
                        record(engine, who, adjusted(0, format!("r{batch}"))).unwrap();
                    }
                });
            }
        });
        for follower in followers {
            let mut events = runtime.block_on(follower).unwrap();
            assert!(events.try_next().unwrap().is_none(), "and nothing more");
        }
    });
}

#[test]
fn asking_without_waiting_gives_what_is_there_by_now() {
    on_both(|engine| {
        let mut events = engine.follow(Cut::start());
        assert!(events.try_next().unwrap().is_none());
        append(engine, facts(1, 0, 3));
        for expected in 1..=3 {
            assert_eq!(seq(&events.try_next().unwrap().unwrap()), expected);
        }
        assert!(events.try_next().unwrap().is_none());
        record(engine, 1, adjusted(0, "x")).unwrap();
        assert_eq!(events.try_next().unwrap().unwrap().envelope.data.source.id, "x");
    });
}

#[test]
fn what_was_there_is_told_from_what_came_since() {
    on_both(|engine| {
        append(engine, facts(1, 0, 3));
        let mut events = engine.follow(Cut::single(Seq(1)));
        append(engine, facts(1, 3, 5));
        let phases = std::iter::from_fn(|| events.try_next().unwrap()).map(|it| it.phase);
        let expected = [Phase::Replaying, Phase::Replaying, Phase::Live, Phase::Live];
        assert_eq!(phases.collect::<Vec<_>>(), expected);
    });
}

#[test]
fn a_copied_commit_is_followed_too() {
    let (from, to) = (Engine::in_memory().unwrap(), Engine::in_memory().unwrap());
    append(&from, facts(1, 0, 3));
    let mut events = to.follow(Cut::start());
    for commit in crate::books::commits(&from) {
        to.replicate(commit.bytes.as_slice()).unwrap();
    }
    assert_eq!(seq(&events.try_next().unwrap().unwrap()), 1);
}

/// A log in which the event at seq 4 is of a type that nobody knows.
fn with_a_stranger() -> Engine {
    let log = Arc::new(MemoryLog::new(clock()));
    let engine = Engine::builder().over(log.clone()).unwrap();
    for number in 0..3 {
        record(&engine, 1, adjusted(0, number.to_string())).unwrap();
    }
    let stranger = NewEvent {
        event_type: EventType::of("eclipse_seen"),
        schema: 1,
        key: None,
        data: EventData::from_json("{}").unwrap(),
    };
    let expected = ExpectedVersion::Any;
    let write = StreamWrite { stream: account(1).into(), expected, events: vec![stranger] };
    log.submit(NewCommit::Write(vec![write])).wait().unwrap();
    // Everything behind it is there at once, so that one read holds all of it.
    append(&engine, facts(2, 0, 1));
    engine
}

#[test]
fn what_comes_before_an_error_is_given_and_the_stream_ends_after_it() {
    let engine = with_a_stranger();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let all: Vec<Result<Followed, Error>> =
        runtime.block_on(engine.follow(Cut::start()).into_stream().collect());
    let seqs: Vec<u64> = all.iter().filter_map(|it| it.as_ref().ok()).map(seq).collect();
    assert_eq!((seqs, all.len()), (vec![1, 2, 3], 4));
    assert!(matches!(all[3], Err(Error::Decode(_))), "{:?}", all[3]);
    let mut again = engine.follow(Cut::single(Seq(2)));
    assert_eq!(again.try_next().unwrap().unwrap().envelope.position, Position::of(3));
    for _ in 0..2 {
        let error = again.try_next().unwrap_err();
        assert!(matches!(error, Error::Decode(_)), "{error}");
        assert!(error.to_string().contains("eclipse_seen"), "{error}");
    }
}

#[test]
fn an_event_that_is_not_understood_stops_queries_but_not_the_log() {
    let engine = with_a_stranger();
    let error = engine.as_of(crate::books::day(0)).book().unwrap_err();
    assert_eq!(error.class(), relatum::Class::Corrupt);
    assert!(engine.verify(|_, _| {}).is_err());
    record(&engine, 2, adjusted(0, "more")).unwrap();
    assert_eq!(engine.head().unwrap().events(), 6);
}
