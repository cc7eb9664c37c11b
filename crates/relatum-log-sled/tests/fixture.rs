//! A store of every released format stays readable.
//!
//! `fixtures/store-2` is a store as it was written by the version that introduced format 2: sealed
//! blocks, young commits, a journal. Its files are packed with zstd, because they are mostly zeros.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use relatum_log::verify;
use support::{Stored, add, all, clock, open};

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/store-2")
}

/// Every file below `folder`, by its path there.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

/// Copies a store; files that end in `.packed` are unpacked.
fn unpacked(from: &Path, to: &Path) {
    for file in files(&from.join("store")) {
        let name = file.strip_prefix(from.join("store")).unwrap();
        let target = to.join(name.to_str().unwrap().trim_end_matches(".packed"));
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        let bytes = fs::read(&file).unwrap();
        let is_packed = name.extension().is_some_and(|extension| extension == "packed");
        let bytes = if is_packed { zstd::decode_all(&*bytes).unwrap() } else { bytes };
        fs::write(target, bytes).unwrap();
    }
}

/// What the fixture holds, and how it was made.
fn filled(stored: &Stored) {
    for number in 0..400_u128 {
        let text = format!("commit {number}, {}", "some words that fill it ".repeat(60));
        add(stored, number % 7, &text).unwrap();
    }
}

fn lines(stored: &relatum_log_sled::SledLog) -> String {
    let line = |commit: &relatum_log::StoredCommit| {
        String::from_utf8(commit.bytes.as_slice().to_vec()).unwrap() + "\n"
    };
    all(stored).iter().map(line).collect()
}

#[test]
fn a_store_of_format_2_is_read() {
    let folder = tempfile::tempdir().unwrap();
    unpacked(&fixture(), folder.path());
    let log = open(folder.path(), clock()).unwrap();
    let verified = verify(&log, |_| ()).unwrap();
    assert!(verified.fault.is_none(), "{:?}", verified.fault);
    let root = fs::read_to_string(fixture().join("root")).unwrap();
    assert_eq!(verified.tree.root().to_string(), root.trim());
    assert_eq!(log.verify_journal(|_| ()).unwrap(), 400);
    let stats = log.stats().unwrap();
    assert!(stats.blocks > 0 && stats.young_events > 0, "{stats:?}");
    // The clock of the test stands still, so that the same is written again today.
    let today = Stored::new(clock());
    filled(&today);
    assert_eq!(lines(&log), lines(&today.log));
}

/// Writes the fixture anew: `RELATUM_TEST_MAKE_FIXTURE=1 cargo test --test fixture`.
#[test]
fn the_fixture_is_made_when_asked_for() {
    if std::env::var_os("RELATUM_TEST_MAKE_FIXTURE").is_none() {
        return;
    }
    let stored = Stored::new(clock());
    filled(&stored);
    let root = verify(&stored, |_| ()).unwrap().tree.root();
    let folder = stored.close();
    let _ = fs::remove_dir_all(fixture());
    for file in files(folder.path()) {
        let name = file.strip_prefix(folder.path()).unwrap().to_str().unwrap().to_owned();
        let packed = fixture().join("store").join(name + ".packed");
        fs::create_dir_all(packed.parent().unwrap()).unwrap();
        let bytes = zstd::encode_all(&*fs::read(&file).unwrap(), 19).unwrap();
        fs::write(packed, bytes).unwrap();
    }
    fs::write(fixture().join("root"), format!("{root}\n")).unwrap();
}
