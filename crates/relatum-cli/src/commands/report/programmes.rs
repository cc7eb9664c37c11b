//! `relatum report programmes`: promotions and bonus programmes.

use clap::{Args, ValueEnum};
use relatum::domain::selling;
use relatum::{ProgrammesBy, ProgrammesOptions};

use super::figures::{self, Asked, Derived};
use super::per_cent;
use crate::failure::{Exit, Failure};
use crate::session::Session;

/// Promotions and bonus programmes: what was sold in them, what clients get back, what they cost
#[derive(Debug, Args)]
pub(crate) struct Programmes {
    /// By what they are told apart
    #[arg(long, value_enum, default_value_t = By::Programme)]
    by: By,
    /// Only this programme
    #[arg(long, value_name = "NAME")]
    programme: Option<String>,
    #[command(flatten)]
    asked: Asked,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    Programme,
    Account,
}

/// What it cost of what was sold.
const DERIVED: &[Derived] = &[Derived {
    key: "cost_bp",
    title: "cost of net",
    of: |line| {
        let bp = selling::per_cent(line.sum(6).micro, line.sum(3).micro)?;
        Some((per_cent(bp), bp.into()))
    },
}];

impl Programmes {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let found = self.asked.find(session)?;
        let (by, lines) = match self.by {
            By::Programme => (ProgrammesBy::Programme, "programme"),
            By::Account => (ProgrammesBy::Account, "account"),
        };
        let options = ProgrammesOptions { by, programme: self.programme, account: found.account };
        figures::show_with(session, found, &options, "Programmes", lines, DERIVED)
    }
}
