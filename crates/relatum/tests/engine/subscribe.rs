//! Subscriptions: killed at any point, no effect is lost and none that is done comes again.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use relatum::{Beginning, Class, Delivery, Engine, Error, Phase, Subscription, SubscriptionError};
use tempfile::TempDir;

use crate::books::{adjusted, on_both, path_in, record, stored};

const NAME: &str = "mails";

fn all(subscription: &mut Subscription) -> Vec<Delivery> {
    std::iter::from_fn(|| subscription.try_next().unwrap()).collect()
}

/// Source, phase, and attempt at an effect.
fn told(deliveries: &[Delivery]) -> Vec<(&str, Phase, Option<u32>)> {
    let tell = |it: &Delivery| it.effect.as_ref().map(|effect| effect.attempt);
    deliveries
        .iter()
        .map(|it| (it.envelope.data.source.id.as_str(), it.phase, tell(it)))
        .collect::<Vec<_>>()
}

#[test]
fn history_has_no_effects_unless_that_is_asked_for() {
    use Phase::{Live, Replaying};
    on_both(|engine| {
        record(engine, 1, adjusted(0, "old")).unwrap();
        let mut now = engine.subscribe("now", Beginning::Now).unwrap();
        let mut history = engine.subscribe("history", Beginning::History).unwrap();
        let mut effects = engine.subscribe("effects", Beginning::EffectsOfHistory).unwrap();
        record(engine, 1, adjusted(0, "new")).unwrap();
        assert_eq!(told(&all(&mut now)), [("new", Live, Some(1))]);
        let known = [("old", Replaying, None), ("new", Live, Some(1))];
        assert_eq!(told(&all(&mut history)), known);
        let had = [("old", Replaying, Some(1)), ("new", Live, Some(1))];
        assert_eq!(told(&all(&mut effects)), had);
        // The projections are made anew from history: nobody who subscribes notices.
        engine.rebuild(|_, _| {}).unwrap();
        assert!(all(&mut history).is_empty() && all(&mut now).is_empty());
    });
}

#[test]
fn what_is_recorded_while_nobody_listens_is_live_and_due() {
    on_both(|engine| {
        drop(engine.subscribe(NAME, Beginning::Now).unwrap());
        record(engine, 1, adjusted(0, "meanwhile")).unwrap();
        let mut mails = engine.subscribe(NAME, Beginning::Now).unwrap();
        assert_eq!(told(&all(&mut mails)), [("meanwhile", Phase::Live, Some(1))]);
    });
}

#[test]
fn begun_and_not_done_comes_again_under_its_key_and_done_never() {
    let (folder, engine) = stored();
    let mut mails = engine.subscribe(NAME, Beginning::Now).unwrap();
    for source in ["a", "b", "c"] {
        record(&engine, 1, adjusted(0, source)).unwrap();
    }
    let first = all(&mut mails);
    mails.done(&first[1]).unwrap();
    let error = mails.done(&first[1]).unwrap_err();
    let not_begun = matches!(error, Error::Subscription(SubscriptionError::NotBegun { .. }));
    assert!(not_begun, "{error}");
    drop((mails, engine));

    let engine = Engine::open(path_in(&folder)).unwrap();
    let mut mails = engine.subscribe(NAME, Beginning::EffectsOfHistory).unwrap();
    let second = all(&mut mails);
    assert_eq!(told(&second), [("a", Phase::Live, Some(2)), ("c", Phase::Live, Some(2))]);
    let key = |it: &Delivery| it.effect.as_ref().unwrap().key.clone();
    assert_eq!([key(&second[0]), key(&second[1])], [key(&first[0]), key(&first[2])]);
    assert_eq!(key(&first[0]), format!("{NAME}:{}", first[0].envelope.event));
    second.iter().for_each(|it| mails.done(it).unwrap());
    drop((mails, engine));

    let engine = Engine::open(path_in(&folder)).unwrap();
    assert!(all(&mut engine.subscribe(NAME, Beginning::Now).unwrap()).is_empty());
}

#[test]
fn history_that_was_told_to_be_known_does_not_come_again() {
    on_both(|engine| {
        for source in ["a", "b", "c"] {
            record(engine, 1, adjusted(0, source)).unwrap();
        }
        let mut mails = engine.subscribe(NAME, Beginning::History).unwrap();
        let first = all(&mut mails);
        mails.done(&first[1]).unwrap();
        drop(mails);
        let mut mails = engine.subscribe(NAME, Beginning::History).unwrap();
        assert_eq!(told(&all(&mut mails)), [("c", Phase::Replaying, None)]);
    });
}

/// What a program does with its subscription, and what is done to it.
#[derive(Debug, Clone)]
enum Step {
    Record,
    Next,
    /// The effect that is begun at this place among those that are.
    Done(usize),
    Kill,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => Just(Step::Record),
        4 => Just(Step::Next),
        3 => (0_usize..4).prop_map(Step::Done),
        2 => Just(Step::Kill),
    ];
    prop::collection::vec(step, 1..40)
}

fn open(folder: &TempDir) -> (Engine, Subscription) {
    let engine = Engine::open(path_in(folder)).unwrap();
    let subscription = engine.subscribe(NAME, Beginning::Now).unwrap();
    (engine, subscription)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn killed_at_any_step_every_effect_is_done_once(steps in steps()) {
        let folder = tempfile::tempdir().unwrap();
        let (mut engine, mut mails) = open(&folder);
        let mut attempts: BTreeMap<String, u32> = BTreeMap::new();
        let mut done: BTreeSet<String> = BTreeSet::new();
        let (mut begun, mut recorded) = (Vec::new(), 0_usize);
        let end = [Step::Kill].into_iter().chain((0..80).map(|_| Step::Next));
        for step in steps.into_iter().chain(end) {
            match step {
                Step::Record => {
                    record(&engine, 1, adjusted(0, recorded.to_string())).unwrap();
                    recorded += 1;
                }
                Step::Next => if let Some(delivery) = mails.try_next().unwrap() {
                    let effect = delivery.effect.clone().unwrap();
                    prop_assert!(!done.contains(&effect.key), "{} again", effect.key);
                    let before = attempts.insert(effect.key, effect.attempt).unwrap_or(0);
                    prop_assert_eq!(effect.attempt, before + 1);
                    begun.push(delivery);
                },
                Step::Done(at) if at < begun.len() => {
                    let delivery = begun.remove(at);
                    mails.done(&delivery).unwrap();
                    prop_assert!(done.insert(delivery.effect.unwrap().key));
                }
                Step::Done(_) => {}
                Step::Kill => {
                    begun.clear();
                    drop((mails, engine));
                    (engine, mails) = open(&folder);
                }
            }
        }
        for delivery in begun {
            mails.done(&delivery).unwrap();
            prop_assert!(done.insert(delivery.effect.unwrap().key));
        }
        prop_assert_eq!(done.len(), recorded);
    }
}

#[test]
fn a_standing_that_could_not_be_kept_hands_nothing_out() {
    let (folder, engine) = stored();
    let mut mails = engine.subscribe(NAME, Beginning::Now).unwrap();
    record(&engine, 1, adjusted(0, "a")).unwrap();
    // A folder stands where the new file is to be written.
    let in_the_way = path_in(&folder).join("subscriptions/mails.json.unfinished");
    std::fs::create_dir(&in_the_way).unwrap();
    assert!(matches!(mails.try_next(), Err(Error::Io { .. })));
    std::fs::remove_dir(&in_the_way).unwrap();
    let delivery = mails.try_next().unwrap().unwrap();
    assert_eq!(told(std::slice::from_ref(&delivery)), [("a", Phase::Live, Some(1))]);
    std::fs::create_dir(&in_the_way).unwrap();
    assert!(matches!(mails.done(&delivery), Err(Error::Io { .. })));
    std::fs::remove_dir(&in_the_way).unwrap();
    mails.done(&delivery).unwrap();
}

#[test]
fn names_handles_and_files_are_checked() {
    let (folder, engine) = stored();
    for name in ["", "Mails", "a/b", "..", "a b", &"a".repeat(65)] {
        let error = engine.subscribe(name, Beginning::Now).unwrap_err();
        let told = matches!(error, Error::Subscription(SubscriptionError::Name { .. }));
        assert!(told && error.class() == Class::Refused, "{error}");
    }
    record(&engine, 1, adjusted(0, "a")).unwrap();
    let mails = engine.subscribe(NAME, Beginning::Now).unwrap();
    let error = engine.subscribe(NAME, Beginning::Now).unwrap_err();
    assert!(matches!(error, Error::Subscription(SubscriptionError::InUse { .. })), "{error}");
    drop(mails);
    engine.subscribe(NAME, Beginning::Now).unwrap();

    let file = path_in(&folder).join("subscriptions/mails.json");
    let other = tempfile::tempdir().unwrap();
    let stranger = Engine::open(path_in(&other)).unwrap();
    std::fs::create_dir(path_in(&other).join("subscriptions")).unwrap();
    std::fs::copy(&file, path_in(&other).join("subscriptions/mails.json")).unwrap();
    for _ in 0..2 {
        let error = stranger.subscribe(NAME, Beginning::Now).unwrap_err();
        let other_log = matches!(error, Error::Subscription(SubscriptionError::OtherLog { .. }));
        assert!(other_log && error.class() == Class::Corrupt, "{error}");
        record(&stranger, 1, adjusted(0, "a")).unwrap();
    }
    std::fs::write(&file, "{\"format\":1").unwrap();
    let error = engine.subscribe(NAME, Beginning::Now).unwrap_err();
    assert!(matches!(error, Error::Subscription(SubscriptionError::Damaged { .. })), "{error}");
    assert!(error.to_string().contains("mails.json"), "{error}");
}

#[test]
fn so_much_may_be_begun_and_not_more() {
    let engine = Engine::in_memory().unwrap();
    let mut mails = engine.subscribe(NAME, Beginning::Now).unwrap();
    for number in 0..1_026 {
        record(&engine, number % 9, adjusted(0, number.to_string())).unwrap();
    }
    let begun: Vec<_> = (0..1_024).map(|_| mails.try_next().unwrap().unwrap()).collect();
    let error = mails.try_next().unwrap_err();
    assert!(error.to_string().contains("1024"), "{error}");
    mails.done(&begun[5]).unwrap();
    assert_eq!(mails.try_next().unwrap().unwrap().envelope.position.seq.0, 1_025);
}

#[test]
fn waiting_for_the_next_one_ends_when_it_is_recorded() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    on_both(|engine| {
        let mut mails = engine.subscribe(NAME, Beginning::Now).unwrap();
        let waiting = runtime.spawn(async move { mails.next().await.unwrap() });
        record(engine, 1, adjusted(0, "a")).unwrap();
        let delivery = runtime.block_on(waiting).unwrap();
        assert_eq!(delivery.envelope.data.source.id, "a");
    });
}
