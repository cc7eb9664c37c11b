//! Signals and stakes against what the raw events come to.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use proptest::prelude::*;
use relatum_domain::event::activity::Outcome;
use relatum_domain::event::policy::SignalKind;
use relatum_domain::{AccountId, EventBody, View};
use relatum_projections::{Figures, Row, SalesBy, SalesOptions};

use super::*;
use crate::generated::{book, ops};
use crate::raw::Shown;

/// The days on which one of these events happened, each once.
fn days(shown: &Shown<'_>, who: AccountId, counts: impl Fn(&EventBody) -> bool) -> Vec<NaiveDate> {
    let mut days: Vec<NaiveDate> =
        shown.of(who).filter(|it| counts(&it.data.body)).map(|it| it.data.effective).collect();
    days.sort();
    days.dedup();
    days
}

/// The middle value, the lower one of two.
fn median(mut values: Vec<i64>) -> i64 {
    values.sort();
    values[(values.len() - 1) / 2]
}

/// Days since the last contact, and the usual gap of the last 24.
fn contact(shown: &Shown<'_>, who: AccountId) -> Option<(i64, Option<i64>)> {
    // One identity is held once, and a plan is held on its day: told apart by the lines of
    // activities elsewhere. Here only activities that nobody planned count.
    let held = days(shown, who, |body| match body {
        EventBody::ActivityHeld(held) => held.outcome != Outcome::NotReached,
        _ => false,
    });
    let last = held.last()?;
    let lately = &held[held.len().saturating_sub(25)..];
    let gaps: Vec<i64> = lately.windows(2).map(|pair| (pair[1] - pair[0]).num_days()).collect();
    let usual = (lately.len() >= 3).then(|| median(gaps));
    Some(((shown.view.as_of - *last).num_days(), usual))
}

/// How many complaints are open, how many of them for more than 14 days, how many came again.
fn complaints(shown: &Shown<'_>, who: AccountId) -> (i64, i64) {
    let today = shown.view.as_of;
    let over: BTreeSet<_> = shown
        .of(who)
        .filter_map(|it| match &it.data.body {
            EventBody::ComplaintResolved(over) => Some(over.complaint),
            _ => None,
        })
        .collect();
    let (mut open, mut points) = (0, 0);
    let mut causes: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for it in shown.of(who) {
        let EventBody::ComplaintMade(made) = &it.data.body else { continue };
        let age = (today - it.data.effective).num_days();
        if !over.contains(&made.complaint) {
            open += 1;
            points += if age > 14 { 2 } else { 1 };
        }
        if age < 365 {
            causes.entry(made.cause.clone()).or_default().push(age);
        }
    }
    let again = causes.values().filter(|ages| ages.len() > 1 && ages.iter().any(|age| *age <= 91));
    (open, points + again.count() as i64)
}

proptest! {
    #![proptest_config(crate::generated::books(192))]

    #[test]
    fn signals_are_what_the_raw_events_come_to(
        ops in ops(90),
        on in 0..400_i64,
        cut in any::<prop::sample::Index>(),
    ) {
        let raw = book(&ops);
        let models = raw.models();
        let known = raw.known(cut.index(raw.events.len() + 1));
        for view in [View::as_of(day(on)), View::as_of(day(on)).known_at(known)] {
            let shown = raw.shown(&view);
            let report = report(&raw, &view);
            for line in &report.lines {
                for signal in &line.signals {
                    let who = line.account;
                    match signal.name {
                        SignalKind::Complaints => {
                            let (open, points) = complaints(&shown, who);
                            prop_assert_eq!(signal.value, Some(open));
                            prop_assert_eq!(signal.measure, Some(points));
                        }
                        SignalKind::Contact if !has_plans(&shown, who) => {
                            let found = contact(&shown, who);
                            prop_assert_eq!(signal.value, found.map(|it| it.0));
                            prop_assert_eq!(signal.baseline, found.and_then(|it| it.1));
                        }
                        _ => {}
                    }
                    for event in &signal.evidence {
                        prop_assert!(shown.of(event.stream).any(|it| it.event == *event));
                    }
                    prop_assert!(signal.percentile.is_none_or(|it| it < 100));
                    prop_assert!(signal.state != InsufficientData || signal.measure.is_none());
                }
                prop_assert_eq!(Some(line.state), line.signals.iter().map(|it| it.state).max());
            }
            // Listed is who is known by then and neither closed nor the unassigned account.
            let listed: BTreeSet<_> = report.lines.iter().map(|line| line.account).collect();
            for number in 0..3 {
                let profile = models.directory.account(account(number), &view);
                let wanted = profile.is_some_and(|it| !it.closed && !it.unassigned);
                prop_assert_eq!(listed.contains(&account(number)), wanted);
            }
        }
    }

    /// What an account has at stake is what it bought: net sales without adjustments.
    #[test]
    fn what_is_at_stake_is_what_was_sold(ops in ops(90), on in 240..300_i64) {
        let raw = book(&ops);
        let (models, view) = (raw.models(), View::as_of(day(on)));
        let sales = Figures::of(&SalesOptions::by(SalesBy::Account), &models, &view);
        let net = sales.column("net").unwrap();
        let adjusted = sales.column("adjusted").unwrap();
        for line in report(&raw, &view).lines {
            let orders = days(&raw.shown(&view), line.account, |body| {
                matches!(body, EventBody::OrderPlaced(_))
            });
            let Some(stake) = line.at_stake.filter(|_| !orders.is_empty()) else { continue };
            let of = sales.lines.iter().find(|it| {
                it.row == Row::Account(line.account) && it.currency == stake.currency
            });
            let sold = of.map_or(0, |it| it.cells[net] - it.cells[adjusted]);
            prop_assert_eq!(stake.micro, sold);
        }
    }
}

/// Whether anything was ever planned with the account.
fn has_plans(shown: &Shown<'_>, who: AccountId) -> bool {
    let mut held = BTreeSet::new();
    shown.held.iter().filter(|it| it.event.stream == who.into()).any(|it| match &it.data.body {
        EventBody::ActivityPlanned(_) => true,
        // One identity is held once.
        EventBody::ActivityHeld(it) => !held.insert(it.activity),
        _ => false,
    })
}
