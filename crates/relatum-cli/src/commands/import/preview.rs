//! `relatum import preview`: what an import would do.

use std::path::PathBuf;

use clap::Args;
use relatum_import::{EngineSink, Import as Reading};

use super::answer::{Answer, Came};
use super::said::Said;
use super::{files, run};
use crate::failure::{Exit, Failure};
use crate::session::Session;

/// See what an import would do: what is new, changed, there already or rejected, with examples
///
/// Compares the files with the book and writes nothing. Of a changed row, the fields that say
/// something else are shown. The numbers are those that the import will have.
#[derive(Debug, Args)]
pub(crate) struct Preview {
    /// A mapping that comes along, by name, or a mapping file
    #[arg(long, value_name = "NAME|FILE")]
    mapping: String,
    /// The files to read, or folders that hold them: CSV, plain or gzip, Excel (.xlsx), or a ZIP
    #[arg(value_name = "FILE|DIR", required = true)]
    files: Vec<PathBuf>,
    /// Report rows that say otherwise than before, as the import will with the same option
    #[arg(long)]
    no_amend: bool,
    /// Where rejected rows go, as CSV with file, line, column, value and reason
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    #[command(flatten)]
    said: Said,
}

impl Preview {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let (mapping, _) = files::mapping(&self.mapping, &self.said)?;
        let mut reading = Reading::open(&mapping, mapping.inputs(&self.files)?)?.with_samples();
        let mut rejects = run::writer(self.rejects.as_deref())?;
        // A book that is not there yet holds nothing to compare with, and a look makes none.
        let is_there = session.named_store().is_some_and(|path| path.exists());
        let failed = if is_there {
            let mut sink = EngineSink::preview(session.read()?, !self.no_amend);
            run::read(&mut reading, &mut sink, &mut *rejects).err()
        } else {
            let mut sink = EngineSink::preview(relatum::Engine::in_memory()?, !self.no_amend);
            run::read(&mut reading, &mut sink, &mut *rejects).err()
        };
        let (report, came) = (reading.report(), Came::Preview);
        let rejects = self.rejects.as_deref();
        session.show(&Answer { report, came, resumed: false, rejects })?;
        run::end(report, failed.map(Failure::from))
    }
}
