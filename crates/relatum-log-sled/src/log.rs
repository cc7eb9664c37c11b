//! The log that users hold.
//!
//! Owns the handle and its end: dropping the last one finishes what was submitted. Knows nothing of
//! how commits are admitted, written or found.
//!
//! *Invariant: while a handle lives, the writer lives.*

use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use relatum_log::{
    Admission, AppendError, Block, ByteSize, Cursor, EventLog, Frontier, LogError, NewCommit,
    Pending, Position, Receipt, Seq,
};

use crate::blocks;
use crate::copy::copy_after;
use crate::feeder::{Feeder, Keeping, Signal};
use crate::group;
use crate::journal::{self, Journal};
use crate::live::Live;
use crate::options::SledOptions;
use crate::recorder::{Desk, Recorder, Sink};
use crate::stats::SledStats;
use crate::store::Store;
use crate::tail::Tail;
use crate::tree::SledTree;
use crate::writer::{Job, Progress, Writer};

/// How many submitted commits may wait; then submitting waits too.
const QUEUE: usize = 1_024;

/// A log in a folder of this machine. Clones are handles on the same log.
///
/// Submitting hands the commit to the writer thread and returns; when 1,024 commits wait already it
/// blocks until there is room. Reading happens in the calling thread. Dropping the last handle
/// waits until everything submitted is durable, answered and in sled.
#[derive(Clone)]
pub struct SledLog(Arc<Inner>);

struct Inner {
    folder: PathBuf,
    live: Arc<Live>,
    progress: Arc<Progress>,
    /// One at a time.
    backup: Mutex<()>,
    /// Both are taken when the last handle goes.
    jobs: Option<SyncSender<Job>>,
    threads: Vec<JoinHandle<()>>,
    /// Dropped last, so that nobody opens the store while sled is still closing it.
    _lock: Arc<File>,
}

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Backup {
    /// Events that were there before.
    pub before: u64,
    /// The events, and the tree over them.
    pub tree: Frontier,
}

impl SledLog {
    /// Opens the store in `folder`, and completes it where a crash left sled or the journal behind.
    ///
    /// # Errors
    /// In check order: [`LogError::Format`] if the store is of another format,
    /// [`NotFound`](LogError::NotFound) if there is none and none is to be created,
    /// [`Locked`](LogError::Locked) if it is open already, here or in another process;
    /// [`Corrupt`](LogError::Corrupt) if sled or the journal is damaged, if the two say different
    /// things, or if both end before what was acknowledged; [`Io`](LogError::Io) at any point,
    /// naming the path.
    #[tracing::instrument(level = "info", skip_all, fields(folder = %folder.as_ref().display()))]
    pub fn open(folder: impl AsRef<Path>, options: SledOptions) -> Result<Self, LogError> {
        let store = Store::open(folder.as_ref(), &options)?;
        Self::start(store, folder.as_ref(), options)
    }

    pub(crate) fn start(
        store: Store,
        folder: &Path,
        options: SledOptions,
    ) -> Result<Self, LogError> {
        let SledOptions { clock, remembered_keys, durability, archive, .. } = options;
        let Store { sealer, end, frontier, journal, lock } = store;
        let head = Position { partition: 0, seq: end.seq };
        let clock = move || clock.now();
        let mut admission = Admission::resume(clock, head, end.recorded_at);
        if let Some(keys) = remembered_keys {
            admission = admission.remember_keys(keys);
        }
        let progress = Arc::new(Progress::new(end));
        let live = Arc::clone(&sealer.live);
        let record_of_head = Arc::clone(&sealer.head);
        let signal = journal.as_ref().map(|_| Arc::new(Signal::default()));
        let sink = match journal.zip(signal.clone()) {
            None => Sink::Sled(Box::new(sealer)),
            Some((journal, signal)) => {
                signal.began(journal.first_of_active());
                let keeping = Keeping { folder: folder.join("journal"), archive };
                let (signal, progress) = (Arc::clone(&signal), Arc::clone(&progress));
                let feeder =
                    Feeder { sealer, journal: keeping, signal: Arc::clone(&signal), progress };
                let feeder = Some(spawn("relatum-log-feeder", move || feeder.run())?);
                Sink::Journal { journal, signal, feeder, window: durability.window() }
            }
        };
        let desk = Arc::new(Desk::new(Recorder {
            sink,
            live: Arc::clone(&live),
            progress: Arc::clone(&progress),
            end,
            head: record_of_head,
            noted: None,
            synced: end.seq,
            waiting: None,
        }));
        let (groups, handed_over) = sync_channel(1);
        let (pack_to, packed) = sync_channel(1);
        let writer = Writer {
            live: Arc::clone(&live),
            admission,
            progress: Arc::clone(&progress),
            admitted: Tail::default(),
            end,
            tree: frontier,
            signal,
            desk: Arc::clone(&desk),
            before: 0,
            groups,
        };
        let (jobs, queue) = sync_channel(QUEUE);
        let recorder = spawn("relatum-log-recorder", move || desk.run(&packed))?;
        let packer = spawn("relatum-log-packer", move || group::pack(&handed_over, &pack_to))?;
        let writer = spawn("relatum-log-writer", move || writer.run(&queue))?;
        Ok(Self(Arc::new(Inner {
            folder: folder.to_owned(),
            live,
            progress,
            backup: Mutex::new(()),
            jobs: Some(jobs),
            threads: vec![writer, packer, recorder],
            _lock: lock,
        })))
    }

    /// The size and the end of the store.
    ///
    /// # Errors
    /// [`LogError::Io`] if its files cannot be listed.
    pub fn stats(&self) -> Result<SledStats, LogError> {
        SledStats::of(&self.0.folder, &self.0.live, self.0.progress.recorded.get())
    }

    /// The tree over everything that is acknowledged now.
    ///
    /// # Errors
    /// [`LogError::Corrupt`] if what the store keeps of it is damaged.
    pub fn tree(&self) -> Result<SledTree, LogError> {
        SledTree::new(Arc::clone(&self.0.live), self.0.progress.durable())
    }

    /// The right edge of the tree over the first `size` events.
    ///
    /// # Errors
    /// [`LogError::Corrupt`] if what the store keeps of it is damaged.
    pub fn frontier_at(&self, size: Seq) -> Result<Frontier, LogError> {
        self.0.live.frontier_at(size.0)
    }

    /// Reads the whole journal and checks that it holds what the store holds; `progress` gets the
    /// events checked. Says how many events that were; 0 if there is no journal.
    ///
    /// # Errors
    /// The first damage or difference: [`LogError::Corrupt`]; [`LogError::Io`].
    pub fn verify_journal(&self, mut progress: impl FnMut(u64)) -> Result<u64, LogError> {
        let folder = self.0.folder.join("journal");
        // What comes meanwhile is left for the next time.
        let head = self.0.progress.durable();
        let Some(first) = journal::list(&folder)?.first().map(|file| file.first) else {
            return Ok(0);
        };
        let mut frontier = self.0.live.frontier_at(first.0.saturating_sub(1).min(head.0))?;
        let before = frontier.size();
        journal::each_from(&folder, first, |record| {
            if record.head.last() > head {
                return Ok(());
            }
            blocks::follow(record, &mut frontier, "the journal")?;
            progress(frontier.size());
            Ok(())
        })?;
        let here = self.0.live.frontier_at(frontier.size())?;
        if here != frontier {
            let size = Seq(frontier.size());
            return Err(journal::mismatch("the journal", size, frontier.root(), here.root()));
        }
        Ok(frontier.size() - before)
    }

    /// Writes everything that is acknowledged by now into `folder`, while the store goes on.
    ///
    /// A backup is a journal: files of records, each with the root of all events up to its end. A
    /// folder that holds an earlier backup of this log gets what is new.
    ///
    /// # Errors
    /// [`LogError::Corrupt`] if the store or the earlier backup is damaged, or the folder holds
    /// another log; [`LogError::Io`].
    pub fn backup(&self, folder: impl AsRef<Path>) -> Result<Backup, LogError> {
        let folder = folder.as_ref();
        let _one = self.0.backup.lock().map_err(|_| LogError::Poisoned)?;
        let head = self.0.progress.durable();
        let mut last_root = None;
        let files = journal::list(folder)?;
        let from = files.last().map_or(Seq::NONE, |file| file.first);
        let (end, last) = journal::each_from(folder, from, |record| {
            last_root = Some(record.head.root);
            Ok(())
        })?;
        let before = end.unwrap_or_default();
        let here = self.0.live.frontier_at(before.min(head).0)?;
        if before > head || last_root.is_some_and(|root| root != here.root()) {
            let (expected, found) = (last_root.unwrap_or_else(|| here.root()), here.root());
            let what = "the earlier backup";
            return Err(journal::mismatch(what, before, expected, found));
        }
        let mut journal = Journal::resume(folder, before, last);
        copy_after(&self.0.live, head, before, &mut journal)?;
        Ok(Backup { before: before.0, tree: self.0.live.frontier_at(head.0)? })
    }
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, LogError> {
    let thread = thread::Builder::new().name(name.to_owned()).spawn(run);
    thread.map_err(|error| LogError::io("start a thread", error))
}

impl EventLog for SledLog {
    fn submit(&self, commit: NewCommit) -> Pending<Receipt, AppendError> {
        if self.0.progress.is_poisoned() {
            return Pending::ready(Err(LogError::Poisoned.into()));
        }
        let (answer, pending) = Pending::channel();
        // Should the writer be gone, the answer is dropped with the job, and says so.
        if let Some(jobs) = &self.0.jobs {
            let _ = jobs.send(Job { commit, answer });
        }
        pending
    }

    fn read(&self, from: Cursor, max: ByteSize) -> Pending<Block, LogError> {
        Pending::ready(self.0.live.block(from, max, self.0.progress.durable()))
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        drop(self.jobs.take());
        // An answer may run foreign code in one of the threads, which may drop a handle.
        let this = thread::current().id();
        if self.threads.iter().all(|thread| thread.thread().id() != this) {
            self.threads.drain(..).for_each(|thread| drop(thread.join()));
        }
    }
}

impl fmt::Debug for SledLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SledLog")
            .field("folder", &self.0.folder)
            .field("durable", &self.0.progress.durable())
            .finish_non_exhaustive()
    }
}
