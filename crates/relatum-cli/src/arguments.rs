//! What every command understands: the store, the keys, the form of the answer.

use std::path::PathBuf;

use clap::{Args, Parser};
use relatum::{KeyError, Passphrase};

use crate::commands::Command;
use crate::output::Form;

/// The variable that holds the passphrase of the key file. Arguments are seen by everybody on the
/// machine: there is none for it.
const PASSPHRASE: &str = "RELATUM_PASSPHRASE";

const AFTER_HELP: &str = "\
Exit codes:
  0  done
  1  refused: a decision, a rejected row, a fault that was found
  2  usage: the command line is wrong
  3  conflict: somebody else kept writing in between
  4  unavailable: the store or its keys are missing, in use or not writable
  5  corrupt: what is stored is damaged or not understood, or a report does not add up

Begin with `relatum demo`.";

/// Record what happens with your accounts, and ask what it comes to.
#[derive(Debug, Parser)]
#[command(name = "relatum", version, after_help = AFTER_HELP, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) globals: Globals,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The options of every command.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Globals {
    /// The store to work on
    #[arg(long, global = true, env = "RELATUM_STORE", hide_env_values = true, value_name = "PATH")]
    store: Option<PathBuf>,
    /// The key file of the store, if it is not beside the store as PATH.keys
    #[arg(long, global = true, env = "RELATUM_KEYS", hide_env_values = true, value_name = "PATH")]
    keys: Option<PathBuf>,
    /// The file whose first line is the passphrase of the key file; else RELATUM_PASSPHRASE is, if
    /// the key file has one
    #[arg(long, global = true, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// Where the journal of a new store lies, best on another disk; in the store unless given
    #[arg(
        long,
        global = true,
        env = "RELATUM_JOURNAL",
        hide_env_values = true,
        value_name = "DIR"
    )]
    journal: Option<PathBuf>,
    /// What to tell on standard error of the work itself: `info`, `debug` for every sync and block
    /// with its duration, or a filter such as `relatum_log_sled=debug`
    #[arg(
        long,
        global = true,
        env = "RELATUM_TRACE",
        hide_env_values = true,
        value_name = "FILTER"
    )]
    trace: Option<String>,
    /// One JSON document
    #[arg(long, global = true, help_heading = "Output", conflicts_with_all = ["jsonl", "csv"])]
    json: bool,
    /// One JSON object a row
    #[arg(long, global = true, help_heading = "Output", conflicts_with_all = ["json", "csv"])]
    jsonl: bool,
    /// Comma-separated values
    #[arg(long, global = true, help_heading = "Output", conflicts_with_all = ["json", "jsonl"])]
    csv: bool,
}

impl Globals {
    /// The store that was named. An empty variable names none.
    pub(crate) fn store(&self) -> Option<PathBuf> {
        let named = self.store.clone();
        named.filter(|path| !path.as_os_str().is_empty())
    }

    /// The key file that was named.
    pub(crate) fn keys(&self) -> Option<PathBuf> {
        let named = self.keys.clone();
        named.filter(|path| !path.as_os_str().is_empty())
    }

    /// What opens the key file, if anything was given. An empty variable gives nothing.
    pub(crate) fn passphrase(&self) -> Result<Option<Passphrase>, KeyError> {
        match &self.passphrase_file {
            Some(path) => Passphrase::read(path).map(Some),
            None => {
                let given = std::env::var(PASSPHRASE).ok().filter(|text| !text.is_empty());
                given.map(Passphrase::new).transpose()
            }
        }
    }

    /// What is to be told of the work itself. An empty variable asks for nothing.
    pub(crate) fn trace(&self) -> Option<&str> {
        self.trace.as_deref().filter(|filter| !filter.is_empty())
    }

    /// The folder that was named for the journal.
    pub(crate) fn journal(&self) -> Option<PathBuf> {
        let named = self.journal.clone();
        named.filter(|path| !path.as_os_str().is_empty())
    }

    /// The form of the answer.
    pub(crate) const fn form(&self) -> Form {
        match (self.json, self.jsonl, self.csv) {
            (true, ..) => Form::Json,
            (_, true, _) => Form::Jsonl,
            (.., true) => Form::Csv,
            _ => Form::People,
        }
    }
}
