//! What is allocated by the tenant's rule of the day: rules 3 and 5.

use relatum_stream::{EventRef, Version};

use crate::decide::{Allocate, Proposal};
use crate::event::Event;
use crate::event::document::CreditNoteIssued;
use crate::event::policy::{AllocationRule, CreditExcess, Policy, PolicySet};
use crate::event::settlement::Application;
use crate::ids::TenantId;
use crate::testing::{Given, given};
use crate::words::{acme, credit, day, document, eur, id, invoice, on, paid, to, usd};

/// 100.00 due first, 50.00 due later, and these rules of the tenant.
fn owed<const N: usize>(rules: [(&str, Policy); N]) -> Given {
    let mut early = invoice("I1", 100_00);
    early.0.due = Some(day("01-31"));
    let mut late = invoice("I2", 50_00);
    late.0.due = Some(day("02-28"));
    let set = rules.map(|(from, policy)| on(from, PolicySet { policy, reason: None }));
    given(acme(), [on("01-01", late), on("01-02", early)]).and(TenantId::own(), set)
}

fn by_policy(event: Event) -> Proposal {
    Proposal::new(acme(), event).allocated(Allocate::ByPolicy)
}

/// The event, decided under the tenant's n-th rule.
fn under(version: u64, event: Event) -> Event {
    let rule = EventRef::new(TenantId::own().into(), Version(version));
    Event { policies: vec![rule], ..event }
}

#[test]
fn a_payment_settles_the_oldest_due_unless_the_rule_keeps_it_on_account() {
    let pays = |day, applications: &[Application]| {
        let mut it = paid("P1", 120_00, []);
        it.applications = applications.to_vec();
        on(day, it)
    };
    let oldest = [to("I1", 100_00), to("I2", 20_00)];
    // Nothing was said: the standard, and no rule to name.
    owed([]).when(by_policy(pays("02-01", &[]))).then([pays("02-01", &oldest)]);
    let rules = || {
        [
            ("02-01", Policy::Allocation(AllocationRule::OnAccount)),
            ("03-01", Policy::Allocation(AllocationRule::OldestDueFirst)),
        ]
    };
    owed(rules()).when(by_policy(pays("01-31", &[]))).then([pays("01-31", &oldest)]);
    owed(rules()).when(by_policy(pays("02-01", &[]))).then([under(1, pays("02-01", &[]))]);
    owed(rules()).when(by_policy(pays("03-01", &[]))).then([under(2, pays("03-01", &oldest))]);
    // What it names itself it settles under any rule.
    let named = [to("I2", 50_00)];
    owed(rules()).when(by_policy(pays("02-01", &named))).then([under(1, pays("02-01", &named))]);
}

#[test]
fn what_is_asked_for_by_name_is_not_asked_of_the_rule() {
    let rules = [("01-01", Policy::Allocation(AllocationRule::OnAccount))];
    let oldest = Proposal::new(acme(), on("02-01", paid("P1", 30_00, [])))
        .allocated(Allocate::OldestDueFirst);
    owed(rules).when(oldest).then([on("02-01", paid("P1", 30_00, [to("I1", 30_00)]))]);
    let rules = [("01-01", Policy::Allocation(AllocationRule::OldestDueFirst))];
    let written = on("02-01", paid("P1", 30_00, []));
    owed(rules).when(written.clone()).then([written]);
}

fn against(minor: i64, applications: &[Application]) -> Event {
    let mut it = credit("C1", minor, []);
    it.against = Some(id("I2"));
    it.applications = applications.to_vec();
    on("02-01", it)
}

#[test]
fn a_credit_against_an_invoice_settles_it_as_far_as_it_fits() {
    let excess = |rule| [("01-01", Policy::CreditExcess(rule))];
    // All of it fits: no rule is asked.
    for rules in [excess(CreditExcess::WholeStandalone), excess(CreditExcess::ApplyOpenPart)] {
        owed(rules).when(by_policy(against(50_00, &[]))).then([against(50_00, &[to("I2", 50_00)])]);
    }
}

#[test]
fn a_credit_beyond_its_invoice_stands_whole_or_gives_what_fits_by_the_rule() {
    let too_much = || by_policy(against(50_01, &[]));
    let given = owed([]).when(too_much()).then([against(50_01, &[])]);
    assert_eq!(open(&given), [eur(-50_01), eur(50_00), eur(100_00)]);
    let rule = |rule| [("01-01", Policy::CreditExcess(rule))];
    owed(rule(CreditExcess::WholeStandalone))
        .when(too_much())
        .then([under(1, against(50_01, &[]))]);
    let given = owed(rule(CreditExcess::ApplyOpenPart))
        .when(too_much())
        .then([under(1, against(50_01, &[to("I2", 50_00)]))]);
    assert_eq!(open(&given), [eur(-1), eur(100_00)]);
    // With nothing open, nothing fits.
    owed(rule(CreditExcess::ApplyOpenPart))
        .and(acme(), [on("01-10", paid("P1", 50_00, [to("I2", 50_00)]))])
        .when(by_policy(against(1, &[])))
        .then([under(1, against(1, &[]))]);
}

#[test]
fn the_rule_for_credits_is_that_of_the_day_of_the_credit() {
    let rules = [
        ("02-01", Policy::CreditExcess(CreditExcess::ApplyOpenPart)),
        ("02-02", Policy::CreditExcess(CreditExcess::WholeStandalone)),
    ];
    owed(rules)
        .when(by_policy(against(60_00, &[])))
        .then([under(1, against(60_00, &[to("I2", 50_00)]))]);
}

#[test]
fn a_credit_that_says_what_it_settles_or_is_against_nothing_is_left_as_it_is() {
    let rules = || [("01-01", Policy::CreditExcess(CreditExcess::ApplyOpenPart))];
    let written = against(60_00, &[to("I1", 10_00)]);
    owed(rules()).when(by_policy(written.clone())).then([written]);
    let alone = on("02-01", credit("C1", 60_00, []));
    owed(rules()).when(by_policy(alone.clone())).then([alone]);
    // In other money nothing of the invoice fits.
    let plain = credit("C1", 1, []);
    let note =
        CreditNoteIssued { document: document("C1", usd(5_00)), against: Some(id("I2")), ..plain };
    let note = on("02-01", note);
    owed(rules()).when(by_policy(note.clone())).then([under(1, note)]);
}

/// What is open, least first.
fn open(given: &Given) -> Vec<crate::Money> {
    let rules = crate::Policies::default();
    let rows = given.state().book().open_items(&crate::View::latest(), &rules);
    let mut open: Vec<_> = rows.iter().map(|row| row.open).collect();
    open.sort_unstable();
    open
}
