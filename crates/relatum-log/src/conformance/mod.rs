//! What every log must do, as checks that any implementation runs on itself.
//!
//! Owns the meaning of the [`EventLog`] trait where types cannot say it. Knows no implementation:
//! it makes logs through a [`Subject`], and it looks at them only through the trait.
//!
//! *Invariant: a check panics exactly when the log breaks a promise; it never depends on timing.*
//!
//! # Example
//! ```
//! use relatum_log::conformance::Subject;
//! use relatum_log::{ManualClock, MemoryLog};
//!
//! struct Memory;
//!
//! impl Subject for Memory {
//!     type Log = MemoryLog;
//!     fn empty(&self, clock: ManualClock) -> MemoryLog {
//!         MemoryLog::new(clock)
//!     }
//!     fn reopen(&self, log: MemoryLog, _: ManualClock) -> MemoryLog {
//!         log // nothing outlives it
//!     }
//! }
//!
//! // One `#[test]` per check:
//! relatum_log::conformance_tests!(Memory);
//! // Or one by one:
//! relatum_log::conformance::appends::versions_and_seqs_run_without_gaps(&Memory);
//! ```
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a check fails by panicking")]

pub mod appends;
pub mod copies;
pub mod keys;
pub mod reads;
pub mod submits;
pub mod times;

use chrono::{DateTime, Utc};
use relatum_stream::{EventRef, StreamId, StreamKind, Version};
use uuid::Uuid;

use crate::{
    AppendError, ByteSize, Cursor, EventData, EventLog, EventType, ExpectedVersion, ManualClock,
    NewCommit, NewEvent, Receipt, StoredCommit, StreamWrite,
};

/// Makes the logs that the checks look at.
pub trait Subject {
    /// The implementation under test.
    type Log: EventLog + 'static;

    /// A log that holds nothing, which takes its time from `clock`.
    fn empty(&self, clock: ManualClock) -> Self::Log;

    /// Closes the log and opens it again. A log that nothing outlives is given back as it is.
    fn reopen(&self, log: Self::Log, clock: ManualClock) -> Self::Log;
}

/// Makes one `#[test]` of every check in [`conformance`](crate::conformance).
///
/// The expression gives a [`Subject`](crate::conformance::Subject); it is evaluated once per test.
#[macro_export]
macro_rules! conformance_tests {
    ($subject:expr) => {
        $crate::conformance_tests!(@ $subject, appends:
            versions_and_seqs_run_without_gaps, expected_versions_are_held_to,
            a_refused_commit_changes_nothing, several_streams_are_written_together_or_not_at_all,
            shapes_that_are_no_commit_are_refused, limits_are_the_same_in_every_log,
            data_comes_back_byte_for_byte);
        $crate::conformance_tests!(@ $subject, keys:
            a_retry_is_answered_not_recorded, only_what_is_new_is_recorded,
            other_content_under_a_used_key_is_refused, a_key_belongs_to_its_stream,
            one_commit_may_repeat_itself, keys_survive_reopening, a_long_stream_stays_fast);
        $crate::conformance_tests!(@ $subject, reads:
            any_position_gives_the_commit_that_holds_it, blocks_of_any_size_join_without_a_gap,
            a_stream_gives_the_commits_that_write_it, the_end_gives_the_head,
            reopening_changes_nothing_that_is_read);
        $crate::conformance_tests!(@ $subject, copies:
            a_copy_has_equal_bytes, a_copy_goes_on_where_the_original_would,
            what_is_not_the_next_commit_is_not_copied);
        $crate::conformance_tests!(@ $subject, times:
            recorded_times_increase_whatever_the_clock_does,
            an_instant_is_a_cut_and_a_cut_an_instant, a_log_verifies);
        $crate::conformance_tests!(@ $subject, submits:
            concurrent_writers_lose_nothing, a_stream_has_one_winner_per_version,
            a_dropped_answer_does_not_take_the_commit_back, one_thread_keeps_its_order);
    };
    (@ $subject:expr, $module:ident: $($check:ident),* $(,)?) => {
        mod $module {
            #[allow(unused_imports, reason = "the subject may be a literal path")]
            use super::*;
            $(
                #[test]
                fn $check() {
                    $crate::conformance::$module::$check(&$subject);
                }
            )*
        }
    };
}

const START: &str = "2026-11-23T20:48:21.000001Z";

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn clock() -> ManualClock {
    ManualClock::at(instant(START))
}

fn stream(number: u128) -> StreamId {
    StreamId::new(StreamKind::of("account"), Uuid::from_u128(number))
}

fn name(of: u128, version: u64) -> EventRef {
    EventRef::new(stream(of), Version(version))
}

fn event(number: u64) -> NewEvent {
    NewEvent {
        event_type: EventType::of("call_held"),
        schema: 1,
        key: None,
        data: EventData::of(&serde_json::json!({ "number": number })).unwrap(),
    }
}

fn keyed(key: &str, number: u64) -> NewEvent {
    NewEvent { key: Some(key.parse().unwrap()), ..event(number) }
}

fn write(of: u128, expected: ExpectedVersion, events: Vec<NewEvent>) -> StreamWrite {
    StreamWrite { stream: stream(of), expected, events }
}

fn submit(
    log: &impl EventLog,
    writes: impl Into<Vec<StreamWrite>>,
) -> Result<Receipt, AppendError> {
    log.submit(NewCommit::Write(writes.into())).wait()
}

/// Adds `events` to the stream, whatever it holds.
fn add(log: &impl EventLog, of: u128, events: Vec<NewEvent>) -> Receipt {
    submit(log, [write(of, ExpectedVersion::Any, events)]).unwrap()
}

/// All commits of the log, in blocks of `max`.
fn all(log: &impl EventLog, max: ByteSize) -> Vec<StoredCommit> {
    follow(log, Cursor::start(), max)
}

fn follow(log: &impl EventLog, from: Cursor, max: ByteSize) -> Vec<StoredCommit> {
    let mut commits = Vec::new();
    let mut from = from;
    loop {
        let block = log.read(from, max).wait().unwrap();
        if block.commits.is_empty() {
            assert_eq!(block.next, from, "at the end the cursor stays");
            return commits;
        }
        assert_ne!(block.next, from, "a block moves the cursor on");
        commits.extend(block.commits);
        from = block.next;
    }
}

fn head(log: &impl EventLog) -> u64 {
    log.read(Cursor::start(), ByteSize(1)).wait().unwrap().head.events()
}
