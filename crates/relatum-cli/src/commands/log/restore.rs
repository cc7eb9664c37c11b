//! `relatum log restore`: a store from a backup.

use std::path::PathBuf;

use clap::Args;
use relatum::log::TreeHash;
use serde_json::{Value, json};

use crate::failure::{Exit, Failure};
use crate::output::{Cell, Column, Page, Sheet, Shown, grouped};
use crate::session::Session;

/// Make the store that --store names, where nothing is, from a backup
///
/// Every commit is checked against the roots in the backup. Give the key file of the original with
/// --keys from then on, or copy it beside the store as PATH.keys.
#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// The folder that `log backup` wrote
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

impl Restore {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let store = session.store()?;
        let (events, root) = session.builder()?.restore(&self.folder, &store)?;
        session.show(&Answer { events, root })?;
        let keys = session.keys_of(&store);
        if !keys.exists() {
            session.message(&format!(
                "put the key file of the original at {}: without it no command opens the store",
                keys.display()
            ));
        }
        Ok(Exit::Done)
    }
}

struct Answer {
    events: u64,
    root: TreeHash,
}

impl Shown for Answer {
    fn document(&self) -> Value {
        json!({ "events": self.events, "root": self.root.to_string() })
    }

    fn sheet(&self) -> Sheet {
        let columns = vec![Column::number("events", "events"), Column::text("root", "root")];
        Sheet::new(columns)
            .with([vec![Cell::count(self.events), Cell::text(self.root.to_string())]])
    }

    fn page(&self) -> Page {
        let events = grouped(&self.events.to_string());
        Page::default()
            .line(format!("{events} events restored"))
            .line(format!("root: {}", self.root))
    }
}
