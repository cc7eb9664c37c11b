//! Where facts go: the seam between an import and whatever keeps them.

use std::error::Error;
use std::sync::Arc;

pub use relatum::Retold;
use relatum_domain::{Event, derive};
use relatum_stream::{EventRef, StreamId, Version};

/// A fact on its way into the book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Where it belongs.
    pub stream: StreamId,
    /// What it says.
    pub event: Event,
    /// Whether another content under the same name counts as there already.
    pub once: bool,
    /// What becomes of it where something was told under its name before.
    pub retold: Retold,
}

/// What became of one fact.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// It is new.
    Recorded(EventRef),
    /// The stream holds it already, with the same content.
    Already(EventRef),
    /// The source told it otherwise before: it is recorded as `event`, which amends `amends`.
    Changed {
        /// What says so now.
        event: EventRef,
        /// What it replaces.
        amends: EventRef,
    },
    /// The stream holds another content under the same source id and event type.
    Differs(EventRef),
    /// It would change or take back something, and there is nothing of that to do.
    Nothing,
    /// It was not taken, for this reason.
    Refused(String),
}

/// Why nothing more can be recorded.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct SinkError(Box<dyn Error + Send + Sync>);

impl SinkError {
    /// Wraps whatever went wrong.
    pub fn new(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(error.into())
    }

    /// What went wrong, for a caller who knows the sink.
    #[must_use]
    pub fn cause(&self) -> &(dyn Error + Send + Sync + 'static) {
        &*self.0
    }
}

/// Takes facts in batches.
pub trait Sink {
    /// Takes `facts`, in this order within each stream.
    ///
    /// Shape: one outcome for each fact, in their order.
    ///
    /// # Errors
    /// [`SinkError`] when the import cannot go on; what was recorded stays.
    fn append(&mut self, facts: Vec<Offer>) -> Result<Vec<Outcome>, SinkError>;

    /// The JSON of an event that is there, to show what a changed row replaces.
    fn former(&self, event: EventRef) -> Option<serde_json::Value> {
        let _ = event;
        None
    }

    /// What makes keyed digests of personal texts, for ids and source ids made from them.
    ///
    /// Invariant: equal texts of one book have equal digests for ever; without the key, nothing
    /// about the text can be learnt from it.
    fn digester(&self) -> Digester;
}

/// Makes a digest of a text, wherever it is needed.
pub type Digester = Arc<dyn Fn(&str) -> String + Send + Sync>;

/// A sink that keeps nothing: every fact counts as new.
///
/// It cannot know what a book holds already. Its digests have no key, and nothing made from them
/// leaves it.
#[derive(Debug, Clone, Copy, Default)]
pub struct DryRun;

impl Sink for DryRun {
    fn append(&mut self, facts: Vec<Offer>) -> Result<Vec<Outcome>, SinkError> {
        // In a book of which nothing is known, nothing is there to be changed.
        let name = |fact: Offer| match fact.retold {
            Retold::Amends | Retold::Keeps(_) | Retold::Anew(_) => {
                Outcome::Recorded(EventRef::new(fact.stream, Version::NONE))
            }
            Retold::Changes(_) | Retold::Ends(_) | Retold::TakesBack { .. } => Outcome::Nothing,
        };
        Ok(facts.into_iter().map(name).collect())
    }

    fn digester(&self) -> Digester {
        Arc::new(|text| derive("dry run", "", text).simple().to_string())
    }
}
