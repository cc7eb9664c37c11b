//! The log and the tables of a book as columns, and the same fold over them elsewhere.
//!
//! Owns the columns of events, the layout of an archive (Parquet segments by bucket, and the
//! manifest by which they are read), writing, adding to and checking one, and folding one bucket
//! of it. Knows no command line.
//!
//! *Invariant: the same log, the same cuts and the same program give the same bytes.*
//!
//! *Invariant: what the manifest does not name is no part of an archive; it is written last.*
#![forbid(unsafe_code)]

mod archive;
mod error;
mod events;
mod export;
mod manifest;
mod place;
mod segment;
mod spill;
#[cfg(test)]
mod tests;

pub use archive::{Archive, Verified};
pub use error::ArchiveError;
pub use events::{Events, events_schema};
pub use export::{Exported, export_log, is_begun};
pub use manifest::{BUCKETS, COMMON, FILE as MANIFEST, Increment, Manifest, Segment, bucket_of};
pub use place::Place;
