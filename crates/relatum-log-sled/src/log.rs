//! The log that users hold.
//!
//! Owns the handle and its end: dropping the last one finishes what was submitted. Knows nothing of
//! how commits are admitted, written or found.
//!
//! *Invariant: while a handle lives, the writer lives.*

use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use relatum_log::{
    Admission, AppendError, Block, ByteSize, Cursor, Cut, EventLog, LogError, NewCommit, Pending,
    Position, Receipt,
};

use crate::files;
use crate::options::SledOptions;
use crate::reader::Reader;
use crate::stats::SledStats;
use crate::store::{End, Store};
use crate::writer::{Job, Progress, Writer};

/// How many submitted commits may wait; then submitting waits too.
const QUEUE: usize = 1_024;

/// A log in a folder of this machine. Clones are handles on the same log.
///
/// Submitting hands the commit to the writer thread and returns; when 1,024 commits wait already it
/// blocks until there is room. Reading happens in the calling thread. Dropping the last handle
/// waits until everything submitted is durable and answered.
#[derive(Clone)]
pub struct SledLog(Arc<Inner>);

struct Inner {
    folder: PathBuf,
    reader: Reader,
    progress: Arc<Progress>,
    /// Both are taken when the last handle goes.
    jobs: Option<SyncSender<Job>>,
    writer: Option<JoinHandle<()>>,
    /// Dropped last, so that nobody opens the store while sled is still closing it.
    _lock: Arc<File>,
}

impl SledLog {
    /// Opens the store in `folder`.
    ///
    /// # Errors
    /// In check order: [`LogError::Format`] if the store is of a newer format,
    /// [`NotFound`](LogError::NotFound) if there is none and none is to be created,
    /// [`Locked`](LogError::Locked) if it is open already, here or in another process;
    /// [`Corrupt`](LogError::Corrupt) if it ends before what was acknowledged or sled cannot read
    /// its files; [`Io`](LogError::Io) at any point, naming the path.
    pub fn open(folder: impl AsRef<Path>, options: SledOptions) -> Result<Self, LogError> {
        let store = Store::open(folder.as_ref(), options.create, options.cache)?;
        Self::start(store, folder.as_ref(), options)
    }

    pub(crate) fn start(
        store: Store,
        folder: &Path,
        options: SledOptions,
    ) -> Result<Self, LogError> {
        let SledOptions { clock, remembered_keys, .. } = options;
        let head = Position { partition: 0, seq: store.end.seq };
        let clock = move || clock.now();
        let mut admission = Admission::resume(clock, head, store.end.recorded_at);
        if let Some(keys) = remembered_keys {
            admission = admission.remember_keys(keys);
        }
        let progress = Arc::new(Progress::new(&store));
        let (reader, lock) = (store.reader(), Arc::clone(&store.lock));
        let writer =
            Writer { store, reader: reader.clone(), admission, progress: Arc::clone(&progress) };
        let (jobs, queue) = sync_channel(QUEUE);
        let writer = thread::Builder::new()
            .name("relatum-log-writer".to_owned())
            .spawn(move || writer.run(&queue))
            .map_err(|error| LogError::io("start the writer thread", error))?;
        let (jobs, writer) = (Some(jobs), Some(writer));
        let folder = folder.to_owned();
        Ok(Self(Arc::new(Inner { folder, reader, progress, jobs, writer, _lock: lock })))
    }

    /// The size and the end of the store.
    ///
    /// # Errors
    /// [`LogError::Io`] if its files cannot be listed.
    pub fn stats(&self) -> Result<SledStats, LogError> {
        let End { commits, seq, recorded_at } = self.0.progress.recorded.get();
        let bytes_on_disk = ByteSize(files::bytes_below(&self.0.folder)?);
        let head = Cut::single(seq);
        Ok(SledStats { commits, events: seq.0, head, last_recorded_at: recorded_at, bytes_on_disk })
    }
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
        Pending::ready(self.0.reader.block(from, max, self.0.progress.durable()))
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(writer) = self.writer.take() {
            // An answer may run foreign code in the writer's thread, which may drop a handle.
            if writer.thread().id() != thread::current().id() {
                let _ = writer.join();
            }
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
