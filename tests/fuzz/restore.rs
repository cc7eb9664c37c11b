//! Target: restoring from a folder of files that somebody says is a backup.

use std::fs;

use relatum_log_sled::{SledLog, SledOptions, restore};

use crate::segment::{MAGIC, Mending, first_record};
use crate::target::fuzz;

#[test]
fn any_backup_becomes_a_sound_store_or_nothing() {
    fuzz("restore", 40, answered);
}

fn answered(input: &[u8]) {
    let [flags, number, bytes @ ..] = input else { return };
    let folder = tempfile::tempdir().unwrap();
    let (backup, store) = (folder.path().join("backup"), folder.path().join("store"));
    fs::create_dir_all(&backup).unwrap();
    let file = Mending::of(*flags).file(bytes);
    let name = |first: u64| format!("{first:020}.segment");
    match flags >> 3 & 3 {
        0 => fs::write(backup.join(name(1) + ".zst"), zstd::bulk::compress(&file, 1).unwrap()),
        // What follows the first record in a file of its own.
        1 => {
            let (first, rest) = file.split_at(first_record(&file));
            fs::write(backup.join(name(1)), first).unwrap();
            fs::write(backup.join(name(u64::from(*number))), [MAGIC, rest].concat())
        }
        2 => fs::write(backup.join(name(u64::from(*number))), &file),
        _ => fs::write(backup.join(name(1)), &file),
    }
    .unwrap();
    match restore(&backup, &store, SledOptions::new()) {
        Ok(tree) => {
            let log = SledLog::open(&store, SledOptions::new()).expect("what was restored");
            let verified = relatum_log::verify(&log, |_| ()).unwrap();
            assert!(verified.fault.is_none(), "{:?}", verified.fault);
            assert_eq!(verified.tree, tree);
            assert_eq!(log.verify_journal(|_| ()).unwrap(), tree.size());
        }
        Err(_) => {
            let opened = SledLog::open(&store, SledOptions::new());
            assert!(opened.is_err(), "nothing is left that opens");
        }
    }
}
