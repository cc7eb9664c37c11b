//! `relatum keys backup`: a copy of the key file.

use std::path::PathBuf;

use clap::Args;

use super::Answer;
use crate::export;
use crate::failure::{Exit, Failure};
use crate::session::Session;

/// Copy the key file into a new one, whole and synced, which only its owner can read
///
/// The log tells of it, so that whoever erases somebody later knows of the copy. Keep it apart from
/// backups of the store: both together open every guarded field. Keys are wrapped in the copy as
/// they are in the file.
#[derive(Debug, Args)]
pub(crate) struct Backup {
    /// The file to write, where nothing is
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Do not record that the keys were copied: for a replica, which holds what its original does
    #[arg(long)]
    unrecorded: bool,
}

impl Backup {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let file = session.key_file()?;
        // What stands in the way is not overwritten: nothing is given out then.
        if !self.unrecorded && !self.output.exists() {
            let engine = session.read()?;
            export::note(&engine, "keys", "key file", &self.output)?;
        }
        file.copy_to(&self.output)?;
        session.show(&Answer(file.status()?))?;
        Ok(Exit::Done)
    }
}
