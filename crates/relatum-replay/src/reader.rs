//! Reading the blocks of a bucket out of all runs.

use relatum_domain::Gist;
use relatum_projections::Bucket;
use relatum_stream::StreamId;

use crate::block::{Block, Codec};
use crate::run::{Opened, Run};

/// Reads blocks. Each thread has one of its own.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    runs: Vec<(&'a Run, Opened<'a>)>,
    codec: Codec,
    /// The unpacked columns of the bucket read last, of each run that has any.
    columns: Vec<Vec<u8>>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(runs: impl IntoIterator<Item = &'a Run>) -> Option<Self> {
        let open = |run: &'a Run| Some((run, run.opened()?));
        let runs = runs.into_iter().map(open).collect::<Option<_>>()?;
        Some(Self { runs, codec: Codec::default(), columns: Vec::new() })
    }

    /// The blocks of `bucket`, run after run; none: a run is damaged.
    pub(crate) fn read(&mut self, bucket: Bucket) -> Option<Vec<Block<'_>>> {
        self.columns.clear();
        for (run, opened) in &mut self.runs {
            let Some(place) = run.foot.place(bucket) else { continue };
            let bytes = opened.block(place)?;
            let unpacked = usize::try_from(place.unpacked).ok()?;
            self.columns.push(Codec::unpack(&bytes, unpacked)?);
        }
        let mut blocks = Vec::with_capacity(self.columns.len());
        for columns in &self.columns {
            blocks.push(self.codec.decode(columns)?);
        }
        Some(blocks)
    }
}

/// Gives every stream of `blocks` in the order of their names, its gists in theirs.
pub(crate) fn each_stream<'b>(
    blocks: &'b [Block<'_>],
    mut take: impl FnMut(StreamId, &'b [Gist<'_>]),
) {
    // Later runs hold later versions; within a run streams are in order already.
    if let [only] = blocks {
        only.streams().for_each(|(stream, gists)| take(stream, gists));
        return;
    }
    let mut all: Vec<_> = blocks.iter().flat_map(Block::streams).collect();
    all.sort_by_key(|(stream, _)| *stream);
    for (stream, gists) in all {
        take(stream, gists);
    }
}
