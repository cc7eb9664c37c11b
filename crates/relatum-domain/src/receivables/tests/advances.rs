//! An advance over a schedule, under the rule of its own day: rule 6.

use super::{ALL, book, rules, text, view};
use crate::Policies;
use crate::event::Event;
use crate::event::policy::{AdvanceRule, Policy};
use crate::event::settlement::{Application, PaymentReceived};
use crate::words::{bounced, on, paid, schedule, to};

fn owed() -> Event {
    on("01-01", schedule("I1", &[("02-01", 30_00), ("03-01", 70_00)]))
}

fn advance(name: &str, minor: i64) -> PaymentReceived {
    PaymentReceived { advance: true, ..paid(name, minor, [to("I1", minor)]) }
}

fn oldest_first(from: &str) -> Policies {
    rules([(from, Policy::Advance(AdvanceRule::OldestFirst))])
}

#[track_caller]
fn open(
    events: impl IntoIterator<Item = Event>,
    policies: &Policies,
    expected: &[(&str, &[&str])],
) {
    let book = book(events);
    for (as_of, rows) in expected {
        let items = book.open_items(&view(as_of, ALL), policies);
        assert_eq!(items.iter().map(text).collect::<Vec<_>>(), *rows, "as of {as_of}");
    }
}

#[test]
fn an_advance_reduces_each_part_by_its_share_and_a_plain_payment_the_oldest() {
    let standard = Policies::default();
    open(
        [owed(), on("01-10", advance("P1", 50_00))],
        &standard,
        &[("01-10", &["I1/0 15.00", "I1/1 35.00"])],
    );
    open(
        [owed(), on("01-10", paid("P1", 50_00, [to("I1", 50_00)]))],
        &standard,
        &[("01-10", &["I1/1 50.00"])],
    );
    // What is left over by whole cents goes to the largest rest.
    open(
        [owed(), on("01-10", advance("P1", 5))],
        &standard,
        &[("01-10", &["I1/0 29.98", "I1/1 69.97"])],
    );
}

#[test]
fn the_rule_of_the_day_on_which_it_is_applied_holds_for_good() {
    let events = || [owed(), on("01-10", advance("P1", 50_00)), on("01-20", advance("P2", 10_00))];
    let expected: &[(&str, &[&str])] =
        &[("01-19", &["I1/0 15.00", "I1/1 35.00"]), ("01-20", &["I1/0 5.00", "I1/1 35.00"])];
    open(events(), &oldest_first("01-20"), expected);
    // A day later both are by their shares, a good while before neither is.
    open(events(), &oldest_first("01-21"), &[("01-31", &["I1/0 12.00", "I1/1 28.00"])]);
    open(events(), &oldest_first("01-01"), &[("01-31", &["I1/1 40.00"])]);
    let back = rules([
        ("01-01", Policy::Advance(AdvanceRule::OldestFirst)),
        ("01-15", Policy::Advance(AdvanceRule::ProRata)),
    ]);
    open(events(), &back, &[("01-31", &["I1/1 40.00"])]);
}

#[test]
fn an_advance_that_names_its_part_or_comes_back_shares_nothing() {
    let named = Application { installment: Some(1), ..to("I1", 50_00) };
    let it = PaymentReceived { advance: true, ..paid("P1", 50_00, [named]) };
    open(
        [owed(), on("01-10", it)],
        &Policies::default(),
        &[("01-10", &["I1/0 30.00", "I1/1 20.00"])],
    );
    open(
        [owed(), on("01-10", advance("P1", 50_00)), on("01-20", bounced("P1"))],
        &Policies::default(),
        &[("01-20", &["I1/0 30.00", "I1/1 70.00"])],
    );
}
