//! The boundary to sled: its errors and its panics become ours.
//!
//! Owns the translation. Knows nothing of commits.
//!
//! *Invariant: no panic of sled goes past this module, and none is printed: an error says it.*

use std::any::Any;
use std::borrow::Cow;
use std::cell::Cell;
use std::fs::OpenOptions;
use std::ops::Deref;
use std::os::unix::fs::FileExt as _;
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::sync::{Arc, Once};
use std::thread;
use std::time::{Duration, Instant};

use crate::faults::patience;
use crate::files;
use relatum_log::{ByteSize, Corruption, CorruptionKind, LogError, Place};

/// The size of sled's segments, fixed when a store is created: a leaf above a quarter of it would
/// go to a file of its own that sled never syncs.
const SEGMENT_BYTES: usize = 8 * 1_024 * 1_024;

/// How long sled's own lock is waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long sled may take for anything: damaged files and failed writes have made it wait for ever.
const PATIENCE_WITH_SLED: Duration = Duration::from_secs(120);

/// sled did not answer.
#[derive(Debug, thiserror::Error)]
#[error("sled gave no answer for {} seconds", patience(PATIENCE_WITH_SLED).as_secs())]
struct NoAnswer;

thread_local! {
    /// Whether this thread is inside sled, whose panics are given as errors.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// Keeps panics that are caught here from being printed; all others are printed as before.
fn quieten() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let print = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if !INSIDE.get() {
                print(panic);
            }
        }));
    });
}

/// sled panicked.
#[derive(Debug, thiserror::Error)]
#[error("sled panicked: {message}")]
struct Panicked {
    message: String,
}

/// Runs an operation of sled.
pub(crate) fn guarded<T>(
    op: &'static str,
    run: impl FnOnce() -> sled::Result<T>,
) -> Result<T, LogError> {
    quieten();
    let outside = INSIDE.replace(true);
    // What sled leaves behind is not looked at again: reading may go on (it only reads), and the
    // writer is poisoned by the error.
    let outcome = catch_unwind(AssertUnwindSafe(run));
    INSIDE.set(outside);
    match outcome {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(sled::Error::Io(error))) => Err(LogError::io(op, error)),
        Ok(Err(error)) => Err(damage(CorruptionKind::Engine { op, source: Arc::new(error) })),
        Err(panic) => {
            let source = Arc::new(Panicked { message: message_of(panic.as_ref()).into_owned() });
            Err(damage(CorruptionKind::Engine { op, source }))
        }
    }
}

/// A handle of sled, whose going away is guarded too: the last one syncs, and sled panics if that
/// fails.
#[derive(Debug)]
pub(crate) struct Handle<T: Send + 'static>(Option<T>);

impl<T: Send + 'static> Handle<T> {
    pub(crate) const fn new(handle: T) -> Self {
        Self(Some(handle))
    }
}

impl<T: Send + 'static> Deref for Handle<T> {
    type Target = T;

    #[expect(clippy::unreachable, reason = "it is taken when it is dropped, and never before")]
    fn deref(&self) -> &T {
        match &self.0 {
            Some(handle) => handle,
            None => unreachable!("taken when dropped"),
        }
    }
}

impl<T: Send + 'static> Drop for Handle<T> {
    fn drop(&mut self) {
        let handle = self.0.take();
        let close = move || {
            drop(handle);
            Ok(())
        };
        if let Err(error) = answered("close sled", close) {
            tracing::error!(error = ?error, "sled could not be closed");
        }
    }
}

/// Damage of the store as a whole.
pub(crate) fn damage(kind: CorruptionKind) -> LogError {
    Corruption { at: Place::Store, kind }.into()
}

/// Opens sled's files; `anew` if it is not known that everything in them was synced.
pub(crate) fn open(folder: &Path, cache: ByteSize, anew: bool) -> Result<sled::Db, LogError> {
    let config = sled::Config::new()
        .path(folder)
        .segment_size(SEGMENT_BYTES)
        .cache_capacity(cache.0)
        // The writer flushes; a second flusher would only get in its way.
        .flush_every_ms(None);
    let began = Instant::now();
    let mut with_snapshots = true;
    loop {
        probe(folder, anew)?;
        let config = config.clone();
        match answered("open sled's files", move || config.open()) {
            // A snapshot is a copy of what sled's log says; one from before the last may not fit.
            Err(LogError::Corrupt(error)) if with_snapshots => {
                tracing::warn!(error = ?error, "opening sled without its snapshots");
                files::remove_snapshots(folder)?;
                with_snapshots = false;
            }
            // The store's own lock is ours, so this is a handle of this process that is just going
            // away: sled's threads give its files up a moment after the last handle is dropped.
            Err(LogError::Io { source, .. }) if is_lock(&source) && began.elapsed() < PATIENCE => {
                thread::sleep(Duration::from_millis(5));
            }
            opened => return opened,
        }
    }
}

/// Reads what sled is going to read: the beginning of every segment, which sled takes for a free
/// one if it cannot read it, and the segments that are newer than its snapshot, which it takes to
/// end where it cannot read on.
///
/// `anew` also writes these segments as they are: after a sync that failed, the system shows what
/// it never wrote, and a sync that follows succeeds without writing it.
fn probe(folder: &Path, anew: bool) -> Result<(), LogError> {
    let path = folder.join("db");
    let file = OpenOptions::new().read(true).write(anew).open(&path);
    let Ok(file) = file else { return Ok(()) };
    let read = |bytes: &mut [u8], at| file.read_at(bytes, at).map_err(files::failed("read", &path));
    let snapshot = files::newest_snapshot(folder)?.unwrap_or_default();
    let length = file.metadata().map_err(files::failed("look at", &path))?.len();
    let mut segment = Vec::new();
    for at in (0..length).step_by(SEGMENT_BYTES) {
        let mut head = [0; 32];
        read(&mut head, at)?;
        // Bytes 4 to 12: the number of the segment's first byte among all that were ever written.
        let written = head.get(4..12).and_then(|bytes| bytes.try_into().ok());
        let written = written.map_or(u64::MAX, u64::from_le_bytes) ^ (u64::MAX >> 1);
        if written.saturating_add(SEGMENT_BYTES as u64) > snapshot {
            segment.resize(SEGMENT_BYTES, 0);
            let found = read(&mut segment, at)?;
            if let Some(found) = segment.get(..found).filter(|_| anew) {
                file.write_all_at(found, at).map_err(files::failed("write to", &path))?;
            }
        }
    }
    Ok(())
}

/// Starts writing what sled holds in memory.
pub(crate) fn flush(db: &sled::Db) -> Result<(), LogError> {
    let db = db.clone();
    answered("flush sled", move || db.flush().map(drop))
}

/// Runs an operation of sled that may hang, and does not wait for ever. A thread that hangs is left
/// behind.
fn answered<T: Send + 'static>(
    op: &'static str,
    run: impl FnOnce() -> sled::Result<T> + Send + 'static,
) -> Result<T, LogError> {
    let (sender, answer) = sync_channel(1);
    thread::Builder::new()
        .name("relatum-log-sled".to_owned())
        .spawn(move || drop(sender.send(guarded(op, run))))
        .map_err(|error| LogError::io("start a thread", error))?;
    answer.recv_timeout(patience(PATIENCE_WITH_SLED)).unwrap_or_else(|error| {
        let source: Arc<dyn std::error::Error + Send + Sync> = match error {
            RecvTimeoutError::Timeout => Arc::new(NoAnswer),
            RecvTimeoutError::Disconnected => Arc::new(error),
        };
        Err(damage(CorruptionKind::Engine { op, source }))
    })
}

fn is_lock(error: &std::io::Error) -> bool {
    error.to_string().contains("could not acquire lock")
}

fn message_of(panic: &(dyn Any + Send)) -> Cow<'_, str> {
    if let Some(text) = panic.downcast_ref::<&str>() {
        Cow::Borrowed(text)
    } else if let Some(text) = panic.downcast_ref::<String>() {
        Cow::Borrowed(text)
    } else {
        Cow::Borrowed("without a message")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_damage_that_says_what_was_done() {
        let error = guarded::<()>("read a commit", || panic!("index {} out of range", 7));
        let Err(LogError::Corrupt(Corruption { kind, .. })) = error else {
            panic!("expected damage, got {error:?}");
        };
        assert_eq!(kind.to_string(), "could not read a commit: the storage engine failed");
        let source = std::error::Error::source(&kind).map(ToString::to_string);
        assert_eq!(source.as_deref(), Some("sled panicked: index 7 out of range"));
    }
}
