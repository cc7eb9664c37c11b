//! The log of one machine: [`EventLog`](relatum_log::EventLog) on sled 0.34.7.
//!
//! Owns the store directory: what is in it, when it is durable, and what its damage is called.
//! Knows nothing of what events mean, and of admission only that
//! [`Admission`](relatum_log::Admission) decides it.
//!
//! *Invariant: what was acknowledged is on disk; what is read was on disk before.*
//!
//! # The store directory
//!
//! | file | what it is |
//! | --- | --- |
//! | `lock` | held by the process that has the store open; its content means nothing |
//! | `head` | one line: the format, whether the store was closed, and how far sled was synced |
//! | `sled/` | sled's own files; keys and values are described in `layout.rs` |
//! | `journal/` | the journal, or a link to it: every commit a second time, before anything else |
//!
//! # Durability
//!
//! A commit is acknowledged when the journal has it on disk; commits that arrive while a sync runs
//! share the next one. It is then young: read from memory. A second thread seals young commits
//! into packed blocks in sled, and syncs that in the background; when the store is closed, sled
//! alone holds everything. At opening sled and the journal are compared by the roots of the tree
//! over their events. The longer one completes the shorter, and where they say different things
//! the store does not open.
//!
//! A failed write or sync poisons the log: it answers nothing more but
//! [`LogError::Poisoned`](relatum_log::LogError::Poisoned) until it is opened again, because
//! after a failed sync nobody knows what is on disk, and asking again would lie.
//!
//! sled's `flush` alone does not make data durable on Linux: it starts the write, and does not
//! wait for the disk. So it is followed by `fdatasync` of sled's file `db` through a second
//! handle. sled panics on files that it cannot read; such panics are caught and given as
//! [`Corruption`](relatum_log::Corruption). A file that was truncated or emptied sled opens as if
//! it were new; the journal completes it, or `head` notices. What nothing inside can notice is a
//! store whose folder, journal and all, was put back to an earlier state: a tree head that is kept
//! elsewhere does.
//!
//! # Example
//! ```
//! use relatum_log::{ByteSize, Cursor, EventLog};
//! use relatum_log_sled::{SledLog, SledOptions};
//!
//! let folder = tempfile::tempdir()?;
//! let log = SledLog::open(folder.path(), SledOptions::new().create(true))?;
//! assert!(log.read(Cursor::start(), ByteSize::mib(1)).wait()?.head.is_empty());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

mod blocks;
mod copy;
mod engine;
mod faults;
mod feeder;
mod files;
mod group;
mod head;
mod journal;
mod layout;
mod live;
mod log;
mod options;
mod record;
mod recorder;
mod repair;
mod sealer;
mod stats;
mod store;
mod streams;
mod tail;
mod tree;
mod writer;

#[cfg(feature = "faults")]
#[doc(hidden)]
pub use faults::{BUGS, POINTS};
pub use log::{Backup, SledLog};
pub use options::{Durability, SledOptions};
pub use repair::{LostEvents, Repaired, Side, repair, restore};
pub use stats::SledStats;
pub use tree::SledTree;
