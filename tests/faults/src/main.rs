//! Does bad things to stores, and looks at what they make of it.
//!
//! ```text
//! relatum-faults short                             some minutes, for every change
//! relatum-faults long [--kills N] [--power-cuts N] [--corruptions N] [--failures N]
//! relatum-faults one SCENARIO SEED [--bug NAME]    repeats a violation
//!     --report FILE.md   where the report goes; else to standard output
//!     --work FOLDER      where stores are made; else where the system keeps temporary files
//!     --mistakes-only    leaves the scenarios out and lets the store make mistakes
//!     --tries N          with so many seeds, until each was caught so often:
//!     --catches N
//!     --error-rounds N   how often each failure follows each named point; long form
//!     --seed N           the first seed; each scenario counts on from there
//!     --keep             leave folders behind even if all was well
//! ```
//!
//! Needs `cc`, and Linux. It ends with 1 if there was a violation, with 2 if it could not run. The
//! names `child`, `check`, `mend` and `engine` are its own processes.
#![forbid(unsafe_code)]

mod check;
mod child;
mod content;
mod disk;
mod draw;
mod mend;
mod panics;
mod process;
mod report;
mod scenario;
mod store;
mod suite;
mod trace;
mod witness;

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use crate::check::Verdict;
use crate::child::Work;
use crate::suite::Options;

/// Whatever goes wrong ends what is being done.
type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// How a workload ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    Done,
    /// The log answered that it failed.
    Refused,
    /// The log could not be opened.
    NotOpened,
}

impl Ending {
    fn code(self) -> ExitCode {
        match self {
            Self::Done => ExitCode::SUCCESS,
            Self::Refused => ExitCode::from(10),
            Self::NotOpened => ExitCode::from(11),
        }
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(code) => code,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "error: {error}");
            let _ = writeln!(std::io::stdout(), "error: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &[String]) -> Outcome<ExitCode> {
    let (first, rest) = arguments.split_first().ok_or("say short, long or one")?;
    match first.as_str() {
        "child" => Ok(child::run(&Work::parse(rest)?)?.code()),
        "check" => checked(rest),
        "mend" => mended(rest),
        "engine" => {
            let [root, task, count] = rest else { return Err("engine: three arguments".into()) };
            Ok(scenario::engine_work(Path::new(root), task, count.parse()?)?)
        }
        "short" | "long" | "one" => {
            let sound = suite::run(&Options::parse(first, rest)?)?;
            Ok(if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        other => Err(format!("{other}: say short, long or one").into()),
    }
}

fn checked(arguments: &[String]) -> Outcome<ExitCode> {
    let [root, witness, variant, lossy] = arguments else {
        return Err("check: four arguments".into());
    };
    let (root, witness, lossy) = (Path::new(root), Path::new(witness), lossy == "lossy");
    let (code, text) = match check::run(root, witness, variant.parse()?, lossy)? {
        Verdict::Sound { commits } => (0, commits.to_string()),
        Verdict::Violation(text) => (1, text),
        Verdict::Detected(text) => (3, text),
    };
    writeln!(std::io::stdout(), "{text}")?;
    Ok(ExitCode::from(code))
}

fn mended(arguments: &[String]) -> Outcome<ExitCode> {
    let [task, root, variant, other] = arguments else { return Err("mend: four arguments".into()) };
    let mended = mend::run(task, Path::new(root), variant.parse()?, Path::new(other))?;
    let (code, text) = mended.told();
    writeln!(std::io::stdout(), "{text}")?;
    Ok(ExitCode::from(code))
}
