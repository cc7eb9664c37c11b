//! The single writer: a thread that takes what is submitted and decides what becomes of it.
//!
//! Owns the order of commits and the tree over their events. What it admits goes to the
//! [`Recorder`](crate::recorder); if there is much of it by two other threads, one that packs and
//! one that writes, so that the next commits are admitted meanwhile.
//!
//! *Invariant: commits are recorded and answered in the order in which they were admitted.*

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError};
use std::thread;
use std::time::{Duration, Instant};

use relatum_log::{
    Admission, Admitted, AppendError, Frontier, LogError, NewCommit, PendingSender, Receipt, Seq,
};

use crate::engine::damage;
use crate::faults::scaled;
use crate::feeder::Signal;
use crate::group::Group;
use crate::live::{Live, WithAdmitted};
use crate::recorder::Desk;
use crate::sealer::BLOCK_BYTES;
use crate::stats::{End, Recorded};
use crate::tail::{Tail, Young};

/// A group ends here, so that the first of it does not wait for all others.
const GROUP_COMMITS: usize = 1_024;
const GROUP_BYTES: usize = 2 * 1_024 * 1_024;

/// So long a gap ends a group that is smaller than the one before it. Who was answered then is
/// about to offer more, and is not to wait for a sync of its own.
const GAP: Duration = Duration::from_micros(30);

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
    /// The end of what was admitted, and the tree up to there.
    pub(crate) end: End,
    pub(crate) tree: Frontier,
    /// Whom to wait for if sled cannot follow.
    pub(crate) signal: Option<Arc<Signal>>,
    pub(crate) desk: Arc<Desk>,
    /// How many commits were offered in the group before.
    pub(crate) before: usize,
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
            next = if full { None } else { self.next(jobs, group.answers.len()) };
        }
        self.before = group.answers.len();
        match failed {
            None => {
                group.finish(&self.tree);
                self.hand_over(group);
            }
            Some(error) => {
                // Nothing is built on what was admitted and is not recorded.
                self.progress.poison();
                group.refuse(&error);
            }
        }
    }

    /// The next job of a group that has so many: one that waits, or that comes at once.
    fn next(&self, jobs: &Receiver<Job>, so_far: usize) -> Option<Job> {
        let since = Instant::now();
        loop {
            match jobs.try_recv() {
                Ok(job) => return Some(job),
                Err(TryRecvError::Empty) if so_far < self.before && since.elapsed() < GAP => {
                    thread::yield_now();
                }
                Err(_) => return None,
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
            let damaged = |kind| AppendError::from(damage(kind));
            group.add(Arc::clone(&young), &mut self.tree).map_err(damaged)?;
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
            // A thread that is gone has panicked; whoever waits learns that the log is closed.
            let _ = self.groups.send(group);
        }
    }
}
