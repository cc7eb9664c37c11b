//! `relatum import draft`: a mapping guessed from files, with its reasons.

use std::path::PathBuf;

use clap::Args;
use relatum_import::{Drafted, Input, draft};
use serde_json::{Value, json};

use crate::failure::{Exit, Failure};
use crate::output::{Cell, Column, Page, Sheet, Shown};
use crate::session::Session;

/// Draft a mapping of files, with a reason for each guess
///
/// Looks at the names and values of all columns: delimiter, encoding, order of day and month,
/// decimals, and which column is likely the id, the client, the amount. What it could not know is
/// marked CHECK. Files in the layout of a vendor that is known need no draft; it says so.
#[derive(Debug, Args)]
pub(crate) struct Draft {
    /// The files to look at: CSV, Excel, or a ZIP of them
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
}

impl Draft {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let drafted = draft(self.files.iter().map(Input::path).collect())?;
        session.show(&Text(&drafted))?;
        Ok(Exit::Done)
    }
}

struct Text<'a>(&'a Drafted);

impl Shown for Text<'_> {
    fn document(&self) -> Value {
        json!({ "preset": self.0.preset, "mapping": self.0.text })
    }

    fn sheet(&self) -> Sheet {
        let columns = vec![Column::text("preset", "preset"), Column::text("mapping", "mapping")];
        let preset = self.0.preset.unwrap_or_default();
        Sheet::new(columns).with([vec![Cell::text(preset), Cell::text(&self.0.text)]])
    }

    fn page(&self) -> Page {
        Page::verbatim(&self.0.text)
    }
}
