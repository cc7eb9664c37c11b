//! What an archive holds: the one file by which it is read.
//!
//! *Invariant: a manifest that was read is consistent: its segments are of its increments, its
//! increments follow each other, and their rows are as many as the log had events.*

use chrono::{DateTime, Utc};
use relatum_domain::{Gist, VOCABULARY};
use relatum_projections::Bucket;
use relatum_stream::StreamId;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::error::ArchiveError;

/// The name of the manifest. Readers of folders of Parquet pass over names with a `_` in front.
pub const FILE: &str = "_manifest.json";

/// The format of the layout and of the columns.
pub(crate) const FORMAT: u32 = 1;

/// Into how many parts accounts are spread.
pub const BUCKETS: u16 = 1024;

/// The part of what is no account: managers, teams, the tenant.
pub const COMMON: u16 = BUCKETS;

/// How many [buckets of projections](Bucket) make one of an archive.
const SHARE: u16 = (Bucket::COUNT - 1) / BUCKETS;

/// The bucket of an archive into which a stream falls: the same for ever, on every machine.
///
/// # Example
/// ```
/// use relatum_archive::{BUCKETS, bucket_of};
/// let stream = "account/67e55044-10b1-426f-9247-bb680e5fe0c8".parse()?;
/// assert_eq!(bucket_of(stream), 40);
/// assert_eq!(bucket_of(relatum_domain::TenantId::own().into()), BUCKETS);
/// # Ok::<(), relatum_stream::NameError>(())
/// ```
#[must_use]
pub fn bucket_of(stream: StreamId) -> u16 {
    Bucket::of(stream).0 / SHARE
}

/// What an archive holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Of the layout and the columns.
    pub format: u32,
    /// What the log is called.
    pub log: String,
    /// Into how many buckets accounts are spread.
    pub buckets: u16,
    /// The bucket of managers, teams and the tenant, which the fold of every other one needs too.
    pub common: u16,
    /// What was added, one after the other.
    pub increments: Vec<Increment>,
}

/// A stretch of the log that was added at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Increment {
    /// The seq of its first event.
    pub first: u64,
    /// The seq of its last event: the size of the tree, and the cut.
    pub last: u64,
    /// When the log learned of the last event.
    pub recorded_at: DateTime<Utc>,
    /// The root of the Merkle tree over all events up to the last one.
    pub root: String,
    /// Of which vocabulary and gists the program was that wrote it.
    pub vocabulary: String,
    /// Its files, by bucket.
    pub segments: Vec<Segment>,
}

/// A file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Segment {
    /// Which part of the streams.
    pub bucket: u16,
    /// Its path from the root of the archive.
    pub file: String,
    /// How many events.
    pub rows: u64,
    /// Of how many streams.
    pub streams: u64,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256, hexadecimal.
    pub sha256: String,
}

/// A manifest with what it is hashed to, as it is in its file.
#[derive(Serialize, Deserialize)]
struct Sealed {
    manifest: Manifest,
    sha256: String,
}

/// Of which vocabulary and gists this program is.
pub(crate) fn vocabulary() -> String {
    let mut hasher = Sha256::new();
    for entry in VOCABULARY {
        hasher.update(format!("{} {}\n", entry.name, entry.schema));
    }
    let digest = hex(&hasher.finalize());
    format!("{}-gist{}", digest.get(..16).unwrap_or_default(), Gist::REVISION)
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The path of a segment. Digits are filled up, so that names sort as the log goes.
pub(crate) fn segment_file(bucket: u16, first: u64, last: u64) -> String {
    format!("bucket={bucket}/seg={first:012}-{last:012}.parquet")
}

impl Manifest {
    /// Of an archive that holds nothing yet.
    pub(crate) fn new(log: String) -> Self {
        Self { format: FORMAT, log, buckets: BUCKETS, common: COMMON, increments: Vec::new() }
    }

    /// The seq of the last event that the archive holds.
    #[must_use]
    pub fn upto(&self) -> u64 {
        self.increments.last().map_or(0, |it| it.last)
    }

    /// The root of the tree over its events; none if it holds none.
    #[must_use]
    pub fn root(&self) -> Option<&str> {
        self.increments.last().map(|it| it.root.as_str())
    }

    /// All files, in the order in which they were added.
    pub fn segments(&self) -> impl Iterator<Item = &Segment> {
        self.increments.iter().flat_map(|it| &it.segments)
    }

    /// The files of a bucket, in the order of the log, each with its increment.
    pub fn of_bucket(&self, bucket: u16) -> impl Iterator<Item = (&Increment, &Segment)> {
        let each = |it| move |segment| (it, segment);
        let all = self.increments.iter().flat_map(move |it| it.segments.iter().map(each(it)));
        all.filter(move |(_, segment)| segment.bucket == bucket)
    }

    /// The buckets that hold something, without what is no account.
    #[must_use]
    pub fn held_buckets(&self) -> Vec<u16> {
        let mut all: Vec<u16> = self.segments().map(|it| it.bucket).collect();
        all.sort_unstable();
        all.dedup();
        all.retain(|it| *it != self.common);
        all
    }

    /// The bytes of the file.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let sealed = Sealed { manifest: self.clone(), sha256: self.digest() };
        // No map here has keys that are no text.
        let mut bytes = serde_json::to_vec_pretty(&sealed).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }

    fn digest(&self) -> String {
        hex(&Sha256::digest(serde_json::to_vec(self).unwrap_or_default()))
    }

    /// Reads the bytes of the file, which is called `file`.
    pub(crate) fn read(bytes: &[u8], file: &str) -> Result<Self, ArchiveError> {
        #[derive(Deserialize)]
        struct FormatOnly {
            manifest: Format,
        }
        #[derive(Deserialize)]
        struct Format {
            format: u32,
        }
        let damaged = |problem: String| ArchiveError::Manifest { file: file.to_owned(), problem };
        let only: FormatOnly =
            serde_json::from_slice(bytes).map_err(|error| damaged(error.to_string()))?;
        let found = only.manifest.format;
        if found != FORMAT {
            let place = file.to_owned();
            return Err(ArchiveError::Format { place, found, supported: FORMAT });
        }
        let sealed: Sealed =
            serde_json::from_slice(bytes).map_err(|error| damaged(error.to_string()))?;
        let manifest = sealed.manifest;
        if manifest.digest() != sealed.sha256 {
            return Err(damaged("it was altered: its content has another sha256".to_owned()));
        }
        manifest.contradiction().map_or(Ok(manifest.clone()), |problem| Err(damaged(problem)))
    }

    /// What in it cannot be.
    fn contradiction(&self) -> Option<String> {
        if (self.buckets, self.common) != (BUCKETS, COMMON) {
            return Some(format!("buckets are {} and {}", self.buckets, self.common));
        }
        let mut upto: u64 = 0;
        for it in &self.increments {
            let next = upto.saturating_add(1);
            if it.first != next || it.last < it.first {
                return Some(format!("{}-{} does not follow {upto}", it.first, it.last));
            }
            let expected = it.last.saturating_sub(upto);
            let rows = it.segments.iter().fold(0_u64, |sum, it| sum.saturating_add(it.rows));
            if rows != expected {
                let named = format!("{}-{}", it.first, it.last);
                return Some(format!("the segments of {named} have {rows} rows, not {expected}"));
            }
            let odd = it.segments.iter().find(|segment| {
                segment.bucket > COMMON
                    || segment.file != segment_file(segment.bucket, it.first, it.last)
            });
            if let Some(segment) = odd {
                return Some(format!("`{}` is no segment of its place", segment.file));
            }
            upto = it.last;
        }
        None
    }
}
