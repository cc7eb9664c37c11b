//! `relatum keys status`: what the key file holds.

use clap::Args;

use super::Answer;
use crate::failure::{Exit, Failure};
use crate::session::Session;

/// What the key file holds, and whether a passphrase protects it
#[derive(Debug, Args)]
pub(crate) struct Status {}

impl Status {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let Self {} = self;
        let status = session.key_file()?.status()?;
        session.show(&Answer(status))?;
        Ok(Exit::Done)
    }
}
