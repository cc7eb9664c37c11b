//! The recorder: makes groups of commits durable, then visible, and answers.
//!
//! Owns the moment of acknowledging. Knows nothing of admission, and of readers only the number up
//! to which they may read.
//!
//! *Invariant: no answer is given, not even a refusal, that rests on something not yet as durable
//! as the log promises.*

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use relatum_log::{AppendError, CorruptionKind, Frontier, LogError, PendingSender, Receipt, Seq};

use crate::engine::damage;
use crate::faults::{Bug, bug, scaled};
use crate::feeder::{Signal, fills_a_block};
use crate::head::{Head, HeadFile};
use crate::journal::Journal;
use crate::live::Live;
use crate::record::Record;
use crate::sealer::{BLOCK_BYTES, Sealer, head_of};
use crate::stats::End;
use crate::tail::Young;
use crate::writer::Progress;

type Answer = (PendingSender<Receipt, AppendError>, Result<Receipt, AppendError>);

/// Commits that become durable together, and the answers that wait for it.
#[derive(Default)]
pub(crate) struct Group {
    pub(crate) commits: Vec<Arc<Young>>,
    pub(crate) bytes: usize,
    /// The end of the log with them.
    pub(crate) end: End,
    pub(crate) answers: Vec<Answer>,
}

impl Group {
    fn answer(self) {
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

pub(crate) struct Recorder {
    pub(crate) sink: Sink,
    pub(crate) live: Arc<Live>,
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

/// Where the writer and the recorder's thread meet.
pub(crate) struct Desk {
    recorder: Mutex<Recorder>,
    /// Groups that were handed over and are not recorded yet.
    expected: AtomicUsize,
}

impl Desk {
    pub(crate) const fn new(recorder: Recorder) -> Self {
        Self { recorder: Mutex::new(recorder), expected: AtomicUsize::new(0) }
    }

    fn lock(&self) -> MutexGuard<'_, Recorder> {
        self.recorder.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the writer may record a group itself: everything before it is recorded, and nothing
    /// is left to be synced later.
    pub(crate) fn is_free(&self) -> bool {
        self.expected.load(Ordering::Acquire) == 0 && self.lock().window().is_none()
    }

    pub(crate) fn record(&self, group: Group) {
        self.lock().take(group);
    }

    /// A group is going to be handed over.
    pub(crate) fn expect(&self) {
        self.expected.fetch_add(1, Ordering::AcqRel);
    }

    /// Records what is handed over until nothing more comes, then leaves everything in sled.
    pub(crate) fn run(&self, groups: &Receiver<Group>) {
        loop {
            let due = self.lock().due();
            let next = match due {
                None => groups.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(left) => groups.recv_timeout(left),
            };
            match next {
                Ok(group) => {
                    self.record(group);
                    self.expected.fetch_sub(1, Ordering::AcqRel);
                }
                Err(RecvTimeoutError::Timeout) => self.lock().sync_or_poison(),
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        self.lock().close();
    }
}

impl Recorder {
    fn window(&self) -> Option<Duration> {
        match &self.sink {
            Sink::Journal { window, .. } => *window,
            Sink::Sled(_) => None,
        }
    }

    /// How long the next sync has time. After one that failed there is none: it would succeed,
    /// though the system has dropped what was to be written.
    fn due(&self) -> Option<Duration> {
        if self.progress.is_poisoned() {
            return None;
        }
        let window = self.window()?;
        self.waiting.map(|since| window.saturating_sub(since.elapsed()))
    }

    /// Records a group and answers.
    fn take(&mut self, mut group: Group) {
        if self.progress.is_poisoned() {
            return group.refuse(&LogError::Poisoned);
        }
        if group.commits.is_empty() {
            return group.answer();
        }
        let commits = std::mem::take(&mut group.commits);
        match self.record(commits, group.end) {
            Ok(()) => group.answer(),
            Err(error) => {
                self.progress.poison();
                group.refuse(&error);
            }
        }
    }

    /// Makes a group durable, then visible.
    #[tracing::instrument(
        level = "debug", skip_all,
        fields(commits = group.len(), events = end.seq.0 - self.end.seq.0)
    )]
    fn record(&mut self, group: Vec<Arc<Young>>, end: End) -> Result<(), LogError> {
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

    fn sync_or_poison(&mut self) {
        if let Err(error) = self.sync() {
            tracing::error!(error = ?error, "the journal could not be synced");
            self.progress.poison();
        }
    }

    /// Leaves everything in sled.
    fn close(&mut self) {
        if !self.progress.is_poisoned() {
            self.sync_or_poison();
        }
        match &mut self.sink {
            Sink::Journal { signal, feeder, .. } => {
                signal.close();
                if let Some(feeder) = feeder.take() {
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
    group: &[Arc<Young>],
    frontier: &mut Frontier,
    durable: Seq,
) -> Result<Vec<Record>, CorruptionKind> {
    let mut records = Vec::new();
    let mut commits: Vec<Arc<Young>> = Vec::new();
    let mut size = 0;
    for young in group.iter() {
        let leaves = young.commit.bytes.leaves()?;
        frontier.extend(leaves);
        size += young.size();
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
        ByteSize, Cursor, EventData, EventLog as _, EventType, ExpectedVersion, NewCommit,
        NewEvent, StreamWrite,
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
