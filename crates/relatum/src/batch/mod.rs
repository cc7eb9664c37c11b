//! Batches: what one run of an import recorded, told in the log and taken back as a whole.
//!
//! Owns the list of batches, what a source told before of each fact (`told.rs`), taking in what it
//! tells now (`intake.rs`, and `retold.rs` where that amends nothing), and undoing (`undo.rs`). An
//! event belongs to a batch when it names the event that began the batch as its cause; so what it
//! says does not depend on which batch brought it.
//!
//! *Invariant: taking in the same facts again adds nothing, whichever batch brought them; after an
//! undo, the book says what it said before the batch.*

mod intake;
mod merges;
mod retold;
mod told;
mod undo;

use chrono::{DateTime, NaiveDate, Utc};
use relatum_domain::event::audit::{ImportBegun, ImportEnded};
use relatum_domain::{Actor, BatchId, Event, EventBody, Source, TenantId};
use relatum_log::Envelope;
use relatum_stream::EventRef;
use serde::Serialize;

use crate::append::{Appended, Fact};
use crate::engine::Engine;
use crate::erasure::SYSTEM;
use crate::error::Error;

pub use intake::{Intake, NewBatch, Offer, Taken};
pub use retold::Retold;
pub use undo::{Dependant, Dependence, Undo, UndoPlan};

/// Why nothing was done about a batch.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BatchError {
    /// It was taken back already.
    #[error("batch {batch} was undone already, by batch {by}")]
    Undone {
        /// Which.
        batch: BatchId,
        /// What took it back.
        by: BatchId,
    },
    /// Later events rest on it.
    #[error(
        "batch {batch} cannot be undone: {events} later events rest on it, the first is {first}; \
         undo the batches that brought them, split the accounts that they merged, or void \
         them, the last one first"
    )]
    DependedOn {
        /// Which.
        batch: BatchId,
        /// How many events rest on it.
        events: u64,
        /// The first of them.
        first: EventRef,
    },
    /// It came to its end, so that there is nothing to go on with.
    #[error("batch {batch} came to its end; import the files again for what is new in them")]
    Ended {
        /// Which.
        batch: BatchId,
    },
    /// Its undoing was begun.
    #[error("undoing batch {batch} was begun; finish that with `relatum import undo {batch}`")]
    Undoing {
        /// Which.
        batch: BatchId,
    },
}

/// How far a batch came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum BatchState {
    /// It was cut off: its end was never told.
    CutOff,
    /// It came to its end.
    Ended,
    /// Undoing it was begun, and cut off.
    Undoing,
    /// It was taken back.
    Undone,
}

/// What took a batch back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Undone {
    /// The batch that does.
    pub by: BatchId,
    /// The event that began it: the cause of every event that voids.
    pub begun: EventRef,
    /// Why.
    pub reason: String,
    /// When it came to its end, and how many events were voided; none: it was cut off.
    pub ended: Option<(DateTime<Utc>, u64)>,
}

/// What one run of an import recorded, as the log tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Batch {
    /// Its id.
    pub id: BatchId,
    /// The event that began it: the cause of all that it recorded.
    pub begun: EventRef,
    /// When it was begun.
    pub recorded_at: DateTime<Utc>,
    /// Who began it.
    pub actor: Actor,
    /// By which mapping, from which files.
    pub told: ImportBegun,
    /// When it came to its end, and what it did; none: it was cut off.
    pub ended: Option<(DateTime<Utc>, ImportEnded)>,
    /// What took it back.
    pub undone: Option<Undone>,
}

impl Batch {
    /// How far it came.
    #[must_use]
    pub const fn state(&self) -> BatchState {
        match (&self.undone, &self.ended) {
            (Some(Undone { ended: Some(_), .. }), _) => BatchState::Undone,
            (Some(_), _) => BatchState::Undoing,
            (None, Some(_)) => BatchState::Ended,
            (None, None) => BatchState::CutOff,
        }
    }

    /// Whether it can be resumed.
    ///
    /// # Errors
    /// [`BatchError`], which says why not.
    pub const fn can_resume(&self) -> Result<(), BatchError> {
        let batch = self.id;
        match &self.undone {
            Some(Undone { ended: Some(_), by, .. }) => Err(BatchError::Undone { batch, by: *by }),
            Some(_) => Err(BatchError::Undoing { batch }),
            None if self.ended.is_some() => Err(BatchError::Ended { batch }),
            None => Ok(()),
        }
    }
}

impl Engine {
    /// Every batch that recorded something, in the order in which they were begun.
    ///
    /// # Errors
    /// [`Error::Log`], [`Error::Decode`].
    pub fn batches(&self) -> Result<Vec<Batch>, Error> {
        let mut batches: Vec<Batch> = Vec::new();
        for told in self.told_of_batches()? {
            let (event, recorded_at) = (told.event, told.recorded_at);
            let mut with = |id: BatchId, change: &dyn Fn(&mut Batch)| {
                batches.iter_mut().filter(|batch| batch.id == id).for_each(change);
            };
            match told.data.body {
                EventBody::ImportBegun(begun) => batches.push(Batch {
                    id: begun.batch,
                    begun: event,
                    recorded_at,
                    actor: told.data.actor,
                    told: begun,
                    ended: None,
                    undone: None,
                }),
                EventBody::ImportEnded(ended) => {
                    with(ended.batch, &|it| it.ended = Some((recorded_at, ended.clone())));
                }
                EventBody::UndoBegun(undo) => with(undo.undoes, &|it| {
                    let (by, reason) = (undo.batch, undo.reason.clone());
                    it.undone = Some(Undone { by, begun: event, reason, ended: None });
                }),
                EventBody::ImportUndone(undone) => with(undone.batch, &|it| {
                    if let Some(by) = &mut it.undone {
                        by.ended = Some((recorded_at, undone.events));
                    }
                }),
                _ => {}
            }
        }
        Ok(batches)
    }

    /// One batch.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Log`], [`Error::Decode`].
    pub fn batch(&self, id: BatchId) -> Result<Batch, Error> {
        let found = self.batches()?.into_iter().find(|batch| batch.id == id);
        found.ok_or_else(|| Error::NotFound { what: "batch", name: id.to_string() })
    }

    /// Tells that a batch came to its end, and what it did.
    ///
    /// # Errors
    /// [`Error::Log`], [`Error::Append`].
    pub fn end_batch(&self, day: NaiveDate, actor: Actor, ended: ImportEnded) -> Result<(), Error> {
        let source = Source::new(SYSTEM, format!("batch/{}", ended.batch));
        self.tell(Event::new(day, actor, source, ended)).map(drop)
    }

    /// Appends a fact about the book itself.
    fn tell(&self, event: Event) -> Result<EventRef, Error> {
        let told = self.append(vec![Fact::new(TenantId::own(), event)])?;
        match told.into_iter().next() {
            Some(Appended::Recorded(event) | Appended::AlreadyRecorded(event)) => Ok(event),
            Some(Appended::Refused(error)) => Err(error),
            None => Err(Error::Cancelled),
        }
    }

    /// What is told of batches, in order. Voiding any of it takes nothing back.
    fn told_of_batches(&self) -> Result<Vec<Envelope<Event>>, Error> {
        let mut told = self.replay().stream(TenantId::own());
        for name in ["import_begun", "import_ended", "undo_begun", "import_undone"] {
            told = told.event_type(name)?;
        }
        told.events()?.collect()
    }
}
