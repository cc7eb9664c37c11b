//! Commits that become durable together, and the answers that wait for it.
//!
//! Owns how a group is cut into records, and packing them. Knows no file, and no tree but the root
//! of each record.
//!
//! *Invariant: what is packed by another thread is what was admitted, in its order.*

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender};

use relatum_log::{
    AppendError, CorruptionKind, Frontier, LogError, PendingSender, Receipt, Seq, TreeHash,
};

use crate::faults::scaled;
use crate::record::{Payload, Record};
use crate::sealer::{BLOCK_BYTES, head_of};
use crate::stats::End;
use crate::tail::Young;

type Answer = (PendingSender<Receipt, AppendError>, Result<Receipt, AppendError>);

/// What was admitted, and what is to be said of it.
#[derive(Default)]
pub(crate) struct Group {
    pub(crate) parts: Vec<Part>,
    pub(crate) bytes: usize,
    /// The end of the log with them.
    pub(crate) end: End,
    pub(crate) answers: Vec<Answer>,
}

/// The commits of one record.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) commits: Vec<Arc<Young>>,
    bytes: usize,
    /// The root of the tree with them.
    root: TreeHash,
    packed: Option<Payload>,
}

impl Group {
    /// Takes in the next commit; `tree` is that over all before it.
    pub(crate) fn add(
        &mut self,
        young: Arc<Young>,
        tree: &mut Frontier,
    ) -> Result<(), CorruptionKind> {
        tree.extend(young.commit.bytes.leaves()?);
        self.bytes += young.size();
        let part = match self.parts.pop() {
            Some(part) if !part.is_full() => part,
            full => {
                self.parts.extend(full);
                Part::empty()
            }
        };
        self.parts.push(part.with(young, tree));
        Ok(())
    }

    /// Ends the last record; `tree` is that with everything of the group.
    pub(crate) fn finish(&mut self, tree: &Frontier) {
        if let Some(part) = self.parts.last_mut() {
            part.root = tree.root();
        }
    }

    pub(crate) fn answer(self) {
        self.answers.into_iter().for_each(|(answer, outcome)| answer.send(outcome));
    }

    /// Nobody is told that anything is recorded: it may be on disk in part.
    pub(crate) fn refuse(mut self, error: &LogError) {
        for (_, outcome) in &mut self.answers {
            if !matches!(outcome, Err(AppendError::Log(_))) {
                *outcome = Err(error.clone().into());
            }
        }
        self.answer();
    }
}

impl Part {
    fn empty() -> Self {
        Self { commits: Vec::new(), bytes: 0, root: TreeHash::empty(), packed: None }
    }

    /// Whether it is as much as a block, so that it is packed and becomes one.
    fn is_full(&self) -> bool {
        self.bytes >= scaled(BLOCK_BYTES)
    }

    fn with(mut self, young: Arc<Young>, tree: &Frontier) -> Self {
        self.bytes += young.size();
        self.commits.push(young);
        if self.is_full() {
            self.root = tree.root();
        }
        self
    }

    /// Packs what is full. What cannot be packed stays as it is.
    fn pack(&mut self) {
        if self.is_full() {
            self.packed = Payload::packed(self.commits.iter().map(|it| &it.commit.bytes)).ok();
        }
    }

    /// The record, and its commits; `durable` is the last seq that is on disk.
    pub(crate) fn record(self, durable: Seq) -> (Record, Vec<Arc<Young>>) {
        let Self { commits, root, packed, .. } = self;
        let lines = || Payload::lines(commits.iter().map(|it| &it.commit.bytes));
        let record = Record::new(head_of(&commits, root, durable), packed.unwrap_or_else(lines));
        (record, commits)
    }
}

/// Packs groups and hands them on until nothing more comes.
pub(crate) fn pack(groups: &Receiver<Group>, packed: &SyncSender<Group>) {
    while let Ok(mut group) = groups.recv() {
        group.parts.iter_mut().for_each(Part::pack);
        // A recorder that is gone has panicked; whoever waits learns that the log is closed.
        let _ = packed.send(group);
    }
}
