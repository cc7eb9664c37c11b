//! A block: the gists of one bucket, stream after stream, as bytes.
//!
//! Pure. Columns by bitcode, then lz4, which finds ids and texts that repeat.

use bitcode::{Buffer, Decode, Encode};
use relatum_domain::Gist;
use relatum_stream::{StreamId, StreamKind};
use uuid::Uuid;

/// A stream in a block, and how many of the gists are its.
#[derive(Debug, Clone, Copy, Encode, Decode)]
struct Part<'a> {
    kind: &'a str,
    id: Uuid,
    gists: u32,
}

#[derive(Debug, Default, Encode, Decode)]
struct Columns<'a> {
    parts: Vec<Part<'a>>,
    gists: Vec<Gist<'a>>,
}

/// Gists of several streams, to be written or just read.
#[derive(Debug, Default)]
pub(crate) struct Block<'a> {
    /// Which stream, and where its gists begin and end.
    streams: Vec<(StreamId, usize, usize)>,
    gists: Vec<Gist<'a>>,
}

impl<'a> Block<'a> {
    /// Adds the next gist of `stream`. Gists of one stream come one after the other.
    pub(crate) fn push(&mut self, stream: StreamId, gist: Gist<'a>) {
        let end = self.gists.len() + 1;
        match self.streams.last_mut().filter(|(last, ..)| *last == stream) {
            Some((.., to)) => *to = end,
            None => self.streams.push((stream, self.gists.len(), end)),
        }
        self.gists.push(gist);
    }

    pub(crate) fn len(&self) -> usize {
        self.gists.len()
    }

    /// The streams, each with its gists in their order.
    pub(crate) fn streams(&self) -> impl Iterator<Item = (StreamId, &[Gist<'a>])> {
        self.streams
            .iter()
            .map(|(stream, from, to)| (*stream, self.gists.get(*from..*to).unwrap_or_default()))
    }

    /// The same, to be moved elsewhere.
    pub(crate) fn into_streams(self) -> impl Iterator<Item = (StreamId, Gist<'a>)> {
        let counts = self.streams.into_iter();
        let names = counts
            .flat_map(|(stream, from, to)| std::iter::repeat_n(stream, to.saturating_sub(from)));
        names.zip(self.gists)
    }
}

/// What is needed to write and read blocks, kept from one to the next.
#[derive(Default)]
pub(crate) struct Codec(Buffer);

impl Codec {
    /// The bytes of a block, and how long they are unpacked.
    pub(crate) fn encode(&mut self, block: Block<'_>) -> (Vec<u8>, usize) {
        let kinds: Vec<StreamKind> = block.streams.iter().map(|(it, ..)| it.kind).collect();
        let parts = block.streams.iter().zip(&kinds);
        let parts = parts.map(|((stream, from, to), kind)| Part {
            kind: kind.as_str(),
            id: stream.id,
            gists: u32::try_from(to.saturating_sub(*from)).unwrap_or(u32::MAX),
        });
        let columns = Columns { parts: parts.collect(), gists: block.gists };
        let raw = self.0.encode(&columns);
        (lz4_flex::compress(raw), raw.len())
    }

    /// The columns of a block, if `bytes` are one of `length` bytes unpacked.
    pub(crate) fn unpack(bytes: &[u8], length: usize) -> Option<Vec<u8>> {
        lz4_flex::decompress(bytes, length).ok().filter(|raw| raw.len() == length)
    }

    /// The block of unpacked columns.
    pub(crate) fn decode<'a>(&mut self, raw: &'a [u8]) -> Option<Block<'a>> {
        let Columns { parts, gists } = self.0.decode(raw).ok()?;
        let mut streams = Vec::with_capacity(parts.len());
        let mut from = 0_usize;
        for Part { kind, id, gists } in parts {
            let to = from.checked_add(usize::try_from(gists).ok()?)?;
            streams.push((StreamId::new(kind.parse().ok()?, id), from, to));
            from = to;
        }
        (from == gists.len()).then_some(Block { streams, gists })
    }
}

impl std::fmt::Debug for Codec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Codec").finish_non_exhaustive()
    }
}
