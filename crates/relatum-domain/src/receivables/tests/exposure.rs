//! What may be lost, by kind, and what was told of limits and holds: rules 9 and 16.

use super::{ALL, book, file, view};
use crate::Policies;
use crate::event::Event;
use crate::event::credit::{
    ApprovalGiven, CheckResult, CreditChecked, CreditHeld, CreditLimitSet, CreditReleased,
    ExposureKind,
};
use crate::event::document::{DraftSaved, InvoiceIssued};
use crate::event::settlement::Reversible;
use crate::receivables::Exposure;
use crate::words::{
    allocated, at, bounced, credit, day, document, eur, from_payment, id, invoice, on, paid,
    reversed, schedule, to, usd, voided,
};

fn due_on(name: &str, minor: i64, due: &str) -> InvoiceIssued {
    InvoiceIssued(document(name, eur(minor)).due(day(due)))
}

fn exposure(events: &[Event], as_of: &str, grace: u16) -> Exposure {
    let (book, file) = (book(events.to_vec()), file(events.to_vec()));
    let (view, rules) = (view(as_of, ALL), Policies::default());
    let ledger = book.ledger(view.known_at, &rules);
    let risks = file.risks(&ledger, grace, &view, view.as_of);
    Exposure::sum(&risks, eur(0).currency, None).0
}

fn euros(of: Exposure) -> Exposure {
    Exposure { currency: eur(0).currency, ..of }
}

#[test]
fn an_open_amount_is_overdue_once_the_days_of_grace_are_over() {
    let events = [on("01-01", due_on("I1", 100_00, "01-31"))];
    let none = Exposure::none(eur(0).currency);
    let open = euros(Exposure { open: 100_00, ..none.clone() });
    let overdue = euros(Exposure { overdue: 100_00, ..none });
    let on_day = |as_of, grace| exposure(&events, as_of, grace);
    assert_eq!((on_day("01-31", 0), on_day("02-01", 0)), (open.clone(), overdue.clone()));
    assert_eq!((on_day("02-03", 3), on_day("02-04", 3)), (open, overdue));
}

#[test]
fn each_amount_is_of_one_kind_and_a_credit_lowers_the_total_only() {
    let events = [
        on("01-01", due_on("I1", 100_00, "01-31")),
        on("01-01", due_on("I2", 40_00, "03-31")),
        on("01-02", DraftSaved(document("D1", eur(7_00)))),
        on("01-03", credit("C1", 30_00, [])),
        on("01-10", paid("P1", 60_00, [to("I1", 60_00)])),
        on("01-20", bounced("P1")),
    ];
    let it = exposure(&events, "02-15", 0);
    let kinds = [it.orders, it.drafts, it.open, it.overdue, it.returned, it.unapplied];
    assert_eq!(kinds, [0, 7_00, 40_00, 40_00, 60_00, -30_00]);
    assert_eq!(it.total(), 117_00);
    assert_eq!(it.of_kind(ExposureKind::Returned), eur(60_00));
    assert_eq!(it.of_kind(ExposureKind::Total), eur(117_00));
}

/// How much of the first invoice came back and is open again.
#[track_caller]
fn returned(events: &[Event], expected: &[(&str, i64)]) {
    let found = expected.iter().map(|(as_of, _)| (*as_of, exposure(events, as_of, 0).returned));
    assert_eq!(found.collect::<Vec<_>>(), expected);
}

#[test]
fn money_that_came_back_is_told_until_the_item_is_settled_again() {
    let bounce = [
        on("01-01", invoice("I1", 100_00)),
        on("01-10", paid("P1", 60_00, [to("I1", 60_00)])),
        on("01-20", bounced("P1")),
    ];
    returned(&bounce, &[("01-19", 0), ("01-20", 60_00), ("12-31", 60_00)]);
    let again = [
        on("02-01", paid("P2", 70_00, [to("I1", 70_00)])),
        on("02-10", paid("P3", 30_00, [to("I1", 30_00)])),
    ];
    let settled = [&bounce[..], &again].concat();
    returned(&settled, &[("02-01", 30_00), ("02-10", 0)]);
    let after_all = [on("02-01", reversed(Reversible::Event(at(3))))];
    let back = [&bounce[..], &after_all].concat();
    returned(&back, &[("01-31", 60_00), ("02-01", 0)]);
    let twice = [&back[..], &[on("03-01", bounced("P1"))]].concat();
    returned(&twice, &[("02-28", 0), ("03-01", 60_00)]);
    let never = [&bounce[..], &[on("02-01", voided(3))]].concat();
    returned(&never, &[("01-20", 0)]);
}

#[test]
fn a_reversed_write_off_or_credit_is_no_money_that_came_back() {
    let events = [
        on("01-01", invoice("I1", 100_00)),
        on("01-10", credit("C1", 60_00, [to("I1", 60_00)])),
        on("01-20", reversed(Reversible::Document(id("C1")))),
    ];
    returned(&events, &[("01-20", 0)]);
    // Taken off the invoice, and still ours.
    let events = [
        on("01-01", invoice("I1", 100_00)),
        on("01-05", paid("P1", 60_00, [])),
        on("01-10", allocated(from_payment("P1"), [to("I1", 60_00)])),
        on("01-20", reversed(Reversible::Event(at(3)))),
    ];
    returned(&events, &[("01-20", 0)]);
}

#[test]
fn what_came_back_is_told_of_the_oldest_installment_first() {
    let events = [
        on("01-01", schedule("I1", &[("02-01", 30_00), ("03-01", 70_00)])),
        on("01-10", paid("P1", 40_00, [to("I1", 40_00)])),
        on("01-20", bounced("P1")),
    ];
    let it = exposure(&events, "02-15", 0);
    assert_eq!((it.returned, it.overdue, it.open), (40_00, 0, 60_00));
}

fn limit(kind: ExposureKind, minor: i64, until: Option<&str>) -> CreditLimitSet {
    CreditLimitSet { kind, limit: Some(eur(minor)), until: until.map(day), reason: None }
}

#[track_caller]
fn limits(events: &[Event], expected: &[(&str, &[(ExposureKind, i64)])]) {
    let file = file(events.to_vec());
    for (as_of, rows) in expected {
        let found = file.limits(&view(as_of, ALL)).into_iter().map(|it| (it.kind, it.limit.minor));
        assert_eq!(found.collect::<Vec<_>>(), *rows, "as of {as_of}");
    }
}

#[test]
fn a_limit_that_ended_gives_way_to_the_one_before_or_to_none() {
    use ExposureKind::{Overdue, Total};
    limits(
        &[
            on("01-01", limit(Total, 100_00, Some("03-31"))),
            on("02-01", limit(Total, 500_00, Some("02-10"))),
            on("02-01", limit(Overdue, 10_00, None)),
        ],
        &[
            ("01-31", &[(Total, 100_00)]),
            ("02-10", &[(Total, 500_00), (Overdue, 10_00)]),
            ("02-11", &[(Total, 100_00), (Overdue, 10_00)]),
            ("03-31", &[(Total, 100_00), (Overdue, 10_00)]),
            ("04-01", &[(Overdue, 10_00)]),
        ],
    );
}

#[test]
fn a_limit_told_late_does_not_replace_one_of_a_later_day_and_lifting_ends_all_of_its_kind() {
    use ExposureKind::Total;
    let dollars = CreditLimitSet { limit: Some(usd(7_00)), ..limit(Total, 0, None) };
    let lifted = CreditLimitSet { limit: None, ..limit(Total, 0, None) };
    limits(
        &[
            on("02-01", limit(Total, 200_00, None)),
            on("01-01", limit(Total, 100_00, None)),
            on("02-05", dollars),
            on("03-01", lifted),
        ],
        &[
            ("01-31", &[(Total, 100_00)]),
            ("02-01", &[(Total, 200_00)]),
            ("02-05", &[(Total, 200_00), (Total, 7_00)]),
            ("03-01", &[]),
        ],
    );
}

#[test]
fn what_was_told_of_credit_is_kept_in_the_order_in_which_it_holds() {
    let checked = CreditChecked {
        agency: "own".into(),
        result: CheckResult::Watch,
        score: None,
        recommended: Some(eur(50_00)),
        valid_until: Some(day("06-30")),
    };
    let approved = ApprovalGiven {
        overrides: "credit_held".into(),
        order: None,
        document: Some(id("I1")),
        offer: None,
        discount: None,
        up_to: Some(eur(5_00)),
        until: None,
        approver: id("boss"),
        reason: "a good client".into(),
    };
    let lifted = CreditLimitSet { limit: None, ..limit(ExposureKind::Total, 0, None) };
    let file = file([
        on("02-01", CreditHeld { reason: "late".into() }),
        on("03-01", CreditReleased { reason: "paid".into() }),
        on("01-01", limit(ExposureKind::Total, 100_00, Some("12-31"))),
        on("01-15", checked),
        on("02-02", approved),
        on("04-01", lifted),
        on("02-20", CreditHeld { reason: "mistake".into() }),
        on("02-20", voided(7)),
    ]);
    let told: Vec<_> = file.history(&view("12-31", ALL)).into_iter().map(|it| it.what).collect();
    let all = ["limit set", "checked: watch", "held", "approved", "released", "limit lifted"];
    assert_eq!(told, all);
    let told = file.history(&view("02-01", ALL));
    assert_eq!((told[0].amount, told[0].until), (Some(eur(100_00)), Some(day("12-31"))));
    assert_eq!((told[2].text.as_str(), told.len()), ("late", 3));
    let hold = |on| file.hold(&view(on, ALL)).map(|(_, reason)| reason);
    assert_eq!(
        ["01-31", "02-01", "02-28", "03-01"].map(hold),
        [None, Some("late"), Some("late"), None]
    );
    assert_eq!(
        file.hold(&view("02-20", 7)).map(|(at, reason)| (at.0, reason)),
        Some((7, "mistake"))
    );
}
