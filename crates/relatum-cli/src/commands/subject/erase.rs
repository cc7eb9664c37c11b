//! `relatum subject erase`: the keys of somebody are destroyed.

use clap::Args;
use relatum::Erasure;

use super::traces::{Done, Names, Traces};
use crate::book;
use crate::failure::{Exit, Failure};
use crate::people;
use crate::session::Session;
use crate::viewpoint::today;

/// Destroy the keys of somebody, so that nothing sealed about them can be read again
///
/// The event that tells of it is recorded first. No figure changes, and every proof stays. Copies
/// of the keys, and what was given out of the book, are listed and not touched: destroy them
/// yourself. What is recorded about the same person later has a new key.
#[derive(Debug, Args)]
pub(crate) struct Erase {
    /// The id of a subject, contact, manager or account, a manager's code, or the (beginning of
    /// the) name
    #[arg(value_name = "SUBJECT")]
    subject: String,
    /// Only say what would change
    #[arg(long)]
    dry_run: bool,
    /// Why, in words that name nobody: they stay in the log
    #[arg(long, value_name = "TEXT", default_value = "erasure was asked for")]
    reason: String,
    /// Who erases: a manager's id, code or name; the program unless said otherwise
    #[arg(long, value_name = "MANAGER")]
    by: Option<String>,
}

impl Erase {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let engine = session.read()?;
        book::catch_up(&engine)?;
        let managers = session.managers(&engine, &engine.as_of(today()))?;
        let subject = people::subject(&engine, &managers, &self.subject)?;
        let actor = managers.actor(self.by.as_deref())?;
        let names = Names::of(&engine)?;
        let traces = if self.dry_run {
            let (footprint, exports) = (engine.footprint(subject)?, engine.exports()?);
            Traces { footprint, exports, done: Some(Done::Not), names }
        } else {
            let reason = self.reason;
            let erasure = Erasure { subject, reason, actor, day: today() };
            let erased = engine.erase_subject(&erasure)?;
            let done = Some(Done::By { event: erased.event, keys: erased.keys });
            Traces { footprint: erased.before, exports: erased.exports, done, names }
        };
        session.show(&traces)?;
        Ok(Exit::Done)
    }
}
