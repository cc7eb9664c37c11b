//! Reminders: levels, pauses, interest, and when one is settled: rule 14.

use super::{ALL, book, view};
use crate::Policies;
use crate::event::Event;
use crate::event::document::InvoiceIssued;
use crate::event::policy::{DunningAfter, DunningLevel, DunningPolicy};
use crate::event::settlement::{
    DisputeOpened, DisputeResolved, RemindedItem, ReminderSent, Reversible,
};
use crate::receivables::{Book, ItemKey, ReminderState};
use crate::words::{
    allocated, at, bounced, credit, day, document, eur, from_document, id, invoice, on, paid,
    reversed, schedule, to,
};

fn levels<const N: usize>(after: [DunningAfter; N]) -> DunningPolicy {
    let level = |after| DunningLevel { after, fee: None };
    DunningPolicy { levels: after.map(level).into(), interest_per_year: None, day_count: None }
}

fn at_rate(rate: &str, day_count: Option<u16>) -> DunningPolicy {
    let interest_per_year = Some(rate.parse().unwrap());
    DunningPolicy { interest_per_year, day_count, ..levels([DunningAfter::DueDays(1)]) }
}

/// An invoice of the first of January, due on a day.
fn due_on(name: &str, minor: i64, due: &str) -> Event {
    on("01-01", InvoiceIssued(document(name, eur(minor)).due(day(due))))
}

fn reminded(name: &str, installment: Option<u32>, level: u8) -> ReminderSent {
    let items = vec![RemindedItem { document: id(name), installment, level }];
    ReminderSent { items, fee: None, interest: None }
}

fn disputed(name: &str, minor: Option<i64>) -> DisputeOpened {
    DisputeOpened {
        dispute: id(name),
        document: id("I1"),
        installment: None,
        amount: minor.map(eur),
        reason: None,
        owner: None,
    }
}

fn resolved(name: &str) -> DisputeResolved {
    DisputeResolved { dispute: id(name), resolution: None }
}

/// What a run would send: `I1 level 1: 100.00`.
fn run(book: &Book, on: &str, policy: &DunningPolicy) -> Vec<String> {
    let rules = Policies::default();
    let due = book.ledger(view(on, ALL).known_at, &rules).dunning(day(on), policy);
    let text = due.iter().map(|it| {
        let asked = it.asked.to_string();
        let name = super::name(&it.item);
        format!("{name} level {}: {}", it.level, asked.trim_end_matches(" EUR"))
    });
    text.collect()
}

#[track_caller]
fn runs(
    events: impl IntoIterator<Item = Event>,
    policy: &DunningPolicy,
    expected: &[(&str, &[&str])],
) {
    let book = book(events);
    for (on, lines) in expected {
        assert_eq!(run(&book, on, policy), *lines, "run of {on}");
    }
}

#[test]
fn a_level_is_reached_after_the_due_day_at_a_months_end_or_after_the_last_reminder() {
    use DunningAfter::{DaysAfterLast, DueDays, EndOfMonthOfDueDays};
    let policy = levels([DueDays(5), EndOfMonthOfDueDays(10), DaysAfterLast(14)]);
    runs(
        [
            due_on("I1", 100_00, "01-10"),
            on("01-16", reminded("I1", None, 1)),
            on("02-03", reminded("I1", None, 2)),
            on("02-20", reminded("I1", None, 3)),
        ],
        &policy,
        &[
            ("01-14", &[]),
            ("01-15", &["I1 level 1: 100.00"]),
            ("01-30", &[]),
            ("01-31", &["I1 level 2: 100.00"]),
            ("02-16", &[]),
            ("02-17", &["I1 level 3: 100.00"]),
            ("12-31", &[]),
        ],
    );
    // A month ends on the last of its days, in a leap year too.
    let policy = levels([EndOfMonthOfDueDays(0)]);
    runs(
        [due_on("I1", 1, "2028-02-10"), due_on("I2", 1, "2026-12-31")],
        &policy,
        &[
            ("2026-12-30", &[]),
            ("2026-12-31", &["I2 level 1: 0.01"]),
            ("2028-02-28", &["I2 level 1: 0.01"]),
            ("2028-02-29", &["I2 level 1: 0.01", "I1 level 1: 0.01"]),
        ],
    );
}

#[test]
fn a_first_level_after_the_last_reminder_counts_from_the_due_day() {
    let policy = levels([DunningAfter::DaysAfterLast(7)]);
    runs(
        [due_on("I1", 100_00, "01-10")],
        &policy,
        &[("01-16", &[]), ("01-17", &["I1 level 1: 100.00"])],
    );
}

#[test]
fn negative_days_remind_before_the_due_day_without_interest() {
    let policy = DunningPolicy {
        interest_per_year: Some("0.08".parse().unwrap()),
        ..levels([DunningAfter::DueDays(-3), DunningAfter::DueDays(2)])
    };
    let events = || [due_on("I1", 100_00, "01-10"), on("01-07", reminded("I1", None, 1))];
    runs(events(), &policy, &[("01-06", &[]), ("01-11", &[]), ("01-12", &["I1 level 2: 100.00"])]);
    let [invoice, _] = events();
    let book = book([invoice]);
    assert_eq!(run(&book, "01-07", &policy), ["I1 level 1: 100.00"]);
    let rules = Policies::default();
    let ledger = book.ledger(view("01-07", ALL).known_at, &rules);
    assert_eq!(ledger.dunning(day("01-10"), &policy)[0].interest, eur(0));
    assert_eq!(ledger.dunning(day("01-11"), &policy)[0].interest, eur(2));
}

#[test]
fn a_run_goes_one_level_further_however_late_it_is() {
    let policy = levels([1, 10, 20].map(DunningAfter::DueDays));
    runs(
        [due_on("I1", 100_00, "01-10"), on("06-01", reminded("I1", None, 1))],
        &policy,
        &[("05-31", &["I1 level 1: 100.00"]), ("06-01", &["I1 level 2: 100.00"])],
    );
}

#[test]
fn disputed_days_do_not_count_and_the_level_is_kept() {
    let policy = levels([5, 15].map(DunningAfter::DueDays));
    let first = || {
        vec![
            due_on("I1", 100_00, "01-10"),
            on("01-12", disputed("a", None)),
            on("01-18", resolved("a")),
        ]
    };
    // Six days, from the 12th to the 17th.
    runs(first(), &policy, &[("01-17", &[]), ("01-20", &[]), ("01-21", &["I1 level 1: 100.00"])]);
    let second = [
        on("01-21", reminded("I1", None, 1)),
        on("01-25", disputed("b", None)),
        on("01-27", resolved("b")),
    ];
    runs(
        first().into_iter().chain(second),
        &policy,
        &[("01-26", &[]), ("02-01", &[]), ("02-02", &["I1 level 2: 100.00"])],
    );
}

#[test]
fn what_is_disputed_of_an_item_is_not_asked_for_and_the_rest_is() {
    let policy = levels([DunningAfter::DueDays(5)]);
    runs(
        [
            due_on("I1", 100_00, "01-10"),
            on("01-11", disputed("a", Some(30_00))),
            on("02-01", paid("P1", 70_00, [to("I1", 70_00)])),
            on("02-10", resolved("a")),
        ],
        &policy,
        &[
            ("01-14", &[]),
            ("01-15", &["I1 level 1: 70.00"]),
            // All of what is open is disputed from the first to the ninth of February.
            ("02-01", &[]),
            ("02-10", &["I1 level 1: 30.00"]),
        ],
    );
}

#[test]
fn regression_disputed_days_before_the_last_reminder_do_not_put_off_the_next_one() {
    let policy = levels([DunningAfter::DueDays(1), DunningAfter::DaysAfterLast(14)]);
    runs(
        [
            due_on("I1", 100_00, "01-10"),
            on("01-11", disputed("a", None)),
            on("01-21", resolved("a")),
            on("01-21", reminded("I1", None, 1)),
            on("01-25", disputed("b", None)),
            on("01-27", resolved("b")),
        ],
        &policy,
        // Fourteen days after the 21st, and the two that were disputed since.
        &[("02-05", &[]), ("02-06", &["I1 level 2: 100.00"])],
    );
}

#[test]
fn each_installment_has_its_level_and_a_reminder_of_the_document_is_of_all() {
    let policy = levels([1, 10].map(DunningAfter::DueDays));
    let owed = || on("01-01", schedule("I1", &[("01-10", 30_00), ("02-10", 70_00)]));
    runs(
        [owed(), on("01-11", reminded("I1", Some(0), 1))],
        &policy,
        &[
            ("01-19", &[]),
            ("01-20", &["I1/0 level 2: 30.00"]),
            ("02-11", &["I1/0 level 2: 30.00", "I1/1 level 1: 70.00"]),
        ],
    );
    runs(
        [owed(), on("01-11", reminded("I1", None, 1))],
        &policy,
        &[
            ("02-19", &["I1/0 level 2: 30.00"]),
            ("02-20", &["I1/0 level 2: 30.00", "I1/1 level 2: 70.00"]),
        ],
    );
}

/// The interest of the first item of which a run would remind.
fn interest(events: impl IntoIterator<Item = Event>, run: &str, policy: &DunningPolicy) -> i64 {
    let (book, rules) = (book(events), Policies::default());
    let due = book.ledger(view(run, ALL).known_at, &rules).dunning(day(run), policy);
    due[0].interest.minor
}

#[test]
fn interest_is_on_what_was_open_on_each_day_after_the_due_day() {
    let policy = at_rate("0.08", None);
    let owed = || due_on("I1", 1000_00, "01-10");
    // 9 days of 1000 and 12 of 600: 16200 x 0.08 / 365 = 3.5507.
    let part = || vec![owed(), on("01-20", paid("P1", 400_00, [to("I1", 400_00)]))];
    assert_eq!(interest(part(), "01-31", &policy), 3_55);
    assert_eq!(interest(part(), "01-11", &policy), 22);
    // The days on which it looked paid cost nothing; those after it came back do.
    let back = part().into_iter().chain([on("01-25", bounced("P1"))]);
    // 9 of 1000, 5 of 600, 7 of 1000: 19000 x 0.08 / 365 = 4.1644.
    assert_eq!(interest(back, "01-31", &policy), 416);
    // Days before the due day cost nothing, whatever was paid then.
    let early = [owed(), on("01-05", paid("P1", 400_00, [to("I1", 400_00)]))];
    // 21 days of 600: 12600 x 0.08 / 365 = 2.7616.
    assert_eq!(interest(early, "01-31", &policy), 2_76);
    // 21 days of 1000 x 0.08 / 360 = 4.6667.
    assert_eq!(interest([owed()], "01-31", &at_rate("0.08", Some(360))), 4_67);
}

#[test]
fn interest_is_rounded_half_up_once_and_not_by_day() {
    // A thousandth a day: of 1.00 a tenth of a cent.
    let policy = at_rate("0.365", None);
    let after = |days: &str| interest([due_on("I1", 1_00, "01-10")], days, &policy);
    assert_eq!(["01-14", "01-15", "01-24", "01-25"].map(after), [0, 1, 1, 2]);
    // Once an item: two of half a cent are two cents.
    let events = [due_on("I1", 1_00, "01-10"), due_on("I2", 1_00, "01-10")];
    let (book, rules) = (book(events), Policies::default());
    let due = book.ledger(view("01-15", ALL).known_at, &rules).dunning(day("01-15"), &policy);
    assert_eq!(due.iter().map(|it| it.interest.minor).collect::<Vec<_>>(), [1, 1]);
}

fn states(events: impl IntoIterator<Item = Event>, days: &[&str]) -> Vec<ReminderState> {
    let (book, rules) = (book(events), Policies::default());
    let ledger = book.ledger(view("01-01", ALL).known_at, &rules);
    days.iter().map(|on| ledger.reminders(day(on))[0].state).collect()
}

#[test]
fn a_reminder_is_resolved_by_what_closes_its_items_and_unresolved_by_a_reversal() {
    use ReminderState::{Resolved, Unresolved};
    let sent = || [due_on("I1", 100_00, "01-10"), on("01-15", reminded("I1", None, 1))];
    let paid_and_back = [
        on("01-20", paid("P1", 99_99, [to("I1", 99_99)])),
        on("01-21", paid("P2", 1, [to("I1", 1)])),
        on("01-25", bounced("P1")),
        on("01-26", reversed(Reversible::Event(at(5)))),
    ];
    let days = ["01-15", "01-20", "01-21", "01-25", "01-26"];
    assert_eq!(
        states(sent().into_iter().chain(paid_and_back), &days),
        [Unresolved, Unresolved, Resolved, Unresolved, Resolved]
    );
    // A credit counts from the day on which it is applied.
    let credited = [
        on("01-20", credit("C1", 100_00, [])),
        on("01-25", allocated(from_document("C1"), [to("I1", 100_00)])),
    ];
    assert_eq!(
        states(sent().into_iter().chain(credited), &["01-20", "01-25"]),
        [Unresolved, Resolved]
    );
}

#[test]
fn a_reminder_of_one_installment_is_resolved_with_it() {
    use ReminderState::{Resolved, Unresolved};
    let events = [
        on("01-01", schedule("I1", &[("01-10", 30_00), ("02-10", 70_00)])),
        on("01-15", reminded("I1", Some(0), 1)),
        on("01-20", paid("P1", 30_00, [to("I1", 30_00)])),
    ];
    assert_eq!(states(events, &["01-19", "01-20"]), [Unresolved, Resolved]);
}

#[test]
fn a_level_is_asked_for_by_day_and_document() {
    let book = book([
        on("01-01", invoice("I1", 100_00)),
        on("01-15", reminded("I1", None, 1)),
        on("02-15", reminded("I1", None, 2)),
    ]);
    let level = |on| book.level_of(id("I1"), None, &view(on, ALL));
    assert_eq!(["01-14", "01-15", "02-15"].map(level), [0, 1, 2]);
    assert_eq!(book.last_reminder(&view("02-14", ALL)), Some(day("01-15")));
    let rules = Policies::default();
    let ledger = book.ledger(view("01-01", ALL).known_at, &rules);
    let key = ItemKey::Document(id("I1"));
    assert_eq!(ledger.reminded(key, day("02-14")), Some((1, day("01-15"))));
    assert_eq!(ledger.reminded(ItemKey::Payment(id("P1")), day("02-14")), None);
}
