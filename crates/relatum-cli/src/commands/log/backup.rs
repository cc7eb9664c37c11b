//! `relatum log backup`: everything that is recorded, in a folder of its own.

use std::path::PathBuf;

use clap::Args;
use relatum::BackupStats;
use serde_json::Value;

use crate::export;
use crate::failure::{Exit, Failure};
use crate::output::{Cell, Column, Page, Sheet, Shown, grouped, json as to_json};
use crate::session::Session;

/// Write everything that is recorded into a folder; what an earlier backup there lacks, if there is
/// one
///
/// The folder holds a journal: packed commits, each file with the roots of the tree over all events
/// up to there. `log restore` makes a store of it. The key file is no part of it: back that up
/// apart, without it personal and secret fields of a restored store stay sealed for ever. The log
/// tells of a backup that is begun.
#[derive(Debug, Args)]
pub(crate) struct Backup {
    /// The folder to write
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Do not record that it is made: for a replica, which holds what its original does
    #[arg(long)]
    unrecorded: bool,
}

impl Backup {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let engine = session.read()?;
        // The folder is given out once; what is added to it later goes the same way.
        let is_begun = self.folder.read_dir().is_ok_and(|mut it| it.next().is_some());
        if !is_begun && !self.unrecorded {
            export::note(&engine, "log", "backup", &self.folder)?;
        }
        let Some(stats) = engine.backup(&self.folder)? else {
            return Err(Failure::new(Exit::Unavailable, "the book is not in a store"));
        };
        session.show(&Answer(stats))?;
        let keys = session.keys_of(&session.store()?);
        session.message(&format!("back up the key file {} apart", keys.display()));
        Ok(Exit::Done)
    }
}

struct Answer(BackupStats);

impl Shown for Answer {
    fn document(&self) -> Value {
        to_json(&self.0)
    }

    fn sheet(&self) -> Sheet {
        let columns = vec![
            Column::number("added", "added"),
            Column::number("events", "events"),
            Column::text("root", "root"),
        ];
        let BackupStats { added, events, root, .. } = &self.0;
        let row = vec![Cell::count(*added), Cell::count(*events), Cell::text(root.to_string())];
        Sheet::new(columns).with([row])
    }

    fn page(&self) -> Page {
        let number = |number: u64| grouped(&number.to_string());
        let BackupStats { added, events, root, .. } = &self.0;
        Page::default()
            .line(format!("{} events, {} of them new", number(*events), number(*added)))
            .line(format!("root: {root}"))
    }
}
