//! The single writer: a thread that takes what is submitted, makes it durable, and answers.
//!
//! Owns the order of commits and the moment of acknowledging. Knows nothing of readers but the
//! number up to which they may read.
//!
//! *Invariant: no answer is given, not even a refusal, that rests on something not yet as durable
//! as the log promises.*

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use relatum_log::{
    Admission, Admitted, AppendError, CorruptionKind, Frontier, LogError, NewCommit, PendingSender,
    Receipt, Seq, leaf_hashes,
};

use crate::engine::damage;
use crate::faults::{Bug, bug, scaled};
use crate::feeder::{Signal, fills_a_block};
use crate::head::{Head, HeadFile};
use crate::journal::Journal;
use crate::live::{Live, WithGroup};
use crate::record::Record;
use crate::sealer::{BLOCK_BYTES, Sealer, head_of};
use crate::stats::{End, Recorded};
use crate::tail::{Tail, Young};

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

    fn advance(&self, end: End) {
        self.recorded.set(end);
        self.durable.store(end.seq.0, Ordering::Release);
    }
}

/// Where commits become durable.
pub(crate) enum Sink {
    /// In the journal; sled follows.
    Journal {
        journal: Journal,
        signal: Arc<Signal>,
        feeder: Option<JoinHandle<()>>,
        /// How long an answered commit may wait for its sync.
        window: Option<Duration>,
    },
    /// In sled itself.
    Sled(Box<Sealer>),
}

pub(crate) struct Writer {
    pub(crate) sink: Sink,
    pub(crate) live: Arc<Live>,
    pub(crate) admission: Admission,
    pub(crate) progress: Arc<Progress>,
    pub(crate) frontier: Frontier,
    pub(crate) end: End,
    /// The head record, until it says that the store is in use.
    pub(crate) head: Option<Arc<Mutex<HeadFile>>>,
    /// The last seq that was synced.
    pub(crate) synced: Seq,
    /// When the oldest answered commit that is not synced was written.
    pub(crate) waiting: Option<Instant>,
}

type Answer = (PendingSender<Receipt, AppendError>, Result<Receipt, AppendError>);

impl Writer {
    /// Works until nobody can submit any more and everything submitted is answered.
    pub(crate) fn run(mut self, jobs: &Receiver<Job>) {
        loop {
            let next = match self.due() {
                None => jobs.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(left) => jobs.recv_timeout(left),
            };
            match next {
                Ok(first) => self.group(first, jobs),
                Err(RecvTimeoutError::Timeout) => {
                    if let Err(error) = self.sync() {
                        tracing::error!(error = ?error, "the journal could not be synced");
                        self.progress.poison();
                    }
                }
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        self.close();
    }

    /// How long the next sync has time. After one that failed there is none: it would succeed,
    /// though the system has dropped what was to be written.
    fn due(&self) -> Option<Duration> {
        if self.progress.is_poisoned() {
            return None;
        }
        let Sink::Journal { window: Some(window), .. } = &self.sink else { return None };
        self.waiting.map(|since| window.saturating_sub(since.elapsed()))
    }

    #[tracing::instrument(level = "debug", skip_all)]
    fn group(&mut self, first: Job, jobs: &Receiver<Job>) {
        if let Sink::Journal { signal, .. } = &self.sink {
            let live = &self.live;
            signal.wait_for_room(|| live.look().tail.bytes());
        }
        let mut group = Tail::default();
        let mut end = self.end;
        let mut answers: Vec<Answer> = Vec::new();
        let mut failed = self.progress.is_poisoned().then_some(LogError::Poisoned);
        let mut next = Some(first);
        while let Some(Job { commit, answer }) = next {
            let outcome = match &failed {
                None => self.admit(commit, &mut group, &mut end),
                Some(_) => Err(LogError::Poisoned.into()),
            };
            if let Err(AppendError::Log(error)) = &outcome {
                failed.get_or_insert_with(|| error.clone());
            }
            answers.push((answer, outcome));
            let full = answers.len() >= GROUP_COMMITS || group.bytes() >= scaled(GROUP_BYTES);
            next = if full { None } else { jobs.try_recv().ok() };
        }
        if failed.is_none() && !group.is_empty() {
            tracing::debug!(commits = group.len(), bytes = group.bytes(), "record");
            failed = self.record(group, end).err();
        }
        if let Some(error) = failed {
            // What was admitted may be on disk in part: nobody is told that it is, and nothing is
            // built on it.
            self.progress.poison();
            for (_, outcome) in &mut answers {
                if !matches!(outcome, Err(AppendError::Log(_))) {
                    *outcome = Err(error.clone().into());
                }
            }
        }
        for (answer, outcome) in answers {
            answer.send(outcome);
        }
    }

    fn admit(
        &mut self,
        commit: NewCommit,
        group: &mut Tail,
        end: &mut End,
    ) -> Result<Receipt, AppendError> {
        let streams = WithGroup { live: &self.live, group };
        let Admitted { receipt, stored, writes, marks } = self.admission.admit(commit, &streams)?;
        if let Some(commit) = stored {
            let leaves = leaf_hashes(commit.bytes.as_slice()).map_err(damage)?;
            let (number, recorded_at) = (end.commits + 1, receipt.recorded_at);
            let young = Young { commit, number, recorded_at, writes, marks, leaves };
            *end = End { commits: number, seq: young.last(), recorded_at: Some(recorded_at) };
            group.push(Arc::new(young));
        }
        Ok(receipt)
    }

    /// Makes a group durable, then visible.
    fn record(&mut self, group: Tail, end: End) -> Result<(), LogError> {
        let mut frontier = self.frontier.clone();
        let records = records(&group, &mut frontier, self.synced).map_err(damage)?;
        let next = self.end.seq.plus(1);
        match &mut self.sink {
            Sink::Journal { journal, signal, window, .. } => {
                journal.append(next, &records)?;
                // After the journal has a file, before anything is acknowledged.
                open_head(&mut self.head)?;
                signal.began(journal.first_of_active());
                if window.is_none() && !bug(Bug::AcknowledgeBeforeSync) {
                    journal.sync()?;
                    self.synced = end.seq;
                } else {
                    self.waiting.get_or_insert_with(Instant::now);
                }
                let ready = records.into_iter().filter(Record::is_packed);
                let young = self.live.change(|inside| {
                    inside.tail.extend(group, ready);
                    inside.tail.bytes()
                });
                if fills_a_block(young) {
                    signal.work();
                }
            }
            Sink::Sled(sealer) => {
                open_head(&mut self.head)?;
                self.live.change(|inside| inside.tail.extend(group, []));
                sealer.seal()?;
                sealer.put_young()?;
                if bug(Bug::HeadAheadOfStore) {
                    sealer.write_head(true)?;
                }
                sealer.sync()?;
                sealer.write_head(false)?;
            }
        }
        (self.frontier, self.end) = (frontier, end);
        self.progress.advance(end);
        if self.due().is_some_and(|left| left.is_zero()) {
            self.sync()?;
        }
        Ok(())
    }

    fn sync(&mut self) -> Result<(), LogError> {
        if let Sink::Journal { journal, .. } = &self.sink {
            journal.sync()?;
        }
        self.synced = self.end.seq;
        self.waiting = None;
        Ok(())
    }

    /// Leaves everything in sled.
    fn close(mut self) {
        let outcome = if self.progress.is_poisoned() { Ok(()) } else { self.sync() };
        if let Err(error) = outcome {
            tracing::error!(error = ?error, "the journal could not be synced");
            self.progress.poison();
        }
        match self.sink {
            Sink::Journal { signal, feeder, .. } => {
                signal.close();
                if let Some(feeder) = feeder {
                    // It reports for itself, and has nobody to tell.
                    let _ = feeder.join();
                }
            }
            Sink::Sled(sealer) if !self.progress.is_poisoned() => {
                if let Err(error) = sealer.write_head(true) {
                    tracing::error!(error = ?error, "the head record could not be written");
                }
            }
            Sink::Sled(_) => {}
        }
    }
}

/// Notes before the first commit is acknowledged that the store is in use.
fn open_head(head: &mut Option<Arc<Mutex<HeadFile>>>) -> Result<(), LogError> {
    let Some(head) = head.take() else { return Ok(()) };
    let mut file = head.lock().unwrap_or_else(PoisonError::into_inner);
    let open = Head { closed: false, ..file.head };
    file.replace(open)
}

/// The records that a group is written as: packed blocks if it is big, lines if it is small.
fn records(
    group: &Tail,
    frontier: &mut Frontier,
    durable: Seq,
) -> Result<Vec<Record>, CorruptionKind> {
    let mut records = Vec::new();
    let mut commits: Vec<Arc<Young>> = Vec::new();
    let mut size = 0;
    for young in group.iter() {
        frontier.extend(&young.leaves);
        size += young.commit.bytes.as_slice().len();
        commits.push(Arc::clone(young));
        if size >= scaled(BLOCK_BYTES) {
            let head = head_of(&commits, frontier, durable);
            records.push(Record::packed(head, commits.iter().map(|it| &it.commit.bytes))?);
            commits.clear();
            size = 0;
        }
    }
    if !commits.is_empty() {
        let head = head_of(&commits, frontier, durable);
        records.push(Record::lines(head, commits.iter().map(|it| &it.commit.bytes)));
    }
    Ok(records)
}

#[cfg(test)]
mod tests {
    use relatum_log::{
        ByteSize, Cursor, EventData, EventLog as _, EventType, ExpectedVersion, NewEvent,
        StreamWrite,
    };

    use super::*;
    use crate::store::Store;
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
        let options = || SledOptions::new().create(true);
        let open = || Store::open(folder.path(), &options()).unwrap();
        let log = SledLog::start(open(), folder.path(), options()).unwrap();
        log.submit(commit()).wait().unwrap();
        drop(log);

        let mut store = open();
        // A file that cannot be synced: the system answers EINVAL.
        store.journal.as_mut().unwrap().break_it();
        let log = SledLog::start(store, folder.path(), options()).unwrap();
        let error = log.submit(commit()).wait().unwrap_err();
        assert!(matches!(error, AppendError::Log(LogError::Io { .. })), "{error:?}");
        assert_eq!(error.to_string(), "could not sync /dev/null");
        for _ in 0..2 {
            let error = log.submit(commit()).wait().unwrap_err();
            assert!(matches!(error, AppendError::Log(LogError::Poisoned)), "{error:?}");
        }
        let block = log.read(Cursor::start(), ByteSize::mib(1)).wait().unwrap();
        assert_eq!((block.commits.len(), block.head.events()), (1, 1));
        assert_eq!(log.stats().unwrap().commits, 1);
        drop(log);
        assert_eq!(open().end.commits, 1);
    }
}
