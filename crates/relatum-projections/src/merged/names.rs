//! What events of several streams are called within one, and what the log calls them.
//!
//! Within the stream of an account with which others are one, the version of an event says its
//! turn, its version in its own stream, and that stream. Versions order the events, so the turn
//! stands first. Streams stand in them by their place in a list of the process, which only grows:
//! a state is asked for names by whoever has it, without what it was made of. The place shows
//! nowhere, so nothing depends on who was met first.

use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock};

use relatum_domain::AccountId;
use relatum_stream::{EventRef, StreamId, Version};

/// Marks a version that is none of its stream.
const MARK: u64 = 1 << 63;
/// Bits that say how those before them are shared.
const FORM_BITS: u32 = 2;
/// Bits of the place of a stream.
const PLACE_BITS: u32 = 20;
/// Bits of what is not the turn.
const LOW_BITS: u32 = FORM_BITS + PLACE_BITS;
/// So many streams have a place.
pub(super) const PLACES: usize = 1 << PLACE_BITS;

/// The streams of accounts that were merged, in the order in which they were met.
static MET: RwLock<Met> = RwLock::new(Met { streams: Vec::new(), places: BTreeMap::new() });

struct Met {
    streams: Vec<StreamId>,
    places: BTreeMap<StreamId, u64>,
}

/// The place of a stream; none: there are too many.
pub(super) fn place(stream: StreamId) -> Option<u64> {
    let known = MET.read().unwrap_or_else(PoisonError::into_inner).places.get(&stream).copied();
    if known.is_some() {
        return known;
    }
    let mut met = MET.write().unwrap_or_else(PoisonError::into_inner);
    let next = u64::try_from(met.streams.len()).ok().filter(|next| *next < 1 << PLACE_BITS)?;
    let place = *met.places.entry(stream).or_insert(next);
    if place == next {
        met.streams.push(stream);
    }
    Some(place)
}

/// More accounts are merged than this can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{given} accounts are merged, more than the {limit} that a program can answer for")]
pub struct TooManyMerged {
    /// How many.
    pub given: usize,
    /// How many there may be.
    pub limit: usize,
}

/// What was told of accounts that are one is too long to be told as of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "what was told of account {account} and of those that are one with it changes between them \
     {turns} times, in streams of up to {events} events: more than can be told as of one; split \
     the longest of them off"
)]
pub struct MergedTooLong {
    /// The account that answers for them.
    pub account: AccountId,
    /// How often the next event is one of another stream.
    pub turns: u64,
    /// How many events the longest stream has.
    pub events: u64,
}

/// How many bits of a version are the turn, and how many the version in its own stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Form {
    number: u64,
    turn_bits: u32,
    version_bits: u32,
}

impl Form {
    /// From many short streams to a few long ones.
    const ALL: [Self; 4] = [Self::new(0, 14), Self::new(1, 20), Self::new(2, 26), Self::new(3, 32)];

    const fn new(number: u64, version_bits: u32) -> Self {
        Self { number, turn_bits: 63 - LOW_BITS - version_bits, version_bits }
    }

    /// The one for so many turns, and versions up to this.
    pub(super) fn of(turns: u64, last: u64) -> Option<Self> {
        let fits = |it: &Self| turns >> it.turn_bits == 0 && last >> it.version_bits == 0;
        Self::ALL.into_iter().find(fits)
    }

    /// The one for the longest streams, whatever does not fit.
    pub(super) const fn longest() -> Self {
        Self::new(3, 32)
    }

    /// What an event is called in the joined stream.
    pub(super) fn version(self, turn: u64, stream: StreamId, own: u64) -> u64 {
        let turn = turn.min((1 << self.turn_bits) - 1);
        let own = own.min((1 << self.version_bits) - 1);
        let place = place(stream).unwrap_or_default();
        let high = turn << self.version_bits | own;
        MARK | high << LOW_BITS | place << FORM_BITS | self.number
    }

    fn from(version: u64) -> Self {
        let number = version & ((1 << FORM_BITS) - 1);
        Self::ALL.into_iter().find(|it| it.number == number).unwrap_or(Self::longest())
    }
}

/// The name of the event of `version` of a stream, as the log knows it.
///
/// Of an account with which others are one, a fold knows events by versions of their own: whoever
/// reads a version of a state names the event by this.
#[must_use]
pub fn event(stream: impl Into<StreamId>, version: u64) -> EventRef {
    if version & MARK == 0 {
        return EventRef::new(stream.into(), Version(version));
    }
    let place = (version >> FORM_BITS) & ((1 << PLACE_BITS) - 1);
    let met = MET.read().unwrap_or_else(PoisonError::into_inner);
    let own = usize::try_from(place).ok().and_then(|place| met.streams.get(place)).copied();
    let form = Form::from(version);
    let version = (version >> LOW_BITS) & ((1 << form.version_bits) - 1);
    EventRef::new(own.unwrap_or_else(|| stream.into()), Version(version))
}

#[cfg(test)]
mod tests {
    use relatum_domain::Derived as _;

    use super::*;

    #[test]
    fn versions_are_ordered_by_turn_and_name_the_event() {
        let stream = |name: &str| StreamId::from(AccountId::derived("names", name));
        let told = [("a", 0, 1), ("a", 0, 2), ("b", 1, 1), ("a", 2, 3), ("b", 3, 2)];
        for (turns, last) in [(1 << 20, 9), (9, 1 << 19), (9, 1 << 25), (9, 1 << 31)] {
            let form = Form::of(turns, last).unwrap();
            let mut before = 0;
            for (name, turn, own) in told {
                let version = form.version(turn, stream(name), own);
                assert!(version > before, "{form:?}");
                before = version;
                let named = event(stream("z"), version);
                assert_eq!(named, EventRef::new(stream(name), Version(own)), "{form:?}");
            }
            let last = form.version(turns, stream("b"), last);
            assert!(last > before);
            assert_eq!(event(stream("a"), last).stream, stream("b"));
        }
        assert_eq!(event(stream("a"), 7), EventRef::new(stream("a"), Version(7)));
    }

    #[test]
    fn bits_are_shared_so_that_two_accounts_of_a_million_events_fit() {
        let million = 1_000_000;
        assert!(Form::of(2 * million, million).is_some());
        assert!(Form::of(30_000, 60 * million).is_some());
        assert!(Form::of(100 * million, 10_000).is_some(), "thousands of them");
        assert_eq!(Form::of(1 << 22, 1 << 20), None);
        assert_eq!(Form::of(0, 1 << 32), None);
        for form in Form::ALL {
            assert_eq!(form.turn_bits + form.version_bits + LOW_BITS, 63);
            assert_eq!(Form::from(form.version(1, AccountId::derived("x", "y").into(), 1)), form);
        }
    }
}
