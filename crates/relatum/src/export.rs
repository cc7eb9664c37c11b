//! What was given out of the book: told by whoever gives it, and listed.

use chrono::{DateTime, NaiveDate, Utc};
use relatum_domain::decide::Proposal;
use relatum_domain::event::audit::DataExported;
use relatum_domain::{Actor, Event, EventBody, Source, TenantId};
use relatum_stream::EventRef;
use serde::Serialize;

use crate::engine::Engine;
use crate::erasure::SYSTEM;
use crate::error::Error;
use crate::keyring::KeyError;
use crate::record::Recorded;

/// Something that was given out of the book.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Export {
    /// The event that tells of it.
    pub event: EventRef,
    /// When the log learned of it.
    pub recorded_at: DateTime<Utc>,
    /// Who gave it.
    pub actor: Actor,
    /// What, in which form, seen from where, and where to.
    #[serde(flatten)]
    pub told: DataExported,
}

impl Engine {
    /// Records that something is given out of the book; before it is, so that nothing is given
    /// unrecorded.
    ///
    /// # Errors
    /// [`Error::Refused`] if it is not said what and where to, [`Error::Append`], [`Error::Log`].
    ///
    /// # Example
    /// ```
    /// use relatum::Engine;
    /// use relatum::domain::Actor;
    /// use relatum::domain::event::audit::DataExported;
    /// let engine = Engine::in_memory()?;
    /// let day = chrono::NaiveDate::from_ymd_opt(2026, 3, 31).ok_or("no day")?;
    /// let (what, form, to) = ("aging".into(), "csv".into(), "the auditor".into());
    /// let told = DataExported { what, form, as_of: Some(day), known_at: None, to };
    /// engine.note_export(day, Actor::system("reports"), told)?;
    /// assert_eq!(engine.exports()?[0].told.to, "the auditor");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn note_export(
        &self,
        day: NaiveDate,
        actor: Actor,
        told: DataExported,
    ) -> Result<Recorded, Error> {
        let mut number = [0; 16];
        getrandom::fill(&mut number).map_err(|_| KeyError::NoRandomness)?;
        // Told twice, it was given twice.
        let source = Source::new(SYSTEM, format!("export/{:032x}", u128::from_le_bytes(number)));
        self.record(Proposal::new(TenantId::own(), Event::new(day, actor, source, told)))
    }

    /// Everything that was told to be given out of the book, in order.
    ///
    /// # Errors
    /// [`Error::Log`], [`Error::Decode`].
    pub fn exports(&self) -> Result<Vec<Export>, Error> {
        let told = self.told_of_the_book()?.into_iter();
        let exports = told.filter_map(|it| match it.data.body {
            EventBody::DataExported(told) => {
                let (event, recorded_at) = (it.event, it.recorded_at);
                Some(Export { event, recorded_at, actor: it.data.actor, told })
            }
            _ => None,
        });
        Ok(exports.collect())
    }
}
