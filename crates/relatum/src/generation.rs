//! Generations of the replay cache: which one is live, and what the projections folded it to when
//! it was promoted.
//!
//! A file beside the cache, written whole and synced: a line of JSON about the generation, then a
//! line for each stream with the digests of its states. With it a later program, whose folds are of
//! another revision, can say of which streams it thinks otherwise.
//!
//! *Invariant: it is used only if the log has the root that it names over as many events.*

use std::path::Path;

use relatum_log::{Cut, Seq, TreeHash};
use relatum_projections::Models;
use relatum_replay::{Digests, StateDigest};
use relatum_stream::StreamId;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::whole_file::write_whole;

/// The format of the file.
const FORMAT: u16 = 1;

/// A generation of the cache.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Generation {
    format: u16,
    /// How many there were, with this one.
    pub(crate) number: u64,
    /// The last event that it had when it was promoted.
    pub(crate) upto: u64,
    root: TreeHash,
    pub(crate) projections: Vec<Folded>,
}

/// What a projection folded it to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Folded {
    pub(crate) name: String,
    pub(crate) revision: u32,
    hash: String,
}

impl Generation {
    pub(crate) fn new(number: u64, upto: u64, root: TreeHash, digests: &Digests) -> Self {
        let folded = |(place, it): (usize, &relatum_projections::ProjectionInfo)| Folded {
            name: it.name.to_owned(),
            revision: it.revision,
            hash: digests.hash(place),
        };
        let projections = Models::LIST.iter().enumerate().map(folded).collect();
        Self { format: FORMAT, number, upto, root, projections }
    }

    /// The one that is told of at `path`, if anything can be read there.
    pub(crate) fn at(path: &Path) -> Option<Self> {
        let file = std::io::BufReader::new(std::fs::File::open(path).ok()?);
        let mut found = serde_json::Deserializer::from_reader(file).into_iter::<Self>();
        found.next()?.ok().filter(|it| it.format == FORMAT)
    }

    /// The same with its digests, if it is of a log with that root.
    pub(crate) fn load(
        path: &Path,
        root_at: impl Fn(&Cut) -> Result<TreeHash, Error>,
    ) -> Option<(Self, Digests)> {
        let found = Self::at(path)?;
        let is_of_log = root_at(&Cut::single(Seq(found.upto))).is_ok_and(|it| it == found.root);
        if !is_of_log {
            return None;
        }
        let text = std::fs::read_to_string(path).ok()?;
        let line = |line: &str| -> Option<(StreamId, Vec<StateDigest>)> {
            let (stream, digests): (StreamId, Vec<String>) = serde_json::from_str(line).ok()?;
            let digest = |text: &String| u128::from_str_radix(text, 16).ok();
            let digests: Option<Vec<u128>> = digests.iter().map(digest).collect();
            Some((stream, digests?.into_iter().map(u128::to_be_bytes).collect()))
        };
        let digests: Option<Digests> = text.lines().skip(1).map(line).collect();
        let digests = digests?;
        let is_whole = |(place, it): (usize, &Folded)| digests.hash(place) == it.hash;
        found.projections.iter().enumerate().all(is_whole).then_some((found, digests))
    }

    pub(crate) fn keep(&self, path: &Path, digests: &Digests) -> Result<(), Error> {
        let bytes = || -> serde_json::Result<Vec<u8>> {
            let mut bytes = serde_json::to_vec(self)?;
            for (stream, digests) in digests.iter() {
                bytes.push(b'\n');
                let hex = digests.iter().map(|it| format!("{:032x}", u128::from_be_bytes(*it)));
                serde_json::to_writer(&mut bytes, &(stream, hex.collect::<Vec<_>>()))?;
            }
            Ok(bytes)
        };
        let written = || write_whole(path, &bytes()?, false);
        written().map_err(|error| Error::io(format!("write {}", path.display()), error))
    }
}
