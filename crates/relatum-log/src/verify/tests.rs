//! Whatever is wrong with a log, and however many threads look: the same first fault.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use proptest::sample::Index;
use relatum_stream::StreamId;

use super::{Verified, verify_in_parts};
use crate::encoder::Encoder;
use crate::error::{AppendError, LogError};
use crate::event_log::{Block, ByteSize, Cursor, EventLog, StoredCommit};
use crate::pending::Pending;
use crate::receipt::Receipt;
use crate::tree::Frontier;
use crate::{
    CommitBytes, Corruption, CorruptionKind, Cut, NewCommit, Position, Seq, Version, leaf_hashes,
};

/// A log that gives what it was told to give, a few commits at a time.
#[derive(Debug, Clone)]
struct Given {
    /// Commits, each with the number of its events before it was damaged.
    commits: Vec<(StoredCommit, u64)>,
    head: u64,
    /// A position from which on it cannot be read.
    unreadable: Option<u64>,
}

impl EventLog for Given {
    fn submit(&self, _: NewCommit) -> Pending<Receipt, AppendError> {
        Pending::ready(Err(LogError::Poisoned.into()))
    }

    fn read(&self, from: Cursor, _: ByteSize) -> Pending<Block, LogError> {
        let Cursor::Position(from) = from else { panic!("verification reads positions") };
        let holds =
            |(commit, events): &&(StoredCommit, u64)| commit.position.seq.0 + events > from.seq.0;
        let readable = |(commit, _): &&(StoredCommit, u64)| {
            self.unreadable.is_none_or(|at| commit.position.seq.0 < at)
        };
        let from_there = self.commits.iter().filter(holds).take(3);
        let commits: Vec<_> = from_there.clone().take_while(readable).collect();
        if commits.is_empty() && from_there.count() > 0 {
            return Pending::ready(Err(LogError::Closed));
        }
        let next =
            commits.last().map_or(from.seq, |(commit, events)| commit.position.seq.plus(*events));
        Pending::ready(Ok(Block {
            commits: commits.into_iter().map(|(commit, _)| commit.clone()).collect(),
            next: Cursor::Position(Position { seq: next, ..from }),
            head: Cut::single(Seq(self.head)),
        }))
    }
}

fn stream(number: u8) -> StreamId {
    format!("account/00000000-0000-0000-0000-{number:012}").parse().unwrap()
}

fn line(at: i64, writes: &[(u8, Version, u8)]) -> CommitBytes {
    let start: DateTime<Utc> = "2026-11-23T20:48:21Z".parse().unwrap();
    let heads = writes.iter().map(|(number, version, _)| (stream(*number), *version));
    let mut encoder = Encoder::new(start + TimeDelta::microseconds(at), heads, 0);
    for (write, (_, version, events)) in writes.iter().enumerate() {
        for event in 0..*events {
            let data = format!(r#"{{"number":{}}}"#, version.0 + u64::from(event));
            encoder.event(write, "call_held", 1, None, &data);
        }
    }
    CommitBytes::new(encoder.finish().into_bytes())
}

/// A good log: for each commit, the streams that it writes and how many events each gets.
fn good(shape: &[Vec<(u8, u8)>]) -> Given {
    let mut versions: BTreeMap<u8, Version> = BTreeMap::new();
    let mut given = Given { commits: Vec::new(), head: 0, unreadable: None };
    for (at, writes) in (0..).zip(shape) {
        let mut counts: BTreeMap<u8, u8> = BTreeMap::new();
        writes.iter().for_each(|(stream, events)| *counts.entry(*stream).or_default() += events);
        let writes: Vec<_> = counts
            .into_iter()
            .map(|(stream, events)| {
                let version = versions.entry(stream).or_default();
                let first = version.plus(1);
                *version = version.plus(events.into());
                (stream, first, events)
            })
            .collect();
        let events = writes.iter().map(|(.., events)| u64::from(*events)).sum();
        let position = Position::of(given.head + 1);
        given.commits.push((StoredCommit { position, bytes: line(at, &writes) }, events));
        given.head += events;
    }
    given
}

/// What verification finds, by going through everything once.
fn expected(given: &Given) -> Result<Verified, LogError> {
    let mut found = Verified { head: Cut::single(Seq(given.head)), ..Verified::default() };
    let (mut next, mut versions) = (Seq::FIRST, BTreeMap::new());
    for (commit, _) in &given.commits {
        if given.unreadable.is_some_and(|at| at <= commit.position.seq.0) {
            return Err(LogError::Closed);
        }
        if let Err(kind) = add(commit, next, &mut versions, &mut found) {
            found.fault = Some(Corruption::at(Position::of(next.0), kind));
            return Ok(found);
        }
        next = Seq(found.events + 1);
    }
    if next.0 <= given.head {
        let kind = CorruptionKind::Head { expected: Seq(given.head), found: Seq(next.0 - 1) };
        found.fault = Some(Corruption::at(Position::of(next.0), kind));
    }
    Ok(found)
}

fn add(
    commit: &StoredCommit,
    next: Seq,
    versions: &mut BTreeMap<StreamId, Version>,
    found: &mut Verified,
) -> Result<(), CorruptionKind> {
    if commit.position.seq != next {
        return Err(CorruptionKind::Gap { expected: next, found: commit.position.seq });
    }
    let view = commit.bytes.canonical_view()?;
    if let Some(last) = found.last_recorded_at.filter(|last| view.recorded_at <= *last) {
        return Err(CorruptionKind::NotLater { last, found: view.recorded_at });
    }
    for write in &view.writes {
        let version = versions.entry(write.stream).or_default();
        let (stream, expected, found) = (write.stream, version.plus(1), write.version);
        if expected != found {
            return Err(CorruptionKind::Version { stream, expected, found });
        }
        *version = write.last();
    }
    found.commits += 1;
    found.events += view.event_count();
    found.bytes += commit.bytes.as_slice().len() as u64;
    found.streams = versions.len() as u64;
    found.last_recorded_at = Some(view.recorded_at);
    leaf_hashes(commit.bytes.as_slice())?.into_iter().for_each(|leaf| found.tree.push(leaf));
    Ok(())
}

/// Something that can happen to a log.
#[derive(Debug, Clone)]
enum Damage {
    None,
    Bit(Index, Index, u8),
    CutOff(Index, Index),
    Removed(Index),
    LastRemoved,
    Exchanged(Index, Index),
    Unreadable(Index),
}

impl Damage {
    fn apply(&self, given: &mut Given) {
        let count = given.commits.len();
        let mut bytes = |commit: &Index, change: &dyn Fn(&mut Vec<u8>)| {
            let stored = &mut given.commits[commit.index(count)].0;
            let mut bytes = stored.bytes.as_slice().to_vec();
            change(&mut bytes);
            stored.bytes = CommitBytes::new(bytes);
        };
        match self {
            Self::None => {}
            Self::Bit(commit, at, bit) => bytes(commit, &|bytes| {
                let at = at.index(bytes.len());
                bytes[at] ^= 1 << bit;
            }),
            Self::CutOff(commit, at) => {
                bytes(commit, &|bytes| bytes.truncate(at.index(bytes.len())))
            }
            Self::Removed(commit) => drop(given.commits.remove(commit.index(count))),
            Self::LastRemoved => drop(given.commits.pop()),
            Self::Exchanged(one, other) => {
                let (one, other) = (one.index(count), other.index(count));
                let first = given.commits[one].0.bytes.clone();
                let second = std::mem::replace(&mut given.commits[other].0.bytes, first);
                given.commits[one].0.bytes = second;
            }
            Self::Unreadable(commit) => {
                given.unreadable = Some(given.commits[commit.index(count)].0.position.seq.0);
            }
        }
    }
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        Just(Damage::None),
        (any::<Index>(), any::<Index>(), 0_u8..8)
            .prop_map(|(it, at, bit)| Damage::Bit(it, at, bit)),
        (any::<Index>(), any::<Index>()).prop_map(|(it, at)| Damage::CutOff(it, at)),
        any::<Index>().prop_map(Damage::Removed),
        Just(Damage::LastRemoved),
        (any::<Index>(), any::<Index>()).prop_map(|(one, other)| Damage::Exchanged(one, other)),
        any::<Index>().prop_map(Damage::Unreadable),
    ]
}

/// A log as the number of events of each stream that each commit writes.
fn shape() -> impl Strategy<Value = Vec<Vec<(u8, u8)>>> {
    let writes = prop::collection::vec((0_u8..4, 1_u8..4), 1..4);
    prop::collection::vec(writes, 1..24)
}

proptest! {
    #[test]
    fn threads_and_parts_change_nothing(shape in shape(), damage in damage()) {
        let mut given = good(&shape);
        damage.apply(&mut given);
        let expected = format!("{:?}", expected(&given));
        for (threads, events) in [(1, 1_000), (1, 1), (2, 3), (3, 2), (5, 7), (16, 1)] {
            let mut seen = Vec::new();
            let found = verify_in_parts(&given, threads, events, |it| seen.push(it.events));
            prop_assert_eq!(&format!("{:?}", found), &expected, "{} {}", threads, events);
            prop_assert!(seen.is_sorted());
        }
    }
}

#[test]
fn an_empty_log_is_sound() {
    let found = verify_in_parts(&good(&[]), 4, 8, |_| panic!("nothing was read")).unwrap();
    assert!(found.fault.is_none());
    assert_eq!((found.events, found.tree), (0, Frontier::default()));
}

#[test]
fn what_is_recorded_meanwhile_is_left_for_the_next_time() {
    let mut given = good(&[vec![(0, 2)], vec![(1, 2)], vec![(0, 1)]]);
    given.head = 4;
    let found = verify_in_parts(&given, 2, 3, |_| ()).unwrap();
    assert!(found.fault.is_none(), "{found:?}");
    assert_eq!((found.events, found.tree.size()), (4, 4));
}
