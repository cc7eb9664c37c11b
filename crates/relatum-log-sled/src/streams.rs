//! Which blocks write a stream.
//!
//! Owns the way from a stream and a version to a block, in memory: some eight bytes for each
//! stream of each block. It is made from the entries beside the blocks when it is first needed.
//! Knows no tree.
//!
//! *Invariant: it says what the blocks say; versions of a stream follow each other.*

use std::collections::HashMap;
use std::sync::Arc;

use relatum_log::{CorruptionKind, Seq, StreamId, Version};

use crate::layout::{StreamWrites, Streams};
use crate::tail::Young;

/// The streams of all sealed blocks.
#[derive(Debug, Default)]
pub(crate) struct StreamIndex {
    numbers: HashMap<StreamId, u32>,
    streams: Vec<InBlocks>,
    /// The first seq of each block.
    blocks: Vec<Seq>,
}

/// One stream.
#[derive(Debug)]
struct InBlocks {
    id: StreamId,
    /// The first version in a block, and the number of the block.
    entries: Vec<(u32, u32)>,
    last: Version,
}

impl StreamIndex {
    /// Takes in the next block.
    pub(crate) fn add(&mut self, first: Seq, block: &Streams) -> Result<(), CorruptionKind> {
        let number = small(self.blocks.len())?;
        self.blocks.push(first);
        for id in &block.new {
            self.numbers.insert(*id, small(self.streams.len())?);
            self.streams.push(InBlocks { id: *id, entries: Vec::new(), last: Version::NONE });
        }
        for StreamWrites { stream, version, marks } in &block.writes {
            let unknown = CorruptionKind::Missing { what: "a stream of a block" };
            let there = self.streams.get_mut(*stream as usize).ok_or(unknown)?;
            let expected = there.last.plus(1);
            if *version != expected {
                let (stream, found) = (there.id, *version);
                return Err(CorruptionKind::Version { stream, expected, found });
            }
            there.entries.push((small(version.0)?, number));
            there.last = there.last.plus(marks.len() as u64);
        }
        Ok(())
    }

    /// What the next block, of these commits, has to say of its streams.
    pub(crate) fn describe(&self, commits: &[Arc<Young>]) -> Result<Streams, CorruptionKind> {
        let mut block = Streams::default();
        let mut places: HashMap<StreamId, usize> = HashMap::new();
        for young in commits {
            for write in &young.writes {
                let place = match places.get(&write.stream) {
                    Some(place) => *place,
                    None => {
                        let stream = match self.numbers.get(&write.stream) {
                            Some(number) => *number,
                            None => {
                                block.new.push(write.stream);
                                small(self.streams.len() + block.new.len() - 1)?
                            }
                        };
                        let (version, marks) = (write.version, Vec::new());
                        block.writes.push(StreamWrites { stream, version, marks });
                        places.insert(write.stream, block.writes.len() - 1);
                        block.writes.len() - 1
                    }
                };
                if let Some(writes) = block.writes.get_mut(place) {
                    let marks = young.marks_of(write.stream).iter();
                    writes.marks.extend(marks.map(|mark| mark.get().to_be_bytes()));
                }
            }
        }
        Ok(block)
    }

    /// How many blocks there are.
    pub(crate) fn blocks(&self) -> usize {
        self.blocks.len()
    }

    /// How many streams there are.
    pub(crate) fn len(&self) -> usize {
        self.streams.len()
    }

    /// The number of a stream.
    pub(crate) fn number(&self, stream: StreamId) -> Option<u32> {
        self.numbers.get(&stream).copied()
    }

    fn of(&self, stream: StreamId) -> Option<&InBlocks> {
        self.streams.get(self.number(stream)? as usize)
    }

    /// The first seqs of all blocks that write `stream`.
    pub(crate) fn blocks_of(&self, stream: StreamId) -> Vec<Seq> {
        let entries = self.of(stream).map(|it| it.entries.iter()).into_iter().flatten();
        entries.filter_map(|(_, block)| self.blocks.get(*block as usize).copied()).collect()
    }

    /// The block that holds `version` of `stream`; `None` past the end of it in the blocks.
    pub(crate) fn find(&self, stream: StreamId, version: Version) -> Option<Seq> {
        let it = self.of(stream)?;
        if version > it.last {
            return None;
        }
        let after = it.entries.partition_point(|(first, _)| u64::from(*first) <= version.0);
        let (_, block) = it.entries.get(after.checked_sub(1)?)?;
        self.blocks.get(*block as usize).copied()
    }
}

/// Numbers of streams, blocks and versions stay below four billion.
fn small<T: TryInto<u32>>(number: T) -> Result<u32, CorruptionKind> {
    number.try_into().map_err(|_| CorruptionKind::AboveLimit)
}
