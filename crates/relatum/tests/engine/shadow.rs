//! A shadow of the replay cache: promoted only if it says the same, and where it does not is found.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use relatum::domain::Event;
use relatum::log::{Envelope, TreeHash};
use relatum::{AgingOptions, Compared, Engine, Fact, Pace, Rebuilt};
use relatum_replay::{Digests, Replay, StateDigest};
use serde_json::Value;
use tempfile::TempDir;

use crate::books::{account, adjusted, append, demo, path_in, record, stored, today};

fn answers(engine: &Engine) -> String {
    let at = engine.as_of(today());
    format!("{:?} {:?}", at.aging(&AgingOptions::default()).unwrap(), at.book().unwrap())
}

fn book() -> (TempDir, Engine) {
    let (folder, engine) = stored();
    append(&engine, demo(4).into_iter().map(|it| Fact::new(it.stream, it.event)).collect());
    engine.checkpoint().unwrap();
    (folder, engine)
}

fn in_store(folder: &TempDir, name: &str) -> PathBuf {
    path_in(folder).join(name)
}

fn rebuilt(engine: &Engine, accept: bool) -> Rebuilt {
    engine.rebuild_beside(accept, Pace::UNBOUNDED, |_, _| {}).unwrap().unwrap()
}

fn differing(rebuilt: &Rebuilt) -> Vec<&Compared> {
    rebuilt.projections.iter().filter(|it| !it.is_equal()).collect()
}

fn envelopes(engine: &Engine) -> Vec<Envelope<Event>> {
    engine.replay().events().unwrap().map(Result::unwrap).collect()
}

fn root(engine: &Engine) -> TreeHash {
    engine.stats().unwrap().unwrap().root
}

/// Takes the gist of one event wrongly: as of a day too early.
fn wrong(events: &[Envelope<Event>], at: usize) -> Vec<Envelope<Event>> {
    let mut events = events.to_vec();
    events[at].data.effective = events[at].data.effective.pred_opt().unwrap();
    events
}

/// Puts a cache of these events into a folder of the store.
fn cache(path: PathBuf, events: &[Envelope<Event>], root: TreeHash) {
    let _ = std::fs::remove_dir_all(&path);
    let mut replay = Replay::open(path, |_| true);
    replay.append(events).unwrap();
    replay.keep(root).unwrap();
}

#[test]
fn what_says_the_same_is_promoted_and_counted() {
    let (folder, engine) = book();
    let expected = answers(&engine);
    let mut told = (0, 0);
    let first = engine
        .rebuild_beside(false, Pace::UNBOUNDED, |done, all| told = (done, all))
        .unwrap()
        .unwrap();
    assert!(first.promoted && differing(&first).is_empty());
    assert_eq!((first.generation, first.upto.events()), (1, told.0));
    assert_eq!((first.resumed_at, first.read), (0, told.0));
    let stats = engine.stats().unwrap().unwrap();
    assert_eq!((stats.replay_generation, stats.shadow_cut), (1, None));
    assert_eq!(stats.replay_behind, 0, "what is live is in files");
    assert_eq!(answers(&engine), expected);
    record(&engine, 1, adjusted(0, "more")).unwrap();
    assert_ne!(answers(&engine), expected, "what comes later is taken in");
    let now = answers(&engine);
    assert_eq!(rebuilt(&engine, false).generation, 2);
    drop(engine);
    let engine = Engine::open(path_in(&folder)).unwrap();
    assert_eq!(answers(&engine), now);
    assert_eq!(engine.stats().unwrap().unwrap().replay_generation, 2);
    assert!(
        Engine::in_memory()
            .unwrap()
            .rebuild_beside(false, Pace::UNBOUNDED, |_, _| {})
            .unwrap()
            .is_none()
    );
}

#[test]
fn a_gist_that_was_taken_wrongly_is_found_at_its_event_and_nothing_is_promoted() {
    let (folder, engine) = book();
    let (events, root) = (envelopes(&engine), root(&engine));
    drop(engine);
    for at in [0, events.len() / 3, events.len() - 1] {
        cache(in_store(&folder, "replay"), &wrong(&events, at), root);
        let engine = Engine::open(path_in(&folder)).unwrap();
        let before = answers(&engine);
        let rebuilt = rebuilt(&engine, true);
        assert!(!rebuilt.promoted && rebuilt.generation == 0, "not even if accepted");
        let differing = differing(&rebuilt);
        let stream = events[at].event.stream;
        assert!(differing.iter().all(|it| it.differing == BTreeSet::from([stream])));
        let parted = differing.iter().filter_map(|it| it.parting.as_ref());
        let parted: Vec<_> = parted.filter(|it| it.event == events[at].event).collect();
        assert!(!parted.is_empty(), "{differing:#?}");
        assert_eq!(parted[0].position, events[at].position);
        assert_ne!(parted[0].live, parted[0].shadow, "both states are shown");
        assert_eq!(answers(&engine), before, "the live one answers as it did");
        assert!(!in_store(&folder, "replay.next").exists(), "it is derived anew next time");
        assert_eq!(engine.stats().unwrap().unwrap().replay_generation, 0);
    }
}

#[test]
fn after_a_kill_it_goes_on_from_its_last_file_if_that_is_of_the_log() {
    let (folder, engine) = book();
    let (events, root) = (envelopes(&engine), root(&engine));
    record(&engine, 1, adjusted(0, "more")).unwrap();
    // That it goes on shows in what is wrong with the file.
    let at = events.len() / 2;
    cache(in_store(&folder, "replay.next"), &wrong(&events, at), root);
    let stats = engine.stats().unwrap().unwrap();
    let reached = stats.shadow_cut.map(|it| it.events());
    assert_eq!((reached, stats.shadow_behind), (Some(events.len() as u64), Some(1)));
    let found = rebuilt(&engine, false);
    let parted = differing(&found)[0].parting.as_ref().map(|it| it.event);
    assert_eq!((parted, found.promoted), (Some(events[at].event), false));
    // Of another log it is not gone on from.
    let other = TreeHash::leaf(b"another log");
    cache(in_store(&folder, "replay.next"), &wrong(&events, at), other);
    assert!(rebuilt(&engine, false).promoted);
}

/// Makes a note of the live generation in which a projection said something else of a stream, at
/// another revision if `revised`.
fn noted_otherwise(folder: &TempDir, projection: usize, revised: bool) -> String {
    let path = in_store(folder, "replay.generation");
    let text = std::fs::read_to_string(&path).unwrap();
    let mut lines: Vec<Value> = text.lines().map(|it| serde_json::from_str(it).unwrap()).collect();
    let stream = lines[1][0].as_str().unwrap().to_owned();
    lines[1][1][projection] = "0123456789abcdef0123456789abcdef".into();
    let digests: Digests = lines[1..]
        .iter()
        .map(|line| {
            let digests =
                line[1].as_array().unwrap().iter().map(|it| {
                    u128::from_str_radix(it.as_str().unwrap(), 16).unwrap().to_be_bytes()
                });
            (line[0].as_str().unwrap().parse().unwrap(), digests.collect::<Vec<StateDigest>>())
        })
        .collect();
    let told = &mut lines[0]["projections"][projection];
    told["hash"] = digests.hash(projection).into();
    if revised {
        told["revision"] = 0.into();
    }
    let lines: Vec<String> = lines.iter().map(Value::to_string).collect();
    std::fs::write(&path, lines.join("\n")).unwrap();
    stream
}

#[test]
fn a_revised_projection_is_promoted_once_somebody_accepted_what_it_says() {
    let (folder, engine) = book();
    assert!(rebuilt(&engine, false).promoted);
    record(&engine, 1, adjusted(0, "more")).unwrap();
    let stream = noted_otherwise(&folder, 2, true);
    let found = rebuilt(&engine, false);
    let [revised] = differing(&found)[..] else { panic!("one projection: {found:#?}") };
    assert!(!found.promoted && revised.is_revised() && revised.parting.is_none());
    assert_eq!((revised.revision_was, revised.name), (Some(0), found.projections[2].name));
    let streams: Vec<String> = revised.differing.iter().map(ToString::to_string).collect();
    assert_eq!(streams, [stream]);
    assert!(in_store(&folder, "replay.next").exists(), "it waits to be accepted");
    let accepted = rebuilt(&engine, true);
    assert!(accepted.promoted && accepted.generation == 2);
    assert!(differing(&rebuilt(&engine, false)).is_empty(), "and is what is compared with now");
}

#[test]
fn a_fold_that_changed_without_a_revision_is_refused_whatever_is_accepted() {
    let (folder, engine) = book();
    assert!(rebuilt(&engine, false).promoted);
    let stream = noted_otherwise(&folder, 0, false);
    let found = rebuilt(&engine, true);
    assert!(!found.promoted && found.generation == 1);
    let streams: Vec<String> =
        differing(&found)[0].differing.iter().map(ToString::to_string).collect();
    assert_eq!(streams, [stream]);
}

#[test]
fn questions_are_answered_and_facts_recorded_meanwhile() {
    let (_folder, engine) = book();
    let done = AtomicBool::new(false);
    let (asked, recorded) = std::thread::scope(|scope| {
        let asking = scope.spawn(|| {
            let mut asked = 0;
            while !done.load(Ordering::SeqCst) || asked == 0 {
                answers(&engine);
                asked += 1;
            }
            asked
        });
        let recording = scope.spawn(|| {
            let mut recorded = 0;
            while !done.load(Ordering::SeqCst) || recorded == 0 {
                record(&engine, recorded % 9, adjusted(0, recorded.to_string())).unwrap();
                recorded += 1;
            }
            recorded
        });
        for generation in 1..=3 {
            let rebuilt = rebuilt(&engine, false);
            assert!(rebuilt.promoted, "{rebuilt:#?}");
            assert_eq!(rebuilt.generation, generation);
        }
        done.store(true, Ordering::SeqCst);
        (asking.join().unwrap(), recording.join().unwrap())
    });
    assert!(asked > 0 && recorded > 0);
    let told = answers(&engine);
    engine.rebuild(|_, _| {}).unwrap();
    assert_eq!(answers(&engine), told);
    assert!(engine.stream(account(0).into()).unwrap().len() as u64 >= recorded / 9);
}

#[test]
fn a_promotion_that_was_cut_short_is_taken_back_at_the_next_opening() {
    let (folder, engine) = book();
    let expected = answers(&engine);
    drop(engine);
    std::fs::rename(in_store(&folder, "replay"), in_store(&folder, "replay.former")).unwrap();
    let engine = Engine::open(path_in(&folder)).unwrap();
    let stats = engine.stats().unwrap().unwrap();
    assert_eq!((stats.replay_behind, stats.projections_behind), (0, 0), "nothing is read again");
    assert_eq!(answers(&engine), expected);
    assert!(!in_store(&folder, "replay.former").exists());
}
