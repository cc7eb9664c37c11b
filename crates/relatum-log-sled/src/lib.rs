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
//! | `head` | one line: the format and the seq of the last acknowledged event |
//! | `sled/` | sled's own files; keys and values are described in `layout.rs` |
//!
//! # Durability
//!
//! sled's `flush` alone does not make data durable on Linux: it starts the write, and does not
//! wait for the disk. So a commit is acknowledged after `flush` *and* `fdatasync` of sled's file
//! `db` through a second handle. Commits that arrive while a sync runs share the next one.
//! A failed write or sync poisons the log: it answers nothing more but
//! [`LogError::Poisoned`](relatum_log::LogError::Poisoned) until it is opened again, because
//! after a failed sync nobody knows what is on disk, and asking again would lie.
//!
//! sled panics on files that it cannot read. Such panics are caught and given as
//! [`Corruption`](relatum_log::Corruption); the panic's message still goes to standard error. A
//! file that was truncated or emptied sled opens as if it were new; the `head` file is what
//! notices. A store put back to an earlier state as a whole, with its `head`, cannot be noticed
//! from inside.
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

mod engine;
mod files;
mod group;
mod head;
mod layout;
mod log;
mod options;
mod reader;
mod stats;
mod store;
mod writer;

pub use log::SledLog;
pub use options::SledOptions;
pub use stats::SledStats;
