//! How each subscription stands: what was handed out, and which effects are begun and not done.
//!
//! One small file a subscription in the store's folder, written whole and synced; for a book in
//! memory the same in memory. It is not derived: no log tells which effects were had.
//!
//! *Invariant: a standing is used only for a log that holds the event that it names last, at that
//! place, recorded at that instant.*

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use relatum_domain::Event;
use relatum_log::{Cut, Envelope, Position};
use relatum_stream::EventRef;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::subscribe::SubscriptionError;
use crate::whole_file::write_whole;

/// The format of the file.
const FORMAT: u16 = 1;

/// An event by its name, its place, and when it was recorded: it is the same in no other log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mark {
    pub(crate) position: Position,
    pub(crate) event: EventRef,
    pub(crate) recorded_at: DateTime<Utc>,
}

impl Mark {
    pub(crate) const fn of<E>(envelope: &Envelope<E>) -> Self {
        let Envelope { position, event, recorded_at, .. } = envelope;
        Self { position: *position, event: *event, recorded_at: *recorded_at }
    }
}

/// An effect that was begun and not done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Begun {
    pub(crate) mark: Mark,
    /// How often it was begun.
    pub(crate) attempt: u32,
}

/// How a subscription stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Standing {
    format: u16,
    /// What was there when it was made: of this nothing is live.
    pub(crate) history: Cut,
    /// After what events have effects.
    pub(crate) effects_after: Cut,
    /// The last event that was handed out. What is before it and not among the begun is done.
    pub(crate) last: Option<Mark>,
    /// By place in the log.
    pub(crate) begun: BTreeMap<u64, Begun>,
}

impl Standing {
    pub(crate) const fn new(history: Cut, effects_after: Cut, last: Option<Mark>) -> Self {
        Self { format: FORMAT, history, effects_after, last, begun: BTreeMap::new() }
    }

    /// Notes that everything up to an event was handed out.
    pub(crate) fn reach(&mut self, envelope: &Envelope<Event>) {
        let before = self.last.as_ref().map(|it| it.position);
        if before.is_none_or(|before| before < envelope.position) {
            self.last = Some(Mark::of(envelope));
        }
    }
}

/// The standings of a book.
#[derive(Debug, Default)]
pub(crate) struct Standings {
    /// Where their files are; none: in memory.
    folder: Option<PathBuf>,
    inside: Mutex<BTreeMap<String, Slot>>,
}

#[derive(Debug, Default)]
struct Slot {
    in_use: bool,
    in_memory: Option<Standing>,
}

impl Standings {
    pub(crate) fn in_folder(folder: Option<PathBuf>) -> Self {
        Self { folder, ..Self::default() }
    }

    fn inside(&self) -> MutexGuard<'_, BTreeMap<String, Slot>> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps others from using it until it is let go.
    pub(crate) fn hold(&self, name: &str) -> Result<(), SubscriptionError> {
        let mut inside = self.inside();
        let slot = inside.entry(name.to_owned()).or_default();
        if std::mem::replace(&mut slot.in_use, true) {
            return Err(SubscriptionError::InUse { name: name.to_owned() });
        }
        Ok(())
    }

    pub(crate) fn let_go(&self, name: &str) {
        if let Some(slot) = self.inside().get_mut(name) {
            slot.in_use = false;
        }
    }

    /// Where the standing of a subscription is, in words.
    pub(crate) fn place(&self, name: &str) -> String {
        let path = self.path(name).map(|path| path.display().to_string());
        path.unwrap_or_else(|| format!("the subscription `{name}`"))
    }

    fn path(&self, name: &str) -> Option<PathBuf> {
        self.folder.as_ref().map(|folder| folder.join(format!("{name}.json")))
    }

    /// What was kept; none: the subscription is new.
    pub(crate) fn load(&self, name: &str) -> Result<Option<Standing>, Error> {
        let Some(path) = self.path(name) else {
            return Ok(self.inside().get(name).and_then(|slot| slot.in_memory.clone()));
        };
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::io(format!("read {}", path.display()), error)),
        };
        let damaged =
            |reason: String| SubscriptionError::Damaged { place: self.place(name), reason };
        let found: Standing =
            serde_json::from_slice(&bytes).map_err(|error| damaged(error.to_string()))?;
        if found.format != FORMAT {
            return Err(damaged(format!("its format is {}, not {FORMAT}", found.format)).into());
        }
        Ok(Some(found))
    }

    pub(crate) fn keep(&self, name: &str, standing: &Standing) -> Result<(), Error> {
        let Some(path) = self.path(name) else {
            if let Some(slot) = self.inside().get_mut(name) {
                slot.in_memory = Some(standing.clone());
            }
            return Ok(());
        };
        let written = || {
            if let Some(folder) = &self.folder {
                std::fs::create_dir_all(folder)?;
            }
            write_whole(&path, &serde_json::to_vec(standing)?, false)
        };
        written().map_err(|error| Error::io(format!("write {}", path.display()), error))
    }
}
