//! `log rebuild`: a generation that says the same is promoted; where it does not is shown.

use relatum::Engine;
use relatum_replay::Replay;

use crate::support::Place;

#[test]
fn a_rebuild_that_says_the_same_is_live_and_counted() {
    let place = Place::with_book();
    let before = place.run(&["report", "aging", "--as-of", crate::support::TODAY, "--json"]).json();
    for generation in [1, 2] {
        let ran = place.run(&["log", "rebuild", "--json"]);
        assert_eq!(ran.code, 0, "{ran:?}");
        let told = ran.json();
        assert_eq!((&told["promoted"], &told["generation"]), (&true.into(), &generation.into()));
        assert!(told["projections"].as_array().unwrap().iter().all(|it| it["parting"].is_null()));
        let stats = place.run(&["log", "stats", "--json"]).json();
        assert_eq!(stats["replay_generation"], generation);
        assert_eq!(stats["replay_behind"], 0);
    }
    let after = place.run(&["report", "aging", "--as-of", crate::support::TODAY, "--json"]).json();
    assert_eq!(after, before);
    let ran = place.run(&["log", "rebuild"]);
    assert!(ran.out.starts_with("generation 3 is live"), "{}", ran.out);
    assert!(place.run(&["log", "stats"]).out.contains("generation 3"));
}

#[test]
fn a_wrong_cache_is_not_replaced_in_silence_but_shown_where_it_parts() {
    let place = Place::with_book();
    let (store, keys) = (place.path("book"), place.path("book.keys"));
    let engine = Engine::builder().keys(keys).open(&store).unwrap();
    let mut events: Vec<_> = engine.replay().events().unwrap().map(Result::unwrap).collect();
    let root = engine.stats().unwrap().unwrap().root;
    drop(engine);
    let at = events.len() / 2;
    let event = events[at].event.to_string();
    events[at].data.effective = events[at].data.effective.pred_opt().unwrap();
    std::fs::remove_dir_all(store.join("replay")).unwrap();
    let mut wrong = Replay::open(store.join("replay"), |_| true);
    wrong.append(&events).unwrap();
    wrong.keep(root).unwrap();
    drop(wrong);

    for accept in [&["log", "rebuild"][..], &["log", "rebuild", "--accept"]] {
        let ran = place.run(accept);
        assert_eq!(ran.code, 1, "{ran:?}");
        assert!(ran.out.starts_with("not promoted: states differ"), "{}", ran.out);
        let parts = format!("they part with {event}, at {}", at + 1);
        assert!(ran.out.contains(&parts), "{parts}: {}", ran.out);
        assert!(ran.out.contains("\n- ") && ran.out.contains("\n+ "), "both states: {}", ran.out);
    }
    assert_eq!(place.run(&["log", "stats", "--json"]).json()["replay_generation"], 0);
}
