//! What is dated ahead, and what will remain: rule 8.

use super::{ALL, book, view};
use crate::Policies;
use crate::event::Event;
use crate::receivables::ItemKey;
use crate::words::{
    bounced, credit, eur, from_payment, id, invoice, on, paid, schedule, to, undone,
};

/// What is open of the first invoice's parts, and what of it will be settled later.
#[track_caller]
fn ahead(events: impl IntoIterator<Item = Event>, expected: &[(&str, &[(i64, i64)])]) {
    let (book, rules) = (book(events), Policies::default());
    let ledger = book.ledger(view("01-01", ALL).known_at, &rules);
    let entry = ledger.entry(ItemKey::Document(id("I1"))).unwrap();
    for (as_of, rows) in expected {
        let day = crate::words::day(as_of);
        let open = entry.open_items(day).into_iter().map(|it| it.open);
        let found: Vec<_> = open.zip(entry.future(day)).collect();
        let rows: Vec<_> = rows.iter().map(|(open, later)| (eur(*open), eur(*later))).collect();
        assert_eq!(found, rows, "as of {as_of}");
    }
}

#[test]
fn what_is_dated_ahead_is_told_apart_until_its_day() {
    ahead(
        [
            on("01-01", invoice("I1", 100_00)),
            on("01-10", paid("P1", 40_00, [to("I1", 40_00).dated("03-01")])),
            on("04-01", credit("C1", 10_00, [to("I1", 10_00)])),
            on("05-01", undone(from_payment("P1"), [to("I1", 15_00)])),
        ],
        &[
            ("01-10", &[(100_00, 35_00)]),
            ("03-01", &[(60_00, -5_00)]),
            ("04-01", &[(50_00, -15_00)]),
            ("05-01", &[(65_00, 0)]),
        ],
    );
}

#[test]
fn what_will_be_taken_back_again_will_not_be_settled() {
    ahead(
        [
            on("01-01", invoice("I1", 100_00)),
            on("02-01", paid("P1", 100_00, [to("I1", 100_00)])),
            on("03-01", bounced("P1")),
        ],
        &[("01-31", &[(100_00, 0)]), ("02-01", &[]), ("03-01", &[(100_00, 0)])],
    );
}

#[test]
fn each_installment_has_a_future_of_its_own() {
    ahead(
        [
            on("01-01", schedule("I1", &[("02-01", 30_00), ("03-01", 70_00)])),
            on("02-15", paid("P1", 50_00, [to("I1", 50_00)])),
        ],
        &[("01-01", &[(30_00, 30_00), (70_00, 20_00)]), ("02-15", &[(50_00, 0)])],
    );
}
