//! The single writer: a thread that takes what is submitted and decides what becomes of it.
//!
//! Owns the order of commits. What it admits goes to the [`Recorder`](crate::recorder), in another
//! thread if there is much of it, so that the next commits are admitted while these are written.
//!
//! *Invariant: commits are recorded and answered in the order in which they were admitted.*

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender};

use relatum_log::{
    Admission, Admitted, AppendError, LogError, NewCommit, PendingSender, Receipt, Seq,
};

use crate::faults::scaled;
use crate::feeder::Signal;
use crate::live::{Live, WithAdmitted};
use crate::recorder::{Desk, Group};
use crate::sealer::BLOCK_BYTES;
use crate::stats::{End, Recorded};
use crate::tail::{Tail, Young};

/// A group ends here, so that the first of it does not wait for all others.
const GROUP_COMMITS: usize = 1_024;
const GROUP_BYTES: usize = 2 * 1_024 * 1_024;

/// A commit that somebody wants an answer for.
pub(crate) struct Job {
    pub(crate) commit: NewCommit,
    pub(crate) answer: PendingSender<Receipt, AppendError>,
}

/// What the writer tells everybody else.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    durable: AtomicU64,
    poisoned: AtomicBool,
    pub(crate) recorded: Recorded,
}

impl Progress {
    pub(crate) fn new(end: End) -> Self {
        let this = Self::default();
        this.advance(end);
        this
    }

    /// The seq up to which readers may read.
    pub(crate) fn durable(&self) -> Seq {
        Seq(self.durable.load(Ordering::Acquire))
    }

    pub(crate) fn is_poisoned(&self) -> bool {
        self.poisoned.load(Ordering::Acquire)
    }

    pub(crate) fn poison(&self) {
        self.poisoned.store(true, Ordering::Release);
    }

    pub(crate) fn advance(&self, end: End) {
        self.recorded.set(end);
        self.durable.store(end.seq.0, Ordering::Release);
    }
}

pub(crate) struct Writer {
    pub(crate) live: Arc<Live>,
    pub(crate) admission: Admission,
    pub(crate) progress: Arc<Progress>,
    /// What was admitted and is perhaps not yet among the young commits.
    pub(crate) admitted: Tail,
    /// The end of what was admitted.
    pub(crate) end: End,
    /// Whom to wait for if sled cannot follow.
    pub(crate) signal: Option<Arc<Signal>>,
    pub(crate) desk: Arc<Desk>,
    pub(crate) groups: SyncSender<Group>,
}

impl Writer {
    /// Works until nobody can submit any more.
    pub(crate) fn run(mut self, jobs: &Receiver<Job>) {
        while let Ok(first) = jobs.recv() {
            self.group(first, jobs);
        }
    }

    #[tracing::instrument(name = "submit", level = "debug", skip_all)]
    fn group(&mut self, first: Job, jobs: &Receiver<Job>) {
        if let Some(signal) = &self.signal {
            signal.wait_for_room(|| self.live.look().tail.bytes());
        }
        self.admitted.drop_until(self.progress.durable());
        let mut group = Group::default();
        let mut failed = self.progress.is_poisoned().then_some(LogError::Poisoned);
        let mut next = Some(first);
        while let Some(Job { commit, answer }) = next {
            let outcome = match &failed {
                None => self.admit(commit, &mut group),
                Some(_) => Err(LogError::Poisoned.into()),
            };
            if let Err(AppendError::Log(error)) = &outcome {
                failed.get_or_insert_with(|| error.clone());
            }
            group.answers.push((answer, outcome));
            let full = group.answers.len() >= GROUP_COMMITS || group.bytes >= scaled(GROUP_BYTES);
            next = if full { None } else { jobs.try_recv().ok() };
        }
        match failed {
            None => self.hand_over(group),
            Some(error) => {
                // Nothing is built on what was admitted and is not recorded.
                self.progress.poison();
                group.refuse(&error);
            }
        }
    }

    fn admit(&mut self, commit: NewCommit, group: &mut Group) -> Result<Receipt, AppendError> {
        let streams = WithAdmitted { live: &self.live, admitted: &self.admitted };
        let Admitted { receipt, stored, writes, marks } = self.admission.admit(commit, &streams)?;
        if let Some(commit) = stored {
            let (number, recorded_at) = (self.end.commits + 1, receipt.recorded_at);
            let young = Arc::new(Young { commit, number, recorded_at, writes, marks });
            self.end = End { commits: number, seq: young.last(), recorded_at: Some(recorded_at) };
            group.end = self.end;
            group.bytes += young.size();
            group.commits.push(Arc::clone(&young));
            self.admitted.push(young);
        }
        Ok(receipt)
    }

    /// What is small is recorded here and now: handing it over would take longer.
    fn hand_over(&self, group: Group) {
        if group.bytes < scaled(BLOCK_BYTES) && self.desk.is_free() {
            self.desk.record(group);
        } else {
            self.desk.expect();
            // A recorder that is gone has panicked; whoever waits learns that the log is closed.
            let _ = self.groups.send(group);
        }
    }
}
