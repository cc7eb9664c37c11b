//! The memory log passes the conformance suite.

use relatum_log::conformance::Subject;
use relatum_log::{ManualClock, MemoryLog};

struct Memory;

impl Subject for Memory {
    type Log = MemoryLog;

    fn empty(&self, clock: ManualClock) -> MemoryLog {
        MemoryLog::new(clock)
    }

    fn reopen(&self, log: MemoryLog, _: ManualClock) -> MemoryLog {
        log
    }
}

relatum_log::conformance_tests!(Memory);
