//! Projections of one's own: they say what the log says, whatever becomes of their files.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use relatum::domain::{Event, Gist, Recorded, Stamp, Voids};
use relatum::log::{Cut, Envelope};
use relatum::testing::laws;
use relatum::{
    Engine, Error, Fact, OwnProjectionStats, Pace, Projection, ProjectionError, StreamId, View,
};
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use crate::books::{
    account, adjusted, append, clock, day, demo, fill, path_in, record, stored, today,
};

/// What stands in a stream, by event type.
struct Kinds<const REVISION: u32>;

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Told {
    rows: Vec<(Stamp, String)>,
    voids: Voids,
}

impl<const R: u32> Projection for Kinds<R> {
    type State = Told;
    type Seen = BTreeMap<String, usize>;
    const NAME: &'static str = "kinds";
    const REVISION: u32 = R;

    fn apply(told: &mut Told, it: &Envelope<Event>) {
        let recorded = Recorded::from(it.recorded_at);
        told.voids.learn(&Gist::of(it.event, recorded, &it.data));
        let stamp = Stamp::of(it.event, recorded, &it.data);
        // Another revision calls them otherwise.
        told.rows.push((stamp, format!("{}/{R}", it.data.body.event_type())));
    }

    fn see(told: &Told, view: &View) -> Option<Self::Seen> {
        let mut seen = BTreeMap::new();
        for (_, kind) in told.rows.iter().filter(|(stamp, _)| told.voids.shows(*stamp, view)) {
            *seen.entry(kind.clone()).or_default() += 1;
        }
        Some(seen).filter(|seen| !seen.is_empty())
    }
}

type Seen = BTreeMap<StreamId, BTreeMap<String, usize>>;

/// The same from the list of all events, without a fold.
fn by_hand(engine: &Engine, view: &View, revision: u32) -> Seen {
    let all: Vec<_> = engine.replay().events().unwrap().map(Result::unwrap).collect();
    let mut voids: BTreeMap<StreamId, Voids> = BTreeMap::new();
    for it in &all {
        let gist = Gist::of(it.event, it.recorded_at.into(), &it.data);
        voids.entry(it.event.stream).or_default().learn(&gist);
    }
    let mut seen = Seen::new();
    for it in &all {
        let stamp = Stamp::of(it.event, it.recorded_at.into(), &it.data);
        if voids[&it.event.stream].shows(stamp, view) {
            let kind = format!("{}/{revision}", it.data.body.event_type());
            *seen.entry(it.event.stream).or_default().entry(kind).or_default() += 1;
        }
    }
    seen
}

fn filled(engine: &Engine) {
    append(engine, demo(4).into_iter().map(|it| Fact::new(it.stream, it.event)).collect());
}

#[test]
fn the_laws_hold_on_the_demos_book() {
    laws::<Kinds<1>>(demo(3).into_iter().map(|it| (it.stream, it.event)));
}

#[test]
fn it_answers_from_any_point_as_the_list_of_events_does() {
    let clock = clock();
    let engine = Engine::builder().clock(clock.clone()).in_memory().unwrap();
    let book = demo(4);
    let (first, second) = book.split_at(book.len() / 2);
    for part in [first, second] {
        fill(&engine, &clock, part);
        for back in [0, 30, 300] {
            let at = engine.as_of(today() - chrono::Days::new(back));
            let seen = at.project::<Kinds<1>>().unwrap();
            assert_eq!(seen, by_hand(&engine, &at.view(), 1));
            let some = *seen.keys().next().unwrap();
            assert_eq!(at.project_stream::<Kinds<1>>(some).unwrap().as_ref(), seen.get(&some));
            let known = at.known_at(first.last().unwrap().recorded_at).unwrap();
            let seen = known.project::<Kinds<1>>().unwrap();
            assert_eq!(seen, by_hand(&engine, &known.view(), 1));
        }
    }
}

#[test]
fn an_overlay_is_taken_in_as_if_it_had_been_appended() {
    let engine = |facts: &[relatum_demo::Fact]| {
        let clock = clock();
        let engine = Engine::builder().clock(clock.clone()).in_memory().unwrap();
        fill(&engine, &clock, facts);
        engine
    };
    let book = demo(4);
    let (known, planned) = book.split_at(book.len() / 2);
    let planned: Vec<_> = planned.iter().map(|it| Fact::new(it.stream, it.event.clone())).collect();
    let (speculating, appended) = (engine(known), engine(known));
    append(&appended, planned.clone());
    let over = speculating.as_of(today()).what_if(planned).unwrap();
    let expected = appended.as_of(today()).project::<Kinds<1>>().unwrap();
    assert_eq!(over.project::<Kinds<1>>().unwrap(), expected);
    for (stream, seen) in &expected {
        assert_eq!(over.project_stream::<Kinds<1>>(*stream).unwrap().as_ref(), Some(seen));
    }
    let plain = speculating.as_of(today()).project::<Kinds<1>>().unwrap();
    assert_eq!(plain, by_hand(&speculating, &View::as_of(today()), 1));
}

fn file(folder: &TempDir) -> PathBuf {
    path_in(folder).join("projections/kinds.states")
}

fn stats(engine: &Engine) -> Vec<OwnProjectionStats> {
    engine.stats().unwrap().unwrap().own_projections
}

fn latest<const R: u32>(engine: &Engine) -> Seen {
    engine.as_of(today()).project::<Kinds<R>>().unwrap()
}

/// A store with the demo's book, of which the projection has a file.
fn kept() -> (TempDir, u64, Seen) {
    let (folder, engine) = stored();
    filled(&engine);
    let seen = latest::<1>(&engine);
    engine.checkpoint().unwrap();
    let events = engine.head().unwrap().events();
    (folder, events, seen)
}

#[test]
fn what_was_kept_is_gone_on_with() {
    let (folder, events, seen) = kept();
    let engine = Engine::open(path_in(&folder)).unwrap();
    let [before] = &stats(&engine)[..] else { panic!("one projection has a file") };
    assert_eq!((before.name.as_str(), before.revision), ("kinds", 1));
    assert_eq!((before.position, before.behind), (events, 0));
    record(&engine, 1, adjusted(0, "more")).unwrap();
    assert_eq!((stats(&engine)[0].position, stats(&engine)[0].behind), (events, 1));
    // What the file says is believed: the log is not read again.
    let text = std::fs::read_to_string(file(&folder)).unwrap();
    assert!(text.lines().count() == seen.len() + 1, "a line for each stream");
    let now = latest::<1>(&engine);
    assert_eq!(now, by_hand(&engine, &View::as_of(today()), 1));
    assert_eq!((stats(&engine)[0].position, stats(&engine)[0].behind), (events + 1, 0));
    engine.rebuild(|_, _| {}).unwrap();
    assert!(!file(&folder).exists(), "thrown away with all that is derived");
    assert_eq!(latest::<1>(&engine), now);
}

#[test]
fn a_file_of_another_revision_or_log_or_with_damage_is_not_used() {
    let (folder, _, seen) = kept();
    let engine = Engine::open(path_in(&folder)).unwrap();
    assert_eq!(latest::<2>(&engine), by_hand(&engine, &View::as_of(today()), 2));
    drop(engine);
    let sound = std::fs::read(file(&folder)).unwrap();
    for at in (0..sound.len()).step_by(sound.len() / 12).chain([sound.len() - 2]) {
        let mut damaged = sound.clone();
        damaged[at] ^= 4;
        std::fs::write(file(&folder), damaged).unwrap();
        let engine = Engine::open(path_in(&folder)).unwrap();
        assert_eq!(latest::<1>(&engine), seen, "damaged at {at}");
    }
    for length in [0, 1, sound.len() / 2, sound.len() - 1] {
        std::fs::write(file(&folder), &sound[..length]).unwrap();
        let engine = Engine::open(path_in(&folder)).unwrap();
        assert_eq!(latest::<1>(&engine), seen, "cut to {length} bytes");
    }
    let (other, engine) = stored();
    record(&engine, 1, adjusted(0, "a")).unwrap();
    std::fs::create_dir_all(file(&other).parent().unwrap()).unwrap();
    std::fs::write(file(&other), &sound).unwrap();
    assert_eq!(latest::<1>(&engine), by_hand(&engine, &View::as_of(today()), 1));
}

#[test]
fn a_backfill_goes_on_from_its_file_tells_how_it_goes_and_holds_nobody_up() {
    let (folder, events, _) = kept();
    let engine = Engine::open(path_in(&folder)).unwrap();
    record(&engine, 1, adjusted(0, "more")).unwrap();
    let done = engine.backfill::<Kinds<1>>(Pace::UNBOUNDED, |_, _| {}).unwrap();
    assert_eq!((done.resumed_at, done.read, done.upto), (events, 1, events + 1));
    drop(engine);
    // Changed: all of it is read again, and others record meanwhile.
    let engine = Engine::open(path_in(&folder)).unwrap();
    let mut told = Vec::new();
    let done = engine.backfill::<Kinds<2>>(Pace::UNBOUNDED, |at, all| {
        record(&engine, 1, adjusted(1, format!("while {}", told.len()))).unwrap();
        told.push((at, all));
    });
    let done = done.unwrap();
    assert_eq!(latest::<2>(&engine), by_hand(&engine, &View::as_of(today()), 2));
    assert_eq!((done.revision, done.resumed_at, done.read), (2, 0, done.upto));
    assert!(told.len() > 1 && told.iter().all(|(at, all)| at <= all), "{told:?}");
    let text = std::fs::read_to_string(file(&folder)).unwrap();
    assert_eq!(text.lines().count() as u64, done.streams + 1, "kept: a line for each stream");
}

#[test]
fn a_pace_is_kept() {
    let (_folder, engine) = stored();
    filled(&engine);
    let events = engine.head().unwrap().events();
    let pace = Pace::at_most((events * 4).try_into().unwrap());
    let done = engine.backfill::<Kinds<1>>(pace, |_, _| {}).unwrap();
    assert!(done.read == events && done.took >= Duration::from_millis(250), "{done:?}");
}

macro_rules! counting {
    ($type:ident, $name:literal, $state:ty, |$it:ident, $at:ident| $apply:expr, $see:expr) => {
        struct $type;

        impl Projection for $type {
            type State = $state;
            type Seen = u64;
            const NAME: &'static str = $name;
            const REVISION: u32 = 1;

            fn apply($it: &mut $state, $at: &Envelope<Event>) {
                $apply;
            }

            fn see(state: &$state, view: &View) -> Option<u64> {
                let see: fn(&$state, &View) -> u64 = $see;
                Some(see(state, view)).filter(|count| *count > 0)
            }
        }
    };
}

counting!(Twin, "kinds", u64, |it, _at| *it += 1, |it, _| *it);
counting!(Nameless, "My Kinds", u64, |it, _at| *it += 1, |it, _| *it);
counting!(ByPosition, "by-position", u64, |it, at| *it = at.position.seq.0, |_, _| 0);
counting!(Hindsight, "hindsight", u64, |it, _at| *it += 1, |it, _| *it);
counting!(
    Fragile,
    "fragile",
    u64,
    |it, _at| {
        *it += 1;
        fail();
    },
    |it, _| *it
);

/// Forgets what it does not write.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Half {
    kept: u64,
    #[serde(skip)]
    forgotten: u64,
}

counting!(
    Forgetful,
    "forgetful",
    Half,
    |it, _at| {
        it.kept += 1;
        it.forgotten += 1;
    },
    |_, _| 0
);

static FAILS: AtomicBool = AtomicBool::new(false);

fn fail() {
    assert!(!FAILS.swap(false, Ordering::SeqCst), "it fails once");
}

fn said(wrong: impl FnOnce()) -> String {
    let said = catch_unwind(AssertUnwindSafe(wrong)).unwrap_err();
    let text = said.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| said.downcast_ref::<String>().cloned()).unwrap()
}

#[test]
fn the_laws_find_what_breaks_them() {
    let facts = || demo(2).into_iter().map(|it| (it.stream, it.event));
    let found = said(|| laws::<ByPosition>(facts()));
    assert!(found.contains("`by-position` depends on how streams interleave"), "{found}");
    let found = said(|| laws::<Forgetful>(facts()));
    assert!(found.contains("`forgetful` kept after"), "{found}");
    let found = said(|| laws::<Hindsight>(facts()));
    assert!(found.contains("`hindsight` shows from"), "{found}");
}

#[test]
fn names_are_checked_and_are_of_one() {
    let engine = Engine::in_memory().unwrap();
    let at = engine.as_of(day(0));
    at.project::<Kinds<1>>().unwrap();
    let error = at.project::<Twin>().unwrap_err();
    assert!(matches!(error, Error::Projection(ProjectionError::Twin { name: "kinds" })), "{error}");
    let error = at.project::<Nameless>().unwrap_err();
    assert!(matches!(error, Error::Projection(ProjectionError::Name { .. })), "{error}");
}

#[test]
fn a_fold_that_panics_leaves_no_event_taken_in_twice() {
    let engine = Engine::in_memory().unwrap();
    let at = engine.as_of(day(0));
    let own = account(1);
    record(&engine, 1, adjusted(0, "a")).unwrap();
    assert_eq!(at.project_stream::<Fragile>(own).unwrap(), Some(1));
    record(&engine, 1, adjusted(0, "b")).unwrap();
    FAILS.store(true, Ordering::SeqCst);
    assert!(said(|| drop(at.project_stream::<Fragile>(own))).contains("fails once"));
    assert_eq!(at.project_stream::<Fragile>(own).unwrap(), Some(2));
    assert_eq!(engine.replay().after(Cut::start()).events().unwrap().count(), 2);
}
