//! What every registered projection keeps: one state, however it was come by.

use proptest::prelude::*;
use relatum_domain::Event;
use relatum_log::Envelope;
use relatum_projections::{Checkpoint, Models};

use crate::generated::{book, ops};
use crate::raw::models;

fn states(models: &Models) -> Vec<Checkpoint> {
    models.save()
}

fn restored(checkpoints: &[Checkpoint]) -> Models {
    let mut models = Models::default();
    for Checkpoint { name, state, .. } in checkpoints {
        models.load(name, state).unwrap();
    }
    models
}

/// The same events with the streams mixed anew; each stream keeps its order, each event its
/// instant.
fn mixed(events: &[Envelope<Event>], choices: &[u8]) -> Vec<Envelope<Event>> {
    let mut streams: Vec<Vec<&Envelope<Event>>> = Vec::new();
    for envelope in events {
        let same = streams.iter_mut().find(|of| of[0].event.stream == envelope.event.stream);
        match same {
            Some(stream) => stream.push(envelope),
            None => streams.push(vec![envelope]),
        }
    }
    let mut streams: Vec<_> = streams.into_iter().map(|of| of.into_iter().peekable()).collect();
    let mut mixed = Vec::new();
    let mut choices = choices.iter().cycle();
    while !streams.is_empty() {
        let at = usize::from(*choices.next().unwrap()) % streams.len();
        mixed.extend(streams[at].next().cloned());
        if streams[at].peek().is_none() {
            drop(streams.remove(at));
        }
    }
    mixed
}

proptest! {
    #![proptest_config(crate::generated::books(96))]

    #[test]
    fn a_checkpoint_anywhere_and_the_tail_are_a_replay(
        ops in ops(70),
        at in any::<prop::sample::Index>(),
    ) {
        let raw = book(&ops);
        let at = at.index(raw.events.len() + 1);
        let (before, after) = raw.events.split_at(at);
        let kept = states(&models(before));
        let mut resumed = restored(&kept);
        prop_assert_eq!(states(&resumed), kept, "what was kept is kept");
        for envelope in after {
            resumed.apply(envelope);
        }
        prop_assert_eq!(states(&resumed), states(&raw.models()));
    }

    #[test]
    fn any_interleaving_of_streams_is_any_other(
        ops in ops(70),
        choices in prop::collection::vec(any::<u8>(), 1..80),
    ) {
        let raw = book(&ops);
        let mixed = models(&mixed(&raw.events, &choices));
        prop_assert_eq!(states(&mixed), states(&raw.models()));
    }
}

#[test]
fn bytes_that_are_no_state_are_refused_and_change_nothing() {
    let mut models = Models::default();
    for info in Models::LIST {
        let state = [0xff; 7];
        let error = models.load(info.name, &state).unwrap_err();
        assert_eq!(error.name, info.name);
        let empty = states(&Models::default());
        let own = empty.iter().find(|it| it.name == info.name).unwrap();
        let longer = [own.state.as_slice(), &[0]].concat();
        let error = models.load(info.name, &longer).unwrap_err();
        assert!(error.to_string().contains(info.name), "{error}");
    }
    assert!(models.load("nobody", &[]).is_err());
    assert_eq!(states(&models), states(&Models::default()));
}

#[test]
fn names_are_unique_and_files_may_be_called_so() {
    let names: Vec<&str> = Models::LIST.iter().map(|it| it.name).collect();
    let unique: std::collections::BTreeSet<_> = names.iter().collect();
    assert_eq!(unique.len(), names.len());
    assert!(names.iter().all(|name| name.bytes().all(|byte| byte.is_ascii_lowercase())));
}
