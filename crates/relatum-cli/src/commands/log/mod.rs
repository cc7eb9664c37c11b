//! `relatum log`: the verbs about the log underneath.

mod append;
mod backup;
mod input;
mod prove;
mod rebuild;
mod repair;
mod replicate;
mod restore;
mod show;
mod stats;
mod tree_head;
mod verify;

use clap::Subcommand;

use crate::failure::{Exit, Failure};
use crate::session::Session;

/// The verbs.
#[derive(Debug, Subcommand)]
pub(crate) enum Log {
    Show(show::Show),
    Append(append::Append),
    Replicate(replicate::Replicate),
    Verify(verify::Verify),
    TreeHead(tree_head::TreeHead),
    Prove(prove::Prove),
    Stats(stats::Stats),
    Rebuild(rebuild::Rebuild),
    Backup(backup::Backup),
    Restore(restore::Restore),
    Repair(repair::Repair),
}

impl Log {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        match self {
            Self::Show(it) => it.run(session),
            Self::Append(it) => it.run(session),
            Self::Replicate(it) => it.run(session),
            Self::Verify(it) => it.run(session),
            Self::TreeHead(it) => it.run(session),
            Self::Prove(it) => it.run(session),
            Self::Stats(it) => it.run(session),
            Self::Rebuild(it) => it.run(session),
            Self::Backup(it) => it.run(session),
            Self::Restore(it) => it.run(session),
            Self::Repair(it) => it.run(session),
        }
    }
}
