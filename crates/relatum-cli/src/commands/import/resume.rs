//! `relatum import resume`: going on with a batch that was cut off.

use std::path::PathBuf;

use clap::Args;
use relatum::domain::event::audit::ImportedFile;
use relatum_import::{EngineSink, Import as Reading};

use super::said::Said;
use super::{files, run};
use crate::failure::{Exit, Failure};
use crate::session::Session;

/// Go on with a batch that was cut off
///
/// The same files are read again by the same mapping. What is in already is passed over quickly,
/// the rest is recorded under the same batch. Files or a mapping that changed since are refused.
#[derive(Debug, Args)]
pub(crate) struct Resume {
    /// The batch: its id, the beginning of it, or `last`
    #[arg(value_name = "BATCH")]
    batch: String,
    /// Where the files are by now, in the same order, if they were moved
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The mapping by now, if its file was moved
    #[arg(long, value_name = "NAME|FILE")]
    mapping: Option<String>,
    /// Where rejected rows go, as CSV with file, line, column, value and reason
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
}

impl Resume {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let engine = session.read()?;
        let batch = super::batch(&engine, &self.batch)?;
        batch.can_resume().map_err(relatum::Error::from)?;
        let was = &batch.told;
        let name = self.mapping.as_deref().unwrap_or(&was.mapping.name);
        let (mapping, used) = files::mapping(name, &Said::of_words(&was.mapping.said)?)?;
        if used.sha256 != was.mapping.sha256 {
            let name = &used.name;
            return Err(changed(format!(
                "the mapping {name}, or a map beside it, says something else by now"
            )));
        }
        let paths = if self.files.is_empty() {
            was.files.iter().map(|file| PathBuf::from(&file.path)).collect()
        } else {
            self.files
        };
        let inputs = mapping.inputs(&paths)?;
        same(&was.files, &files::told(&inputs)?)?;
        let mut reading = Reading::open(&mapping, inputs)?;
        let mut sink = EngineSink::resume(engine.clone(), batch.id)?;
        let batch = run::Batch { id: batch.id, rejects: self.rejects.as_deref(), resumed: true };
        run::take_in(session, &engine, &mut reading, &mut sink, &batch)
    }
}

/// Refuses files that are not those of the batch.
fn same(was: &[ImportedFile], is: &[ImportedFile]) -> Result<(), Failure> {
    if was.len() != is.len() {
        let (was, is) = (was.len(), is.len());
        return Err(changed(format!("the batch read {was} files, and {is} are given")));
    }
    for (was, is) in was.iter().zip(is) {
        if was.sha256.is_empty() {
            return Err(changed(format!("{} was no file that can be read again", was.path)));
        }
        if was.sha256 != is.sha256 {
            return Err(changed(format!(
                "{} is not what the batch read: its SHA-256 is {}, and was {} ({} bytes)",
                is.path, is.sha256, was.sha256, was.bytes
            )));
        }
    }
    Ok(())
}

fn changed(message: String) -> Failure {
    Failure::new(Exit::Refused, message).hint(
        "import the files as they are now, as a batch of its own: what is in already is not \
         recorded again",
    )
}
