//! The law of undoing: after it every answer, every list and every table is what it was before the
//! batch, from every day, however the book is kept.

use std::collections::BTreeMap;

use proptest::prelude::*;
use relatum::domain::event::account::AccountsSplit;
use relatum::domain::{AccountId, Actor, EventBody};
use relatum::{BatchError, Engine, Error, Fact, Offer, RestsOn, Retold, TABLES};
use uuid::Uuid;

use crate::answers::figures;
use crate::batches::{answers, assert_same, import, offer, undo};
use crate::books::{
    account, append, clock, day, demo, event, fill, invoice, on_both, paid, settles, today,
};
use crate::merging::{merge, opened};
use crate::tables::rows;

/// What a batch tells of.
#[derive(Debug, Clone, Copy)]
enum Only {
    Everything,
    Invoices,
    Payments,
    Calls,
}

impl Only {
    fn takes(self, body: &EventBody) -> bool {
        match self {
            Self::Everything => !matches!(body, EventBody::EventVoided(_)),
            Self::Invoices => matches!(body, EventBody::InvoiceIssued(_)),
            Self::Payments => matches!(body, EventBody::PaymentReceived(_)),
            Self::Calls => matches!(body, EventBody::ActivityHeld(_)),
        }
    }
}

/// The demo's book without its last part, and of that what a batch tells: `moved` says of each
/// fact whether it is told of an account of which nobody has heard, and of which.
fn told(only: Only, moved: &[Option<u64>]) -> (Vec<relatum_demo::Fact>, Vec<Offer>) {
    let mut facts = demo(3);
    let rest = facts.split_off(facts.len() * 3 / 5);
    let taken =
        rest.into_iter().filter(|it| it.event.amends.is_none() && only.takes(&it.event.body));
    let offers = taken.enumerate().map(|(at, it)| {
        let is_account = AccountId::of_stream(it.stream).is_some();
        let other = moved.get(at % moved.len().max(1)).copied().flatten().filter(|_| is_account);
        let stream = other.map_or(it.stream, |number| account(9_000 + number).into());
        Offer { stream, event: it.event, once: false, retold: Retold::Amends }
    });
    (facts, offers.collect())
}

/// Everything that can be asked, from a few days.
fn all(engine: &Engine, back: &[u64]) -> BTreeMap<String, String> {
    let mut all = answers(engine);
    for back in back {
        let day = today() - chrono::Days::new(*back);
        let head = engine.head().unwrap();
        let then = figures(engine, day, &head).into_iter();
        let then = then.filter(|(name, _)| name != "policies" && name != "calendar");
        all.extend(then.map(|(name, text)| (format!("{name} of {day}"), text)));
        let book = engine.as_of(day);
        for table in TABLES.iter().copied() {
            if table.rests_on() == RestsOn::Book && *back > 0 {
                continue;
            }
            let rows = rows(&book, table, None);
            all.insert(format!("table {} of {day}", table.name()), format!("{rows:#?}"));
        }
    }
    all
}

fn check(only: Only, moved: &[Option<u64>], live_events: u64, back: &[u64]) {
    let (facts, offers) = told(only, moved);
    assert!(!offers.is_empty(), "{only:?}");
    let clock = clock();
    let engine = Engine::builder().clock(clock.clone()).live_events(live_events);
    let engine = engine.in_memory().unwrap();
    fill(&engine, &clock, &facts);
    let before = all(&engine, back);
    import(&engine, 1, offers);
    let during = all(&engine, back);
    assert_ne!(before, during);
    if moved.iter().any(Option::is_some) {
        assert_ne!(before["accounts"], during["accounts"], "{only:?}");
    }
    undo(&engine, 1).unwrap();
    assert_same(&before, &all(&engine, back));
}

#[test]
fn a_batch_of_one_kind_of_facts_leaves_nothing_behind() {
    let kept = u64::MAX;
    for (only, live_events) in
        [(Only::Invoices, 0), (Only::Payments, kept), (Only::Calls, 0), (Only::Everything, kept)]
    {
        check(only, &[Some(1), None, Some(2)], live_events, &[0, 200]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2))]

    #[test]
    fn whatever_a_batch_tells_and_of_whom(
        only in prop::sample::select(vec![
            Only::Everything, Only::Invoices, Only::Payments, Only::Calls,
        ]),
        moved in prop::collection::vec(prop::option::of(0..4_u64), 1..20),
        live in any::<bool>(),
        back in 0..600_u64,
    ) {
        check(only, &moved, if live { u64::MAX } else { 0 }, &[back]);
    }
}

/// Whether an account is in the list, as of a day.
fn is_there(engine: &Engine, who: u64, on: u64) -> bool {
    let all = engine.as_of(day(on)).accounts().unwrap();
    all.iter().any(|(id, _)| *id == account(who))
}

#[test]
fn an_account_is_there_since_the_first_day_of_what_still_holds() {
    let in_parts = Engine::builder().live_events(0).in_memory().unwrap();
    let seen = |engine: &Engine, who| [5, 15, 25, 35].map(|on| is_there(engine, who, on));
    let test = |engine: &Engine| {
        import(engine, 1, vec![offer(1, invoice(20, 1, 100)), offer(1, invoice(30, 2, 100))]);
        assert_eq!(seen(engine, 1), [false, false, true, true]);
        import(engine, 2, vec![offer(1, invoice(10, 3, 100)), offer(2, invoice(10, 4, 100))]);
        append(engine, vec![Fact::new(account(1), invoice(30, 5, 100))]);
        assert_eq!(seen(engine, 1), [false, true, true, true]);
        undo(engine, 2).unwrap();
        assert_eq!(seen(engine, 1), [false, false, true, true]);
        assert_eq!(seen(engine, 2), [false; 4]);
        undo(engine, 1).unwrap();
        assert_eq!(seen(engine, 1), [false, false, false, true], "what no batch told stays");
        import(engine, 3, vec![offer(2, invoice(10, 4, 100))]);
        assert_eq!(seen(engine, 2), [false, true, true, true], "told again");
    };
    test(&in_parts);
    on_both(test);
}

#[test]
fn an_account_told_of_by_something_else_than_an_opening_is_in_the_list_of_a_large_book_too() {
    let payment = || paid(5, 1, 100, vec![settles(1, 100)]);
    for live_events in [u64::MAX, 0] {
        let engine = Engine::builder().live_events(live_events).in_memory().unwrap();
        append(&engine, vec![Fact::new(account(1), payment())]);
        assert_eq!([4, 5].map(|on| is_there(&engine, 1, on)), [false, true], "{live_events}");
        let name = engine.as_of(day(9)).account(account(1)).unwrap().name;
        assert_eq!(name, account(1).to_string());
    }
}

#[test]
fn a_merge_of_an_account_that_only_a_batch_tells_of_keeps_the_batch() {
    on_both(|engine| {
        append(engine, vec![Fact::new(account(1), invoice(1, 1, 100))]);
        let named = event(1, "open", opened("Two", None));
        let cases =
            [(1, named, true), (2, invoice(1, 2, 100), true), (3, invoice(1, 3, 100), false)];
        for (number, told, is_kept) in cases {
            let who = 10 + number;
            import(engine, number.into(), vec![offer(who, told)]);
            let (kept, merged) = if is_kept { (1, who) } else { (who, 1) };
            let told = merge(engine, kept, merged).unwrap().events[0];
            let head = engine.head().unwrap();
            let plan = engine.undo_plan(Uuid::from_u128(number.into()).into()).unwrap();
            let first = &plan.first_dependants[0];
            assert_eq!((first.event_type, first.event), ("accounts_merged", told));
            let refused = undo(engine, number.into()).unwrap_err();
            let rests = |error: &Error| match error {
                Error::Batch(BatchError::DependedOn { events, first, .. }) => (*events, *first),
                other => panic!("{other}"),
            };
            assert_eq!(rests(&refused), (1, told), "{number}");
            assert!(refused.to_string().contains("split the accounts"), "{refused}");
            assert_eq!(engine.head().unwrap(), head, "nothing was done");
            let account = account(merged);
            let split = AccountsSplit { account, reason: None };
            engine.split_account(day(60), Actor::system("test"), split).unwrap();
            undo(engine, number.into()).unwrap();
            assert!(!is_there(engine, who, 99));
        }
        // Of account 1 others tell: what a batch adds to it may go.
        import(engine, 9, vec![offer(1, invoice(1, 9, 100))]);
        append(engine, vec![Fact::new(account(2), invoice(1, 8, 100))]);
        merge(engine, 2, 1).unwrap();
        undo(engine, 9).unwrap();
    });
}
