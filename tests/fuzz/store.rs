//! Target: keys and values in sled, changed behind their checksums.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;
use std::time::Duration;

use relatum_log::{
    ByteSize, Cursor, EventLog as _, Frontier, ManualClock, Seq, TreeNodes as _, root_at,
};
use relatum_log_sled::{SledLog, SledOptions, repair};
use tempfile::TempDir;

use crate::edits::Input;
use crate::samples;
use crate::target::fuzz;

/// A closed store of some blocks and some young commits, and the trees over its beginnings.
static SOUND: LazyLock<(TempDir, Vec<Frontier>)> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let clock = ManualClock::at("2026-11-23T20:48:21.000001Z".parse().unwrap());
    let options = SledOptions::new().create(true).clock(clock);
    let log = SledLog::open(folder.path(), options).unwrap();
    for commit in samples::writes(12, 32 * 1_024) {
        log.submit(commit).wait().unwrap();
    }
    let size = log.tree().unwrap().size();
    let trees = (0..=size).map(|size| log.frontier_at(Seq(size)).unwrap()).collect();
    (folder, trees)
});

#[test]
fn any_value_is_used_or_refused() {
    fuzz("store", 1_000, answered);
}

fn answered(input: &[u8]) {
    let mut input = Input(input);
    let (flags, which) = (input.byte(), input.number());
    let folder = tempfile::tempdir().unwrap();
    let (sound, trees) = &*SOUND;
    copy(sound.path(), folder.path());
    if flags & 1 == 0 {
        fs::remove_dir_all(folder.path().join("journal")).unwrap();
    }
    change(&folder.path().join("sled"), flags, which, input);
    used(folder.path(), trees.last().unwrap());
    if let Ok(repaired) = repair(folder.path(), None) {
        let at = usize::try_from(repaired.tree.size()).unwrap();
        assert_eq!(Some(&repaired.tree), trees.get(at), "a beginning of what was written");
        used(folder.path(), &repaired.tree);
    }
}

/// Changes one value, or its key.
fn change(sled: &Path, flags: u8, which: usize, edits: Input<'_>) {
    let db = raw(sled);
    let keys: Vec<sled::IVec> = db.iter().keys().map(Result::unwrap).collect();
    let key = &keys[which % keys.len()];
    let mut value = db.get(key).unwrap().unwrap().to_vec();
    match flags >> 1 & 3 {
        // The key stays, the value changes.
        0 | 1 => edits.edit(&mut value),
        2 => {
            db.remove(key).unwrap();
            let mut key = key.to_vec();
            edits.edit(&mut key);
            db.insert(key, value).unwrap();
            db.flush().unwrap();
            return;
        }
        _ => drop(db.remove(key).unwrap()),
    }
    if flags >> 3 & 1 == 0 {
        mend(key[0], &mut value);
    }
    db.insert(key, value).unwrap();
    db.flush().unwrap();
}

/// Puts the checksum right: at the end of entries, before a line break in records.
fn mend(kind: u8, value: &mut [u8]) {
    let part = usize::from(matches!(kind, b'c' | b'i' | b'y'));
    let end = usize::from(matches!(kind, b'c' | b'y'));
    if kind != b'f' && value.len() >= part + 4 + end {
        let check_at = value.len() - end - 4;
        let check = crc32fast::hash(&value[part..check_at]);
        value[check_at..check_at + 4].copy_from_slice(&check.to_be_bytes());
    }
}

/// Everything that reads is asked for everything.
fn used(folder: &Path, tree: &Frontier) {
    let clock = ManualClock::at("2026-11-23T20:50:00Z".parse().unwrap());
    let Ok(log) = SledLog::open(folder, SledOptions::new().clock(clock)) else { return };
    if let Ok(found) = log.tree() {
        assert_eq!(found.size(), tree.size(), "the head record knows how far it went");
        for size in 0..=found.size() {
            let _ = root_at(&found, size);
            let _ = log.frontier_at(Seq(size));
        }
    }
    if let Ok(block) = log.read(Cursor::start(), ByteSize::mib(64)).wait() {
        for stored in &block.commits {
            for write in stored.view().map(|view| view.writes).unwrap_or_default() {
                let _ = log.read(Cursor::stream(write.stream), ByteSize::mib(1)).wait();
            }
        }
    }
    let verified = relatum_log::verify(&log, |_| ());
    if let Ok(verified) = verified
        && verified.fault.is_none()
    {
        assert_eq!(&verified.tree, tree, "what is found sound is what was written");
    }
    let _ = log.verify_journal(|_| ());
    let _ = log.stats();
    for commit in samples::writes(2, 0) {
        let _ = log.submit(commit).wait();
    }
}

/// sled's own view of a store.
fn raw(sled: &Path) -> sled::Db {
    let config = sled::Config::new().path(sled).flush_every_ms(None);
    let config = config.segment_size(8 * 1_024 * 1_024);
    loop {
        match config.open() {
            Ok(db) => return db,
            // Its threads give the files up a moment after a handle is dropped.
            Err(_) => std::thread::sleep(Duration::from_millis(1)),
        }
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}
