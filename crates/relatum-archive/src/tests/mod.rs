//! Books of the demo, written as archives and read again.

mod damage;
mod folding;
mod layout;
mod refusing;

use chrono::{DateTime, NaiveDate, Utc};
use relatum::{Engine, Fact};
use relatum_demo::Options;
use relatum_log::{Clock as _, ManualClock};

pub(crate) fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 23).unwrap()
}

/// A book with so many accounts, of some of the facts of the demo.
pub(crate) fn book(seed: u64, accounts: u32, facts: usize) -> Engine {
    let mut book = Growing::new(seed, accounts);
    book.grow(facts);
    book.engine
}

/// A book that takes the facts of the demo in bit by bit.
pub(crate) struct Growing {
    pub(crate) engine: Engine,
    clock: ManualClock,
    facts: Vec<relatum_demo::Fact>,
    at: usize,
}

impl Growing {
    pub(crate) fn new(seed: u64, accounts: u32) -> Self {
        let clock = ManualClock::at(DateTime::<Utc>::UNIX_EPOCH);
        let engine = Engine::builder().clock(clock.clone()).in_memory().unwrap();
        let facts = relatum_demo::book(&Options::new(seed, today()).accounts(accounts));
        Self { engine, clock, facts, at: 0 }
    }

    /// Takes about so many more facts in; what shares an instant goes in one commit.
    pub(crate) fn grow(&mut self, count: usize) {
        let end = (self.at + count).min(self.facts.len());
        while self.at < end {
            let instant = self.facts[self.at].recorded_at;
            let rest = &self.facts[self.at..];
            let same = rest.iter().take_while(|it| it.recorded_at == instant).count();
            self.clock.set(instant);
            assert!(self.clock.now() == instant);
            let facts = &rest[..same];
            let facts = facts.iter().map(|it| Fact::new(it.stream, it.event.clone())).collect();
            self.engine.append(facts).unwrap();
            self.at += same;
        }
    }
}
