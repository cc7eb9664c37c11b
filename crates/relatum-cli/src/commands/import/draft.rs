//! `relatum import draft`: a mapping guessed from files, with its reasons.

use std::path::{Path, PathBuf};

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
    /// The files to look at, or folders that hold them: CSV, Excel, or a ZIP of them
    #[arg(value_name = "FILE|DIR", required = true)]
    files: Vec<PathBuf>,
}

impl Draft {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let mut files = Vec::new();
        for path in self.files {
            if path.is_dir() { files.extend(tables_in(&path)?) } else { files.push(path) }
        }
        let drafted = draft(files.into_iter().map(Input::path).collect())?;
        session.show(&Text(&drafted))?;
        Ok(Exit::Done)
    }
}

/// How the names of files end that may hold tables.
const TABLES: &[&str] = &["csv", "gz", "tsv", "txt", "xlsm", "xlsx", "zip"];

/// The files in a folder that may hold tables, by name.
fn tables_in(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let failed = |error| Failure::io(format!("read {}", folder.display()), error);
    let mut found = Vec::new();
    for entry in folder.read_dir().map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let hidden = path.file_name().is_none_or(|name| name.to_string_lossy().starts_with('.'));
        let end = path.extension().map(|end| end.to_string_lossy().to_lowercase());
        if !hidden && path.is_file() && end.is_some_and(|end| TABLES.contains(&&*end)) {
            found.push(path);
        }
    }
    if found.is_empty() {
        let message = format!("{} holds no CSV, Excel or ZIP file", folder.display());
        return Err(Failure::new(Exit::Usage, message));
    }
    found.sort();
    Ok(found)
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
