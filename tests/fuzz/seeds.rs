//! Writes the first inputs of the corpus: sound things, and a change of each.

use std::fs;
use std::path::Path;

use relatum_log::{ByteSize, CommitBytes, Cursor, EventLog as _, Frontier, ManualClock, MemoryLog};

use crate::evidence::{PRIVATE, signed};
use crate::samples;
use crate::segment::{MAGIC, Mending};

#[test]
fn seeds() {
    let sound = commits(12);
    for (at, commit) in sound.iter().enumerate() {
        write("commit", &format!("commit-{at}"), commit.as_slice());
    }
    write("evidence", "tree-head", &[&[0][..], signed().to_string().as_bytes()].concat());
    write("evidence", "private-key", &[&[1][..], PRIVATE.as_bytes()].concat());
    let public = PRIVATE.parse::<relatum::SigningKey>().unwrap().verifier().to_string();
    write("evidence", "public-key", &[&[1][..], public.as_bytes()].concat());
    // The second leaf of seven, and the first four of seven.
    write("evidence", "inclusion", &[2, 1, 7, 0, 8, 11]);
    write("evidence", "consistency", &[2, 4, 7, 11]);
    let fields = r#""format":2,"closed":1,"journal":0,"head":"00000000000000000000","root":""#;
    let head = format!("{fields}{}\"", Frontier::default().root());
    write("head", "empty", &[&[0][..], head.as_bytes()].concat());
    write("head", "whole", &[&[1][..], crate::head::nothing_known().as_bytes()].concat());
    // With right numbers, so that some targets may leave them as they are.
    let two = Mending::of(2).file(&[record(&sound[..3]), record(&sound[3..6])].concat());
    let two = &two[MAGIC.len()..];
    for flags in [0, 1, 2, 6, 10, 14, 16, 18, 24, 26, 34, 58] {
        write("journal", &format!("flags-{flags}"), &[&[flags][..], two].concat());
        write("restore", &format!("flags-{flags}"), &[&[flags, 10][..], two].concat());
    }
    // What was found: numbers that ask for memory, what is no commit, streams that begin late.
    let mut many = two.to_vec();
    many[16..20].fill(0xff);
    write("journal", "many-commits", &[&[24][..], &many].concat());
    write("restore", "many-commits", &[&[24, 10][..], &many].concat());
    let nothing = record(&[CommitBytes::new(&br#"{"events":[{}]}"#[..])]);
    write("journal", "no-commit", &[&[26][..], two, &nothing].concat());
    write("restore", "begins-late", &[&[26, 10][..], &record(&sound[3..6])].concat());
    for kind in 0..4 {
        write("replay", &format!("kind-{kind}"), &[kind, 0, 6, 9, 0, 7]);
        write("replay", &format!("later-{kind}"), &[kind, 1, 4, 40, 0, 1, 2, 3, 4, 5, 6, 7, 8]);
    }
    for key in [1, 5, 6, 8] {
        write("store", &format!("value-{key}"), &[key & 1, key, 0, 6, key, 0, 1]);
        write("store", &format!("key-{key}"), &[4 | key & 1, key, 0, 6, 8, 0, 1]);
        write("store", &format!("gone-{key}"), &[6 | key & 1, key, 0]);
    }
}

/// Commits as a log in memory stores them.
fn commits(count: usize) -> Vec<CommitBytes> {
    let log = MemoryLog::new(ManualClock::at("2026-11-23T20:48:21.000001Z".parse().unwrap()));
    for commit in samples::writes(count, 0) {
        log.submit(commit).wait().unwrap();
    }
    let block = log.read(Cursor::start(), ByteSize::mib(64)).wait().unwrap();
    block.commits.into_iter().map(|it| it.bytes).collect()
}

/// A record of these commits; the target fills in its numbers.
fn record(commits: &[CommitBytes]) -> Vec<u8> {
    let lines: Vec<u8> = commits.iter().flat_map(|it| [it.as_slice(), b"\n"].concat()).collect();
    let mut record = vec![0; 76];
    record[..4].copy_from_slice(b"rlt1");
    record[4..8].copy_from_slice(&u32::try_from(lines.len()).unwrap().to_be_bytes());
    record.extend(lines);
    record.extend([0; 5]);
    record
}

fn write(target: &str, name: &str, bytes: &[u8]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("__fuzz__").join(target).join("corpus");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(name), bytes).unwrap();
}
