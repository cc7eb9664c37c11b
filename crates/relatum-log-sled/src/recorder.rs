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

use relatum_log::{LogError, Seq};

use crate::faults::{Bug, bug};
use crate::feeder::{Signal, fills_a_block};
use crate::group::{Group, Part};
use crate::head::{Head, HeadFile};
use crate::journal::Journal;
use crate::live::Live;
use crate::record::Record;
use crate::sealer::Sealer;
use crate::stats::End;
use crate::writer::Progress;

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
    pub(crate) end: End,
    /// The head record, and where the journal's file begins of which it says that it is in use.
    pub(crate) head: Arc<Mutex<HeadFile>>,
    pub(crate) noted: Option<Seq>,
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
        if group.parts.is_empty() {
            return group.answer();
        }
        let parts = std::mem::take(&mut group.parts);
        match self.record(parts, group.end) {
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
        fields(
            commits = end.commits - self.end.commits,
            events = end.seq.0 - self.end.seq.0,
        )
    )]
    fn record(&mut self, parts: Vec<Part>, end: End) -> Result<(), LogError> {
        let parts = parts.into_iter().map(|part| part.record(self.synced));
        let (records, commits): (Vec<_>, Vec<_>) = parts.unzip();
        let commits = commits.into_iter().flatten();
        let next = self.end.seq.plus(1);
        match &mut self.sink {
            Sink::Journal { journal, signal, window, .. } => {
                journal.append(next, &records)?;
                let file = journal.first_of_active();
                // After the journal has the file, before anything in it is acknowledged.
                note(&self.head, &mut self.noted, file)?;
                signal.began(file);
                if window.is_none() && !bug(Bug::AcknowledgeBeforeSync) {
                    journal.sync()?;
                    self.synced = end.seq;
                } else {
                    self.waiting.get_or_insert_with(Instant::now);
                }
                let ready = records.into_iter().filter(Record::is_packed);
                let young = self.live.change(|inside| {
                    inside.tail.extend(commits, ready);
                    inside.tail.bytes()
                });
                if fills_a_block(young) {
                    signal.work();
                }
            }
            Sink::Sled(sealer) => {
                note(&self.head, &mut self.noted, Seq::NONE)?;
                self.live.change(|inside| inside.tail.extend(commits, []));
                sealer.seal()?;
                sealer.put_young()?;
                if bug(Bug::HeadAheadOfStore) {
                    sealer.write_head(true)?;
                }
                sealer.sync()?;
                sealer.write_head(false)?;
            }
        }
        self.end = end;
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

/// Notes that the store is in use, and where the newest file of its journal begins.
fn note(head: &Mutex<HeadFile>, noted: &mut Option<Seq>, journal: Seq) -> Result<(), LogError> {
    if *noted == Some(journal) {
        return Ok(());
    }
    let mut file = head.lock().unwrap_or_else(PoisonError::into_inner);
    let open = Head { closed: false, journal, ..file.head };
    file.replace(open)?;
    *noted = Some(journal);
    Ok(())
}

#[cfg(test)]
mod tests {
    use relatum_log::{
        AppendError, ByteSize, Cursor, EventData, EventLog as _, EventType, ExpectedVersion,
        NewCommit, NewEvent, StreamWrite,
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
