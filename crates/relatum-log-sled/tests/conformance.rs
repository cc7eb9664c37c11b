//! The sled log passes the conformance suite.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use relatum_log::ManualClock;
use relatum_log::conformance::Subject;
use support::Stored;

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
