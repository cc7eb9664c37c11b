//! Stores that are in use, not writable, of another format, or damaged: each says so.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::error::Error as _;
use std::fs;
use std::path::Path;

use relatum_log::{
    ByteSize, Corruption, CorruptionKind, Cursor, EventLog, LogError, Place, Seq, Version,
};
use relatum_log_sled::{SledLog, SledOptions};
use support::{Stored, add, all, clock, open, stream};

/// A closed store of 20 commits.
fn closed() -> tempfile::TempDir {
    let stored = Stored::new(clock());
    for number in 0..20 {
        add(&stored, number % 3, "some data").unwrap();
    }
    stored.close()
}

/// sled's own view of a closed store.
fn raw(folder: &tempfile::TempDir) -> sled::Db {
    let config = sled::Config::new().path(folder.path().join("sled")).flush_every_ms(None);
    config.segment_size(8 * 1_024 * 1_024).open().unwrap()
}

fn refusal(folder: &Path) -> LogError {
    match open(folder, clock()) {
        Ok(log) => panic!("opened with {} commits", all(&log).len()),
        Err(error) => error,
    }
}

fn kind(error: LogError) -> CorruptionKind {
    match error {
        LogError::Corrupt(Corruption { kind, at: Place::Store, .. }) => kind,
        other => panic!("expected damage of the store, got {other:?}"),
    }
}

#[test]
fn a_store_in_use_says_so_and_is_free_when_closed() {
    let stored = Stored::new(clock());
    let path = stored.folder.path().to_owned();
    let error = refusal(&path);
    assert!(matches!(&error, LogError::Locked { path: at } if *at == path), "{error:?}");
    assert_eq!(
        error.to_string(),
        format!(
            "the store {} is in use by another process; close that one, or wait for it to end",
            path.display()
        )
    );
    let handle = stored.log.clone();
    let folder = stored.close();
    assert!(matches!(refusal(folder.path()), LogError::Locked { .. }), "a handle is left");
    drop(handle);
    assert!(open(folder.path(), clock()).is_ok());
}

#[test]
fn no_store_is_made_unless_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("books");
    let error = SledLog::open(&path, SledOptions::new()).unwrap_err();
    assert!(matches!(&error, LogError::NotFound { path: at } if *at == path), "{error:?}");
    assert!(!path.exists(), "nothing was created");
    drop(open(&path, clock()).unwrap());
    assert!(SledLog::open(&path, SledOptions::new()).is_ok());
}

#[test]
fn a_folder_that_cannot_be_written_is_an_error_with_the_path() {
    // Permissions do not bind the superuser, but nobody makes a folder below a file, or in /sys.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "no folder").unwrap();
    let mut places = vec![file.join("books")];
    if cfg!(target_os = "linux") {
        places.push("/sys/relatum-books".into());
    }
    for place in places {
        let error = refusal(&place);
        assert!(matches!(error, LogError::Io { .. }), "{error:?}");
        assert_eq!(error.to_string(), format!("could not create {}", place.join("sled").display()));
        assert!(error.source().is_some());
    }
    let error = SledLog::open(file.join("books"), SledOptions::new()).unwrap_err();
    assert!(matches!(error, LogError::NotFound { .. }), "{error:?}");
}

#[test]
fn a_store_of_a_newer_format_is_left_alone() {
    let folder = closed();
    let head = folder.path().join("head");
    let text = fs::read_to_string(&head).unwrap();
    fs::write(&head, text.replace("\"format\":2", "\"format\":7")).unwrap();
    let error = refusal(folder.path());
    assert!(matches!(error, LogError::Format { found: 7, supported: 2 }), "{error:?}");
    assert_eq!(
        error.to_string(),
        "the store has format 7, this version knows up to 2; use a newer one"
    );

    fs::write(&head, text).unwrap();
    let db = raw(&folder);
    db.insert("f", &3_u32.to_be_bytes()).unwrap();
    drop(db);
    let error = refusal(folder.path());
    assert!(matches!(error, LogError::Format { found: 3, supported: 2 }), "{error:?}");
}

/// Ways in which sled's file may be gone or shorter.
const EMPTYINGS: [fn(&Path); 6] = [
    |sled| fs::remove_file(sled.join("db")).unwrap(),
    |sled| fs::remove_dir_all(sled).unwrap(),
    |sled| cut(sled, 0),
    |sled| cut(sled, 16),
    |sled| cut(sled, 1_000),
    |sled| cut(sled, 5_000),
];

fn cut(sled: &Path, length: u64) {
    let db = fs::OpenOptions::new().write(true).open(sled.join("db")).unwrap();
    db.set_len(length).unwrap();
    for file in fs::read_dir(sled).unwrap() {
        let path = file.unwrap().path();
        if path.to_string_lossy().contains("snap.") {
            fs::remove_file(path).unwrap();
        }
    }
}

#[test]
fn a_store_that_was_emptied_is_completed_from_its_journal() {
    let before = all(&open(closed().path(), clock()).unwrap());
    for emptying in EMPTYINGS {
        let folder = closed();
        emptying(&folder.path().join("sled"));
        match open(folder.path(), clock()) {
            Ok(log) => assert_eq!(all(&log), before),
            Err(error) => assert!(matches!(kind(error), CorruptionKind::Engine { .. })),
        }
    }
}

#[test]
fn a_store_that_was_emptied_without_a_journal_is_noticed() {
    let mut noticed = 0;
    for emptying in EMPTYINGS {
        let folder = closed();
        fs::remove_dir_all(folder.path().join("journal")).unwrap();
        emptying(&folder.path().join("sled"));
        // sled may open what is left, or fail on it.
        let error = match open(folder.path(), clock()) {
            Ok(log) => {
                assert_eq!(all(&log).len(), 20);
                continue;
            }
            Err(error) => error,
        };
        match kind(error) {
            kind @ CorruptionKind::Head { expected: Seq(20), found: Seq(0) } => {
                noticed += 1;
                let text = "the head record says that the last seq is 20, the store ends at 0";
                assert_eq!(kind.to_string(), text);
            }
            CorruptionKind::Engine { .. } => {}
            other => panic!("{other:?}"),
        }
    }
    assert!(noticed >= 2, "{noticed}");
}

#[test]
fn a_journal_that_was_lost_after_closing_is_written_again() {
    let folder = closed();
    let journal = folder.path().join("journal");
    fs::remove_dir_all(&journal).unwrap();
    let log = open(folder.path(), clock()).unwrap();
    let before = all(&log);
    drop(log);
    fs::remove_dir_all(folder.path().join("sled")).unwrap();
    let log = open(folder.path(), clock()).unwrap();
    assert_eq!(all(&log), before);
    assert_eq!(before.len(), 20);
}

#[test]
fn a_head_record_that_is_lost_or_changed_is_noticed() {
    let folder = closed();
    let head = folder.path().join("head");
    let text = fs::read_to_string(&head).unwrap();
    fs::write(&head, text.replace("20\"", "19\"")).unwrap();
    let changed = kind(refusal(folder.path()));
    assert!(matches!(changed, CorruptionKind::Missing { what: "the head record" }), "{changed:?}");
    fs::remove_file(&head).unwrap();
    let lost = kind(refusal(folder.path()));
    assert!(matches!(lost, CorruptionKind::Missing { what: "the head record" }), "{lost:?}");
    fs::write(&head, text).unwrap();
    assert_eq!(all(&open(folder.path(), clock()).unwrap()).len(), 20);
}

#[test]
fn an_unfinished_snapshot_of_sled_is_no_obstacle() {
    let folder = closed();
    fs::write(folder.path().join("sled/snap.0000000000000000.generating"), "half").unwrap();
    assert_eq!(all(&open(folder.path(), clock()).unwrap()).len(), 20);
}

#[test]
fn a_flipped_bit_is_noticed_or_changes_nothing() {
    let before = all(&open(closed().path(), clock()).unwrap());
    for file in ["sled/db", "journal/00000000000000000001.segment"] {
        for step in 0..40 {
            let folder = closed();
            let path = folder.path().join(file);
            let mut bytes = fs::read(&path).unwrap();
            let at = (step * 97) % bytes.len();
            bytes[at] ^= 1 << (at % 8);
            fs::write(&path, bytes).unwrap();
            match open(folder.path(), clock()) {
                Err(LogError::Corrupt(_) | LogError::Io { .. } | LogError::Format { .. }) => {}
                Err(other) => panic!("byte {at} of {file}: {other:?}"),
                Ok(log) => assert_eq!(all(&log), before, "byte {at} of {file}"),
            }
        }
    }
}

#[test]
fn a_journal_that_says_something_else_is_a_contradiction() {
    let (one, other) = (closed(), Stored::new(clock()));
    for number in 0..20 {
        add(&other, number % 3, "other data").unwrap();
    }
    let other = other.close();
    let journal = |folder: &tempfile::TempDir| folder.path().join("journal");
    fs::remove_dir_all(journal(&one)).unwrap();
    fs::rename(journal(&other), journal(&one)).unwrap();
    let error = refusal(one.path());
    let LogError::Corrupt(Corruption { kind, .. }) = &error else { panic!("{error:?}") };
    let CorruptionKind::Root(mismatch) = kind else { panic!("{kind:?}") };
    assert_eq!((mismatch.what, mismatch.size), ("the journal", 20));
}

/// Text that cannot be packed.
fn noise(length: usize) -> String {
    let mut state = 1_u64;
    let letters = (0..length).map(|_| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b'!' + u8::try_from(state >> 58).unwrap())
    });
    letters.map(|letter| if matches!(letter, '"' | '\\') { 'x' } else { letter }).collect()
}

/// As a power cut may leave what sled wrote and had not synced. Of a store that was closed it is
/// damage, and told.
#[test]
fn a_store_in_use_is_made_anew_from_its_journal_if_sled_is_damaged() {
    let stored = Stored::new(clock());
    for number in 0..30 {
        add(&stored, number % 3, &format!("data {number}")).unwrap();
    }
    let before = all(&stored);
    let head_in_use = fs::read(stored.folder.path().join("head")).unwrap();
    let folder = stored.close();
    let db = raw(&folder);
    db.insert(b"f", b"?").unwrap();
    drop(db);
    let error = SledLog::open(folder.path(), SledOptions::new()).unwrap_err();
    assert!(matches!(error, LogError::Corrupt(_)), "{error:?}");
    let aside = folder.path().join("sled.damaged");
    assert!(!aside.exists());

    fs::write(folder.path().join("head"), head_in_use).unwrap();
    let log = open(folder.path(), clock()).unwrap();
    assert_eq!(all(&log), before);
    assert!(aside.exists());
}

/// sled opens without a block that it had not synced, and with blocks behind it.
#[test]
fn a_store_in_use_that_lost_a_block_is_made_anew_from_its_journal() {
    let stored = Stored::new(clock());
    for number in 0..3 {
        add(&stored, number, &noise(300_000)).unwrap();
    }
    let before = all(&stored);
    let head_in_use = fs::read(stored.folder.path().join("head")).unwrap();
    let folder = stored.close();
    let db = raw(&folder);
    assert!(db.remove(b"c\0\0\0\0\0\0\0\x01\0").unwrap().is_some());
    drop(db);
    fs::write(folder.path().join("head"), head_in_use).unwrap();
    let log = open(folder.path(), clock()).unwrap();
    assert_eq!(all(&log), before);
    assert!(folder.path().join("sled.damaged").exists());
}

#[test]
fn a_missing_part_of_a_block_is_damage_at_its_position() {
    let stored = Stored::new(clock());
    add(&stored, 1, "small").unwrap();
    for _ in 0..2 {
        add(&stored, 2, &noise(300_000)).unwrap();
    }
    let folder = stored.close();
    let db = raw(&folder);
    assert!(db.remove(b"c\0\0\0\0\0\0\0\x02\x01").unwrap().is_some());
    drop(db);
    let log = open(folder.path(), clock()).unwrap();
    let error = log.read(Cursor::start(), ByteSize::mib(1)).wait().unwrap_err();
    let LogError::Corrupt(Corruption { at: Place::Position(position), .. }) = error else {
        panic!("expected damage, got {error:?}");
    };
    assert_eq!(position.seq, Seq(2));
}

#[test]
fn a_commit_of_700_kib_is_split_over_values_and_read_whole() {
    let stored = Stored::new(clock());
    let data = noise(700 * 1_024);
    add(&stored, 1, "before").unwrap();
    add(&stored, 1, &data).unwrap();
    add(&stored, 1, "after").unwrap();
    let folder = stored.close();
    let db = raw(&folder);
    let sizes: Vec<_> = db.scan_prefix(b"c").map(|part| part.unwrap().1.len()).collect();
    assert!(sizes.len() > 8, "{sizes:?}");
    assert!(sizes.iter().all(|bytes| *bytes <= 64 * 1_024), "{sizes:?}");
    drop(db);
    let blobs = fs::read_dir(folder.path().join("sled/blobs")).map_or(0, Iterator::count);
    assert_eq!(blobs, 0, "nothing went to a file that is never synced");

    let log = open(folder.path(), clock()).unwrap();
    let commits = all(&log);
    assert_eq!(commits.len(), 3);
    assert_eq!(commits[1].envelopes().unwrap()[0].data.to::<String>().unwrap(), data);
    let from_second = Cursor::Stream(stream(1), Version(2));
    let block = log.read(from_second, ByteSize(1)).wait().unwrap();
    assert_eq!(block.commits, commits[1..2]);
}

#[test]
fn statistics_count_what_is_there() {
    let stored = Stored::new(clock());
    let empty = stored.log.stats().unwrap();
    assert_eq!((empty.commits, empty.events, empty.last_recorded_at), (0, 0, None));
    add(&stored, 1, "one").unwrap();
    let last = add(&stored, 2, "two").unwrap();
    let stats = stored.log.stats().unwrap();
    assert_eq!((stats.commits, stats.events, &stats.head), (2, 2, &last.cut));
    assert_eq!(stats.last_recorded_at, Some(last.recorded_at));
    assert!(stats.bytes_on_disk() > ByteSize(100));
    let reopened = Stored::at(stored.close(), clock());
    let again = reopened.log.stats().unwrap();
    assert_eq!((again.commits, again.last_recorded_at), (2, Some(last.recorded_at)));
}
