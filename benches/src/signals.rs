//! The signals of one account when it is told something new: one more event folded, and all of them
//! found again. Beside it, the same signals out of all events of the account, folded anew.

use std::hint::black_box;

use chrono::NaiveDate;
use relatum_domain::{AccountId, Event, Gist, Recorded, View};
use relatum_log::Envelope;
use relatum_projections::{ChurnOptions, Models, Norm};

use crate::rounds::{median, time_ratio, timed};
use crate::table::{Figure, Table, thousands, time};
use crate::{Outcome, large};

/// Fewer events make no account that is worth looking at.
const FEWEST: usize = 100;

/// The events of one account, and the states that all others make.
struct Told<'a> {
    account: AccountId,
    events: Vec<&'a Envelope<Event>>,
}

fn folded(events: &[&Envelope<Event>], into: &mut Models) {
    for it in events {
        let gist = Gist::of(it.event, Recorded::from(it.recorded_at), &it.data);
        into.fold_only(ChurnOptions::WHICH, it.event.stream, &[&gist]);
    }
}

/// What is measured of the book of so many accounts, on its last day.
pub(crate) fn measure<W: std::io::Write>(
    accounts: u32,
    today: NaiveDate,
    rounds: usize,
    table: &mut Table<W>,
) -> Outcome<()> {
    let mut all = Vec::new();
    for piece in large::pieces(accounts) {
        all.extend(piece?);
    }
    let view = View::as_of(today);
    let mut book = Models::default();
    all.iter().for_each(|it| book.apply(it));
    let norm = Norm::whole(&view, &Norm::part(&book, &view));
    let mut by_account = std::collections::BTreeMap::<_, Vec<&Envelope<Event>>>::new();
    for it in &all {
        if let Some(account) = AccountId::of_stream(it.event.stream) {
            by_account.entry(account).or_default().push(it);
        }
    }
    let told = by_account.into_iter().map(|(account, events)| Told { account, events });
    let told: Vec<Told<'_>> = told.filter(|it| it.events.len() >= FEWEST).collect();
    let (mut anew, mut again) = (Vec::new(), Vec::new());
    for Told { account, events } in told.iter().cycle().take(told.len() * rounds) {
        let find = |models: &Models| {
            black_box(ChurnOptions::signals((models, &book), &norm, *account, &view));
        };
        let (last, before) = events.split_last().ok_or("no event")?;
        let mut kept = Models::default();
        folded(before, &mut kept);
        find(&kept);
        let one = || {
            folded(&[*last], &mut kept);
            find(&kept);
            Ok(())
        };
        again.push(timed(one)?.0);
        let whole = || {
            let mut models = Models::default();
            folded(events, &mut models);
            find(&models);
            Ok(())
        };
        anew.push(timed(whole)?.0);
    }
    let events: usize = told.iter().map(|it| it.events.len()).sum();
    let each = thousands(events as f64 / told.len().max(1) as f64);
    table.line(&Figure {
        what: &format!("one more event, all signals of an account of {each} events, p50"),
        value: time(median(&again)),
        yardstick: "all events of the account folded anew",
        yardstick_value: time(median(&anew)),
        ratio: Some(time_ratio(&again, &anew)),
    })
}
