//! `relatum subject show`: what is sealed about somebody, and where.

use clap::Args;

use super::traces::{Names, Traces};
use crate::book;
use crate::failure::{Exit, Failure};
use crate::people;
use crate::session::Session;
use crate::viewpoint::today;

/// Show what is sealed about somebody, where, and what was given out of the book
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// The id of a subject, contact, manager or account, a manager's code, or the (beginning of
    /// the) name
    #[arg(value_name = "SUBJECT")]
    subject: String,
}

impl Show {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let engine = session.read()?;
        book::catch_up(&engine)?;
        let managers = session.managers(&engine, &engine.as_of(today()))?;
        let subject = people::subject(&engine, &managers, &self.subject)?;
        let (footprint, exports) = (engine.footprint(subject)?, engine.exports()?);
        session.show(&Traces { footprint, exports, done: None, names: Names::of(&engine)? })?;
        Ok(Exit::Done)
    }
}
