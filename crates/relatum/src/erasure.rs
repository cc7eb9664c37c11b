//! Erasing a subject: its keys are destroyed, and the log says so.
//!
//! The event comes first, then the keys go. So whatever stops an erasure on its way, a crash, a
//! full disk, an older key file that is put back, the log says which keys must not be there, and
//! the next opening drops them.
//!
//! *Invariant: a key whose name the log tells as destroyed opens nothing.*

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use relatum_domain::decide::Proposal;
use relatum_domain::event::audit::SubjectErased;
use relatum_domain::{Actor, Event, EventBody, Source, SubjectId, TenantId};
use relatum_log::Envelope;
use relatum_stream::{EventRef, Version};
use serde::Serialize;

use crate::engine::Engine;
use crate::error::Error;
use crate::export::Export;
use crate::footprint::{Footprint, Search};

/// The system that tells of erasures and exports.
pub(crate) const SYSTEM: &str = "relatum";

/// Why a subject was not erased.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ErasureError {
    /// Its fields are sealed with a key that is not here.
    #[error(
        "{fields} fields about {subject} are in the log and no key in the key file opens them: a \
         key that is elsewhere would not be destroyed; open the store with the key file that has \
         it (--keys)"
    )]
    KeyMissing {
        /// Whom.
        subject: SubjectId,
        /// How many fields are sealed.
        fields: u64,
    },
    /// Who may not read what is to go would not know what it is.
    #[error("erasing takes the right to read personal fields, which this handle does not have")]
    NoRight,
    /// The reason would keep what is to go.
    #[error("the reason holds a text about the subject, and would keep it; say it without")]
    ReasonTells,
}

/// Whom to erase, why, and who does it.
#[derive(Debug, Clone)]
pub struct Erasure {
    /// Whom.
    pub subject: SubjectId,
    /// Why, in words that name nobody.
    pub reason: String,
    /// Who erases.
    pub actor: Actor,
    /// The day.
    pub day: NaiveDate,
}

/// What an erasure did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Erased {
    /// The event that tells of it.
    pub event: EventRef,
    /// How many keys were destroyed; 0: they were before.
    pub keys: u64,
    /// What could be read until then, and what still can.
    pub before: Footprint,
    /// What was given out of the book and may hold a copy, or a key: it is not touched.
    pub exports: Vec<Export>,
}

impl Engine {
    /// Destroys the keys of a subject, and records that.
    ///
    /// Every field sealed about it stays sealed for ever, in the log, in its journal and archive,
    /// and in every copy of them; no figure changes, for no fold reads such a field. What is
    /// recorded about the subject from now on gets a new key. What was recorded while this ran may
    /// be erased too.
    ///
    /// Erasing again what is erased changes nothing. An erasure that was cut off is finished by the
    /// next opening of the store, or by this.
    ///
    /// # Errors
    /// [`Error::NotFound`] if nothing is sealed about the subject; [`Error::Erasure`];
    /// [`Error::Refused`] without a reason; [`Error::Log`], [`Error::Append`]: nothing was
    /// destroyed; [`Error::Keys`]: it is recorded, and to be finished.
    pub fn erase_subject(&self, erasure: &Erasure) -> Result<Erased, Error> {
        if !self.rights().personal {
            return Err(ErasureError::NoRight.into());
        }
        self.finish_erasures()?;
        let Erasure { subject, reason, actor, day } = erasure;
        let ((before, texts), exports) = (self.traced(*subject)?, self.exports()?);
        let names = self.0.keys.names_of(*subject);
        // A key that opens nothing is that of another store: to destroy it erases nobody here.
        let is_readable = before.sealed.iter().any(|it| it.readable > 0);
        let Some(first) = names.first().filter(|_| is_readable) else {
            let fields = before.subject.fields;
            let missing = || ErasureError::KeyMissing { subject: *subject, fields };
            let event = before.subject.erased.ok_or_else(missing)?;
            return Ok(Erased { event, keys: 0, before, exports });
        };
        if Search::of(texts).is_some_and(|search| search.finds(reason)) {
            return Err(ErasureError::ReasonTells.into());
        }
        // One name a key: the same erasure is the same fact.
        let source = Source::new(SYSTEM, format!("erased/{first}"));
        let body = SubjectErased { subject: *subject, keys: names.clone(), reason: reason.clone() };
        let event = Event::new(*day, actor.clone(), source, body);
        let recorded = self.record(Proposal::new(TenantId::own(), event))?;
        let event = recorded.events.first().copied();
        let event = event.unwrap_or(EventRef::new(TenantId::own().into(), Version::NONE));
        let keys = self.finish_erasures()?;
        // What a fold of the user's own kept of texts is derived again without them.
        self.0.own.clear();
        Ok(Erased { event, keys, before, exports })
    }

    /// Drops every key that the log tells as destroyed and that is here all the same, and says how
    /// many these were.
    ///
    /// Opening a store does so. Call it after a log was replicated into this one.
    ///
    /// # Errors
    /// [`Error::Log`], [`Error::Decode`], [`Error::Keys`].
    pub fn finish_erasures(&self) -> Result<u64, Error> {
        if self.0.keys.subjects_with_keys().is_empty() {
            return Ok(0);
        }
        let mut names: BTreeMap<SubjectId, BTreeSet<String>> = BTreeMap::new();
        for told in self.told_of_the_book()? {
            if let EventBody::SubjectErased(erased) = told.data.body {
                names.entry(erased.subject).or_default().extend(erased.keys);
            }
        }
        Ok(self.0.keys.destroy(&names)?)
    }

    /// The event that tells of the last erasure of each subject.
    pub(crate) fn erased_by(&self) -> Result<BTreeMap<SubjectId, EventRef>, Error> {
        let told = self.told_of_the_book()?.into_iter();
        let erased = told.filter_map(|it| match it.data.body {
            EventBody::SubjectErased(erased) => Some((erased.subject, it.event)),
            _ => None,
        });
        Ok(erased.collect())
    }

    /// The erasures and exports, in their order. Voiding one takes nothing back.
    pub(crate) fn told_of_the_book(&self) -> Result<Vec<Envelope<Event>>, Error> {
        // Others may be of a later vocabulary: they are none of this.
        let told = self.replay().stream(TenantId::own());
        let told = told.event_type("subject_erased")?.event_type("data_exported")?;
        told.events()?.collect()
    }
}
