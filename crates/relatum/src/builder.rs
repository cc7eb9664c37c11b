//! How an engine is opened.

#[cfg(feature = "sled")]
use std::path::Path;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, RwLock};

use relatum_log::{ByteSize, Clock, Cursor, EventLog, LogError, MemoryLog};
use tokio::sync::watch;

use crate::codec;
use crate::engine::{Engine, Inner};
use crate::error::Error;
use crate::folded::Folded;
use crate::keyring::{Keyring, Passphrase};
use crate::own::Own;
use crate::record::TURNS;
use crate::rights::Rights;
#[cfg(feature = "sled")]
use crate::shadow::Places;
use crate::standing::Standings;
use crate::states::States;

/// Up to so many events all states are kept in memory.
const LIVE_EVENTS: u64 = 500_000;

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
    passphrase: Option<Passphrase>,
    clock: Option<Arc<dyn Clock>>,
    live_events: Option<u64>,
    #[cfg(feature = "sled")]
    journal: Option<PathBuf>,
    #[cfg(feature = "sled")]
    durability: relatum_log_sled::Durability,
    #[cfg(feature = "sled")]
    drops_archive: bool,
}

impl std::fmt::Debug for EngineBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { create, keys, live_events, .. } = self;
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

    /// What protects the key file: opens one that is protected, and protects one that is made.
    #[must_use]
    pub fn passphrase(self, passphrase: Passphrase) -> Self {
        Self { passphrase: Some(passphrase), ..self }
    }

    /// The clock by which the log records; the system's unless said otherwise.
    #[must_use]
    pub fn clock(self, clock: impl Clock + 'static) -> Self {
        Self { clock: Some(Arc::new(clock)), ..self }
    }

    /// Up to how many events the states of all projections stay in memory between questions; of a
    /// larger book they are folded for each. Half a million unless said otherwise, which are
    /// some 300 MB.
    #[must_use]
    pub fn live_events(self, events: u64) -> Self {
        Self { live_events: Some(events), ..self }
    }

    /// Where the journal of a new store lies; in the store's folder unless said otherwise. Another
    /// disk is another chance.
    #[cfg(feature = "sled")]
    #[must_use]
    pub fn journal(self, folder: impl Into<PathBuf>) -> Self {
        Self { journal: Some(folder.into()), ..self }
    }

    /// When a commit is acknowledged, and so what a power cut may take; nothing unless said
    /// otherwise.
    #[cfg(feature = "sled")]
    #[must_use]
    pub fn durability(self, durability: relatum_log_sled::Durability) -> Self {
        Self { durability, ..self }
    }

    /// Whether full files of the journal are packed and kept, as they are unless said otherwise, or
    /// removed once the store holds what is in them.
    #[cfg(feature = "sled")]
    #[must_use]
    pub fn archive(self, archive: bool) -> Self {
        Self { drops_archive: !archive, ..self }
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
        let path = path.into();
        let sled = relatum_log_sled::SledLog::open(&path, self.sled_options())?;
        let empty = is_empty(&sled)?;
        let beside = || {
            let mut name = path.clone().into_os_string();
            name.push(".keys");
            PathBuf::from(name)
        };
        let keys = self.keys.clone().unwrap_or_else(beside);
        let keys = Keyring::open(&keys, empty, self.passphrase.as_ref())?;
        let live_events = self.live_events.unwrap_or(LIVE_EVENTS);
        let log = Arc::new(sled.clone());
        let engine = assemble(log, keys, live_events, Some((&path, sled)))?;
        delete_checkpoints(&path.join("checkpoints"));
        let places = Places::of(&path);
        relatum_replay::recover(&places.live, &places.former)?;
        let folded = Folded::open(&places.live, live_events, |cut| engine.root_at(cut));
        *engine.folded_mut() = folded;
        Ok(engine)
    }

    /// Makes a store at `path`, where nothing is, from a backup; gives the number of its events and
    /// the root of their tree.
    ///
    /// # Errors
    /// [`Error::Log`] if the backup is damaged or something is at `path` already.
    #[cfg(feature = "sled")]
    pub fn restore(
        self,
        backup: impl AsRef<std::path::Path>,
        path: impl AsRef<std::path::Path>,
    ) -> Result<(u64, relatum_log::TreeHash), Error> {
        let options = self.create(true).sled_options();
        let tree = relatum_log_sled::restore(backup, path, options)?;
        Ok((tree.size(), tree.root()))
    }

    #[cfg(feature = "sled")]
    fn sled_options(&self) -> relatum_log_sled::SledOptions {
        let options = relatum_log_sled::SledOptions::new()
            .create(self.create)
            .clock(self.clock_or_system())
            .durability(self.durability)
            .archive(!self.drops_archive);
        match &self.journal {
            Some(folder) => options.journal(folder),
            None => options,
        }
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
            Some(path) => Keyring::open(path, is_empty(&*log)?, self.passphrase.as_ref())?,
            None => Keyring::in_memory()?,
        };
        let live_events = self.live_events.unwrap_or(LIVE_EVENTS);
        #[cfg(feature = "sled")]
        return assemble(log, keys, live_events, None);
        #[cfg(not(feature = "sled"))]
        assemble(log, keys, live_events)
    }
}

/// Only for a log without events keys may be made: they could open nothing in another.
fn is_empty(log: &dyn EventLog) -> Result<bool, LogError> {
    Ok(log.read(Cursor::start(), ByteSize(1)).wait()?.head.is_empty())
}

fn assemble(
    log: Arc<dyn EventLog>,
    keys: Keyring,
    live_events: u64,
    #[cfg(feature = "sled")] store: Option<(&Path, relatum_log_sled::SledLog)>,
) -> Result<Engine, Error> {
    #[cfg(feature = "sled")]
    let (folder, sled) = store.map(|(path, sled)| (path.to_owned(), sled)).unzip();
    #[cfg(not(feature = "sled"))]
    let folder: Option<PathBuf> = None;
    let beside = |name: &str| folder.as_ref().map(|folder| folder.join(name));
    let standings = Standings::in_folder(beside("subscriptions"));
    let own = Own::in_folder(beside("projections"));
    let head = log.read(Cursor::start(), ByteSize(1)).wait()?.head;
    let inner = Arc::new(Inner {
        log,
        #[cfg(feature = "sled")]
        sled,
        keys,
        upcasters: codec::upcasters(),
        folded: RwLock::new(Folded::in_memory(live_events)),
        states: Mutex::new(States::default()),
        turns: (0..TURNS).map(|_| Mutex::new(())).collect(),
        head: watch::Sender::new(head),
        standings,
        own,
        #[cfg(feature = "sled")]
        folder,
        #[cfg(feature = "sled")]
        rebuilding: Mutex::new(()),
    });
    let engine = Engine(inner, Rights::ALL);
    match engine.finish_erasures() {
        Err(error @ Error::Keys(_)) => Err(error),
        Ok(keys) if keys > 0 => {
            engine.0.own.clear();
            tracing::warn!(keys, "dropped keys that the log tells as destroyed");
            Ok(engine)
        }
        // What cannot be read is for `log verify` and `log repair`, which open the store.
        _ => Ok(engine),
    }
}

/// Removes the states that older versions kept in files: nothing reads them any more.
#[cfg(feature = "sled")]
fn delete_checkpoints(folder: &Path) {
    let files = std::fs::read_dir(folder).into_iter().flatten();
    for path in files.filter_map(|file| Some(file.ok()?.path())) {
        if path.extension().is_some_and(|it| it == "checkpoint" || it == "unfinished") {
            let _ = std::fs::remove_file(path);
        }
    }
    // What is not empty has something of somebody else's.
    let _ = std::fs::remove_dir(folder);
}
