//! What is read: the sealed blocks and the young commits as one log.
//!
//! Owns the seam between them, and the index of streams, made when it is first needed. Never
//! writes to sled.
//!
//! *Invariant: at every moment each commit is in a block or young, and found once.*

use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};

use relatum_log::{
    Block, ByteSize, CommitBytes, Corruption, CorruptionKind, Cursor, Cut, Frontier, KeyMark,
    LogError, Place, Position, Seq, StoredCommit, StoredStreams, StreamId, Version,
};

use crate::blocks::Blocks;
use crate::engine::damage;
use crate::layout::Edge;
use crate::streams::StreamIndex;
use crate::tail::{Tail, Young};

/// The log in memory, over the blocks.
#[derive(Debug)]
pub(crate) struct Live {
    inside: RwLock<Inside>,
    /// The index of streams while it is made; whoever needs it waits here.
    unfinished: Mutex<StreamIndex>,
    pub(crate) blocks: Blocks,
}

/// What changes when a block is sealed, all at once.
#[derive(Debug, Default)]
pub(crate) struct Inside {
    pub(crate) edge: Edge,
    pub(crate) tail: Tail,
    streams: Option<StreamIndex>,
}

impl Inside {
    /// The seq of the last event.
    pub(crate) fn end(&self) -> Seq {
        self.tail.iter().last().map_or(self.edge.seq(), |it| it.last())
    }
}

impl Live {
    pub(crate) fn new(blocks: Blocks, edge: Edge, tail: Tail) -> Self {
        let inside = RwLock::new(Inside { edge, tail, streams: None });
        Self { inside, unfinished: Mutex::default(), blocks }
    }

    pub(crate) fn look(&self) -> RwLockReadGuard<'_, Inside> {
        self.inside.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut Inside) -> T) -> T {
        change(&mut self.inside.write().unwrap_or_else(PoisonError::into_inner))
    }

    /// Asks the index of the blocks' streams, made now if it is not there yet.
    ///
    /// It is made while others read and seal: of a large store that takes a while.
    pub(crate) fn with_streams<T>(
        &self,
        ask: impl Fn(&StreamIndex, &Inside) -> T,
    ) -> Result<T, LogError> {
        let ask_now = |inside: &Inside| Some(ask(inside.streams.as_ref()?, inside));
        if let Some(answer) = ask_now(&self.look()) {
            return Ok(answer);
        }
        let mut index = self.unfinished.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(answer) = ask_now(&self.look()) {
                return Ok(answer);
            }
            let end = self.look().edge.seq();
            if let Err(error) = self.complete(&mut index, end) {
                *index = StreamIndex::default();
                return Err(error);
            }
            self.change(|inside| {
                if inside.edge.seq() == end {
                    inside.streams = Some(std::mem::take(&mut *index));
                }
            });
        }
    }

    /// Takes the blocks up to the one that ends at `end` into the index.
    fn complete(&self, index: &mut StreamIndex, end: Seq) -> Result<(), LogError> {
        let blocks = self.blocks.all_between(Seq::FIRST, end)?;
        for (first, nodes) in blocks.into_iter().skip(index.blocks()) {
            let block = self.blocks.streams(first)?;
            // What another store says of a block of its own has a checksum too.
            let added = match block.events() == nodes.count() {
                true => index.add(first, &block),
                false => Err(CorruptionKind::Missing { what: "an event among a block's streams" }),
            };
            added.map_err(|kind| {
                LogError::from(Corruption::at(Position { partition: 0, seq: first }, kind))
            })?;
        }
        Ok(())
    }

    /// Makes what was young and is in a block now known as such.
    pub(crate) fn sealed(
        &self,
        edge: Edge,
        first: Seq,
        block: &crate::layout::Streams,
    ) -> Result<(), LogError> {
        self.change(|inside| {
            inside.tail.drop_until(edge.seq());
            inside.edge = edge;
            match &mut inside.streams {
                Some(streams) => streams.add(first, block).map_err(damage),
                None => Ok(()),
            }
        })
    }

    /// The tree over the first `size` events.
    pub(crate) fn frontier_at(&self, size: u64) -> Result<Frontier, LogError> {
        let (edge, young) = {
            let inside = self.look();
            let young: Vec<_> = inside.tail.iter().cloned().collect();
            (inside.edge.clone(), young)
        };
        let edge_size = edge.seq().0;
        let mut frontier = edge.frontier().map_err(damage)?;
        if size < edge_size {
            return self.blocks.frontier_at(size, &frontier);
        }
        let leaves = young.iter().flat_map(|it| it.leaves());
        let wanted = usize::try_from(size - edge_size).unwrap_or(usize::MAX);
        frontier.extend(leaves.take(wanted));
        Ok(frontier)
    }

    /// Whole commits from `from` on that lie within `head`, about `max` bytes of them.
    pub(crate) fn block(&self, from: Cursor, max: ByteSize, head: Seq) -> Result<Block, LogError> {
        let mut block = Block { commits: Vec::new(), next: from, head: Cut::single(head) };
        let mut room = Room { left: max.0, first: true };
        let commits = &mut block.commits;
        let mut take = |commit: &StoredCommit| {
            let takes = room.takes(commit);
            if takes {
                commits.push(commit.clone());
            }
            takes
        };
        match from {
            Cursor::Position(position) if position.partition == 0 => {
                let seq = self.positions(position.seq.max(Seq::FIRST), head, &mut take)?;
                if let Some(seq) = seq {
                    block.next = Cursor::Position(Position { seq, ..position });
                }
            }
            Cursor::Stream(stream, version) => {
                let version = version.max(Version(1));
                let next = self.versions(stream, version, head, &mut take)?;
                if let Some(version) = next {
                    block.next = Cursor::Stream(stream, version);
                }
            }
            _ => {}
        }
        Ok(block)
    }

    /// Gives commits from the one that holds `seq` on until `take` wants no more, and the seq
    /// after the last that it took.
    fn positions(
        &self,
        seq: Seq,
        head: Seq,
        take: &mut dyn FnMut(&StoredCommit) -> bool,
    ) -> Result<Option<Seq>, LogError> {
        let mut next = None;
        let mut seq = seq;
        while seq <= head {
            {
                let inside = self.look();
                if seq > inside.edge.seq() {
                    for young in inside.tail.since(seq).take_while(|it| it.last() <= head) {
                        if !take(&young.commit) {
                            return Ok(next);
                        }
                        next = Some(young.last().plus(1));
                    }
                    return Ok(next);
                }
            }
            let block = self.blocks.open(self.blocks.first_of(seq)?)?;
            for it in block.since(seq).iter().take_while(|it| it.last <= head) {
                if !take(&it.commit) {
                    return Ok(next);
                }
                next = Some(it.last.plus(1));
            }
            seq = block.record.head.last().plus(1);
        }
        Ok(next)
    }

    /// The same along a stream, from the commit that holds `version` on.
    fn versions(
        &self,
        stream: StreamId,
        version: Version,
        head: Seq,
        take: &mut dyn FnMut(&StoredCommit) -> bool,
    ) -> Result<Option<Version>, LogError> {
        let mut next = None;
        let mut version = version;
        loop {
            let found =
                self.with_streams(|streams, inside| match streams.find(stream, version) {
                    Some(first) => Where::Block(first),
                    None => Where::Young(inside.tail.writing(stream, version).cloned().collect()),
                })?;
            match found {
                Where::Young(commits) => {
                    for young in commits.iter().take_while(|it| it.last() <= head) {
                        let write = young.writes.iter().find(|write| write.stream == stream);
                        let last = write.map_or(version, |write| write.last());
                        if last < version {
                            continue;
                        }
                        if !take(&young.commit) {
                            return Ok(next);
                        }
                        next = Some(last.plus(1));
                    }
                    return Ok(next);
                }
                Where::Block(first) => {
                    let block = self.blocks.open(first)?;
                    let before = version;
                    for it in block.commits.iter().filter(|it| writes(&it.commit, stream)) {
                        let view = it.commit.view()?;
                        let Some(write) = view.writes.iter().find(|it| it.stream == stream) else {
                            continue;
                        };
                        if write.last() < version {
                            continue;
                        }
                        if it.last > head || !take(&it.commit) {
                            return Ok(next);
                        }
                        version = write.last().plus(1);
                        next = Some(version);
                    }
                    if version == before {
                        let what = "an event of the stream";
                        let at = Place::Stream(stream, version);
                        let kind = CorruptionKind::Missing { what };
                        return Err(Corruption { at, kind }.into());
                    }
                }
            }
        }
    }
}

enum Where {
    Block(Seq),
    Young(Vec<Arc<Young>>),
}

/// Whether the header of a commit names the stream, found without reading the commit.
fn writes(commit: &StoredCommit, stream: StreamId) -> bool {
    let bytes = commit.bytes.as_slice();
    let header = memchr::memmem::find(bytes, b"\"events\":[").and_then(|end| bytes.get(..end));
    let name = format!("\"{stream}\"");
    header.is_some_and(|header| memchr::memmem::find(header, name.as_bytes()).is_some())
}

/// How much a block may still take; the first commit always fits.
struct Room {
    left: u64,
    first: bool,
}

impl Room {
    fn takes(&mut self, commit: &StoredCommit) -> bool {
        let left = self.left.checked_sub(commit.bytes.as_slice().len() as u64);
        let takes = left.is_some() || self.first;
        self.left = left.unwrap_or(0);
        self.first = false;
        takes
    }
}

/// The streams as they are with commits that are admitted and perhaps not yet in the log.
pub(crate) struct WithAdmitted<'a> {
    pub(crate) live: &'a Live,
    pub(crate) admitted: &'a Tail,
}

impl StoredStreams for WithAdmitted<'_> {
    fn marks(&self, stream: StreamId) -> Result<Vec<KeyMark>, LogError> {
        let (blocks, number, young, end) = self.live.with_streams(|streams, inside| {
            let young: Vec<_> = inside.tail.marks(stream, Seq::NONE).collect();
            (streams.blocks_of(stream), streams.number(stream), young, inside.end())
        })?;
        let mut marks = Vec::new();
        for first in blocks {
            let block = self.live.blocks.streams(first)?;
            let writes = block.writes.iter().filter(|writes| Some(writes.stream) == number);
            let stored = writes.flat_map(|writes| &writes.marks);
            marks.extend(stored.map(|mark| KeyMark::from_stored(u32::from_be_bytes(*mark))));
        }
        marks.extend(young);
        marks.extend(self.admitted.marks(stream, end));
        Ok(marks)
    }

    fn commit_at(
        &self,
        stream: StreamId,
        version: Version,
    ) -> Result<Option<CommitBytes>, LogError> {
        let holds = |young: &&Arc<Young>| {
            let mut writes = young.writes.iter().filter(|write| write.stream == stream);
            writes.any(|write| (write.version..=write.last()).contains(&version))
        };
        if let Some(young) = self.admitted.writing(stream, version).find(holds) {
            return Ok(Some(young.commit.bytes.clone()));
        }
        let mut found = None;
        self.live.versions(stream, version, Seq(u64::MAX), &mut |commit| {
            found = Some(commit.bytes.clone());
            false
        })?;
        Ok(found)
    }
}
