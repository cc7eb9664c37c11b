//! The demo's book through the projections by other ways than the log's own order.

use std::collections::BTreeMap;

use relatum::domain::Event;
use relatum::log::Envelope;
use relatum::{Engine, Models, StreamId};

use crate::books::{clock, demo, fill};

fn envelopes() -> Vec<Envelope<Event>> {
    let clock = clock();
    let engine = Engine::builder().clock(clock.clone()).in_memory().unwrap();
    fill(&engine, &clock, &demo(20));
    engine.replay().events().unwrap().map(Result::unwrap).collect()
}

fn folded<'a>(events: impl IntoIterator<Item = &'a Envelope<Event>>) -> Models {
    let mut models = Models::default();
    events.into_iter().for_each(|envelope| models.apply(envelope));
    models
}

#[test]
fn stream_after_stream_and_from_any_checkpoint_is_the_same_state() {
    let events = envelopes();
    let expected = folded(&events).save();
    let mut streams: BTreeMap<StreamId, Vec<&Envelope<Event>>> = BTreeMap::new();
    for envelope in &events {
        streams.entry(envelope.event.stream).or_default().push(envelope);
    }
    assert_eq!(folded(streams.values().flatten().copied()).save(), expected);
    assert_eq!(folded(streams.values().rev().flatten().copied()).save(), expected);
    for at in [0, 1, events.len() / 3, events.len() - 1, events.len()] {
        let mut models = Models::default();
        for kept in folded(&events[..at]).save() {
            models.load(kept.name, &kept.state).unwrap();
        }
        events[at..].iter().for_each(|envelope| models.apply(envelope));
        assert_eq!(models.save(), expected, "from {at}");
    }
}
