//! Statements of account, and the client's own figures beside them: rule 18.

use proptest::prelude::*;
use relatum_domain::event::document::InvoiceIssued;
use relatum_domain::event::settlement::{CreditAllocated, CreditSource, Reversed, Reversible};
use relatum_domain::{AccountId, DocumentId, PaymentId, Policies, View};
use relatum_projections::{Difference, Statement, TheirItem};

use crate::aging::{invoice, named, paid, settles};
use crate::generated::{book, ops};
use crate::raw::{Raw, account, day, euro};

fn statements(raw: &Raw, who: AccountId, from: i64, to: i64) -> Vec<Statement> {
    let (models, view, rules) = (raw.models(), View::as_of(day(to)), Policies::default());
    let book = models.aging.book(who).unwrap();
    Statement::of(who, &book.ledger(view.known_at, &rules), day(from), &view)
}

fn numbered(who: AccountId, at: usize, minor: i64, due: i64) -> InvoiceIssued {
    let mut it = invoice(named(who, at), minor, due);
    it.number = format!("R-{at}");
    InvoiceIssued(it)
}

/// Two invoices, one paid in part and on account before it was used; the payment bounces later.
fn told() -> Raw {
    let (mut raw, who) = (Raw::default(), account(1));
    let (i1, i2): (DocumentId, DocumentId) = (named(who, 1), named(who, 2));
    let p1: PaymentId = named(who, 3);
    raw.on(0, who, numbered(who, 1, 100_00, 30));
    raw.on(20, who, numbered(who, 2, 50_00, 50));
    raw.on(25, who, paid(p1, 120_00, vec![settles(i1, 100_00)]));
    let from = CreditSource::Payment(p1);
    let applications = vec![settles(i2, 20_00)];
    raw.on(26, who, CreditAllocated { from, applications, reason: None });
    raw.on(40, who, Reversed { what: Reversible::Payment(p1), reason: "returned".into() });
    raw
}

#[test]
fn documents_move_the_balance_and_what_they_settle_does_not() {
    let raw = told();
    let [it] = statements(&raw, account(1), 10, 30).try_into().unwrap();
    assert_eq!((it.opening, it.closing), (euro(100_00), euro(30_00)));
    let lines: Vec<_> = it.lines.iter().map(|it| (it.day, it.amount, it.balance)).collect();
    let expected = [(day(20), euro(50_00), euro(150_00)), (day(25), euro(-120_00), euro(30_00))];
    assert_eq!(lines, expected);
    let references: Vec<_> =
        it.lines[1].applied.iter().map(|(number, _, it)| (number.clone(), *it)).collect();
    let mut sorted = references;
    sorted.sort();
    assert_eq!(sorted, [(Some("R-1".into()), euro(100_00)), (Some("R-2".into()), euro(20_00))]);
    let open: Vec<_> = it.open.iter().map(|it| (it.due, it.open)).collect();
    assert_eq!(open, [(day(50), euro(30_00))]);
    assert!(it.foots());
}

#[test]
fn a_reversal_is_a_movement_of_its_own_day() {
    let [it] = statements(&told(), account(1), 31, 60).try_into().unwrap();
    assert_eq!((it.opening, it.closing), (euro(30_00), euro(150_00)));
    assert_eq!(it.lines.len(), 1);
    assert_eq!((it.lines[0].day, it.lines[0].amount), (day(40), euro(120_00)));
    assert_eq!(it.open.len(), 2);
    assert!(it.foots());
}

#[test]
fn one_statement_follows_the_other() {
    let raw = told();
    let [first] = statements(&raw, account(1), 0, 24).try_into().unwrap();
    let [second] = statements(&raw, account(1), 25, 60).try_into().unwrap();
    assert_eq!((first.opening, first.closing), (euro(0), second.opening));
}

#[test]
fn the_clients_list_differs_by_amount_by_what_is_missing_and_by_what_we_do_not_have_open() {
    let raw = told();
    let who = account(1);
    let (models, view, rules) = (raw.models(), View::as_of(day(30)), Policies::default());
    let ledger = models.aging.book(who).unwrap().ledger(view.known_at, &rules);
    let [it] = Statement::of(who, &ledger, day(10), &view).try_into().unwrap();
    let theirs = |items: &[(&str, i64)]| {
        let item = |(number, minor): &(&str, i64)| TheirItem {
            number: (*number).to_owned(),
            open: euro(*minor),
        };
        it.reconcile(&ledger, &items.iter().map(item).collect::<Vec<_>>())
    };
    assert_eq!(theirs(&[("r 2", 30_00)]), []);
    let differences = theirs(&[("R-2", 50_00), ("R-1", 100_00), ("R-9", 1)]);
    let amount =
        Difference::Amount { number: "R-2".into(), ours: euro(30_00), theirs: euro(50_00) };
    let only = |number: &str, minor, here| Difference::OnlyTheirs {
        number: number.into(),
        theirs: euro(minor),
        here,
    };
    assert_eq!(differences, [amount, only("R-1", 100_00, "settled"), only("R-9", 1, "not known")]);
    let ours = Difference::OnlyOurs { number: Some("R-2".into()), ours: euro(30_00) };
    assert_eq!(theirs(&[]), [ours]);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_statement_foots_and_begins_where_the_one_before_it_ended(
        ops in ops(60),
        on in 0..420_i64,
        length in 1..120_i64,
    ) {
        let raw = book(&ops);
        let accounts: Vec<AccountId> = raw.models().aging.accounts().collect();
        for who in accounts {
            let before = statements(&raw, who, -1_000, on - length - 1);
            for it in statements(&raw, who, on - length, on) {
                prop_assert!(it.foots(), "{:?}", it);
                let same = before.iter().find(|before| before.currency == it.currency);
                prop_assert_eq!(same.map_or(0, |same| same.closing.minor), it.opening.minor);
            }
        }
    }
}
