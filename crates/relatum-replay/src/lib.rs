//! The replay cache: what folds read of all events, in columns, clustered by stream.
//!
//! Owns the bytes of a *block* (the gists of some [`Bucket`](relatum_projections::Bucket)s), of a
//! *run* (the blocks of a stretch of the log) and the folder of runs, and the fold over them by
//! any number of threads. Knows no log: whoever has one hands over its events and the root of the
//! tree over them. Spares decoding JSON, and reading what nobody asks for.
//!
//! *Invariant: the cache is never trusted more than the log. A run that is missing, damaged, of
//! another vocabulary or of another log is deleted, and derived again.*
//!
//! *Invariant: a fold over the cache gives the states of a fold over the log, byte for byte, by
//! any number of threads.*
#![forbid(unsafe_code)]

mod block;
mod digests;
mod error;
mod faults;
mod fingerprint;
mod fold;
mod merge;
mod reader;
mod replay;
mod run;
mod shelf;
mod spread;

pub use block::Row;
pub use digests::{Digests, StateDigest, digests_of};
pub use error::ReplayError;
#[cfg(feature = "faults")]
pub use faults::POINTS;
pub use fold::LeftOut;
pub use replay::{Covered, Replay, promote, recover};
