//! The large book: so many accounts of a hundred events each, made slice by slice and put straight
//! into a replay cache, so that making it needs neither a log nor the memory of all of it.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::NaiveDate;
use relatum_demo::{Fact, Options};
use relatum_domain::{AccountId, Event, EventBody};
use relatum_log::{Envelope, EventType, Position, TreeHash};
use relatum_replay::Replay;
use relatum_stream::{EventRef, StreamId, Version};
use uuid::Uuid;

use crate::Outcome;

/// Accounts generated at once.
const SLICE: u32 = 1_000;
/// Events of an account, at most; the generated ones have more.
const EVENTS: u64 = 100;
/// Events of a run before any merging.
const RUN: usize = 65_536;

/// The slices of a book of so many accounts: no stream is in two of them.
pub(crate) fn slices(accounts: u32) -> impl Iterator<Item = Outcome<Vec<(EventRef, Fact)>>> {
    let full = SLICE;
    (0..accounts.div_ceil(full))
        .map(move |number| slice(number, full.min(accounts - number * full)))
}

/// One slice, of so many accounts.
pub(crate) fn slice(number: u32, accounts: u32) -> Outcome<Vec<(EventRef, Fact)>> {
    let today = NaiveDate::from_ymd_opt(2026, 11, 23).ok_or("no such day")?;
    let mut options = Options::new(7 + u64::from(number), today).accounts(accounts);
    options.scale.quarters = 4;
    let mut versions: BTreeMap<StreamId, u64> = BTreeMap::new();
    let facts = relatum_demo::book(&options).into_iter().filter_map(|fact| {
        let fact = moved(fact, number);
        let version = versions.entry(fact.stream).or_default();
        *version += 1;
        let is_account = AccountId::of_stream(fact.stream).is_some();
        let at = EventRef::new(fact.stream, Version(*version));
        (!is_account || *version <= EVENTS).then_some((at, fact))
    });
    Ok(facts.collect())
}

/// The same fact about a stream of the slice's own.
fn moved(fact: Fact, slice: u32) -> Fact {
    let own = |stream: StreamId| {
        let id = Uuid::from_u128(stream.id.as_u128() ^ (u128::from(slice) << 64));
        StreamId::new(stream.kind, id)
    };
    let name = |event: EventRef| EventRef::new(own(event.stream), event.version);
    let mut event: Event = fact.event;
    event.amends = event.amends.map(name);
    if let EventBody::EventVoided(voided) = &mut event.body {
        voided.event = name(voided.event);
    }
    Fact { stream: own(fact.stream), event, ..fact }
}

/// The book as a log would give it, in pieces.
pub(crate) fn pieces(accounts: u32) -> impl Iterator<Item = Outcome<Vec<Envelope<Event>>>> {
    let mut seq = 0;
    slices(accounts).map(move |slice| {
        let envelopes = slice?.into_iter().map(|(at, fact)| {
            seq += 1;
            Envelope {
                event: at,
                position: Position::of(seq),
                recorded_at: fact.recorded_at,
                event_type: EventType::of(fact.event.body.event_type()),
                schema: fact.event.body.schema(),
                key: None,
                data: fact.event,
            }
        });
        Ok(envelopes.collect())
    })
}

/// Makes the cache of such a book in `folder`, and gives its number of events.
pub(crate) fn make(folder: &Path, accounts: u32) -> Outcome<u64> {
    let mut replay = Replay::open(folder, |_| true);
    for piece in pieces(accounts) {
        for events in piece?.chunks(RUN) {
            replay.append(events)?;
            replay.keep(TreeHash::empty())?;
        }
    }
    replay.compact()?;
    Ok(replay.upto().0)
}
