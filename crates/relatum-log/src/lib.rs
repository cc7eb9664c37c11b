//! What a log is: streams of events, written in commits, read back in order.
//!
//! Owns the stored form of a commit, the rules by which a commit is admitted, and the
//! [`EventLog`] trait that every store implements. Knows nothing of what the events mean (they
//! are an event type, a schema number and JSON), and knows no clock, no randomness, no file and
//! no network: time comes in through [`Clock`].
//!
//! *Invariant: what a log has acknowledged it gives back, byte for byte, in the same order,
//! for ever; within a stream versions run 1, 2, 3 … without a gap.*
//!
//! # Example
//! ```
//! use relatum_log::{
//!     ByteSize, Cursor, EventData, EventLog, EventType, ExpectedVersion, ManualClock, MemoryLog,
//!     NewCommit, NewEvent, StreamWrite,
//! };
//!
//! let log = MemoryLog::new(ManualClock::at("2026-11-23T20:48:21Z".parse()?));
//! let stream = "account/67e55044-10b1-426f-9247-bb680e5fe0c8".parse()?;
//! let event = NewEvent {
//!     event_type: EventType::of("call_held"),
//!     schema: 1,
//!     key: Some("crm:call:17".parse()?),
//!     data: EventData::from_json(r#"{"minutes": 12}"#)?,
//! };
//! let receipt = log
//!     .submit(NewCommit::Write(vec![StreamWrite {
//!         stream,
//!         expected: ExpectedVersion::NoStream,
//!         events: vec![event],
//!     }]))
//!     .wait()?;
//! assert_eq!(receipt.events[0].event.version.0, 1);
//!
//! let block = log.read(Cursor::start(), ByteSize::mib(1)).wait()?;
//! assert_eq!(
//!     String::from_utf8_lossy(block.commits[0].bytes.as_slice()),
//!     concat!(
//!         r#"{"format":1,"recorded_at":"2026-11-23T20:48:21.000000Z","#,
//!         r#""writes":[{"stream":"account/67e55044-10b1-426f-9247-bb680e5fe0c8","version":1}],"#,
//!         r#""events":[{"type":"call_held","schema":1,"key":"crm:call:17","#,
//!         r#""data":{"minutes":12}}]}"#,
//!     )
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

mod admission;
mod canonical;
mod clock;
mod commit;
pub mod conformance;
mod corruption;
mod data;
mod encoder;
mod envelope;
mod error;
mod event_log;
mod instants;
mod memory;
mod names;
mod outside;
mod pending;
mod plan;
mod position;
mod receipt;
mod recorded_at;
mod tree;
mod upcast;
mod verify;
mod writer_state;

pub use admission::{Admission, Admitted, StoredStreams};
pub use canonical::{CommitBytes, CommitView, EventView, WriteView};
pub use clock::{Clock, ManualClock};
pub use commit::{ExpectedVersion, Limits, NewCommit, NewEvent, StreamWrite};
pub use corruption::{Corruption, CorruptionKind, Place, RootMismatch};
pub use data::{DataError, EventData};
pub use envelope::Envelope;
pub use error::{AppendError, EventContent, Limit, LogError};
pub use event_log::{Block, ByteSize, Cursor, EventLog, StoredCommit};
pub use instants::{CutError, known_at, recorded_at};
pub use memory::MemoryLog;
pub use names::{EventType, IdempotencyKey, LabelError};
pub use pending::{Pending, PendingSender};
pub use position::{Cut, Position, Seq};
pub use receipt::{Receipt, RecordedEvent};
pub use relatum_stream::{EventRef, NameError, StreamId, StreamKind, Version};
pub use tree::{
    Frontier, ProofError, ScannedTree, Subtrees, TreeHash, TreeNodes, consistency_proof,
    inclusion_proof, leaf, leaf_hashes, root_at, verify_consistency, verify_inclusion,
};
pub use upcast::{DecodeError, Upcast, Upcasters};
pub use verify::{Verified, verify};
pub use writer_state::KeyMark;
