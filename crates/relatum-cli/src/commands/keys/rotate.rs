//! `relatum keys rotate`: every key wrapped anew.

use clap::Args;
use relatum::KeyStatus;

use super::Answer;
use crate::failure::{Exit, Failure};
use crate::session::Session;

/// Wrap every key anew, by a new wrapping key of the same passphrase
///
/// The keys themselves do not change, so nothing that is stored does: what a copy of the old file
/// and its passphrase opens, it goes on to open. `keys passphrase` sets another passphrase.
#[derive(Debug, Args)]
pub(crate) struct Rotate {}

impl Rotate {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let Self {} = self;
        let mut file = session.key_file()?;
        let KeyStatus { is_wrapped, path, .. } = file.status()?;
        if !is_wrapped {
            let path = path.display();
            let message = format!("the keys in {path} are not wrapped: there is nothing to rotate");
            let failure = Failure::new(Exit::Refused, message);
            return Err(failure.hint("`relatum keys passphrase --new FILE` sets a passphrase"));
        }
        file.rewrap(session.passphrase()?.as_ref())?;
        session.show(&Answer(file.status()?))?;
        Ok(Exit::Done)
    }
}
