//! The whole book, fact by fact, put to the domain's own decisions.

use std::collections::BTreeMap;

use relatum_domain::EventBody;
use relatum_domain::decide::{Proposal, State};
use relatum_stream::StreamId;

use super::{many, named};

#[test]
fn every_fact_would_have_been_recorded() {
    let mut refused: BTreeMap<String, (u32, String)> = BTreeMap::new();
    for (_, facts) in many().iter().take(4) {
        let mut states: BTreeMap<StreamId, State> = BTreeMap::new();
        for (at, (name, fact)) in named(facts).into_iter().enumerate() {
            let proposal = Proposal::new(fact.stream, fact.event.clone());
            match (&fact.event.body, proposal.decide(&states)) {
                // Decided with the payment before it.
                (EventBody::PaidByOther(_), _) => {}
                (_, Ok(proposed)) => {
                    for (place, (stream, event)) in proposed.iter().enumerate() {
                        let written = &facts[at + place];
                        assert_eq!((&written.stream, &written.event), (stream, event));
                    }
                }
                (_, Err(error)) => {
                    let entry = refused.entry(error.code().to_owned()).or_default();
                    entry.0 += 1;
                    entry.1 = format!("{error}: {fact:?}");
                }
            }
            states.entry(fact.stream).or_default().evolve(
                name,
                fact.recorded_at.into(),
                &fact.event,
            );
        }
    }
    assert!(refused.is_empty(), "{refused:#?}");
}
