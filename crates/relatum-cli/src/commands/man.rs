//! `relatum man`: the manual pages.

use std::path::{Path, PathBuf};

use clap::{Args, CommandFactory as _};
use serde_json::{Value, json};

use crate::arguments::Arguments;
use crate::failure::{Exit, Failure};
use crate::output::{Cell, Column, Page, Sheet, Shown};
use crate::session::Session;

/// Print the manual page, or write a page for every command
#[derive(Debug, Args)]
pub(crate) struct Man {
    /// The folder for the pages; none: print the main page
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
}

impl Man {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let mut command = Arguments::command();
        command.build();
        let Some(folder) = self.folder else {
            let mut page = Vec::new();
            clap_mangen::Man::new(command).render(&mut page)?;
            let text = String::from_utf8_lossy(&page).into_owned();
            session.show(&Manual(vec![("relatum.1".to_owned(), text)]))?;
            return Ok(Exit::Done);
        };
        let failed = |path: &Path| {
            let op = format!("write {}", path.display());
            |error| Failure::io(op, error)
        };
        std::fs::create_dir_all(&folder).map_err(failed(&folder))?;
        let mut pages = Vec::new();
        collect(&command, &mut pages)?;
        for (name, text) in &pages {
            let path = folder.join(name);
            std::fs::write(&path, text).map_err(failed(&path))?;
        }
        session.message(&format!("{} pages are in {}", pages.len(), folder.display()));
        Ok(Exit::Done)
    }
}

/// The pages of `command` and of everything below it.
fn collect(command: &clap::Command, pages: &mut Vec<(String, String)>) -> Result<(), Failure> {
    let name = command.get_display_name().unwrap_or_else(|| command.get_name());
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut page)?;
    pages.push((format!("{name}.1"), String::from_utf8_lossy(&page).into_owned()));
    let parts = command.get_subcommands();
    parts.filter(|part| part.get_name() != "help").try_for_each(|part| collect(part, pages))
}

struct Manual(Vec<(String, String)>);

impl Shown for Manual {
    fn document(&self) -> Value {
        let page = |(name, text): &(String, String)| json!({ "page": name, "roff": text });
        self.0.iter().map(page).collect()
    }

    fn sheet(&self) -> Sheet {
        let columns = vec![Column::text("page", "page"), Column::text("roff", "roff")];
        let row = |(name, text): &(String, String)| {
            vec![Cell::text(name.as_str()), Cell::text(text.as_str())]
        };
        Sheet::new(columns).with(self.0.iter().map(row))
    }

    fn page(&self) -> Page {
        let pages = self.0.iter().map(|(_, text)| Page::verbatim(text.as_str()));
        pages.fold(Page::default(), Page::then)
    }
}
