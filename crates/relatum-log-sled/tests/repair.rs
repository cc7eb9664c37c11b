//! Backups, and stores that are damaged on one side or on both.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::fs;
use std::path::Path;

use relatum_log::{CorruptionKind, LogError, StoredCommit, Version, verify};
use relatum_log_sled::{LostEvents, Side, SledLog, SledOptions, repair, restore};
use support::{Stored, add, all, clock, open, stream};
use tempfile::TempDir;

const SEGMENT: &str = "journal/00000000000000000001.segment";

/// A closed store of `commits` commits to three streams, and what it holds.
fn closed(commits: u128) -> (TempDir, Vec<StoredCommit>) {
    let stored = Stored::new(clock());
    for number in 0..commits {
        add(&stored, number % 3, &format!("data {number}")).unwrap();
    }
    let held = all(&stored);
    (stored.close(), held)
}

fn flip(path: &Path, at: usize) {
    let mut bytes = fs::read(path).unwrap();
    *bytes.get_mut(at).unwrap() ^= 8;
    fs::write(path, bytes).unwrap();
}

fn held(folder: &Path) -> Vec<StoredCommit> {
    let log = open(folder, clock()).unwrap();
    assert!(verify(&log, |_| ()).unwrap().fault.is_none());
    all(&log)
}

#[test]
fn a_whole_store_is_left_alone() {
    let (folder, before) = closed(30);
    let repaired = repair(folder.path(), None).unwrap();
    assert_eq!((repaired.tree.size(), repaired.set_aside, repaired.lost), (30, vec![], vec![]));
    assert_eq!(held(folder.path()), before);
    let nothing = tempfile::tempdir().unwrap();
    let error = repair(nothing.path(), None).unwrap_err();
    assert!(matches!(error, LogError::NotFound { .. }), "{error:?}");
}

#[test]
fn either_side_alone_makes_the_store_whole() {
    let breakings: [fn(&Path); 5] = [
        |store| fs::remove_dir_all(store.join("sled")).unwrap(),
        |store| fs::write(store.join("sled/db"), "no file of sled").unwrap(),
        |store| fs::remove_dir_all(store.join("journal")).unwrap(),
        |store| flip(&store.join(SEGMENT), 2_000),
        |store| fs::write(store.join("head"), "no head").unwrap(),
    ];
    for breaking in breakings {
        let (folder, before) = closed(30);
        breaking(folder.path());
        let repaired = repair(folder.path(), None).unwrap();
        assert_eq!(repaired.tree.size(), 30);
        assert_eq!(repaired.lost, []);
        assert_eq!(repaired.from_store + repaired.from_journal, 30);
        assert_eq!(held(folder.path()), before);
        let again = repair(folder.path(), None).unwrap();
        assert_eq!((again.set_aside, again.tree), (vec![], repaired.tree));
    }
}

#[test]
fn a_repair_that_was_cut_short_is_finished_by_the_next() {
    for step in ["repaired", "repaired.moving"] {
        let (folder, before) = closed(30);
        let whole = folder.path().join("journal").join(step);
        fs::create_dir(&whole).unwrap();
        let name = Path::new(SEGMENT).file_name().unwrap();
        fs::rename(folder.path().join(SEGMENT), whole.join(name)).unwrap();
        fs::remove_dir_all(folder.path().join("sled")).unwrap();
        let error = SledLog::open(folder.path(), SledOptions::new()).unwrap_err();
        let LogError::Corrupt(corruption) = &error else { panic!("{error:?}") };
        let expected = CorruptionKind::Missing { what: "the end of a repair" };
        assert_eq!(format!("{:?}", corruption.kind), format!("{expected:?}"));
        let repaired = repair(folder.path(), None).unwrap();
        assert_eq!((repaired.tree.size(), repaired.lost), (30, vec![]));
        assert_eq!(held(folder.path()), before);
    }
}

#[test]
fn a_store_in_use_whose_journal_is_gone_is_set_aside() {
    let stored = Stored::new(clock());
    add(&stored, 1, "in the journal alone").unwrap();
    let copy = tempfile::tempdir().unwrap();
    fs::create_dir(copy.path().join("sled")).unwrap();
    for file in ["head", "sled/db", "sled/conf"] {
        fs::copy(stored.folder.path().join(file), copy.path().join(file)).unwrap();
    }
    let repaired = repair(copy.path(), None).unwrap();
    assert_eq!(repaired.tree.size(), 0);
    assert_eq!(repaired.set_aside.len(), 2, "{:?}", repaired.set_aside);
    assert_eq!(held(copy.path()), []);
}

#[test]
fn the_newest_file_of_the_journal_of_a_store_in_use_is_missed() {
    let stored = Stored::new(clock());
    // More than a file of 16 MiB holds, and packed little: letters of a simple generator.
    let mut state = 1_u32;
    let mut letter = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        char::from(b'A' + (state >> 26) as u8 % 58).to_ascii_lowercase()
    };
    for number in 0..60 {
        let text: String = (0..600_000).map(&mut letter).filter(|it| *it != '\\').collect();
        add(&stored, number, &text).unwrap();
    }
    let copy = tempfile::tempdir().unwrap();
    let journal = copy.path().join("journal");
    fs::create_dir(&journal).unwrap();
    fs::create_dir(copy.path().join("sled")).unwrap();
    fs::copy(stored.folder.path().join("head"), copy.path().join("head")).unwrap();
    let mut files: Vec<_> = fs::read_dir(stored.folder.path().join("journal"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "segment"))
        .collect();
    files.sort();
    let newest = files.pop().unwrap();
    assert_ne!(newest.file_name(), Path::new(SEGMENT).file_name());
    // Of an earlier file nothing but its beginning is left, of the newest nothing at all.
    fs::write(journal.join(Path::new(SEGMENT).file_name().unwrap()), "relatum journal\n").unwrap();
    let error = SledLog::open(copy.path(), SledOptions::new()).unwrap_err();
    let LogError::Corrupt(corruption) = &error else { panic!("{error:?}") };
    let what = "the newest of the journal of a store that was not closed";
    let expected = CorruptionKind::Missing { what };
    assert_eq!(format!("{:?}", corruption.kind), format!("{expected:?}"));
    let repaired = repair(copy.path(), None).unwrap();
    assert_eq!((repaired.tree.size(), held(copy.path())), (0, vec![]));
    assert!(!repaired.set_aside.is_empty());
}

#[test]
fn what_both_sides_lost_is_named() {
    let (folder, before) = closed(30);
    let path = folder.path().join(SEGMENT);
    // The 21st record, and sled is gone.
    let bytes = fs::read(&path).unwrap();
    let mut records = bytes.windows(4).enumerate().filter(|(_, text)| text == b"rlt1");
    let (at, _) = records.nth(20).unwrap();
    flip(&path, at + 100);
    fs::remove_dir_all(folder.path().join("sled")).unwrap();

    let repaired = repair(folder.path(), None).unwrap();
    assert_eq!((repaired.tree.size(), repaired.from_journal), (20, 20));
    assert_eq!(repaired.known.map(|seq| seq.0), Some(30));
    let lost =
        |of, first| LostEvents { stream: stream(of), first: Version(first), last: Version(10) };
    assert_eq!(repaired.lost, [lost(0, 8), lost(1, 8), lost(2, 7)]);
    assert_eq!(held(folder.path()), before[..20]);
    assert!(repaired.set_aside.iter().all(|path| path.exists()));
    assert!(add(&open(folder.path(), clock()).unwrap(), 1, "goes on").is_ok());
}

#[test]
fn a_contradiction_is_decided_by_who_is_trusted() {
    let (folder, before) = closed(30);
    let other = Stored::new(clock());
    for number in 0..30 {
        add(&other, number % 3, "something else").unwrap();
    }
    let other_held = all(&other);
    let other = other.close();
    fs::remove_dir_all(folder.path().join("journal")).unwrap();
    fs::rename(other.path().join("journal"), folder.path().join("journal")).unwrap();

    let error = repair(folder.path(), None).unwrap_err();
    let LogError::Corrupt(corruption) = &error else { panic!("{error:?}") };
    assert!(matches!(corruption.kind, CorruptionKind::Root(_)), "{corruption:?}");
    repair(folder.path(), Some(Side::Store)).unwrap();
    assert_eq!(held(folder.path()), before);

    let journal = folder.path().join("journal");
    let aside = journal.join("damaged");
    fs::rename(aside.join("00000000000000000001.segment"), folder.path().join(SEGMENT)).unwrap();
    repair(folder.path(), Some(Side::Journal)).unwrap();
    assert_eq!(held(folder.path()), other_held);
}

#[test]
fn a_backup_of_a_store_in_use_grows_and_is_restored() {
    let places = tempfile::tempdir().unwrap();
    let (backup, copy) = (places.path().join("backup"), places.path().join("copy"));
    let stored = Stored::new(clock());
    let mut sizes = Vec::new();
    for round in 0..4_u128 {
        for number in 0..10 {
            add(&stored, number % 3, &format!("data {round} {number}")).unwrap();
        }
        let made = stored.log.backup(&backup).unwrap();
        sizes.push((made.before, made.tree.size()));
    }
    assert_eq!(sizes, [(0, 10), (10, 20), (20, 30), (30, 40)]);
    let before = all(&stored);
    let options = || SledOptions::new().create(true).clock(clock());
    let tree = restore(&backup, &copy, options()).unwrap();
    assert_eq!(held(&copy), before);
    assert_eq!(tree, stored.log.frontier_at(relatum_log::Seq(40)).unwrap());

    let error = restore(&backup, &copy, options()).unwrap_err();
    assert!(matches!(error, LogError::Io { .. }), "{error:?}");
    let (other, _) = closed(50);
    let log = SledLog::open(other.path(), options()).unwrap();
    let error = log.backup(&backup).unwrap_err();
    assert!(matches!(error, LogError::Corrupt(_)), "a backup of another log: {error:?}");

    flip(&backup.join("00000000000000000001.segment"), 700);
    let error = restore(&backup, places.path().join("again"), options()).unwrap_err();
    assert!(matches!(error, LogError::Corrupt(_)), "{error:?}");
    assert!(!places.path().join("again").exists());
}
