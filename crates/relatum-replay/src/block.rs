//! A block: the gists of some streams, stream after stream, as bytes: a section for each topic, so
//! that a fold reads no more than concerns it.
//!
//! Pure. Columns by bitcode, then lz4, which finds ids and texts that repeat.
//!
//! *Invariant: every stream of a block is in its first section, with no gists if need be. From that
//! section alone it is known since when there is anything of the stream, of each batch and of what
//! no batch told: what is of another topic and says so has its [presence](Gist::presence) there.*

use std::collections::BTreeMap;

use bitcode::{Buffer, Decode, Encode};
use relatum_domain::gist::Topic;
use relatum_domain::{Day, Gist, Matter};
use relatum_stream::{StreamId, StreamKind};
use uuid::Uuid;

/// Gists of one stream, in their order.
pub type Row<'g, 'a> = (StreamId, &'g [&'g Gist<'a>]);

/// A stream in a section, and how many of the gists are its.
#[derive(Debug, Clone, Copy, Encode, Decode)]
struct Part<'a> {
    kind: &'a str,
    id: Uuid,
    gists: u32,
}

#[derive(Debug, Encode, Decode)]
struct Columns<'a> {
    parts: Vec<Part<'a>>,
    gists: Vec<Gist<'a>>,
}

/// The gists of several streams, of one topic.
#[derive(Debug)]
pub(crate) struct Section<'a> {
    /// Which stream, and where its gists begin and end.
    streams: Vec<(StreamId, usize, usize)>,
    gists: Vec<Gist<'a>>,
}

impl<'a> Section<'a> {
    /// The streams, each with its gists in their order.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (StreamId, &[Gist<'a>])> {
        let streams = self.streams.iter();
        streams.map(|(stream, from, to)| (*stream, self.gists.get(*from..*to).unwrap_or_default()))
    }
}

/// What the first section has of a stream: what every fold reads, and when the rest began.
fn standing<'a>(gists: &[&Gist<'a>]) -> Vec<Gist<'a>> {
    let mut earliest: BTreeMap<Option<u64>, Day> = BTreeMap::new();
    let mut standing = Vec::new();
    for gist in gists {
        let day = gist.stamp.day;
        let of_batch = earliest.get(&gist.batch);
        let is_earlier = of_batch.is_none_or(|earliest| day < *earliest);
        // Nothing begins with an event that takes another one back.
        if is_earlier && !matches!(gist.matter, Matter::Untold(_)) {
            earliest.insert(gist.batch, day);
        }
        if gist.topic() == Topic::Standing {
            standing.push((*gist).clone());
        } else if is_earlier {
            standing.push(gist.presence());
        }
    }
    standing
}

/// What is needed to write and read sections, kept from one to the next.
#[derive(Default)]
pub(crate) struct Codec(Buffer);

impl Codec {
    /// The bytes of what `rows` have of a topic, and how long they are unpacked; none: they have
    /// nothing of it.
    pub(crate) fn encode(
        &mut self,
        rows: &[Row<'_, '_>],
        topic: Topic,
    ) -> Option<(Vec<u8>, usize)> {
        let kinds: Vec<StreamKind> = rows.iter().map(|(stream, _)| stream.kind).collect();
        let (mut parts, mut all) = (Vec::new(), Vec::new());
        for ((stream, gists), kind) in rows.iter().zip(&kinds) {
            let before = all.len();
            match topic {
                Topic::Standing => all.extend(standing(gists)),
                _ => all.extend(
                    gists.iter().filter(|gist| gist.topic() == topic).map(|gist| (*gist).clone()),
                ),
            }
            let own = all.len().saturating_sub(before);
            if own > 0 || topic == Topic::Standing {
                let gists = u32::try_from(own).unwrap_or(u32::MAX);
                parts.push(Part { kind: kind.as_str(), id: stream.id, gists });
            }
        }
        if parts.is_empty() {
            return None;
        }
        let raw = self.0.encode(&Columns { parts, gists: all });
        Some((lz4_flex::compress(raw), raw.len()))
    }

    /// The columns of a section, if `bytes` are one of `length` bytes unpacked.
    pub(crate) fn unpack(bytes: &[u8], length: usize) -> Option<Vec<u8>> {
        // LZ4 makes of a byte 255 at most: a length above that is not believed.
        if length.div_ceil(255) > bytes.len() {
            return None;
        }
        lz4_flex::decompress(bytes, length).ok().filter(|raw| raw.len() == length)
    }

    /// The section of unpacked columns.
    pub(crate) fn decode<'a>(&mut self, raw: &'a [u8]) -> Option<Section<'a>> {
        let Columns { parts, gists } = self.0.decode(raw).ok()?;
        let mut streams = Vec::with_capacity(parts.len());
        let mut from = 0_usize;
        for Part { kind, id, gists } in parts {
            let to = from.checked_add(usize::try_from(gists).ok()?)?;
            streams.push((StreamId::new(kind.parse().ok()?, id), from, to));
            from = to;
        }
        (from == gists.len()).then_some(Section { streams, gists })
    }
}

impl std::fmt::Debug for Codec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Codec").finish_non_exhaustive()
    }
}
