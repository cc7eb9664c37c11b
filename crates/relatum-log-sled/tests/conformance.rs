//! The sled log passes the conformance suite, and tells the tree over any beginning.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use relatum_log::conformance::Subject;
use relatum_log::{Frontier, ManualClock, Seq};
use support::{Stored, add, all, clock, open};

struct Sled;

impl Subject for Sled {
    type Log = Stored;

    fn empty(&self, clock: ManualClock) -> Stored {
        Stored::new(clock)
    }

    fn reopen(&self, log: Stored, clock: ManualClock) -> Stored {
        Stored::at(log.close(), clock)
    }
}

relatum_log::conformance_tests!(Sled);

/// Some of it is in common with the newest tree, some in whole blocks, some within one.
#[test]
fn the_tree_over_any_beginning_is_that_of_its_events() {
    let stored = Stored::new(clock());
    let data = format!("\"{}\"", "x".repeat(16_000));
    for number in 0..100 {
        add(&stored, number % 3, &data).unwrap();
    }
    let folder = stored.close();
    let log = open(folder.path(), clock()).unwrap();
    assert!(log.stats().unwrap().blocks > 4);
    let mut expected = Frontier::default();
    for commit in all(&log) {
        let size = Seq(expected.size());
        assert_eq!(log.frontier_at(size).unwrap(), expected);
        expected.extend(commit.bytes.leaves().unwrap());
    }
    assert_eq!(log.frontier_at(Seq(100)).unwrap(), expected);
}
