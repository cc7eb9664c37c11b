//! Target: a file of the journal, packed or not, at opening and at repair.

use std::fs;

use relatum_log::{ByteSize, Cursor, EventLog as _, LogError, Seq, TreeNodes as _, root_at};
use relatum_log_sled::{SledLog, SledOptions, repair};

use crate::head::nothing_known;
use crate::segment::{Mending, records};
use crate::target::fuzz;

#[test]
fn any_file_is_a_beginning_of_a_log_or_damage() {
    fuzz("journal", 200, answered);
}

fn answered(input: &[u8]) {
    let Some((flags, bytes)) = input.split_first() else { return };
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("journal");
    fs::create_dir_all(&journal).unwrap();
    let file = Mending::of(*flags).file(bytes);
    // As an archive, or with an archive that is no sound one.
    let (name, stored) = match flags >> 3 & 3 {
        0 => ("00000000000000000001.segment.zst", zstd::bulk::compress(&file, 1).unwrap()),
        1 => ("00000000000000000001.segment.zst", file.clone()),
        _ => ("00000000000000000001.segment", file.clone()),
    };
    fs::write(journal.join(name), stored).unwrap();
    if flags >> 5 & 1 == 0 {
        fs::write(folder.path().join("head"), nothing_known()).unwrap();
        checked(SledLog::open(folder.path(), SledOptions::new()), &file);
    }
    if let Ok(repaired) = repair(folder.path(), None) {
        let log = SledLog::open(folder.path(), SledOptions::new()).expect("what was repaired");
        assert_eq!(log.frontier_at(Seq(repaired.tree.size())).unwrap(), repaired.tree);
    }
    // Whatever was there before was set aside, so that a second repair finds nothing.
    let again = repair(folder.path(), None).expect("repaired");
    assert!(again.set_aside.is_empty() && again.lost.is_empty(), "{again:?}");
}

/// What a log holds is what whole records at the beginning of the file say, and their root.
fn checked(opened: Result<SledLog, LogError>, file: &[u8]) {
    let Ok(log) = opened else { return };
    let read = log.read(Cursor::start(), ByteSize::mib(64)).wait().unwrap();
    let read: Vec<&[u8]> = read.commits.iter().map(|it| it.bytes.as_slice()).collect();
    let mut expected: Vec<Vec<u8>> = Vec::new();
    let mut root = None;
    for (lines, after) in records(file) {
        if expected.len() == read.len() {
            break;
        }
        expected.extend(lines);
        root = Some(after);
    }
    assert_eq!(read, expected);
    if let Some(root) = root {
        let tree = log.tree().unwrap();
        assert_eq!(root_at(&tree, tree.size()).unwrap(), root);
    }
    let _ = log.verify_journal(|_| ());
    let _ = relatum_log::verify(&log, |_| ());
    let _ = log.stats();
}
