//! `relatum audit`: what was known when, why it is another figure now, and what proves it.

mod certify;
mod check;
mod diff;
mod trail;

use clap::{Args, Subcommand};

use crate::failure::{Exit, Failure};
use crate::session::{Question, Session};
use crate::viewpoint::ViewArguments;

/// The verbs.
#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    Diff(diff::Diff),
    Certify(certify::Certify),
    Check(check::Check),
    Trail(trail::Trail),
}

impl Audit {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        match self {
            Self::Diff(it) => it.run(session),
            Self::Certify(it) => it.run(session),
            Self::Check(it) => it.run(session),
            Self::Trail(it) => it.run(session),
        }
    }
}

/// Which report.
#[derive(Debug, Args)]
struct Words {
    /// The report, in the words of `relatum report`, such as aging or "sales --by month"
    #[arg(long, value_name = "REPORT")]
    report: String,
}

impl Words {
    /// The words one by one, as a shell takes them apart.
    fn words(&self) -> Result<Vec<String>, Failure> {
        let refused = |problem: &str| {
            let message = format!("`{}` is no report: {problem}", self.report);
            Failure::new(Exit::Usage, message).hint("write it like --report \"sales --by month\"")
        };
        let words = shlex::split(&self.report).filter(|words| !words.is_empty());
        let words = words.ok_or_else(|| refused("a quote does not end, or it is empty"))?;
        let is_point = |word: &String| {
            let option = word.split_once('=').map_or(word.as_str(), |(option, _)| option);
            ["--as-of", "--known-at", "--explain"].contains(&option)
        };
        match words.iter().find(|word| is_point(word)) {
            Some(word) => Err(refused(&format!("say {word} beside it, or not at all"))),
            None => Ok(words),
        }
    }

    /// The report, seen from a point.
    fn ask(&self, session: &mut Session, view: &ViewArguments) -> Result<Question, Failure> {
        session.ask(&self.words()?, view)
    }
}
