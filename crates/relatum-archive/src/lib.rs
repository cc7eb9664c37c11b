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
mod arrow_file;
mod as_one;
mod error;
mod events;
mod export;
mod fold;
mod manifest;
mod place;
mod segment;
mod spill;
mod tables;
#[cfg(test)]
mod tests;
mod values;

pub use archive::{Archive, Verified};
pub use arrow_file::ArrowFile;
pub use error::ArchiveError;
pub use events::{Events, events_schema};
pub use export::{Exported, export_log, is_begun};
pub use fold::{DIGESTS, Folded, FoldedBucket, digests_schema, fold_bucket, ipc_batches};
pub use manifest::{BUCKETS, COMMON, FILE as MANIFEST, Increment, Manifest, Segment, bucket_of};
pub use place::Place;
pub use segment::ParquetRows;
pub use tables::{TableRows, table_batches, table_schema};
pub use values::{row_texts, write_jsonl};
