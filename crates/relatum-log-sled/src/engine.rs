//! The boundary to sled: its errors and its panics become ours.
//!
//! Owns the translation. Knows nothing of commits.
//!
//! *Invariant: no panic of sled goes past this module.*

use std::any::Any;
use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use relatum_log::{ByteSize, Corruption, CorruptionKind, LogError, Place};

/// The size of sled's segments, fixed when a store is created: a leaf above a quarter of it would
/// go to a file of its own that sled never syncs.
const SEGMENT_BYTES: usize = 8 * 1_024 * 1_024;

/// How long sled's own lock is waited for.
const PATIENCE: Duration = Duration::from_secs(2);

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
    // What sled leaves behind is not looked at again: reading may go on (it only reads), and the
    // writer is poisoned by the error.
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(sled::Error::Io(error))) => Err(LogError::io(op, error)),
        Ok(Err(error)) => Err(damage(CorruptionKind::Engine { op, source: Arc::new(error) })),
        Err(panic) => {
            let source = Arc::new(Panicked { message: message_of(panic.as_ref()).into_owned() });
            Err(damage(CorruptionKind::Engine { op, source }))
        }
    }
}

/// Damage of the store as a whole.
pub(crate) fn damage(kind: CorruptionKind) -> LogError {
    Corruption { at: Place::Store, kind }.into()
}

pub(crate) fn open(folder: &Path, cache: ByteSize) -> Result<sled::Db, LogError> {
    let config = sled::Config::new()
        .path(folder)
        .segment_size(SEGMENT_BYTES)
        .cache_capacity(cache.0)
        // The writer flushes; a second flusher would only get in its way.
        .flush_every_ms(None);
    let began = Instant::now();
    loop {
        match guarded("open sled's files", || config.open()) {
            // The store's own lock is ours, so this is a handle of this process that is just going
            // away: sled's threads give its files up a moment after the last handle is dropped.
            Err(LogError::Io { source, .. }) if is_lock(&source) && began.elapsed() < PATIENCE => {
                thread::sleep(Duration::from_millis(5));
            }
            opened => return opened,
        }
    }
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
