//! What the book promises.

mod decisions;
mod facts;
mod receivables;
mod stories;
mod trade;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use chrono::NaiveDate;
use relatum_domain::EventBody;
use relatum_stream::{EventRef, StreamId, Version};

use crate::{Fact, Options, book};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn today() -> NaiveDate {
    day("2026-11-23")
}

fn default_book() -> Vec<Fact> {
    book(&Options::new(7, today()))
}

/// The facts with their names, in order.
fn named(facts: &[Fact]) -> Vec<(EventRef, &Fact)> {
    let mut counts: BTreeMap<StreamId, u64> = BTreeMap::new();
    facts
        .iter()
        .map(|fact| {
            let count = counts.entry(fact.stream).or_insert(0);
            *count += 1;
            (EventRef::new(fact.stream, Version(*count)), fact)
        })
        .collect()
}

/// The facts that hold in the end: without the voided ones, the amended ones in the place of what
/// they replace.
fn standing(facts: &[Fact]) -> Vec<&Fact> {
    let named = named(facts);
    let mut voided = BTreeSet::new();
    let mut amended: BTreeMap<EventRef, &Fact> = BTreeMap::new();
    for (_, fact) in &named {
        if let Some(of) = fact.event.amends {
            amended.insert(of, fact);
        }
        if let EventBody::EventVoided(body) = &fact.event.body {
            voided.insert(body.event);
        }
    }
    named
        .into_iter()
        .filter(|(name, fact)| fact.event.amends.is_none() && !voided.contains(name))
        .map(|(name, fact)| amended.get(&name).copied().unwrap_or(fact))
        .collect()
}

/// Several books, for what must hold in all of them: seeds, a weekend, a first of January.
fn many() -> &'static [(NaiveDate, Vec<Fact>)] {
    static BOOKS: LazyLock<Vec<(NaiveDate, Vec<Fact>)>> = LazyLock::new(|| {
        let days = ["2026-11-23", "2026-11-28", "2027-01-01", "2026-10-01", "2024-02-29"];
        (0..10)
            .map(|seed| {
                let today = day(days[seed as usize % days.len()]);
                (today, book(&Options::new(seed, today)))
            })
            .collect()
    });
    &BOOKS
}
