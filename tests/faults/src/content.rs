//! What is appended: every commit is a function of a seed and of who appends it.
//!
//! The name of a commit stands in each of its events, so that whoever reads it back can make it
//! again and compare. Owns the content. Knows no store.
//!
//! *Invariant: equal names under equal seeds give equal commits.*

use std::fmt;
use std::str::FromStr;

use relatum_log::{
    EventData, EventType, ExpectedVersion, NewCommit, NewEvent, StreamId, StreamKind, StreamWrite,
};
use uuid::Uuid;

use crate::Outcome;
use crate::draw::Draw;

/// Streams that the commits write to.
const STREAMS: u64 = 24;

/// Which commit: the nth of one thread of one run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Name {
    pub(crate) run: u64,
    pub(crate) thread: u64,
    pub(crate) counter: u64,
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.run, self.thread, self.counter)
    }
}

impl Name {
    /// The name that the data of an event begins with.
    pub(crate) fn in_data(json: &str) -> Option<Self> {
        let mut numbers = json.strip_prefix("{\"by\":[")?.split(']').next()?.split(',');
        let mut number = || numbers.next()?.parse().ok();
        Some(Self { run: number()?, thread: number()?, counter: number()? })
    }
}

/// What kinds of commits there are, and how large.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mix {
    /// Single events and a few streams; one in 400 is large.
    Small,
    /// One in 6 holds 300 KiB.
    Large,
    /// Half of them hold hundreds of events.
    Bulk,
}

impl Mix {
    pub(crate) const ALL: &[Self] = &[Self::Small, Self::Large, Self::Bulk];

    const fn name(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::Large => "large",
            Self::Bulk => "bulk",
        }
    }
}

impl fmt::Display for Mix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Mix {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.iter().find(|mix| mix.name() == text);
        found.copied().ok_or_else(|| format!("no mix is called {text}"))
    }
}

/// Makes the commits of one seed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Author {
    pub(crate) seed: u64,
    /// Another one gives commits of the same shape with other texts.
    pub(crate) salt: u64,
    pub(crate) mix: Mix,
}

impl Author {
    fn draw(self, name: Name) -> Draw {
        Draw::from_parts(&[self.seed, name.run, name.thread, name.counter])
    }

    /// Whether every event of the commit has a key, so that it may be offered again.
    pub(crate) fn is_keyed(self, name: Name) -> bool {
        self.draw(name).once_in(3)
    }

    pub(crate) fn writes(self, name: Name) -> Outcome<Vec<StreamWrite>> {
        let mut draw = self.draw(name);
        let keyed = draw.once_in(3);
        let (streams, events, large) = self.shape(&mut draw);
        let first = draw.below(STREAMS);
        let mut number = 0;
        let mut writes = Vec::new();
        for at in 0..streams {
            let mut write = StreamWrite {
                stream: stream((first + at * 5) % STREAMS),
                expected: ExpectedVersion::Any,
                events: Vec::new(),
            };
            for _ in 0..events {
                let bytes = if large && number == 0 { 300 * 1_024 } else { draw.between(8, 400) };
                let key = format!("{}.{}.{}.{number}", name.run, name.thread, name.counter);
                write.events.push(NewEvent {
                    event_type: EventType::of("call_held"),
                    schema: 1,
                    key: if keyed { Some(key.parse()?) } else { None },
                    data: data(name, number, bytes, self.salt, &mut draw)?,
                });
                number += 1;
            }
            writes.push(write);
        }
        Ok(writes)
    }

    pub(crate) fn commit(self, name: Name) -> Outcome<NewCommit> {
        Ok(NewCommit::Write(self.writes(name)?))
    }

    /// How many streams, how many events in each, and whether one of them is large.
    fn shape(self, draw: &mut Draw) -> (u64, u64, bool) {
        let large = match self.mix {
            Mix::Small => draw.once_in(400),
            Mix::Large => draw.once_in(6),
            Mix::Bulk => false,
        };
        if self.mix == Mix::Bulk && draw.once_in(2) {
            return (draw.between(1, 3), draw.between(50, 200), false);
        }
        match draw.below(10) {
            0..7 => (1, 1, large),
            7..9 => (draw.between(2, 5), draw.between(1, 4), large),
            _ => (1, draw.between(2, 20), large),
        }
    }
}

/// A stream by its number.
pub(crate) fn stream(number: u64) -> StreamId {
    StreamId::new(StreamKind::of("account"), Uuid::from_u128(u128::from(number) + 1))
}

/// Data that hardly gets smaller when compressed.
fn data(name: Name, number: u64, bytes: u64, salt: u64, draw: &mut Draw) -> Outcome<EventData> {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let Name { run, thread, counter } = name;
    let mut text = format!("{{\"by\":[{run},{thread},{counter},{number}],\"text\":\"");
    let mut left = bytes;
    while left > 0 {
        let mut bits = draw.next();
        for _ in 0..left.min(10) {
            let letter = LETTERS.get(usize::try_from((bits ^ salt) % 64)?).copied().unwrap_or(b'A');
            text.push(char::from(letter));
            bits /= 64;
        }
        left -= left.min(10);
    }
    text.push_str("\"}");
    Ok(EventData::from_json(&text)?)
}
