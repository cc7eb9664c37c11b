//! Tables of decisions. Every refusal has a row that reaches it, with its words.

use crate::TenantId;
use std::collections::BTreeSet;

use relatum_stream::StreamId;

use super::{Proposal, Refused};
use crate::event::{Event, EventBody};
use crate::testing::given;
use crate::words::acme;

mod activity;
mod audit;
mod by_policy;
mod contract;
mod correction;
mod credit;
mod discount;
mod document;
mod extremes;
mod group;
mod legal;
mod merge;
mod offer;
mod payment;
mod policy;
mod quota;
mod relationship;
mod reversal;
mod sale;
mod settlement;

/// What is refused after which history.
struct Row {
    code: &'static str,
    message: String,
    given: Vec<(StreamId, Event)>,
    when: Proposal,
}

/// A row on one account.
fn row(
    code: &'static str,
    message: impl Into<String>,
    given: impl IntoIterator<Item = Event>,
    when: Event,
) -> Row {
    Row {
        code,
        message: message.into(),
        given: given.into_iter().map(|event| (acme(), event)).collect(),
        when: Proposal::new(acme(), when),
    }
}

/// The steps are legal, one after the other.
#[track_caller]
fn legal(steps: impl IntoIterator<Item = Event>) {
    steps
        .into_iter()
        .fold(given(acme(), []), |given, event| given.when(event.clone()).then([event]));
}

fn rows() -> Vec<Row> {
    let families = [
        relationship::rows(),
        activity::rows(),
        offer::rows(),
        contract::rows(),
        sale::rows(),
        document::rows(),
        payment::rows(),
        settlement::rows(),
        reversal::rows(),
        group::rows(),
        credit::rows(),
        discount::rows(),
        policy::rows(),
        quota::rows(),
        audit::rows(),
        merge::rows(),
        extremes::rows(),
        correction::rows(),
    ];
    families.into_iter().flatten().collect()
}

#[test]
fn every_row_is_refused_in_its_words() {
    for row in rows() {
        let history = row.given.into_iter();
        let history =
            history.fold(given(acme(), []), |so_far, (stream, event)| so_far.and(stream, [event]));
        history.when(row.when).then_refused(row.code).then_refused_with(&row.message);
    }
}

#[test]
fn every_refusal_has_a_row() {
    let reached: BTreeSet<&str> = rows().iter().map(|row| row.code).collect();
    let codes = Refused::CODES.iter().copied().flatten().copied();
    let all: BTreeSet<&str> = codes.clone().collect();
    assert_eq!(all.len(), codes.count(), "codes are unique");
    assert_eq!(all.difference(&reached).collect::<Vec<_>>(), Vec::<&&str>::new());
}

#[test]
fn what_is_refused_is_refused_as_one_event_too() {
    // The other door flags by the state of the stream and the rules, where one stream decides.
    for row in rows() {
        let mut history = given(acme(), []);
        for (stream, event) in row.given {
            history = history.and(stream, [event]);
        }
        let reaches = row.when.streams().len() > 1;
        let foreign =
            matches!(row.when.event.body, EventBody::AllocationUndone(_) | EventBody::Reversed(_));
        if reaches || foreign {
            continue;
        }
        let history = history.and(row.when.stream, []).and(TenantId::own(), []);
        let (stream, rules) = (row.when.stream, history.state_of(TenantId::own()).policies());
        let flagged = history.state_of(stream).check(stream, &row.when.event, rules);
        let flagged = flagged.unwrap_err();
        assert_eq!(flagged.code(), row.code);
    }
}
