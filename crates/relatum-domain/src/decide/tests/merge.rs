//! Two accounts that are the same client.

use relatum_stream::StreamId;

use super::Row;
use crate::decide::Proposal;
use crate::event::account::{
    AccountClosed, AccountOpened, AccountsMerged, AccountsSplit, ParentNamed, PaysForNamed,
};
use crate::event::{Event, EventBody};
use crate::ids::{AccountId, TenantId};
use crate::testing::given;
use crate::words::{acme, child, id, invoice, on, opened, paid, to};

fn tenant() -> StreamId {
    TenantId::own().into()
}

fn merged(kept: &str, merged: &str) -> EventBody {
    AccountsMerged { kept: id(kept), merged: id(merged), reason: None }.into()
}

fn split(account: &str) -> EventBody {
    AccountsSplit { account: id(account), reason: None }.into()
}

fn proposed(body: EventBody) -> Proposal {
    Proposal::new(tenant(), on("02-01", body))
}

/// Both accounts are there.
fn both() -> Vec<(StreamId, Event)> {
    vec![(acme(), on("01-01", opened())), (child(), on("01-01", opened()))]
}

fn with(stream: StreamId, body: impl Into<EventBody>) -> Vec<(StreamId, Event)> {
    let mut all = both();
    all.push((stream, on("01-05", body)));
    all
}

pub(super) fn rows() -> Vec<Row> {
    let (kept, other) = (id::<AccountId>("acme"), id::<AccountId>("child"));
    let row =
        |code, message: String, given, body| Row { code, message, given, when: proposed(body) };
    let name_that =
        format!("account {other} was merged into {kept}: name that one, or split it first");
    let end_that =
        |one, two| format!("account {one} belongs to account {two} or pays for it: end that first");
    let nobody = AccountOpened { unassigned: true, ..opened() };
    vec![
        row(
            "merged_with_itself",
            format!("account {kept} cannot be merged with itself: name two accounts"),
            both(),
            merged("acme", "acme"),
        ),
        row(
            "account_merged",
            name_that.clone(),
            with(tenant(), merged("acme", "child")),
            merged("acme", "child"),
        ),
        row(
            "account_merged",
            name_that,
            with(tenant(), merged("acme", "child")),
            merged("child", "third"),
        ),
        row(
            "account_not_merged",
            format!("account {other} was not merged into another: there is nothing to split"),
            both(),
            split("child"),
        ),
        row(
            "account_unknown",
            format!("nothing was ever told of account {other}"),
            vec![(acme(), on("01-01", opened()))],
            merged("acme", "child"),
        ),
        row(
            "merge_of_nobody",
            format!("account {other} keeps what belongs to no known client: it is none itself"),
            vec![(acme(), on("01-01", opened())), (child(), on("01-01", nobody))],
            merged("acme", "child"),
        ),
        row(
            "merge_of_closed",
            format!("account {other} was closed on 2026-01-05: open it again, then merge"),
            with(child(), AccountClosed { reason: "moved".into() }),
            merged("acme", "child"),
        ),
        row(
            "merge_of_related",
            end_that(other, kept),
            with(child(), ParentNamed { parent: kept, until: None }),
            merged("acme", "child"),
        ),
        row(
            "merge_of_related",
            end_that(kept, other),
            with(acme(), PaysForNamed { account: other, until: None }),
            merged("acme", "child"),
        ),
    ]
}

#[test]
fn what_was_split_is_merged_again_and_a_merge_is_not_told_twice() {
    let mut history = given(acme(), [on("01-01", opened())])
        .and(child(), [on("01-01", opened())])
        .and(tenant(), []);
    for body in [merged("acme", "child"), split("child"), merged("child", "acme"), split("acme")] {
        let event = on("02-01", body);
        let proposal = Proposal::new(tenant(), event.clone());
        history = history.when(proposal).then([(tenant(), event)]);
    }
}

#[test]
fn a_client_pays_for_itself() {
    let paid = on("01-10", paid("P1", 80_00, [to("I2", 80_00).of_child()]));
    let owes = || {
        given(acme(), [on("01-01", opened())])
            .and(child(), [on("01-01", opened()), on("01-02", invoice("I2", 80_00))])
    };
    owes().when(paid.clone()).then_refused("not_paid_for");
    let merged = owes().and(tenant(), [on("01-05", merged("acme", "child"))]);
    let state = |stream| merged.state_of(stream).clone();
    let states = [acme(), child(), tenant()].map(|it| (it, state(it))).into();
    let proposed = Proposal::new(acme(), paid).decide(&states).unwrap();
    assert_eq!(proposed.iter().map(|(stream, _)| *stream).collect::<Vec<_>>(), [acme(), child()]);
}
