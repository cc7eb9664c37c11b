//! Stores in temporary folders, for all tests of this crate.
#![allow(dead_code, unreachable_pub, reason = "each test file uses a part of it")]

use std::path::Path;

use relatum_log::{
    AppendError, Block, ByteSize, Cursor, EventData, EventLog, EventType, ExpectedVersion,
    LogError, ManualClock, NewCommit, NewEvent, Pending, Receipt, StoredCommit, StreamId,
    StreamKind, StreamWrite,
};
use relatum_log_sled::{SledLog, SledOptions};
use tempfile::TempDir;
use uuid::Uuid;

/// A log together with the folder that it is in.
pub struct Stored {
    pub log: SledLog,
    pub folder: TempDir,
}

impl Stored {
    pub fn new(clock: ManualClock) -> Self {
        Self::at(tempfile::tempdir().unwrap(), clock)
    }

    pub fn at(folder: TempDir, clock: ManualClock) -> Self {
        let log = open(folder.path(), clock).unwrap();
        Self { log, folder }
    }

    /// Closes the log; the folder stays.
    pub fn close(self) -> TempDir {
        self.folder
    }
}

impl EventLog for Stored {
    fn submit(&self, commit: NewCommit) -> Pending<Receipt, AppendError> {
        self.log.submit(commit)
    }

    fn read(&self, from: Cursor, max: ByteSize) -> Pending<Block, LogError> {
        self.log.read(from, max)
    }
}

pub fn open(folder: &Path, clock: ManualClock) -> Result<SledLog, LogError> {
    SledLog::open(folder, SledOptions::new().create(true).clock(clock))
}

pub fn clock() -> ManualClock {
    ManualClock::at("2026-11-23T20:48:21.000001Z".parse().unwrap())
}

pub fn stream(number: u128) -> StreamId {
    StreamId::new(StreamKind::of("account"), Uuid::from_u128(number))
}

pub fn event(data: &str) -> NewEvent {
    let data = EventData::of(data).unwrap();
    NewEvent { event_type: EventType::of("call_held"), schema: 1, key: None, data }
}

pub fn add(log: &impl EventLog, of: u128, data: &str) -> Result<Receipt, AppendError> {
    let write = StreamWrite {
        stream: stream(of),
        expected: ExpectedVersion::Any,
        events: vec![event(data)],
    };
    log.submit(NewCommit::Write(vec![write])).wait()
}

pub fn all(log: &impl EventLog) -> Vec<StoredCommit> {
    log.read(Cursor::start(), ByteSize(u64::MAX)).wait().unwrap().commits
}
