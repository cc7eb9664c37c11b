//! Sealing: young commits become blocks in sled, and what sled holds becomes durable.
//!
//! Owns every write to sled. Knows no thread: the feeder calls it, or the writer where there is no
//! journal.
//!
//! *Invariant: a block, what is said of it, and the edge behind it go into sled together; doing it
//! again after a crash gives the same.*

use std::fs::File;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use relatum_log::{CorruptionKind, Frontier, LogError, Seq, Subtrees, TreeHash};

use crate::engine::{self, Handle, damage, guarded};
use crate::faults::{Bug, Point, bug, point, scaled};
use crate::files::failed;
use crate::head::{Head, HeadFile};
use crate::layout::{self, BLOCK, EDGE_KEY, STREAMS, SUMMARY, Streams, Summary, YOUNG};
use crate::live::Live;
use crate::record::{Payload, Record, RecordHead};
use crate::tail::Young;

/// The bytes of commits in a block: more packs better, less is read faster.
pub(crate) const BLOCK_BYTES: usize = 256 * 1_024;

/// Writes to sled.
#[derive(Debug)]
pub(crate) struct Sealer {
    pub(crate) db: Handle<sled::Db>,
    /// sled's file, opened a second time: sled itself does not wait for the disk.
    pub(crate) db_file: File,
    pub(crate) db_path: PathBuf,
    pub(crate) live: Arc<Live>,
    pub(crate) head: Arc<Mutex<HeadFile>>,
    /// The tree over the sealed blocks.
    pub(crate) frontier: Frontier,
    /// The key under which young commits lie in sled, if they do.
    pub(crate) young: Option<Seq>,
}

impl Sealer {
    /// Seals every block that is full.
    pub(crate) fn seal(&mut self) -> Result<(), LogError> {
        while self.seal_next()? {}
        Ok(())
    }

    /// Seals the next block; says whether there was one.
    pub(crate) fn seal_next(&mut self) -> Result<bool, LogError> {
        let next = self.live.look().tail.next_block(scaled(BLOCK_BYTES));
        let Some((commits, ready)) = next.filter(|(commits, _)| !commits.is_empty()) else {
            return Ok(false);
        };
        let leaves: Vec<_> = commits.iter().flat_map(|it| it.leaves().iter().copied()).collect();
        let nodes = Subtrees::of(self.frontier.size(), &leaves);
        let mut frontier = self.frontier.clone();
        if !frontier.append(&nodes) {
            return Err(damage(CorruptionKind::Missing { what: "the block before" }));
        }
        let record = match ready {
            Some(ready) => ready,
            None => pack(&commits, &frontier).map_err(damage)?,
        };
        self.put(&commits, &record, &nodes, frontier)?;
        Ok(true)
    }

    /// Puts a block into sled, with everything that is said of it.
    #[tracing::instrument(
        name = "seal", level = "debug", skip_all,
        fields(first = record.head.first.0, events = record.head.events, bytes = record.bytes.len())
    )]
    fn put(
        &mut self,
        commits: &[Arc<Young>],
        record: &Record,
        nodes: &Subtrees,
        frontier: Frontier,
    ) -> Result<(), LogError> {
        let first = record.head.first;
        let recorded_at = commits.last().map_or(0, |it| it.recorded_at.timestamp_micros());
        let RecordHead { events, commits: count, .. } = record.head;
        let summary = Summary::new(events, count, recorded_at, nodes);
        let (streams, total) =
            self.live.with_streams(|streams, _| (streams.describe(commits), streams.len()))?;
        let streams: Streams = streams.map_err(damage)?;
        let mut edge = self.live.look().edge.clone();
        edge.commits += u64::from(count);
        edge.blocks += 1;
        edge.streams = u32::try_from(total + streams.new.len()).unwrap_or(u32::MAX);
        edge.bytes += commits.iter().map(|it| it.commit.bytes.as_slice().len() as u64).sum::<u64>();
        edge.recorded_at = recorded_at;
        edge.set_frontier(&frontier);

        let mut batch = sled::Batch::default();
        let mut index = sled::Batch::default();
        batch.insert(EDGE_KEY, layout::framed(&edge).map_err(damage)?);
        self.remove_young(&mut batch)?;
        if bug(Bug::SealNotAtomic) {
            self.apply(std::mem::take(&mut batch))?;
            point(Point::SealAfter);
        }
        insert(&mut batch, BLOCK, first, &record.bytes)?;
        let beside = if bug(Bug::IndexOutsideBatch) { &mut index } else { &mut batch };
        insert(beside, STREAMS, first, &layout::framed(&streams).map_err(damage)?)?;
        let summary = layout::framed(&summary).map_err(damage)?;
        beside.insert(&layout::key(SUMMARY, first), summary);
        point(Point::SealBefore);
        self.apply(batch)?;
        if bug(Bug::IndexOutsideBatch) {
            point(Point::SealAfter);
            self.apply(index)?;
        }
        point(Point::SealAfter);
        self.frontier = frontier;
        self.young = None;
        self.live.sealed(edge, first, &streams)
    }

    /// Puts the commits that no block holds yet into sled, so that it alone holds everything.
    pub(crate) fn put_young(&mut self) -> Result<(), LogError> {
        let commits: Vec<_> = self.live.look().tail.iter().cloned().collect();
        if commits.is_empty() {
            return Ok(());
        }
        let mut frontier = self.frontier.clone();
        frontier.extend(commits.iter().flat_map(|it| it.leaves()));
        let record = pack(&commits, &frontier).map_err(damage)?;
        let mut batch = sled::Batch::default();
        self.remove_young(&mut batch)?;
        insert(&mut batch, YOUNG, record.head.first, &record.bytes)?;
        self.apply(batch)?;
        self.young = Some(record.head.first);
        Ok(())
    }

    fn remove_young(&self, batch: &mut sled::Batch) -> Result<(), LogError> {
        if self.young.is_none() {
            return Ok(());
        }
        for found in self.db.scan_prefix([YOUNG]) {
            let (key, _) = guarded("read from sled", || found)?;
            batch.remove(key);
        }
        Ok(())
    }

    fn apply(&self, batch: sled::Batch) -> Result<(), LogError> {
        guarded("write to sled", || self.db.apply_batch(batch))
    }

    /// Makes everything durable that was put into sled.
    #[tracing::instrument(name = "sync sled", level = "debug", skip_all)]
    pub(crate) fn sync(&mut self) -> Result<(), LogError> {
        point(Point::SledSyncBefore);
        engine::flush(&self.db)?;
        self.db_file.sync_data().map_err(failed("sync", &self.db_path))?;
        point(Point::SledSyncAfter);
        Ok(())
    }

    /// Whether sled and the head record say everything already.
    pub(crate) fn is_at_rest(&self) -> bool {
        let head = self.head.lock().unwrap_or_else(PoisonError::into_inner).head;
        let inside = self.live.look();
        let is_in_sled = inside.tail.is_empty() || self.young.is_some();
        head.closed && head.seq == inside.end() && is_in_sled
    }

    /// Writes the head record: what sled holds durably.
    pub(crate) fn write_head(&self, closed: bool) -> Result<(), LogError> {
        let (seq, root) = {
            let inside = self.live.look();
            let mut frontier = self.frontier.clone();
            let young = inside.tail.iter().filter(|_| self.young.is_some());
            frontier.extend(young.flat_map(|it| it.leaves()));
            (Seq(frontier.size()), frontier.root())
        };
        let mut file = self.head.lock().unwrap_or_else(PoisonError::into_inner);
        let head = Head { closed, seq, root, ..file.head };
        if closed { file.replace(head) } else { file.write(head) }
    }
}

/// Packs commits into one record.
pub(crate) fn pack(commits: &[Arc<Young>], after: &Frontier) -> Result<Record, CorruptionKind> {
    let payload = Payload::packed(commits.iter().map(|it| &it.commit.bytes))?;
    Ok(Record::new(head_of(commits, after.root(), Seq::NONE), payload))
}

/// The head of a record of these commits; `root` is that of the tree with them.
pub(crate) fn head_of(commits: &[Arc<Young>], root: TreeHash, durable: Seq) -> RecordHead {
    let events: usize = commits.iter().map(|it| it.marks.len()).sum();
    let first = commits.first();
    RecordHead {
        // A record has some thousands of either.
        events: u32::try_from(events).unwrap_or(u32::MAX),
        commits: u32::try_from(commits.len()).unwrap_or(u32::MAX),
        first: first.map_or(Seq::NONE, |it| it.first()),
        number: first.map_or(0, |it| it.number),
        durable,
        root,
    }
}

fn insert(batch: &mut sled::Batch, kind: u8, seq: Seq, value: &[u8]) -> Result<(), LogError> {
    for (part, number) in layout::parts(value).map_err(damage)?.into_iter().zip(0_u8..) {
        batch.insert(&layout::part_key(kind, seq, number), part);
    }
    Ok(())
}
