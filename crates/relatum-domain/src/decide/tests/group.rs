//! Payments of one account for the items of another.

use crate::Policies;
use std::collections::BTreeMap;

use relatum_stream::{EventRef, Version};

use super::Row;
use crate::decide::{Proposal, State};
use crate::event::account::{
    ParentNamed, PartyNamed, PartyRole, PaysForNamed, Relation, RelationEnded,
};
use crate::event::settlement::{Application, PaidByOther, Reversible};
use crate::event::{Event, EventBody};
use crate::ids::{AccountId, DocumentId, PaymentId};
use crate::receivables::OpenItem;
use crate::testing::{Given, given};
use crate::words::{
    acme, allocated, amending, at, bounced, child, day, eur, from_payment, id, invoice, on, paid,
    reversed, to, undone, voided,
};
use crate::{Money, View};

fn for_child<const N: usize>(applications: [Application; N]) -> PaidByOther {
    PaidByOther { payer: id("acme"), payment: id("P1"), applications: applications.into() }
}

/// The parent says that it pays for the child.
fn pays_for_child() -> Event {
    on("01-01", PaysForNamed { account: id("child"), until: None })
}

/// The child owes 80, the parent 20.
fn invoices() -> Given {
    given(acme(), [on("01-01", invoice("I1", 20_00)), pays_for_child()])
        .and(child(), [on("01-01", invoice("I2", 80_00))])
}

/// The parent paid both.
fn both_paid() -> Given {
    let event = on("01-10", paid("P1", 100_00, [to("I1", 20_00), to("I2", 80_00).of_child()]));
    invoices()
        .when(event.clone())
        .then([(acme(), event), (child(), on("01-10", for_child([to("I2", 80_00)])))])
}

fn open(state: &State) -> Vec<Money> {
    let rows: Vec<OpenItem> = state.book().open_items(&View::latest(), &Policies::default());
    rows.iter().map(|row| row.open).collect()
}

pub(super) fn rows() -> Vec<Row> {
    let (i2, p1) = (id::<DocumentId>("I2"), id::<PaymentId>("P1"));
    let pay = || on("01-10", paid("P1", 80_00, [to("I2", 80_00).of_child()]));
    let given = || {
        vec![
            (acme(), pay()),
            (child(), on("01-01", invoice("I2", 80_00))),
            (child(), on("01-10", for_child([to("I2", 80_00)]))),
        ]
    };
    let half = |event: EventRef| {
        format!(
            "{event} is half of a settlement across accounts: undo the allocation or reverse the \
             payment instead"
        )
    };
    let theirs = |version| EventRef::new(child(), Version(version));
    let mut void_theirs = voided(2);
    void_theirs.event = theirs(2);
    let not_theirs = format!("payment {p1} of account {} is not known", child().id);
    let reach = |code, message: String, when: Proposal| Row { code, message, given: given(), when };
    vec![
        Row {
            code: "above_open",
            message: format!("document {i2} has 80.00 EUR open, 80.01 EUR was applied"),
            given: vec![(child(), on("01-01", invoice("I2", 80_00))), (acme(), pays_for_child())],
            when: Proposal::new(
                acme(),
                on("01-10", paid("P1", 90_00, [to("I2", 80_01).of_child()])),
            ),
        },
        reach("reaches_others", half(at(1)), Proposal::new(acme(), on("01-11", voided(1)))),
        reach("reaches_others", half(at(1)), Proposal::new(acme(), amending(1, pay()))),
        reach("reaches_others", half(theirs(2)), Proposal::new(child(), on("01-11", void_theirs))),
        reach(
            "reaches_others",
            half(theirs(2)),
            Proposal::new(child(), on("01-11", reversed(Reversible::Event(theirs(2))))),
        ),
        // The money is the parent's: it is taken back there.
        reach(
            "payment_unknown",
            not_theirs.clone(),
            Proposal::new(child(), on("01-11", bounced("P1"))),
        ),
        reach(
            "payment_unknown",
            not_theirs,
            Proposal::new(child(), on("01-11", undone(from_payment("P1"), [to("I2", 5_00)]))),
        ),
        Row {
            code: "not_paid_for",
            message: format!(
                "account {} does not pay for account {}: name it as parent or payer",
                acme().id,
                child().id,
            ),
            given: vec![(child(), on("01-01", invoice("I2", 80_00)))],
            when: Proposal::new(acme(), pay()),
        },
        Row {
            // Without the child's state the reversal would leave its half standing.
            code: "nothing_to_reverse",
            message: "there is nothing to reverse".into(),
            given: vec![(acme(), pay())],
            when: Proposal::new(acme(), on("01-11", bounced("P1"))),
        },
    ]
}

#[test]
fn a_payment_for_a_child_is_two_events_in_two_streams() {
    let given = both_paid();
    assert_eq!(open(given.state()), []);
    assert_eq!(open(given.state_of(child())), []);
    // An application that names the account itself needs no second event.
    let own = Application { account: Some(AccountId::from(acme().id)), ..to("I1", 20_00) };
    let event = on("01-10", paid("P1", 20_00, [own]));
    let given = invoices().when(event.clone()).then([event]);
    assert_eq!(open(given.state()), []);
}

#[test]
fn the_streams_that_a_decision_needs() {
    let pay = on("01-10", paid("P1", 80_00, [to("I2", 80_00).of_child()]));
    let mut streams = vec![acme(), child()];
    streams.sort_unstable();
    assert_eq!(Proposal::new(acme(), pay).streams(), streams);
    let bounce = Proposal::new(acme(), on("01-20", bounced("P1")));
    assert_eq!(bounce.streams(), [acme()]);
    assert_eq!(bounce.more_streams(both_paid().state()), [child()]);
    assert_eq!(bounce.more_streams(invoices().state()), []);
    let theirs = Proposal::new(child(), on("01-10", for_child([to("I2", 1_00)])));
    assert_eq!(theirs.streams(), streams);
}

#[test]
fn a_parents_payment_that_bounces_opens_the_childs_items_and_back() {
    let bounce = || on("01-20", bounced("P1"));
    let given = both_paid().when(bounce()).then([(acme(), bounce()), (child(), bounce())]);
    assert_eq!(open(given.state()), [eur(20_00)]);
    assert_eq!(open(given.state_of(child())), [eur(80_00)]);
    let back =
        |stream, version| reversed(Reversible::Event(EventRef::new(stream, Version(version))));
    let given = given
        .when(on("01-25", back(acme(), 4)))
        .then([(acme(), on("01-25", back(acme(), 4))), (child(), on("01-25", back(child(), 3)))]);
    assert_eq!(open(given.state()), []);
    assert_eq!(open(given.state_of(child())), []);
    let given = given.when(bounce()).then([(acme(), bounce()), (child(), bounce())]);
    assert_eq!(open(given.state_of(child())), [eur(80_00)]);
}

#[test]
fn a_parents_money_on_account_is_used_and_taken_back_for_a_child() {
    let on_account = invoices().and(acme(), [on("01-10", paid("P1", 100_00, []))]);
    let used = on("01-11", allocated(from_payment("P1"), [to("I2", 50_00).of_child()]));
    let given = on_account
        .clone()
        .when(used.clone())
        .then([(acme(), used.clone()), (child(), on("01-11", for_child([to("I2", 50_00)])))]);
    assert_eq!(open(given.state_of(child())), [eur(30_00)]);
    let taken = |it| on("01-12", undone(from_payment("P1"), [it]));
    let given = given
        .when(taken(to("I2", 20_00).of_child()))
        .then([(acme(), taken(to("I2", 20_00).of_child())), (child(), taken(to("I2", 20_00)))]);
    assert_eq!(open(given.state()), [eur(20_00), eur(-70_00)]);
    assert_eq!(open(given.state_of(child())), [eur(50_00)]);
    given
        .when(taken(to("I2", 30_01).of_child()))
        .then_refused("above_applied")
        .then_refused_with("what is to be undone was applied with 30.00 EUR, 30.01 EUR was given");
    // The same, asked for from the child's side.
    on_account
        .when(Proposal::new(child(), on("01-11", for_child([to("I2", 50_00)]))))
        .then([(child(), on("01-11", for_child([to("I2", 50_00)]))), (acme(), used)])
        .when(Proposal::new(child(), on("01-11", for_child([to("I2", 30_00)]))))
        .then_accepted();
}

#[test]
fn a_childs_items_are_not_paid_with_more_than_the_parent_has() {
    invoices()
        .and(acme(), [on("01-10", paid("P1", 10_00, []))])
        .when(Proposal::new(child(), on("01-11", for_child([to("I2", 10_01)]))))
        .then_refused("above_credit")
        .then_refused_with("10.00 EUR is available, 10.01 EUR was applied");
    let alone = Proposal::new(child(), on("01-11", for_child([to("I2", 10_01)])));
    assert_eq!(alone.decide(&BTreeMap::new()).unwrap_err().code(), "payment_unknown");
}

#[test]
fn who_pays_for_whom_is_named_by_either_side_and_from_a_day() {
    let owed = || given(child(), [on("01-01", invoice("I2", 80_00))]);
    let pay = || on("01-10", paid("P1", 80_00, [to("I2", 80_00).of_child()]));
    let proposed = || Proposal::new(acme(), pay());
    let named = |from: &str, body: EventBody| owed().and(child(), [on(from, body)]);
    let parent = |until| ParentNamed { parent: id("acme"), until }.into();
    let party = |role| PartyNamed { role, party: id("acme"), until: None }.into();
    named("01-10", parent(None)).when(proposed()).then_accepted();
    named("01-10", parent(Some(day("01-10")))).when(proposed()).then_accepted();
    named("01-11", parent(None)).when(proposed()).then_refused("not_paid_for");
    named("01-01", parent(Some(day("01-09")))).when(proposed()).then_refused("not_paid_for");
    named("01-01", party(PartyRole::Payer)).when(proposed()).then_accepted();
    named("01-01", party(PartyRole::BillTo)).when(proposed()).then_accepted();
    named("01-01", party(PartyRole::ShipTo)).when(proposed()).then_refused("not_paid_for");
    let ended = RelationEnded { relation: Relation::Parent, with: id("acme") };
    named("01-01", parent(None))
        .and(child(), [on("01-05", ended)])
        .when(proposed())
        .then_refused("not_paid_for");
    // The child proposes it: the same two are asked.
    let theirs = || Proposal::new(child(), on("01-11", for_child([to("I2", 5_00)])));
    let money = || on("01-10", paid("P1", 10_00, []));
    named("01-01", parent(None)).and(acme(), [money()]).when(theirs()).then_accepted();
    owed().and(acme(), [money()]).when(theirs()).then_refused("not_paid_for");
}
