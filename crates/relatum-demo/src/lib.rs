//! A seeded book of business: invented accounts, two years of history, a worklist for today.
//!
//! Owns the story of the demo and nothing else: facts come out, and whoever asked for them puts
//! them into a log. Knows no clock, file, log or engine.
//!
//! *Invariant: equal options give equal facts, on every platform.*
//!
//! One file a family of facts; [`StoryLine`] lists the parts that accounts play. Forty accounts
//! over two years come to some 12,000 facts, a thousand to some 290,000.
#![forbid(unsafe_code)]

mod activities;
mod agreements;
mod calendar;
mod catalogue;
mod claims;
mod desk;
mod draw;
mod invoicing;
mod item;
mod journal;
mod market;
mod names;
mod opening;
mod options;
mod organisation;
mod payment;
mod pipeline;
mod profile;
mod settlement;
mod story;
mod tenant;
mod trade;
mod troubles;
mod voice;
mod week;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub use journal::Fact;
pub use options::{Options, Scale};
pub use story::{Story, StoryLine, stories};

use calendar::Span;
use desk::Desk;
use draw::Draw;
use journal::Journal;
use market::Markets;
use organisation::Staff;
use profile::Profile;

/// The facts of a book as it lies open in the morning of `options.today`.
///
/// Shape: ascending by `recorded_at`, all of it on working days before today; in each stream no
/// instant twice. A reference to an event counts the facts of its stream in this order, from 1:
/// append each stream in order, from empty, and every [`EventRef`](relatum_stream::EventRef) is
/// right. A payment for another account and its counterpart follow each other in one instant:
/// one commit. Personal and secret fields are clear.
/// Invariant: no fact is effective after today; what is to come are plans, whose own days are.
///
/// # Example
/// ```
/// use chrono::NaiveDate;
/// use relatum_demo::{Options, book};
/// let today = NaiveDate::from_ymd_opt(2026, 11, 23).ok_or("no day")?;
/// let facts = book(&Options::new(7, today).accounts(5));
/// let opened = facts.iter().filter(|fact| fact.event.body.event_type() == "account_opened");
/// assert_eq!(opened.count(), 5);
/// # Ok::<(), &str>(())
/// ```
#[must_use]
pub fn book(options: &Options) -> Vec<Fact> {
    // The three currencies are in every list of currencies: there is always a book.
    Markets::new().map(|markets| written(options, &markets)).unwrap_or_default()
}

fn written(options: &Options, markets: &Markets) -> Vec<Fact> {
    let accounts = options.scale.accounts;
    let managers = options.scale.managers();
    let span = Span::new(options.today, options.scale.quarters);
    let mut journal = Journal::new(span);
    let staff = Staff::new(managers, &span);
    let mut draw = Draw::of(options.seed, 0);
    tenant::write(&mut journal, markets, &span);
    staff.write(&mut journal, &span, &mut draw);
    let mut sales = Vec::new();
    let mut ranks: BTreeMap<u32, u32> = BTreeMap::new();
    for index in 0..accounts {
        // A stream of choices for each account: one story more leaves the others as they are.
        let mut choices = Draw::of(options.seed, u64::from(index) + 1);
        let who = Profile::new(index, managers, markets, &span, &mut choices);
        let mut desk = Desk::new(&mut journal, choices, &who, &staff, span);
        account(&mut desk, accounts, &mut ranks);
        sales.append(&mut desk.sales);
    }
    staff.quotas(&mut journal, &span, markets, &sales, &mut draw);
    journal.finish()
}

fn account(desk: &mut Desk<'_>, accounts: u32, ranks: &mut BTreeMap<u32, u32>) {
    opening::write(desk, accounts);
    agreements::write(desk);
    let mut items = trade::write(desk);
    claims::write(desk, &mut items);
    settlement::write(desk, &mut items, accounts);
    troubles::insolvency(desk, &mut items);
    troubles::hold(desk);
    troubles::reminders(desk, &items);
    troubles::promises(desk, &items);
    opening::limit(desk);
    activities::write(desk);
    if week::is_planned(desk.who.story) {
        let rank = ranks.entry(desk.who.manager).or_insert(0);
        week::write(desk, *rank);
        *rank += 1;
    }
    week::missed(desk);
    pipeline::write(desk);
    voice::write(desk, &items);
}
