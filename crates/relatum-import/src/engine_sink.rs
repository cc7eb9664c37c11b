//! The engine as a sink.

use std::error::Error as _;

use relatum::log::AppendError;
use relatum::{Appended, Engine, Error, Fact};
use relatum_domain::Event;
use relatum_stream::StreamId;

use crate::sink::{Outcome, Sink, SinkError};

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
#[derive(Debug, Clone)]
pub struct EngineSink(Engine);

impl EngineSink {
    /// A sink for `engine`.
    #[must_use]
    pub const fn new(engine: Engine) -> Self {
        Self(engine)
    }
}

impl Sink for EngineSink {
    fn append(&mut self, facts: Vec<(StreamId, Event)>) -> Result<Vec<Outcome>, SinkError> {
        let facts = facts.into_iter().map(|(stream, event)| Fact { stream, event }).collect();
        let appended = self.0.append(facts).map_err(SinkError::new)?;
        Ok(appended.into_iter().map(outcome).collect())
    }

    fn digest(&self, text: &str) -> String {
        self.0.stand_in(text)
    }
}

fn outcome(appended: Appended) -> Outcome {
    match appended {
        Appended::Recorded(event) => Outcome::Recorded(event),
        Appended::AlreadyRecorded(event) => Outcome::Already(event),
        Appended::Refused(Error::Append(AppendError::KeyConflict { existing, .. })) => {
            Outcome::Differs(existing)
        }
        Appended::Refused(error) => Outcome::Refused(in_words(&error)),
        other => Outcome::Refused(format!("{other:?}")),
    }
}

/// An error and what lies behind it, in one line.
fn in_words(error: &Error) -> String {
    let mut text = error.to_string();
    let mut behind = error.source();
    while let Some(cause) = behind {
        text = format!("{text}: {cause}");
        behind = cause.source();
    }
    text
}
