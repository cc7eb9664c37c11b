//! Receivables aging against a naive recomputation, and its boundaries.

use std::collections::BTreeMap;

use proptest::prelude::*;
use relatum_domain::event::document::{InvoiceIssued, ReceivableDocument};
use relatum_domain::event::policy::{AgeBasis, AgingPolicy, Policy, PolicySet};
use relatum_domain::event::settlement::{Application, ApplicationKind, PaymentReceived};
use relatum_domain::receivables::Buckets;
use relatum_domain::{AccountId, Derived, DocumentId, PaymentId, TenantId, View};
use relatum_projections::{AgingLine, AgingOptions, AgingReport, Sum};

use crate::generated::{book, manager, ops};
use crate::naive_aging::{Figures, naive};
use crate::raw::{Raw, account, day, euro};

pub(crate) fn named<I: Derived>(account: AccountId, number: usize) -> I {
    I::derived("test", &format!("{account}/{number}"))
}

pub(crate) fn invoice(document: DocumentId, minor: i64, due: i64) -> ReceivableDocument {
    ReceivableDocument::new(document, "R-1", euro(minor)).due(day(due))
}

pub(crate) fn settles(document: DocumentId, minor: i64) -> Application {
    Application {
        document,
        installment: None,
        account: None,
        amount: euro(minor),
        paid: None,
        rate: None,
        kind: ApplicationKind::Payment,
        day: None,
    }
}

pub(crate) fn paid(payment: PaymentId, minor: i64, of: Vec<Application>) -> PaymentReceived {
    PaymentReceived { applications: of, ..PaymentReceived::new(payment, euro(minor)) }
}

fn minor(sum: Sum) -> i64 {
    i64::try_from(sum.micro / 10_000).unwrap()
}

fn figures(line: &AgingLine) -> Figures {
    let buckets: Vec<i64> = line.buckets.iter().copied().map(minor).collect();
    assert!(line.foots(), "{line:?}");
    (
        buckets.try_into().unwrap(),
        minor(line.total),
        minor(line.disputed),
        minor(line.unapplied),
        minor(line.overdue),
        line.items,
    )
}

proptest! {
    #![proptest_config(crate::generated::books(256))]

    #[test]
    fn aging_is_what_the_raw_events_come_to(
        ops in ops(60),
        days in prop::collection::vec(0..420_i64, 4),
        cut in any::<prop::sample::Index>(),
    ) {
        let raw = book(&ops);
        let models = raw.models();
        let known = raw.known(cut.index(raw.events.len() + 1));
        for on in days {
            for view in [View::as_of(day(on)), View::as_of(day(on)).known_at(known)] {
                let report = AgingReport::of(&models, &AgingOptions::default(), &view);
                let lines = report.lines.iter();
                let found: BTreeMap<AccountId, Figures> =
                    lines.map(|line| (line.account.unwrap(), figures(line))).collect();
                let expected = naive(&raw.shown(&view));
                prop_assert_eq!(&found, &expected, "as of day {}", on);
                let total: i64 = expected.values().map(|it| it.1).sum();
                let totals: i64 = report.totals.iter().map(|line| minor(line.total)).sum();
                prop_assert_eq!(totals, total);
            }
        }
    }
}

fn one(raw: &Raw, on: i64) -> Option<AgingLine> {
    let report = AgingReport::of(&raw.models(), &AgingOptions::default(), &View::as_of(day(on)));
    report.lines.first().cloned()
}

#[test]
fn an_item_moves_from_bucket_to_bucket_on_the_very_day() {
    let mut raw = Raw::default();
    raw.on(0, account(1), InvoiceIssued(invoice(named(account(1), 1), 100, 10)));
    let at = |late: i64| one(&raw, 10 + late).unwrap().buckets.iter().position(|it| it.micro > 0);
    let lates = [-10, -1, 0, 1, 30, 31, 60, 61, 90, 91, 120, 121, 5_000];
    let buckets = lates.map(|late| at(late).unwrap());
    assert_eq!(buckets, [0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]);
    assert_eq!(one(&raw, -1), None, "not issued yet");
    assert_eq!(minor(one(&raw, 10).unwrap().overdue), 0, "due on the day is not overdue");
    assert_eq!(minor(one(&raw, 11).unwrap().overdue), 100);
    assert_eq!(one(&raw, 41).unwrap().oldest_days, Some(31));
    let labels =
        AgingReport::of(&raw.models(), &AgingOptions::default(), &View::as_of(day(0))).labels;
    assert_eq!(labels, ["not_due", "1-30", "31-60", "61-90", "91-120", "121+"]);
}

#[test]
fn a_payment_counts_from_its_own_day_and_not_before_the_document() {
    let (mut raw, who) = (Raw::default(), account(1));
    let document = named(who, 1);
    // Paid on day 5 for an invoice that comes on day 20.
    raw.on(5, who, paid(named(who, 2), 100, vec![settles(document, 60)]));
    raw.on(20, who, InvoiceIssued(invoice(document, 100, 40)));
    let open = |on| one(&raw, on).map(|line| (minor(line.total), minor(line.unapplied)));
    assert_eq!(open(4), None);
    assert_eq!(open(5), Some((-100, -100)), "a reservation until the document is there");
    assert_eq!(open(19), Some((-100, -100)));
    assert_eq!(open(20), Some((0, -40)));
}

#[test]
fn the_policy_in_force_on_the_day_makes_the_buckets() {
    let (mut raw, who) = (Raw::default(), account(1));
    raw.on(0, who, InvoiceIssued(invoice(named(who, 1), 100, 30)));
    let policy = |basis, bounds| {
        let policy = Policy::Aging(AgingPolicy { basis, bounds });
        PolicySet { policy, reason: None }
    };
    let tenant = TenantId::own();
    let set = raw.on(50, tenant, policy(AgeBasis::DocumentDate, vec![10, 20]));
    raw.on(60, tenant, policy(AgeBasis::DueDate, vec![5, 5]));
    let report =
        |on, options: &AgingOptions| AgingReport::of(&raw.models(), options, &View::as_of(day(on)));
    let standard = report(49, &AgingOptions::default());
    assert_eq!((standard.policy, standard.basis), (None, AgeBasis::DueDate));
    let own = report(50, &AgingOptions::default());
    assert_eq!((own.policy, own.basis), (Some(set), AgeBasis::DocumentDate));
    assert_eq!(own.labels, ["0-10", "11-20", "21+"]);
    assert_eq!(own.lines[0].oldest_days, Some(50), "by document date");
    let impossible = report(60, &AgingOptions::default());
    assert_eq!(impossible.policy, None, "passed over");
    let asked = AgingOptions {
        buckets: Some(Buckets::new(AgeBasis::DueDate, vec![0, 7]).unwrap()),
        ..AgingOptions::default()
    };
    assert_eq!(report(50, &asked).labels, ["not_due", "1-7", "8+"]);
    assert_eq!(report(50, &asked).policy, None);
}

#[test]
fn a_report_may_be_narrowed() {
    use relatum_domain::event::account::AccountAssigned;
    let mut raw = Raw::default();
    for number in 1..=3_u8 {
        let who = account(number.into());
        raw.on(0, who, InvoiceIssued(invoice(named(who, 1), i64::from(number), 30)));
        let manager = manager(number % 2);
        raw.on(10, who, AccountAssigned { manager, credit: Vec::new() });
    }
    let count = |on, options: AgingOptions| {
        let report = AgingReport::of(&raw.models(), &options, &View::as_of(day(on)));
        (report.lines.len(), report.totals.iter().map(|line| minor(line.total)).sum::<i64>())
    };
    let all = AgingOptions::default();
    assert_eq!(count(5, all.clone()), (3, 6));
    assert_eq!(count(5, AgingOptions { account: Some(account(2)), ..all.clone() }), (1, 2));
    let of = |number| AgingOptions { manager: Some(manager(number)), ..all.clone() };
    assert_eq!(count(9, of(1)), (0, 0), "not assigned yet");
    assert_eq!(count(10, of(1)), (2, 4));
    let dollar = Some(crate::raw::currency("USD"));
    assert_eq!(count(10, AgingOptions { currency: dollar, ..all }), (0, 0));
}
