//! Checkpoints spare a rebuild and change no answer, whatever happens to their files.

use std::path::{Path, PathBuf};

use relatum::{AgingOptions, ChurnOptions, Engine, HistoryFilter, QuotaOptions};
use tempfile::TempDir;

use crate::books::{account, adjusted, clock, day, demo, invoice, path_in, record, today};

/// Everything that the engine answers, in words.
pub(crate) fn answers(engine: &Engine) -> String {
    let now = engine.as_of(today());
    let histories: Vec<_> = now
        .accounts()
        .unwrap()
        .iter()
        .map(|(id, _)| now.history(*id, &HistoryFilter::default()).unwrap())
        .collect();
    format!(
        "{:?}\n{:?}\n{:?}\n{:?}\n{:?}\n{:?}\n{histories:?}",
        now.aging(&AgingOptions::default()).unwrap(),
        now.quota(&QuotaOptions::default()).unwrap(),
        now.churn(&ChurnOptions::default()).unwrap(),
        now.worklist(None).unwrap(),
        now.book().unwrap(),
        now.managers().unwrap(),
    )
}

fn behind(engine: &Engine) -> (u64, u64) {
    let stats = engine.stats().unwrap().unwrap();
    (stats.projections_behind, stats.replay_behind)
}

/// A store with a checkpoint and its answers.
fn kept() -> (TempDir, String, u64) {
    let folder = tempfile::tempdir().unwrap();
    let clock = clock();
    let builder = Engine::builder().create(true).clock(clock.clone());
    let engine = builder.open(path_in(&folder)).unwrap();
    fill_quickly(&engine, &demo(4));
    engine.checkpoint().unwrap();
    assert_eq!(behind(&engine), (0, 0));
    let events = engine.head().unwrap().events();
    let answers = answers(&engine);
    (folder, answers, events)
}

fn fill_quickly(engine: &Engine, facts: &[relatum_demo::Fact]) {
    let facts = facts.iter().map(|it| relatum::Fact::new(it.stream, it.event.clone()));
    crate::books::append(engine, facts.collect());
}

fn files(folder: &TempDir) -> Vec<PathBuf> {
    let files = std::fs::read_dir(path_in(folder).join("replay")).unwrap();
    let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn an_engine_answers_the_same_with_and_without_them() {
    let (folder, expected, events) = kept();
    assert_eq!(files(&folder).len(), 1);
    let engine = Engine::open(path_in(&folder)).unwrap();
    assert_eq!(behind(&engine), (0, 0), "nothing is folded again");
    assert_eq!(answers(&engine), expected);
    engine.rebuild(|_, _| {}).unwrap();
    assert_eq!(answers(&engine), expected);
    assert_eq!(behind(&engine), (0, events), "kept is nothing of what was thrown away");
    drop(engine);
    std::fs::remove_dir_all(path_in(&folder).join("replay")).unwrap();
    let engine = Engine::open(path_in(&folder)).unwrap();
    assert_eq!(behind(&engine), (events, events));
    assert_eq!(answers(&engine), expected);
}

#[test]
fn a_tail_after_the_checkpoint_is_folded_onto_it() {
    let (folder, _, _) = kept();
    let expected = {
        let engine = Engine::open(path_in(&folder)).unwrap();
        record(&engine, 1, invoice(0, 1, 777)).unwrap();
        record(&engine, 1, adjusted(1, "1")).unwrap();
        answers(&engine)
    };
    let engine = Engine::open(path_in(&folder)).unwrap();
    assert_eq!(behind(&engine), (2, 2));
    assert_eq!(answers(&engine), expected);
    engine.checkpoint().unwrap();
    assert_eq!(behind(&engine), (0, 0));
    assert_eq!(
        engine
            .as_of(day(0))
            .aging(&AgingOptions::default())
            .unwrap()
            .lines
            .iter()
            .filter(|line| line.account == Some(account(1)))
            .count(),
        1
    );
}

fn rebuilt_after(spoil: impl Fn(&Path)) {
    let (folder, expected, events) = kept();
    for file in files(&folder) {
        let whole = std::fs::read(&file).unwrap();
        spoil(&file);
        let engine = Engine::open(path_in(&folder)).unwrap();
        assert_eq!(answers(&engine), expected);
        assert_eq!(behind(&engine), (0, events), "{}: nothing of it is kept", file.display());
        drop(engine);
        std::fs::write(&file, whole).unwrap();
    }
    let engine = Engine::open(path_in(&folder)).unwrap();
    assert_eq!(behind(&engine).0, 0, "whole again");
}

#[test]
fn a_damaged_file_is_not_trusted() {
    rebuilt_after(|file| {
        let mut bytes = std::fs::read(file).unwrap();
        let middle = bytes.len() - bytes.len() / 3 - 1;
        bytes[middle] ^= 1;
        std::fs::write(file, bytes).unwrap();
    });
}

#[test]
fn a_truncated_empty_or_deleted_file_is_not_trusted() {
    rebuilt_after(|file| {
        let bytes = std::fs::read(file).unwrap();
        std::fs::write(file, &bytes[..bytes.len() - 1]).unwrap();
    });
    rebuilt_after(|file| std::fs::write(file, "").unwrap());
    rebuilt_after(|file| std::fs::remove_file(file).unwrap());
}

#[test]
fn a_file_of_something_else_is_not_trusted() {
    rebuilt_after(|file| std::fs::write(file, vec![b'x'; 100_000]).unwrap());
    rebuilt_after(|file| {
        let bytes = std::fs::read(file).unwrap();
        std::fs::write(file, [bytes.as_slice(), b"more"].concat()).unwrap();
    });
}

/// The states of all projections, and the answers.
fn everything(engine: &Engine) -> (String, String) {
    let states = engine.as_of(today()).ask(|models, _| format!("{:?}", models.save()));
    (states.unwrap(), answers(engine))
}

/// Damages `bytes` somewhere.
fn damage(bytes: &mut Vec<u8>, draw: &mut impl FnMut(usize) -> usize) {
    let at = draw(bytes.len());
    match draw(3) {
        0 => bytes.truncate(at),
        1 => bytes[at] ^= 1 << draw(8),
        _ => bytes[at..].iter_mut().take(512).for_each(|byte| *byte = !*byte),
    }
}

#[test]
fn a_cache_damaged_anywhere_answers_as_a_rebuild_does() {
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::builder().create(true).clock(clock()).open(path_in(&folder)).unwrap();
    let facts = demo(2);
    for facts in facts.chunks(facts.len() / 3 + 1) {
        fill_quickly(&engine, facts);
        engine.checkpoint().unwrap();
    }
    drop(engine);
    let whole: Vec<_> = files(&folder).into_iter().map(|it| (std::fs::read(&it), it)).collect();
    assert_eq!(whole.len(), 3, "one more, and they are merged");
    let mut seed = 20_261_124_u64;
    let mut draw = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap() % below
    };
    for round in 0..48 {
        std::fs::remove_dir_all(path_in(&folder).join("replay")).unwrap();
        std::fs::create_dir(path_in(&folder).join("replay")).unwrap();
        for (bytes, path) in &whole {
            std::fs::write(path, bytes.as_ref().unwrap()).unwrap();
        }
        let (bytes, path) = &whole[round % whole.len()];
        let mut bytes = bytes.as_ref().unwrap().clone();
        damage(&mut bytes, &mut draw);
        std::fs::write(path, bytes).unwrap();
        let live_events = if draw(2) == 0 { 0 } else { u64::MAX };
        let engine = Engine::builder().live_events(live_events).open(path_in(&folder)).unwrap();
        if draw(2) == 0 {
            record(&engine, 1, adjusted(1, format!("{round}"))).unwrap();
            engine.checkpoint().unwrap();
            assert_eq!(behind(&engine), (0, 0), "nobody waits for the merge");
        }
        let found = everything(&engine);
        engine.rebuild(|_, _| {}).unwrap();
        assert_eq!(found, everything(&engine), "round {round}, {}", path.display());
    }
}

#[test]
fn states_that_older_versions_kept_are_removed() {
    let (folder, ..) = kept();
    let old = path_in(&folder).join("checkpoints");
    std::fs::create_dir(&old).unwrap();
    std::fs::write(old.join("aging.checkpoint"), "old").unwrap();
    drop(Engine::open(path_in(&folder)).unwrap());
    assert!(!old.exists());
    std::fs::create_dir(&old).unwrap();
    std::fs::write(old.join("notes"), "of somebody else").unwrap();
    drop(Engine::open(path_in(&folder)).unwrap());
    assert!(old.join("notes").exists());
}

#[test]
fn a_book_is_the_same_whole_and_in_parts() {
    let (folder, expected, _) = kept();
    let in_parts = Engine::builder().live_events(0).open(path_in(&folder)).unwrap();
    assert_eq!(answers(&in_parts), expected);
    let all = in_parts.as_of(today()).ask(|models, _| models.save()).unwrap();
    drop(in_parts);
    let whole = Engine::open(path_in(&folder)).unwrap();
    assert_eq!(whole.as_of(today()).ask(|models, _| models.save()).unwrap(), all);
}

#[test]
fn parts_follow_the_log_and_so_does_a_whole() {
    let books: Vec<Engine> = [0, 1_000]
        .into_iter()
        .map(|events| Engine::builder().clock(clock()).live_events(events).in_memory().unwrap())
        .collect();
    let facts = demo(4);
    for facts in facts.chunks(facts.len() / 3 + 1) {
        let seen: Vec<String> = books
            .iter()
            .map(|engine| {
                fill_quickly(engine, facts);
                answers(engine)
            })
            .collect();
        assert_eq!(seen[0], seen[1]);
    }
}

fn copy_checkpoints(from: &TempDir, to: &TempDir) {
    let target = path_in(to).join("replay");
    std::fs::create_dir_all(&target).unwrap();
    for file in files(from) {
        std::fs::copy(&file, target.join(file.file_name().unwrap())).unwrap();
    }
}

/// Two books of the same length, recorded at the same instants, that differ in one event, the
/// first or the one in the middle.
#[test]
fn the_files_of_another_log_are_not_trusted() {
    of_another_log(1);
    of_another_log(2);
}

fn of_another_log(account: u64) {
    let book = |minor| {
        let folder = tempfile::tempdir().unwrap();
        let builder = Engine::builder().create(true).clock(clock());
        let engine = builder.open(path_in(&folder)).unwrap();
        record(&engine, 1, invoice(0, 1, if account == 1 { minor } else { 7 })).unwrap();
        record(&engine, 2, invoice(0, 2, if account == 2 { minor } else { 7 })).unwrap();
        record(&engine, 1, adjusted(0, "1")).unwrap();
        engine.checkpoint().unwrap();
        let answers = answers(&engine);
        (folder, answers)
    };
    let ((one, _), (two, expected)) = (book(100), book(200));
    copy_checkpoints(&one, &two);
    let engine = Engine::open(path_in(&two)).unwrap();
    assert_eq!(behind(&engine), (3, 3));
    assert_eq!(answers(&engine), expected);
}

#[test]
fn files_ahead_of_the_log_are_not_trusted() {
    let (long, ..) = kept();
    let short = tempfile::tempdir().unwrap();
    {
        let engine = Engine::open(path_in(&short)).unwrap();
        record(&engine, 1, invoice(0, 1, 100)).unwrap();
    }
    copy_checkpoints(&long, &short);
    let engine = Engine::open(path_in(&short)).unwrap();
    let aging = engine.as_of(day(0)).aging(&AgingOptions::default()).unwrap();
    assert_eq!(aging.lines.len(), 1);
    let empty = tempfile::tempdir().unwrap();
    copy_checkpoints(&long, &empty);
    let engine = Engine::open(path_in(&empty)).unwrap();
    assert_eq!(engine.as_of(day(0)).accounts().unwrap(), []);
}

#[test]
fn a_checkpoint_is_no_part_of_the_store() {
    let (folder, ..) = kept();
    let engine = Engine::open(path_in(&folder)).unwrap();
    let bytes = |engine: &Engine| engine.stats().unwrap().unwrap().disk_bytes;
    let with = bytes(&engine);
    let stats = engine.stats().unwrap().unwrap();
    assert_eq!((stats.replay_runs, &stats.replay_cut), (1, &stats.head));
    assert_eq!(stats.replay_disk_bytes, std::fs::metadata(&files(&folder)[0]).unwrap().len());
    assert!(stats.replay_at.is_some());
    std::fs::remove_dir_all(path_in(&folder).join("replay")).unwrap();
    assert_eq!(bytes(&engine), with);
    let memory = Engine::in_memory().unwrap();
    memory.checkpoint().unwrap();
    assert!(memory.stats().unwrap().is_none());
}
