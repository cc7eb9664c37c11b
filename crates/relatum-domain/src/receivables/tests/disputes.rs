//! Disputed money stays in the total and is shown apart: rule 7.

use super::{ALL, book, table, view};
use crate::Money;
use crate::event::settlement::{DisputeOpened, DisputeResolved};
use crate::words::{eur, id, invoice, on, paid, schedule, to, usd, voided};

fn disputed(name: &str, installment: Option<u32>, amount: Option<Money>) -> DisputeOpened {
    DisputeOpened {
        dispute: id(name),
        document: id("I1"),
        installment,
        amount,
        reason: None,
        owner: None,
    }
}

fn resolved(name: &str) -> DisputeResolved {
    DisputeResolved { dispute: id(name), resolution: None }
}

#[test]
fn part_or_all_of_an_item_is_disputed_until_it_is_resolved() {
    table(
        [
            on("01-01", invoice("I1", 100_00)),
            on("01-10", disputed("a", None, Some(eur(30_00)))),
            on("01-20", resolved("a")),
            on("02-01", disputed("b", None, None)),
            on("02-05", paid("P1", 40_00, [to("I1", 40_00)])),
            on("02-10", resolved("b")),
        ],
        &[
            ("01-09", ALL, &["I1 100.00"]),
            ("01-10", ALL, &["I1 100.00 (30.00)"]),
            ("01-20", ALL, &["I1 100.00"]),
            ("01-20", 2, &["I1 100.00 (30.00)"]),
            ("02-01", ALL, &["I1 100.00 (100.00)"]),
            ("02-05", ALL, &["I1 60.00 (60.00)"]),
            ("02-10", ALL, &["I1 60.00"]),
        ],
    );
}

#[test]
fn no_more_is_disputed_than_is_open() {
    table(
        [
            on("01-01", invoice("I1", 100_00)),
            on("01-10", disputed("a", None, Some(eur(70_00)))),
            on("01-11", disputed("b", None, Some(eur(70_00)))),
            on("01-20", paid("P1", 60_00, [to("I1", 60_00)])),
            on("01-30", paid("P2", 50_00, [to("I1", 50_00)])),
        ],
        &[
            ("01-11", ALL, &["I1 100.00 (100.00)"]),
            ("01-20", ALL, &["I1 40.00 (40.00)"]),
            ("01-30", ALL, &["I1 -10.00"]),
        ],
    );
}

#[test]
fn a_dispute_names_a_part_or_takes_from_the_oldest_due_on() {
    let parts = [("04-01", 30_00), ("02-01", 50_00), ("03-01", 20_00)];
    table(
        [
            on("01-01", schedule("I1", &parts)),
            on("01-10", disputed("a", Some(0), Some(eur(10_00)))),
            on("01-20", disputed("b", None, Some(eur(60_00)))),
            // A part that is not there: any.
            on("01-30", disputed("c", Some(7), Some(eur(5_00)))),
            on("02-10", paid("P1", 50_00, [to("I1", 50_00)])),
        ],
        &[
            ("01-10", ALL, &["I1/0 30.00 (10.00)", "I1/1 50.00", "I1/2 20.00"]),
            ("01-20", ALL, &["I1/0 30.00 (10.00)", "I1/1 50.00 (50.00)", "I1/2 20.00 (10.00)"]),
            ("01-30", ALL, &["I1/0 30.00 (10.00)", "I1/1 50.00 (50.00)", "I1/2 20.00 (15.00)"]),
            ("02-10", ALL, &["I1/0 30.00 (30.00)", "I1/2 20.00 (20.00)"]),
        ],
    );
}

#[test]
fn a_voided_dispute_never_was_and_one_in_another_currency_is_none() {
    table(
        [
            on("01-01", invoice("I1", 100_00)),
            on("01-10", disputed("a", None, None)),
            on("01-11", disputed("b", None, Some(usd(10_00)))),
            on("01-20", voided(2)),
        ],
        &[("01-11", 3, &["I1 100.00 (100.00)"]), ("01-11", 4, &["I1 100.00"])],
    );
}

#[test]
fn a_dispute_is_found_by_its_id() {
    let book = book([
        on("01-01", invoice("I1", 100_00)),
        on("01-10", disputed("a", None, None)),
        on("01-20", resolved("a")),
    ]);
    let at = |as_of| view(as_of, ALL);
    let both = |day| (book.is_disputed(id("a"), &at(day)), book.has_dispute(id("a"), &at(day)));
    assert_eq!(
        [both("01-09"), both("01-10"), both("01-20")],
        [(false, false), (true, true), (false, true)]
    );
}
