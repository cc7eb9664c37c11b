//! Random operations, closing and opening among them, against the memory log.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use proptest::prelude::*;
use relatum_log::{
    ByteSize, Cursor, EventData, EventLog, EventType, ExpectedVersion, ManualClock, MemoryLog,
    NewCommit, NewEvent, Position, StreamWrite, Version, verify,
};
use relatum_log_sled::{SledLog, SledOptions};
use support::{clock, stream};

#[derive(Debug, Clone)]
enum Operation {
    Write(Vec<Write>),
    /// Without waiting, so that the writer groups them.
    Burst(Vec<Vec<Write>>),
    Read(Cursor, u64),
    Clock(i64),
    Reopen,
}

#[derive(Debug, Clone)]
struct Write {
    stream: u128,
    expected: ExpectedVersion,
    events: Vec<(Option<u8>, u8)>,
}

fn expected() -> impl Strategy<Value = ExpectedVersion> {
    prop_oneof![
        1 => Just(ExpectedVersion::NoStream),
        1 => Just(ExpectedVersion::Exists),
        1 => (0..8_u64).prop_map(|version| ExpectedVersion::Exact(Version(version))),
        4 => Just(ExpectedVersion::Any),
    ]
}

fn write() -> impl Strategy<Value = Write> {
    let event = (proptest::option::of(0..12_u8), prop_oneof![9 => Just(0_u8), 1 => 1..3_u8]);
    (0..4_u128, expected(), proptest::collection::vec(event, 0..5))
        .prop_map(|(stream, expected, events)| Write { stream, expected, events })
}

fn operation() -> impl Strategy<Value = Operation> {
    let writes = || proptest::collection::vec(write(), 1..4);
    let from = prop_oneof![
        (0..60_u64).prop_map(|seq| Cursor::Position(Position::of(seq))),
        (0..4_u128, 0..20_u64).prop_map(|(of, from)| Cursor::Stream(stream(of), Version(from))),
    ];
    prop_oneof![
        6 => writes().prop_map(Operation::Write),
        2 => proptest::collection::vec(writes(), 1..8).prop_map(Operation::Burst),
        3 => (from, 0..3_000_u64).prop_map(|(from, max)| Operation::Read(from, max)),
        1 => (-5_000..5_000_i64).prop_map(Operation::Clock),
        1 => Just(Operation::Reopen),
    ]
}

fn commit(writes: &[Write]) -> NewCommit {
    let event = |(key, content): &(Option<u8>, u8)| NewEvent {
        event_type: EventType::of("call_held"),
        schema: 1,
        key: key.map(|key| format!("k{key}").parse().unwrap()),
        // Now and then a commit is split over values.
        data: EventData::of(&"x".repeat(usize::from(*content) * 40_000)).unwrap(),
    };
    let write = |write: &Write| StreamWrite {
        stream: stream(write.stream),
        expected: write.expected,
        events: write.events.iter().map(event).collect(),
    };
    NewCommit::Write(writes.iter().map(write).collect())
}

/// A memory of a few keys, so that streams are forgotten and read again all the time.
fn open(folder: &std::path::Path, clock: &ManualClock) -> SledLog {
    let options = SledOptions::new().create(true).clock(clock.clone()).remembered_keys(8);
    SledLog::open(folder, options).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn behaves_as_the_memory_log(operations in proptest::collection::vec(operation(), 1..40)) {
        let folder = tempfile::tempdir().unwrap();
        // Two clocks, moved alike: both logs ask the same number of times for the same instant.
        let clocks = [clock(), clock()];
        let model = MemoryLog::new(clocks[0].clone());
        let mut log = open(folder.path(), &clocks[1]);
        for operation in operations {
            match operation {
                Operation::Write(writes) => {
                    let there = model.submit(commit(&writes));
                    let here = log.submit(commit(&writes));
                    prop_assert_eq!(format!("{:?}", here.wait()), format!("{:?}", there.wait()));
                }
                Operation::Burst(commits) => {
                    let there: Vec<_> = commits.iter().map(|it| model.submit(commit(it))).collect();
                    let here: Vec<_> = commits.iter().map(|it| log.submit(commit(it))).collect();
                    for (here, there) in here.into_iter().zip(there) {
                        let (here, there) = (here.wait(), there.wait());
                        prop_assert_eq!(format!("{here:?}"), format!("{there:?}"));
                    }
                }
                Operation::Read(from, max) => {
                    let there = model.read(from, ByteSize(max)).wait().unwrap();
                    let here = log.read(from, ByteSize(max)).wait().unwrap();
                    prop_assert_eq!(here, there);
                }
                Operation::Clock(seconds) => {
                    let delta = chrono::TimeDelta::seconds(seconds);
                    clocks.iter().for_each(|clock| clock.advance(delta));
                }
                Operation::Reopen => {
                    drop(log);
                    log = open(folder.path(), &clocks[1]);
                }
            }
        }
        let everything = ByteSize(u64::MAX);
        prop_assert_eq!(
            log.read(Cursor::start(), everything).wait().unwrap(),
            model.read(Cursor::start(), everything).wait().unwrap()
        );
        prop_assert!(verify(&log, |_| ()).unwrap().fault.is_none());
    }
}
