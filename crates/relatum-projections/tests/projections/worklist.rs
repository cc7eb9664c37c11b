//! The worklist: who is on it, why, and who does it, at the days on which that changes.

use relatum_domain::event::account::AccountAssigned;
use relatum_domain::event::activity::{ActivityHeld, ActivityKind, ActivityRescheduled, Outcome};
use relatum_domain::event::document::InvoiceIssued;
use relatum_domain::event::organisation::{AbsenceStated, ManagerJoined};
use relatum_domain::event::settlement::{DisputeOpened, PromiseMade, Reversed, Reversible};
use relatum_domain::{Derived, DisputeId, DocumentId, PaymentId, View};
use relatum_projections::{Reason, WorkItem, Worklist};

use crate::aging::{invoice, paid, settles};
use crate::generated::{complaint, manager, offered, placed, planned, signed};
use crate::raw::{Raw, account, day, euro, worth};

fn id<I: Derived>(number: u64) -> I {
    I::derived("test", &number.to_string())
}

fn items(raw: &Raw, on: i64) -> Vec<WorkItem> {
    Worklist::of(&raw.models(), None, &View::as_of(day(on))).items
}

fn reasons(raw: &Raw, on: i64) -> Vec<Reason> {
    items(raw, on).into_iter().flat_map(|item| item.reasons).collect()
}

fn codes(raw: &Raw, on: i64) -> Vec<&'static str> {
    reasons(raw, on).iter().map(|reason| reason.code).collect()
}

#[test]
fn a_plan_is_for_today_then_missed_for_two_weeks() {
    let (mut raw, who) = (Raw::default(), account(1));
    let plan = raw.on(0, who, planned(id(1), manager(1), 10));
    assert_eq!(codes(&raw, 9), Vec::<&str>::new());
    assert_eq!(codes(&raw, 10), ["planned_today"]);
    let today = &items(&raw, 10)[0];
    assert_eq!((today.action, today.manager), (ActivityKind::Visit, Some(manager(1))));
    assert_eq!(codes(&raw, 11), ["missed"]);
    assert_eq!(reasons(&raw, 11)[0].evidence, [plan]);
    assert_eq!([24, 25].map(|on| codes(&raw, on).len()), [1, 0]);
    let activity = id(1);
    let mut moved = raw.clone();
    let (day_12, none) = (day(12), None);
    moved.on(
        10,
        who,
        ActivityRescheduled { activity, occurrence: none, day: day_12, starts: None, reason: None },
    );
    assert_eq!(codes(&moved, 11), Vec::<&str>::new());
    assert_eq!(codes(&moved, 12), ["planned_today"]);
    raw.on(10, who, ActivityHeld::new(activity, ActivityKind::Visit, manager(1), Outcome::Neutral));
    assert_eq!(codes(&raw, 10), Vec::<&str>::new());
}

#[test]
fn overdue_money_weighs_by_its_share_and_its_age() {
    let mut raw = Raw::default();
    let first = raw.on(0, account(1), InvoiceIssued(invoice(id(1), 300, 30)));
    raw.on(0, account(2), InvoiceIssued(invoice(id(2), 100, 60)));
    assert_eq!(codes(&raw, 30), Vec::<&str>::new(), "due today is not overdue");
    let reason = &reasons(&raw, 31)[0];
    // 50, all 200 of the share, 1 of 120 days.
    assert_eq!((reason.code, reason.weight), ("overdue", 50 + 200 + 1));
    assert_eq!(reason.text, "3.00 EUR overdue, the oldest for 1 day");
    assert_eq!(reason.evidence, [first]);
    let weights: Vec<u32> = reasons(&raw, 90).iter().map(|it| it.weight).collect();
    assert_eq!(weights, [50 + 150 + 100, 50 + 50 + 50]);
    let weights: Vec<u32> = reasons(&raw, 400).iter().map(|it| it.weight).collect();
    assert_eq!(weights, [400, 300], "as old as it gets");
    let dispute = DisputeOpened {
        dispute: DisputeId::derived("test", "1"),
        document: id(1),
        installment: None,
        amount: None,
        reason: None,
        owner: None,
    };
    raw.on(31, account(1), dispute);
    assert_eq!(reasons(&raw, 90).len(), 1, "what is disputed is not asked for");
}

fn promise(documents: Vec<DocumentId>) -> PromiseMade {
    PromiseMade { promise: id(1), amount: euro(60), by: day(20), documents, contact: None }
}

fn is_broken(raw: &Raw, on: i64) -> bool {
    codes(raw, on).contains(&"broken_promise")
}

#[test]
fn a_promise_is_broken_on_the_day_after_it() {
    let (mut raw, who) = (Raw::default(), account(1));
    raw.on(0, who, InvoiceIssued(invoice(id(1), 100, 90)));
    raw.on(0, who, InvoiceIssued(invoice(id(2), 100, 90)));
    // On the day of the promise, but before it was given.
    raw.on(10, who, paid(id(1), 60, vec![settles(id(2), 60)]));
    raw.on(10, who, promise(vec![]));
    assert_eq!([20, 21, 80, 81].map(|on| is_broken(&raw, on)), [false, true, true, false]);
    let with = |on: i64, minor: i64, document: u64| {
        let mut raw = raw.clone();
        raw.on(on, who, paid(id(2), minor, vec![settles(id(document), minor)]));
        raw
    };
    assert!(!is_broken(&with(20, 60, 1), 21));
    assert!(!is_broken(&with(10, 60, 1), 21), "on the very day, after it");
    assert!(is_broken(&with(20, 59, 1), 21), "kept in part is not kept");
    assert!(is_broken(&with(21, 60, 1), 21), "a day late");
    assert!(is_broken(&with(9, 60, 1), 21), "before it was given");
    let mut returned = with(15, 60, 1);
    let what = Reversible::Payment(PaymentId::derived("test", "2"));
    returned.on(30, who, Reversed { what, reason: "bounced".into() });
    assert_eq!([29, 30].map(|on| is_broken(&returned, on)), [false, true]);
}

#[test]
fn a_promise_over_a_document_is_kept_by_paying_that_one() {
    let (mut raw, who) = (Raw::default(), account(1));
    for number in 1..=2 {
        raw.on(0, who, InvoiceIssued(invoice(id(number), 100, 90)));
    }
    raw.on(10, who, promise(vec![id(1)]));
    let mut other = raw.clone();
    other.on(15, who, paid(id(1), 60, vec![settles(id(2), 60)]));
    assert!(is_broken(&other, 21));
    raw.on(15, who, paid(id(1), 100, vec![settles(id(2), 40), settles(id(1), 60)]));
    assert!(!is_broken(&raw, 21));
}

#[test]
fn offers_and_contracts_are_told_before_they_end() {
    let (mut raw, who) = (Raw::default(), account(1));
    raw.on(0, who, offered(id(1), worth(5_000_000), 20));
    raw.on(0, who, signed(id(1), 0, Some(100)));
    assert_eq!([12, 13, 20, 21].map(|on| codes(&raw, on).len()), [0, 1, 1, 0]);
    assert_eq!(reasons(&raw, 13)[0].text, "offer A-1 over 5.00 EUR expires on 2026-01-21");
    assert_eq!([39, 40, 100, 101].map(|on| codes(&raw, on).len()), [0, 1, 1, 0]);
    assert_eq!(codes(&raw, 40), ["contract_ends"]);
}

#[test]
fn the_weightiest_comes_first_and_a_deputy_does_it() {
    let (mut raw, who) = (Raw::default(), account(1));
    raw.on(0, manager(1), ManagerJoined { code: None, name: None, email: None });
    let reason = None;
    raw.on(10, manager(1), AbsenceStated { until: day(12), deputy: Some(manager(2)), reason });
    raw.on(0, who, AccountAssigned { manager: manager(1), credit: Vec::new() });
    raw.on(0, who, offered(id(1), worth(1), 12));
    raw.on(0, account(2), planned(id(1), manager(0), 11));
    raw.on(0, account(2), complaint(id(1)));
    raw.on(0, account(2), complaint(id(2)));
    let list = items(&raw, 11);
    let order: Vec<_> = list.iter().map(|item| (item.account, item.weight)).collect();
    assert_eq!(order, [(account(2), 700), (account(1), 180)]);
    assert_eq!(
        [9, 10, 12].map(|on| items(&raw, on).last().unwrap().manager),
        [Some(manager(1)), Some(manager(2)), Some(manager(2))]
    );
    let of = |number| {
        Worklist::of(&raw.models(), Some(manager(number)), &View::as_of(day(11))).items.len()
    };
    assert_eq!([0, 1, 2].map(of), [1, 0, 1]);
}

#[test]
fn a_lapsing_client_is_visited() {
    let (mut raw, who) = (Raw::default(), account(1));
    for number in 0..7 {
        raw.on(number * 10, who, placed(id(number as u64), None, &[(1, 1_000_000)]));
    }
    assert_eq!(codes(&raw, 83), Vec::<&str>::new());
    assert_eq!(codes(&raw, 84), ["lapsing"]);
    let item = &items(&raw, 84)[0];
    assert_eq!((item.action, item.weight), (ActivityKind::Visit, 260));
}
