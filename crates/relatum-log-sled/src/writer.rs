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

use crate::group::{Group, WithGroup};
use crate::reader::Reader;
use crate::stats::Recorded;
use crate::store::Store;

/// A group ends here, so that the first of it does not wait for all others.
const GROUP_COMMITS: usize = 1_024;
const GROUP_BYTES: usize = 4 * 1_024 * 1_024;

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

type Answer = (PendingSender<Receipt, AppendError>, Result<Receipt, AppendError>);

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
        let mut group = Group::after(self.store.end);
        let mut answers: Vec<Answer> = Vec::new();
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
            answers.push((answer, outcome));
            let full = answers.len() >= GROUP_COMMITS || group.bytes() >= GROUP_BYTES;
            next = if full { None } else { jobs.try_recv().ok() };
        }
        if failed.is_none() && !group.is_empty() {
            failed = self.store.put(group).and_then(|()| self.store.sync()).err();
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

    fn admit(&mut self, commit: NewCommit, group: &mut Group) -> Result<Receipt, AppendError> {
        let streams = WithGroup { group, reader: &self.reader };
        let Admitted { receipt, stored, writes } = self.admission.admit(commit, &streams)?;
        if let Some(stored) = stored {
            group.add(stored, &writes, receipt.recorded_at)?;
        }
        Ok(receipt)
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use relatum_log::{
        ByteSize, Cursor, EventData, EventLog as _, EventType, ExpectedVersion, NewEvent,
        StreamWrite,
    };

    use super::*;
    use crate::{SledLog, SledOptions};

    fn commit() -> NewCommit {
        let data = EventData::of("x").unwrap();
        NewCommit::Write(vec![StreamWrite {
            stream: "account/67e55044-10b1-426f-9247-bb680e5fe0c8".parse().unwrap(),
            expected: ExpectedVersion::Any,
            events: vec![NewEvent {
                event_type: EventType::of("call_held"),
                schema: 1,
                key: None,
                data,
            }],
        }])
    }

    #[test]
    fn a_failed_sync_poisons_the_log_and_nothing_of_it_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let open = || Store::open(folder.path(), true, ByteSize::mib(1)).unwrap();
        let log = SledLog::start(open(), folder.path(), SledOptions::new()).unwrap();
        log.submit(commit()).wait().unwrap();
        drop(log);

        let mut store = open();
        // A file that cannot be synced: the system answers EINVAL.
        store.db_file = File::open("/dev/null").unwrap();
        let log = SledLog::start(store, folder.path(), SledOptions::new()).unwrap();
        let error = log.submit(commit()).wait().unwrap_err();
        assert!(matches!(error, AppendError::Log(LogError::Io { .. })), "{error:?}");
        let path = folder.path().join("sled").join("db");
        assert_eq!(error.to_string(), format!("could not sync {}", path.display()));
        for _ in 0..2 {
            let error = log.submit(commit()).wait().unwrap_err();
            assert!(matches!(error, AppendError::Log(LogError::Poisoned)), "{error:?}");
        }
        let block = log.read(Cursor::start(), ByteSize::mib(1)).wait().unwrap();
        assert_eq!((block.commits.len(), block.head.events()), (1, 1));
        assert_eq!(log.stats().unwrap().commits, 1);
    }
}
