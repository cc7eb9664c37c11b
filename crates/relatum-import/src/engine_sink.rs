//! The engine as a sink.

use std::sync::Arc;

use relatum::{Engine, Error, Intake, NewBatch, Taken};
use relatum_domain::BatchId;
use relatum_stream::EventRef;

use crate::sink::{Digester, Offer, Outcome, Sink, SinkError};

/// Appends to the book of an engine. A [`SinkError`] of it holds a [`relatum::Error`].
///
/// # Example
/// ```
/// use relatum::Engine;
/// use relatum_import::{EngineSink, Import, Input, Mapping};
///
/// let mapping = Mapping::parse(
///     r#"
///     system = "crm"
///     [[table]]
///     name = "accounts"
///     files = "*.csv"
///     id = "{Number}"
///     stream = { account = "{Number}" }
///     effective = "2026-01-01"
///     [[table.event]]
///     type = "account_opened"
///     body.name = "{Name}"
///     body.stage = "client"
///     "#,
/// )?;
/// let file = Input::bytes("accounts.csv", "Number,Name\n1,Nordwind\n");
/// let engine = Engine::in_memory()?;
/// let mut import = Import::open(&mapping, vec![file])?;
/// import.run(&mut EngineSink::new(engine.clone()), &mut std::io::sink(), &mut |_| {})?;
/// let accounts = engine.as_of("2026-12-31".parse()?).accounts()?;
/// assert_eq!(accounts[0].1.name, "Nordwind");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct EngineSink {
    engine: Engine,
    intake: Intake,
}

impl EngineSink {
    fn of(engine: Engine, intake: impl FnOnce(Engine) -> Intake) -> Self {
        Self { intake: intake(engine.clone()), engine }
    }

    /// A sink for `engine`, of no batch: what differs from what is there is left as it is.
    #[must_use]
    pub fn new(engine: Engine) -> Self {
        Self::of(engine, Intake::new)
    }

    /// A sink for a new batch. The log tells of it as soon as it records something.
    #[must_use]
    pub fn begin(engine: Engine, batch: NewBatch) -> Self {
        Self::of(engine, |engine| Intake::begin(engine, batch))
    }

    /// A sink to go on with a batch that was cut off.
    ///
    /// # Errors
    /// Those of [`Intake::resume`].
    pub fn resume(engine: Engine, batch: BatchId) -> Result<Self, Error> {
        let intake = Intake::resume(engine.clone(), batch)?;
        Ok(Self { engine, intake })
    }

    /// A sink that records nothing and answers as if it did.
    #[must_use]
    pub fn preview(engine: Engine, amends: bool) -> Self {
        Self::of(engine, |engine| Intake::preview(engine, amends))
    }

    /// Whether the log tells of the batch: whether it recorded anything.
    #[must_use]
    pub const fn is_told(&self) -> bool {
        self.intake.is_told()
    }
}

impl Sink for EngineSink {
    fn append(&mut self, facts: Vec<Offer>) -> Result<Vec<Outcome>, SinkError> {
        let offer = |fact: Offer| {
            let Offer { stream, event, once, retold } = fact;
            relatum::Offer { stream, event, once, retold }
        };
        let taken = self.intake.offer(facts.into_iter().map(offer).collect());
        Ok(taken.map_err(SinkError::new)?.into_iter().map(outcome).collect())
    }

    fn former(&self, event: EventRef) -> Option<serde_json::Value> {
        self.engine.event_json(event).ok().flatten()
    }

    fn digester(&self) -> Digester {
        let engine = self.engine.clone();
        Arc::new(move |text| engine.stand_in(text))
    }
}

fn outcome(taken: Taken) -> Outcome {
    match taken {
        Taken::New(event) => Outcome::Recorded(event),
        Taken::Same(event) => Outcome::Already(event),
        Taken::Changed(event, amends) => Outcome::Changed { event, amends },
        Taken::Differs(event) => Outcome::Differs(event),
        Taken::Nothing => Outcome::Nothing,
        Taken::Refused(reason) => Outcome::Refused(reason),
        other => Outcome::Refused(format!("{other:?}")),
    }
}
