//! The signals of one account when it is told something new: one more event folded, and all of them
//! found again. Beside it, the same signals out of all events of the account, folded anew.

use std::collections::BTreeMap;
use std::hint::black_box;

use chrono::NaiveDate;
use relatum_demo::{Fact, Options};
use relatum_domain::{AccountId, Gist, Recorded, View};
use relatum_projections::{ChurnOptions, Models, Norm, Which};
use relatum_stream::{EventRef, StreamId, Version};

use crate::Outcome;
use crate::rounds::{median, time_ratio, timed};
use crate::table::{Figure, Table, thousands, time};

/// Fewer events make no account that is worth looking at.
const FEWEST: usize = 100;

/// An event with its name.
type Told = (EventRef, Fact);

fn folded<'a>(events: impl IntoIterator<Item = &'a Told>, which: Which, into: &mut Models) {
    for (at, it) in events {
        let gist = Gist::of(*at, Recorded::from(it.recorded_at), &it.event);
        into.fold_only(which, at.stream, &[&gist]);
    }
}

/// The generated book, each event with its name.
fn told(accounts: u32, today: NaiveDate) -> Vec<Told> {
    let mut versions: BTreeMap<StreamId, u64> = BTreeMap::new();
    let facts = relatum_demo::book(&Options::new(7, today).accounts(accounts)).into_iter();
    let named = |it: Fact| {
        let version = versions.entry(it.stream).or_default();
        *version += 1;
        (EventRef::new(it.stream, Version(*version)), it)
    };
    facts.map(named).collect()
}

/// What is measured of the book of so many accounts, on its last day.
pub(crate) fn measure<W: std::io::Write>(
    accounts: u32,
    today: NaiveDate,
    rounds: usize,
    table: &mut Table<W>,
) -> Outcome<()> {
    let all = told(accounts, today);
    let view = View::as_of(today);
    let mut book = Models::default();
    folded(&all, Which::ALL, &mut book);
    let norm = Norm::whole(&view, &Norm::part(&book, &view));
    let mut told: BTreeMap<AccountId, Vec<Told>> = BTreeMap::new();
    for it in all {
        if let Some(account) = AccountId::of_stream(it.0.stream) {
            told.entry(account).or_default().push(it);
        }
    }
    told.retain(|_, events| events.len() >= FEWEST);
    let (mut anew, mut again) = (Vec::new(), Vec::new());
    for (account, events) in told.iter().cycle().take(told.len() * rounds) {
        let find = |models: &Models| {
            black_box(ChurnOptions::signals((models, &book), &norm, *account, &view));
        };
        let (last, before) = events.split_last().ok_or("no event")?;
        let mut kept = Models::default();
        folded(before, ChurnOptions::WHICH, &mut kept);
        find(&kept);
        let one = || {
            folded([last], ChurnOptions::WHICH, &mut kept);
            find(&kept);
            Ok(())
        };
        again.push(timed(one)?.0);
        let whole = || {
            let mut models = Models::default();
            folded(events, ChurnOptions::WHICH, &mut models);
            find(&models);
            Ok(())
        };
        anew.push(timed(whole)?.0);
    }
    let events: usize = told.values().map(Vec::len).sum();
    let each = thousands(events as f64 / told.len().max(1) as f64);
    table.line(&Figure {
        what: &format!("one more event, all signals of an account of {each} events, p50"),
        value: time(median(&again)),
        yardstick: "all events of the account folded anew",
        yardstick_value: time(median(&anew)),
        ratio: Some(time_ratio(&again, &anew)),
    })
}
