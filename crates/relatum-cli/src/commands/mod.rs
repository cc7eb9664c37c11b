//! The commands, one file a verb; this is the one list of them.

mod account;
mod audit;
mod calendar;
mod churn;
mod completions;
mod demo;
mod export;
mod fold;
mod import;
mod keys;
mod log;
mod man;
mod report;
mod schema;
mod sql;
mod subject;
mod week;
mod worklist;

use clap::Subcommand;

use crate::failure::{Exit, Failure};
use crate::session::Session;

pub(crate) use report::Report;

/// What can be done.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Demo(demo::Demo),
    Worklist(worklist::WorklistCommand),
    Week(week::WeekCommand),
    Import(import::Import),
    Export(export::Export),
    Fold(fold::Fold),
    /// Calendars: plans out to one, holidays in from one
    #[command(subcommand)]
    Calendar(calendar::Calendar),
    /// Accounts: who they are and what happened with them
    #[command(subcommand)]
    Account(account::Account),
    /// Reports: receivables, sales, quotas, pay, pipeline, churn signals, the book as a whole
    #[command(subcommand)]
    Report(Report),
    /// Churn: whether its forecasts are worth anything
    #[command(subcommand)]
    Churn(churn::Churn),
    /// Audits: what changed between two points in time, and why
    #[command(subcommand)]
    Audit(audit::Audit),
    Sql(sql::SqlCommand),
    /// The log underneath: show, append, replicate, verify, prove, stats
    #[command(subcommand)]
    Log(log::Log),
    /// Subjects: about whom something is sealed, and erasing them
    #[command(subcommand)]
    Subject(subject::Subject),
    /// Keys: the file that opens personal and secret fields
    #[command(subcommand)]
    Keys(keys::Keys),
    Schema(schema::Schema),
    Completions(completions::Completions),
    Man(man::Man),
}

impl Command {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        match self {
            Self::Demo(it) => it.run(session),
            Self::Worklist(it) => it.run(session),
            Self::Week(it) => it.run(session),
            Self::Import(it) => it.run(session),
            Self::Export(it) => it.run(session),
            Self::Fold(it) => it.run(session),
            Self::Calendar(it) => it.run(session),
            Self::Account(it) => it.run(session),
            Self::Report(it) => it.run(session),
            Self::Churn(it) => it.run(session),
            Self::Audit(it) => it.run(session),
            Self::Sql(it) => it.run(session),
            Self::Log(it) => it.run(session),
            Self::Subject(it) => it.run(session),
            Self::Keys(it) => it.run(session),
            Self::Schema(it) => it.run(session),
            Self::Completions(it) => it.run(session),
            Self::Man(it) => it.run(session),
        }
    }
}
