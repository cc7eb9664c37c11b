//! Laws of the book: equal to the oracle, conserving, and never rewriting what was seen.

use crate::Policies;
use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use super::histories::{Told, histories, schedules, views};
use super::oracle::{Row, Seen};
use super::plain::{event, nth, open_from_lists, plain_histories};
use crate::decide::State;
use crate::event::EventBody as B;
use crate::event::settlement::{ApplicationKind as Kind, PaidByOther};
use crate::money::Currency;
use crate::receivables::{Book, ItemKey, Receipt, Turn};
use crate::words::{amending, at, day, id, invoice, on, paid, to, voided};
use crate::{Recorded, View};

fn folded(told: &[Told]) -> Book {
    let mut book = Book::default();
    for (at, recorded, event) in told {
        book.evolve(*at, *recorded, event);
    }
    book
}

fn rows(book: &Book, view: &View) -> Vec<Row> {
    let items = book.open_items(view, &Policies::default()).into_iter();
    items.map(|row| (row.item, row.installment, row.open.minor, row.disputed.minor)).collect()
}

fn totals(book: &Book, view: &View) -> BTreeMap<Currency, i64> {
    let mut totals = BTreeMap::new();
    for row in book.open_items(view, &Policies::default()) {
        *totals.entry(row.open.currency).or_default() += row.open.minor;
    }
    totals.retain(|_, total| *total != 0);
    totals
}

/// Opening + invoiced + refunds = open + received + credited + discounts + withheld + netted +
/// written off, and what was settled by or used for other accounts or in other money.
fn conserves(told: &[Told], view: View) -> Result<(), TestCaseError> {
    let (began, movements) = Seen::new(told, view).totals();
    let mut balance: BTreeMap<Currency, i64> = BTreeMap::new();
    for (key, amount) in began {
        // Invoiced and refunded on one side; received and credited on the other.
        let counts = matches!(key, ItemKey::Document(_) | ItemKey::Payment(_) | ItemKey::Refund(_));
        prop_assert!(counts);
        *balance.entry(amount.currency).or_default() += amount.minor;
    }
    for it in movements {
        let within = matches!(it.kind, Kind::Payment | Kind::Credit) && it.paired;
        if !within {
            *balance.entry(it.amount.currency).or_default() += it.amount.minor;
        }
    }
    balance.retain(|_, total| *total != 0);
    prop_assert_eq!(totals(&folded(told), &view), balance);
    Ok(())
}

/// The events effective on or before a day, under their own names.
fn cut(told: &[Told], as_of: chrono::NaiveDate) -> Vec<Told> {
    told.iter().filter(|(.., event)| event.effective <= as_of).cloned().collect()
}

/// What a day shows: rows, receipts and what came back.
fn day_shows(told: &[Told], view: &View) -> (Vec<Row>, Vec<Receipt>, Vec<i64>) {
    let (book, rules) = (folded(told), Policies::default());
    let ledger = book.ledger(view.known_at, &rules);
    let returned = ledger.entries().flat_map(|it| it.returned(view.as_of)).filter(|it| *it != 0);
    (rows(&book, view), ledger.receipts(view.as_of), returned.collect())
}

/// The item that an event makes.
fn made(body: &B) -> Option<ItemKey> {
    match body {
        B::InvoiceIssued(it) => Some(ItemKey::Document(it.0.document)),
        B::CreditNoteIssued(it) => Some(ItemKey::Document(it.document.document)),
        B::PaymentReceived(it) => Some(ItemKey::Payment(it.payment)),
        B::RefundPaid(it) => Some(ItemKey::Refund(it.refund)),
        _ => None,
    }
}

/// The same history without what makes one day depend on a later one: a correction has the day of
/// what it corrects, an id is used again only by an amendment of the event that used it, and the
/// id of another account's payment is that of no payment of this one.
fn of_one_day(mut told: Vec<Told>) -> Vec<Told> {
    let mut days: BTreeMap<_, _> = told.iter().map(|(at, _, it)| (*at, it.effective)).collect();
    for (at, _, event) in &mut told {
        let voided = match &event.body {
            B::EventVoided(it) => Some(it.event),
            _ => None,
        };
        // What amends one event and voids another has one day, which cannot be that of both.
        if voided.is_some() {
            event.amends = None;
        }
        let corrected = event.amends.or(voided).filter(|it| it.version < at.version);
        if let Some(day) = corrected.and_then(|it| days.get(&it)) {
            event.effective = *day;
            days.insert(*at, *day);
        }
    }
    let by_others = |(.., event): &Told| match &event.body {
        B::PaidByOther(it) => Some(ItemKey::Payment(it.payment)),
        _ => None,
    };
    let others: Vec<ItemKey> = told.iter().filter_map(by_others).collect();
    told.retain(|(.., event)| made(&event.body).is_none_or(|key| !others.contains(&key)));
    let mut first: BTreeMap<ItemKey, Vec<relatum_stream::EventRef>> = BTreeMap::new();
    told.retain(|(at, _, event)| {
        let Some(key) = made(&event.body) else { return true };
        let users = first.entry(key).or_default();
        let fresh = users.is_empty() || event.amends.is_some_and(|it| users.contains(&it));
        if fresh {
            users.push(*at);
        }
        fresh
    });
    told
}

#[test]
fn a_day_depends_on_later_ones_by_corrections_and_repeated_ids_only() {
    let differs = |events: &[crate::event::Event], as_of: &str| {
        let told: Vec<Told> = events
            .iter()
            .zip(1..)
            .map(|(event, version)| (at(version), Recorded(version as i64), event.clone()))
            .collect();
        let view = View::as_of(day(as_of));
        day_shows(&told, &view) != day_shows(&cut(&told, view.as_of), &view)
    };
    let owed = || on("01-10", invoice("I1", 100_00));
    // A void or an amendment dated after what it corrects: it never was, on any day.
    assert!(differs(&[owed(), on("02-01", voided(1))], "01-20"));
    assert!(!differs(&[owed(), on("01-10", voided(1))], "01-20"));
    let amended = || on("02-01", invoice("I1", 90_00));
    assert!(differs(&[owed(), amending(1, amended())], "01-20"));
    let same_day = crate::event::Event { effective: day("01-10"), ..amended() };
    assert!(!differs(&[owed(), amending(1, same_day)], "01-20"));
    // One id told twice: the first one that was told, whatever its day.
    assert!(differs(&[amended(), owed()], "01-20"));
    assert!(!differs(&[owed(), amended()], "01-20"));
    // Another account's payment, and later one of this account under the same id.
    let (payer, applications) = (id("parent"), vec![to("I1", 5_00)]);
    let by_other = on("01-15", PaidByOther { payer, payment: id("P1"), applications });
    assert!(differs(&[owed(), by_other, on("02-01", paid("P1", 5_00, []))], "01-20"));
}

proptest! {
    // A failure becomes a test by name, `regression_…`, and not a file of seeds.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_book_shows_what_a_plain_recomputation_shows(
        told in histories(),
        looks in prop::collection::vec(views(), 1..6),
    ) {
        let book = folded(&told);
        for view in looks.into_iter().chain([View::latest()]) {
            prop_assert_eq!(rows(&book, &view), Seen::new(&told, view).rows(), "{:?}", view);
        }
    }

    #[test]
    fn a_schedule_shows_what_cent_by_cent_it_shows(told in schedules()) {
        let book = folded(&told);
        for (_, known_at, _) in &told {
            let view = View { known_at: *known_at, ..View::latest() };
            prop_assert_eq!(rows(&book, &view), Seen::new(&told, view).rows());
        }
    }

    #[test]
    fn nothing_is_lost_at_any_position_on_any_day(told in histories()) {
        for position in 1..=told.len() {
            let known = &told[..position];
            for days in (0..22).step_by(3) {
                let as_of = day("01-01") + chrono::Days::new(days);
                conserves(known, View::as_of(as_of))?;
            }
        }
    }

    #[test]
    fn what_is_recorded_later_never_changes_what_was_seen(
        told in histories(),
        view in views(),
    ) {
        let all = folded(&told);
        for position in 0..told.len() {
            let next = told[position].1;
            let then = View { known_at: view.known_at.min(Recorded(next.0 - 1)), ..view };
            let before = folded(&told[..position]);
            let rules = Policies::default();
            prop_assert_eq!(before.open_items(&then, &rules), all.open_items(&then, &rules));
        }
    }

    #[test]
    fn a_checkpoint_in_the_middle_changes_nothing(
        told in histories(),
        cut in 0..super::histories::LENGTH,
    ) {
        let mut whole = State::default();
        for (at, recorded, event) in &told {
            whole.evolve(*at, *recorded, event);
        }
        let (first, second) = told.split_at(cut.min(told.len()));
        let mut half = State::default();
        for (at, recorded, event) in first {
            half.evolve(*at, *recorded, event);
        }
        let stored = postcard::to_allocvec(&half).unwrap();
        let mut resumed: State = postcard::from_bytes(&stored).unwrap();
        for (at, recorded, event) in second {
            resumed.evolve(*at, *recorded, event);
        }
        let bytes = |state: &State| postcard::to_allocvec(state).unwrap();
        prop_assert_eq!(bytes(&resumed), bytes(&whole));
        prop_assert_eq!(resumed, whole);
    }

    #[test]
    fn every_cent_that_is_open_is_told_step_by_step(told in histories(), view in views()) {
        let book = folded(&told);
        let ledger = book.ledger(view.known_at, &Policies::default());
        for entry in ledger.entries() {
            let rows = entry.open_items(view.as_of);
            let open: i64 = rows.iter().map(|row| row.open.minor).sum();
            prop_assert_eq!(entry.open(view.as_of), open);
            let mut parts: BTreeMap<u32, i64> = BTreeMap::new();
            for (step, part, minor) in entry.told(view.as_of) {
                prop_assert!(step.day <= view.as_of.into());
                *parts.entry(part).or_default() += minor;
            }
            parts.retain(|_, minor| *minor != 0);
            let shown = rows.iter().map(|row| (row.installment.unwrap_or(0), row.open.minor));
            prop_assert_eq!(parts, shown.collect::<BTreeMap<_, _>>());
            let (now, then) = (entry.open(view.as_of), entry.open(chrono::NaiveDate::MAX));
            let future: i64 = entry.future(view.as_of).iter().map(|it| it.minor).sum();
            if rows.len() == 1 && rows[0].installment.is_none() {
                prop_assert_eq!(now - future, then);
            }
        }
    }

    #[test]
    fn every_amount_counts_is_taken_back_and_counts_again_in_turn(
        told in histories(),
        view in views(),
    ) {
        let book = folded(&told);
        let ledger = book.ledger(view.known_at, &Policies::default());
        for entry in ledger.entries() {
            let mut rows: BTreeMap<u32, Vec<(Turn, i64)>> = BTreeMap::new();
            for step in entry.steps() {
                rows.entry(step.row).or_default().push((step.turn, step.amount));
            }
            for turns in rows.into_values() {
                let amount = turns[0].1;
                for (at, (turn, minor)) in turns.into_iter().enumerate() {
                    let (expected, sign) = match at {
                        0 => (Turn::Counts, 1),
                        at if at % 2 == 1 => (Turn::Reversed, -1),
                        _ => (Turn::Again, 1),
                    };
                    prop_assert_eq!((turn, minor), (expected, sign * amount));
                }
            }
        }
    }

    #[test]
    fn every_row_says_no_more_is_disputed_than_is_open(told in histories(), view in views()) {
        for row in folded(&told).open_items(&view, &Policies::default()) {
            prop_assert!(!row.open.is_zero());
            prop_assert!(!row.disputed.is_negative());
            prop_assert!(row.disputed.minor <= row.open.minor.max(0));
        }
    }

    #[test]
    fn a_day_needs_no_event_of_a_later_one(told in histories(), view in views()) {
        let told = of_one_day(told);
        let whole = day_shows(&told, &view);
        prop_assert_eq!(whole, day_shows(&cut(&told, view.as_of), &view));
    }

    #[test]
    fn the_order_in_which_plain_facts_are_told_changes_no_open_item(
        told in plain_histories(),
        places in prop::collection::vec(any::<u32>(), 24),
        same_day in any::<bool>(),
    ) {
        let mut mixed: Vec<_> = told.iter().map(event).zip(places).collect();
        // Either only within each day, or whatever the days.
        mixed.sort_by_key(|(event, place)| (same_day.then_some(event.effective), *place));
        let mut plain: Vec<_> = told.iter().map(event).collect();
        plain.sort_by_key(|event| event.effective);
        let (plain, mixed) = (
            super::book(plain),
            super::book(mixed.into_iter().map(|(event, _)| event)),
        );
        for days in 0..42 {
            let view = View::as_of(nth(days));
            prop_assert_eq!(rows(&plain, &view), rows(&mixed, &view), "day {}", days);
        }
    }

    #[test]
    fn what_is_open_is_what_two_lists_say(
        told in plain_histories(),
        looks in prop::collection::vec(0_u64..42, 1..6),
    ) {
        let book = super::book(told.iter().map(event));
        for days in looks {
            let view = View::as_of(nth(days));
            let open: BTreeMap<ItemKey, i64> =
                rows(&book, &view).into_iter().map(|(key, _, open, _)| (key, open)).collect();
            prop_assert_eq!(open, open_from_lists(&told, days), "day {}", days);
        }
    }
}
