//! `relatum keys passphrase`: another passphrase, or none.

use std::path::PathBuf;

use clap::Args;
use relatum::Passphrase;

use super::Answer;
use crate::failure::{Exit, Failure};
use crate::session::Session;

/// Set the passphrase of the key file, or take it off
///
/// The present one, if there is one, is read from --passphrase-file or RELATUM_PASSPHRASE. Every
/// key is wrapped anew. Copies of the file that were made before open as they did.
#[derive(Debug, Args)]
#[command(name = "passphrase")]
#[group(required = true, multiple = false)]
pub(crate) struct SetPassphrase {
    /// The file whose first line is the new passphrase
    #[arg(long, value_name = "FILE")]
    new: Option<PathBuf>,
    /// Keep the keys plain from now on
    #[arg(long)]
    remove: bool,
}

impl SetPassphrase {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let new = self.new.as_deref().map(Passphrase::read).transpose()?;
        let mut file = session.key_file()?;
        file.rewrap(new.as_ref())?;
        session.show(&Answer(file.status()?))?;
        Ok(Exit::Done)
    }
}
