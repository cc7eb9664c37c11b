//! `relatum completions`: what a shell needs to complete a command line.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;
use serde_json::{Value, json};

use crate::arguments::Arguments;
use crate::failure::{Exit, Failure};
use crate::output::{Cell, Column, Page, Sheet, Shown};
use crate::session::Session;

/// Print the completions for a shell
#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// Which shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let mut script = Vec::new();
        let mut command = Arguments::command();
        clap_complete::generate(self.shell, &mut command, "relatum", &mut script);
        session.show(&Script {
            shell: self.shell.to_string(),
            text: String::from_utf8_lossy(&script).into_owned(),
        })?;
        Ok(Exit::Done)
    }
}

struct Script {
    shell: String,
    text: String,
}

impl Shown for Script {
    fn document(&self) -> Value {
        json!({ "shell": self.shell, "script": self.text })
    }

    fn sheet(&self) -> Sheet {
        let columns = vec![Column::text("shell", "shell"), Column::text("script", "script")];
        let row = vec![Cell::text(self.shell.as_str()), Cell::text(self.text.as_str())];
        Sheet::new(columns).with([row])
    }

    fn page(&self) -> Page {
        Page::verbatim(self.text.as_str())
    }
}
