//! The single writer: a thread that takes what is submitted, syncs once, and answers.
//!
//! Owns the order of commits and the moment of acknowledging. Knows nothing of readers but the
//! number up to which they may read.
//!
//! *Invariant: no answer is given, not even a refusal, that rests on something not yet durable.*

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::Receiver;

use relatum_log::{
    Admission, Admitted, AppendError, LogError, NewCommit, PendingSender, Receipt, Seq,
};

use crate::reader::Reader;
use crate::stats::Recorded;
use crate::store::Store;

/// A group ends here, so that the first of it does not wait for all others.
const GROUP_COMMITS: usize = 1_024;
const GROUP_BYTES: usize = 8 * 1_024 * 1_024;

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
    pub(crate) fn new(store: &Store) -> Self {
        let this = Self::default();
        this.advance(store);
        this
    }

    /// The seq up to which readers may read.
    pub(crate) fn durable(&self) -> Seq {
        Seq(self.durable.load(Ordering::Acquire))
    }

    pub(crate) fn is_poisoned(&self) -> bool {
        self.poisoned.load(Ordering::Acquire)
    }

    fn advance(&self, store: &Store) {
        self.recorded.set(store.end);
        self.durable.store(store.end.seq.0, Ordering::Release);
    }
}

pub(crate) struct Writer {
    pub(crate) store: Store,
    pub(crate) reader: Reader,
    pub(crate) admission: Admission,
    pub(crate) progress: Arc<Progress>,
}

type Answer = (
    PendingSender<Receipt, AppendError>,
    Result<Receipt, AppendError>,
);

impl Writer {
    /// Works until nobody can submit any more and everything submitted is answered.
    pub(crate) fn run(mut self, jobs: &Receiver<Job>) {
        while let Ok(first) = jobs.recv() {
            self.group(first, jobs);
        }
        // Nobody is left to be told; the record is written, and only its sync is missing.
        let _ = self.store.close();
    }

    fn group(&mut self, first: Job, jobs: &Receiver<Job>) {
        let mut answers: Vec<Answer> = Vec::new();
        let mut written = 0;
        let mut failed = self.progress.is_poisoned().then_some(LogError::Poisoned);
        let mut next = Some(first);
        while let Some(Job { commit, answer }) = next {
            let outcome = match &failed {
                None => self.record(commit, &mut written),
                Some(_) => Err(LogError::Poisoned.into()),
            };
            if let Err(AppendError::Log(error)) = &outcome {
                failed.get_or_insert_with(|| error.clone());
            }
            answers.push((answer, outcome));
            let full = answers.len() >= GROUP_COMMITS || written >= GROUP_BYTES;
            next = if full { None } else { jobs.try_recv().ok() };
        }
        if failed.is_none() && written > 0 {
            failed = self.store.sync().err();
        }
        match failed {
            None => self.progress.advance(&self.store),
            Some(error) => {
                // What was admitted may be on disk in part: nobody is told that it is, and nothing
                // is built on it.
                self.progress.poisoned.store(true, Ordering::Release);
                for (_, outcome) in &mut answers {
                    if !matches!(outcome, Err(AppendError::Log(_))) {
                        *outcome = Err(error.clone().into());
                    }
                }
            }
        }
        for (answer, outcome) in answers {
            answer.send(outcome);
        }
    }

    fn record(&mut self, commit: NewCommit, written: &mut usize) -> Result<Receipt, AppendError> {
        let Admitted {
            receipt,
            stored,
            writes,
        } = self.admission.admit(commit, &self.reader)?;
        if let Some(stored) = stored {
            self.store.put(&stored, &writes, receipt.recorded_at)?;
            *written += stored.bytes.as_slice().len();
        }
        Ok(receipt)
    }
}
