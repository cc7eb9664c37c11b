//! A process that is killed while it appends has lost nothing that it acknowledged.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use relatum_log::{EventLog as _, ExpectedVersion, NewCommit, StreamWrite, verify};
use support::{add, clock, event, open, stream};

const FOLDER: &str = "RELATUM_TEST_CRASH_FOLDER";
const ROUNDS: u64 = 12;

/// Not a test by itself: the process that is killed. Prints the seq of every acknowledged commit.
#[test]
fn child_appends_until_it_is_killed() {
    let Ok(folder) = std::env::var(FOLDER) else {
        return;
    };
    let log = open(folder.as_ref(), clock()).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4_u128 {
            let log = &log;
            scope.spawn(move || {
                loop {
                    let write = |of| StreamWrite {
                        stream: stream(of),
                        expected: ExpectedVersion::Any,
                        events: vec![event("some data"), event("and more")],
                    };
                    let commit = NewCommit::Write(vec![write(thread), write(100)]);
                    let receipt = log.submit(commit).wait().unwrap();
                    let line = format!("acknowledged {}\n", receipt.cut.events());
                    std::io::stderr().write_all(line.as_bytes()).unwrap();
                }
            });
        }
    });
}

fn child(folder: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child_appends_until_it_is_killed", "--nocapture"])
        .env(FOLDER, folder)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

#[test]
fn a_process_killed_while_it_creates_the_store_leaves_one_that_opens() {
    let folder = tempfile::tempdir().unwrap();
    for round in 0..40 {
        let store = folder.path().join(round.to_string());
        let mut child = child(&store);
        // Opening takes a few milliseconds after the process is up.
        std::thread::sleep(Duration::from_micros(1_000 + round * 400));
        child.kill().unwrap();
        child.wait().unwrap();
        let log = open(&store, clock()).unwrap();
        assert!(verify(&log, |_| ()).unwrap().fault.is_none());
        assert!(add(&log, 1, "some data").is_ok());
    }
}

#[test]
fn nothing_acknowledged_is_lost_when_the_process_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged = 0;
    for round in 0..ROUNDS {
        let mut child = child(folder.path());
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        // A thread, because the pipe must not fill while the child is left to work.
        let reader = std::thread::spawn(move || {
            let seqs = lines.map_while(Result::ok).filter_map(|line| {
                line.strip_prefix("acknowledged ").and_then(|seq| seq.parse::<u64>().ok())
            });
            seqs.max()
        });
        std::thread::sleep(Duration::from_millis(40 + round * 23));
        child.kill().unwrap();
        child.wait().unwrap();
        acknowledged = reader.join().unwrap().unwrap_or(acknowledged);

        let log = open(folder.path(), clock()).unwrap();
        let found = verify(&log, |_| ()).unwrap();
        assert!(found.fault.is_none(), "round {round}: {:?}", found.fault);
        assert!(
            found.events >= acknowledged,
            "round {round}: {} lost",
            acknowledged - found.events
        );
        assert_eq!(found.events, 4 * found.commits, "commits are whole");
        assert_eq!(log.stats().unwrap().commits, found.commits);
    }
    assert!(acknowledged > 0, "the child never got to append");
}
