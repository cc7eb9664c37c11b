//! `relatum keys`: the verbs about the key file.

mod backup;
mod passphrase;
mod rotate;
mod status;

use clap::Subcommand;
use relatum::KeyStatus;
use serde_json::Value;

use crate::failure::{Exit, Failure};
use crate::output::{Cell, Column, Page, Sheet, Shown, grouped, json as to_json};
use crate::session::Session;

/// The verbs.
#[derive(Debug, Subcommand)]
pub(crate) enum Keys {
    Status(status::Status),
    Backup(backup::Backup),
    Rotate(rotate::Rotate),
    Passphrase(passphrase::SetPassphrase),
}

impl Keys {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        match self {
            Self::Status(it) => it.run(session),
            Self::Backup(it) => it.run(session),
            Self::Rotate(it) => it.run(session),
            Self::Passphrase(it) => it.run(session),
        }
    }
}

/// What the key file holds.
struct Answer(KeyStatus);

impl Shown for Answer {
    fn document(&self) -> Value {
        to_json(&self.0)
    }

    fn sheet(&self) -> Sheet {
        let columns = vec![
            Column::text("path", "key file"),
            Column::text("is_wrapped", "passphrase"),
            Column::number("subjects", "subjects"),
            Column::number("keys", "keys"),
        ];
        let it = &self.0;
        Sheet::new(columns).with([vec![
            Cell::text(it.path.display().to_string()),
            Cell::of(if it.is_wrapped { "yes" } else { "no" }, it.is_wrapped),
            Cell::count(it.subjects),
            Cell::count(it.keys),
        ]])
    }

    fn page(&self) -> Page {
        let it = &self.0;
        let protected = if it.is_wrapped {
            "keys are wrapped: they open with the passphrase only"
        } else {
            "keys are plain: whoever reads the file reads every guarded field"
        };
        let subjects = grouped(&it.subjects.to_string());
        Page::default()
            .line(format!("{}, format {}", it.path.display(), it.format))
            .line(format!("keys of the tenant and of {subjects} subjects"))
            .line(protected)
    }
}
