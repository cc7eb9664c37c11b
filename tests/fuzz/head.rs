//! Target: the head record of a store.

use std::fs;

use relatum_log::{TreeHash, TreeNodes as _};
use relatum_log_sled::{SledLog, SledOptions};
use sha2::{Digest as _, Sha256};

use crate::target::fuzz;

#[test]
fn any_text_is_a_head_record_or_damage() {
    fuzz("head", 10, answered);
}

fn answered(input: &[u8]) {
    let Some((flags, bytes)) = input.split_first() else { return };
    let folder = tempfile::tempdir().unwrap();
    let record = match std::str::from_utf8(bytes) {
        Ok(fields) if flags & 1 == 0 => with_check(fields).into_bytes(),
        _ => bytes.to_vec(),
    };
    fs::write(folder.path().join("head"), record).unwrap();
    // There is nothing but the record: a log that opens is empty, and the record did not say more.
    if let Ok(log) = SledLog::open(folder.path(), SledOptions::new()) {
        assert_eq!(log.tree().unwrap().size(), 0);
        drop(log);
        SledLog::open(folder.path(), SledOptions::new()).expect("opened once");
    }
}

/// The record of a store that takes everything from its journal.
pub(crate) fn nothing_known() -> String {
    let root = TreeHash::empty();
    let fields = r#""format":2,"closed":0,"journal":0,"head":"00000000000000000000""#;
    with_check(&format!(r#"{fields},"root":"{root}""#))
}

/// A record of these fields.
fn with_check(fields: &str) -> String {
    let digest = Sha256::digest(format!("relatum head {{{fields}}}"));
    let check: String = digest[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{{{fields},\"check\":\"{check}\"}}\n")
}
