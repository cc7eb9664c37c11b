//! The laws of the cache: it says what the log says, however it was cut, merged and read, and
//! nothing at all once it is damaged.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, and so do its helpers"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex};

use chrono::NaiveDate;
use proptest::prelude::*;
use relatum_demo::Options;
use relatum_domain::event::correction::EventUndone;
use relatum_domain::gist::Topics;
use relatum_domain::{ACCOUNT, Event, Gist, Recorded, TenantId, View};
use relatum_log::{Envelope, EventType, Position, Seq, TreeHash};
use relatum_projections::{Checkpoint, Models, Which};
use relatum_replay::{Covered, LeftOut, Replay, ReplayError, promote, recover};
use relatum_stream::{EventRef, StreamId, Version};

static BOOK: LazyLock<Vec<Envelope<Event>>> = LazyLock::new(|| {
    let today = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
    events_of(&Options::new(7, today).accounts(5))
});

fn events_of(options: &Options) -> Vec<Envelope<Event>> {
    let mut versions: BTreeMap<StreamId, u64> = BTreeMap::new();
    let facts = relatum_demo::book(options).into_iter();
    let envelope = |(seq, fact): (u64, relatum_demo::Fact)| {
        let version = versions.entry(fact.stream).or_default();
        *version += 1;
        Envelope {
            event: EventRef::new(fact.stream, Version(*version)),
            position: Position::of(seq),
            recorded_at: fact.recorded_at,
            event_type: EventType::of(fact.event.body.event_type()),
            schema: fact.event.body.schema(),
            key: None,
            data: fact.event,
        }
    };
    (1..).zip(facts).map(envelope).collect()
}

static FOLDED: LazyLock<Vec<Checkpoint>> = LazyLock::new(|| folded(&BOOK).save());

fn folded(events: &[Envelope<Event>]) -> Models {
    let mut models = Models::default();
    events.iter().for_each(|envelope| models.apply(envelope));
    models
}

/// The cache of a beginning of the book, in runs that end at `cuts`.
fn cached(folder: &Path, cuts: &[usize]) -> Replay {
    let mut replay = Replay::open(folder, |_| true);
    let mut from = 0;
    for cut in cuts {
        replay.append(&BOOK[from..*cut]).unwrap();
        replay.keep(root(*cut)).unwrap();
        from = *cut;
    }
    replay
}

/// Stands for the root of a tree over so many events.
fn root(events: usize) -> TreeHash {
    TreeHash::leaf(&events.to_le_bytes())
}

fn runs(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_cutting_merging_and_number_of_threads_folds_to_what_the_log_does(
        cuts in prop::collection::vec(0..BOOK.len(), 0..20),
        threads in 1..5_usize,
        compacted in any::<bool>(),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut cuts = cuts;
        cuts.push(BOOK.len());
        cuts.sort_unstable();
        let mut replay = cached(folder.path(), &cuts);
        prop_assert_eq!(&replay.fold(threads, None).unwrap().save(), &*FOLDED, "as it was written");
        if compacted {
            replay.compact().unwrap();
        }
        prop_assert_eq!(&replay.fold(threads, None).unwrap().save(), &*FOLDED, "merged");
        let reopened = Replay::open(folder.path(), |_| true);
        prop_assert_eq!(reopened.upto(), Seq(BOOK.len() as u64));
        prop_assert_eq!(&reopened.fold(threads, None).unwrap().save(), &*FOLDED, "opened again");
    }

    #[test]
    fn parts_make_the_whole(cuts in prop::collection::vec(1..BOOK.len(), 0..6)) {
        let folder = tempfile::tempdir().unwrap();
        let mut cuts = cuts;
        cuts.push(BOOK.len());
        cuts.sort_unstable();
        let replay = cached(folder.path(), &cuts);
        let whole = Mutex::new(Models::default());
        let join = |_, part| whole.lock().unwrap().join(part);
        let all = LeftOut::default();
        prop_assert!(replay.each_part(2, Which::ALL, None, None, all, join));
        let mut whole = whole.into_inner().unwrap();
        whole.join(replay.common(None).unwrap());
        prop_assert_eq!(&whole.save(), &*FOLDED);
    }

    #[test]
    fn damage_anywhere_is_noticed_and_never_believed(
        at in any::<prop::sample::Index>(),
        bit in 0..8_u8,
        truncated in any::<bool>(),
    ) {
        let folder = tempfile::tempdir().unwrap();
        drop(cached(folder.path(), &[BOOK.len() / 2, BOOK.len()]));
        let path = runs(folder.path()).remove(0);
        let mut bytes = std::fs::read(&path).unwrap();
        let at = at.index(bytes.len());
        if truncated { bytes.truncate(at) } else { bytes[at] ^= 1 << bit }
        std::fs::write(&path, bytes).unwrap();
        let replay = Replay::open(folder.path(), |_| true);
        match replay.covered() {
            None => prop_assert!(runs(folder.path()).is_empty(), "what follows nothing is deleted"),
            Some(_) => prop_assert!(replay.fold(1, None).is_none(), "a damaged block was read"),
        }
    }
}

/// The book without openings, its last events first, told by nobody's and by three batches, of
/// which the first one is taken back.
fn without_openings() -> Vec<Envelope<Event>> {
    let mut versions: BTreeMap<StreamId, u64> = BTreeMap::new();
    let told = BOOK.iter().rev().filter(|it| {
        let data = &it.data;
        data.body.event_type() != "account_opened" && data.amends.is_none()
    });
    let mut all: Vec<(StreamId, Event)> = Vec::new();
    for (batch, it) in (0..).map(|at| at / 7 % 4).zip(told) {
        let begun = EventRef::new(TenantId::own().into(), Version(batch));
        let causation = Some(begun).filter(|_| batch > 0);
        all.push((it.event.stream, Event { causation, ..it.data.clone() }));
    }
    let first = |event: &Event| event.causation.is_some_and(|it| it.version == Version(1));
    let mut undone = Vec::new();
    for (stream, event) in &all {
        let version = versions.entry(*stream).or_default();
        *version += 1;
        if first(event) {
            let told = EventRef::new(*stream, Version(*version));
            let body = EventUndone { event: told, batch: uuid::Uuid::nil().into() };
            undone.push((*stream, Event { causation: None, body: body.into(), ..event.clone() }));
        }
    }
    all.extend(undone.into_iter().rev());
    versions.clear();
    let envelope = |(seq, (stream, event)): (u64, (StreamId, Event))| {
        let version = versions.entry(stream).or_default();
        *version += 1;
        Envelope {
            event: EventRef::new(stream, Version(*version)),
            position: Position::of(seq),
            recorded_at: BOOK[0].recorded_at + chrono::TimeDelta::microseconds(seq as i64),
            event_type: EventType::of(event.body.event_type()),
            schema: event.body.schema(),
            key: None,
            data: event,
        }
    };
    (1..).zip(all).map(envelope).collect()
}

#[test]
fn since_when_who_is_there_is_known_of_what_every_fold_reads_alone() {
    let book = without_openings();
    let directory = Which::one("directory").unwrap();
    assert_eq!(directory.topics(), Topics::of(&[]));
    let expected = folded(&book);
    for cuts in [vec![book.len()], vec![book.len() / 3, book.len() / 2, book.len()]] {
        let folder = tempfile::tempdir().unwrap();
        let mut replay = Replay::open(folder.path(), |_| true);
        let mut from = 0;
        for cut in cuts {
            replay.append(&book[from..cut]).unwrap();
            replay.keep(root(cut)).unwrap();
            from = cut;
        }
        for _ in 0..2 {
            let whole = Mutex::new(Models::default());
            let join = |_, part| whole.lock().unwrap().join(part);
            assert!(replay.each_part(1, directory, None, None, LeftOut::default(), join));
            let mut whole = whole.into_inner().unwrap();
            whole.join(replay.common(None).unwrap());
            let state = |models: &Models| models.save_only(directory).remove(0).state;
            assert_eq!(state(&whole), state(&expected));
            let all = replay.fold(2, None).unwrap();
            assert_eq!(all.save(), expected.save(), "and nothing is there twice");
            replay.compact().unwrap();
        }
    }
    let last = book.last().unwrap().recorded_at.timestamp_micros();
    let there = |known_at| {
        let view = View { as_of: NaiveDate::MAX, known_at: Recorded(known_at) };
        expected.directory.accounts(&view).count()
    };
    assert_eq!((there(0), there(last)), (0, 5), "of each account others tell too");
}

/// A projection says what it reads: of all else it must not depend.
#[test]
fn what_a_projection_does_not_read_changes_nothing_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let replay = cached(folder.path(), &[1_000, BOOK.len()]);
    let mut narrow = 0;
    for (at, expected) in FOLDED.iter().enumerate() {
        let which = Which::one(expected.name).unwrap();
        narrow += usize::from(which.topics() != Topics::ALL);
        let whole = Mutex::new(Models::default());
        let join = |_, part| whole.lock().unwrap().join(part);
        assert!(replay.each_part(2, which, None, None, LeftOut::default(), join));
        let mut whole = whole.into_inner().unwrap();
        whole.join(replay.common(None).unwrap());
        assert_eq!(&whole.save()[at], expected, "{}", expected.name);
    }
    assert!(narrow > 5);
}

#[test]
fn the_history_of_one_stream_is_its_gists_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let replay = cached(folder.path(), &[100, 1_000, BOOK.len()]);
    let stream = BOOK[500].event.stream;
    let of_stream = || BOOK.iter().filter(|it| it.event.stream == stream);
    let gist = |it| {
        let envelope: &Envelope<Event> = it;
        Gist::of(envelope.event, Recorded::from(envelope.recorded_at), &envelope.data)
    };
    let mut expected = of_stream().map(gist);
    replay
        .stream(stream, Topics::ALL, None, |gists| {
            for gist in gists {
                assert_eq!(Some(*gist), expected.next().as_ref());
            }
        })
        .unwrap();
    assert_eq!(expected.next(), None);
    let mut none = 0;
    let nobody = "account/67e55044-10b1-426f-9247-bb680e5fe0c8".parse().unwrap();
    replay.stream(nobody, Topics::ALL, None, |gists| none += gists.len()).unwrap();
    assert_eq!(none, 0);
}

#[test]
fn what_is_of_another_log_is_deleted_and_what_is_before_it_stays() {
    let folder = tempfile::tempdir().unwrap();
    drop(cached(folder.path(), &[100, 200, 300]));
    let replay = Replay::open(folder.path(), |it| it.root != root(300));
    assert_eq!(replay.covered(), Some(Covered { upto: Seq(200), root: root(200) }));
    assert_eq!(runs(folder.path()).len(), 2);
    let replay = Replay::open(folder.path(), |_| false);
    assert_eq!((replay.covered(), replay.upto()), (None, Seq::NONE));
    assert!(runs(folder.path()).is_empty());
}

#[test]
fn a_run_of_another_log_is_deleted_with_all_that_follows_it() {
    let [folder, other] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    drop(cached(folder.path(), &[100, 200, 300]));
    let mut replay = Replay::open(other.path(), |_| true);
    replay.append(&BOOK[..100]).unwrap();
    replay.keep(root(77)).unwrap();
    let first = runs(other.path()).remove(0);
    std::fs::copy(&first, folder.path().join(first.file_name().unwrap())).unwrap();
    let replay = Replay::open(folder.path(), |it| it.root == root(300));
    assert_eq!((replay.upto(), replay.files()), (Seq::NONE, 0));
}

#[test]
fn a_crash_between_merging_and_deleting_leaves_nothing_twice() {
    let folder = tempfile::tempdir().unwrap();
    let aside = tempfile::tempdir().unwrap();
    let mut replay = cached(folder.path(), &[100, 200, BOOK.len()]);
    for path in runs(folder.path()) {
        std::fs::copy(&path, aside.path().join(path.file_name().unwrap())).unwrap();
    }
    replay.compact().unwrap();
    for path in runs(aside.path()) {
        std::fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
    }
    std::fs::write(folder.path().join("x.run.unfinished"), "half").unwrap();
    let reopened = Replay::open(folder.path(), |_| true);
    assert_eq!(runs(folder.path()).len(), 1);
    assert_eq!(reopened.fold(2, None).unwrap().save(), *FOLDED);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn what_is_in_memory_is_read_like_what_is_in_files(
        steps in prop::collection::vec((1..400_usize, any::<bool>()), 1..40),
        in_folder in any::<bool>(),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut replay =
            if in_folder { Replay::open(folder.path(), |_| true) } else { Replay::in_memory() };
        let mut from = 0;
        for (length, kept) in steps {
            let to = BOOK.len().min(from + length);
            replay.append(&BOOK[from..to]).unwrap();
            if kept {
                replay.keep(root(1)).unwrap();
                prop_assert!(!in_folder || replay.kept_upto() == replay.upto());
            }
            from = to;
        }
        prop_assert_eq!(replay.upto(), Seq(from as u64));
        prop_assert_eq!(replay.fold(2, None).unwrap().save(), folded(&BOOK[..from]).save());
        let common = replay.common(None).unwrap();
        prop_assert_eq!(common.directory.accounts(&View::latest()).count(), 0);
    }
}

#[test]
fn folded_until_an_instant_is_never_having_learned_more_and_a_stream_can_be_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let replay = cached(folder.path(), &[100, BOOK.len() / 2, BOOK.len()]);
    for at in [0, 99, BOOK.len() / 3, BOOK.len() - 1] {
        let until = Recorded::from(BOOK[at].recorded_at);
        let known = BOOK.partition_point(|it| Recorded::from(it.recorded_at) <= until);
        let expected = folded(&BOOK[..known]);
        assert_eq!(replay.fold(2, Some(until)).unwrap().save(), expected.save(), "{at}");
        let own = BOOK[at].event.stream;
        let mut seen = 0;
        replay.stream(own, Topics::ALL, Some(until), |gists| seen = gists.len()).unwrap();
        assert_eq!(seen, BOOK[..known].iter().filter(|it| it.event.stream == own).count());

        let whole = Mutex::new(Models::default());
        let except = BTreeSet::from([own]);
        let join = |_, part| whole.lock().unwrap().join(part);
        let but = LeftOut { streams: Some(&except), merging: None };
        assert!(replay.each_part(2, Which::ALL, None, Some(until), but, join));
        let mut whole = whole.into_inner().unwrap();
        whole.join(replay.common(Some(until)).unwrap());
        // What is no account is in no part, and is not left out of what is common.
        let is_left = |it: &&Envelope<Event>| it.event.stream != own || own.kind != ACCOUNT;
        let others: Vec<_> = BOOK[..known].iter().filter(is_left).cloned().collect();
        assert_eq!(whole.save(), folded(&others).save());
    }
    let before = Recorded::from(BOOK[0].recorded_at).0 - 1;
    assert_eq!(replay.fold(1, Some(Recorded(before))).unwrap().save(), Models::default().save());
}

#[test]
fn caches_of_one_log_have_the_same_digests_however_they_were_made() {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let one = cached(folders[0].path(), &[BOOK.len()]);
    let many = cached(folders[1].path(), &[7, 500, 501, BOOK.len() / 2, BOOK.len()]);
    let digests = one.digests(1, Which::ALL, None, None).unwrap();
    assert_eq!(many.digests(3, Which::ALL, None, None).unwrap(), digests);
    let streams: BTreeSet<_> = BOOK.iter().map(|it| it.event.stream).collect();
    assert_eq!(digests.iter().map(|(stream, _)| stream).collect::<BTreeSet<_>>(), streams);
    let at = BOOK.len() / 3;
    let until = Recorded::from(BOOK[at].recorded_at);
    let known = BOOK.partition_point(|it| Recorded::from(it.recorded_at) <= until);
    let shorter = tempfile::tempdir().unwrap();
    let shorter = cached(shorter.path(), &[known]).digests(2, Which::ALL, None, None).unwrap();
    assert_eq!(many.snapshot().digests(2, Which::ALL, None, Some(until)).unwrap(), shorter);
    assert_ne!(shorter.hash(0), digests.hash(0));
}

/// A gist that somebody once took wrongly of an event.
#[test]
fn a_wrong_gist_is_found_at_its_event() {
    let mut right = Replay::in_memory();
    right.append(&BOOK).unwrap();
    let expected = right.digests(2, Which::ALL, None, None).unwrap();
    for at in (0..BOOK.len()).step_by(BOOK.len() / 12) {
        let mut events = BOOK.clone();
        events[at].data.effective = events[at].data.effective.pred_opt().unwrap();
        let mut wrong = Replay::in_memory();
        wrong.append(&events).unwrap();
        let found = wrong.digests(2, Which::ALL, None, None).unwrap();
        let EventRef { stream, version } = BOOK[at].event;
        let mut parted = 0;
        for (place, projection) in Models::LIST.iter().enumerate() {
            let which = Which::one(projection.name).unwrap();
            let differing = expected.differing(&found, place);
            let from = right.parts_from(&wrong, stream, which);
            if differing.is_empty() {
                assert_eq!(from, None);
                assert_eq!(expected.hash(place), found.hash(place));
                continue;
            }
            assert_eq!(differing, BTreeSet::from([stream]), "{}", projection.name);
            assert_ne!(expected.hash(place), found.hash(place));
            // What a projection keeps of an event may show with a later one.
            let from = from.unwrap();
            assert!(from >= version, "{} parts at {from}", projection.name);
            parted += usize::from(from == version);
            let state = |cache: &Replay| cache.state_at(stream, which, from).unwrap();
            assert_ne!(state(&right).described(which), state(&wrong).described(which));
        }
        assert!(parted > 0, "nothing parts at {stream}@{version}");
    }
}

#[test]
fn a_promotion_cut_short_leaves_one_whole_cache() {
    let store = tempfile::tempdir().unwrap();
    let [next, live, former] = ["next", "live", "former"].map(|it| store.path().join(it));
    let upto = |path: &Path| Replay::reach(path).map(|it| it.0);
    let make = |path: &Path, upto: usize| drop(cached(path, &[upto]));
    make(&live, 10);
    make(&next, 20);
    promote(&next, &live, &former).unwrap();
    assert_eq!([&next, &live, &former].map(|it| upto(it)), [None, Some(20), None]);
    // Killed once the live one is put aside: it is taken back, and the next one stays.
    make(&next, 30);
    std::fs::rename(&live, &former).unwrap();
    recover(&live, &former).unwrap();
    assert_eq!([&next, &live, &former].map(|it| upto(it)), [Some(30), Some(20), None]);
    // Killed once the next one is in its place: what was before is cleared away.
    std::fs::rename(&live, &former).unwrap();
    std::fs::rename(&next, &live).unwrap();
    recover(&live, &former).unwrap();
    assert_eq!([&next, &live, &former].map(|it| upto(it)), [None, Some(30), None]);
    let without = store.path().join("none");
    make(&next, 5);
    promote(&next, &without, &former).unwrap();
    assert_eq!(upto(&without), Some(5), "where there was none before");
}

/// Nobody waits for a merge, and nobody sees a part of it.
#[test]
fn what_is_read_while_files_are_merged_is_what_the_log_says() {
    let folder = tempfile::tempdir().unwrap();
    let mut replay = Replay::open(folder.path(), |_| true);
    let mut folded = Models::default();
    let pieces: Vec<_> = BOOK.chunks(BOOK.len() / 100).collect();
    for piece in &pieces {
        replay.append(piece).unwrap();
        replay.keep(root(piece.len())).unwrap();
        piece.iter().for_each(|envelope| folded.apply(envelope));
        assert_eq!(replay.fold(2, None).unwrap().save(), folded.save());
    }
    replay.settle();
    assert!(replay.files() < pieces.len() / 4, "{} files", replay.files());
    assert_eq!(runs(folder.path()).len(), replay.files(), "parts are deleted");
    assert_eq!(replay.fold(2, None).unwrap().save(), folded.save());
    assert_eq!(folded.save(), *FOLDED);
    let reopened = Replay::open(folder.path(), |_| true);
    assert_eq!(reopened.files(), replay.files(), "each follows the one before");
}

#[test]
fn who_reads_goes_on_in_files_that_were_merged_or_deleted_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let replay = cached(folder.path(), &[100, 200, BOOK.len()]);
    for path in runs(folder.path()) {
        std::fs::remove_file(path).unwrap();
    }
    assert_eq!(replay.fold(2, None).unwrap().save(), *FOLDED);
}

#[test]
fn a_cache_that_is_cleared_while_files_are_merged_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let cuts: Vec<usize> = (1..=8).map(|piece| piece * BOOK.len() / 8).collect();
    let mut replay = cached(folder.path(), &cuts);
    replay.clear();
    assert!(runs(folder.path()).is_empty());
    assert_eq!((replay.files(), replay.upto()), (0, Seq::NONE));
    replay.append(&BOOK).unwrap();
    replay.keep(root(BOOK.len())).unwrap();
    assert_eq!(replay.fold(1, None).unwrap().save(), *FOLDED);
}

#[test]
fn a_merge_that_meets_damage_is_told_at_the_next_keep() {
    let folder = tempfile::tempdir().unwrap();
    let cuts = [1, 2, 3, 4].map(|piece| piece * BOOK.len() / 5);
    let mut replay = cached(folder.path(), &cuts[..3]);
    let path = runs(folder.path()).remove(1);
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 4;
    bytes[middle] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    replay.append(&BOOK[cuts[2]..cuts[3]]).unwrap();
    replay.keep(root(4)).unwrap();
    replay.settle();
    assert_eq!(replay.files(), 4, "what is there stays");
    replay.append(&BOOK[cuts[3]..]).unwrap();
    let error = replay.keep(root(5)).unwrap_err();
    assert!(matches!(error, ReplayError::Damaged), "{error}");
}

#[test]
fn events_that_do_not_follow_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut replay = cached(folder.path(), &[100]);
    let error = replay.append(&BOOK[101..110]).unwrap_err();
    assert!(matches!(error, ReplayError::Gap { has: 100, given: 101 }), "{error}");
    replay.append(&[]).unwrap();
    replay.clear();
    assert_eq!(replay.fold(1, None).unwrap().save(), Models::default().save());
    assert_eq!(replay.bytes(), 0);
}

/// Large enough that runs spread over different numbers of blocks.
#[test]
fn runs_of_all_sizes_are_read_together() {
    let today = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
    let book = events_of(&Options::new(8, today).accounts(60));
    let expected = folded(&book);
    for cuts in [[9_000, 9_010, 12_500, 13_000], [10, 20, 6_000, 6_001]] {
        let folder = tempfile::tempdir().unwrap();
        let mut replay = Replay::open(folder.path(), |_| true);
        let mut from = 0;
        for cut in cuts {
            replay.append(&book[from..cut]).unwrap();
            replay.keep(root(0)).unwrap();
            from = cut;
        }
        replay.append(&book[from..]).unwrap();
        assert_eq!(replay.fold(3, None).unwrap().save(), expected.save(), "{cuts:?}");
        let common = replay.common(None).unwrap();
        assert_eq!(
            common.directory.managers(&View::latest()).count(),
            expected.directory.managers(&View::latest()).count()
        );
        for envelope in book.iter().step_by(997) {
            let (mut seen, stream) = (0, envelope.event.stream);
            replay.stream(stream, Topics::ALL, None, |gists| seen += gists.len()).unwrap();
            assert_eq!(seen, book.iter().filter(|it| it.event.stream == stream).count());
        }
        replay.keep(root(0)).unwrap();
        replay.compact().unwrap();
        assert_eq!(replay.fold(3, None).unwrap().save(), expected.save(), "{cuts:?}, merged");
    }
}
