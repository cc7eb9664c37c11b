//! How an engine is opened.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, RwLock};

use relatum_log::{ByteSize, Clock, Cursor, EventLog, LogError, MemoryLog};
use tokio::sync::watch;

use crate::codec;
use crate::engine::{Engine, Inner};
use crate::error::Error;
use crate::folded::Folded;
use crate::keyring::Keyring;
use crate::record::TURNS;
use crate::states::States;

/// Up to so many events all states are kept in memory.
const LIVE_EVENTS: u64 = 100_000;

/// Options for opening an engine.
///
/// # Example
/// ```
/// use relatum::Engine;
/// let folder = tempfile::tempdir()?;
/// let engine = Engine::builder()
///     .create(true)
///     .keys(folder.path().join("elsewhere.keys"))
///     .open(folder.path().join("book"))?;
/// assert_eq!(engine.head()?.events(), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default)]
pub struct EngineBuilder {
    create: bool,
    keys: Option<PathBuf>,
    clock: Option<Arc<dyn Clock>>,
    live_events: Option<u64>,
}

impl std::fmt::Debug for EngineBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { create, keys, live_events, clock: _ } = self;
        f.debug_struct("EngineBuilder")
            .field("create", create)
            .field("keys", keys)
            .field("live_events", live_events)
            .finish_non_exhaustive()
    }
}

impl EngineBuilder {
    /// Whether to make a store where there is none. Not unless said so.
    #[must_use]
    pub fn create(self, create: bool) -> Self {
        Self { create, ..self }
    }

    /// Where the key file lies; beside the store unless said otherwise.
    #[must_use]
    pub fn keys(self, path: impl Into<PathBuf>) -> Self {
        Self { keys: Some(path.into()), ..self }
    }

    /// The clock by which the log records; the system's unless said otherwise.
    #[must_use]
    pub fn clock(self, clock: impl Clock + 'static) -> Self {
        Self { clock: Some(Arc::new(clock)), ..self }
    }

    /// Up to how many events the states of all projections stay in memory between questions; of a
    /// larger book they are folded for each. A hundred thousand unless said otherwise, which are
    /// some 60 MB.
    #[must_use]
    pub fn live_events(self, events: u64) -> Self {
        Self { live_events: Some(events), ..self }
    }

    fn clock_or_system(&self) -> impl Clock + use<> {
        let chosen = self.clock.clone();
        move || chosen.as_ref().map_or_else(chrono::Utc::now, |clock| clock.now())
    }

    /// Opens the store at `path`.
    ///
    /// # Errors
    /// As [`Engine::open`]; [`LogError::NotFound`](relatum_log::LogError::NotFound) if nothing is
    /// there and nothing is to be made.
    #[cfg(feature = "sled")]
    pub fn open(self, path: impl Into<PathBuf>) -> Result<Engine, Error> {
        use relatum_log_sled::{SledLog, SledOptions};
        let path = path.into();
        let options = SledOptions::new().create(self.create).clock(self.clock_or_system());
        let sled = SledLog::open(&path, options)?;
        let empty = is_empty(&sled)?;
        let beside = || {
            let mut name = path.clone().into_os_string();
            name.push(".keys");
            PathBuf::from(name)
        };
        let keys = Keyring::open(&self.keys.clone().unwrap_or_else(beside), empty)?;
        let folder = path.join("replay");
        let log = Arc::new(sled.clone());
        let live_events = self.live_events.unwrap_or(LIVE_EVENTS);
        let engine = assemble(log, keys, Some(&folder), live_events, Some(sled))?;
        Ok(engine)
    }

    /// A book that is gone when the last handle is.
    ///
    /// # Errors
    /// [`Error::Keys`] if the system has no random numbers.
    pub fn in_memory(self) -> Result<Engine, Error> {
        let log = Arc::new(MemoryLog::new(self.clock_or_system()));
        self.over(log)
    }

    /// An engine over a log of the caller's own, with the keys of [`keys`](Self::keys) or, without
    /// them, with keys that are gone when the last handle is.
    ///
    /// # Errors
    /// [`Error::Keys`], [`Error::Log`].
    pub fn over(self, log: Arc<dyn EventLog>) -> Result<Engine, Error> {
        let keys = match &self.keys {
            Some(path) => Keyring::open(path, is_empty(&*log)?)?,
            None => Keyring::in_memory()?,
        };
        let live_events = self.live_events.unwrap_or(LIVE_EVENTS);
        #[cfg(feature = "sled")]
        return assemble(log, keys, None, live_events, None);
        #[cfg(not(feature = "sled"))]
        assemble(log, keys, None, live_events)
    }
}

/// Only for a log without events keys may be made: they could open nothing in another.
fn is_empty(log: &dyn EventLog) -> Result<bool, LogError> {
    Ok(log.read(Cursor::start(), ByteSize(1)).wait()?.head.is_empty())
}

fn assemble(
    log: Arc<dyn EventLog>,
    keys: Keyring,
    replay: Option<&Path>,
    live_events: u64,
    #[cfg(feature = "sled")] sled: Option<relatum_log_sled::SledLog>,
) -> Result<Engine, Error> {
    let head = log.read(Cursor::start(), ByteSize(1)).wait()?.head;
    let folded = Folded::open(replay, &*log, live_events);
    Ok(Engine(Arc::new(Inner {
        log,
        #[cfg(feature = "sled")]
        sled,
        keys,
        upcasters: codec::upcasters(),
        folded: RwLock::new(folded),
        states: Mutex::new(States::default()),
        turns: (0..TURNS).map(|_| Mutex::new(())).collect(),
        head: watch::Sender::new(head),
    })))
}
