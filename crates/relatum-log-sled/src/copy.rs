//! Writing a log as a journal: what completes a journal that is shorter, and what a backup is.
//!
//! Owns the way from blocks and young commits to records. Knows nothing of the writer: a store may
//! go on while it is copied.
//!
//! *Invariant: what is written carries the roots of the log that it came from.*

use std::sync::Arc;

use relatum_log::{Frontier, LogError, Seq};

use crate::blocks;
use crate::faults::scaled;
use crate::journal::Journal;
use crate::live::Live;
use crate::record::{Payload, Record};
use crate::sealer::{BLOCK_BYTES, head_of};
use crate::tail::Young;

/// So much is written before it is synced.
const UNSYNCED: usize = 64 * 1_024 * 1_024;

/// Appends everything after `after` up to `head` to a journal that ends at `after`.
pub(crate) fn copy_after(
    live: &Live,
    head: Seq,
    after: Seq,
    journal: &mut Journal,
) -> Result<(), LogError> {
    let mut frontier = live.frontier_at(after.0)?;
    let mut unsynced = 0;
    while frontier.size() < head.0 {
        let next = Seq(frontier.size() + 1);
        let record = next_record(live, head, next, &mut frontier)?;
        unsynced += record.bytes.len();
        journal.append(next, &[record])?;
        if unsynced > scaled(UNSYNCED) {
            journal.sync()?;
            unsynced = 0;
        }
    }
    journal.sync()
}

/// A record that begins at `next`; pushes its leaves.
fn next_record(
    live: &Live,
    head: Seq,
    next: Seq,
    frontier: &mut Frontier,
) -> Result<Record, LogError> {
    let durable = Seq(next.0 - 1);
    if let Some(commits) = young_from(live, head, next) {
        frontier.extend(commits.iter().flat_map(|it| it.leaves()));
        let head = head_of(&commits, frontier.root(), durable);
        let payload = Payload::lines(commits.iter().map(|it| &it.commit.bytes));
        return Ok(Record::new(head, payload));
    }
    let first = live.blocks.first_of(next)?;
    let block = live.blocks.open(first)?;
    let commits = block.since(next);
    frontier.extend(commits.iter().flat_map(|it| it.leaves()));
    if first == next {
        return Ok(block.record.clone());
    }
    let skipped = (block.commits.len() - commits.len()) as u64;
    Ok(blocks::part(commits, block.record.head.number + skipped, frontier.root()))
}

/// About a block of young commits from `next` on; `None` if that lies in a block.
fn young_from(live: &Live, head: Seq, next: Seq) -> Option<Vec<Arc<Young>>> {
    let inside = live.look();
    if next <= inside.edge.seq() {
        return None;
    }
    let mut size = 0;
    let mut commits = Vec::new();
    for young in inside.tail.since(next).take_while(|it| it.last() <= head) {
        commits.push(Arc::clone(young));
        size += young.commit.bytes.as_slice().len();
        if size >= scaled(BLOCK_BYTES) {
            break;
        }
    }
    Some(commits)
}
