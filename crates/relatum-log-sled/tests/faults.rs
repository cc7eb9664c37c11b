//! Stores that are in use, not writable, of another format, or damaged: each says so.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::error::Error as _;
use std::fs;
use std::path::Path;

use relatum_log::{
    ByteSize, Corruption, CorruptionKind, Cursor, EventLog, LogError, Place, Seq, Version, verify,
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
    fs::write(&head, text.replace("\"format\":1", "\"format\":7")).unwrap();
    let error = refusal(folder.path());
    assert!(matches!(error, LogError::Format { found: 7, supported: 1 }), "{error:?}");
    assert_eq!(
        error.to_string(),
        "the store has format 7, this version knows up to 1; use a newer one"
    );

    fs::write(&head, text).unwrap();
    let db = raw(&folder);
    db.insert("f", &2_u32.to_be_bytes()).unwrap();
    drop(db);
    let error = refusal(folder.path());
    assert!(matches!(error, LogError::Format { found: 2, supported: 1 }), "{error:?}");
}

#[test]
fn a_store_that_was_emptied_is_noticed() {
    let gone = |change: fn(&Path)| {
        let folder = closed();
        change(&folder.path().join("sled"));
        kind(refusal(folder.path()))
    };
    let deletions: [fn(&Path); 2] = [
        |sled| fs::remove_file(sled.join("db")).unwrap(),
        |sled| fs::remove_dir_all(sled).unwrap(),
    ];
    for deletion in deletions {
        let kind = gone(deletion);
        assert!(
            matches!(kind, CorruptionKind::Head { expected: Seq(20), found: Seq(0) }),
            "{kind:?}"
        );
    }
    assert_eq!(
        gone(deletions[0]).to_string(),
        "the head record says that the last seq is 20, the store ends at 0"
    );
    // sled may open what is left, or fail on it; either is noticed.
    for length in [0, 16, 1_000, 5_000] {
        let folder = closed();
        let db = fs::OpenOptions::new().write(true).open(folder.path().join("sled/db")).unwrap();
        db.set_len(length).unwrap();
        for file in fs::read_dir(folder.path().join("sled")).unwrap() {
            let path = file.unwrap().path();
            if path.to_string_lossy().contains("snap.") {
                fs::remove_file(path).unwrap();
            }
        }
        let kind = kind(refusal(folder.path()));
        assert!(
            matches!(
                kind,
                CorruptionKind::Head { expected: Seq(20), .. } | CorruptionKind::Engine { .. }
            ),
            "{kind:?}"
        );
    }
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
fn a_flipped_bit_never_panics_and_is_never_silent() {
    let mut noticed = 0;
    for at in (0..40).map(|step| step * 97) {
        let folder = closed();
        let path = folder.path().join("sled/db");
        let mut bytes = fs::read(&path).unwrap();
        if at >= bytes.len() {
            break;
        }
        bytes[at] ^= 1 << (at % 8);
        fs::write(&path, bytes).unwrap();
        match open(folder.path(), clock()) {
            Err(LogError::Corrupt(_) | LogError::Io { .. } | LogError::Format { .. }) => {
                noticed += 1;
            }
            Err(other) => panic!("byte {at}: {other:?}"),
            Ok(log) => match verify(&log, |_| ()) {
                Ok(found) if found.fault.is_none() => {
                    assert_eq!(found.events, 20, "byte {at}: silently short");
                }
                _ => noticed += 1,
            },
        }
    }
    assert!(noticed > 0, "no flip hit anything");
}

#[test]
fn a_missing_part_of_a_commit_is_damage_at_its_position() {
    let stored = Stored::new(clock());
    add(&stored, 1, "small").unwrap();
    add(&stored, 2, &"x".repeat(200_000)).unwrap();
    let folder = stored.close();
    let db = raw(&folder);
    assert!(db.remove(b"c\0\0\0\0\0\0\0\x02\x01").unwrap().is_some());
    drop(db);
    // The last commit is looked at when the store is opened.
    let error = refusal(folder.path());
    let LogError::Corrupt(Corruption { at: Place::Position(position), .. }) = error else {
        panic!("expected damage, got {error:?}");
    };
    assert_eq!(position.seq, Seq(2));
}

#[test]
fn a_commit_of_700_kib_is_split_over_values_and_read_whole() {
    let stored = Stored::new(clock());
    let data = "0123456789".repeat(70 * 1_024);
    add(&stored, 1, "before").unwrap();
    add(&stored, 1, &data).unwrap();
    add(&stored, 1, "after").unwrap();
    let folder = stored.close();
    let db = raw(&folder);
    let sizes: Vec<_> =
        db.scan_prefix(b"c\0\0\0\0\0\0\0\x02").map(|part| part.unwrap().1.len()).collect();
    assert_eq!(sizes.len(), 11);
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
    assert!(stats.bytes_on_disk > ByteSize(100));
    let reopened = Stored::at(stored.close(), clock());
    let again = reopened.log.stats().unwrap();
    assert_eq!((again.commits, again.last_recorded_at), (2, Some(last.recorded_at)));
}
